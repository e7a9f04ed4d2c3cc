//! Priority queues: the smallest item comes out first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use std::rc::Rc;

use super::buffer::{Buffer, Shelf};
use super::get::Get;
use super::put::Put;
use crate::error::Full;
use crate::kernel::blocked::What;
use crate::kernel::environment::Environment;

/// A queue from which the smallest item comes out first and, among equal items, the one that went in
/// first. Getters and putters wait in the order in which they came. Clone it freely; the clones are
/// the same queue.
///
/// Items that have no order of their own are put with a priority beside them:
/// [`Prioritized`](crate::Prioritized). For the largest first put [`std::cmp::Reverse`].
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let jobs = PriorityQueue::unbounded(&sim);
/// for job in [(3, "sweep"), (1, "alarm"), (2, "repair")] {
///     jobs.try_put(job).unwrap();
/// }
/// let env = sim.env();
/// sim.spawn(async move {
///     for expected in ["alarm", "repair", "sweep"] {
///         let (_, job) = jobs.get().await;
///         assert_eq!(job, expected);
///         env.timeout(1.0).await;
///     }
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[doc(alias = "PriorityStore")]
pub struct PriorityQueue<T: Ord + 'static> {
    buffer: Rc<Buffer<Smallest<T>>>,
}

impl<T: Ord + 'static> PriorityQueue<T> {
    /// A queue that holds at most `capacity` items.
    ///
    /// # Panics
    ///
    /// If the capacity is zero.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue: PriorityQueue<u8> = PriorityQueue::bounded(&sim, 2);
    /// assert_eq!(queue.capacity(), Some(2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn bounded(env: &Environment, capacity: usize) -> Self {
        PriorityQueue { buffer: Buffer::bounded(env, capacity) }
    }

    /// A queue that is never full.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue: PriorityQueue<u8> = PriorityQueue::unbounded(&sim);
    /// assert_eq!(queue.capacity(), None);
    /// ```
    #[must_use]
    pub fn unbounded(env: &Environment) -> Self {
        PriorityQueue { buffer: Buffer::unbounded(env) }
    }

    /// Asks for the smallest item. The place in the line is taken at the call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = PriorityQueue::unbounded(&sim);
    /// queue.try_put('a').unwrap();
    /// assert_eq!(sim.run_until_event(queue.get())?, 'a');
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub fn get(&self) -> Get<Smallest<T>> {
        self.buffer.get(())
    }

    /// Puts an item: at the call if there is room or somebody waits for it, else when there is.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = PriorityQueue::unbounded(&sim);
    /// queue.try_put('a').unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub fn put(&self, item: T) -> Put<Smallest<T>> {
        self.buffer.put(item)
    }

    /// The smallest item, if there is one that is not promised to anyone.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = PriorityQueue::unbounded(&sim);
    /// assert_eq!(queue.try_get(), None);
    /// queue.try_put('a').unwrap();
    /// assert_eq!(queue.try_get(), Some('a'));
    /// ```
    #[must_use]
    pub fn try_get(&self) -> Option<T> {
        self.buffer.try_get(())
    }

    /// Puts an item if there is room for it, or somebody who waits for it.
    ///
    /// # Errors
    ///
    /// Gives the item back if there is no room.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = PriorityQueue::bounded(&sim, 1);
    /// assert!(queue.try_put('a').is_ok());
    /// assert_eq!(queue.try_put('b').unwrap_err().into_inner(), 'b');
    /// ```
    pub fn try_put(&self, item: T) -> Result<(), Full<T>> {
        self.buffer.try_put(item)
    }

    /// How many items there are, without those that are promised to a getter.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = PriorityQueue::unbounded(&sim);
    /// queue.try_put('a').unwrap();
    /// queue.try_put('b').unwrap();
    /// let _promised = queue.get();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Is there no item that is not promised?
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert!(PriorityQueue::<u8>::unbounded(&sim).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Is there no room? What is promised to a getter has left: its room is free. If it comes back when
    /// the room is taken, it waits outside the capacity, and goes in before every waiting put.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = PriorityQueue::bounded(&sim, 1);
    /// queue.try_put('a').unwrap();
    /// assert!(queue.is_full());
    /// let _promised = queue.get();
    /// assert!(!queue.is_full());
    /// ```
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.buffer.is_full()
    }

    /// How many gets wait in line: those that have been granted do not wait any more.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue: PriorityQueue<char> = PriorityQueue::unbounded(&sim);
    /// let _first = queue.get();
    /// let second = queue.get();
    /// assert_eq!(queue.getters(), 2);
    /// queue.try_put('a').unwrap();
    /// assert_eq!(queue.getters(), 1);
    /// drop(second);
    /// assert_eq!(queue.getters(), 0);
    /// ```
    #[must_use]
    pub fn getters(&self) -> usize {
        self.buffer.getters()
    }

    /// How many puts wait in line, as it is full: what they bring is not in [`len`](Self::len) yet.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = PriorityQueue::bounded(&sim, 1);
    /// let _accepted = queue.put('a');
    /// let _waiting = queue.put('b');
    /// assert_eq!((queue.len(), queue.putters()), (1, 1));
    /// assert_eq!(queue.try_get(), Some('a')); // makes room
    /// assert_eq!((queue.len(), queue.putters()), (1, 0));
    /// ```
    #[must_use]
    pub fn putters(&self) -> usize {
        self.buffer.putters()
    }

    /// How many items it holds at most; `None` if it is unbounded.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(PriorityQueue::<u8>::bounded(&sim, 3).capacity(), Some(3));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.buffer.capacity()
    }
}

impl<T: Ord + 'static> Clone for PriorityQueue<T> {
    fn clone(&self) -> Self {
        PriorityQueue { buffer: Rc::clone(&self.buffer) }
    }
}

impl<T: Ord + 'static> fmt::Debug for PriorityQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PriorityQueue")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}

/// Items by their order, then their numbers. An implementation detail.
#[derive(Debug)]
pub struct Smallest<T> {
    items: BinaryHeap<Entry<T>>,
}

#[derive(Debug)]
struct Entry<T> {
    number: u64,
    item: T,
}

impl<T: Ord> Ord for Entry<T> {
    /// Reversed, as the heap gives out the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.item.cmp(&self.item).then_with(|| other.number.cmp(&self.number))
    }
}

impl<T: Ord> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T: Ord> Eq for Entry<T> {}

impl<T: Ord> Default for Smallest<T> {
    fn default() -> Self {
        Smallest { items: BinaryHeap::new() }
    }
}

impl<T: Ord + 'static> Shelf for Smallest<T> {
    type Item = T;
    type Want = ();

    const CALLS_USER: bool = true;
    const PICKS: bool = false;
    const GET: &'static What = &What("PriorityQueue::get");
    const PUT: &'static What = &What("PriorityQueue::put");

    fn insert(&mut self, number: u64, item: T) {
        self.items.push(Entry { number, item });
    }

    fn take(&mut self, (): &mut ()) -> Option<(u64, T)> {
        self.items.pop().map(|entry| (entry.number, entry.item))
    }

    fn wants((): &mut (), _item: &T) -> bool {
        true
    }

    fn count(&self) -> usize {
        self.items.len()
    }
}
