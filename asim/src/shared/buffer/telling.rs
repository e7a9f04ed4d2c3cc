//! Telling: what a buffer with a name tells its probe, and who has each unit that a pool has lent.
//!
//! Each change is told in one place. That of the level may be told more than once: what has not changed
//! does not count.

use crate::engine::{awaiter::Awaiter, slab::Key};
use crate::measure::{
    books::{Books, LineBooks, as_level},
    level::Level,
    tally::Tally,
};
use crate::shared::buffer::state::{EntryState, Hold, State};
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline};
use crate::trace::record::Side;

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    /// Gives the buffer a name. It is measured from now on.
    #[track_caller]
    pub(crate) fn set_name(&self, name: &str, kind: &'static str, capacity: Option<usize>) {
        let (now, state) = (self.kernel.now.get(), self.state.borrow());
        let mut books = Books::new(now);
        books.put_line = (!D::LENDS).then(|| LineBooks::new(now));
        books.level = Some(Level::new(now, self.level(&state)));
        books.capacity = capacity.map(|capacity| Level::new(now, as_level(capacity)));
        books.held = Some(Tally::new());
        let probe = self.watchers.set_name(&self.kernel, name, kind, books);
        let getters = state.requests.iter(*state.getters).map(|(key, _)| key);
        probe.adopt(&self.kernel, Side::Take, getters);
        let putters = state.requests.iter(*state.putters).map(|(key, _)| key);
        probe.adopt(&self.kernel, Side::Put, putters);
    }

    /// Returns the level that is measured: the number of items, or of the units that are lent.
    fn level(&self, state: &State<T, D>) -> f64 {
        as_level(if D::LENDS { state.holds.len() } else { self.shown(state) })
    }

    /// Tells the level.
    pub(crate) fn tell_level(&self, state: &State<T, D>) {
        if let Some(probe) = self.watchers.probe() {
            probe.level(&self.kernel, self.level(state));
        }
    }

    /// Notes that what the buffer shows has changed: tells the level, and has the conditions evaluated when
    /// the call settles.
    #[inline]
    pub(crate) fn changed(&self) {
        if self.watchers.watch() {
            self.tell_level(&self.state.borrow());
            self.watchers.changed(&self.kernel);
        }
    }

    /// Tells that a request has joined a line.
    #[inline]
    pub(crate) fn tell_waits(&self, side: Side, request: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.waits(&self.kernel, side, request);
        }
    }

    /// Tells that a request has left its line without being granted.
    #[inline]
    pub(crate) fn tell_left(&self, request: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.left_any(&self.kernel, request);
        }
    }

    /// Tells that an attempt was refused.
    #[inline]
    pub(crate) fn tell_refused(&self, side: Side) {
        if let Some(probe) = self.watchers.probe() {
            probe.refused(&self.kernel, side);
        }
    }

    /// Tells that an item was accepted at the call.
    #[inline]
    pub(crate) fn tell_put(&self, number: u64) {
        if let Some(probe) = self.watchers.probe() {
            probe.came_in(&self.kernel, number);
            probe.at_once(&self.kernel, Side::Put);
        }
    }

    /// Tells that a put was accepted for good whose item is still to come in.
    pub(crate) fn tell_accepted(&self, putter: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.granted(&self.kernel, Side::Put, putter);
        }
    }

    /// Tells that the item of such a put has come in.
    pub(crate) fn tell_came_in(&self, number: u64) {
        if let Some(probe) = self.watchers.probe() {
            probe.came_in(&self.kernel, number);
        }
    }

    /// Tells that the active process was given an item at the call.
    #[inline]
    pub(crate) fn tell_got(&self, number: u64) {
        if D::LENDS {
            self.begin_hold(&mut self.state.borrow_mut(), number, self.kernel.active.get());
        }
        if let Some(probe) = self.watchers.probe() {
            probe.at_once(&self.kernel, Side::Take);
            self.tell_level(&self.state.borrow());
        }
    }

    /// Tells that the item with this number was received by whoever was given it.
    #[inline]
    pub(crate) fn tell_received(&self, number: u64) {
        if let Some(probe) = self.watchers.probe() {
            probe.went(&self.kernel, number);
        }
    }

    /// Accepts a waiting put, as [`State::accept`] does.
    pub(crate) fn accept(&self, state: &mut State<T, D>, putter: Key) -> Option<(Awaiter, u64, T)> {
        let accepted = state.accept(putter)?;
        self.tell_accepted(putter);
        self.tell_came_in(accepted.1);
        Some(accepted)
    }

    /// Gives a getter in line its item, as [`State::grant`] does.
    pub(crate) fn grant(
        &self,
        state: &mut State<T, D>,
        getter: Key,
        number: u64,
        item: T,
    ) -> (Awaiter, Option<EntryState<T, D>>) {
        let (awaiter, want) = state.grant(getter, number, item);
        if D::LENDS {
            let asker = match &want {
                Some(EntryState::Getter(want)) => D::asker(want),
                _ => Key::NONE,
            };
            self.begin_hold(state, number, asker);
        }
        if let Some(probe) = self.watchers.probe() {
            probe.granted(&self.kernel, Side::Take, getter);
            self.tell_level(state);
            if !D::LENDS {
                state.measure(getter);
            }
        }
        (awaiter, want)
    }

    // ---- units of a pool

    /// Notes that this process has the unit with this number, from now on.
    fn begin_hold(&self, state: &mut State<T, D>, number: u64, process: Key) {
        state.holds.insert(number, Hold { process, since: self.kernel.now.get() });
    }

    /// Notes that nobody has the unit with this number any more.
    pub(crate) fn end_hold(&self, state: &mut State<T, D>, number: u64) {
        if let Some(Hold { process, since }) = state.holds.remove(&number)
            && let Some(probe) = self.watchers.probe()
        {
            probe.released(&self.kernel, process, since);
            self.tell_level(state);
        }
    }

    /// Drops what a get has wanted whose item was taken and is not told yet: this is code of the user, which may call
    /// the buffer. What it does there is not compared with the books.
    pub(crate) fn drop_wanted(&self, want: D::Want) {
        #[cfg(debug_assertions)]
        let _untold = Untold::new(&self.untold);
        drop(want);
    }

    /// Compares the books of a named buffer with the buffer.
    #[cfg(debug_assertions)]
    pub(crate) fn check(&self) {
        if let Some(probe) = self.watchers.probe()
            && !self.is_lent()
            && self.untold.get() == 0
        {
            let state = self.state.borrow();
            probe.check(state.getters.len(), state.putters.len(), Some(self.level(&state)));
        }
    }
}

/// Counts a call as long as it is there, also when it panics.
#[cfg(debug_assertions)]
struct Untold<'b>(&'b std::cell::Cell<usize>);

#[cfg(debug_assertions)]
impl<'b> Untold<'b> {
    fn new(count: &'b std::cell::Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Untold(count)
    }
}

#[cfg(debug_assertions)]
impl Drop for Untold<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
