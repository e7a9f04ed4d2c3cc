//! Measuring: the measures of the model by their names, and when all measures start again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::engine::kernel::Kernel;
use crate::engine::measures::{Measure, OwnLevel};
use crate::measure::process_counting::ProcessCounting;
use crate::measure::{counter::Counter, level::Level, tally::Tally};
use crate::trace::filter::Filter;
use crate::trace::record::{Record, What};

impl Kernel {
    /// Returns the tally with this name.
    ///
    /// # Panics
    ///
    /// If a measure of another kind has the name.
    #[track_caller]
    pub(crate) fn tally(&self, name: &str) -> Rc<RefCell<Tally>> {
        let measures = &mut *self.measures.borrow_mut();
        match measures.get(name, || Measure::Tally(Rc::default())) {
            Measure::Tally(tally) => Rc::clone(tally),
            other => refuse(name, "tally", other),
        }
    }

    /// Returns the level with this name. A new one has the value zero.
    ///
    /// # Panics
    ///
    /// If a measure of another kind has the name.
    #[track_caller]
    pub(crate) fn level(&self, name: &str) -> Rc<OwnLevel> {
        let mut is_new = false;
        let own = {
            let measures = &mut *self.measures.borrow_mut();
            let make = || {
                is_new = true;
                let number = self.probes.borrow_mut().number(name, "level");
                let level = RefCell::new(Level::new(self.now.get(), 0.0));
                Measure::Level(Rc::new(OwnLevel { number, level }))
            };
            match measures.get(name, make) {
                Measure::Level(own) => Rc::clone(own),
                other => refuse(name, "level", other),
            }
        };
        if is_new && self.tracing.get() {
            self.log_level(own.number, 0.0);
        }
        own
    }

    /// Adds to the log that the active process has set a level of the model to another value.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_level(&self, number: u32, value: f64) {
        let process = self.number_of(self.active.get());
        let what = What::Level(value);
        self.record(Record { time: self.now.get(), process, thing: number, what });
    }

    /// Returns the counter with this name.
    ///
    /// # Panics
    ///
    /// If a measure of another kind has the name.
    #[track_caller]
    pub(crate) fn counter(&self, name: &str) -> Rc<Cell<Counter>> {
        let measures = &mut *self.measures.borrow_mut();
        match measures.get(name, || Measure::Counter(Rc::default())) {
            Measure::Counter(counter) => Rc::clone(counter),
            other => refuse(name, "counter", other),
        }
    }

    /// Counts processes from now on. Does nothing if they are counted already.
    pub(crate) fn measure_processes(&self) {
        if self.measured.processes.get().is_some() {
            return;
        }
        let types = Rc::clone(self.measured.processes.get_or_init(Rc::default));
        self.start_log(Box::new(ProcessCounting { types }), Filter::default());
    }

    /// Starts all measures again. Levels keep their values, and who waits keeps its arrival.
    pub(crate) fn reset_measures(&self) {
        let now = self.now.get();
        self.measured.since.set(now);
        if self.measured.warm_up.get() <= now {
            self.measured.warm_up.set(f64::INFINITY);
        }
        for probe in self.probes.borrow().all() {
            probe.reset(now);
        }
        for (_, measure) in self.measures.borrow().all() {
            measure.reset(now);
        }
        if let Some(types) = self.measured.processes.get() {
            self.bring_log_up_to_date();
            types.borrow_mut().reset(now);
        }
    }
}

#[cold]
#[track_caller]
fn refuse(name: &str, asked: &str, is: &Measure) -> ! {
    panic!("`{name}` is a {} already, and cannot be a {asked} too", is.kind())
}

/// The end of the warm-up, or of a window of an experiment. It is no timer: it keeps no run going, and it is no
/// resumption.
impl Kernel {
    /// Returns until when a loop may run that shall run to `until`: not to the time at which all measures start
    /// again. If the clock stands there already, they start again now.
    pub(crate) fn before_warm_up(&self, until: f64) -> f64 {
        if self.measured.next_start() <= self.now.get() {
            self.start_measures_again();
        }
        until.min(self.measured.next_start().next_down())
    }

    /// Ends the warm-up if a run to `until` has come so far: nothing is due before it any more, and the clock
    /// goes on to its end or beyond. All measures start again then, before anything else happens at that time.
    /// Returns `false` if that is not so. Does the same for a window of an experiment.
    pub(crate) fn end_warm_up(&self, until: f64) -> bool {
        let end = self.measured.next_start();
        if end > until || end == f64::INFINITY {
            return false;
        }
        let goes_on = until < f64::INFINITY || {
            let tables = &mut *self.tables.borrow_mut();
            tables.timers.next_time(&tables.processes).is_some()
        };
        if goes_on {
            self.now.set(end);
            self.start_measures_again();
        }
        goes_on
    }

    /// Starts all measures again, as their time has come. An experiment takes those of its window before.
    fn start_measures_again(&self) {
        #[cfg(feature = "experiment")]
        if self.measured.observed.window() <= self.now.get() {
            self.measured.observed.end_window();
        }
        self.reset_measures();
    }
}
