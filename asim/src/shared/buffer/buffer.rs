//! The core of queues, priority queues, stores and pools. It takes items in, keeps them in some
//! order, and gives them out. Getters and putters wait in line. If a getter does not take the item
//! that it was promised, the item goes back to its place.
//!
//! At every moment an item is in exactly one place: in a waiting `put`, on the shelf, in a granted
//! `get`, or given back and about to be offered again. An item gets its *number* when its `put` is
//! accepted, and keeps it. The number is its place among the others.
//!
//! A promised item has left the shelf, and its room is free at once. A `put` is accepted while
//! `items < capacity`. It is also accepted if a waiting getter wants its item: the item then goes
//! straight to that getter, past a full shelf. An item that is given back when the shelf is full
//! waits outside the capacity: it does not count in `len`, every getter is offered it in its place
//! in the order, and it goes in before every waiting `put`.
//!
//! Filters, keys and orderings are user code, and may use the same buffer while the buffer asks them.
//! While they run, the shelf is *lent* to them, and nothing is borrowed. What they put or ask for
//! is only noted, and is served as soon as they are done.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::engine::{kernel::Kernel, watchers::Watchers};
use crate::environment::Environment;
use crate::measure::books::as_level;
use crate::shared::buffer::{discipline::Discipline, state::State};

/// A buffer, shared by its handles and its requests.
pub(crate) struct Buffer<T: 'static, D: Discipline<T>> {
    pub(crate) kernel: Rc<Kernel>,
    /// `usize::MAX` if there is no bound.
    pub(crate) capacity: Cell<usize>,
    /// How many items have a place inside. This is the capacity, or more: if the capacity is made
    /// smaller, the items inside stay there. It is brought up to date only where an item comes
    /// back.
    places: Cell<usize>,
    pub(crate) state: RefCell<State<T, D>>,
    /// The conditions that watch the buffer.
    pub(crate) watchers: Watchers,
    /// The length of the shelf while it is lent to user code.
    pub(crate) lent: Cell<Option<usize>>,
    /// The shelf while it is shown to user code, which may look at it again. Else an empty one.
    pub(crate) window: RefCell<Option<Rc<D::Shelf>>>,
    /// Set if something came while the shelf was lent: all getters must look again.
    pub(crate) look_again: Cell<bool>,
    /// How many calls have taken an item, have not told it yet, and run code of the user.
    #[cfg(debug_assertions)]
    pub(crate) untold: Cell<usize>,
    /// The buffer itself, which is registered to be served later if user code panics.
    pub(crate) this: Weak<Self>,
    /// Set once the buffer is registered to be served later, because user code has panicked. It
    /// stays set if user code panics again in that serving, so that the buffer is not registered
    /// again: otherwise a filter that always panics would break every later call.
    pub(crate) owes: Cell<bool>,
}

