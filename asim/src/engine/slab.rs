//! The slab: a table of reusable entries, each named by an index and a generation.
//!
//! Everything that the kernel has many of (timers, processes, composites, requests in a line) lives in
//! such a table. An entry is reused as soon as it is free. A key that outlives its occupant is
//! recognised by its generation, and does not reach the next occupant.

/// The key of one occupant of a slab. It is stale once that occupant has left.
///
/// One word, because the hot path compares and packs it: the generation, at most 30 bits, above the
/// index. Two bits are left for other uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub(crate) u64);

/// The last generation. An entry that has reached it, after a billion occupants, is not used again. So
/// no key is ever mistaken for that of another occupant. A processor needs at least some twenty seconds
/// to lose one entry in this way.
pub(crate) const GENERATIONS: u32 = (1 << 30) - 1;

/// The lower of the two bits that are left.
const MARK: u64 = 1 << 62;

impl Key {
    /// The key of nobody: no entry has its index.
    pub(crate) const NONE: Key = Key::new(u32::MAX, GENERATIONS);

    /// The key of a request that is over: no entry has its index either.
    pub(crate) const OVER: Key = Key::new(u32::MAX, 2);

    #[inline]
    pub(crate) const fn new(index: u32, generation: u32) -> Key {
        Key((generation as u64) << 32 | index as u64)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the word is taken apart into its fields")]
    pub(crate) const fn index(self) -> u32 {
        self.0 as u32
    }

    /// Returns `true` if it is or was the key of an occupant.
    #[inline]
    pub(crate) fn is_somebody(self) -> bool {
        self.index() != u32::MAX
    }

    /// Returns the key with a mark, which makes it stale.
    pub(crate) fn marked(self) -> Key {
        Key(self.0 | MARK)
    }

    /// Returns the key that was marked, if this one is marked.
    pub(crate) fn unmarked(self) -> Option<Key> {
        (self.0 & MARK != 0).then_some(Key(self.0 & !MARK))
    }

    #[inline]
    const fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({}, generation {})", self.index(), self.generation())
    }
}

/// The end of the chain of free entries.
const END: u32 = u32::MAX;

/// The value is not the first field, so that the compiler sees that a reference to it is not null.
#[derive(Debug)]
#[repr(C)]
struct Entry<T> {
    generation: u32,
    /// The next free entry, while this one is free. While it is occupied: what was
    /// [noted](Slab::note) of its occupant.
    next_free: u32,
    /// A free entry holds a default or, after [`Slab::vacate`], its last occupant.
    value: T,
}

/// A table of reusable entries. All operations take constant time.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    entries: Vec<Entry<T>>,
    first_free: u32,
}

#[cfg(test)]
impl<T> Slab<T> {
    /// The bytes that one entry takes.
    pub(crate) const ENTRY: usize = size_of::<Entry<T>>();
}

impl<T: Default> Slab<T> {
    pub(crate) fn new() -> Self {
        Slab { entries: Vec::new(), first_free: END }
    }

    /// Occupies an entry and returns it as its last occupant left it. This is for types that are worth
    /// reusing (a vector keeps its memory).
    #[inline]
    pub(crate) fn occupy(&mut self) -> (Key, &mut T) {
        let index = self.first_free;
        if index as usize >= self.entries.len() {
            return self.occupy_new(END);
        }
        let entry = &mut self.entries[index as usize];
        self.first_free = entry.next_free;
        (Key::new(index, entry.generation), &mut entry.value)
    }

    /// Does the same as [`occupy`](Self::occupy) if there is a free entry. It needs no memory.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a part of each short way to wait")]
    pub(crate) fn occupy_free(&mut self) -> Option<(Key, &mut T)> {
        let index = self.first_free;
        // The end of the chain is the index of no entry.
        let entry = self.entries.get_mut(index as usize)?;
        self.first_free = entry.next_free;
        Some((Key::new(index, entry.generation), &mut entry.value))
    }

    /// Returns the number of entries, with those that are free.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns `true` if an entry is free.
    #[inline]
    pub(crate) fn has_free(&self) -> bool {
        (self.first_free as usize) < self.entries.len()
    }

