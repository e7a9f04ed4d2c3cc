//! Probing: what a named thing tells its probe of each change, so that it is measured and stands in the log.
//!
//! A thing without a name has no probe. A thing keeps its probe in its
//! [`Watchers`](crate::engine::watchers::Watchers), so that a thing that nobody measures and no condition
//! watches pays one test for both.
//!
//! A probe only counts and notes. It runs no user code, and may be called while its thing is borrowed; but
//! not while the tables of the kernel are.

use crate::engine::probe::{Arrival, Probe};
use crate::engine::{kernel::Kernel, slab::Key};
use crate::measure::books::LineBooks;
use crate::measure::level::Level;
use crate::trace::record::{Record, Side, What};

impl Probe {
    /// Notes in the log what the new thing shows.
    #[cold]
    pub(crate) fn introduce(&self, kernel: &Kernel) {
        let (capacity, level) = {
            let books = &self.state.borrow().books;
            (books.capacity.as_ref().map(Level::value), books.level.as_ref().map(Level::value))
        };
        for what in capacity.map(What::Capacity).into_iter().chain(level.map(What::Level)) {
            self.note(kernel, kernel.active.get(), what);
        }
    }

    /// Notes that a request of the active process was granted at the call.
    #[inline]
    pub(crate) fn at_once(&self, kernel: &Kernel, side: Side) {
        self.at_once_for(kernel, side, kernel.active.get());
    }

    /// Notes the same of a request of this process, which has not waited at this thing.
    #[inline]
    pub(crate) fn at_once_for(&self, kernel: &Kernel, side: Side, process: Key) {
        {
            let line = &mut *self.line(side);
            line.waited.add_zero();
            line.at_once += 1;
        }
        if kernel.tracing.get() {
            self.note(kernel, process, What::Granted(side));
        }
    }

    /// Notes that a request of the active process has joined the line.
    #[inline]
    pub(crate) fn waits(&self, kernel: &Kernel, side: Side, request: Key) {
        self.waits_for(kernel, side, request, kernel.active.get());
    }

    /// Does the same for a request of this process.
    #[inline]
    pub(crate) fn waits_for(&self, kernel: &Kernel, side: Side, request: Key, process: Key) {
        if !request.is_somebody() {
            // The simulation is gone: it waits for ever, and in no line.
            return;
        }
        let now = kernel.now.get();
        self.state.borrow_mut().add_arrival(side, Arrival { time: now, process, request });
        if kernel.tracing.get() {
            self.note(kernel, process, What::Waits(side));
        }
    }

    /// Notes that a request in line was granted.
    #[inline]
    pub(crate) fn granted(&self, kernel: &Kernel, side: Side, request: Key) {
        let now = kernel.now.get();
        let process = {
            let state = &mut *self.state.borrow_mut();
            let Some(arrival) = state.take_arrival(side, request) else { return };
            state.books.line_mut(side).served_after(now, arrival.time);
            arrival.process
        };
        if kernel.tracing.get() {
            self.note(kernel, process, What::Granted(side));
        }
    }

    /// Notes that these requests have stood in line already when the thing got its name. Their waiting
    /// counts from now on.
    pub(crate) fn adopt(
        &self,
        kernel: &Kernel,
        side: Side,
        requests: impl IntoIterator<Item = Key>,
    ) {
        let state = &mut *self.state.borrow_mut();
        for request in requests {
            let arrival = Arrival { time: kernel.now.get(), process: Key::NONE, request };
            state.add_arrival(side, arrival);
        }
    }

    /// Notes that an attempt of the active process was refused, which would not have waited.
    pub(crate) fn refused(&self, kernel: &Kernel, side: Side) {
        self.line(side).refused += 1;
        if kernel.tracing.get() {
            self.note(kernel, kernel.active.get(), What::Refused(side));
        }
    }

    /// Notes that a request has left whichever line it stood in, without being granted. Does nothing if it
    /// was not in line.
    pub(crate) fn left_any(&self, kernel: &Kernel, request: Key) {
        self.left(kernel, Side::Take, request);
        self.left(kernel, Side::Put, request);
    }

    /// Notes that a request has left the line without being granted. Does nothing if it was not in line.
    #[inline]
    pub(crate) fn left(&self, kernel: &Kernel, side: Side, request: Key) {
        let now = kernel.now.get();
        let process = {
            let state = &mut *self.state.borrow_mut();
            let Some(arrival) = state.take_arrival(side, request) else { return };
            let line = state.books.line_mut(side);
            line.length.lower(now);
            line.left.add(now - arrival.time);
            arrival.process
        };
        if kernel.tracing.get() {
            self.note(kernel, process, What::Left(side));
        }
    }

    /// Notes that a holder has given back all that it held since this time.
    #[inline]
    pub(crate) fn released(&self, kernel: &Kernel, holder: Key, since: f64) {
        if let Some(held) = &mut self.state.borrow_mut().books.held {
            held.add(kernel.now.get() - since);
        }
        if kernel.tracing.get() {
            self.note(kernel, holder, What::Released);
        }
    }

