//! Stores: a getter can pick its item with a filter.

use std::{panic::Location, rc::Rc};

use crate::environment::Environment;
use crate::shared::buffer::filtered::Want;
use crate::shared::buffer::pick::{MinByKey, Where};
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

    /// Gives the store a name. What has a name is measured from then on, and stands under its name in
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
    /// let shirts = Store::bounded(&sim, 40).named("shirts");
    /// shirts.try_put("blue").unwrap();
    /// assert_eq!(format!("{shirts:?}"), r#"Store { name: "shirts", len: 1, capacity: Some(40) }"#);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.buffer.set_name(name.as_ref(), "Store", self.capacity());
        self
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
        self.buffer.get(Want::any())
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
        self.buffer.get(Want::of(Where(accepts)))
    }

    /// Asks for the item with the smallest key: the nearest, the cheapest, the oldest. Among equals
    /// it is the one that went in first. The request takes its place in line at the call.
    ///
    /// If there is no item, the request waits, and takes the first item that comes to its turn; if
    /// several come back in one step, the one of them with the smallest key. The keys are asked
    /// for when an item is chosen, so they may depend on what changes meanwhile.
    ///
    /// A key may be an `f64`, but not NaN.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let orders = Store::unbounded(&sim);
    /// for (customer, due) in [("Ada", 17.5), ("Ben", 9.25), ("Cleo", 12.0)] {
    ///     orders.try_put((customer, due)).unwrap();
    /// }
    /// let most_urgent = orders.get_min_by_key(|(_, due)| *due);
    /// assert_eq!(sim.run_until_event(most_urgent)?.0, "Ben");
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN, where the item is chosen.
    #[track_caller]
    pub fn get_min_by_key<K: PartialOrd + 'static>(
        &self,
        key: impl FnMut(&T) -> K + 'static,
    ) -> Get<T, Filtered> {
        self.get_where_min_by_key(|_| true, key)
    }

    /// Asks for the item with the smallest key among those that the filter accepts. This is
    /// [`get_where`](Self::get_where) and [`get_min_by_key`](Self::get_min_by_key) in one.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let planks = Store::unbounded(&sim);
    /// for length in [0.8, 2.4, 1.2] {
    ///     planks.try_put(length).unwrap();
    /// }
    /// let shortest = planks.get_where_min_by_key(|length| *length >= 1.0, |length| *length);
    /// assert_eq!(sim.run_until_event(shortest)?, 1.2);
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN, where the item is chosen.
    #[track_caller]
    pub fn get_where_min_by_key<K: PartialOrd + 'static>(
        &self,
        accepts: impl FnMut(&T) -> bool + 'static,
        key: impl FnMut(&T) -> K + 'static,
    ) -> Get<T, Filtered> {
        self.buffer.get(Want::of(MinByKey::new(accepts, key, Location::caller())))
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
        self.buffer.try_get(Want::any())
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
        self.buffer.try_get(Want::of(Where(accepts)))
    }

    /// Takes the item with the smallest key, if there is one that is not promised to a getter;
    /// among equals the one that went in first.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// store.try_put("long").unwrap();
    /// store.try_put("a").unwrap();
    /// assert_eq!(store.try_get_min_by_key(|word| word.len()), Some("a"));
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN.
    #[must_use]
    #[track_caller]
    pub fn try_get_min_by_key<K: PartialOrd + 'static>(
        &self,
        key: impl FnMut(&T) -> K + 'static,
    ) -> Option<T> {
        self.try_get_where_min_by_key(|_| true, key)
    }

    /// Takes the item with the smallest key among those that the filter accepts, if there is one
    /// that is not promised to a getter.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// store.try_put(3).unwrap();
    /// store.try_put(8).unwrap();
    /// store.try_put(6).unwrap();
    /// assert_eq!(store.try_get_where_min_by_key(|n| n % 2 == 0, |n| *n), Some(6));
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN.
    #[must_use]
    #[track_caller]
    pub fn try_get_where_min_by_key<K: PartialOrd + 'static>(
        &self,
        accepts: impl FnMut(&T) -> bool + 'static,
        key: impl FnMut(&T) -> K + 'static,
    ) -> Option<T> {
        self.buffer.try_get(Want::of(MinByKey::new(accepts, key, Location::caller())))
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

    /// Changes the capacity. `None` makes the store unbounded; 0 closes it to puts, except those that
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
    /// let store = Store::bounded(&sim, 1);
    /// let (_first, second) = (store.put('a'), store.put('b'));
    /// store.set_capacity(3); // more room from now on
    /// assert!(second.triggered());
    /// store.set_capacity(1); // both stay
    /// assert_eq!((store.len(), store.capacity()), (2, Some(1)));
    /// assert!(store.try_put('c').is_err());
    /// store.set_capacity(None);
    /// assert!(store.try_put('c').is_ok());
    /// ```
    pub fn set_capacity(&self, capacity: impl Into<Option<usize>>) {
        self.buffer.set_capacity(capacity.into());
    }

    /// Shows all items, in the order in which they would come out, without taking them. Those that are
    /// promised to getters have left.
    ///
    /// The closure may use the store. Meanwhile the store gives nothing away, and what is put comes in
    /// behind: both are served when the closure is done.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store = Store::unbounded(&sim);
    /// for weight in [40, 20, 5] {
    ///     store.try_put(weight).unwrap();
    /// }
    /// let mut heavy = 0;
    /// store.for_each(|weight| heavy += usize::from(*weight > 10));
    /// assert_eq!((heavy, store.len()), (2, 3));
    /// ```
    pub fn for_each(&self, look: impl FnMut(&T)) {
        self.buffer.for_each(look);
    }
}

impl_handle!(Store, 'static);
