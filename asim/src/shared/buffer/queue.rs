//! Queues: items come out in the order in which they went in.

use std::rc::Rc;

use crate::environment::Environment;
use crate::shared::buffer::{
    buffer::Buffer, fifo::Fifo, full::Full, get::Get, handle::impl_handle, put::Put,
};

/// A queue of items, bounded or not. Getters wait for items and putters wait for room, each in the
/// order of arrival. Clone it freely: all clones are handles of the same queue, and such handles
/// are equal.
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
    buffer: Rc<Buffer<T, Fifo>>,
}

impl<T: 'static> Queue<T> {
    /// Makes a queue that holds at most `capacity` items.
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

    /// Makes a queue that is never full.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue: Queue<u8> = Queue::unbounded(&sim);
    /// assert_eq!(queue.capacity(), None);
    /// assert!(queue == queue.clone() && queue != Queue::unbounded(&sim));
    /// ```
    #[must_use]
    pub fn unbounded(env: &Environment) -> Self {
        Queue { buffer: Buffer::unbounded(env) }
    }

    /// Gives the queue a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`.
    ///
    /// An item stays from the time it comes in until whoever gets it has received it. If it comes back in
    /// between, because a get has lost a race, the stay goes on.
    ///
    /// # Panics
    ///
    /// If it has a name already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let letters = Queue::bounded(&sim, 3).named("letters");
    /// letters.try_put("first").unwrap();
    /// assert_eq!(format!("{letters:?}"), r#"Queue { name: "letters", len: 1, capacity: Some(3) }"#);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.buffer.set_name(name.as_ref(), "Queue", self.capacity());
        self
    }

    /// Asks for the next item. The request takes its place in line at the call.
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
    pub fn get(&self) -> Get<T> {
        self.buffer.get(())
    }

    /// Puts an item. The item is accepted at the call if there is room or a getter waits for it,
    /// otherwise as soon as one of the two is true.
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
    pub fn put(&self, item: T) -> Put<T> {
        self.buffer.put(item)
    }

    /// Takes the next item, if there is one that is not promised to a getter.
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

    /// Puts an item if there is room now, or a getter waits for it.
    ///
    /// # Errors
    ///
    /// Returns the item in [`Full`] if there is no room, or if the simulation is gone.
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

    /// Returns how many items there are, without those that are promised to getters.
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

    /// Returns `true` if there is no item, or all are promised to getters.
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

    /// Returns `true` if there is no room. A promised item has left, and its room is free. If it
    /// comes back when the room is taken, it waits outside the capacity, and goes in before every
    /// waiting put.
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

    /// Returns how many gets wait in line. A granted get does not wait any more.
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

    /// Returns how many puts wait in line because there is no room. Their items are not in
    /// [`len`](Self::len) yet.
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

    /// Returns how many items the queue can hold; `None` if it is unbounded.
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

    /// Changes the capacity. `None` makes the queue unbounded; 0 closes it to puts, except those that
    /// a waiting getter takes.
    ///
    /// If there is more room than before, the next puts in line are accepted at once. If there are
    /// more items than the new capacity, all of them stay, and no put is accepted until there is
    /// room.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::bounded(&sim, 1);
    /// let (_first, second) = (queue.put('a'), queue.put('b'));
    /// queue.set_capacity(3); // more room from now on
    /// assert!(second.triggered());
    /// queue.set_capacity(1); // both stay
    /// assert_eq!((queue.len(), queue.capacity()), (2, Some(1)));
    /// assert!(queue.try_put('c').is_err());
    /// queue.set_capacity(None);
    /// assert!(queue.try_put('c').is_ok());
    /// ```
    pub fn set_capacity(&self, capacity: impl Into<Option<usize>>) {
        self.buffer.set_capacity(capacity.into());
    }

    /// Shows all items, in the order in which they would come out, without taking them. Those that are
    /// promised to getters have left.
    ///
    /// The closure may use the queue. Meanwhile the queue gives nothing away, and what is put comes in
    /// behind: both are served when the closure is done.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::unbounded(&sim);
    /// for weight in [40, 20, 5] {
    ///     queue.try_put(weight).unwrap();
    /// }
    /// let mut total = 0;
    /// queue.for_each(|weight| total += weight);
    /// assert_eq!((total, queue.len()), (65, 3));
    /// ```
    pub fn for_each(&self, look: impl FnMut(&T)) {
        self.buffer.for_each(look);
    }
}

impl_handle!(Queue, 'static);
