//! Items with a priority, which alone orders them.

use std::cmp::Ordering;

/// An item with a priority, which alone orders it. It is for a `PriorityQueue` of items that have
/// no order of their own, or not the wanted one. The smallest priority comes out first; among equal
/// priorities, the item that went in first.
///
/// (A tuple `(priority, item)` also compares the items if the priorities are equal.) If the largest
/// priority should come out first, wrap it in [`std::cmp::Reverse`]. For several criteria, use a
/// tuple as the priority. An `f64` cannot be a priority, because it has no total order: count in
/// whole units, such as milliseconds, or use a crate that wraps it.
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
    /// The priority: a smaller one comes out sooner.
    pub priority: P,
    /// The item itself.
    pub item: T,
}

impl<P, T> Prioritized<P, T> {
    /// Makes an item with this priority.
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
    /// Returns `true` if the priorities are equal.
    fn eq(&self, other: &Self) -> bool {
        self.priority == other.priority
    }
}

impl<P: Eq, T> Eq for Prioritized<P, T> {}
