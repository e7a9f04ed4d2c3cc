//! Taking the results of a run: all that is measured, at its end, or at the end of each window.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::answers::figures;
use crate::answers::report::Report;
use crate::engine::kernel::Kernel;
use crate::engine::observer::Observer;
use crate::environment::Environment;
use crate::experiment::replication::names::Naming;
use crate::simulation::Simulation;

/// How near the end of the last window a run may end, in lengths of the window: who computes that end in another
/// way is a few roundings off.
const NEAR: f64 = 1e-9;

/// Parts of a run of equal length, one after the other. Each gives a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Windows {
    pub(crate) count: u64,
    pub(crate) length: f64,
    /// Whether the run may end before the last window does: then there are fewer.
    pub(crate) may_end_early: bool,
}

/// Takes the results of one simulation.
#[derive(Debug)]
pub(crate) struct Taking {
    kernel: Weak<Kernel>,
    /// When the first window begins.
    from: f64,
    windows: Option<Windows>,
    /// Whether the report shall know all of the run.
    is_watched: bool,
    rows: RefCell<Vec<Naming>>,
    /// The report of which the last row was made.
    report: RefCell<Option<Report>>,
    /// When the run ended, and when the warm-up should have ended, if it did not.
    ended: Cell<Option<(f64, Option<f64>)>>,
    /// The last process that panicked, and when.
    pub(crate) panicked: RefCell<Option<(String, f64)>>,
}

impl Taking {
    /// Begins to take the results of a simulation. The windows follow each other from this time on.
    pub(crate) fn begin(
        sim: &Simulation,
        from: f64,
        windows: Option<Windows>,
        is_watched: bool,
    ) -> Rc<Self> {
        let env = sim.env();
        let taking = Rc::new(Taking {
            kernel: Rc::downgrade(env.kernel()),
            from,
            windows,
            is_watched,
            rows: RefCell::default(),
            report: RefCell::default(),
            ended: Cell::new(None),
            panicked: RefCell::default(),
        });
        let first_end = windows.map_or(f64::INFINITY, |windows| from + windows.length);
        env.kernel().measured.observed.begin(Rc::clone(&taking) as Rc<dyn Observer>, first_end);
        taking
    }

    /// Returns what was taken: a row for the run or for each window. Takes it now if the simulation is still there.
    ///
    /// # Errors
    ///
    /// In words, if the run ended too early.
    pub(crate) fn rows(&self) -> Result<Vec<Naming>, String> {
        self.end_run();
        let (now, warm_up) = self.ended.get().unwrap_or((self.from, None));
        let rows = self.rows.take();
        let time = figures::time;
        if let Some(warm_up) = warm_up {
            return Err(format!(
                "the run ended at {}, before the end of the warm-up at {}",
                time(now),
                time(warm_up)
            ));
        }
        match self.windows {
            Some(windows) if !windows.may_end_early && (rows.len() as u64) < windows.count => {
                let number = rows.len() as u64 + 1;
                Err(format!(
                    "the run ended at {}, before the end of batch {number} of {} at {}",
                    time(now),
                    windows.count,
                    time(self.end_of(number, windows))
                ))
            }
            _ => Ok(rows),
        }
    }

    /// Returns how long the run was after the warm-up; zero if it has not ended.
    pub(crate) fn length(&self) -> f64 {
        self.ended.get().map_or(0.0, |(now, _)| now - self.from)
    }

    /// Returns the report of the simulation: as it is now, or, if the simulation is gone, as it was at its end.
    pub(crate) fn report(&self) -> Option<Report> {
        if self.ended.get().is_none()
            && let Some(kernel) = self.kernel.upgrade()
        {
            return Some(Environment::new(kernel).report());
        }
        self.report.borrow().clone()
    }

    /// Takes a row.
    fn take(&self) {
        if let Some(kernel) = self.kernel.upgrade() {
            // Nothing is borrowed: the report may bring the log up to date.
            let report = Environment::new(kernel).measured();
            let mut row = Naming::begin();
            report.each_value(&mut |name, value| row.add(name, value));
            self.rows.borrow_mut().push(row);
            self.report.replace(Some(report));
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "nobody has 2^53 windows")]
    fn end_of(&self, number: u64, windows: Windows) -> f64 {
        self.from + number as f64 * windows.length
    }
}

impl Observer for Taking {
    fn note_panic(&self, process: &str, time: f64) {
        self.panicked.replace(Some((process.to_owned(), time)));
    }

    fn end_window(&self) -> f64 {
        self.take();
        let number = self.rows.borrow().len() as u64 + 1;
        match self.windows {
            Some(windows) if number <= windows.count => self.end_of(number, windows),
            _ => f64::INFINITY,
        }
    }

    fn end_run(&self) {
        if self.ended.get().is_some() {
            return;
        }
        let Some(kernel) = self.kernel.upgrade() else { return };
        let now = kernel.now.get();
        if kernel.measured.warm_up.get() <= now {
            // The run stopped just before anything happened at that time.
            kernel.reset_measures();
        }
        let warm_up = kernel.measured.warm_up.get();
        self.ended.set(Some((now, (warm_up < f64::INFINITY).then_some(warm_up))));
        match self.windows {
            None => self.take(),
            Some(windows) => {
                let number = self.rows.borrow().len() as u64 + 1;
                let end = self.end_of(number, windows);
                if number == windows.count && end - now <= NEAR * windows.length {
                    self.take();
                }
            }
        }
        if self.is_watched {
            self.report.replace(Some(Environment::new(kernel).report()));
        }
    }

    #[cfg(feature = "report")]
    fn end_panicked(&self) {
        if self.is_watched
            && self.ended.get().is_none()
            && let Some(kernel) = self.kernel.upgrade()
        {
            self.ended.set(Some((kernel.now.get(), None)));
            self.report.replace(Some(Environment::new(kernel).report()));
        }
    }
}
