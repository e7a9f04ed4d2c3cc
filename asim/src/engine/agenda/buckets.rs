//! The buckets: the entries that do not come next, sorted by digits.

use crate::engine::agenda::bits::{DIGIT, DIGITS, LEVELS, NEVER, digit, level, start};
use crate::engine::agenda::chunks::{Chunk, Chunks, Entry, Spare};

/// The number and place of a bucket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) level: usize,
    pub(crate) digit: usize,
}

impl Place {
    #[inline]
    pub(crate) fn of(bits: i64, base: i64) -> Place {
        let level = level(bits, base);
        Place { level, digit: digit(bits, level) }
    }

    #[inline]
    fn index(self) -> usize {
        self.level << DIGIT | self.digit
    }
}

/// The buckets of a radix heap. The place of an entry results from comparing its time with `base`.
pub(crate) struct Buckets<K> {
    /// No entry is earlier than this. [`NEVER`] if there are none, but not only then.
    base: i64,
    /// The entries of each bucket. Made when they are first needed.
    lists: Vec<Chunks<K>>,
    /// Bit `l` is set if level `l` has an entry.
    levels: u32,
    /// For each level: bit `d` is set if its bucket `d` has an entry.
    digits: [u32; LEVELS],
    /// How many entries there are.
    len: usize,
    spare: Spare<K>,
}

impl<K: Copy> Buckets<K> {
    pub(crate) fn new() -> Self {
        Buckets {
            base: NEVER,
            lists: Vec::new(),
            levels: 0,
            digits: [0; LEVELS],
            len: 0,
            spare: Spare::new(),
        }
    }

