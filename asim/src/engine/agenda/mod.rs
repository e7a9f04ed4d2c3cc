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
//! Dealing out a bucket of a few dozen entries would be a waste. So a bucket of at most [`SHORT`] entries
//! is sorted into the *near* list, which is then popped from its front. So are the buckets after it,
//! until the list has [`FILLED`] entries. A new entry that is earlier than `base` goes to its place in
//! the near list. When that list is [`LONG`], its later part goes back to the buckets, and `base` goes
//! down with it. A small agenda is just a near list; `base` is then later than every time.
//!
//! Equal times need no sequence numbers. They share a bucket and lie in it in the order in which they
//! came; dealing out and sorting keep that order. The near list may hold entries equal to `base`, but
//! gets no more of them: new ones join the bucket, behind them. For this reason a million equal times
//! also cost no more than others.
//!
//! The entry of a cancelled timer stays where it is, dead, until it is met. When the dead outnumber the
//! living, all of them are swept out together. A [peek](Agenda::peek) deals nothing out: it looks through
//! the lowest bucket and notes what it has seen. So all costs are constant on average, whatever the size,
//! with one exception: a model that peeks, cancels the first entry and peeks again, over and over, has
//! the bucket looked through once in a few dozen times.
//!
//! # The parts
//!
//! [`bits`] turns times into integers. [`chunks`] are the lists that buckets are made of. [`buckets`] is
//! the radix heap. [`near`] is the near list, and [`least`] is what a peek has noted.
//!
//! The source: R. K. Ahuja, K. Mehlhorn, J. B. Orlin and R. E. Tarjan, "Faster algorithms for the
//! shortest path problem", Journal of the ACM 37 (1990), 213-223.

pub(crate) mod bits;
pub(crate) mod buckets;
pub(crate) mod chunks;
pub(crate) mod least;
pub(crate) mod near;

use crate::engine::agenda::bits::{to_bits, to_time};
use crate::engine::agenda::buckets::Buckets;
use crate::engine::agenda::chunks::Entry;
use crate::engine::agenda::least::Least;
use crate::engine::agenda::near::Near;

/// A bucket of up to this many entries is sorted into the near list.
const SHORT: usize = 64;
/// The near list is filled until it has this many entries, as long as the next bucket is short.
const FILLED: usize = 24;
/// A near list of this many entries gives its later part back before one is inserted into its middle.
const LONG: usize = 96;
/// So many entries stay in a near list that gives its later part back.
const LEFT: usize = 24;
/// Up to this many dead entries, a sweep does not pay.
const FEW_DEAD: usize = 32;
/// From this many entries in the buckets on, looking ahead pays.
const CROWD: usize = 1024;

/// The pending entries: times, each with a key of the caller that says what fires.
pub(crate) struct Agenda<K> {
    /// The entries that come next. None of them is later than the `base` of the buckets.
    near: Near<K>,
    /// All other entries.
    far: Buckets<K>,
    /// The first of the far entries, as far as [`peek`](Self::peek) has looked for them.
    least: Least<K>,
    /// How many entries, near or far, are dead.
    dead: usize,
    /// Whether the near list was filled, and nobody has [asked](Self::take_refilled) since.
    is_refilled: bool,
    /// Kept up to date in debug builds only, to catch an entry that is scheduled into the past.
    last_popped: i64,
}

impl<K: Copy> Agenda<K> {
    /// Returns an empty agenda. `nothing` is the key in a place that is free.
    pub(crate) fn new(nothing: K) -> Self {
        Agenda {
            near: Near::new(nothing),
            far: Buckets::new(),
            least: Least::new(),
            dead: 0,
            is_refilled: false,
            last_popped: i64::MIN,
        }
    }

    /// Returns the number of live entries.
    pub(crate) fn len(&self) -> usize {
        self.near.len() + self.far.len() - self.dead
    }

    /// Adds an entry. `time` is finite, not -0.0, and not before the last time popped.
    #[inline]
    pub(crate) fn insert(&mut self, time: f64, key: K) {
        let entry = Entry { bits: to_bits(time), key };
        debug_assert!(time.is_finite(), "the agenda holds finite times, not {time}");
        debug_assert!(time.to_bits() != (-0.0_f64).to_bits(), "-0.0 is not the time 0.0");
        debug_assert!(entry.bits >= self.last_popped, "{time} is in the past");
        if entry.bits >= self.far.base() {
            self.least.add(entry, self.far.base());
            self.far.add(entry);
        } else {
            self.insert_near(entry);
        }
    }

    #[inline(never)]
    fn insert_near(&mut self, entry: Entry<K>) {
        if self.near.len() >= LONG {
            return self.insert_crowded(entry);
        }
        self.near.insert(entry);
    }

    /// Does the same as [`insert`](Self::insert), but only if the entry belongs at the end of the near
    /// list and there is room. Calls `key` only in that case. Returns `None` if the entry does not fit
    /// (an infinite time never does), or if `key` gives none.
    #[inline]
    pub(crate) fn append(&mut self, time: f64, key: impl FnOnce() -> Option<K>) -> Option<K> {
        debug_assert!(to_bits(time) >= self.last_popped, "{time} is in the past");
        // The bits of a negative time are lower than any `floor`. Others are used as they are.
        let bits = time.to_bits().cast_signed();
        if bits < self.near.floor() || bits >= self.far.base() || !self.near.has_room() {
            return None;
        }
        let key = key()?;
        self.near.append(Entry { bits, key });
        Some(key)
    }

