//! Getting an item: what `get`, `get_where` and `try_get` do.

use std::{cell::RefMut, fmt, panic::Location, rc::Rc};

use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key, wait_name::WaitName,
};
use crate::shared::buffer::{
    buffer::Buffer, discipline::Discipline, fifo::Fifo, state::EntryState,
};
use crate::trace::record::Side;
use crate::wait::priority::HasPriority;
use crate::wait::request::{Ask, Looked, Request, RequestState};

/// A request for an item, made by `get` or `get_where`. Awaiting it gives the item.
///
/// If the request is dropped or loses a race, it leaves the line. If it was granted an item, the
/// item goes back to its old place.
///
/// The second type parameter is the order of the thing that is asked: `Get<T>` for a `Queue<T>`,
/// `Get<T, SmallestFirst>` for a `PriorityQueue<T>`, `Get<T, Filtered>` for a `Store<T>`.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let queue = Queue::unbounded(&sim);
/// queue.try_put("letter").unwrap();
/// let request: asim::Get<&str> = queue.get(); // satisfied at the call: the letter is promised
/// assert_eq!(queue.len(), 0);
/// drop(request); // and given back
/// assert_eq!(queue.len(), 1);
/// ```
pub type Get<T, D = Fifo> = Request<GetAsk<T, D>>;

/// The buffer that a [`Get`] asks for an item.
pub struct GetAsk<T: 'static, D: Discipline<T>> {
    buffer: Rc<Buffer<T, D>>,
}

