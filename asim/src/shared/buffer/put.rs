//! Putting an item: what `put` and `try_put` do, with room and without.

use std::{cell::RefMut, fmt, panic::Location, rc::Rc};

use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key, wait_name::WaitName,
};
use crate::shared::buffer::{
    buffer::Buffer, discipline::Discipline, fifo::Fifo, full::Full, state::EntryState,
};
use crate::trace::record::Side;
use crate::wait::priority::HasPriority;
use crate::wait::request::{Ask, Looked, Request, RequestState};

/// A request to put an item, made by `put`. Awaiting it waits until the item is accepted.
///
/// If there is room at the call, the item is accepted at once, and the request need not be awaited.
/// An accepted item stays in. If the request is dropped or loses a race while it waits, the item is
/// dropped with it.
///
/// The second type parameter is the order of the thing that is asked: `Put<T>` for a `Queue<T>`,
/// `Put<T, SmallestFirst>` for a `PriorityQueue<T>`, `Put<T, Filtered>` for a `Store<T>`.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let queue = Queue::bounded(&sim, 1);
/// queue.try_put("first").unwrap(); // in at once
/// let second: asim::Put<&str> = queue.put("second"); // waits
/// drop(second); // and is withdrawn
/// assert_eq!(queue.try_get(), Some("first"));
/// assert_eq!(queue.try_get(), None);
/// ```
pub type Put<T, D = Fifo> = Request<PutAsk<T, D>>;

/// The buffer that a [`Put`] asks to accept its item.
pub struct PutAsk<T: 'static, D: Discipline<T>> {
    buffer: Rc<Buffer<T, D>>,
}

impl<T: 'static, D: Discipline<T>> fmt::Debug for PutAsk<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PutAsk").finish_non_exhaustive()
    }
}

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    #[track_caller]
    pub(crate) fn put(self: &Rc<Self>, item: T) -> Put<T, D> {
        let state = self.put_or_wait(item);
        Request::new(PutAsk { buffer: Rc::clone(self) }, state, Location::caller())
    }

    /// Returns the state of a new put: it is accepted at the call, or waits. If nothing else is under way,
    /// this takes one look at the state.
    fn put_or_wait(self: &Rc<Self>, item: T) -> RequestState<()> {
        let kernel = &self.kernel;
        if !self.is_plain() || !kernel.under_way.is_nothing() {
            return self.put_or_wait_with_care(item);
        }
        let put = {
            let state = &mut *self.state.borrow_mut();
            if !state.getters.is_empty() {
                state.hand_over(item).map(Done::HandedOver)
            } else if self.has_room_now(state) {
                state.append(item).map(|()| Done::Kept)
            } else {
                state.join_putters(item).map(Done::Waits)
            }
        };
        match put {
            Ok(Done::Kept) => RequestState::Held(()),
            Ok(Done::Waits(request)) => RequestState::Waiting(request),
            Ok(Done::HandedOver(awaiter)) if kernel.notify_plainly(awaiter) => {
                RequestState::Held(())
            }
            Ok(Done::HandedOver(awaiter)) => self.notify_of_item(awaiter),
            Err(item) => self.put_or_wait_with_care(item),
        }
    }

    /// Does what follows when the getter with this awaiter was given the item that was put.
    #[cold]
    #[inline(never)]
    fn notify_of_item(self: &Rc<Self>, awaiter: Awaiter) -> RequestState<()> {
        self.kernel.notify(awaiter);
        self.settle();
        RequestState::Held(())
    }

    /// Does the same as [`put_or_wait`](Self::put_or_wait), whatever is under way.
    #[inline(never)]
    fn put_or_wait_with_care(self: &Rc<Self>, item: T) -> RequestState<()> {
        if self.kernel.closed.get() || self.is_lent() {
            return self.put_or_wait_later(item);
        }
        match self.put_at_once(item) {
            Ok(()) => {
                self.changed();
                self.settle();
                RequestState::Held(())
            }
            Err(item) => RequestState::Waiting(self.wait_in_line(Side::Put, |state| {
                state.putters.join(&mut state.requests, 0, EntryState::Putter(item))
            })),
        }
    }

    /// Returns the state of a new put while user code has the shelf, or when the simulation is gone.
    #[cold]
    #[inline(never)]
    fn put_or_wait_later(self: &Rc<Self>, item: T) -> RequestState<()> {
        let waiting = match self.put_later(item) {
            Ok(()) => {
                self.changed();
                self.settle();
                return RequestState::Held(());
            }
            Err(item) => EntryState::Putter(item),
        };
        if self.kernel.closed.get() {
            // It waits for ever and in no line, but its owner can still withdraw the item.
            let held = self.state.borrow_mut().requests.hold(waiting);
            self.settle();
            return RequestState::Waiting(held);
        }
        RequestState::Waiting(self.wait_in_line(Side::Put, |state| {
            let request = state.putters.join(&mut state.requests, 0, waiting);
            self.look_later(state, request);
            request
        }))
    }

    pub(crate) fn try_put(self: &Rc<Self>, item: T) -> Result<(), Full<T>> {
        let result = if self.kernel.closed.get() || self.is_lent() {
            self.put_later(item)
        } else {
            self.put_at_once(item)
        };
        if result.is_err() {
            self.tell_refused(Side::Put);
        }
        self.changed();
        self.settle();
        result.map_err(|item| {
            let thing = D::PUT.text().split("::").next().unwrap_or_default();
            let capacity = (!self.kernel.closed.get()).then_some(self.capacity.get());
            Full { item, thing, capacity }
        })
    }

    /// Hands an item to a getter or puts it on the shelf. Returns the item if there is no room.
    #[inline]
    fn put_at_once(self: &Rc<Self>, item: T) -> Result<(), T> {
        self.catch_up();
        let mut state = self.state.borrow_mut();
        let mut item = item;
        if !state.getters.is_empty() {
            drop(state);
            match self.offer(None, item) {
                None => return Ok(()),
                Some(unwanted) => item = unwanted,
            }
            state = self.state.borrow_mut();
        }
        if !self.has_room_now(&state) {
            return Err(item);
        }
        let number = state.number();
        self.tell_put(number);
        if !D::CALLS_USER {
            D::insert(&mut state.shelf, number, item);
            return Ok(());
        }
        drop(state);
        self.insert(number, item);
        Ok(())
    }

    /// Accepts an item if there is room, while user code has the shelf: it goes on the shelf when
    /// user code is done. When the simulation is gone, nothing is accepted.
    #[cold]
    #[inline(never)]
    fn put_later(&self, item: T) -> Result<(), T> {
        let mut state = self.state.borrow_mut();
        if self.kernel.closed.get() || !self.has_room(&state) {
            return Err(item);
        }
        let number = state.number();
        state.returned.insert(number, item);
        self.look_again.set(true);
        self.tell_put(number);
        Ok(())
    }

    /// Takes in an item behind all others, whatever the capacity, together with the items that are
    /// given back at this moment.
    pub(crate) fn bring(self: &Rc<Self>, item: T) {
        let number = self.state.borrow_mut().number();
        self.give_back(number, item);
        self.settle();
    }
}

