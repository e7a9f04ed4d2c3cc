//! The request to receive an item.

use std::{cell::RefMut, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key};
use crate::shared::channel::{channel::Channel, gone::SenderGone};
use crate::wait::request::{Ask, Looked, Request, RequestState};

/// A request to receive an item, made by `InPort::recv`. Awaiting it gives the item, or
/// [`SenderGone`] if the sender has gone and all its items have been received.
///
/// If the request is dropped or loses a race, it leaves the line. If it was granted an item, the
/// item goes back to its old place, and the next receive gets it.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 0);
/// let sent = output.send("letter");
/// drop(input.recv()); // takes the letter and gives it back
/// assert_eq!(sim.run_until_event(sent)?, Ok(())); // accepted is accepted
/// assert_eq!(input.try_recv(), Ok(Some("letter")));
/// # Ok::<(), SimError>(())
/// ```
pub type Receiving<T> = Request<ReceiveAsk<T>>;

/// The channel that a [`Receiving`] asks for an item.
#[derive(Debug)]
pub struct ReceiveAsk<T: 'static> {
    channel: Rc<Channel<T>>,
}

impl<T: 'static> Channel<T> {
    /// Receives an item at the call, or waits for one.
    #[inline]
    pub(crate) fn recv(self: &Rc<Self>, location: CallSite) -> Receiving<T> {
        match self.take_if_there() {
            Some(promised) => {
                if self.receiver.get() == Key::NONE {
                    self.receiver.set(self.kernel.active.get());
                }
                let ask = ReceiveAsk { channel: Rc::clone(self) };
                Request::new(ask, RequestState::Held(Ok(promised)), location)
            }
            None => self.recv_or_wait(location),
        }
    }

    /// Handles the other cases of `recv`: another request waits, or there is no item. Takes the short way, if
    /// there is one.
    #[inline(never)]
    fn recv_or_wait(self: &Rc<Self>, location: CallSite) -> Receiving<T> {
        self.receiver.set(self.kernel.active.get());
        let mut borrow = self.state.borrow_mut();
        let state = &mut *borrow;
        if !self.is_plain(state) || !state.receivers.is_empty() || !state.items.is_in_order() {
            drop(borrow);
            return self.recv_with_care(location);
        }
        let Some(found) = state.items.take() else {
            let may_join = state.senders.is_empty() && !state.out_dropped;
            let request = if may_join { state.join_receivers() } else { None };
            drop(borrow);
            let Some(request) = request else { return self.recv_with_care(location) };
            let ask = ReceiveAsk { channel: Rc::clone(self) };
            return Request::new(ask, RequestState::Waiting(request), location);
        };
        state.promised += 1;
        let accepted = if self.has_room(state) { state.accept_first() } else { None };
        let Some((awaiter, number, item)) = accepted else {
            drop(borrow);
            return self.hold(found, None, location);
        };
        if let Err(item) = state.items.append(number, item) {
            state.items.insert(number, item);
            drop(borrow);
            return self.hold(found, Some(awaiter), location);
        }
        let is_last = state.senders.is_empty() || !self.has_room(state);
        drop(borrow);
        if !is_last || !self.kernel.notify_plainly(awaiter) {
            return self.hold(found, Some(awaiter), location);
        }
        let ask = ReceiveAsk { channel: Rc::clone(self) };
        Request::new(ask, RequestState::Held(Ok(found)), location)
    }

    /// Does what follows when a receive has taken an item, and has let in the send with this awaiter, if there
    /// is one.
    #[cold]
    #[inline(never)]
    fn hold(
        self: &Rc<Self>,
        found: (u64, T),
        let_in: Option<Awaiter>,
        location: CallSite,
    ) -> Receiving<T> {
        let ask = ReceiveAsk { channel: Rc::clone(self) };
        let receiving = Request::new(ask, RequestState::Held(Ok(found)), location);
        match let_in {
            Some(awaiter) => {
                self.kernel.notify(awaiter);
                self.kernel.serve_on(self);
            }
            None => self.let_in(),
        }
        receiving
    }

    /// Does the same as [`recv_or_wait`](Self::recv_or_wait), whatever is under way.
    #[inline(never)]
    fn recv_with_care(self: &Rc<Self>, location: CallSite) -> Receiving<T> {
        let mut took = false;
        let state = match self.recv_at_once(true) {
            Ok(Some((number, item))) => {
                took = true;
                self.held(number, item)
            }
            Ok(None) if self.kernel.closed.get() => RequestState::GONE,
            Ok(None) => RequestState::Waiting(self.wait_to_recv()),
            Err(SenderGone) => RequestState::Held(Err(SenderGone)),
        };
        let receiving = Request::new(ReceiveAsk { channel: Rc::clone(self) }, state, location);
        if took {
            self.let_in();
        } else {
            self.kernel.settle();
            self.check();
        }
        receiving
    }
}

impl<T: 'static> Ask for ReceiveAsk<T> {
    type Output = Result<T, SenderGone>;

    /// The answer that was given at the call: a promised item with its number, or the error.
    type Held = Result<(u64, T), SenderGone>;

    const GIVES_BACK: bool = true;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.channel) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.channel.kernel
    }

    fn name(&self) -> WaitName {
        WaitName::Receive
    }

    fn is_granted(&self, request: Key) -> bool {
        self.channel.is_answered(request)
    }

    #[inline]
    fn take_granted(&self, request: Key) -> Option<Self::Held> {
        let received = self.channel.take_received(request);
        if received.is_some() { received } else { self.channel.take_measured(request).map(Ok) }
    }

    #[inline]
    fn take_or_await(&self, request: Key, process: Awaiter) -> Looked<Self::Held> {
        let state = &mut *self.channel.state.borrow_mut();
        if state.requests.note_awaiter(request, process) {
            return Looked::Awaited;
        }
        match state.take_promised(request) {
            Some(promised) => Looked::Granted(Ok(promised)),
            None => Looked::Unclear,
        }
    }

    #[inline]
    fn hand_over(&self, answer: Self::Held) -> Self::Output {
        let (_, item) = answer?;
        self.channel.consumed();
        Ok(item)
    }

    fn give_back(&self, answer: Self::Held) {
        if let Ok((number, item)) = answer {
            self.channel.give_back(number, item);
            self.channel.kernel.serve(&self.channel);
            self.channel.sweep();
        }
    }

    fn keep(&self, answer: Self::Held) -> Result<Key, Self::Held> {
        let (number, item) = answer.map_err(Err)?;
        Ok(self.channel.keep(number, item))
    }

    fn cancel(&self, request: Key) {
        // An item that was promised goes back now, wherever it lies: what code in a `Drop` sends right after this
        // stands behind it.
        if let Some(promised) = self.channel.take_back(request) {
            self.give_back(Ok(promised));
        } else {
            self.channel.kernel.cancel_request(&self.channel, request);
            self.channel.sweep();
        }
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.channel.awaiter(request)
    }
}
