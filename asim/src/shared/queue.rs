//! Queues: items come out in the order in which they went in.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::rc::Rc;

use super::buffer::{Buffer, Shelf};
use super::get::Get;
use super::put::Put;
use crate::error::Full;
use crate::kernel::blocked::What;
use crate::kernel::environment::Environment;

/// A queue of items, bounded or not: getters wait for items, putters for room, each in the order in
/// which they came. Clone it freely; the clones are the same queue.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn producer(env: Environment, belt: Queue<u32>) {
///     for part in 0..3 {
///         env.timeout(1.0).await;
///         belt.put(part).await;
///     }
/// }
///
/// #[process]
/// async fn consumer(env: Environment, belt: Queue<u32>) {
///     for expected in 0..3 {
///         assert_eq!(belt.get().await, expected);
///         env.timeout(4.0).await;
///     }
/// }
///
/// let sim = Simulation::new();
/// let belt = Queue::bounded(&sim, 1);
/// sim.process(Producer::new(belt.clone()));
/// sim.process(Consumer::new(belt));
/// sim.run()?;
/// assert_eq!(sim.now(), 13.0);
/// # Ok::<(), SimError>(())
/// ```
pub struct Queue<T: 'static> {
    buffer: Rc<Buffer<InOrder<T>>>,
}

impl<T: 'static> Queue<T> {
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
    /// let queue: Queue<u8> = Queue::bounded(&sim, 2);
    /// assert_eq!(queue.capacity(), Some(2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn bounded(env: &Environment, capacity: usize) -> Self {
        Queue { buffer: Buffer::bounded(env, capacity) }
    }

    /// A queue that is never full.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue: Queue<u8> = Queue::unbounded(&sim);
    /// assert_eq!(queue.capacity(), None);
    /// ```
    #[must_use]
    pub fn unbounded(env: &Environment) -> Self {
        Queue { buffer: Buffer::unbounded(env) }
    }

    /// Asks for the next item. The place in the line is taken at the call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::unbounded(&sim);
    /// queue.try_put('a').unwrap();
    /// assert_eq!(sim.run_until_event(queue.get())?, 'a');
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub fn get(&self) -> Get<InOrder<T>> {
        self.buffer.get(())
    }

    /// Puts an item: at the call if there is room or somebody waits for it, else when there is.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::unbounded(&sim);
    /// queue.try_put('a').unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub fn put(&self, item: T) -> Put<InOrder<T>> {
        self.buffer.put(item)
    }

    /// The next item, if there is one that is not promised to anyone.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::unbounded(&sim);
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
    /// let queue = Queue::bounded(&sim, 1);
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
    /// let queue = Queue::unbounded(&sim);
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
    /// assert!(Queue::<u8>::unbounded(&sim).is_empty());
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
    /// let queue = Queue::bounded(&sim, 1);
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
    /// let queue: Queue<char> = Queue::unbounded(&sim);
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
    /// #[process]
    /// async fn lorry(env: Environment, ramp: Queue<&'static str>) {
    ///     if ramp.putters() >= 2 {
    ///         return; // too many stand in line already: try elsewhere
    ///     }
    ///     ramp.put("gravel").await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let ramp = Queue::bounded(&sim, 1);
    /// for _ in 0..5 {
    ///     sim.process(Lorry::new(ramp.clone()));
    /// }
    /// sim.run()?;
    /// assert_eq!((ramp.len(), ramp.putters()), (1, 2));
    /// # Ok::<(), SimError>(())
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
    /// assert_eq!(Queue::<u8>::bounded(&sim, 3).capacity(), Some(3));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.buffer.capacity()
    }
}

impl<T: 'static> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Queue { buffer: Rc::clone(&self.buffer) }
    }
}

impl<T: 'static> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}

/// Items in the order of their numbers. An implementation detail.
#[derive(Debug)]
pub struct InOrder<T> {
    /// By number, as they came.
    items: VecDeque<(u64, T)>,
    /// By number: given back, while the list went on without them.
    returned: BTreeMap<u64, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        InOrder { items: VecDeque::new(), returned: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// The first item, if one that was given back may be before those that came later.
    #[cold]
    fn take_lowest(&mut self) -> Option<(u64, T)> {
        let returned = self.returned.first_key_value().map(|(number, _)| *number);
        match (returned, self.items.front()) {
            (Some(returned), Some((first, _))) if *first < returned => self.items.pop_front(),
            _ => self.returned.pop_first(),
        }
    }
}

impl<T: 'static> Shelf for InOrder<T> {
    type Item = T;
    type Want = ();

    const CALLS_USER: bool = false;
    const PICKS: bool = false;
    const GET: &'static What = &What("Queue::get");
    const PUT: &'static What = &What("Queue::put");

    #[inline]
    fn insert(&mut self, number: u64, item: T) {
        if self.items.back().is_some_and(|(last, _)| *last > number) {
            self.returned.insert(number, item);
        } else {
            self.items.push_back((number, item));
        }
    }

    #[inline]
    fn take(&mut self, (): &mut ()) -> Option<(u64, T)> {
        if self.returned.is_empty() { self.items.pop_front() } else { self.take_lowest() }
    }

    fn wants((): &mut (), _item: &T) -> bool {
        true
    }

    #[inline]
    fn count(&self) -> usize {
        self.items.len() + self.returned.len()
    }
}
