//! The core of a state: the value, the requests in line, and the values that have not been shown
//! yet.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::{collections::VecDeque, fmt, mem};

use crate::engine::wait_list::{Line, WaitList};
use crate::engine::{kernel::Kernel, slab::Key, watchers::Watchers};
use crate::measure::{books::Books, level::Level};
use crate::trace::record::Side;

/// A state, shared by its handles and requests.
pub(crate) struct Core<T> {
    pub(crate) kernel: Rc<Kernel>,
    pub(crate) inner: RefCell<Inner<T>>,
    /// The conditions that watch the state.
    pub(crate) watchers: Watchers,
    /// What the value measures, if it is measured.
    pub(crate) measure: OnceCell<Measure<T>>,
    /// Whether a predicate is being asked. A value that is set meanwhile is shown later.
    pub(crate) asking: Cell<bool>,
    /// The core itself, which is registered to be served later if a predicate panics.
    pub(crate) this: Weak<Self>,
}

/// The part of a state that is never borrowed while user code runs.
pub(crate) struct Inner<T> {
    pub(crate) value: Rc<T>,
    /// The values that have been set, and not been shown to all requests yet.
    pub(crate) to_show: VecDeque<Showing<T>>,
    pub(crate) list: WaitList<Entry<T>>,
    pub(crate) line: Line,
    /// The number of requests that have ever joined the line.
    pub(crate) arrivals: u64,
    /// The request that is asked next about the first value of `to_show`.
    next: Option<Key>,
}

/// A value that is shown to the requests in line.
pub(crate) struct Showing<T> {
    pub(crate) value: Rc<T>,
    /// The value is shown to the requests with a smaller number than this.
    pub(crate) before: u64,
    /// Set once the first request has been asked about the value.
    pub(crate) begun: bool,
}

/// A request in the list.
pub(crate) struct Entry<T> {
    /// Its place in the order of arrival.
    pub(crate) number: u64,
    pub(crate) state: EntryState<T>,
}

/// How far a request in the list has come.
pub(crate) enum EntryState<T> {
    /// It waits for a value that this predicate accepts.
    Waiting(Predicate<T>),
    /// Its predicate is being asked.
    Asked,
    /// It was triggered by this value.
    Triggered(Rc<T>),
}

/// User code that says what number a value stands for.
pub(crate) type Measure<T> = Box<dyn Fn(&T) -> f64>;

pub(crate) type Predicate<T> = Box<dyn FnMut(&T) -> bool>;

/// The next step in showing the values.
pub(crate) enum Next<T> {
    /// The request must be asked about this value.
    Ask(Key, Rc<T>),
    /// This value has been shown to all requests. The caller drops it outside any borrow.
    Shown(Rc<T>),
}

