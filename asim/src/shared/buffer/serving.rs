//! Serving: the buffer as a provider. It grants one waiting request after another, and takes back
//! the items that were promised to requests that are gone.

use std::{cell::RefMut, mem, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::{awaiter::Awaiter, slab::Key};
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline, state::EntryState};

impl<T: 'static, D: Discipline<T>> Provider for Buffer<T, D> {
    fn unlink(&self, request: Key) -> Unlinked {
        let (awaiter, after) = {
            let state = &mut *self.state.borrow_mut();
            let awaiter = state.take_awaiter(request);
            (awaiter, state.unlink(request))
        };
        self.tell_left(request);
        self.watchers.changed(&self.kernel);
        self.kernel.forget(awaiter);
        after
    }

    fn restore(&self, request: Key) {
        let removed = self.state.borrow_mut().requests.remove(request);
        if let Some((EntryState::Granted(number, item) | EntryState::Measured(number, item), _)) =
            removed
        {
            self.take_back(number, item);
            self.watchers.changed(&self.kernel);
        }
    }

    fn discard(&self, request: Key) {
        let removed = self.state.borrow_mut().requests.remove(request);
        drop(removed);
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let state = self.state.borrow_mut();
        RefMut::filter_map(state, |state| state.requests.waiting_awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        let served = self.grant_one();
        if served {
            self.changed();
        }
        served
    }
}

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    /// Grants the one request that is next in turn, as [`Provider::serve_one`] says.
    #[inline]
    fn grant_one(&self) -> bool {
        if self.is_lent() {
            self.look_again.set(true);
            return false;
        }
        if !D::CALLS_USER {
            return self.let_one_in().unwrap_or_else(|| self.serve_next());
        }
        self.make_moves();
        let serving = Serving(self);
        let served = self.serve_next();
        mem::forget(serving);
        self.owes.set(false);
        served
    }

    /// Takes a promised item back, and offers it at once.
    pub(crate) fn give_back(self: &Rc<Self>, number: u64, item: T) {
        self.take_back(number, item);
        self.watchers.changed(&self.kernel);
        self.kernel.serve(self);
    }

    /// Changes the priority of a waiting request. Nobody can be served because of that: whoever
    /// waits, waits for something that is not there.
    pub(crate) fn set_priority(self: &Rc<Self>, request: Key, priority: i32) {
        {
            let state = &mut *self.state.borrow_mut();
            if D::PICKS && self.is_lent() {
                // The lines are being looked through, so nobody moves in them now.
                state.moves.push((request, priority));
            } else {
                state.set_priority(request, priority);
            }
        }
        self.settle();
    }

    /// Moves the requests in line whose priority was changed while the lines were looked through.
    pub(crate) fn make_moves(&self) {
        if D::PICKS {
            let state = &mut *self.state.borrow_mut();
            for (request, priority) in mem::take(&mut state.moves) {
                state.set_priority(request, priority);
            }
        }
    }

    /// Accepts the first waiting put if there is room, and returns whether it did. Returns `None`
    /// if there is more to look at: getters that wait, or items that have come back.
    #[inline]
    fn let_one_in(&self) -> Option<bool> {
        let mut borrow = self.state.borrow_mut();
        let state = &mut *borrow;
        if !state.returned.is_empty() || !state.getters.is_empty() {
            return None;
        }
        let Some(putter) =
            state.requests.first(*state.putters).filter(|_| self.has_room_now(state))
        else {
            return Some(false);
        };
        let Some((awaiter, number, item)) = self.accept(state, putter) else { return Some(false) };
        D::insert(&mut state.shelf, number, item);
        drop(borrow);
        self.kernel.notify(awaiter);
        Some(true)
    }

    /// Grants one waiting request, as [`Provider::serve_one`] says.
    #[inline]
    fn serve_next(&self) -> bool {
        if D::PICKS {
            if self.serve_pickers() {
                return true;
            }
        } else {
            self.look_again.set(false);
            while let Some((number, item)) = self.next_returned() {
                self.insert(number, item);
            }
            if self.serve_getter() {
                return true;
            }
        }
        let accepted = {
            let mut state = self.state.borrow_mut();
            match state.requests.first(*state.putters) {
                Some(putter) if self.has_room_now(&state) => self.accept(&mut state, putter),
                _ => None,
            }
        };
        let Some((awaiter, number, item)) = accepted else { return false };
        // The awaiter is notified first: inserting the item may call an ordering, which may panic.
        self.kernel.notify(awaiter);
        // No getter in line wants the item: it would have got the item when the later of the two
        // came.
        self.insert(number, item);
        true
    }

    /// Takes the oldest item that was given back and has not been offered yet.
    fn next_returned(&self) -> Option<(u64, T)> {
        self.state.borrow_mut().returned.pop_first()
    }

    /// Serves the first getter in line that can be served now.
    fn serve_getter(&self) -> bool {
        let mut next = self.first_getter();
        while let Some(getter) = next {
            let mut lent = self.lend(getter);
            let Some(want) = lent.want() else { return false };
            let found = self.find(want);
            if !lent.give_back() {
                // The getter left the line while its want was looked at. Start again at the front.
                if let Some((number, item)) = found {
                    self.insert(number, item);
                }
                next = self.first_getter();
                continue;
            }
            let mut state = self.state.borrow_mut();
            if let Some((number, item)) = found {
                let (awaiter, want) = self.grant(&mut state, getter, number, item);
                drop(state);
                self.kernel.notify(awaiter);
                drop(want);
                return true;
            }
            // If getters do not pick, the getters behind this one find nothing either.
            next = if D::PICKS { state.requests.next(getter) } else { None };
        }
        false
    }

    /// Offers the returned items one by one, the oldest first. If something came while user code
    /// ran before, all getters look again.
    fn serve_pickers(&self) -> bool {
        loop {
            while let Some((number, item)) = self.next_returned() {
                match self.offer(Some(number), item) {
                    None => return true,
                    Some(item) => self.insert(number, item),
                }
            }
            self.state.borrow_mut().unseen.clear();
            if !self.look_again.replace(false) {
                return false;
            }
            if self.serve_getter() {
                self.look_again.set(true);
                return true;
            }
            // While they ran, filters may have put items or made requests. A request that is gone
            // again does not count: otherwise a filter that makes and drops a request at each call
            // would keep this loop running for ever.
            let state = &mut *self.state.borrow_mut();
            let requests = &state.requests;
            let is_new = state.unseen.drain(..).any(|request| requests.is_in_line(request));
            if !is_new && state.returned.is_empty() {
                self.look_again.set(false);
                return false;
            }
            self.look_again.set(true);
        }
    }
}

/// A guard while requests are served: if user code panics, the rest is served later.
struct Serving<'b, T: 'static, D: Discipline<T>>(&'b Buffer<T, D>);

impl<T: 'static, D: Discipline<T>> Drop for Serving<'_, T, D> {
    fn drop(&mut self) {
        self.0.owe();
    }
}
