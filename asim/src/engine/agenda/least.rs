//! What a peek has seen: the first far entries, found without moving them.

use crate::engine::agenda::bits::LEVELS;
use crate::engine::agenda::buckets::{Buckets, Place};
use crate::engine::agenda::chunks::{CHUNK, Entry};

/// So many entries are noted at once.
const NOTED: usize = 32;

/// The earliest entries of buckets that are too long to be looked through often. They are still in their
/// buckets.
///
/// A peek must not deal out a bucket: that moves `base` up to entries that may be far ahead, and whatever
/// is inserted before them later moves it down again. So it looks through the lowest bucket, once, and
/// notes more entries than one, as the first may be cancelled. The notes hold until the entries of the
/// bucket are dealt out or joined to others. Others may come and go in lower buckets meanwhile, so each
/// level has notes of its own.
pub(crate) struct Least<K> {
    /// One for each level, or none before the first peek that notes something.
    levels: Vec<Notes<K>>,
    /// No entry that is as late as this needs to be noted: not earlier than the latest of all notes.
    latest: i64,
}

/// The earliest entries of one bucket.
struct Notes<K> {
    /// The digit of the bucket, if there are notes.
    digit: Option<usize>,
    /// The latest comes first. Some may have died.
    noted: Vec<Entry<K>>,
    /// No entry of the bucket that is not noted is earlier than this.
    latest: i64,
}

impl<K: Copy> Least<K> {
    pub(crate) fn new() -> Self {
        Least { levels: Vec::new(), latest: i64::MIN }
    }

    /// Forgets the notes about this bucket, which is taken.
    #[inline]
    pub(crate) fn forget(&mut self, place: Place) {
        if let Some(notes) = self.levels.get_mut(place.level)
            && notes.digit == Some(place.digit)
        {
            notes.clear();
            self.see_latest();
        }
    }

    /// Forgets the notes about the buckets of the levels below this one.
    pub(crate) fn forget_below(&mut self, level: usize) {
        self.levels.iter_mut().take(level).for_each(Notes::clear);
        self.see_latest();
    }

    fn see_latest(&mut self) {
        self.latest = self.levels.iter().map(|notes| notes.latest).max().unwrap_or(i64::MIN);
    }

    /// Notes that an entry is added to the buckets, whose base is this.
    #[inline]
    pub(crate) fn add(&mut self, entry: Entry<K>, base: i64) {
        if entry.bits < self.latest {
            self.add_to_notes(entry, Place::of(entry.bits, base));
        }
    }

    #[cold]
    #[inline(never)]
    fn add_to_notes(&mut self, entry: Entry<K>, place: Place) {
        let notes = &mut self.levels[place.level];
        if notes.digit == Some(place.digit) && entry.bits < notes.latest {
            notes.add(entry);
        }
    }

    /// Returns the time of the earliest live entry of the buckets.
    #[cold]
    #[inline(never)]
    pub(crate) fn first(&mut self, far: &Buckets<K>, alive: impl Fn(K) -> bool) -> Option<i64> {
        far.places().find_map(|place| {
            let bucket = far.at(place);
            if bucket.is_short(CHUNK) {
                let living = bucket.iter().filter(|entry| alive(entry.key));
                return living.map(|entry| entry.bits).min();
            }
            self.levels.resize_with(LEVELS, Notes::new);
            let notes = &mut self.levels[place.level];
            if notes.digit == Some(place.digit)
                && let Some(first) = notes.first(&alive)
            {
                return Some(first);
            }
            notes.look_through(bucket.iter().filter(|entry| alive(entry.key)));
            notes.digit = Some(place.digit);
            let first = notes.first(&alive);
            self.see_latest();
            first
        })
    }
}

impl<K: Copy> Notes<K> {
    fn new() -> Self {
        Notes { digit: None, noted: Vec::new(), latest: i64::MIN }
    }

    fn clear(&mut self) {
        self.noted.clear();
        (self.digit, self.latest) = (None, i64::MIN);
    }

    /// Notes the earliest of the living entries of a bucket.
    fn look_through<'e>(&mut self, living: impl Iterator<Item = &'e Entry<K>>)
    where
        K: 'e,
    {
        self.noted.clear();
        self.latest = i64::MAX;
        for &entry in living {
            if entry.bits < self.latest {
                self.add(entry);
            }
        }
        // Of those that are not noted, some may be as early as the latest that is.
        self.latest = self.noted.first().map_or(i64::MIN, |latest| latest.bits);
    }

    /// Notes one more entry, behind its equals. If there are too many, the latest is forgotten.
    fn add(&mut self, entry: Entry<K>) {
        let place = self.noted.partition_point(|noted| noted.bits > entry.bits);
        self.noted.insert(place, entry);
        if self.noted.len() > NOTED {
            self.noted.remove(0);
            self.latest = self.noted[0].bits;
        }
    }

    /// Returns the time of the first noted entry that lives.
    fn first(&mut self, alive: impl Fn(K) -> bool) -> Option<i64> {
        while let Some(first) = self.noted.last() {
            if alive(first.key) {
                return Some(first.bits);
            }
            self.noted.pop();
        }
        None
    }
}
