//! Running in step with the clock on the wall.

use std::fmt;
use std::time::{Duration, Instant};

use super::simulation::Simulation;
use super::waitable::Waitable;
use crate::error::SimError;

/// Runs a simulation in step with the clock on the wall: for models with people or machines in the
/// loop, and for watching one. What is due at a time of the model happens when that time has come on
/// the wall; until then the thread sleeps.
///
/// A run that cannot keep up fails: when something is to happen more than `factor` seconds too late
/// (one unit of the model's time), the run ends with [`SimError::TooSlow`], unless it was made
/// [`lenient`](Self::lenient).
///
/// Futures of other crates may be woken by other threads meanwhile; that is noticed when the
/// simulation next does something.
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
    /// Seconds on the wall for a unit of the model's time.
    factor: f64,
    strict: bool,
    wall: Box<dyn Wall>,
    /// These two are the same moment: of the model, and on the wall.
    model_start: f64,
    wall_start: f64,
}

/// The clock on the wall, in seconds since some moment.
trait Wall {
    fn now(&self) -> f64;

    /// Sleeps so long, or a little longer or shorter.
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
    /// Runs a simulation so that a unit of its time takes `factor` seconds, counted from now: 1 if the
    /// model's unit is the second, 60 if it is the minute and an hour is to take an hour.
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

    /// The same, but what comes too late happens late, and as fast as it can until it has caught up.
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

    /// Counts from now on: what has been missed until now need not be caught up with. For setting a
    /// model up takes time, and so may what is done between two runs.
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

    /// As [`Simulation::run`], in step with the wall.
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
        self.sim.run() // nothing is left but errors that nobody has claimed
    }

    /// As [`Simulation::run_until`], in step with the wall: returns when that time has come there.
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

    /// As [`Simulation::run_until_event`], in step with the wall.
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

    /// As [`Simulation::step`], in step with the wall: sleeps until the next thing is due, and does it.
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

    /// Waits until the next thing is due, if there is any.
    fn wait_for_next(&self) -> Result<(), SimError> {
        self.sim.peek().map_or(Ok(()), |next| self.wait_for(next))
    }

    /// Waits until this time has come on the wall.
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
