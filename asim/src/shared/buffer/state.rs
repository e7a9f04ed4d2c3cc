//! The state of a buffer: its items, and the requests made to it.

use std::{collections::BTreeMap, mem};

use crate::engine::{
    awaiter::Awaiter, priority_line::PriorityLine, provider::Unlinked, slab::Key,
    wait_list::WaitList,
};
use crate::shared::buffer::discipline::Discipline;

/// The items of a buffer and the requests made to it. It is never borrowed while user code runs.
pub(crate) struct State<T: 'static, D: Discipline<T>> {
    pub(crate) shelf: D::Shelf,
    /// The items that were given back, or put while the shelf was lent. They are offered to the
    /// getters in line before they go on the shelf.
    pub(crate) returned: BTreeMap<u64, T>,
    /// The number of the item that was accepted last.
    last_number: u64,
    pub(crate) requests: WaitList<EntryState<T, D>>,
    pub(crate) getters: PriorityLine,
    pub(crate) putters: PriorityLine,
    /// The requests that were made while the shelf was lent, and that have not been looked at yet.
    /// Used only if getters pick.
    pub(crate) unseen: Vec<Key>,
    /// Who has each unit that is lent, by the numbers with which the units left. Used only by a pool.
    pub(crate) holds: BTreeMap<u64, Hold>,
    /// The priorities that were changed while the lines were looked through. Used only if getters
    /// pick.
    pub(crate) moves: Vec<(Key, i32)>,
}

/// A unit that is lent, or promised to a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    /// The process that asked for it; [`Key::NONE`] outside of all processes.
    pub(crate) process: Key,
    /// The time at which it was granted.
    pub(crate) since: f64,
}

/// How far a request in the list has come, and what it holds.
pub(crate) enum EntryState<T, D: Discipline<T>> {
    /// A get that waits.
    Getter(D::Want),
    /// A put that waits.
    Putter(T),
    /// A get or a put that waits, while user code looks at its want or its item.
    Lent,
    /// A put whose owner has given it up as accepted, while user code looks at its item: the item
    /// comes in as soon as user code is done.
    LentAndAccepted,
    /// A granted get, with the number of its item and the item.
    Granted(u64, T),
    /// The same in a buffer that is measured: its probe is told when the item is received.
    Measured(u64, T),
    /// A put whose item has been accepted.
    Accepted,
}

