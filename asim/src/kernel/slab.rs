//! A table of reusable slots, each named by an index and a generation.
//!
//! Everything the kernel keeps many of (timers, processes, composites, requests in a line) lives in
//! such a table: a slot is reused as soon as it is free, and a key that outlives what it named is
//! recognised by its generation instead of reaching whatever took its place.

/// Names one occupant of a slab; stale once that occupant has left.
///
/// One word, as the hot path compares and packs it: the generation, at most 30 bits, above
/// the index, so that two bits are free for others' use.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub(super) u64);

/// The last generation. A slot that has come to it is not used again, after a billion occupants: so
/// no key is ever mistaken for that of another occupant, and a slot is lost in what takes a
/// processor some twenty seconds at its fastest.
pub(crate) const GENERATIONS: u32 = (1 << 30) - 1;

/// The lower of the two bits that are free.
const MARK: u64 = 1 << 62;

impl Key {
    /// The key of nobody: no slot ever has its index.
    pub(crate) const NONE: Key = Key::new(u32::MAX, GENERATIONS);

    /// The key of what is over: no slot ever has its index either.
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

    /// Is it the key of an occupant, or was it so?
    #[inline]
    pub(crate) fn is_somebody(self) -> bool {
        self.index() != u32::MAX
    }

    /// The key with a mark, which makes it stale.
    pub(super) fn marked(self) -> Key {
        Key(self.0 | MARK)
    }

    /// The key that was marked, if this one is.
    pub(super) fn unmarked(self) -> Option<Key> {
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

/// Ends the chain of free slots.
const END: u32 = u32::MAX;

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    /// The next free slot, while this one is free.
    next_free: u32,
    /// A free slot holds a default or, after [`Slab::vacate`], its last occupant.
    value: T,
}

/// A table of reusable slots. All operations take constant time.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    slots: Vec<Slot<T>>,
    first_free: u32,
}

#[cfg(test)]
impl<T> Slab<T> {
    /// The bytes that one slot takes.
    pub(crate) const SLOT: usize = size_of::<Slot<T>>();
}

impl<T: Default> Slab<T> {
    pub(crate) fn new() -> Self {
        Slab { slots: Vec::new(), first_free: END }
    }

    /// Occupies a slot and hands it out as its last occupant left it, for types that are worth
    /// reusing (a vector keeps its memory).
    #[inline]
    pub(crate) fn occupy(&mut self) -> (Key, &mut T) {
        if self.first_free == END {
            let index = u32::try_from(self.slots.len()).expect("more than 2^32 live slots");
            self.slots.push(Slot { generation: 0, next_free: END, value: T::default() });
            let slot = &mut self.slots[index as usize];
            return (Key::new(index, 0), &mut slot.value);
        }
        let index = self.first_free;
        let slot = &mut self.slots[index as usize];
        self.first_free = slot.next_free;
        (Key::new(index, slot.generation), &mut slot.value)
    }

    #[inline]
    pub(crate) fn insert(&mut self, value: T) -> Key {
        let (key, slot) = self.occupy();
        *slot = value;
        key
    }

    /// Frees the slot, which keeps its value for the next [`occupy`](Self::occupy); false if the
    /// key is stale.
    #[inline]
    pub(crate) fn vacate(&mut self, key: Key) -> bool {
        let first_free = self.first_free;
        match self.slots.get_mut(key.index() as usize) {
            Some(slot) if slot.generation == key.generation() => {
                slot.generation += 1;
                if slot.generation < GENERATIONS {
                    slot.next_free = first_free;
                    self.first_free = key.index();
                }
                true
            }
            _ => false,
        }
    }

    #[inline]
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        if self.vacate(key) {
            Some(std::mem::take(&mut self.slots[key.index() as usize].value))
        } else {
            None
        }
    }

    #[inline]
    pub(crate) fn contains(&self, key: Key) -> bool {
        self.slots.get(key.index() as usize).is_some_and(|slot| slot.generation == key.generation())
    }

    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        match self.slots.get(key.index() as usize) {
            Some(slot) if slot.generation == key.generation() => Some(&slot.value),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.slots.get_mut(key.index() as usize) {
            Some(slot) if slot.generation == key.generation() => Some(&mut slot.value),
            _ => None,
        }
    }

    /// Makes the key stale, but keeps the slot from being reused until [`reuse`](Self::reuse).
    #[cold]
    pub(crate) fn vacate_later(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(key.index() as usize)
            && slot.generation == key.generation()
        {
            slot.generation += 1;
        }
    }

    /// Frees a slot that was to be vacated later.
    pub(crate) fn reuse(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if slot.generation < GENERATIONS {
            slot.next_free = self.first_free;
            self.first_free = index;
        }
    }

    /// The occupant of a slot that is known to be occupied.
    #[inline]
    pub(crate) fn at(&mut self, index: u32) -> &mut T {
        &mut self.slots[index as usize].value
    }

    /// What is in a slot, if there is such a slot, whoever occupies it.
    #[inline]
    pub(crate) fn look(&self, index: u32) -> Option<&T> {
        self.slots.get(index as usize).map(|slot| &slot.value)
    }

    #[inline]
    pub(crate) fn look_mut(&mut self, index: u32) -> Option<&mut T> {
        self.slots.get_mut(index as usize).map(|slot| &mut slot.value)
    }

    /// The key of whoever is in this slot now.
    pub(crate) fn key_at(&self, index: u32) -> Key {
        Key::new(index, self.slots[index as usize].generation)
    }

    /// The values of all slots, free ones too.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().map(|slot| &mut slot.value)
    }

    /// Every slot, free ones too: for tables whose values tell the difference.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (Key, &T)> {
        (0u32..)
            .zip(&self.slots)
            .map(|(index, slot)| (Key::new(index, slot.generation), &slot.value))
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
        assert_eq!(second.index(), first.index(), "the slot is reused");
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(second), Some(&2));
    }

    #[test]
    fn a_slot_is_given_up_before_its_keys_repeat() {
        let mut slab = Slab::new();
        let first = slab.insert(0);
        slab.slots[0].generation = GENERATIONS - 2;
        let old = slab.key_at(0);
        assert!(slab.remove(old).is_some());
        let last = slab.insert(1);
        assert_eq!(last.index(), 0);
        assert!(slab.vacate(last));
        let next = slab.insert(2);
        assert_eq!(next.index(), 1, "another slot is used from now on");
        for stale in [first, old, last] {
            assert_eq!(slab.get(stale), None);
        }
        assert_eq!(slab.get(next), Some(&2));
        // So also where a slot is kept from being reused for a while.
        slab.slots[1].generation = GENERATIONS - 1;
        let held = slab.key_at(1);
        slab.vacate_later(held);
        slab.reuse(1);
        assert_eq!(slab.insert(3).index(), 2);
    }

    #[test]
    fn a_vacated_slot_keeps_its_value_for_the_next_occupant() {
        let mut slab: Slab<Vec<u8>> = Slab::new();
        let key = slab.insert(Vec::with_capacity(64));
        assert!(slab.vacate(key));
        assert!(slab.occupy().1.capacity() >= 64);
    }

    #[test]
    fn a_slot_costs_eight_bytes_beside_its_value() {
        // A generation and the next free one.
        assert_eq!(Slab::<u64>::SLOT, 8 + 8);
    }
}