    /// Does the same as [`occupy_noted`](Self::occupy_noted) if no entry is free.
    #[cold]
    #[inline(never)]
    fn occupy_new(&mut self, number: u32) -> (Key, &mut T) {
        let index = u32::try_from(self.entries.len()).expect("more than 2^32 live entries");
        self.entries.push(Entry { generation: 0, next_free: number, value: T::default() });
        (Key::new(index, 0), &mut self.entries[index as usize].value)
    }

    /// Does the same as [`occupy`](Self::occupy), and [notes](Self::note) a number of the occupant.
    #[inline]
    pub(crate) fn occupy_noted(&mut self, number: u32) -> (Key, &mut T) {
        let index = self.first_free;
        if index as usize >= self.entries.len() {
            return self.occupy_new(number);
        }
        let entry = &mut self.entries[index as usize];
        self.first_free = std::mem::replace(&mut entry.next_free, number);
        (Key::new(index, entry.generation), &mut entry.value)
    }

    #[inline]
    pub(crate) fn insert(&mut self, value: T) -> Key {
        let (key, entry) = self.occupy();
        *entry = value;
        key
    }

    /// Frees the entry, which keeps its value for the next [`occupy`](Self::occupy). Returns `false` if
    /// the key is stale.
    #[inline]
    pub(crate) fn vacate(&mut self, key: Key) -> bool {
        self.vacate_if(key, |_| Some(())).is_some()
    }

    /// Frees the entry if `leave` returns something of its occupant, and returns that. The entry keeps its
    /// value, as after [`vacate`](Self::vacate). Returns `None` if the key is stale.
    #[inline]
    pub(crate) fn vacate_if<R>(
        &mut self,
        key: Key,
        leave: impl FnOnce(&mut T) -> Option<R>,
    ) -> Option<R> {
        let index = key.index();
        let entry = self.entries.get_mut(index as usize)?;
        if entry.generation != key.generation() {
            return None;
        }
        let left = leave(&mut entry.value)?;
        entry.generation += 1;
        if entry.generation < GENERATIONS {
            entry.next_free = self.first_free;
            self.first_free = index;
        }
        Some(left)
    }