    #[inline]
    pub(crate) fn base(&self) -> i64 {
        self.base
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry that is not earlier than `base`.
    #[inline]
    pub(crate) fn add(&mut self, entry: Entry<K>) {
        self.len += 1;
        self.deal(entry);
    }

    /// Puts an entry into its bucket.
    #[inline]
    fn deal(&mut self, entry: Entry<K>) {
        let place = Place::of(entry.bits, self.base);
        let bucket = self.lists.get_mut(place.index());
        if !bucket.is_some_and(|bucket| bucket.push_simply(entry)) {
            self.push(place, entry);
        }
    }

    /// Puts an entry into a bucket that may be empty.
    #[cold]
    #[inline(never)]
    fn push(&mut self, place: Place, entry: Entry<K>) {
        if self.lists.is_empty() {
            self.lists.resize_with(LEVELS * DIGITS, Chunks::default);
        }
        self.mark(place);
        self.lists[place.index()].push(entry, &mut self.spare);
    }

    fn mark(&mut self, place: Place) {
        self.levels |= 1 << place.level;
        self.digits[place.level] |= 1 << place.digit;
    }

    /// Returns the place of the lowest bucket that is not empty.
    #[inline]
    pub(crate) fn lowest(&self) -> Option<Place> {
        let level = self.levels.trailing_zeros() as usize;
        let digits = self.digits.get(level)?;
        Some(Place { level, digit: digits.trailing_zeros() as usize })
    }

    /// Returns the places of all buckets that are not empty, the lowest first.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        (0..LEVELS).flat_map(move |level| {
            (0..DIGITS)
                .filter(move |digit| self.digits[level] >> digit & 1 != 0)
                .map(move |digit| Place { level, digit })
        })
    }

    /// Returns a time before which no entry of this bucket is.
    #[inline]
    pub(crate) fn start(&self, place: Place) -> i64 {
        start(self.base, place.level, place.digit)
    }

    #[inline]
    pub(crate) fn at(&self, place: Place) -> &Chunks<K> {
        &self.lists[place.index()]
    }

    /// Takes out the entries of a bucket. They still count.
    #[inline]
    fn take(&mut self, place: Place) -> Chunks<K> {
        self.unmark(place);
        std::mem::take(&mut self.lists[place.index()])
    }

    #[inline]
    fn unmark(&mut self, place: Place) {
        self.digits[place.level] &= !(1 << place.digit);
        if self.digits[place.level] == 0 {
            self.levels &= !(1 << place.level);
        }
    }

    /// Takes the first chunk out of a bucket that is not empty.
    #[inline]
    pub(crate) fn take_chunk(&mut self, place: Place) -> Chunk<K> {
        let bucket = &mut self.lists[place.index()];
        let chunk = bucket.pop_chunk().unwrap_or_default();
        if bucket.is_empty() {
            self.unmark(place);
        }
        self.len -= chunk.len();
        chunk
    }

    /// Takes back a chunk whose entries are somewhere else now.
    #[inline]
    pub(crate) fn give(&mut self, chunk: Chunk<K>) {
        self.spare.give(chunk);
    }

    /// Notes that the entries taken last are not later than this, and that no entry left is earlier. It is
    /// in the bucket that was taken last and has no entries any more, or on level 0.
    #[inline]
    pub(crate) fn advance(&mut self, base: i64) {
        self.base = if self.len == 0 { NEVER } else { base };
        self.spare.trim(self.len);
    }

    /// Deals out the lowest bucket. Its entries fall to lower levels. `base` moves up to the earliest of
    /// them, but not beyond `until`. Drops the entries that are not `alive`.
    pub(crate) fn deal_out(&mut self, place: Place, until: i64, alive: impl Fn(K) -> bool) {
        let mut bucket = self.take(place);
        let earliest = bucket.iter().filter(|entry| alive(entry.key)).map(|entry| entry.bits).min();
        self.base = earliest.map_or(until, |earliest| earliest.min(until));
        while let Some(chunk) = bucket.pop_chunk() {
            for &entry in &chunk {
                if alive(entry.key) {
                    self.deal(entry);
                } else {
                    self.len -= 1;
                }
            }
            self.spare.give(chunk);
        }
        self.spare.trim(self.len);
    }

    /// Adds entries that are earlier than all others or equal to the earliest and older. They are sorted,
    /// and there is at least one. `base` goes down to the first of them.
    ///
    /// All entries below the level at which the old and the new `base` differ have the digits of the old
    /// one on that level and above. So they all come into one bucket now, and whole lists of them are
    /// joined. (If that level is 0, they stay where they are.) The older ones come before them.
    ///
    /// Returns the lowest level from which on the buckets are what they were.
    pub(crate) fn add_before(&mut self, earlier: &[Entry<K>]) -> usize {
        let (old, new) = (self.base, earlier[0].bits);
        let top = level(old, new);
        let mut others = Vec::new();
        while let Some(place) = self.lowest().filter(|place| place.level < top.max(1)) {
            let bucket = self.take(place);
            others.push((place, bucket));
        }
        self.base = new;
        for &entry in earlier {
            self.add(entry);
        }
        for (place, bucket) in others {
            let place = if top == 0 { place } else { Place { level: top, digit: digit(old, top) } };
            self.mark(place);
            self.lists[place.index()].append(bucket, &mut self.spare);
        }
        top.max(1)
    }

    /// Keeps only the entries that are `alive`.
    pub(crate) fn retain(&mut self, alive: impl Fn(K) -> bool) {
        self.len = 0;
        for place in self.places().collect::<Vec<_>>() {
            let mut bucket = self.take(place);
            while let Some(chunk) = bucket.pop_chunk() {
                for &entry in chunk.iter().filter(|entry| alive(entry.key)) {
                    self.len += 1;
                    self.push(place, entry);
                }
                self.spare.give(chunk);
            }
        }
        self.advance(self.base);
    }

    /// Returns the number of entries for which there is room.
    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        let chunks = self.lists.iter().map(Chunks::count).sum::<usize>();
        (chunks + self.spare.len()) * crate::engine::agenda::chunks::CHUNK
    }
}
