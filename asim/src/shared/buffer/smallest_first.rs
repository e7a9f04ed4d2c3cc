//! The smallest item first: the order of a priority queue.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::engine::wait_name::WaitName;
use crate::shared::buffer::discipline::Discipline;

/// The smallest item first and, among equal items, first in, first out: the order of a
/// `PriorityQueue`, in the types of its requests `Get` and `Put`.
///
/// ```
/// use asim::prelude::*;
///
/// struct Worker {
///     next: asim::Get<u32, asim::SmallestFirst>,
/// }
///
/// let sim = Simulation::new();
/// let jobs = PriorityQueue::unbounded(&sim);
/// jobs.try_put(8).unwrap();
/// jobs.try_put(3).unwrap();
/// let worker = Worker { next: jobs.get() };
/// assert_eq!(sim.run_until_event(worker.next)?, 3);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug)]
pub enum SmallestFirst {}

/// An item with its number. Items are ordered by themselves, equal items by their numbers.
#[derive(Debug)]
pub struct Ranked<T> {
    number: u64,
    item: T,
}

impl<T: Ord> Ord for Ranked<T> {
    /// Compares in reverse, because the heap gives out the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.item.cmp(&self.item).then_with(|| other.number.cmp(&self.number))
    }
}

impl<T: Ord> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T: Ord> Eq for Ranked<T> {}

impl<T: Ord + 'static> Discipline<T> for SmallestFirst {
    type Shelf = BinaryHeap<Ranked<T>>;
    type Want = ();

    const CALLS_USER: bool = true;
    const PICKS: bool = false;
    const GET: WaitName = WaitName::PriorityQueueGet;
    const PUT: WaitName = WaitName::PriorityQueuePut;

    fn insert(shelf: &mut Self::Shelf, number: u64, item: T) {
        shelf.push(Ranked { number, item });
    }

    fn take(shelf: &mut Self::Shelf) -> Option<(u64, T)> {
        shelf.pop().map(|ranked| (ranked.number, ranked.item))
    }

    fn count(shelf: &Self::Shelf) -> usize {
        shelf.len()
    }

    fn for_each(shelf: &Self::Shelf, look: &mut dyn FnMut(&T)) {
        let mut items: Vec<_> = shelf.iter().collect();
        items.sort_unstable_by(|one, other| other.cmp(one));
        for ranked in items {
            look(&ranked.item);
        }
    }
}
