//! Running in step with the wall clock.

use std::fmt;
use std::time::{Duration, Instant};

use crate::engine::sim_error::SimError;
use crate::simulation::Simulation;
use crate::wait::waitable::Waitable;

/// Runs a simulation in step with the wall clock: for models with people or machines in the loop, and for
/// watching a model. A thing that is due at a time of the model happens when the wall clock has reached
/// that time. Until then the thread sleeps.
///
/// A run that cannot keep up fails: if something would happen more than `factor` seconds (one unit of the
/// model's time) too late, the run ends with [`SimError::TooSlow`]. A [`lenient`](Self::lenient) run does
/// not.
///
/// Other threads may wake futures of other crates meanwhile. The run notices this when the simulation
/// next does something.
///
/// ```
/// use asim::RealTime;
/// use asim::prelude::*;
/// use std::time::Instant;
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// sim.spawn(async move {
///     for _ in 0..3 {
///         env.timeout(1.0).await;
///         println!("tick");
///     }
/// });
/// let started = Instant::now();
/// RealTime::new(&sim, 0.01).lenient().run()?; // a hundredth of a second for a unit of time
/// assert!(started.elapsed().as_secs_f64() >= 0.03);
/// # Ok::<(), SimError>(())
/// ```
#[doc(alias = "RealtimeEnvironment")]
pub struct RealTime<'s> {
    sim: &'s Simulation,
    /// The seconds on the wall clock for one unit of the model's time.
    factor: f64,
    strict: bool,
    wall: Box<dyn Wall>,
    /// The same moment as `wall_start`, in the model's time.
    model_start: f64,
    wall_start: f64,
}

/// The wall clock, in seconds since some moment.
trait Wall {
    fn now(&self) -> f64;

    /// Sleeps for about this long.
    fn sleep(&self, seconds: f64);
}

impl Wall for Instant {
    fn now(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }

    fn sleep(&self, seconds: f64) {
        std::thread::sleep(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
}

impl<'s> RealTime<'s> {
    /// Returns a runner that takes `factor` seconds for each unit of the simulation's time, counted from
    /// now. The factor is 1 if the model's unit is the second. It is 60 if the unit is the minute and an
    /// hour shall take an hour.
    ///
    /// # Panics
    ///
    /// If the factor is not a finite number > 0.
    ///
    /// ```
    /// use asim::RealTime;
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::starting_at(8.0);
    /// RealTime::new(&sim, 0.001).lenient().run_until(10.0)?;
    /// assert_eq!(sim.now(), 10.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(sim: &'s Simulation, factor: f64) -> Self {
        Self::by(Box::new(Instant::now()), sim, factor)
    }

    #[track_caller]
    fn by(wall: Box<dyn Wall>, sim: &'s Simulation, factor: f64) -> Self {
        assert!(
            factor > 0.0 && factor < f64::INFINITY,
            "a factor of real time is a finite number > 0, not {factor}"
        );
        let wall_start = wall.now();
        RealTime { sim, factor, strict: true, wall, model_start: sim.now(), wall_start }
    }

    /// Returns the same runner, but one that allows delays: what is late happens late, and the run goes
    /// as fast as it can until it has caught up.
    ///
    /// ```
    /// use asim::RealTime;
    /// use asim::prelude::*;
    /// use std::{thread::sleep, time::Duration};
    ///
    /// let sim = Simulation::new();
    /// sim.schedule(1.0, |_| sleep(Duration::from_millis(30)));
    /// sim.schedule(2.0, |_| ());
    /// sim.schedule(3.0, |_| ());
    /// let strict = RealTime::new(&sim, 0.001).run();
    /// assert!(matches!(strict, Err(SimError::TooSlow { .. })));
    /// RealTime::new(&sim, 0.001).lenient().run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.strict = false;
        self
    }