impl<T: 'static, D: Discipline<T>> Buffer<T, D> {
    #[track_caller]
    pub(crate) fn bounded(env: &Environment, capacity: usize) -> Rc<Self> {
        assert!(capacity > 0, "a capacity is at least 1, not {capacity}");
        Self::listed(Self::new(env, capacity))
    }

    pub(crate) fn unbounded(env: &Environment) -> Rc<Self> {
        Self::listed(Self::new(env, usize::MAX))
    }

    /// Makes a buffer that is a part of another thing.
    pub(crate) fn unlisted(env: &Environment) -> Rc<Self> {
        Self::new(env, usize::MAX)
    }

    fn listed(buffer: Rc<Self>) -> Rc<Self> {
        buffer.kernel.add_thing(&buffer);
        buffer
    }

    fn new(env: &Environment, capacity: usize) -> Rc<Self> {
        Rc::new_cyclic(|this| Buffer {
            kernel: Rc::clone(env.kernel()),
            capacity: Cell::new(capacity),
            places: Cell::new(capacity),
            state: RefCell::new(State::new()),
            watchers: Watchers::default(),
            lent: Cell::new(None),
            window: RefCell::new(None),
            look_again: Cell::new(false),
            #[cfg(debug_assertions)]
            untold: Cell::new(0),
            this: Weak::clone(this),
            owes: Cell::new(false),
        })
    }

    // ---- levels

    pub(crate) fn capacity(&self) -> Option<usize> {
        Some(self.capacity.get()).filter(|&capacity| capacity < usize::MAX)
    }

    /// Changes the capacity, and lets in as many waiting puts as have room now.
    pub(crate) fn set_capacity(self: &Rc<Self>, capacity: Option<usize>) {
        let capacity = capacity.unwrap_or(usize::MAX);
        self.places.set(capacity.max(self.len()));
        self.capacity.set(capacity);
        if let Some(probe) = self.watchers.probe() {
            let bound = self.capacity().map_or(f64::INFINITY, as_level);
            probe.capacity(&self.kernel, bound);
        }
        self.changed();
        self.kernel.serve(self);
        self.settle();
    }

    /// Returns how many items are on the shelf or about to go there, including those outside the
    /// capacity.
    fn kept(&self, state: &State<T, D>) -> usize {
        self.lent.get().unwrap_or_else(|| D::count(&state.shelf)) + state.returned.len()
    }

    /// Returns `true` if there is room. The shelf must not be lent.
    #[inline]
    pub(crate) fn has_room_now(&self, state: &State<T, D>) -> bool {
        D::count(&state.shelf) + state.returned.len() < self.capacity.get()
    }

    pub(crate) fn has_room(&self, state: &State<T, D>) -> bool {
        self.kept(state) < self.capacity.get()
    }

    pub(crate) fn len(&self) -> usize {
        self.shown(&self.state.borrow())
    }

    /// Returns how many items there are, without those outside the capacity.
    pub(crate) fn shown(&self, state: &State<T, D>) -> usize {
        self.kept(state).min(self.places.get())
    }

    pub(crate) fn is_full(&self) -> bool {
        !self.has_room(&self.state.borrow())
    }

    pub(crate) fn getters(&self) -> usize {
        self.state.borrow().getters.len()
    }

    pub(crate) fn putters(&self) -> usize {
        self.state.borrow().putters.len()
    }

    /// Takes back an item that had left. It is not offered yet. If its room is taken, it is outside
    /// the capacity.
    pub(crate) fn take_back(&self, number: u64, item: T) {
        let state = &mut *self.state.borrow_mut();
        let inside = self.shown(state);
        self.places.set(self.capacity.get().max(inside));
        state.returned.insert(number, item);
        if D::LENDS {
            self.end_hold(state, number);
        }
        self.tell_level(state);
    }

    // ---- what every operation does

    /// Returns `true` if no user code is asked, has the shelf, or watches. Then an operation may take the
    /// short way, if nothing is under way in the kernel: one look at the state, one at the process that is
    /// resumed. It does there what the general way would do, and no more.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        !D::CALLS_USER && !self.watchers.watch() && !self.is_lent()
    }

    /// Begins an operation: first serves the items that came back in a call that panicked.
    pub(crate) fn catch_up(self: &Rc<Self>) {
        if !D::CALLS_USER || self.is_lent() {
            return;
        }
        self.make_moves();
        if !self.state.borrow().returned.is_empty() {
            self.kernel.serve(self);
        }
    }

    /// Ends an operation: also serves what user code has asked for meanwhile.
    #[inline]
    pub(crate) fn settle(self: &Rc<Self>) {
        if D::CALLS_USER && self.look_again.get() && !self.is_lent() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
        #[cfg(debug_assertions)]
        self.check();
    }

    /// Shows all items to user code.
    pub(crate) fn for_each(self: &Rc<Self>, mut look: impl FnMut(&T)) {
        self.catch_up();
        self.showing(|shelf| D::for_each(shelf, &mut look));
        drop(look);
        if !D::CALLS_USER && !self.is_lent() && self.look_again.replace(false) {
            self.kernel.serve(self);
        }
        self.settle();
    }
}