impl<T: 'static, D: Discipline<T>> fmt::Debug for GetAsk<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetAsk").finish_non_exhaustive()
    }
}

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    #[track_caller]
    pub(crate) fn get(self: &Rc<Self>, want: D::Want) -> Get<T, D> {
        let location = Location::caller();
        let ask = GetAsk { buffer: Rc::clone(self) };
        Request::new(ask, self.request_item(want), location)
    }

    /// Returns the state of a new get: it holds an item, or waits. Handles the usual case with one look at
    /// the state: there is an item, no put waits for its room, no condition watches, and no user code is
    /// asked.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub(crate) fn request_item(self: &Rc<Self>, want: D::Want) -> RequestState<(u64, T)> {
        if D::CALLS_USER || self.watchers.watch() {
            return self.find_or_wait(want).in_parts();
        }
        let mut state = self.state.borrow_mut();
        if !state.putters.is_empty() {
            drop(state);
            return self.take_and_let_in(want).in_parts();
        }
        if let Some((number, item)) = D::take(&mut state.shelf) {
            return RequestState::Held((number, item));
        }
        drop(state);
        self.wait_for_item(want).in_parts()
    }

    /// Handles a get that has found no item, and no put that waits. If nothing else is under way, it takes
    /// its place with one more look at the state.
    #[inline(never)]
    fn wait_for_item(self: &Rc<Self>, want: D::Want) -> RequestState<(u64, T)> {
        if !self.is_plain() || !self.kernel.under_way.is_nothing() {
            return self.find_or_wait(want);
        }
        let request = self.state.borrow_mut().join_getters(want);
        match request {
            Ok(request) => RequestState::Waiting(request),
            Err(want) => self.find_or_wait(want),
        }
    }

    /// Handles a get while a put waits. If nothing else is under way, one look at the state takes the item
    /// that is there and lets in the first put.
    #[inline(never)]
    fn take_and_let_in(self: &Rc<Self>, want: D::Want) -> RequestState<(u64, T)> {
        if !self.is_plain() || !self.kernel.under_way.is_nothing() {
            return self.find_or_wait(want);
        }
        let mut borrow = self.state.borrow_mut();
        let state = &mut *borrow;
        // As `let_one_in` does: the first put comes in if nobody else is before it.
        if !D::is_in_order(&state.shelf) || !state.returned.is_empty() || !state.getters.is_empty()
        {
            drop(borrow);
            return self.find_or_wait(want);
        }
        let Some(found) = D::take(&mut state.shelf) else {
            drop(borrow);
            return self.find_or_wait(want);
        };
        let accepted = if self.has_room_now(state) { state.accept_first() } else { None };
        let Some((awaiter, number, item)) = accepted else {
            drop(borrow);
            return self.hold(found);
        };
        if let Err(item) = D::append(&mut state.shelf, number, item) {
            drop(borrow);
            return self.let_in_and_hold(found, (number, item), awaiter);
        }
        let is_last = state.putters.is_empty() || !self.has_room_now(state);
        drop(borrow);
        if is_last && self.kernel.notify_plainly(awaiter) {
            return RequestState::Held(found);
        }
        self.hold_and_notify(found, awaiter)
    }

    /// Lets in the item of the put with this awaiter, for a get that has found an item.
    #[cold]
    #[inline(never)]
    fn let_in_and_hold(
        self: &Rc<Self>,
        found: (u64, T),
        (number, item): (u64, T),
        awaiter: Awaiter,
    ) -> RequestState<(u64, T)> {
        self.insert(number, item);
        self.hold_and_notify(found, awaiter)
    }

    /// Does what follows when a get has let in the put with this awaiter, in the general way.
    #[cold]
    #[inline(never)]
    fn hold_and_notify(
        self: &Rc<Self>,
        found: (u64, T),
        awaiter: Awaiter,
    ) -> RequestState<(u64, T)> {
        let mut taken = Taken { buffer: self, found: Some(found) };
        self.kernel.notify(awaiter);
        self.kernel.serve_on(self);
        taken.found.take().map_or(RequestState::Over, RequestState::Held)
    }

    /// Returns the state of a get that has found an item, after it has let in whoever has room now.
    #[inline(never)]
    fn hold(self: &Rc<Self>, found: (u64, T)) -> RequestState<(u64, T)> {
        self.tell_got(found.0);
        let mut taken = Taken { buffer: self, found: Some(found) };
        self.changed();
        self.let_in();
        self.settle();
        taken.found.take().map_or(RequestState::Over, |found| self.held(found))
    }

    /// Returns the state of a get that has an item. If the buffer is measured, the item lies in an entry, so
    /// that it is known when it is received.
    fn held(&self, (number, item): (u64, T)) -> RequestState<(u64, T)> {
        if D::LENDS || self.watchers.probe().is_none() {
            return RequestState::Held((number, item));
        }
        let measured = EntryState::Measured(number, item);
        RequestState::Waiting(self.state.borrow_mut().requests.hold(measured))
    }

    /// Finds an item or waits, whatever is under way: the get waits, its item makes room for a waiting put
    /// or comes from one, or user code is asked.
    #[inline(never)]
    fn find_or_wait(self: &Rc<Self>, mut want: D::Want) -> RequestState<(u64, T)> {
        if self.is_lent() {
            return self.wait_until_found(want);
        }
        self.catch_up();
        let found = self.find(&mut want);
        if let Some(found) = found {
            let mut taken = Taken { buffer: self, found: Some(found) };
            self.drop_wanted(want);
            return taken.found.take().map_or(RequestState::Over, |found| self.hold(found));
        }
        if self.kernel.closed.get() {
            drop(want);
            self.settle();
            return RequestState::GONE;
        }
        RequestState::Waiting(self.wait_in_line(Side::Take, |state| {
            state.getters.join(&mut state.requests, 0, EntryState::Getter(want))
        }))
    }

    /// Returns the state of a new get while user code has the shelf: it waits.
    #[cold]
    #[inline(never)]
    fn wait_until_found(self: &Rc<Self>, want: D::Want) -> RequestState<(u64, T)> {
        if self.kernel.closed.get() {
            drop(want);
            self.settle();
            return RequestState::GONE;
        }
        RequestState::Waiting(self.wait_in_line(Side::Take, |state| {
            let request = state.getters.join(&mut state.requests, 0, EntryState::Getter(want));
            self.look_later(state, request);
            request
        }))
    }

    /// Serves the waiting puts after an item has left, as there may be room now.
    fn let_in(self: &Rc<Self>) {
        if !self.state.borrow().putters.is_empty() {
            self.kernel.serve(self);
        }
    }

    pub(crate) fn try_get(self: &Rc<Self>, want: D::Want) -> Option<T> {
        let (number, item) = self.try_take(want)?;
        self.tell_received(number);
        Some(item)
    }

    /// Takes the item that is wanted, with its number, if it is there now.
    pub(crate) fn try_take(self: &Rc<Self>, mut want: D::Want) -> Option<(u64, T)> {
        if self.is_lent() {
            self.tell_refused(Side::Take);
            return None;
        }
        self.catch_up();
        let mut taken = Taken { buffer: self, found: self.take(&mut want) };
        // Dropped before the item is returned: this may panic, and a panic after the return would
        // lose the item.
        self.drop_wanted(want);
        if let Some((number, _)) = taken.found {
            self.tell_got(number);
            self.changed();
            self.kernel.serve(self);
        } else {
            self.tell_refused(Side::Take);
        }
        self.settle();
        taken.found.take()
    }

    /// Returns `true` if this get holds an item in its entry.
    pub(crate) fn is_granted(&self, getter: Key) -> bool {
        matches!(
            self.state.borrow().requests.get(getter),
            Some(EntryState::Granted(..) | EntryState::Measured(..))
        )
    }

    /// Takes the item of a granted get.
    pub(crate) fn take_granted(&self, getter: Key) -> Option<(u64, T)> {
        let granted = self.state.borrow_mut().take_granted(getter);
        granted.or_else(|| self.take_measured(getter))
    }

    /// Takes the item of a granted get of a buffer that is measured, and tells that it is received.
    #[cold]
    #[inline(never)]
    fn take_measured(&self, getter: Key) -> Option<(u64, T)> {
        let (number, item) = self.state.borrow_mut().take_measured(getter)?;
        self.tell_received(number);
        Some((number, item))
    }

    /// Moves the item that a get was given at the call into an entry.
    pub(crate) fn keep(&self, (number, item): (u64, T)) -> Key {
        self.state.borrow_mut().requests.hold(EntryState::Granted(number, item))
    }
}

