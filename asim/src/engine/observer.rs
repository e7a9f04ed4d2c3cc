//! Who takes the results of a run while it is there: an experiment.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// Takes the results of a run. It is no code of the user.
pub(crate) trait Observer {
    /// Takes the measures at the end of a window, just before they start again. Returns the time at which the next
    /// window ends; infinite if there is none.
    fn end_window(&self) -> f64;

    /// Notes that a process of this name has panicked at this time.
    fn note_panic(&self, process: &str, time: f64);

    /// Takes the measures when the simulation is about to be dropped, while all of it is still there.
    fn end_run(&self);

    /// The simulation is about to be dropped while a panic unwinds. Takes what is shown of such a run.
    #[cfg(feature = "report")]
    fn end_panicked(&self);
}

/// The observer of a run, if there is one.
pub(crate) struct Observed {
    observer: OnceCell<Rc<dyn Observer>>,
    /// When the present window ends; infinite if there is none.
    window: Cell<f64>,
}

impl Observed {
    pub(crate) fn nobody() -> Self {
        Observed { observer: OnceCell::new(), window: Cell::new(f64::INFINITY) }
    }

    /// Begins to observe a run. The first window ends at this time; at an infinite one if there are no windows.
    pub(crate) fn begin(&self, observer: Rc<dyn Observer>, first_end: f64) {
        self.window.set(first_end);
        // A run has one observer, which is there from its start.
        let _ = self.observer.set(observer);
    }

    /// Returns when the present window ends; infinite if there is none.
    pub(crate) fn window(&self) -> f64 {
        self.window.get()
    }

    /// Lets the observer take the results of the window that ends now.
    pub(crate) fn end_window(&self) {
        if let Some(observer) = self.observer.get() {
            self.window.set(observer.end_window());
        }
    }

    /// Tells the observer that a process has panicked. Returns `false` if there is no observer.
    pub(crate) fn note_panic(&self, process: &str, time: f64) -> bool {
        let observer = self.observer.get();
        observer.is_some_and(|observer| {
            observer.note_panic(process, time);
            true
        })
    }

    /// Lets the observer take the results of the run.
    pub(crate) fn end_run(&self) {
        if let Some(observer) = self.observer.get() {
            observer.end_run();
        }
    }

    /// Lets the observer take what is shown of a run that ends with a panic.
    #[cfg(feature = "report")]
    pub(crate) fn end_panicked(&self) {
        if let Some(observer) = self.observer.get() {
            observer.end_panicked();
        }
    }
}

impl std::fmt::Debug for Observed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observed").field("window", &self.window.get()).finish_non_exhaustive()
    }
}