    /// Notes that a holder has given back what it held, and that this went to a request in line. The units
    /// in use are as many as before.
    #[inline]
    pub(crate) fn passed_on(&self, kernel: &Kernel, (holder, since): (Key, f64), request: Key) {
        if kernel.tracing.get() {
            return self.passed_on_traced(kernel, (holder, since), request);
        }
        let now = kernel.now.get();
        let state = &mut *self.state.borrow_mut();
        if let Some(held) = &mut state.books.held {
            held.add(now - since);
        }
        if let Some(arrival) = state.take_arrival(Side::Take, request) {
            state.books.line.served_after(now, arrival.time);
        }
    }

    #[cold]
    #[inline(never)]
    fn passed_on_traced(&self, kernel: &Kernel, (holder, since): (Key, f64), request: Key) {
        self.released(kernel, holder, since);
        self.granted(kernel, Side::Take, request);
    }

    /// Notes that a holder was evicted, which has held since this time.
    pub(crate) fn preempted(&self, kernel: &Kernel, holder: Key, since: f64) {
        {
            let books = &mut self.state.borrow_mut().books;
            books.preempted += 1;
            if let Some(held) = &mut books.held {
                held.add(kernel.now.get() - since);
            }
        }
        if kernel.tracing.get() {
            self.note(kernel, holder, What::Preempted);
        }
    }

    /// Notes that the item with this number has come in.
    pub(crate) fn came_in(&self, kernel: &Kernel, number: u64) {
        self.state.borrow_mut().came_in.insert(number, kernel.now.get());
    }

    /// Notes that whoever was given the item with this number has received it. Until then it may come back:
    /// so its stay is counted only now, and from the first coming in.
    pub(crate) fn went(&self, kernel: &Kernel, number: u64) {
        let state = &mut *self.state.borrow_mut();
        let since = state.came_in.remove(&number).unwrap_or(state.named);
        if let Some(held) = &mut state.books.held {
            held.add(kernel.now.get() - since);
        }
    }

    /// Forgets the items inside, which nobody will receive.
    pub(crate) fn forget_items(&self) {
        self.state.borrow_mut().came_in.clear();
    }

    /// Notes that an amount was put in (or, if it is negative, that one was got).
    pub(crate) fn moved(&self, amount: f64) {
        let books = &mut self.state.borrow_mut().books;
        *(if amount > 0.0 { &mut books.amount_in } else { &mut books.amount_out }) += amount.abs();
    }

    /// Notes that the thing was set to another value, whatever the value.
    pub(crate) fn changed(&self, kernel: &Kernel) {
        self.state.borrow_mut().books.changes += 1;
        if kernel.tracing.get() {
            self.note(kernel, kernel.active.get(), What::Changed);
        }
    }

    /// Notes what the thing shows from now on. Does nothing if it has shown that before.
    #[inline]
    pub(crate) fn level(&self, kernel: &Kernel, value: f64) {
        {
            let Some(level) = &mut self.state.borrow_mut().books.level else { return };
            #[allow(clippy::float_cmp, reason = "any other value is a change")]
            if level.value() == value {
                return;
            }
            level.put(kernel.now.get(), value);
        }
        if kernel.tracing.get() {
            self.note(kernel, kernel.active.get(), What::Level(value));
        }
    }

    /// Begins to measure what the thing shows, with this value. An infinite one stays so, and is not measured.
    pub(crate) fn begin_level(&self, kernel: &Kernel, value: f64) {
        let level = value.is_finite().then(|| Level::new(kernel.now.get(), value));
        let is_measured = level.is_some();
        self.state.borrow_mut().books.level = level;
        if is_measured && kernel.tracing.get() {
            self.note(kernel, kernel.active.get(), What::Level(value));
        }
    }

    /// Notes another capacity, from now on; infinity if there is no bound any more.
    pub(crate) fn capacity(&self, kernel: &Kernel, value: f64) {
        {
            let capacity = &mut self.state.borrow_mut().books.capacity;
            match capacity {
                _ if value == f64::INFINITY => *capacity = None,
                Some(capacity) => capacity.put(kernel.now.get(), value),
                None => *capacity = Some(Level::new(kernel.now.get(), value)),
            }
        }
        if kernel.tracing.get() {
            self.note(kernel, kernel.active.get(), What::Capacity(value));
        }
    }

    /// Compares the books with the thing itself: how many wait to take and to put, and what it shows.
    /// A change that was not noted, or was noted twice, is found at once in a test. `level` is `None` if
    /// it does not show a number.
    ///
    /// # Panics
    ///
    /// If they differ.
    #[cfg(debug_assertions)]
    #[allow(clippy::cast_precision_loss, reason = "nobody has 2^53 requests")]
    pub(crate) fn check(&self, takers: usize, putters: usize, level: Option<f64>) {
        let books = &self.state.borrow().books;
        let noted = (
            books.line.length.value(),
            books.put_line.as_ref().map_or(0.0, |line| line.length.value()),
            books.level.as_ref().map(Level::value).filter(|_| level.is_some()),
        );
        assert_eq!(
            noted,
            (takers as f64, putters as f64, level.filter(|_| books.level.is_some())),
            "the books of `{}` (left) differ from what it shows (right)",
            self.name()
        );
    }

    fn line(&self, side: Side) -> std::cell::RefMut<'_, LineBooks> {
        std::cell::RefMut::map(self.state.borrow_mut(), |state| state.books.line_mut(side))
    }

    #[cold]
    #[inline(never)]
    fn note(&self, kernel: &Kernel, process: Key, what: What) {
        let process = kernel.number_of(process);
        kernel.record(Record { time: kernel.now.get(), process, thing: self.number(), what });
    }
}