impl<T: 'static, D: Discipline<T>> State<T, D> {
    pub(crate) fn new() -> Self {
        State {
            shelf: D::Shelf::default(),
            returned: BTreeMap::new(),
            last_number: 0,
            requests: WaitList::new(),
            getters: PriorityLine::default(),
            putters: PriorityLine::default(),
            unseen: Vec::new(),
            holds: BTreeMap::new(),
            moves: Vec::new(),
        }
    }

    /// Returns the number for an item that is accepted now.
    pub(crate) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Gives a getter its item. The caller must notify the awaiter, and drop what the getter wanted
    /// while nothing is borrowed.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is called in one or two places")]
    pub(crate) fn grant(
        &mut self,
        getter: Key,
        number: u64,
        item: T,
    ) -> (Awaiter, Option<EntryState<T, D>>) {
        self.getters.leave(&mut self.requests, getter);
        let entry = self.requests.get_mut(getter);
        let want = entry.map(|entry| mem::replace(entry, EntryState::Granted(number, item)));
        (self.take_awaiter(getter), want)
    }

    /// Has the probe told when the item of this granted get is received.
    pub(crate) fn measure(&mut self, getter: Key) {
        let Some(entry) = self.requests.get_mut(getter) else { return };
        *entry = match mem::replace(entry, EntryState::Accepted) {
            EntryState::Granted(number, item) => EntryState::Measured(number, item),
            other => other,
        };
    }

    /// Accepts a waiting put. Returns its awaiter, for the caller to notify, and the item with its
    /// number.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is called in one or two places")]
    pub(crate) fn accept(&mut self, putter: Key) -> Option<(Awaiter, u64, T)> {
        self.putters.leave(&mut self.requests, putter);
        let entry = self.requests.get_mut(putter)?;
        let EntryState::Putter(item) = mem::replace(entry, EntryState::Accepted) else {
            return None;
        };
        Some((self.take_awaiter(putter), self.number(), item))
    }

    /// Gives the first getter in line an item that is accepted now. Returns the awaiter of the getter, for
    /// the caller to notify. Returns the item if that is not as simple.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn hand_over(&mut self, item: T) -> Result<Awaiter, T> {
        debug_assert!(!mem::needs_drop::<D::Want>(), "a want may run user code when it is dropped");
        let waits = |entry: &EntryState<T, D>| matches!(entry, EntryState::Getter(_));
        let Some((entry, awaiter)) = self.getters.take_first_plainly(&mut self.requests, waits)
        else {
            return Err(item);
        };
        self.last_number += 1;
        *entry = EntryState::Granted(self.last_number, item);
        Ok(awaiter)
    }

    /// Accepts an item and puts it behind all others on the shelf, if that needs no memory. Returns the
    /// item otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a put is one piece of code")]
    pub(crate) fn append(&mut self, item: T) -> Result<(), T> {
        D::append(&mut self.shelf, self.last_number + 1, item)?;
        self.last_number += 1;
        Ok(())
    }

    /// Puts a get in line, if it is the last there and the table needs no memory. Returns what it wants
    /// otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_getters(&mut self, want: D::Want) -> Result<Key, D::Want> {
        let getter = EntryState::Getter(want);
        self.getters.join_plainly(&mut self.requests, 0, getter).map_err(|getter| match getter {
            EntryState::Getter(want) => want,
            _ => unreachable!("it is what was passed"),
        })
    }

    /// Puts a put in line, if it is the last there and the table needs no memory. Returns its item
    /// otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_putters(&mut self, item: T) -> Result<Key, T> {
        let putter = EntryState::Putter(item);
        self.putters.join_plainly(&mut self.requests, 0, putter).map_err(|putter| match putter {
            EntryState::Putter(item) => item,
            _ => unreachable!("it is what was passed"),
        })
    }

    /// Accepts the first put in line, as [`accept`](Self::accept) does, if that is simple.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn accept_first(&mut self) -> Option<(Awaiter, u64, T)> {
        let waits = |entry: &EntryState<T, D>| matches!(entry, EntryState::Putter(_));
        let (entry, awaiter) = self.putters.take_first_plainly(&mut self.requests, waits)?;
        let EntryState::Putter(item) = mem::replace(entry, EntryState::Accepted) else {
            return None;
        };
        self.last_number += 1;
        Some((awaiter, self.last_number, item))
    }

    /// Takes the item of a granted get.
    #[inline]
    pub(crate) fn take_granted(&mut self, getter: Key) -> Option<(u64, T)> {
        let Some(EntryState::Granted(..)) = self.requests.get(getter) else { return None };
        match self.requests.remove(getter) {
            Some((EntryState::Granted(number, item), _)) => Some((number, item)),
            _ => None,
        }
    }

    /// Takes the item of a granted get of a buffer that is measured.
    pub(crate) fn take_measured(&mut self, getter: Key) -> Option<(u64, T)> {
        let Some(EntryState::Measured(..)) = self.requests.get(getter) else { return None };
        match self.requests.remove(getter) {
            Some((EntryState::Measured(number, item), _)) => Some((number, item)),
            _ => None,
        }
    }

    /// Returns `true` if this put has been accepted, and its owner has not taken the answer.
    #[inline]
    pub(crate) fn is_accepted(&self, putter: Key) -> bool {
        matches!(self.requests.get(putter), Some(EntryState::Accepted))
    }

    /// Removes the entry of a put that has been accepted.
    #[inline]
    pub(crate) fn take_accepted(&mut self, putter: Key) -> Option<()> {
        if !self.is_accepted(putter) {
            return None;
        }
        self.requests.remove(putter);
        Some(())
    }

    /// Takes a request out of its line, as
    /// [`Provider::unlink`](crate::engine::provider::Provider::unlink) says.
    pub(crate) fn unlink(&mut self, request: Key) -> Unlinked {
        match self.requests.get(request) {
            None | Some(EntryState::LentAndAccepted) => Unlinked::Gone,
            Some(EntryState::Granted(..) | EntryState::Measured(..)) => Unlinked::Promised,
            Some(EntryState::Accepted) => {
                self.requests.remove(request);
                Unlinked::Gone
            }
            Some(EntryState::Putter(_)) => {
                self.putters.leave(&mut self.requests, request);
                Unlinked::Held
            }
            Some(EntryState::Getter(_)) => {
                self.getters.leave(&mut self.requests, request);
                if mem::needs_drop::<D::Want>() {
                    Unlinked::Held
                } else {
                    self.requests.remove(request);
                    Unlinked::Gone
                }
            }
            Some(EntryState::Lent) => {
                // The request is in one of the two lines. Leaving the wrong line would break it.
                let is_getter = self.requests.iter(*self.getters).any(|(key, _)| key == request);
                let line = if is_getter { &mut self.getters } else { &mut self.putters };
                line.leave(&mut self.requests, request);
                self.requests.remove(request);
                Unlinked::Gone
            }
        }
    }

    /// Takes the item of a put that waits. A put that is lent to user code, and cannot give its item,
    /// is accepted for good.
    pub(crate) fn withdraw(&mut self, putter: Key) -> Option<T> {
        match self.requests.get_mut(putter) {
            Some(EntryState::Putter(_)) => {
                self.putters.leave(&mut self.requests, putter);
                match self.requests.remove(putter) {
                    Some((EntryState::Putter(item), _)) => Some(item),
                    _ => None,
                }
            }
            Some(entry @ EntryState::Lent) => {
                *entry = EntryState::LentAndAccepted;
                self.putters.leave(&mut self.requests, putter);
                None
            }
            _ => None,
        }
    }

    /// Moves a waiting request behind those that have the same priority.
    pub(crate) fn set_priority(&mut self, request: Key, priority: i32) {
        let line = match self.requests.get(request) {
            // If getters do not pick, only getters are lent.
            Some(EntryState::Getter(_) | EntryState::Lent) => &mut self.getters,
            Some(EntryState::Putter(_)) => &mut self.putters,
            _ => return,
        };
        line.set_priority(&mut self.requests, request, priority);
    }

    /// Takes the awaiter out of a request, as it is notified only once.
    pub(crate) fn take_awaiter(&mut self, request: Key) -> Awaiter {
        self.requests.awaiter(request).map_or(Awaiter::NOBODY, mem::take)
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{EntryState, WaitList};
    use crate::shared::buffer::fifo::Fifo;

    #[test]
    fn who_waits_at_a_queue_takes_56_bytes_with_an_item_of_8() {
        // 32 for the place in line, 24 for the item, its number, and the kind of request.
        assert_eq!(WaitList::<EntryState<u64, Fifo>>::PLACE, 56);
    }
}
