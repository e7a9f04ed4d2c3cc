//! Wait lists and lines: where all requests wait.
//!
//! A [`WaitList`] is a table of requests. A [`Line`] chains some of them, usually in the order of their
//! arrival. A channel has two lines (receivers and senders). Joining, leaving from the middle and being
//! granted take constant time, however long the line is.
//!
//! `priority_line` builds a line on top that is ordered by priority.

use crate::engine::awaiter::Awaiter;
use crate::engine::slab::{Key, Slab};

const NOBODY: u32 = u32::MAX;

/// A line of requests of a [`WaitList`]: the first and the last of a chain, and its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    first: u32,
    last: u32,
    length: u32,
}

impl Line {
    pub(crate) const EMPTY: Line = Line { first: NOBODY, last: NOBODY, length: 0 };

    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.first == NOBODY
    }

    /// Returns the place of the last request in the table.
    #[inline]
    pub(crate) fn last(self) -> Option<u32> {
        (self.last != NOBODY).then_some(self.last)
    }

    /// Returns `true` if this request is in the line, and no other.
    #[inline]
    pub(crate) fn is_only(self, key: Key) -> bool {
        self.length == 1 && self.first == key.index()
    }

    /// Returns how many requests stand in the line.
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.length as usize
    }
}

impl Default for Line {
    fn default() -> Self {
        Line::EMPTY
    }
}

#[derive(Debug)]
struct Entry<R> {
    /// The entry before it in its line; the entry itself if it is in no line.
    previous: u32,
    next: u32,
    awaiter: Awaiter,
    /// The priority in its line; 0 in a line without priorities.
    priority: i32,
    /// `None` only in a free entry.
    request: Option<R>,
}

impl<R> Default for Entry<R> {
    fn default() -> Self {
        Entry {
            previous: NOBODY,
            next: NOBODY,
            awaiter: Awaiter::NOBODY,
            priority: 0,
            request: None,
        }
    }
}

/// The requests made to one thing: those that wait in one of its lines, and those that were granted (or
/// have lost) and that their owner has not seen yet.
#[derive(Debug)]
pub(crate) struct WaitList<R> {
    entries: Slab<Entry<R>>,
}

#[cfg(test)]
impl<R> WaitList<R> {
    /// The bytes that one request takes.
    pub(crate) const PLACE: usize = Slab::<Entry<R>>::ENTRY;
}

impl<R> WaitList<R> {
    pub(crate) fn new() -> Self {
        WaitList { entries: Slab::new() }
    }