/// What the short way of a put has done.
enum Done {
    /// The getter with this awaiter has the item.
    HandedOver(Awaiter),
    /// The item is on the shelf.
    Kept,
    /// The put waits.
    Waits(Key),
}

impl<T: 'static, D: Discipline<T>> Ask for PutAsk<T, D> {
    type Output = ();
    /// Nothing: the item has been accepted, which is final.
    type Held = ();

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.buffer) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.buffer.kernel
    }

    fn name(&self) -> WaitName {
        D::PUT
    }

    fn is_granted(&self, request: Key) -> bool {
        self.buffer.state.borrow().is_accepted(request)
    }

    fn take_granted(&self, request: Key) -> Option<()> {
        self.buffer.state.borrow_mut().take_accepted(request)
    }

    #[inline]
    fn take_or_await(&self, request: Key, process: Awaiter) -> Looked<()> {
        let state = &mut *self.buffer.state.borrow_mut();
        if state.requests.note_awaiter(request, process) {
            return Looked::Awaited;
        }
        state.take_accepted(request).map_or(Looked::Unclear, Looked::Granted)
    }

    fn hand_over(&self, (): ()) {}

    fn cancel(&self, request: Key) {
        self.buffer.kernel.cancel_request(&self.buffer, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.buffer.awaiter(request)
    }
}

impl<T: 'static, D: Discipline<T>> HasPriority for PutAsk<T, D> {
    fn set_priority(&self, request: Key, priority: i32) {
        self.buffer.set_priority(request, priority);
    }
}

impl<T: 'static, D: Discipline<T>> Put<T, D> {
    /// Takes the item back, unless it has been accepted. The put then leaves the line. Returns
    /// `None` if the item was accepted, at the call or since: an accepted put is final.
    ///
    /// So whoever is interrupted or late knows whether the item is out of its hands. Wait for the
    /// put by reference, which keeps it:
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn lorry(env: Environment, near: Queue<&'static str>, far: Queue<&'static str>) {
    ///     let mut unloading = near.put("gravel");
    ///     let left = asim!(match FirstOf(done = &mut unloading, late = env.timeout(5.0)).await {
    ///         FirstOf::Done(()) => None,
    ///         FirstOf::Late(()) => unloading.withdraw(), // still on the lorry
    ///     });
    ///     if let Some(load) = left {
    ///         far.put(load).await;
    ///     }
    /// }
    ///
    /// let sim = Simulation::new();
    /// let (near, far) = (Queue::bounded(&sim, 1), Queue::bounded(&sim, 1));
    /// near.try_put("sand").unwrap();
    /// sim.process(Lorry::new(near.clone(), far.clone()));
    /// sim.run()?;
    /// assert_eq!((near.putters(), far.try_get()), (0, Some("gravel")));
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// If a filter of the same store withdraws the very put whose item it is looking at, the item
    /// cannot be taken away: it is accepted, even if there is no room.
    #[must_use = "the item is dropped here; to give up both the put and the item, drop the put"]
    pub fn withdraw(self) -> Option<T> {
        let putter = self.key()?;
        let buffer = &self.ask().buffer;
        // Before the item is taken out: what follows may panic, and would lose the item.
        buffer.settle();
        buffer.watchers.changed(&buffer.kernel);
        let (awaiter, item) = {
            let state = &mut *buffer.state.borrow_mut();
            (state.take_awaiter(putter), state.withdraw(putter))
        };
        if item.is_some() {
            buffer.tell_left(putter);
        } else {
            // It was accepted before, which was told, or is accepted for good now.
            buffer.tell_accepted(putter);
        }
        buffer.kernel.forget(awaiter);
        item
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::Put;
    use crate::wait::awaited::Wait;

    #[test]
    fn a_put_is_four_words_whatever_the_item() {
        // The queue, the call site, the key of the request, and whether it waits. The item lies in
        // the queue.
        assert_eq!(size_of::<Put<[u64; 4]>>(), 32);
        assert_eq!(size_of::<Wait<Put<[u64; 4]>>>(), 32);
    }
}