    /// Counts from now on, so that a delay until now need not be caught up with. Setting up a model takes
    /// time, and so may the work between two runs.
    ///
    /// ```
    /// use asim::RealTime;
    /// use asim::prelude::*;
    /// use std::{thread::sleep, time::Duration};
    ///
    /// let sim = Simulation::new();
    /// let mut real_time = RealTime::new(&sim, 0.02);
    /// sleep(Duration::from_millis(50));
    /// real_time.sync();
    /// sim.schedule(1.0, |_| ());
    /// real_time.lenient().run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn sync(&mut self) {
        self.model_start = self.sim.now();
        self.wall_start = self.wall.now();
    }

    /// Does the same as [`Simulation::run`], in step with the wall clock.
    ///
    /// # Errors
    ///
    /// As [`Simulation::run`], and [`SimError::TooSlow`] unless it is [`lenient`](Self::lenient).
    ///
    /// # Panics
    ///
    /// As [`Simulation::run`].
    ///
    /// ```
    /// use asim::RealTime;
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// sim.schedule(5.0, |env| println!("it is {}", env.now()));
    /// RealTime::new(&sim, 0.001).lenient().run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run(&self) -> Result<(), SimError> {
        while self.step()? {}
        self.sim.run() // only errors can be left, which nobody has claimed
    }

    /// Does the same as [`Simulation::run_until`], in step with the wall clock: returns when the wall
    /// clock has reached that time.
    ///
    /// # Errors
    ///
    /// As [`Simulation::run_until`], and [`SimError::TooSlow`] unless it is
    /// [`lenient`](Self::lenient).
    ///
    /// # Panics
    ///
    /// As [`Simulation::run`].
    ///
    /// ```
    /// use asim::RealTime;
    /// use asim::prelude::*;
    /// use std::time::Instant;
    ///
    /// let sim = Simulation::new();
    /// let started = Instant::now();
    /// RealTime::new(&sim, 0.01).lenient().run_until(2.0)?;
    /// assert!(started.elapsed().as_secs_f64() >= 0.02);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run_until(&self, time: f64) -> Result<(), SimError> {
        if time == f64::INFINITY {
            return self.run();
        }
        while self.sim.peek().is_some_and(|next| next <= time) {
            self.step()?;
        }
        if time > self.sim.now() {
            self.wait_for(time)?;
        }
        self.sim.run_until(time)
    }

    /// Does the same as [`Simulation::run_until_event`], in step with the wall clock.
    ///
    /// # Errors
    ///
    /// As [`Simulation::run_until_event`], and [`SimError::TooSlow`] unless it is
    /// [`lenient`](Self::lenient).
    ///
    /// # Panics
    ///
    /// As [`Simulation::run`].
    ///
    /// ```
    /// use asim::RealTime;
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let timeout = sim.timeout(3.0);
    /// RealTime::new(&sim, 0.001).lenient().run_until_event(timeout)?;
    /// assert_eq!(sim.now(), 3.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run_until_event<W: Waitable>(&self, waitable: W) -> Result<W::Output, SimError> {
        self.sim.drive(waitable, Some(&|| self.wait_for_next()))
    }

    /// Does the same as [`Simulation::step`], in step with the wall clock: sleeps until the next thing is
    /// due, and does it.
    ///
    /// # Errors
    ///
    /// As [`Simulation::step`], and [`SimError::TooSlow`] unless it is [`lenient`](Self::lenient).
    ///
    /// # Panics
    ///
    /// As [`Simulation::run`].
    ///
    /// ```
    /// use asim::RealTime;
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// sim.schedule(1.0, |_| ());
    /// let real_time = RealTime::new(&sim, 0.001).lenient();
    /// assert!(real_time.step()?);
    /// assert!(!real_time.step()?);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn step(&self) -> Result<bool, SimError> {
        self.wait_for_next()?;
        self.sim.step()
    }

    /// Waits until the next thing is due, if there is one.
    fn wait_for_next(&self) -> Result<(), SimError> {
        self.sim.peek().map_or(Ok(()), |next| self.wait_for(next))
    }

    /// Waits until the wall clock has reached this time.
    fn wait_for(&self, time: f64) -> Result<(), SimError> {
        let due = self.wall_start + (time - self.model_start) * self.factor;
        let behind = self.wall.now() - due;
        if self.strict && behind > self.factor {
            return Err(SimError::TooSlow { time, behind });
        }
        loop {
            // A sleep may end early.
            let left = due - self.wall.now();
            if left <= 0.0 {
                return Ok(());
            }
            self.wall.sleep(left);
        }
    }
}

impl fmt::Debug for RealTime<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealTime")
            .field("factor", &self.factor)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
