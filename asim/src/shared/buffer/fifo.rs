//! First in, first out: the order of a queue, and of a channel.

use std::collections::BTreeMap;

use crate::engine::wait_name::WaitName;
use crate::shared::buffer::{discipline::Discipline, row::Row};

/// First in, first out: the order of a `Queue`, in the types of its requests `Get` and `Put`. It is
/// the default there, so it seldom needs to be written.
///
/// ```
/// use asim::prelude::*;
///
/// struct Clerk {
///     next: asim::Get<u32>, // the same as `asim::Get<u32, asim::Fifo>`
/// }
///
/// let sim = Simulation::new();
/// let queue: Queue<u32> = Queue::unbounded(&sim);
/// let next: asim::Get<u32, asim::Fifo> = queue.get();
/// let clerk = Clerk { next };
/// queue.try_put(7).unwrap();
/// assert_eq!(sim.run_until_event(clerk.next)?, 7);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug)]
pub enum Fifo {}

/// Items in the order of their numbers.
#[derive(Debug)]
pub struct FifoShelf<T> {
    /// The items that came in order, by number.
    items: Row<T>,
    /// The items that were given back after later items had come, by number.
    returned: BTreeMap<u64, T>,
}

impl<T> Default for FifoShelf<T> {
    fn default() -> Self {
        FifoShelf { items: Row::new(), returned: BTreeMap::new() }
    }
}

impl<T> FifoShelf<T> {
    /// Puts an item in its place.
    #[inline]
    pub(crate) fn insert(&mut self, number: u64, item: T) {
        if self.items.last().is_some_and(|last| last > number) {
            self.returned.insert(number, item);
        } else {
            self.items.push(number, item);
        }
    }

    /// Puts an item back that was the first when it was taken out.
    pub(crate) fn insert_first(&mut self, number: u64, item: T) {
        if self.items.first().is_none_or(|first| number < first) {
            self.items.push_first(number, item);
        } else {
            self.insert(number, item);
        }
    }

    /// Puts an item behind all others, if that needs no memory. Returns the item otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a put is one piece of code")]
    pub(crate) fn append(&mut self, number: u64, item: T) -> Result<(), T> {
        self.items.push_plainly(number, item)
    }

    /// Returns `true` if no item was given back after later ones had come.
    #[inline]
    pub(crate) fn is_in_order(&self) -> bool {
        self.returned.is_empty()
    }

    /// Takes out the first item.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<(u64, T)> {
        if self.returned.is_empty() { self.items.take() } else { self.take_lowest() }
    }

    /// Takes out the item with the lowest number, from `items` or from `returned`.
    #[cold]
    fn take_lowest(&mut self) -> Option<(u64, T)> {
        let returned = self.returned.first_key_value().map(|(number, _)| *number);
        match (returned, self.items.first()) {
            (Some(returned), Some(first)) if first < returned => self.items.take(),
            _ => self.returned.pop_first(),
        }
    }

    /// Returns how many items there are.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.items.len() + self.returned.len()
    }

    /// Returns the items in the order of their numbers.
    fn iter(&self) -> impl Iterator<Item = &T> {
        let mut items = self.items.iter().peekable();
        let mut returned = self.returned.iter().peekable();
        std::iter::from_fn(move || match (items.peek(), returned.peek()) {
            (Some((first, _)), Some((back, _))) if **back < *first => {
                returned.next().map(|(_, item)| item)
            }
            (None, _) => returned.next().map(|(_, item)| item),
            (Some(_), _) => items.next().map(|(_, item)| item),
        })
    }
}

impl<T: 'static> Discipline<T> for Fifo {
    type Shelf = FifoShelf<T>;
    type Want = ();

    const CALLS_USER: bool = false;
    const PICKS: bool = false;
    const GET: WaitName = WaitName::QueueGet;
    const PUT: WaitName = WaitName::QueuePut;

    #[inline]
    fn insert(shelf: &mut FifoShelf<T>, number: u64, item: T) {
        shelf.insert(number, item);
    }

    #[inline]
    fn take(shelf: &mut FifoShelf<T>) -> Option<(u64, T)> {
        shelf.take()
    }

    #[inline]
    fn count(shelf: &FifoShelf<T>) -> usize {
        shelf.count()
    }

    #[inline]
    fn is_in_order(shelf: &FifoShelf<T>) -> bool {
        shelf.is_in_order()
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a put is one piece of code")]
    fn append(shelf: &mut FifoShelf<T>, number: u64, item: T) -> Result<(), T> {
        shelf.append(number, item)
    }

    fn for_each(shelf: &FifoShelf<T>, look: &mut dyn FnMut(&T)) {
        shelf.iter().for_each(look);
    }
}
