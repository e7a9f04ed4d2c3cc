//! The measures that the model itself makes: tallies, levels and counters, by their names.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::engine::kernel::Kernel;
use crate::engine::measures::OwnLevel;
use crate::environment::Environment;
use crate::measure::{counter::Counter, level::Level, tally::Tally};

/// A tally of the simulation. All handles with one name are of the same tally. Clone it freely.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn visitor(env: Environment, stays: f64) {
///     let arrived = env.now();
///     env.timeout(stays).await;
///     env.tally("visit").add(env.now() - arrived);
/// }
///
/// let sim = Simulation::new();
/// for stays in [3.0, 5.0, 10.0] {
///     sim.process(Visitor::new(stays));
/// }
/// sim.run()?;
/// let visit = sim.tally("visit");
/// assert_eq!((visit.count(), visit.mean(), visit.quantile(0.5)), (3, 6.0, 5.0));
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NamedTally {
    tally: Rc<RefCell<Tally>>,
}

/// A level of the simulation: a value over time, which it reads from the clock. All handles with one name are
/// of the same level. Clone it freely. The log has its changes, as those of a thing with this name.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn visitor(env: Environment, stays: f64) {
///     let _here = env.level("inside").enter(); // until the end of the process
///     env.timeout(stays).await;
/// }
///
/// let sim = Simulation::new();
/// for stays in [4.0, 6.0] {
///     sim.process(Visitor::new(stays));
/// }
/// sim.run_until(10.0)?;
/// let inside = sim.level("inside");
/// assert_eq!((inside.value(), inside.mean(), inside.values().share_at(0)), (0.0, 1.0, 0.4));
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NamedLevel {
    kernel: Rc<Kernel>,
    own: Rc<OwnLevel>,
}

/// A counter of the simulation. All handles with one name are of the same counter. Clone it freely.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn packet(env: Environment, buffer: Queue<u32>) {
///     if buffer.try_put(7).is_err() {
///         env.counter("lost").add(1);
///     }
/// }
///
/// let sim = Simulation::new();
/// let buffer = Queue::bounded(&sim, 2);
/// for _ in 0..5 {
///     sim.process(Packet::new(buffer.clone()));
/// }
/// sim.run()?;
/// assert_eq!(sim.counter("lost").count(), 3);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NamedCounter {
    counter: Rc<Cell<Counter>>,
}

/// Counts as one in a level until it is dropped. Returned by [`NamedLevel::enter`].
#[derive(Debug)]
#[must_use = "it counts until it is dropped: keep it (`let _here = ..`; `let _ = ..` drops it at once)"]
pub struct Entered {
    level: NamedLevel,
}

impl Environment {
    /// Returns the tally with this name: of values that the model adds one by one. It is made at the first call,
    /// and stands in the report under its name.
    ///
    /// # Panics
    ///
    /// If the name belongs to a level or a counter.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.tally("visit").add(2.5);
    /// sim.tally("visit").add(3.5);
    /// assert_eq!(sim.tally("visit").mean(), 3.0);
    /// ```
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "the call makes it, so that it is in the report")]
    pub fn tally(&self, name: &str) -> NamedTally {
        NamedTally { tally: self.kernel().tally(name) }
    }

    /// Returns the level with this name: of a value over time that the model sets. It is made at the first call,
    /// with the value zero, and stands in the report under its name.
    ///
    /// # Panics
    ///
    /// If the name belongs to a tally or a counter.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.level("inside").add(1.0);
    /// assert_eq!(sim.level("inside").value(), 1.0);
    /// ```
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "the call makes it, so that it is in the report")]
    pub fn level(&self, name: &str) -> NamedLevel {
        NamedLevel { kernel: Rc::clone(self.kernel()), own: self.kernel().level(name) }
    }

    /// Returns the counter with this name. It is made at the first call, and stands in the report under its name.
    ///
    /// # Panics
    ///
    /// If the name belongs to a tally or a level.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.counter("lost").add(1);
    /// assert_eq!(sim.counter("lost").count(), 1);
    /// ```
    #[track_caller]
    #[allow(clippy::must_use_candidate, reason = "the call makes it, so that it is in the report")]
    pub fn counter(&self, name: &str) -> NamedCounter {
        NamedCounter { counter: self.kernel().counter(name) }
    }
}

