//! Whose slot could be taken away, and whose first: without a look at each that the asker has itself.
//!
//! A process's own slots are passed over when it asks. Those that have been so are set aside: of them
//! only the first to go competes with the slots of the others from then on. So nobody passes over a
//! slot twice, and processes that have one slot each, as it usually is, cost nothing more.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Bound;

use crate::kernel::slab::Key;

/// The priority of a slot in somebody's hands, and its number in the order of the grants: the larger,
/// the sooner it goes.
pub(super) type Rank = (i32, u64);

/// The slots that can be taken away.
#[derive(Debug, Default)]
pub(super) struct Evictable {
    /// All but those for which another one of their process stands.
    slots: BTreeMap<Rank, Held>,
    /// The slots that have been set aside, by their processes.
    aside: HashMap<Key, Aside, BuildHasherDefault<Mixed>>,
}

/// Who has a slot ([`Key::NONE`] outside of all processes), and which.
#[derive(Debug, Clone, Copy)]
struct Held {
    process: Key,
    hold: Key,
}

/// Slots of one process.
#[derive(Debug)]
struct Aside {
    /// The first of them to go, which stands for them among all.
    first: Rank,
    rest: BTreeMap<Rank, Held>,
}

impl Evictable {
    /// A slot was granted to this process; to [`Key::NONE`] outside of all.
    #[inline]
    pub(super) fn insert(&mut self, rank: Rank, process: Key, hold: Key) {
        let held = Held { process, hold };
        if self.aside.is_empty() || !self.insert_aside(rank, held) {
            self.slots.insert(rank, held);
        }
    }

    /// The slot is nobody's to lose any more.
    #[inline]
    pub(super) fn remove(&mut self, rank: Rank, process: Key) {
        if self.aside.is_empty() || !self.remove_aside(rank, process) {
            self.slots.remove(&rank);
        }
    }

    /// The slot that goes first, if it is less urgent than `priority` (whatever it is if there is
    /// none), and not of this process.
    #[inline]
    pub(super) fn next(&mut self, priority: Option<i32>, asker: Key) -> Option<Key> {
        let (_, last) = self.slots.range(less_urgent(priority)).next_back()?;
        if !last.is_of(asker) {
            return Some(last.hold);
        }
        self.pass_over(1, priority, asker);
        self.others(priority, asker).next().map(|(_, held)| held.hold)
    }

    /// Are there so many, less urgent than `priority`, that are not of this process? Looks at no more
    /// than so many.
    pub(super) fn has(&mut self, count: usize, priority: i32, asker: Key) -> bool {
        self.pass_over(count, Some(priority), asker);
        let mut left = count;
        for (&rank, held) in self.others(Some(priority), asker) {
            left -= 1;
            if let Some(aside) = self.aside.get(&held.process)
                && aside.first == rank
            {
                left -= aside.rest.range(less_urgent(Some(priority))).take(left).count();
            }
            if left == 0 {
                return true;
            }
        }
        count == 0
    }

    fn others(&self, priority: Option<i32>, asker: Key) -> impl Iterator<Item = (&Rank, &Held)> {
        let from_the_last = self.slots.range(less_urgent(priority)).rev();
        from_the_last.filter(move |(_, held)| !held.is_of(asker))
    }

    /// Sets aside the slots of a process that are in the way to the first so many of others.
    #[cold]
    fn pass_over(&mut self, count: usize, priority: Option<i32>, asker: Key) {
        let first = self.aside.get(&asker).map(|aside| aside.first);
        let (mut passed, mut others) = (Vec::new(), 0);
        for (&rank, held) in self.slots.range(less_urgent(priority)).rev() {
            if !held.is_of(asker) {
                others += 1;
                if others == count {
                    break;
                }
            } else if first != Some(rank) {
                passed.push((rank, *held));
            }
        }
        let mut passed = passed.into_iter();
        if first.is_none()
            && let Some((rank, _)) = passed.next()
        {
            // It stands for those that follow.
            self.aside.insert(asker, Aside { first: rank, rest: BTreeMap::new() });
        }
        for (rank, held) in passed {
            self.slots.remove(&rank);
            if !self.insert_aside(rank, held) {
                self.slots.insert(rank, held);
            }
        }
    }

    /// Adds a slot to those of its process that are set aside: false if it is to be among all, as there
    /// are none, or as it stands for them from now on.
    fn insert_aside(&mut self, rank: Rank, held: Held) -> bool {
        let Some(aside) = self.aside.get_mut(&held.process) else { return false };
        if rank < aside.first {
            aside.rest.insert(rank, held);
            return true;
        }
        let before = std::mem::replace(&mut aside.first, rank);
        aside.rest.extend(self.slots.remove(&before).map(|held| (before, held)));
        false
    }

    /// Takes a slot from those of its process that are set aside: false if it is among all.
    fn remove_aside(&mut self, rank: Rank, process: Key) -> bool {
        let Some(aside) = self.aside.get_mut(&process) else { return false };
        if aside.first != rank {
            return aside.rest.remove(&rank).is_some();
        }
        match aside.rest.pop_last() {
            Some((next, held)) => {
                aside.first = next;
                self.slots.insert(next, held);
            }
            None => {
                self.aside.remove(&process);
            }
        }
        false
    }
}

impl Held {
    /// Is it passed over when this process asks?
    #[inline]
    fn is_of(&self, asker: Key) -> bool {
        self.process == asker && asker != Key::NONE
    }
}

/// The ranks that are less urgent than `priority`; all if there is none.
#[inline]
fn less_urgent(priority: Option<i32>) -> (Bound<Rank>, Bound<Rank>) {
    let from = priority.map_or(Bound::Unbounded, |priority| Bound::Excluded((priority, u64::MAX)));
    (from, Bound::Unbounded)
}

/// Spreads keys over a table. They are the kernel's own: nobody chooses them badly on purpose.
#[derive(Debug, Default)]
pub(super) struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "both halves of the product are used")]
    fn write_u64(&mut self, word: u64) {
        // A table looks at the lowest bits and at the highest, and both halves of a key count.
        let product = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
