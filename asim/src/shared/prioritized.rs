//! Items that are ordered by a priority beside them.

use std::cmp::Ordering;

/// An item with its priority, by which alone it is ordered: for a
/// [`PriorityQueue`](crate::PriorityQueue) of items that have no order of their own, or another one.
/// The smallest priority comes out first and, among equals, the item that went in first.
///
/// (A tuple `(priority, item)` is ordered by the item too where the priorities are equal.) For the
/// largest first wrap the priority in [`std::cmp::Reverse`]; for several criteria make it a tuple. As
/// an `f64` has no order that is total, count in whole units, such as milliseconds, or take a crate
/// that wraps it.
///
/// ```
/// use asim::prelude::*;
///
/// struct Patient {
///     name: &'static str,
/// }
///
/// let sim = Simulation::new();
/// let waiting_room = PriorityQueue::unbounded(&sim);
/// for (urgency, name) in [(3, "Ada"), (1, "Ben"), (3, "Cleo"), (1, "Dan")] {
///     waiting_room.try_put(Prioritized::new(urgency, Patient { name })).unwrap();
/// }
/// let order: Vec<_> = std::iter::from_fn(|| waiting_room.try_get()).map(|next| next.item.name).collect();
/// assert_eq!(order, ["Ben", "Dan", "Ada", "Cleo"]);
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[doc(alias = "PriorityItem")]
pub struct Prioritized<P, T> {
    /// The smaller, the sooner.
    pub priority: P,
    /// What it is about.
    pub item: T,
}

impl<P, T> Prioritized<P, T> {
    /// An item with this priority.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let soon = Prioritized::new(1, "alarm");
    /// assert!(soon < Prioritized::new(2, "a chore"));
    /// assert_eq!(soon.item, "alarm");
    /// ```
    pub fn new(priority: P, item: T) -> Self {
        Prioritized { priority, item }
    }
}

impl<P: Ord, T> Ord for Prioritized<P, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.cmp(&other.priority)
    }
}

impl<P: PartialOrd, T> PartialOrd for Prioritized<P, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.priority.partial_cmp(&other.priority)
    }
}

impl<P: PartialEq, T> PartialEq for Prioritized<P, T> {
    /// Are the priorities equal?
    fn eq(&self, other: &Self) -> bool {
        self.priority == other.priority
    }
}

impl<P: Eq, T> Eq for Prioritized<P, T> {}
