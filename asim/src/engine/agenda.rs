//! The agenda: the pending timers, the earliest first. Equal times keep the order of their insertion.
//!
//! # How it works
//!
//! The agenda is a *radix heap*. The bits of an `f64`, read as an integer, have the order of the numbers
//! themselves (once those of negative numbers are flipped). So times can be sorted digit by digit, as a
//! post office sorts letters. The entries lie in buckets. The bucket of an entry results from comparing
//! its time with `base`, a time that is not later than any entry's. It depends first on the highest
//! digit in which the two differ (the *level*), then on the entry's value of that digit. A lower bucket
//! holds earlier times. The entries of a bucket are not sorted.
//!
//! To find the first entry, the agenda takes the lowest bucket that is not empty, moves `base` up to the
//! earliest time in it, and deals its entries out again. They now agree with `base` in that digit, so
//! each falls to a lower level. An entry is therefore dealt out at most once per level, and in practice
//! one to three times. Each time it is pushed to the end of a list. A binary heap takes a logarithm of
//! steps instead, and in a large heap each step waits for memory. The price is that the heap must be
//! *monotone*: `base` can move up because a simulation never schedules into its past.
//!
//! Dealing out a bucket of a dozen entries again and again would be a waste. So a bucket of at most
//! [`SHORT`] entries is sorted into the *near* list, which is then popped from its front. A new entry
//! that is earlier than `base` goes to its place in the near list. When that list becomes [`LONG`], its
//! later part goes back to the buckets, and `base` goes down with it. A small agenda is just a near
//! list; `base` is then later than every time.
//!
//! Equal times need no sequence numbers. They share a bucket and lie in it in the order in which they
//! came; dealing out and sorting keep that order. The near list may hold entries equal to `base`, but
//! gets no more of them: new ones join the bucket, behind them. For this reason a million equal times
//! also cost no more than others.
//!
//! The entry of a cancelled timer stays where it is, dead, until it is met. When the dead outnumber the
//! living, all of them are swept out together. So all costs are constant on average, whatever the size.
//! There is one exception. A model that peeks at a crowd of entries far ahead and then inserts many
//! before them, over and over, deals out that crowd each time. ([`Agenda::pop_due`] does not.)
//!
//! The source: R. K. Ahuja, K. Mehlhorn, J. B. Orlin and R. E. Tarjan, "Faster algorithms for the
//! shortest path problem", Journal of the ACM 37 (1990), 213-223.

/// A bucket of up to this many entries is sorted into the near list.
const SHORT: usize = 32;
/// The near list gives all but [`SHORT`] entries back when it has this many.
const LONG: usize = 64;
/// The room in the near list, for its entries and for those already popped from its front.
const ROOM: usize = 2 * LONG;
/// How many bits of a time make one digit.
const DIGIT: usize = 6;
const DIGITS: usize = 1 << DIGIT;
const LEVELS: usize = 64_usize.div_ceil(DIGIT);
/// A list with room for more entries than this gives its memory back when it empties.
const KEEP: usize = 128;
/// Up to this many dead entries, a sweep does not pay.
const FEW_DEAD: usize = 32;
/// From this many entries in the buckets on, looking ahead pays.
const CROWD: usize = 1024;
/// The `base` while the buckets are empty: later than every time.
const NEVER: u64 = u64::MAX;

#[derive(Clone, Copy)]
struct Entry<K> {
    bits: u64,
    key: K,
}

/// The pending entries: times, each with a key of the caller that says what fires.
pub(crate) struct Agenda<K> {
    /// The near list, sorted. It begins at `head`; the entries before `head` were popped. No entry in it
    /// is later than `base`.
    near: Vec<Entry<K>>,
    head: usize,
    /// Nothing in the buckets is earlier than this.
    base: u64,
    /// Bucket `d` of level `l` has the number `l * DIGITS + d`. The buckets are made when they are first
    /// needed.
    buckets: Vec<Vec<Entry<K>>>,
    /// Bit `l` is set if level `l` has an entry.
    levels: u64,
    /// For each level: bit `d` is set if its bucket `d` has an entry.
    digits: [u64; LEVELS],
    /// How many entries the buckets hold.
    far: usize,
    /// How many entries, near or far, are dead.
    dead: usize,
    /// Kept up to date in debug builds only, to catch an entry that is scheduled into the past.
    last_popped: u64,
}

