//! Which slots can be taken away, and which one first. A search does not look at all the slots that
//! the asking process holds itself.
//!
//! When a process asks, the search passes over the slots of that process. Slots that were passed
//! over are *set aside*: from then on only one of them stays among the candidates, the one that
//! would go first. The next search has to pass over that one only. In the usual case each process
//! holds one slot, and nothing is set aside.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Bound;

use crate::engine::slab::Key;

/// The priority of a holder, and its number in the order of asking. The slot with the largest rank goes
/// first.
pub(crate) type Rank = (i32, u64);

/// The slots that can be taken away.
#[derive(Debug, Default)]
pub(crate) struct Evictable {
    /// All slots but those that are set aside.
    candidates: BTreeMap<Rank, Candidate>,
    /// The slots that are set aside, by their processes.
    aside: HashMap<Key, Aside, BuildHasherDefault<KeyHasher>>,
}

/// A slot that can be taken away.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    /// The process that holds it; [`Key::NONE`] outside of all processes.
    process: Key,
    /// The key of its holder.
    holder: Key,
}

/// The slots of one process that were passed over.
#[derive(Debug)]
struct Aside {
    /// The slot that would go first. It stays among the candidates, and stands there for the rest.
    first: Rank,
    rest: BTreeMap<Rank, Candidate>,
}

impl Evictable {
    /// Adds a slot that this process holds ([`Key::NONE`] outside of all processes).
    #[inline]
    pub(crate) fn insert(&mut self, rank: Rank, process: Key, holder: Key) {
        let candidate = Candidate { process, holder };
        if self.aside.is_empty() || !self.insert_aside(rank, candidate) {
            self.candidates.insert(rank, candidate);
        }
    }

    /// Removes a slot that was given back or taken away.
    #[inline]
    pub(crate) fn remove(&mut self, rank: Rank, process: Key) {
        if self.aside.is_empty() || !self.remove_aside(rank, process) {
            self.candidates.remove(&rank);
        }
    }

    /// Returns the holder whose slot goes first. The holder is less urgent than `priority` (if
    /// there is one), and does not belong to the asking process.
    #[inline]
    pub(crate) fn next(&mut self, priority: Option<i32>, asker: Key) -> Option<Key> {
        let (_, last) = self.candidates.range(less_urgent(priority)).next_back()?;
        if !last.is_of(asker) {
            return Some(last.holder);
        }
        self.pass_over(1, priority, asker);
        self.others(priority, asker).next().map(|(_, candidate)| candidate.holder)
    }

    /// Returns `true` if slots with at least this number of units are less urgent than `priority` and do
    /// not belong to the asking process. Stops looking when it has found them.
    pub(crate) fn has(
        &mut self,
        units: usize,
        priority: i32,
        asker: Key,
        units_of: impl Fn(Key) -> usize,
    ) -> bool {
        // Each slot has one unit or more, so no more than this number of slots are needed.
        self.pass_over(units, Some(priority), asker);
        let mut left = units;
        for (&rank, candidate) in self.others(Some(priority), asker) {
            left = left.saturating_sub(units_of(candidate.holder));
            if let Some(aside) = self.aside.get(&candidate.process)
                && aside.first == rank
            {
                for candidate in aside.rest.range(less_urgent(Some(priority))).map(|(_, it)| it) {
                    if left == 0 {
                        break;
                    }
                    left = left.saturating_sub(units_of(candidate.holder));
                }
            }
            if left == 0 {
                return true;
            }
        }
        units == 0
    }

    /// Returns the candidates that do not belong to the asking process, in the order in which they
    /// go.
    fn others(
        &self,
        priority: Option<i32>,
        asker: Key,
    ) -> impl Iterator<Item = (&Rank, &Candidate)> {
        let from_the_last = self.candidates.range(less_urgent(priority)).rev();
        from_the_last.filter(move |(_, candidate)| !candidate.is_of(asker))
    }

    /// Sets aside the slots of the asking process that stand before the first `count` slots of
    /// others.
    #[cold]
    fn pass_over(&mut self, count: usize, priority: Option<i32>, asker: Key) {
        let first = self.aside.get(&asker).map(|aside| aside.first);
        let (mut passed, mut others) = (Vec::new(), 0);
        for (&rank, candidate) in self.candidates.range(less_urgent(priority)).rev() {
            if !candidate.is_of(asker) {
                others += 1;
                if others == count {
                    break;
                }
            } else if first != Some(rank) {
                passed.push((rank, *candidate));
            }
        }
        let mut passed = passed.into_iter();
        if first.is_none()
            && let Some((rank, _)) = passed.next()
        {
            // This slot stands for those that follow.
            self.aside.insert(asker, Aside { first: rank, rest: BTreeMap::new() });
        }
        for (rank, candidate) in passed {
            self.candidates.remove(&rank);
            if !self.insert_aside(rank, candidate) {
                self.candidates.insert(rank, candidate);
            }
        }
    }

    /// Adds a slot to those of its process that are set aside. Returns `false` if the slot belongs
    /// among the candidates: because its process has no slot set aside, or because it stands for
    /// those slots from now on.
    fn insert_aside(&mut self, rank: Rank, candidate: Candidate) -> bool {
        let Some(aside) = self.aside.get_mut(&candidate.process) else { return false };
        if rank < aside.first {
            aside.rest.insert(rank, candidate);
            return true;
        }
        let before = std::mem::replace(&mut aside.first, rank);
        aside.rest.extend(self.candidates.remove(&before).map(|candidate| (before, candidate)));
        false
    }

    /// Removes a slot from those of its process that are set aside. Returns `false` if the slot is
    /// among the candidates.
    fn remove_aside(&mut self, rank: Rank, process: Key) -> bool {
        let Some(aside) = self.aside.get_mut(&process) else { return false };
        if aside.first != rank {
            return aside.rest.remove(&rank).is_some();
        }
        match aside.rest.pop_last() {
            Some((next, candidate)) => {
                aside.first = next;
                self.candidates.insert(next, candidate);
            }
            None => {
                self.aside.remove(&process);
            }
        }
        false
    }
}

impl Candidate {
    /// Returns `true` if the slot is passed over when this process asks.
    #[inline]
    fn is_of(&self, asker: Key) -> bool {
        self.process == asker && asker != Key::NONE
    }
}

/// Returns the ranks that are less urgent than `priority`; all ranks if there is no `priority`.
#[inline]
fn less_urgent(priority: Option<i32>) -> (Bound<Rank>, Bound<Rank>) {
    let from = priority.map_or(Bound::Unbounded, |priority| Bound::Excluded((priority, u64::MAX)));
    (from, Bound::Unbounded)
}

/// A hasher that spreads keys over a hash table. The kernel makes the keys, so no attacker can
/// choose bad ones.
#[derive(Debug, Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "both halves of the product are used")]
    fn write_u64(&mut self, word: u64) {
        // The table uses the lowest and the highest bits, and both halves of a key must count.
        let product = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