    /// Adds a new request at the end of the line.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join(&mut self, line: &mut Line, request: R) -> Key {
        self.join_with_priority(line, 0, request)
    }

    /// Adds a new request at the end of the line, with this priority.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_with_priority(&mut self, line: &mut Line, priority: i32, request: R) -> Key {
        let (key, entry) = self.entries.occupy();
        entry.previous = line.last;
        entry.next = NOBODY;
        entry.awaiter = Awaiter::NOBODY;
        entry.priority = priority;
        entry.request = Some(request);
        match line.last {
            NOBODY => line.first = key.index(),
            last => self.entries.at(last).next = key.index(),
        }
        line.last = key.index();
        line.length += 1;
        key
    }

    /// Does the same as [`join_with_priority`](Self::join_with_priority) if the table needs no memory.
    ///
    /// # Errors
    ///
    /// Returns the request otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_plainly(
        &mut self,
        line: &mut Line,
        priority: i32,
        request: R,
    ) -> Result<Key, R> {
        let Some((key, entry)) = self.entries.occupy_free() else { return Err(request) };
        entry.previous = line.last;
        entry.next = NOBODY;
        entry.awaiter = Awaiter::NOBODY;
        entry.priority = priority;
        entry.request = Some(request);
        match std::mem::replace(&mut line.last, key.index()) {
            NOBODY => line.first = key.index(),
            last => self.entries.at(last).next = key.index(),
        }
        line.length += 1;
        Ok(key)
    }

    /// Adds a request that is in no line: it was granted at the call, but its owner may still lose it.
    pub(crate) fn hold(&mut self, request: R) -> Key {
        let key = self.entries.insert(Entry { request: Some(request), ..Entry::default() });
        self.entries.at(key.index()).previous = key.index();
        key
    }

    /// Puts a request that is in no line at the end of this line.
    pub(crate) fn join_again(&mut self, line: &mut Line, key: Key) {
        self.join_behind(line, line.last(), key);
    }

    /// Puts a request that is in no line behind another one; in front of all if there is no other.
    pub(crate) fn join_behind(&mut self, line: &mut Line, other: Option<u32>, key: Key) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        debug_assert!(entry.previous == key.index(), "it is in a line already");
        let previous = other.unwrap_or(NOBODY);
        entry.previous = previous;
        let next = match previous {
            NOBODY => std::mem::replace(&mut line.first, key.index()),
            previous => std::mem::replace(&mut self.entries.at(previous).next, key.index()),
        };
        self.entries.at(key.index()).next = next;
        match next {
            NOBODY => line.last = key.index(),
            next => self.entries.at(next).previous = key.index(),
        }
        line.length += 1;
    }

    /// Returns the request before the one at this place in its line, and the priority of that request.
    pub(crate) fn previous(&mut self, index: u32) -> Option<(u32, i32)> {
        match self.entries.at(index).previous {
            NOBODY => None,
            previous => Some((previous, self.entries.at(previous).priority)),
        }
    }

    /// Returns the place of the request behind another one; of the first in line if there is no other.
    pub(crate) fn behind(&mut self, line: Line, other: Option<u32>) -> Option<u32> {
        let next = other.map_or(line.first, |other| self.entries.at(other).next);
        (next != NOBODY).then_some(next)
    }

    /// Returns the request at this place in the table.
    pub(crate) fn at(&self, index: u32) -> Option<&R> {
        self.entries.look(index)?.request.as_ref()
    }

    /// Returns the priority of the request at this place in the table.
    #[inline]
    pub(crate) fn priority_at(&mut self, index: u32) -> i32 {
        self.entries.at(index).priority
    }

    /// Returns the priority of the request.
    #[inline]
    pub(crate) fn priority(&self, key: Key) -> i32 {
        self.entries.get(key).map_or(0, |entry| entry.priority)
    }

    /// Changes the priority that is noted for a request in no line.
    pub(crate) fn note_priority(&mut self, key: Key, priority: i32) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.priority = priority;
        }
    }

    /// Returns `true` if the request is in a line.
    pub(crate) fn is_in_line(&self, key: Key) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.previous != key.index())
    }

    /// Takes the request out of its line, if it is in one. It stays in the list until
    /// [`remove`](Self::remove).
    #[inline]
    pub(crate) fn leave(&mut self, line: &mut Line, key: Key) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        let (previous, next) = (entry.previous, entry.next);
        if previous == key.index() {
            return;
        }
        entry.previous = key.index();
        entry.next = NOBODY;
        line.length -= 1;
        match previous {
            NOBODY => line.first = next,
            previous => self.entries.at(previous).next = next,
        }
        match next {
            NOBODY => line.last = previous,
            next => self.entries.at(next).previous = previous,
        }
    }

    /// Takes the first request out of its line, and the awaiter out of the request, if `takes` says so of
    /// that request. It stays in the list until [`remove`](Self::remove). This is
    /// [`leave`](Self::leave) with one look at the table.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn take_first_if(
        &mut self,
        line: &mut Line,
        takes: impl FnOnce(&R) -> bool,
    ) -> Option<(&mut R, Awaiter)> {
        if line.first == NOBODY {
            return None;
        }
        let index = line.first;
        let entry = self.entries.at(index);
        if !takes(entry.request.as_ref()?) {
            return None;
        }
        let awaiter = std::mem::take(&mut entry.awaiter);
        let next = std::mem::replace(&mut entry.next, NOBODY);
        entry.previous = index;
        line.first = next;
        line.length -= 1;
        match next {
            NOBODY => line.last = NOBODY,
            next => self.entries.at(next).previous = NOBODY,
        }
        Some((self.entries.at(index).request.as_mut()?, awaiter))
    }

    /// Notes the awaiter of a request that is in a line, and returns `true`. Returns `false` if it is in
    /// none, or if its old awaiter is a waker, which must be freed.
    #[inline]
    pub(crate) fn note_awaiter(&mut self, key: Key, awaiter: Awaiter) -> bool {
        match self.waiting_awaiter(key) {
            Some(told) if !told.is_waker() => {
                *told = awaiter;
                true
            }
            _ => false,
        }
    }

    #[inline]
    pub(crate) fn first(&self, line: Line) -> Option<Key> {
        match line.first {
            NOBODY => None,
            index => Some(self.entries.key_at(index)),
        }
    }

    /// Returns the request behind this one in its line.
    #[inline]
    pub(crate) fn next(&mut self, key: Key) -> Option<Key> {
        match self.entries.get_mut(key)?.next {
            NOBODY => None,
            index => Some(self.entries.key_at(index)),
        }
    }

    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<&R> {
        self.entries.get(key)?.request.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut R> {
        self.entries.get_mut(key)?.request.as_mut()
    }

    /// Returns the awaiter, to be changed, if the request is in a line. Once a request is granted,
    /// nobody is notified any more.
    #[inline]
    pub(crate) fn waiting_awaiter(&mut self, key: Key) -> Option<&mut Awaiter> {
        let entry = self.entries.get_mut(key)?;
        (entry.previous != key.index()).then_some(&mut entry.awaiter)
    }

    /// Returns the awaiter, to be changed.
    #[inline]
    pub(crate) fn awaiter(&mut self, key: Key) -> Option<&mut Awaiter> {
        Some(&mut self.entries.get_mut(key)?.awaiter)
    }

    /// Frees the request's entry. It must not be in a line any more.
    #[inline]
    pub(crate) fn remove(&mut self, key: Key) -> Option<(R, Awaiter)> {
        let entry = self.entries.get_mut(key)?;
        let (request, awaiter) = (entry.request.take(), entry.awaiter);
        self.entries.vacate(key);
        Some((request?, awaiter))
    }

    /// Returns the requests of a line in their order, with their awaiters.
    pub(crate) fn awaiters(&self, line: Line) -> impl Iterator<Item = (&R, Awaiter)> {
        self.iter(line).filter_map(|(key, request)| Some((request, self.entries.get(key)?.awaiter)))
    }

    /// Returns all requests in the list with their awaiters, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&R, Awaiter)> {
        let entries = self.entries.entries().map(|(_, entry)| entry);
        entries.filter_map(|entry| Some((entry.request.as_ref()?, entry.awaiter)))
    }

    /// Returns the requests of a line in their order.
    pub(crate) fn iter(&self, line: Line) -> impl Iterator<Item = (Key, &R)> {
        let mut index = line.first;
        std::iter::from_fn(move || {
            if index == NOBODY {
                return None;
            }
            let key = self.entries.key_at(index);
            let entry = self.entries.get(key)?;
            index = entry.next;
            Some((key, entry.request.as_ref()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Awaiter, Line, WaitList};

    fn order(list: &WaitList<u32>, line: Line) -> Vec<u32> {
        let order: Vec<u32> = list.iter(line).map(|(_, &request)| request).collect();
        assert_eq!(line.len(), order.len());
        order
    }

    #[test]
    fn requests_stand_in_the_order_of_arrival_and_leave_from_anywhere() {
        let (mut list, mut line) = (WaitList::new(), Line::EMPTY);
        let keys: Vec<_> = (0..5).map(|i| list.join(&mut line, i)).collect();
        assert_eq!(order(&list, line), [0, 1, 2, 3, 4]);
        for (leaver, left) in [(2, vec![0, 1, 3, 4]), (0, vec![1, 3, 4]), (4, vec![1, 3])] {
            list.leave(&mut line, keys[leaver]);
            assert_eq!(list.remove(keys[leaver]).unwrap().0, u32::try_from(leaver).unwrap());
            assert_eq!(order(&list, line), left);
        }
        list.join(&mut line, 9);
        assert_eq!(order(&list, line), [1, 3, 9]);
    }

    #[test]
    fn two_lines_share_a_list() {
        let (mut list, mut getters, mut putters) = (WaitList::new(), Line::EMPTY, Line::EMPTY);
        let getter = list.join(&mut getters, 1);
        list.join(&mut putters, 2);
        list.join(&mut getters, 3);
        list.leave(&mut getters, getter);
        assert_eq!(order(&list, getters), [3]);
        assert_eq!(order(&list, putters), [2]);
        assert_eq!(list.get(getter), Some(&1), "out of the line, but not yet gone");
        list.leave(&mut getters, getter);
        assert_eq!(order(&list, getters), [3], "it leaves only once");
    }

    #[test]
    fn the_short_ways_do_what_the_long_ones_do() {
        let (mut list, mut line) = (WaitList::new(), Line::EMPTY);
        assert_eq!(list.join_plainly(&mut line, 0, 1), Err(1), "the table has no free entry");
        let keys: Vec<_> = (0..3).map(|i| list.join(&mut line, i)).collect();
        let process = Awaiter::process(keys[0]);
        assert!(list.note_awaiter(keys[1], process));
        assert!(list.take_first_if(&mut line, |&request| request > 0).is_none());
        let mut taken = Vec::new();
        while let Some((&mut request, awaiter)) = list.take_first_if(&mut line, |_| true) {
            taken.push((request, awaiter));
            assert_eq!(line.len(), 3 - taken.len());
        }
        assert_eq!(taken, [(0, Awaiter::NOBODY), (1, process), (2, Awaiter::NOBODY)]);
        assert_eq!(line, Line::EMPTY);
        assert!(keys.iter().all(|&key| list.get(key).is_some() && !list.is_in_line(key)));
        assert!(!list.note_awaiter(keys[1], process), "it is in no line");
        for key in keys {
            list.remove(key);
        }
        for request in [4, 5] {
            assert!(list.join_plainly(&mut line, 0, request).is_ok());
        }
        assert_eq!(order(&list, line), [4, 5]);
    }

    #[test]
    fn a_place_in_a_line_takes_32_bytes_beside_the_request() {
        // The entry's own 8, two neighbours of 4, an awaiter of 8, a priority of 4. If the request type
        // has no unused value, 8 more say whether there is a request.
        assert_eq!(WaitList::<u64>::PLACE, 32 + 8 + 8);
        assert_eq!(WaitList::<&u64>::PLACE, 32 + 8);
    }
}
