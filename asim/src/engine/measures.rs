//! The measures that the model itself makes, by their names; and since when all is measured.

use std::cell::{Cell, OnceCell, RefCell};
use std::{collections::HashMap, rc::Rc};

#[cfg(feature = "experiment")]
use crate::engine::observer::Observed;
use crate::measure::{counter::Counter, level::Level, processes::ProcessTypes, tally::Tally};

/// The measures of a model, in the order in which they were first asked for.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    all: Vec<(String, Measure)>,
    places: HashMap<String, usize>,
}

/// A measure that handles share.
#[derive(Debug, Clone)]
pub(crate) enum Measure {
    Tally(Rc<RefCell<Tally>>),
    Level(Rc<OwnLevel>),
    Counter(Rc<Cell<Counter>>),
}

/// A level of the model's own. It has a number, as it stands in the log like a thing.
#[derive(Debug)]
pub(crate) struct OwnLevel {
    pub(crate) number: u32,
    pub(crate) level: RefCell<Level>,
}

/// From when to when measures count.
#[derive(Debug)]
pub(crate) struct MeasuredTime {
    /// The start of the simulation, or the last time at which all measures have started again.
    pub(crate) since: Cell<f64>,
    /// When they will start again: the end of the warm-up; infinite if there is none to come.
    pub(crate) warm_up: Cell<f64>,
    /// What is counted of processes, if that was asked for.
    pub(crate) processes: OnceCell<Rc<RefCell<ProcessTypes>>>,
    /// Who takes the results for an experiment.
    #[cfg(feature = "experiment")]
    pub(crate) observed: Observed,
}

impl Measure {
    /// Returns what kind of measure it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Measure::Tally(_) => "tally",
            Measure::Level(_) => "level",
            Measure::Counter(_) => "counter",
        }
    }

    /// Starts it again at this time.
    pub(crate) fn reset(&self, now: f64) {
        match self {
            Measure::Tally(tally) => drop(tally.take()),
            Measure::Level(own) => own.level.borrow_mut().reset(now),
            Measure::Counter(counter) => counter.set(Counter::new()),
        }
    }
}

impl Measures {
    /// Returns the measure with this name. Makes it if there is none.
    pub(crate) fn get(&mut self, name: &str, make: impl FnOnce() -> Measure) -> &Measure {
        let place = if let Some(&place) = self.places.get(name) {
            place
        } else {
            self.all.push((name.to_owned(), make()));
            self.places.insert(name.to_owned(), self.all.len() - 1);
            self.all.len() - 1
        };
        &self.all[place].1
    }

    /// Returns all measures with their names.
    pub(crate) fn all(&self) -> &[(String, Measure)] {
        &self.all
    }
}

impl MeasuredTime {
    pub(crate) fn new(now: f64) -> Self {
        MeasuredTime {
            since: Cell::new(now),
            warm_up: Cell::new(f64::INFINITY),
            processes: OnceCell::new(),
            #[cfg(feature = "experiment")]
            observed: Observed::nobody(),
        }
    }

    /// Returns when all measures will next start again by themselves: at the end of the warm-up, or of a window of
    /// an experiment; infinite if there is neither.
    #[cfg(feature = "experiment")]
    pub(crate) fn next_start(&self) -> f64 {
        self.warm_up.get().min(self.observed.window())
    }

    /// Returns when all measures will next start again by themselves: at the end of the warm-up; infinite if there is
    /// none.
    #[cfg(not(feature = "experiment"))]
    pub(crate) fn next_start(&self) -> f64 {
        self.warm_up.get()
    }
}
