//! A replication: what the model gets of the experiment, and what it gives back.

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::answers::report::Report;
use crate::environment::Environment;
use crate::experiment::replication::taking::{Taking, Windows};
#[cfg(feature = "report")]
use crate::experiment::replication::watch::Watch;
use crate::experiment::work::job::Job;
use crate::simulation::Simulation;

/// One replication of an experiment, as the model gets it: it makes the simulation with the right random numbers
/// and the warm-up, and takes the results.
///
/// The numbers of all that has a name become results by themselves: `clerks.waited.mean`. They are taken just
/// before the [`Simulation`] is dropped. [`result`](Self::result) adds what only the model knows.
///
/// ```
/// use asim::prelude::*;
/// use asim::Replication;
///
/// fn bank(rep: &Replication, clerks: usize) -> Result<(), SimError> {
///     let sim = rep.simulation();
///     let clerks = Resource::new(&sim, clerks).named("clerks");
///     let (env, service) = (sim.env(), sim.stream("service"));
///     sim.spawn(async move {
///         let _clerk = clerks.acquire().await;
///         env.timeout(service.exponential(8.0)).await;
///     });
///     sim.run()?;
///     rep.result("closing time", sim.now());
///     Ok(())
/// }
///
/// // An experiment calls the model so:
/// bank(&Replication::new(42, 1), 3)?;
/// # Ok::<(), SimError>(())
/// ```
pub struct Replication {
    pub(crate) order: Order,
    /// Where the model asked for its simulation, once it has.
    begun: Cell<Option<&'static Location<'static>>>,
    /// What takes the results of the simulation; and the simulation itself, should it outlive the model.
    pub(crate) taking: RefCell<Option<(Rc<Taking>, Environment)>>,
    /// The model's own results.
    pub(crate) own: RefCell<Vec<OwnResult>>,
    /// Why the log that was asked for could not begin.
    pub(crate) no_trace: RefCell<Option<String>>,
}

/// A result that the model has given itself.
#[derive(Debug)]
pub(crate) struct OwnResult {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) location: &'static Location<'static>,
}

/// What is to be made: one replication, and how.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The seed of the experiment.
    pub(crate) seed: u64,
    pub(crate) job: Job,
    /// Whether it is the mirror image of the replication before it.
    pub(crate) mirrored: bool,
    /// How long the run warms up. Zero if there is no warm-up.
    pub(crate) warm_up: f64,
    /// The windows into which the run is cut after the warm-up; `None` if all of it is one row.
    pub(crate) windows: Option<Windows>,
    /// Set to stop the run from outside.
    pub(crate) stop: Option<Arc<AtomicBool>>,
    /// The file to which the log of the run goes.
    pub(crate) trace: Option<PathBuf>,
    /// What keeps all that happens in it, and its report.
    #[cfg(feature = "report")]
    pub(crate) watch: Option<Arc<Watch>>,
}

