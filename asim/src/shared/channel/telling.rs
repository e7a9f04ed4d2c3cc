//! Telling: what a channel with a name tells its probe.
//!
//! A channel with a name is never in the usual case, so its operations take the general way, and the short
//! ways tell nothing.

use crate::engine::{awaiter::Awaiter, slab::Key};
use crate::measure::{
    books::{Books, LineBooks, as_level},
    level::Level,
    tally::Tally,
};
use crate::shared::channel::channel::Channel;
use crate::shared::channel::state::{Entry, State};
use crate::trace::record::Side;
use crate::wait::request::RequestState;

impl<T: 'static> Channel<T> {
    /// Gives the channel a name. It is measured from now on.
    #[track_caller]
    pub(crate) fn set_name(&self, name: &str) {
        let now = self.kernel.now.get();
        let state = &mut *self.state.borrow_mut();
        let mut books = Books::new(now);
        books.put_line = Some(LineBooks::new(now));
        books.level = Some(Level::new(now, as_level(state.count())));
        books.capacity = Some(Level::new(now, as_level(self.capacity)));
        books.held = Some(Tally::new());
        let probe = self.watchers.set_name(&self.kernel, name, "Channel", books);
        state.named = true;
        state.unusual = true;
        let receivers = state.requests.iter(state.receivers).map(|(key, _)| key);
        probe.adopt(&self.kernel, Side::Take, receivers);
        let senders = state.requests.iter(state.senders).map(|(key, _)| key);
        probe.adopt(&self.kernel, Side::Put, senders);
    }

    /// Tells how many items there are.
    pub(crate) fn tell_level(&self, state: &State<T>) {
        if let Some(probe) = self.watchers.probe() {
            probe.level(&self.kernel, as_level(state.count()));
        }
    }

    /// Tells that a request has joined a line.
    pub(crate) fn tell_waits(&self, side: Side, request: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.waits(&self.kernel, side, request);
        }
    }

    /// Tells that a request has left its line without an item or a place for its item.
    pub(crate) fn tell_left(&self, request: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.left_any(&self.kernel, request);
        }
    }

    /// Tells that an attempt was refused.
    pub(crate) fn tell_refused(&self, side: Side) {
        if let Some(probe) = self.watchers.probe() {
            probe.refused(&self.kernel, side);
        }
    }

    /// Tells that an item was accepted at the call.
    pub(crate) fn tell_sent(&self, number: u64) {
        if let Some(probe) = self.watchers.probe() {
            probe.came_in(&self.kernel, number);
            probe.at_once(&self.kernel, Side::Put);
        }
    }

    /// Tells that the active process was given an item at the call.
    pub(crate) fn tell_got(&self) {
        if let Some(probe) = self.watchers.probe() {
            probe.at_once(&self.kernel, Side::Take);
        }
    }

    /// Tells that the item with this number was received by whoever was given it.
    pub(crate) fn tell_received(&self, number: u64) {
        if let Some(probe) = self.watchers.probe() {
            probe.went(&self.kernel, number);
        }
    }

    /// Tells that nobody will receive the items that were left.
    pub(crate) fn tell_swept(&self, state: &State<T>) {
        if let Some(probe) = self.watchers.probe() {
            probe.forget_items();
            self.tell_level(state);
        }
    }

    /// Accepts a waiting send, as [`State::accept`] does.
    pub(crate) fn accept(&self, state: &mut State<T>, sender: Key) -> Option<(u64, T, Awaiter)> {
        let accepted = state.accept(sender)?;
        if let Some(probe) = self.watchers.probe() {
            probe.granted(&self.kernel, Side::Put, sender);
            probe.came_in(&self.kernel, accepted.0);
        }
        Some(accepted)
    }

    /// Gives a receiver in line its item, as [`State::grant`] does.
    pub(crate) fn grant(
        &self,
        state: &mut State<T>,
        receiver: Key,
        number: u64,
        item: T,
    ) -> Awaiter {
        let awaiter = state.grant(receiver, number, item);
        if let Some(probe) = self.watchers.probe() {
            probe.granted(&self.kernel, Side::Take, receiver);
            self.tell_level(state);
        }
        awaiter
    }

    /// Returns the state of a receive that was promised an item at the call. If the channel is measured, the
    /// item lies in an entry, so that it is known when it is received.
    pub(crate) fn held<E>(&self, number: u64, item: T) -> RequestState<Result<(u64, T), E>> {
        let state = &mut *self.state.borrow_mut();
        if state.named {
            RequestState::Waiting(state.requests.hold(Entry::Measured(number, item)))
        } else {
            RequestState::Held(Ok((number, item)))
        }
    }

    /// Takes the item of a granted receive of a channel that is measured, and tells that it is received. It
    /// stays promised.
    #[cold]
    #[inline(never)]
    pub(crate) fn take_measured(&self, request: Key) -> Option<(u64, T)> {
        let (number, item) = {
            let requests = &mut self.state.borrow_mut().requests;
            let Some(Entry::Measured(..)) = requests.get(request) else { return None };
            match requests.remove(request) {
                Some((Entry::Measured(number, item), _)) => (number, item),
                _ => return None,
            }
        };
        self.tell_received(number);
        Some((number, item))
    }

    /// Compares the books of a named channel with the channel.
    #[inline]
    pub(crate) fn check(&self) {
        #[cfg(debug_assertions)]
        if let Some(probe) = self.watchers.probe() {
            let state = self.state.borrow();
            let level = as_level(state.count());
            probe.check(state.receivers.len(), state.senders.len(), Some(level));
        }
    }
}