impl<T: 'static, D: Discipline<T>> Ask for GetAsk<T, D> {
    type Output = T;
    /// The item with its number, which is its place among the others.
    type Held = (u64, T);

    const GIVES_BACK: bool = true;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.buffer) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.buffer.kernel
    }

    fn name(&self) -> WaitName {
        D::GET
    }

    fn is_granted(&self, request: Key) -> bool {
        self.buffer.is_granted(request)
    }

    fn take_granted(&self, request: Key) -> Option<(u64, T)> {
        self.buffer.take_granted(request)
    }

    #[inline]
    fn take_or_await(&self, request: Key, process: Awaiter) -> Looked<(u64, T)> {
        let state = &mut *self.buffer.state.borrow_mut();
        if state.requests.note_awaiter(request, process) {
            return Looked::Awaited;
        }
        state.take_granted(request).map_or(Looked::Unclear, Looked::Granted)
    }

    fn hand_over(&self, (_, item): (u64, T)) -> T {
        item
    }

    fn give_back(&self, (number, item): (u64, T)) {
        self.buffer.give_back(number, item);
    }

    fn keep(&self, held: (u64, T)) -> Result<Key, (u64, T)> {
        Ok(self.buffer.keep(held))
    }

    fn cancel(&self, request: Key) {
        self.buffer.kernel.cancel_request(&self.buffer, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.buffer.awaiter(request)
    }
}

impl<T: 'static, D: Discipline<T>> HasPriority for GetAsk<T, D> {
    fn set_priority(&self, request: Key, priority: i32) {
        self.buffer.set_priority(request, priority);
    }
}

/// An item that a running call has taken. If the call panics, the item goes back.
struct Taken<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Rc<Buffer<T, D>>,
    found: Option<(u64, T)>,
}

impl<T: 'static, D: Discipline<T>> Drop for Taken<'_, T, D> {
    fn drop(&mut self) {
        let Some((number, item)) = self.found.take() else { return };
        {
            if D::CALLS_USER {
                self.buffer.take_back(number, item);
            } else {
                D::insert(&mut self.buffer.state.borrow_mut().shelf, number, item);
                self.buffer.changed();
            }
        }
        let buffer = Rc::clone(self.buffer) as Rc<dyn Provider>;
        self.buffer.kernel.serve_later(buffer);
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::Get;
    use crate::wait::awaited::Wait;

    #[test]
    fn a_get_is_four_words_and_the_item() {
        // It lies in the future of the process that awaits it. It has the queue, the call site, and
        // either the item with its number or the key of the request. Awaiting it adds nothing.
        assert_eq!(size_of::<Get<u64>>(), 40);
        assert_eq!(size_of::<Wait<Get<u64>>>(), 40);
    }
}