impl Replication {
    /// Returns the replication with this number (the first is 1) of an experiment with this seed, with no warm-up.
    /// So a test or a debugger can call the model without the experiment. The model draws the same random numbers
    /// as in the experiment, unless that is antithetic.
    ///
    /// # Panics
    ///
    /// If the number is 0.
    ///
    /// ```
    /// use asim::Replication;
    ///
    /// let draw = |rep: &Replication| rep.simulation().stream("service").exponential(8.0);
    /// assert_eq!(draw(&Replication::new(42, 17)), draw(&Replication::new(42, 17)));
    /// assert_ne!(draw(&Replication::new(42, 17)), draw(&Replication::new(42, 18)));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(seed: u64, number: u64) -> Self {
        assert!(number > 0, "the first replication is number 1, not 0");
        Self::ordered(Order {
            seed,
            job: Job { replication: number, scenario: 0 },
            mirrored: false,
            warm_up: 0.0,
            windows: None,
            stop: None,
            trace: None,
            #[cfg(feature = "report")]
            watch: None,
        })
    }

    /// Gives the replication a warm-up, in the model's unit of time, as the experiment does.
    ///
    /// # Panics
    ///
    /// If the time is negative, infinite or not a number.
    ///
    /// ```
    /// use asim::Replication;
    ///
    /// let rep = Replication::new(42, 1).with_warm_up(60.0);
    /// let sim = rep.simulation();
    /// let open = sim.counter("open");
    /// open.add(1);
    /// sim.run_until(100.0)?;
    /// assert_eq!((rep.warm_up(), open.count()), (60.0, 0));
    /// # Ok::<(), asim::SimError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_warm_up(mut self, time: f64) -> Self {
        assert!(
            time >= 0.0 && time.is_finite(),
            "a warm-up cannot take {time}: it is a time of 0 or more"
        );
        self.order.warm_up = time;
        self
    }

    pub(crate) fn ordered(order: Order) -> Self {
        Replication {
            order,
            begun: Cell::new(None),
            taking: RefCell::new(None),
            own: RefCell::default(),
            no_trace: RefCell::default(),
        }
    }

    /// Returns the simulation of this replication. Its clock stands at zero, its streams have the random numbers of
    /// this replication, and its measures start again when the warm-up of the experiment is over.
    ///
    /// # Panics
    ///
    /// If the model has asked for it already: a replication has one simulation.
    ///
    /// ```
    /// use asim::Replication;
    ///
    /// let rep = Replication::new(42, 1);
    /// let sim = rep.simulation();
    /// assert_eq!((sim.now(), sim.seed()), (0.0, 42));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn simulation(&self) -> Simulation {
        self.simulation_starting_at(0.0)
    }

    /// Returns the simulation of this replication, as [`simulation`](Self::simulation) does, with its clock at
    /// `time`. The warm-up begins then.
    ///
    /// # Panics
    ///
    /// If the model has asked for its simulation already; or if the time is infinite or not a number.
    ///
    /// ```
    /// use asim::Replication;
    ///
    /// let sim = Replication::new(42, 1).simulation_starting_at(8.5);
    /// assert_eq!(sim.now(), 8.5);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn simulation_starting_at(&self, time: f64) -> Simulation {
        if let Some(first) = self.begun.get() {
            panic!(
                "a replication has one simulation, and the model has asked for it already ({first})"
            );
        }
        let sim = Simulation::starting_at(time);
        self.begun.set(Some(Location::caller()));
        let order = &self.order;
        // A mirror image has the numbers of the one before it.
        let number = order.job.replication - u64::from(order.mirrored);
        sim.kernel().streams.seed_with(order.seed, number);
        if order.mirrored {
            sim.kernel().streams.mirror();
        }
        if order.warm_up > 0.0 {
            sim.warm_up(time + order.warm_up);
        }
        #[cfg(feature = "report")]
        let is_watched = order.watch.as_ref().inspect(|watch| watch.begin(&sim)).is_some();
        #[cfg(not(feature = "report"))]
        let is_watched = false;
        let taking = Taking::begin(&sim, time + order.warm_up, order.windows, is_watched);
        self.taking.replace(Some((taking, sim.env())));
        if let Some(stop) = &order.stop {
            sim.kernel().limit.stop_when(Arc::clone(stop), sim.kernel().resumption.get());
        }
        if let Some(path) = &order.trace
            && let Err(error) = sim.trace_to(path)
        {
            self.no_trace.replace(Some(error.to_string()));
        }
        sim
    }

    /// Adds a result of the model's own, such as a cost. It comes after the results that are measured by
    /// themselves. NaN means that it is not known: it does not count.
    ///
    /// If the run is cut into batches, each batch is a result for itself, and the model's own results are left out.
    ///
    /// # Panics
    ///
    /// If the model has given a result with this name already. If a measure has the name, the replication fails at
    /// its end.
    ///
    /// ```
    /// use asim::Replication;
    ///
    /// let rep = Replication::new(42, 1);
    /// rep.result("profit", 12.0);
    /// ```
    #[track_caller]
    pub fn result(&self, name: impl Into<String>, value: f64) {
        let (name, location) = (name.into(), Location::caller());
        let first = self
            .own
            .borrow()
            .iter()
            .find(|own| own.name == name)
            .map(|own| (own.value, own.location));
        if let Some((other, first)) = first {
            panic!(
                "the result `{name}` is given twice: {other} ({first}), and now {value}; give each a name of its own"
            );
        }
        self.own.borrow_mut().push(OwnResult { name, value, location });
    }

    /// Returns the report of the simulation: as it is now, or, if the simulation is gone, as it was at its end. `None` if
    /// the model has not asked for its simulation. So a test that calls the model can look at the run.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// fn model(rep: &Replication) -> Result<(), SimError> {
    ///     let sim = rep.simulation();
    ///     let clerks = Resource::new(&sim, 2).named("clerks");
    ///     let _slot = clerks.try_acquire();
    ///     sim.run_until(10.0)
    /// }
    ///
    /// let rep = Replication::new(42, 1);
    /// model(&rep)?;
    /// assert_eq!(rep.report().unwrap().value("clerks.utilisation"), Some(0.5));
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> Option<Report> {
        let taking = self.taking.borrow().as_ref().map(|(taking, _)| Rc::clone(taking));
        // Nothing is borrowed: the report may bring a log of the user's up to date.
        taking.and_then(|taking| taking.report())
    }

    /// Returns all results with their names: first what is measured, as in the [report](Self::report), and then the
    /// model's own, in the order in which it gave them.
    ///
    /// ```
    /// use asim::Replication;
    ///
    /// let rep = Replication::new(42, 1);
    /// rep.result("profit", 12.0);
    /// assert_eq!(rep.results(), [("profit".to_owned(), 12.0)]);
    /// ```
    #[must_use]
    pub fn results(&self) -> Vec<(String, f64)> {
        let mut results: Vec<(String, f64)> =
            self.report().iter().flat_map(Report::values).collect();
        let own = self.own.borrow();
        results.extend(own.iter().map(|own| (own.name.clone(), own.value)));
        results
    }

    /// Returns the number of the replication. The first is 1.
    ///
    /// ```
    /// assert_eq!(asim::Replication::new(42, 17).number(), 17);
    /// ```
    #[must_use]
    pub fn number(&self) -> u64 {
        self.order.job.replication
    }

    /// Returns the seed of the experiment. All replications have the same; together with their numbers it gives
    /// them different random numbers.
    ///
    /// ```
    /// assert_eq!(asim::Replication::new(42, 17).seed(), 42);
    /// ```
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.order.seed
    }

    /// Returns how long the warm-up of the experiment takes, in the model's unit of time; zero if there is none.
    ///
    /// ```
    /// assert_eq!(asim::Replication::new(42, 17).warm_up(), 0.0);
    /// ```
    #[must_use]
    pub fn warm_up(&self) -> f64 {
        self.order.warm_up
    }
}

impl std::fmt::Debug for Replication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replication")
            .field("number", &self.number())
            .field("seed", &self.seed())
            .finish_non_exhaustive()
    }
}
