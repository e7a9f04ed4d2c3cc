//! Stores: items come out by what they are.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::buffer::{Buffer, Shelf};
use super::get::Get;
use super::put::Put;
use crate::error::Full;
use crate::kernel::blocked::What;
use crate::kernel::environment::Environment;

/// A store from which a getter may pick: any item, or the first that a filter accepts. Getters and
/// putters wait in the order in which they came, but a getter whose filter refuses an item lets it
/// pass to the next. Clone it freely; the clones are the same store.
///
/// A filter is asked once about each item that is there or that comes: when the getter asks, and when
/// an item is put or given back. It may look at other things, but is not asked again when they change.
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
    buffer: Rc<Buffer<Pick<T>>>,
}

impl<T: 'static> Store<T> {
    /// A store that holds at most `capacity` items.
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

    /// A store that is never full.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let store: Store<u8> = Store::unbounded(&sim);
    /// assert_eq!(store.capacity(), None);
    /// ```
    #[must_use]
    pub fn unbounded(env: &Environment) -> Self {
        Store { buffer: Buffer::unbounded(env) }
    }

    /// Asks for the next item. The place in the line is taken at the call.
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
    pub fn get(&self) -> Get<Pick<T>> {
        self.buffer.get(None)
    }

    /// Asks for the first item that the filter accepts. The place in the line is taken at the call.
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
    pub fn get_where(&self, accepts: impl FnMut(&T) -> bool + 'static) -> Get<Pick<T>> {
        self.buffer.get(Some(Box::new(accepts)))
    }

    /// Puts an item: at the call if there is room or somebody waits for it, else when there is.
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
    pub fn put(&self, item: T) -> Put<Pick<T>> {
        self.buffer.put(item)
    }

    /// The next item, if there is one that is not promised to anyone.
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

    /// The first item that the filter accepts, if there is one that is not promised to anyone.
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
    /// let store = Store::bounded(&sim, 1);
    /// assert!(store.try_put('a').is_ok());
    /// assert_eq!(store.try_put('b').unwrap_err().into_inner(), 'b');
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

    /// Is there no item that is not promised?
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

    /// Is there no room? What is promised to a getter has left: its room is free. If it comes back when
    /// the room is taken, it waits outside the capacity, and goes in before every waiting put.
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

    /// How many gets wait in line: those that have been granted do not wait any more.
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

    /// How many puts wait in line, as it is full: what they bring is not in [`len`](Self::len) yet.
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

    /// How many items it holds at most; `None` if it is unbounded.
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

impl<T: 'static> Clone for Store<T> {
    fn clone(&self) -> Self {
        Store { buffer: Rc::clone(&self.buffer) }
    }
}

impl<T: 'static> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}

/// What a getter accepts; `None` if anything.
pub(crate) type Filter<T> = Option<Box<dyn FnMut(&T) -> bool>>;

/// Items by number, to be taken from anywhere. An implementation detail.
#[derive(Debug)]
pub struct Pick<T> {
    items: BTreeMap<u64, T>,
}

impl<T> Default for Pick<T> {
    fn default() -> Self {
        Pick { items: BTreeMap::new() }
    }
}

impl<T: 'static> Shelf for Pick<T> {
    type Item = T;
    type Want = Filter<T>;

    const CALLS_USER: bool = true;
    const PICKS: bool = true;
    const GET: &'static What = &What("Store::get");
    const PUT: &'static What = &What("Store::put");

    fn insert(&mut self, number: u64, item: T) {
        self.items.insert(number, item);
    }

    fn take(&mut self, want: &mut Filter<T>) -> Option<(u64, T)> {
        let Some(accepts) = want else { return self.items.pop_first() };
        let (&number, _) = self.items.iter().find(|(_, item)| accepts(item))?;
        self.items.remove(&number).map(|item| (number, item))
    }

    fn wants(want: &mut Filter<T>, item: &T) -> bool {
        want.as_mut().is_none_or(|accepts| accepts(item))
    }

    fn count(&self) -> usize {
        self.items.len()
    }
}
