//! Watchers: the conditions that watch a thing.

use std::cell::{Cell, RefCell};
use std::{collections::BTreeMap, fmt, rc::Rc};

use crate::engine::kernel::Kernel;
use crate::engine::watching::Watching;

/// The conditions that watch one thing, by their numbers. Every thing whose looks can change has one.
///
/// Each change of what the thing shows calls `changed`. Usually nothing watches, and the
/// call is one test.
#[derive(Default)]
pub struct Watchers {
    /// Whether `conditions` holds anything.
    any: Cell<bool>,
    conditions: RefCell<BTreeMap<u64, Rc<dyn Watching>>>,
}

impl Watchers {
    /// Adds a condition. It is evaluated in the order of the numbers.
    pub(crate) fn add(&self, number: u64, condition: Rc<dyn Watching>) {
        self.any.set(true);
        self.conditions.borrow_mut().insert(number, condition);
    }

    /// Removes the condition with this number.
    pub(crate) fn remove(&self, number: u64) {
        let (removed, any) = {
            let conditions = &mut *self.conditions.borrow_mut();
            (conditions.remove(&number), !conditions.is_empty())
        };
        self.any.set(any);
        drop(removed);
    }

    /// Returns `true` if a condition watches.
    #[inline]
    pub(crate) fn watch(&self) -> bool {
        self.any.get()
    }

    /// Notes that the thing has changed. Its conditions are evaluated when the current call settles, so
    /// the caller settles afterwards. May be called while the thing is borrowed.
    #[inline]
    pub(crate) fn changed(&self, kernel: &Kernel) {
        if self.any.get() {
            self.note(kernel);
        }
    }

    /// Does the same, and settles. Nothing may be borrowed, and what the call has taken must have an
    /// owner, as a condition may panic.
    #[inline]
    pub(crate) fn changed_now(&self, kernel: &Kernel) {
        if self.any.get() {
            self.note(kernel);
            kernel.settle();
        }
    }

    #[cold]
    fn note(&self, kernel: &Kernel) {
        if kernel.closed.get() {
            return;
        }
        let conditions = &*self.conditions.borrow();
        let pending = &mut kernel.tables.borrow_mut().deferred.conditions;
        pending
            .extend(conditions.iter().map(|(&number, condition)| (number, Rc::clone(condition))));
        kernel.under_way.defer();
    }
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} watch", self.conditions.borrow().len())
    }
}
