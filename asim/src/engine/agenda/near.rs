//! The near list: the entries that come next, sorted.

use crate::engine::agenda::chunks::Entry;

/// The places of the list. An index of a byte cannot miss one, so no access needs a check.
const PLACES: usize = 1 << u8::BITS;

/// A sorted list, popped from its front. It is a ring: what is popped leaves its place to what is
/// appended, and nothing moves.
pub(crate) struct Near<K> {
    ring: [Entry<K>; PLACES],
    /// The place of the first entry.
    head: u8,
    /// The place after the last entry. One place is always free, so this is `head` only if the list is
    /// empty.
    tail: u8,
    /// An entry whose bits are not lower than this belongs at the end of the list: it is not earlier than
    /// the last one. It is not negative, so the bits of such an entry are those of its time as it is.
    /// Popping leaves it, as nothing is inserted before what was popped. It may be too high, which only
    /// costs time.
    floor: i64,
}

impl<K: Copy> Near<K> {
    /// Returns an empty list. A place without an entry has the key `nothing`.
    pub(crate) fn new(nothing: K) -> Self {
        Near { ring: [Entry { bits: 0, key: nothing }; PLACES], head: 0, tail: 0, floor: 0 }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        usize::from(self.tail.wrapping_sub(self.head))
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head == self.tail
    }

    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.tail.wrapping_add(1) != self.head
    }

    #[inline]
    pub(crate) fn floor(&self) -> i64 {
        self.floor
    }

    /// Returns the first entry. Means nothing if the list is empty.
    #[inline]
    pub(crate) fn first(&self) -> Entry<K> {
        self.ring[usize::from(self.head)]
    }

    /// Returns the last entry. Means nothing if the list is empty.
    #[inline]
    pub(crate) fn last(&self) -> Entry<K> {
        self.ring[usize::from(self.tail.wrapping_sub(1))]
    }

    /// Returns the entry that comes after `count` others.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "less than the length, which fits")]
    pub(crate) fn after(&self, count: usize) -> Option<Entry<K>> {
        (count < self.len()).then(|| self.ring[usize::from(self.head.wrapping_add(count as u8))])
    }

    /// Drops the first entry. There is one.
    #[inline]
    pub(crate) fn drop_first(&mut self) {
        self.head = self.head.wrapping_add(1);
    }

    /// Adds an entry at the end, where it belongs. There is room, and its bits are not negative.
    #[inline]
    pub(crate) fn append(&mut self, entry: Entry<K>) {
        debug_assert!(self.has_room() && entry.bits >= self.floor);
        self.ring[usize::from(self.tail)] = entry;
        self.tail = self.tail.wrapping_add(1);
        self.floor = entry.bits;
    }

    /// Does the same. The bits may be negative.
    #[inline]
    pub(crate) fn push(&mut self, entry: Entry<K>) {
        self.ring[usize::from(self.tail)] = entry;
        self.tail = self.tail.wrapping_add(1);
        self.floor = entry.bits.max(0);
    }

    /// Adds an entry behind those that are not later. Moves whichever half of the list is shorter. There
    /// is room.
    #[inline]
    pub(crate) fn insert(&mut self, entry: Entry<K>) {
        debug_assert!(self.has_room());
        if self.is_empty() || self.last().bits <= entry.bits {
            return self.push(entry);
        }
        // The entry in the middle is where the loops end at the latest.
        let middle = self.head.wrapping_add(self.tail.wrapping_sub(self.head) / 2);
        let mut place;
        if self.ring[usize::from(middle)].bits > entry.bits {
            self.head = self.head.wrapping_sub(1);
            place = self.head;
            loop {
                let after = place.wrapping_add(1);
                let next = self.ring[usize::from(after)];
                if next.bits > entry.bits {
                    break;
                }
                self.ring[usize::from(place)] = next;
                place = after;
            }
        } else {
            place = self.tail;
            self.tail = self.tail.wrapping_add(1);
            loop {
                let before = place.wrapping_sub(1);
                let last = self.ring[usize::from(before)];
                if last.bits <= entry.bits {
                    break;
                }
                self.ring[usize::from(place)] = last;
                place = before;
            }
        }
        self.ring[usize::from(place)] = entry;
    }

    /// Makes the empty list begin at its first place.
    pub(crate) fn restart(&mut self) {
        debug_assert!(self.is_empty());
        (self.head, self.tail, self.floor) = (0, 0, 0);
    }

    /// Takes out the entries after the first `kept` ones.
    pub(crate) fn split_off(&mut self, kept: usize) -> Vec<Entry<K>> {
        let later = (kept..self.len()).filter_map(|count| self.after(count)).collect();
        self.truncate(kept);
        later
    }

    /// Keeps only the entries that `is_kept` wants.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(K) -> bool) {
        let mut kept = 0;
        for count in 0..self.len() {
            if let Some(entry) = self.after(count).filter(|entry| is_kept(entry.key)) {
                self.ring[(usize::from(self.head) + kept) % PLACES] = entry;
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Drops the entries after the first `kept` ones.
    #[allow(clippy::cast_possible_truncation, reason = "not more than the length, which fits")]
    fn truncate(&mut self, kept: usize) {
        self.tail = self.head.wrapping_add(kept as u8);
        self.floor = if kept == 0 { 0 } else { self.last().bits.max(0) };
    }
}
