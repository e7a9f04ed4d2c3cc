//! Matching: which getter gets which item.

use crate::engine::{awaiter::Awaiter, slab::Key};
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline};

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    pub(crate) fn first_getter(&self) -> Option<Key> {
        let state = self.state.borrow();
        state.requests.first(state.getters)
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
                state.requests.first(state.getters)
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
            state.requests.first(state.putters)
        };
        while let Some(putter) = next {
            if !D::PICKS {
                return self.state.borrow_mut().accept(putter);
            }
            let lent = self.lend(putter);
            let item = lent.item()?;
            let wants = self.asking(0, || D::wants(want, item));
            let gone = !lent.give_back();
            let mut state = self.state.borrow_mut();
            if wants && !gone {
                return state.accept(putter);
            }
            next = if gone {
                state.requests.first(state.putters)
            } else {
                state.requests.next(putter)
            };
        }
        None
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
        let (awaiter, want) = {
            let mut state = self.state.borrow_mut();
            let number = number.unwrap_or_else(|| state.number());
            state.grant(getter, number, item)
        };
        self.kernel.notify(awaiter);
        drop(want);
        None
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
        }
    }
}
