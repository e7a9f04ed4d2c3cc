//! The one line of waiters that everything uses which keeps requests waiting.
//!
//! A [`WaitList`] is a table of requests; a [`Line`] strings some of them together in the order of
//! their arrival. A queue has two lines (getters and putters), a resource one for each priority.
//! Joining, leaving from the middle and being granted take constant time whatever the length.

use super::slab::{Key, Slab};
use super::watcher::Watcher;

const NOBODY: u32 = u32::MAX;

/// The order of some requests of a [`WaitList`]: the first and the last of a chain, and how many it
/// has.
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

    /// How many requests stand in it.
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
    /// The one before it in its line; itself if it is in none.
    previous: u32,
    next: u32,
    watcher: Watcher,
    /// `None` only in a free slot.
    request: Option<R>,
}

impl<R> Default for Entry<R> {
    fn default() -> Self {
        Entry { previous: NOBODY, next: NOBODY, watcher: Watcher::NOBODY, request: None }
    }
}

/// The requests made to one thing: those that wait in one of its lines, and those that have been
/// granted (or have lost) and that their owner has not yet seen.
#[derive(Debug)]
pub(crate) struct WaitList<R> {
    entries: Slab<Entry<R>>,
}

#[cfg(test)]
impl<R> WaitList<R> {
    /// The bytes that one request takes.
    pub(crate) const PLACE: usize = Slab::<Entry<R>>::SLOT;
}

impl<R> WaitList<R> {
    pub(crate) fn new() -> Self {
        WaitList { entries: Slab::new() }
    }

    /// A new request at the end of the line.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its slot, not copied there")]
    pub(crate) fn join(&mut self, line: &mut Line, request: R) -> Key {
        let (key, entry) = self.entries.occupy();
        entry.previous = line.last;
        entry.next = NOBODY;
        entry.watcher = Watcher::NOBODY;
        entry.request = Some(request);
        match line.last {
            NOBODY => line.first = key.index(),
            last => self.entries.at(last).next = key.index(),
        }
        line.last = key.index();
        line.length += 1;
        key
    }

    /// A request that is in no line: one granted at the call, whose owner must be able to lose it.
    pub(crate) fn hold(&mut self, request: R) -> Key {
        let key = self.entries.insert(Entry { request: Some(request), ..Entry::default() });
        self.entries.at(key.index()).previous = key.index();
        key
    }

    /// Puts a request that is in no line at the end of this one.
    pub(crate) fn join_again(&mut self, line: &mut Line, key: Key) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        debug_assert!(entry.previous == key.index(), "it is in a line already");
        entry.previous = line.last;
        entry.next = NOBODY;
        match line.last {
            NOBODY => line.first = key.index(),
            last => self.entries.at(last).next = key.index(),
        }
        line.last = key.index();
        line.length += 1;
    }

    /// Is the request in a line?
    pub(crate) fn is_in_line(&self, key: Key) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.previous != key.index())
    }

    /// Takes the request out of the line that it is in, if it is in one; it stays in the list until
    /// [`remove`](Self::remove)d.
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

    #[inline]
    pub(crate) fn first(&self, line: Line) -> Option<Key> {
        match line.first {
            NOBODY => None,
            index => Some(self.entries.key_at(index)),
        }
    }

    /// The request behind this one in its line.
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

    /// Who is told, to be changed, if the request is in a line: once it has been granted nobody is told
    /// any more.
    #[inline]
    pub(crate) fn waiting_watcher(&mut self, key: Key) -> Option<&mut Watcher> {
        let entry = self.entries.get_mut(key)?;
        (entry.previous != key.index()).then_some(&mut entry.watcher)
    }

    /// Who is told, to be changed.
    #[inline]
    pub(crate) fn watcher(&mut self, key: Key) -> Option<&mut Watcher> {
        Some(&mut self.entries.get_mut(key)?.watcher)
    }

    /// Frees the request's slot. It must not be in a line any more.
    #[inline]
    pub(crate) fn remove(&mut self, key: Key) -> Option<(R, Watcher)> {
        let entry = self.entries.get_mut(key)?;
        let (request, watcher) = (entry.request.take(), entry.watcher);
        self.entries.vacate(key);
        Some((request?, watcher))
    }

    /// The requests of a line, in their order.
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
    use super::{Line, WaitList};

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
    fn a_place_in_a_line_takes_32_bytes_beside_the_request() {
        // The slot's own 8, two neighbours of 4, a watcher of 8; and where the request has no value
        // that it never takes, 8 that say whether there is one.
        assert_eq!(WaitList::<u64>::PLACE, 24 + 8 + 8);
        assert_eq!(WaitList::<&u64>::PLACE, 24 + 8);
    }
}