    /// Takes out the earliest live entry if its time is not later than `until`, which may be infinite.
    #[inline]
    pub(crate) fn pop_due(&mut self, until: f64, alive: impl Fn(K) -> bool) -> Option<(f64, K)> {
        let until = to_bits(until);
        let mut first = self.near.first();
        if self.near.is_empty() || (self.dead > 0 && !alive(first.key)) {
            first = self.first(until, alive)?;
        }
        if first.bits > until {
            return None;
        }
        self.near.drop_first();
        if cfg!(debug_assertions) {
            self.last_popped = first.bits;
        }
        Some((to_time(first.bits), first.key))
    }

    /// Takes out the first entry of the near list if its time is not later than `until` and `take`
    /// accepts its key. Returns its time and what `take` has made of it.
    #[inline]
    pub(crate) fn pop_if<R>(
        &mut self,
        until: f64,
        take: impl FnOnce(K) -> Option<R>,
    ) -> Option<(f64, R)> {
        let first = self.near.first();
        if self.near.is_empty() || first.bits > to_bits(until) {
            return None;
        }
        let taken = take(first.key)?;
        self.near.drop_first();
        if cfg!(debug_assertions) {
            self.last_popped = first.bits;
        }
        Some((to_time(first.bits), taken))
    }

    /// Returns the time of the earliest live entry. Moves nothing: entries may still be inserted before it.
    pub(crate) fn peek(&mut self, alive: impl Fn(K) -> bool) -> Option<f64> {
        if let Some(first) = self.first_near(&alive) {
            return Some(to_time(first.bits));
        }
        let dead = self.dead > 0;
        self.least.first(&self.far, |key| !dead || alive(key)).map(to_time)
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
        self.far.len() >= CROWD
    }

    /// Returns the key that will be popped after the next `pops` ones, if it is sorted already. It may
    /// be dead.
    #[inline]
    pub(crate) fn ahead(&self, pops: usize) -> Option<K> {
        self.near.after(pops).map(|entry| entry.key)
    }

    /// Returns the keys of the near list except the first ones.
    pub(crate) fn after(&self, pops: usize) -> impl Iterator<Item = K> {
        (pops..self.near.len()).filter_map(|pops| self.ahead(pops))
    }

    /// Returns `true` if the near list was filled since the last call.
    #[inline]
    pub(crate) fn take_refilled(&mut self) -> bool {
        std::mem::take(&mut self.is_refilled)
    }

    /// Returns the keys that will fill the near list next, in any order, if they are known.
    pub(crate) fn next_in_line(&self) -> impl Iterator<Item = K> {
        let bucket = self.far.lowest().map(|place| self.far.at(place));
        let bucket = bucket.filter(|bucket| bucket.is_short(SHORT));
        bucket.into_iter().flat_map(|bucket| bucket.iter().map(|entry| entry.key))
    }

    /// Returns the earliest live entry, which is now the first of the near list. May return `None` if no
    /// entry is due by `until`.
    #[inline(never)]
    fn first(&mut self, until: i64, alive: impl Fn(K) -> bool) -> Option<Entry<K>> {
        loop {
            if let Some(first) = self.first_near(&alive) {
                return Some(first);
            }
            if !self.refill(until, &alive) {
                return None;
            }
        }
    }

    /// Returns the first live entry of the near list. Drops the dead ones before it.
    fn first_near(&mut self, alive: impl Fn(K) -> bool) -> Option<Entry<K>> {
        while !self.near.is_empty() {
            let first = self.near.first();
            if self.dead == 0 || alive(first.key) {
                return Some(first);
            }
            self.near.drop_first();
            self.dead -= 1;
        }
        None
    }

    /// Inserts an entry into a long near list. Its later part goes back to the buckets.
    #[cold]
    #[inline(never)]
    fn insert_crowded(&mut self, entry: Entry<K>) {
        let later = self.near.split_off(LEFT);
        let same_from = self.far.add_before(&later);
        self.least.forget_below(same_from);
        if entry.bits >= self.far.base() {
            self.far.add(entry);
        } else {
            self.near.insert(entry);
        }
    }

    /// Fills the empty near list with the first entries of the buckets, unless none of them is due by
    /// `until`. Returns `false` if none is.
    #[inline(never)]
    fn refill(&mut self, until: i64, alive: &impl Fn(K) -> bool) -> bool {
        self.near.restart();
        let some_dead = self.dead > 0;
        let alive = |key| !some_dead || alive(key);
        while let Some(place) = self.far.lowest() {
            if self.near.len() >= FILLED || self.far.start(place) > until {
                break;
            }
            // On level 0, all entries of a bucket are equal.
            if place.level > 0 && !self.far.at(place).is_short(SHORT) {
                if !self.near.is_empty() {
                    break;
                }
                let before = self.far.len();
                self.least.forget(place);
                self.far.deal_out(place, until, alive);
                self.dead -= before - self.far.len();
                continue;
            }
            self.least.forget(place);
            let mut chunk = self.far.take_chunk(place);
            if place.level > 0 {
                chunk.sort_by_key(|entry| entry.bits);
            }
            let base = chunk.last().map_or(self.far.base(), |last| last.bits);
            for &entry in &chunk {
                if alive(entry.key) {
                    self.near.push(entry);
                } else {
                    self.dead -= 1;
                }
            }
            self.far.give(chunk);
            self.far.advance(base);
        }
        self.is_refilled = true;
        !self.near.is_empty()
    }

    /// Drops all dead entries.
    #[cold]
    #[inline(never)]
    fn sweep(&mut self, alive: impl Fn(K) -> bool) {
        self.near.retain(&alive);
        self.far.retain(&alive);
        self.least.forget_below(bits::LEVELS);
        self.dead = 0;
    }
}

#[cfg(test)]
mod tests;
