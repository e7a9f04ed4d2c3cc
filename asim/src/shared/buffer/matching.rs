//! Matching: which getter gets which item.

use crate::engine::{awaiter::Awaiter, slab::Key};
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline, state::EntryState};

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    pub(crate) fn first_getter(&self) -> Option<Key> {
        let state = self.state.borrow();
        state.requests.first(*state.getters)
    }

    /// Returns the first getter in line that wants the item. `accepted` says whether the item has
    /// been accepted already.
    fn who_wants(&self, item: &T, accepted: bool) -> Option<Key> {
        if !D::PICKS {
            return self.first_getter();
        }
        let mut next = self.first_getter();
        while let Some(getter) = next {
            let mut lent = self.lend(getter);
            let want = lent.want()?;
            let wants = self.asking(usize::from(accepted), || D::wants(want, item));
            let gone = !lent.give_back();
            if wants && !gone {
                return Some(getter);
            }
            let mut state = self.state.borrow_mut();
            // If the getter left the line while it was asked, the search starts again at the front.
            next = if gone {
                state.requests.first(*state.getters)
            } else {
                state.requests.next(getter)
            };
        }
        None
    }

    /// Accepts the first waiting put whose item is wanted. Returns the awaiter of the put, and the
    /// item with its number.
    fn who_puts(&self, want: &mut D::Want) -> Option<(Awaiter, u64, T)> {
        let mut next = {
            let state = self.state.borrow();
            state.requests.first(*state.putters)
        };
        if D::PICKS && D::chooses(want) {
            return self.best_put(want);
        }
        while let Some(putter) = next {
            if !D::PICKS {
                return self.accept(&mut self.state.borrow_mut(), putter);
            }
            let lent = self.lend(putter);
            let item = lent.item()?;
            let wants = self.asking(0, || D::wants(want, item));
            let gone = !lent.give_back();
            let mut state = self.state.borrow_mut();
            if wants && !gone {
                return self.accept(&mut state, putter);
            }
            next = if gone {
                state.requests.first(*state.putters)
            } else {
                state.requests.next(putter)
            };
        }
        None
    }

    /// Accepts the waiting put whose item the getter prefers to those of all other waiting puts.
    fn best_put(&self, want: &mut D::Want) -> Option<(Awaiter, u64, T)> {
        'again: loop {
            let mut best = None;
            let mut next = {
                let state = self.state.borrow();
                state.requests.first(*state.putters)
            };
            self.asking(0, || D::forget(want));
            while let Some(putter) = next {
                let lent = self.lend(putter);
                let item = lent.item()?;
                let prefers = self.asking(0, || D::prefers(want, item));
                if !lent.give_back() {
                    continue 'again;
                }
                if prefers {
                    best = Some(putter);
                }
                next = self.state.borrow_mut().requests.next(putter);
            }
            self.asking(0, || D::forget(want));
            let best = best?;
            let mut state = self.state.borrow_mut();
            // If the put has left while the others were looked at, the search starts again.
            if state.requests.is_in_line(best) {
                return self.accept(&mut state, best);
            }
        }
    }

    /// Takes the item that a getter with this want gets now, from the shelf or else from a waiting
    /// put.
    pub(crate) fn find(&self, want: &mut D::Want) -> Option<(u64, T)> {
        if let Some(found) = self.take(want) {
            return Some(found);
        }
        let (awaiter, number, item) = self.who_puts(want)?;
        self.kernel.notify(awaiter);
        Some((number, item))
    }

    /// Offers an item to the getters in line. Returns the item if no getter wants it.
    pub(crate) fn offer(&self, number: Option<u64>, item: T) -> Option<T> {
        let mut offered = Offered { buffer: self, number, item: Some(item) };
        let getter = offered.item.as_ref().and_then(|item| self.who_wants(item, number.is_some()));
        let item = offered.item.take()?;
        let Some(getter) = getter else { return Some(item) };
        if D::PICKS
            && let Some(number) = number
            && self.has_choice(getter)
        {
            return self.offer_all(number, item, getter);
        }
        let (awaiter, want) = {
            let mut state = self.state.borrow_mut();
            let number = number.unwrap_or_else(|| {
                let number = state.number();
                self.tell_put(number);
                number
            });
            self.grant(&mut state, getter, number, item)
        };
        self.kernel.notify(awaiter);
        drop(want);
        None
    }
}

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    /// Returns `true` if the getter takes the best item, and several have come back at this moment.
    fn has_choice(&self, getter: Key) -> bool {
        let state = self.state.borrow();
        let chooses = match state.requests.get(getter) {
            Some(EntryState::Getter(want)) => D::chooses(want),
            _ => false,
        };
        chooses && !state.returned.is_empty()
    }

    /// Offers this item and all that have come back with it to the getters in line, up to the one
    /// that wants this item: the first of them takes what it likes. Returns this item if nobody
    /// takes any.
    fn offer_all(&self, number: u64, item: T, last: Key) -> Option<T> {
        self.state.borrow_mut().returned.insert(number, item);
        let mut next = self.first_getter();
        while let Some(getter) = next {
            let mut lent = self.lend(getter);
            let Some(want) = lent.want() else { break };
            let found = self.take_returned(want);
            let gone = !lent.give_back();
            let mut state = self.state.borrow_mut();
            match found {
                Some((number, item)) if gone => {
                    state.returned.insert(number, item);
                }
                Some((number, item)) => {
                    let (awaiter, want) = self.grant(&mut state, getter, number, item);
                    drop(state);
                    self.kernel.notify(awaiter);
                    drop(want);
                    return None;
                }
                None => {}
            }
            next = match gone {
                true => state.requests.first(*state.getters),
                false if getter == last => break,
                false => state.requests.next(getter),
            };
        }
        // A filter has said otherwise when it was asked again.
        self.state.borrow_mut().returned.remove(&number)
    }
}

/// An item that is being offered to the getters. If a filter panics, an item with a number goes to
/// its place on the shelf. An item without a number is only being put, and is dropped with the call
/// that panics.
struct Offered<'b, T: 'static, D: Discipline<T>> {
    buffer: &'b Buffer<T, D>,
    number: Option<u64>,
    item: Option<T>,
}

impl<T: 'static, D: Discipline<T>> Drop for Offered<'_, T, D> {
    fn drop(&mut self) {
        if let (Some(number), Some(item)) = (self.number, self.item.take()) {
            self.buffer.insert(number, item);
            self.buffer.changed();
        }
    }
}