    #[inline]
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        if self.vacate(key) {
            Some(std::mem::take(&mut self.entries[key.index() as usize].value))
        } else {
            None
        }
    }

    #[inline]
    pub(crate) fn contains(&self, key: Key) -> bool {
        self.entries
            .get(key.index() as usize)
            .is_some_and(|entry| entry.generation == key.generation())
    }

    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        match self.entries.get(key.index() as usize) {
            Some(entry) if entry.generation == key.generation() => Some(&entry.value),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.entries.get_mut(key.index() as usize) {
            Some(entry) if entry.generation == key.generation() => Some(&mut entry.value),
            _ => None,
        }
    }

    /// Notes a number of the present occupant of this entry. It takes no memory.
    #[inline]
    pub(crate) fn note(&mut self, index: u32, number: u32) {
        self.entries[index as usize].next_free = number;
    }

    /// Returns what was noted last of the present occupant of this entry.
    pub(crate) fn noted(&self, index: u32) -> u32 {
        self.entries[index as usize].next_free
    }

    /// Makes the key stale, but keeps the entry occupied until [`reuse`](Self::reuse).
    #[cold]
    pub(crate) fn vacate_later(&mut self, key: Key) {
        if let Some(entry) = self.entries.get_mut(key.index() as usize)
            && entry.generation == key.generation()
        {
            entry.generation += 1;
        }
    }

    /// Frees an entry that was [vacated for later](Self::vacate_later).
    pub(crate) fn reuse(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        if entry.generation < GENERATIONS {
            entry.next_free = self.first_free;
            self.first_free = index;
        }
    }

    /// Returns the occupant of an entry that is known to be occupied.
    #[inline]
    pub(crate) fn at(&mut self, index: u32) -> &mut T {
        &mut self.entries[index as usize].value
    }

    /// Returns the value of an entry, if the entry exists. Does not check the occupant.
    #[inline]
    pub(crate) fn look(&self, index: u32) -> Option<&T> {
        self.entries.get(index as usize).map(|entry| &entry.value)
    }

    #[inline]
    pub(crate) fn look_mut(&mut self, index: u32) -> Option<&mut T> {
        self.entries.get_mut(index as usize).map(|entry| &mut entry.value)
    }

    /// Returns the generation and the value of an entry, if the entry exists.
    #[inline]
    pub(crate) fn look_entry(&mut self, index: u32) -> Option<(u32, &mut T)> {
        self.entries.get_mut(index as usize).map(|entry| (entry.generation, &mut entry.value))
    }

    /// Returns the key of the present occupant of this entry.
    pub(crate) fn key_at(&self, index: u32) -> Key {
        Key::new(index, self.entries[index as usize].generation)
    }

    /// Returns the values of all entries, also of free ones.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().map(|entry| &mut entry.value)
    }

    /// Returns the occupants. This takes time and memory for the free entries, too.
    pub(crate) fn occupied(&self) -> impl Iterator<Item = &T> {
        let has_free = self.has_free();
        let mut is_free = if has_free { vec![false; self.entries.len()] } else { Vec::new() };
        let mut free = self.first_free;
        while let Some(entry) = self.entries.get(free as usize) {
            is_free[free as usize] = true;
            free = entry.next_free;
        }
        // An entry that is given up for good is not in the chain.
        let is_occupied = move |(at, entry): &(usize, &Entry<T>)| {
            entry.generation < GENERATIONS && !is_free.get(*at).is_some_and(|&is_free| is_free)
        };
        self.entries.iter().enumerate().filter(is_occupied).map(|(_, entry)| &entry.value)
    }

    /// Returns all entries, also free ones: for tables whose values show the difference.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Key, &T)> {
        (0u32..)
            .zip(&self.entries)
            .map(|(index, entry)| (Key::new(index, entry.generation), &entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::{GENERATIONS, Slab};

    #[test]
    fn a_stale_key_reaches_nobody() {
        let mut slab = Slab::new();
        let first = slab.insert(1);
        assert_eq!(slab.remove(first), Some(1));
        let second = slab.insert(2);
        assert_eq!(second.index(), first.index(), "the entry is reused");
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(second), Some(&2));
    }

    #[test]
    fn an_entry_is_given_up_before_its_keys_repeat() {
        let mut slab = Slab::new();
        let first = slab.insert(0);
        slab.entries[0].generation = GENERATIONS - 2;
        let old = slab.key_at(0);
        assert!(slab.remove(old).is_some());
        let last = slab.insert(1);
        assert_eq!(last.index(), 0);
        assert!(slab.vacate(last));
        let next = slab.insert(2);
        assert_eq!(next.index(), 1, "another entry is used from now on");
        for stale in [first, old, last] {
            assert_eq!(slab.get(stale), None);
        }
        assert_eq!(slab.get(next), Some(&2));
        // The same holds for an entry that is kept from being reused for a while.
        slab.entries[1].generation = GENERATIONS - 1;
        let held = slab.key_at(1);
        slab.vacate_later(held);
        slab.reuse(1);
        assert_eq!(slab.insert(3).index(), 2);
    }

    #[test]
    fn a_vacated_entry_keeps_its_value_for_the_next_occupant() {
        let mut slab: Slab<Vec<u8>> = Slab::new();
        let key = slab.insert(Vec::with_capacity(64));
        assert!(slab.vacate(key));
        assert!(slab.occupy().1.capacity() >= 64);
    }

    #[test]
    fn a_note_stays_as_long_as_its_occupant() {
        let mut slab = Slab::new();
        let keys: Vec<_> = (0..4).map(|n| slab.insert(n)).collect();
        for key in &keys {
            slab.note(key.index(), 7 + key.index());
        }
        slab.remove(keys[1]);
        slab.remove(keys[2]);
        assert_eq!((slab.noted(0), slab.noted(3)), (7, 10));
        let next = slab.insert(5);
        slab.note(next.index(), 1);
        assert_eq!(slab.insert(6).index(), 1, "the chain of free entries is whole");
        assert_eq!(slab.noted(next.index()), 1);
    }

    #[test]
    fn an_entry_costs_eight_bytes_beside_its_value() {
        // A generation and the index of the next free entry.
        assert_eq!(Slab::<u64>::ENTRY, 8 + 8);
    }
}