impl<K: Copy> Agenda<K> {
    pub(crate) fn new() -> Self {
        Agenda {
            near: Vec::new(),
            head: 0,
            base: NEVER,
            buckets: Vec::new(),
            levels: 0,
            digits: [0; LEVELS],
            far: 0,
            dead: 0,
            last_popped: 0,
        }
    }

    /// Returns the number of live entries.
    pub(crate) fn len(&self) -> usize {
        self.near.len() - self.head + self.far - self.dead
    }

    /// Adds an entry. `time` is finite, not -0.0, and not before the last time popped.
    #[inline]
    pub(crate) fn insert(&mut self, time: f64, key: K) {
        let entry = Entry { bits: to_bits(time), key };
        debug_assert!(time.is_finite(), "the agenda holds finite times, not {time}");
        debug_assert!(time.to_bits() != (-0.0_f64).to_bits(), "-0.0 is not the time 0.0");
        debug_assert!(entry.bits >= self.last_popped, "{time} is in the past");
        if entry.bits >= self.base {
            self.far += 1;
            self.deal(entry);
        } else if self.near.len() >= ROOM {
            self.insert_crowded(entry);
        } else if self.near.last().is_none_or(|last| last.bits <= entry.bits) {
            self.near.push(entry);
        } else {
            self.insert_near(entry);
        }
    }

    /// Does the same as [`insert`](Self::insert), but only if the entry belongs at the end of the near
    /// list and there is room. Calls `key` only in that case. Returns `None` if the entry does not fit,
    /// or if `key` gives none.
    #[inline]
    pub(crate) fn append(&mut self, time: f64, key: impl FnOnce() -> Option<K>) -> Option<K> {
        let bits = to_bits(time);
        debug_assert!(bits >= self.last_popped, "{time} is in the past");
        let fits = bits < self.base
            && self.near.len() < self.near.capacity()
            && self.near.last().is_none_or(|last| last.bits <= bits);
        if !fits {
            return None;
        }
        let key = key()?;
        self.near.push(Entry { bits, key });
        Some(key)
    }

    /// Takes out the earliest live entry if its time is not later than `until`, which may be infinite.
    #[inline]
    pub(crate) fn pop_due(&mut self, until: f64, alive: impl Fn(K) -> bool) -> Option<(f64, K)> {
        let until = to_bits(until);
        let Entry { bits, key } = match self.near.get(self.head) {
            Some(&first) if self.dead == 0 || alive(first.key) => first,
            _ => self.first(until, alive)?,
        };
        if bits > until {
            return None;
        }
        self.drop_first();
        if cfg!(debug_assertions) {
            self.last_popped = bits;
        }
        Some((to_time(bits), key))
    }

    /// Returns the time of the earliest live entry.
    pub(crate) fn peek(&mut self, alive: impl Fn(K) -> bool) -> Option<f64> {
        self.first(to_bits(f64::INFINITY), alive).map(|entry| to_time(entry.bits))
    }

    /// Notes that an entry has died. Until the first such note, `alive` is never called.
    #[inline]
    pub(crate) fn note_dead(&mut self, alive: impl Fn(K) -> bool) {
        self.dead += 1;
        if self.dead > FEW_DEAD && self.dead > self.len() {
            self.sweep(alive);
        }
    }