impl<T: 'static> Core<T> {
    pub(crate) fn new(kernel: &Rc<Kernel>, value: T) -> Rc<Self> {
        let core = Rc::new_cyclic(|this| Core {
            kernel: Rc::clone(kernel),
            inner: RefCell::new(Inner {
                value: Rc::new(value),
                to_show: VecDeque::new(),
                list: WaitList::new(),
                line: Line::EMPTY,
                arrivals: 0,
                next: None,
            }),
            watchers: Watchers::default(),
            measure: OnceCell::new(),
            asking: Cell::new(false),
            this: Weak::clone(this),
        });
        kernel.add_thing(&core);
        core
    }

    pub(crate) fn value(&self) -> Rc<T> {
        Rc::clone(&self.inner.borrow().value)
    }

    /// Returns how many requests stand in line.
    pub(crate) fn waiting(&self) -> usize {
        self.inner.borrow().line.len()
    }

    /// Gives the state a name. It is measured from now on.
    #[track_caller]
    pub(crate) fn set_name(&self, name: &str) {
        let now = self.kernel.now.get();
        let mut books = Books::new(now);
        books.level = self.measured(&self.value()).map(|level| Level::new(now, level));
        let probe = self.watchers.set_name(&self.kernel, name, "State", books);
        let inner = self.inner.borrow();
        probe.adopt(&self.kernel, Side::Take, inner.list.iter(inner.line).map(|(key, _)| key));
    }

    /// Measures the value by this, from now on.
    ///
    /// # Panics
    ///
    /// If it is measured already.
    #[track_caller]
    pub(crate) fn measure_by(&self, measure: Measure<T>) {
        assert!(self.measure.set(measure).is_ok(), "what a state measures is said only once");
        if let Some(probe) = self.watchers.probe()
            && let Some(level) = self.measured(&self.value())
        {
            probe.begin_level(&self.kernel, level);
        }
    }

    /// Returns the number that a value stands for, if the value is measured. This calls user code.
    ///
    /// # Panics
    ///
    /// If the number is infinite or NaN.
    #[track_caller]
    pub(crate) fn measured(&self, value: &T) -> Option<f64> {
        let level = self.measure.get()?(value);
        let name = self.watchers.name().unwrap_or("a state");
        assert!(level.is_finite(), "`{name}` is measured by a finite number, not {level}");
        Some(level)
    }

    /// Compares the books of a named state with the state, unless a request is being made.
    #[inline]
    pub(crate) fn check(&self) {
        #[cfg(debug_assertions)]
        if let Some(probe) = self.watchers.probe()
            && !self.asking.get()
        {
            probe.check(self.waiting(), 0, None);
        }
    }

    /// Returns `true` if the request has been triggered and its value has not been taken.
    pub(crate) fn is_triggered(&self, request: Key) -> bool {
        self.inner.borrow().is_triggered(request)
    }

    /// Takes the value that has triggered the request, if the request has been triggered.
    pub(crate) fn take_triggered(&self, request: Key) -> Option<Rc<T>> {
        let inner = &mut *self.inner.borrow_mut();
        if !inner.is_triggered(request) {
            return None;
        }
        match inner.list.remove(request)?.0.state {
            EntryState::Triggered(value) => Some(value),
            EntryState::Waiting(_) | EntryState::Asked => None,
        }
    }

    /// Removes a request from the line and the list. Drops what it held outside any borrow.
    pub(crate) fn remove(&self, request: Key) {
        let removed = {
            let inner = &mut *self.inner.borrow_mut();
            inner.leave(request);
            inner.list.remove(request)
        };
        if let Some((entry, awaiter)) = removed {
            self.kernel.forget(awaiter);
            drop(entry);
        }
    }
}

impl<T> Inner<T> {
    fn is_triggered(&self, request: Key) -> bool {
        let entry = self.list.get(request);
        entry.is_some_and(|entry| matches!(entry.state, EntryState::Triggered(_)))
    }

    /// Returns the next request to ask, with the value to ask it about. If the first value has been
    /// shown to all requests, returns that value.
    pub(crate) fn next_to_ask(&mut self) -> Option<Next<T>> {
        let first = self.to_show.front_mut()?;
        if !mem::replace(&mut first.begun, true) {
            self.next = self.list.first(self.line);
        }
        if let Some(request) = self.next
            && self.list.get(request).is_some_and(|entry| entry.number < first.before)
        {
            // The next request is noted first, as this one may leave or panic when it is asked.
            self.next = self.list.next(request);
            return Some(Next::Ask(request, Rc::clone(&first.value)));
        }
        self.next = None;
        self.to_show.pop_front().map(|shown| Next::Shown(shown.value))
    }

    /// Takes a request out of the line.
    pub(crate) fn leave(&mut self, request: Key) {
        if self.next == Some(request) {
            self.next = self.list.next(request);
        }
        self.list.leave(&mut self.line, request);
    }
}

/// Copies the value. Drops the value itself before the return, because the drop may panic, and a
/// panic after the return would lose the copy.
#[allow(clippy::needless_pass_by_value, reason = "it is dropped here")]
pub(crate) fn copy<T: Clone>(value: Rc<T>) -> T {
    let copy = T::clone(&value);
    drop(value);
    copy
}

impl<T> fmt::Debug for Core<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("asking", &self.asking.get()).finish_non_exhaustive()
    }
}