impl NamedTally {
    /// Adds a value, in the model's own unit.
    ///
    /// # Panics
    ///
    /// If the value is NaN.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// let visit = sim.tally("visit");
    /// visit.add(2.5);
    /// assert_eq!(visit.count(), 1);
    /// ```
    #[track_caller]
    pub fn add(&self, value: f64) {
        self.tally.borrow_mut().add(value);
    }

    /// Returns how many values were added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.tally.borrow().count()
    }

    /// Returns the mean of the values; NaN if there is none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.tally.borrow().mean()
    }

    /// Returns the standard deviation of the values; NaN if there are fewer than two.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.tally.borrow().sd()
    }

    /// Returns the least value; NaN if there is none.
    #[must_use]
    pub fn least(&self) -> f64 {
        self.tally.borrow().least()
    }

    /// Returns the largest value; NaN if there is none.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.tally.borrow().most()
    }

    /// Returns the `p`-quantile: see [`Tally::quantile`].
    ///
    /// # Panics
    ///
    /// If `p` is not from 0 to 1.
    #[must_use]
    #[track_caller]
    pub fn quantile(&self, p: f64) -> f64 {
        self.tally.borrow().quantile(p)
    }

    /// Returns all that is known of the values so far.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// let visit = sim.tally("visit");
    /// visit.add(2.5);
    /// let values: asim::Tally = visit.values();
    /// assert_eq!((values.sum(), values.share_above(2.0)), (2.5, 1.0));
    /// ```
    #[must_use]
    pub fn values(&self) -> Tally {
        self.tally.borrow().clone()
    }
}

impl NamedLevel {
    /// Sets the value, from now on.
    ///
    /// # Panics
    ///
    /// If the value is infinite or NaN.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// let temperature = sim.level("temperature");
    /// temperature.set(19.5);
    /// assert_eq!(temperature.value(), 19.5);
    /// ```
    #[track_caller]
    pub fn set(&self, value: f64) {
        let before = self.value();
        self.own.level.borrow_mut().set(self.kernel.now.get(), value);
        self.note(before);
    }

    /// Notes a change in the log.
    #[inline]
    fn note(&self, before: f64) {
        if self.kernel.tracing.get() {
            let after = self.value();
            if after != before {
                self.kernel.log_level(self.own.number, after);
            }
        }
    }

    /// Adds to the value, from now on. A negative number is subtracted.
    ///
    /// # Panics
    ///
    /// If the sum is infinite or NaN.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// let stock = sim.level("stock");
    /// stock.add(10.0);
    /// stock.add(-2.5);
    /// assert_eq!(stock.value(), 7.5);
    /// ```
    #[track_caller]
    pub fn add(&self, more: f64) {
        let before = self.value();
        self.own.level.borrow_mut().add(self.kernel.now.get(), more);
        self.note(before);
    }

    /// Adds one until what it returns is dropped. So a process that is interrupted or cancelled does not count
    /// any more either.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// let inside = sim.level("inside");
    /// let here = inside.enter();
    /// assert_eq!(inside.value(), 1.0);
    /// drop(here);
    /// assert_eq!(inside.value(), 0.0);
    /// ```
    pub fn enter(&self) -> Entered {
        self.add(1.0);
        Entered { level: self.clone() }
    }

    /// Returns the present value.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.own.level.borrow().value()
    }

    /// Returns the mean over time up to now; NaN if no time has passed.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.values().mean()
    }

    /// Returns the largest value that has held for some time; NaN if no time has passed.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.values().most()
    }

    /// Returns all that is known of the level, up to now.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let inside = sim.level("inside");
    /// inside.set(3.0);
    /// sim.run_until(8.0)?;
    /// inside.set(1.0);
    /// sim.run_until(10.0)?;
    /// let values: asim::Level = inside.values();
    /// assert_eq!((values.mean(), values.share_above(2.0), values.time()), (2.6, 0.8, 10.0));
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn values(&self) -> Level {
        self.own.level.borrow().at(self.kernel.now.get())
    }
}

impl NamedCounter {
    /// Counts `more` of them.
    #[inline]
    pub fn add(&self, more: u64) {
        let mut counter = self.counter.get();
        counter.add(more);
        self.counter.set(counter);
    }

    /// Returns the count.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counter.get().count()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.level.add(-1.0);
    }
}