    /// Returns `true` if there are so many entries that the near caches of the processor cannot hold
    /// what they stand for.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.far >= CROWD
    }

    /// Returns the key that will be popped after the next `pops` ones, if it is sorted already. It may
    /// be dead.
    #[inline]
    pub(crate) fn ahead(&self, pops: usize) -> Option<K> {
        self.near.get(self.head + pops).map(|entry| entry.key)
    }

    /// Returns `true` if the near list has just been filled.
    #[inline]
    pub(crate) fn is_refilled(&self) -> bool {
        self.head <= 1
    }

    /// Returns the keys that will fill the near list next, in any order, if they are known.
    pub(crate) fn next_in_line(&self) -> impl Iterator<Item = K> {
        let bucket = self
            .lowest()
            .map_or(&[][..], |(level, digit)| self.buckets[level * DIGITS + digit].as_slice());
        bucket.iter().take_while(|_| bucket.len() <= SHORT).map(|entry| entry.key)
    }

    /// Returns the earliest live entry, which is now the first of the near list. May return `None` if no
    /// entry is due by `until`.
    #[inline(never)]
    fn first(&mut self, until: u64, alive: impl Fn(K) -> bool) -> Option<Entry<K>> {
        loop {
            if let Some(&entry) = self.near.get(self.head) {
                if self.dead == 0 || alive(entry.key) {
                    return Some(entry);
                }
                self.drop_first();
                self.dead -= 1;
            } else if !self.refill(until, &alive) {
                return None;
            }
        }
    }

    /// Drops the first entry of the near list, which is not empty.
    #[inline]
    fn drop_first(&mut self) {
        self.head += 1;
        if self.head == self.near.len() {
            self.near.clear();
            self.head = 0;
        }
    }

    /// Inserts an entry behind those that are not later. Moves whichever half of the near list needs it.
    #[inline(never)]
    fn insert_near(&mut self, entry: Entry<K>) {
        let later = |middle: &Entry<K>| middle.bits > entry.bits;
        let middle = self.head / 2 + self.near.len() / 2;
        if self.head > 0 && self.near.get(middle).is_some_and(later) {
            self.head -= 1;
            let near = &mut self.near[self.head..];
            let mut place = 0;
            while place + 1 < near.len() && near[place + 1].bits <= entry.bits {
                near[place] = near[place + 1];
                place += 1;
            }
            near[place] = entry;
        } else {
            self.near.push(entry);
            let near = &mut self.near[self.head..];
            let mut place = near.len() - 1;
            while place > 0 && near[place - 1].bits > entry.bits {
                near[place] = near[place - 1];
                place -= 1;
            }
            near[place] = entry;
        }
    }

    /// Inserts an entry into a near list that has no room left. If the list is long even without its
    /// popped entries, its later part goes back to the buckets.
    #[cold]
    fn insert_crowded(&mut self, entry: Entry<K>) {
        self.near.drain(..self.head);
        self.head = 0;
        if self.near.len() >= LONG {
            self.buckets.resize_with(LEVELS * DIGITS, Vec::new);
            let mut later = self.near.split_off(SHORT);
            self.near.shrink_to(ROOM);
            self.far += later.len();
            let base = later[0].bits;
            // All entries below the level at which the old and the new `base` differ must be dealt out
            // again. So must the lowest level: its entries may equal the old `base`, and must come after
            // their equals in the near list.
            let top = level(base ^ self.base).max(1);
            while let Some((level, digit)) = self.lowest().filter(|&(level, _)| level < top) {
                later.append(&mut self.take(level, digit));
            }
            self.base = base;
            for entry in later {
                self.deal(entry);
            }
            if entry.bits >= base {
                self.far += 1;
                return self.deal(entry);
            }
        }
        self.insert_near(entry);
    }

    /// Fills the empty near list with the first entries of the buckets, unless none of them is due by
    /// `until`.
    #[inline(never)]
    fn refill(&mut self, until: u64, alive: &impl Fn(K) -> bool) -> bool {
        if self.near.capacity() > ROOM {
            self.near = Vec::with_capacity(ROOM);
        }
        while let Some((level, digit)) = self.lowest() {
            // The earliest time of the bucket: the digits of `base` above, the bucket's own digit, then
            // zeros.
            let shift = level * DIGIT;
            let above = self.base >> shift >> DIGIT << DIGIT;
            let start = (above | digit as u64) << shift;
            if start > until {
                return false;
            }
            let mut bucket = self.take(level, digit);
            if self.dead > 0 {
                let before = bucket.len();
                bucket.retain(|entry| alive(entry.key));
                self.dead -= before - bucket.len();
                self.far -= before - bucket.len();
            }
            if bucket.len() <= SHORT || level == 0 {
                // (On level 0, all entries of a bucket are equal.)
                self.far -= bucket.len();
                if bucket.len() <= ROOM {
                    self.near.extend_from_slice(&bucket);
                } else {
                    std::mem::swap(&mut self.near, &mut bucket);
                }
                self.near.sort_by_key(|entry| entry.bits);
                if let Some(last) = self.near.last() {
                    let all = self.far == 0 && self.near.len() <= SHORT;
                    self.base = if all { NEVER } else { last.bits };
                }
            } else {
                // If the earliest is not due yet, `base` stops at `until`, as the clock will. Entries
                // that are inserted before the earliest then go to buckets too.
                let earliest = bucket.iter().map(|entry| entry.bits).min();
                self.base = earliest.map_or(until, |earliest| earliest.min(until));
                for &entry in &bucket {
                    self.deal(entry);
                }
            }
            if bucket.capacity() <= KEEP {
                bucket.clear();
                self.buckets[level * DIGITS + digit] = bucket;
            }
            if !self.near.is_empty() {
                return true;
            }
        }
        self.base = NEVER;
        false
    }

    /// Puts an entry into its bucket.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "a digit is small")]
    fn deal(&mut self, entry: Entry<K>) {
        let level = level(entry.bits ^ self.base);
        let digit = ((entry.bits >> (level * DIGIT)) & (DIGITS as u64 - 1)) as usize;
        self.levels |= 1 << level;
        self.digits[level] |= 1 << digit;
        self.buckets[level * DIGITS + digit].push(entry);
    }

    /// Returns level and digit of the lowest bucket that is not empty.
    #[inline]
    fn lowest(&self) -> Option<(usize, usize)> {
        let level = self.levels.trailing_zeros() as usize;
        let digits = self.digits.get(level)?;
        Some((level, digits.trailing_zeros() as usize))
    }

    /// Takes out the entries of a bucket. They still count as `far`.
    fn take(&mut self, level: usize, digit: usize) -> Vec<Entry<K>> {
        self.digits[level] &= !(1 << digit);
        if self.digits[level] == 0 {
            self.levels &= !(1 << level);
        }
        std::mem::take(&mut self.buckets[level * DIGITS + digit])
    }

    /// Drops all dead entries.
    #[cold]
    fn sweep(&mut self, alive: impl Fn(K) -> bool) {
        self.near.drain(..self.head);
        self.head = 0;
        self.near.retain(|entry| alive(entry.key));
        self.near.shrink_to(ROOM);
        let mut living = Vec::new();
        while let Some((level, digit)) = self.lowest() {
            living.extend(self.take(level, digit).into_iter().filter(|entry| alive(entry.key)));
        }
        self.far = living.len();
        self.dead = 0;
        for entry in living {
            self.deal(entry);
        }
    }
}

/// Returns the level of an entry whose time differs from `base` in these bits.
#[inline]
fn level(difference: u64) -> usize {
    (difference | 1).ilog2() as usize / DIGIT
}

/// Returns bits that have, as an integer, the order of the times.
#[inline]
fn to_bits(time: f64) -> u64 {
    let bits = time.to_bits();
    bits ^ flipped(bits)
}

#[inline]
fn to_time(bits: u64) -> f64 {
    f64::from_bits(bits ^ flipped(!bits))
}

/// Returns the bits in which a time and its ordered form differ: all bits of a negative time, otherwise
/// the sign.
#[inline]
fn flipped(bits: u64) -> u64 {
    const SIGN: u64 = 1 << 63;
    (bits.cast_signed() >> 63).cast_unsigned() | SIGN
}

#[cfg(test)]
mod tests;
