//! Watchers: the conditions that watch a thing, and the probe that measures it.

use std::cell::{Cell, OnceCell, RefCell};
use std::{collections::BTreeMap, fmt, rc::Rc};

use crate::engine::watching::Watching;
use crate::engine::{blocked::Looks, kernel::Kernel, probe::Probe, thing_view::View};
use crate::measure::books::Books;

/// The conditions that watch one thing, by their numbers, and its probe, if it has a name. Every thing whose
/// looks can change has one.
///
/// Each change of what the thing shows calls `changed`. Usually nothing watches, and the
/// call is one test. So is the one for both at the beginning of the short ways (`watch`).
#[derive(Default)]
pub struct Watchers {
    /// [`CONDITIONS`] if `conditions` holds anything, and [`PROBE`] if `probe` does.
    any: Cell<u8>,
    conditions: RefCell<BTreeMap<u64, Rc<dyn Watching>>>,
    probe: OnceCell<Rc<Probe>>,
}

const CONDITIONS: u8 = 1;
const PROBE: u8 = 2;

impl Watchers {
    /// Adds a condition. It is evaluated in the order of the numbers.
    pub(crate) fn add(&self, number: u64, condition: Rc<dyn Watching>) {
        self.any.set(self.any.get() | CONDITIONS);
        self.conditions.borrow_mut().insert(number, condition);
    }

    /// Removes the condition with this number.
    pub(crate) fn remove(&self, number: u64) {
        let (removed, is_empty) = {
            let conditions = &mut *self.conditions.borrow_mut();
            (conditions.remove(&number), conditions.is_empty())
        };
        if is_empty {
            self.any.set(self.any.get() & !CONDITIONS);
        }
        drop(removed);
    }

    /// Returns `true` if a condition watches, or the thing is measured.
    #[inline]
    pub(crate) fn watch(&self) -> bool {
        self.any.get() != 0
    }

    /// Returns `true` if a condition watches.
    #[inline]
    pub(crate) fn has_conditions(&self) -> bool {
        self.any.get() & CONDITIONS != 0
    }

    /// Returns the probe of the thing, if it has a name and no condition watches it.
    #[inline]
    pub(crate) fn only_probe(&self) -> Option<&Probe> {
        if self.has_conditions() { None } else { self.probe() }
    }

    /// Returns the probe of the thing, if it has a name.
    #[inline]
    pub(crate) fn probe(&self) -> Option<&Probe> {
        Some(self.probe.get()?)
    }

    /// Returns the name of the thing, if it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        Some(self.probe()?.name())
    }

    /// Gives the thing a name, and its first books. Returns its probe.
    ///
    /// # Panics
    ///
    /// If it has a name already.
    #[track_caller]
    pub(crate) fn set_name(
        &self,
        kernel: &Kernel,
        name: &str,
        kind: &'static str,
        books: Books,
    ) -> &Probe {
        if let Some(probe) = self.probe.get() {
            panic!("`{}` has a name already, and cannot be named `{name}` too", probe.name());
        }
        let probe = kernel.probes.borrow_mut().add(name, kind, books, kernel.now.get());
        if kernel.tracing.get() {
            probe.introduce(kernel);
        }
        self.any.set(self.any.get() | PROBE);
        self.probe.get_or_init(|| probe)
    }

    /// Begins to show the thing: its kind, its name, what it looks like, and the conditions that wait.
    pub(crate) fn show(&self, kind: &'static str, looks: Looks, view: &mut View) {
        view.begin(kind, self.probe().map(Probe::name), looks);
        if self.has_conditions() {
            for (&number, condition) in &*self.conditions.borrow() {
                if let Some(awaiter) = condition.awaiter() {
                    view.condition(number, awaiter);
                }
            }
        }
    }

    /// Notes that the thing has changed. Its conditions are evaluated when the current call settles, so
    /// the caller settles afterwards. May be called while the thing is borrowed.
    #[inline]
    pub(crate) fn changed(&self, kernel: &Kernel) {
        if self.has_conditions() {
            self.note(kernel);
        }
    }

    /// Does the same, and settles. Nothing may be borrowed, and what the call has taken must have an
    /// owner, as a condition may panic.
    #[inline]
    pub(crate) fn changed_now(&self, kernel: &Kernel) {
        if self.has_conditions() {
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
        if let Some(name) = self.name() {
            write!(f, "`{name}`, ")?;
        }
        write!(f, "{} watch", self.conditions.borrow().len())
    }
}
