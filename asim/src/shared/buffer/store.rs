//! Stores: a getter can pick its item with a filter.

use std::rc::Rc;

use crate::environment::Environment;
use crate::shared::buffer::{
    buffer::Buffer, filtered::Filtered, full::Full, get::Get, handle::impl_handle, put::Put,
};

/// A store of items. A getter takes the first item, or the first that its filter accepts. Getters
/// and putters wait in the order of arrival, but an item that a filter refuses goes on to the next
/// getter. Clone it freely: all clones are handles of the same store, and such handles are equal.
///
/// A filter is asked once about each item that is there or that comes: when the getter asks, and
/// when an item is put or given back. The filter may also look at other things, but it is not asked
/// again when those change.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let pen: Store<&str> = Store::unbounded(&sim);
/// let picker = pen.clone();
/// sim.spawn(async move {
///     assert_eq!(picker.get_where(|animal| animal.starts_with('c')).await, "cow");
///     assert_eq!(picker.get().await, "pig");
/// });
/// pen.try_put("pig").unwrap();
/// pen.try_put("cow").unwrap();
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[doc(alias = "FilterStore")]
pub struct Store<T: 'static> {
    buffer: Rc<Buffer<T, Filtered>>,
}

impl<T: 'static> Store<T> {
    /// Makes a store that holds at most `capacity` items.
    ///
    /// # Panics
    ///
    /// If the capacity is zero.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store: Store<u8> = Store::bounded(&sim, 2);
    /// assert_eq!(store.capacity(), Some(2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn bounded(env: &Environment, capacity: usize) -> Self {
        Store { buffer: Buffer::bounded(env, capacity) }
    }

    /// Makes a store that is never full.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store: Store<u8> = Store::unbounded(&sim);
    /// assert_eq!(store.capacity(), None);
    /// assert!(store == store.clone() && store != Store::unbounded(&sim));
    /// ```
    #[must_use]
    pub fn unbounded(env: &Environment) -> Self {
        Store { buffer: Buffer::unbounded(env) }
    }

    /// Asks for the next item. The request takes its place in line at the call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// store.try_put('a').unwrap();
    /// assert_eq!(sim.run_until_event(store.get())?, 'a');
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub fn get(&self) -> Get<T, Filtered> {
        self.buffer.get(None)
    }

    /// Asks for the first item that the filter accepts. The request takes its place in line at the
    /// call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// store.try_put(3).unwrap();
    /// store.try_put(8).unwrap();
    /// assert_eq!(sim.run_until_event(store.get_where(|n| n % 2 == 0))?, 8);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub fn get_where(&self, accepts: impl FnMut(&T) -> bool + 'static) -> Get<T, Filtered> {
        self.buffer.get(Some(Box::new(accepts)))
    }

    /// Puts an item. The item is accepted at the call if there is room or a getter waits for it,
    /// otherwise as soon as one of the two is true.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// store.try_put('a').unwrap();
    /// assert_eq!(store.len(), 1);
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    pub fn put(&self, item: T) -> Put<T, Filtered> {
        self.buffer.put(item)
    }

    /// Takes the next item, if there is one that is not promised to a getter.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// assert_eq!(store.try_get(), None);
    /// store.try_put('a').unwrap();
    /// assert_eq!(store.try_get(), Some('a'));
    /// ```
    #[must_use]
    pub fn try_get(&self) -> Option<T> {
        self.buffer.try_get(None)
    }

    /// Takes the first item that the filter accepts, if there is one that is not promised to a
    /// getter.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// store.try_put(3).unwrap();
    /// assert_eq!(store.try_get_where(|n| n % 2 == 0), None);
    /// assert_eq!(store.try_get_where(|n| n % 2 == 1), Some(3));
    /// ```
    #[must_use]
    pub fn try_get_where(&self, accepts: impl FnMut(&T) -> bool + 'static) -> Option<T> {
        self.buffer.try_get(Some(Box::new(accepts)))
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
    /// let store = Store::bounded(&sim, 1);
    /// assert!(store.try_put('a').is_ok());
    /// assert_eq!(store.try_put('b').unwrap_err().into_inner(), 'b');
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
    /// let store = Store::unbounded(&sim);
    /// store.try_put('a').unwrap();
    /// store.try_put('b').unwrap();
    /// let _promised = store.get();
    /// assert_eq!(store.len(), 1);
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
    /// assert!(Store::<u8>::unbounded(&sim).is_empty());
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
    /// let store = Store::bounded(&sim, 1);
    /// store.try_put('a').unwrap();
    /// assert!(store.is_full());
    /// let _promised = store.get();
    /// assert!(!store.is_full());
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
    /// let store: Store<char> = Store::unbounded(&sim);
    /// let _first = store.get();
    /// let second = store.get();
    /// assert_eq!(store.getters(), 2);
    /// store.try_put('a').unwrap();
    /// assert_eq!(store.getters(), 1);
    /// drop(second);
    /// assert_eq!(store.getters(), 0);
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
    /// let sim = Simulation::new();
    /// let store = Store::bounded(&sim, 1);
    /// let _accepted = store.put('a');
    /// let _waiting = store.put('b');
    /// assert_eq!((store.len(), store.putters()), (1, 1));
    /// assert_eq!(store.try_get(), Some('a')); // makes room
    /// assert_eq!((store.len(), store.putters()), (1, 0));
    /// ```
    #[must_use]
    pub fn putters(&self) -> usize {
        self.buffer.putters()
    }

    /// Returns how many items the store can hold; `None` if it is unbounded.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(Store::<u8>::bounded(&sim, 3).capacity(), Some(3));
    /// ```
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.buffer.capacity()
    }
}

impl_handle!(Store, 'static);
