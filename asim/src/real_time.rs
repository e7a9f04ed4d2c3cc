//! Running in step with the wall clock.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use crate::engine::{kernel::Kernel, sim_error::SimError, wake_queue::WakeQueue};
use crate::simulation::{Pace, Paced, Simulation};
use crate::wait::waitable::Waitable;

/// Runs a simulation in step with the wall clock: for models with people or machines in the loop, and for
/// watching a model. A thing that is due at a time of the model happens when the wall clock has reached
/// that time. Until then the thread sleeps.
///
/// A run that cannot keep up fails: if something would happen more than `factor` seconds (one unit of the
/// model's time) too late, the run ends with [`SimError::TooSlow`]. A [`lenient`](Self::lenient) run does
/// not.
///
/// # The outside
///
/// Other threads may wake what a process awaits: the receiver of a channel of another crate, a socket, a
/// future of your own. A run that sleeps is woken at once. What is due by then fires first, in its order;
/// then the clock shows the time on the wall, and the process resumes at that time.
///
/// As long as such a thread can wake a process (it holds a [`Waker`](std::task::Waker) of it, as the
/// sender of a channel does while the receiver is awaited), a run does not end because nothing is left to
/// do. [`run`](Self::run) waits until the outside lets go, and [`run_until`](Self::run_until) until its
/// time. A waker that a part of the model itself keeps counts too, such as that of a channel of another
/// crate between two processes. For such a model use `run_until`.
///
/// So the times of a run with an outside are not the same twice. Note the orders with their times, and
/// `schedule_at` repeats the run on any simulation.
///
/// ```
/// use asim::RealTime;
/// use asim::prelude::*;
/// use futures::{StreamExt, channel::mpsc};
/// use std::{thread, time::Duration};
///
/// #[process]
/// async fn mixer(env: Environment, orders: mpsc::UnboundedReceiver<f64>) -> Result<(), String> {
///     let mut orders = orders;
///     while let Some(litres) = orders.next().await {
///         println!("at {:.1}: {litres} litres", env.now());
///         env.timeout(litres).await;
///     }
///     Ok(())
/// }
///
/// let sim = Simulation::new();
/// let (panel, orders) = mpsc::unbounded();
/// sim.process(Mixer::new(orders));
/// let panel = thread::spawn(move || {
///     for litres in [2.0, 0.5] {
///         thread::sleep(Duration::from_millis(20)); // somebody presses a button
///         panel.unbounded_send(litres).unwrap();
///     }
/// });
/// RealTime::new(&sim, 0.01).lenient().run()?; // until the panel is gone
/// assert!(sim.now() >= 2.5); // both orders are mixed
/// # panel.join().unwrap();
/// # Ok::<(), SimError>(())
/// ```
///
/// # Examples
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
    /// When the run noticed that another thread has woken something, as long as older timers are due.
    noticed: Cell<Option<f64>>,
}

/// The wall clock, in seconds since some moment.
trait Wall {
    fn now(&self) -> f64;

    /// Sleeps until about this time, or until another thread wakes something. Without a time, sleeps until
    /// nobody can wake anything. `owner_is_wakeable` says whether others can wake the owner of the run.
    fn sleep(&self, until: Option<f64>, queue: &WakeQueue, owner_is_wakeable: &dyn Fn() -> bool);
}

/// No sleep is longer. The run sleeps again after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(1 << 20);

impl Wall for Instant {
    fn now(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }

    fn sleep(&self, until: Option<f64>, queue: &WakeQueue, owner_is_wakeable: &dyn Fn() -> bool) {
        let deadline = until.map(|until| {
            // The time may have come since it was looked at.
            let left = Duration::try_from_secs_f64((until - Wall::now(self)).max(0.0));
            Instant::now() + left.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP)
        });
        queue.sleep(deadline, owner_is_wakeable);
    }
}

/// A mark that a run in real time is under way, until dropped.
struct Pacing<'k>(&'k Kernel);

impl Drop for Pacing<'_> {
    fn drop(&mut self) {
        // What the model itself has woken has a place in the ready line.
        self.0.take_woken();
        self.0.wake_queue.stop_pacing();
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
        let (model_start, noticed) = (sim.now(), Cell::new(None));
        RealTime { sim, factor, strict: true, wall, model_start, wall_start, noticed }
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

    /// Does the same as [`Simulation::run`], in step with the wall clock. Does not end as long as another
    /// thread can wake a process.
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
        let _pacing = self.start();
        while let Paced::Turn = self.wait_for_next(f64::INFINITY, &|| false)? {
            self.sim.step()?;
        }
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
        let _pacing = self.start();
        if time >= self.sim.now() {
            while let Paced::Turn = self.wait_for_next(time, &|| false)? {
                self.sim.step()?;
            }
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
        let _pacing = self.start();
        self.sim.drive(waitable, Some(self))
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
        let _pacing = self.start();
        self.wait_for_next(f64::INFINITY, &|| false)?;
        self.sim.step()
    }

    fn start(&self) -> Pacing<'_> {
        self.noticed.set(None);
        self.sim.kernel().wake_queue.start_pacing();
        Pacing(self.sim.kernel())
    }

    /// Waits until something is due that is not later than `until`.
    fn wait_for_next(
        &self,
        until: f64,
        owner_is_wakeable: &dyn Fn() -> bool,
    ) -> Result<Paced, SimError> {
        let queue = &self.sim.kernel().wake_queue;
        // A sleep that lasts too long is not the model's fault.
        let mut slept_until = None;
        loop {
            let next = self.sim.peek().filter(|&next| next <= until);
            if let Some(next) = next
                && next <= self.sim.now()
            {
                self.keep_up(next)?;
                return Ok(Paced::Turn);
            }
            if queue.has_outside() {
                let noticed = self.noticed.get().unwrap_or_else(|| self.time_on_the_wall());
                let noticed = noticed.min(until);
                if let Some(next) = next
                    && next <= noticed
                {
                    self.noticed.set(Some(noticed));
                    if slept_until != Some(next) {
                        self.keep_up(next)?;
                    }
                    return Ok(Paced::Turn);
                }
                // Nothing is due before, so the clock may go there.
                let kernel = self.sim.kernel();
                kernel.now.set(kernel.now.get().max(noticed));
                self.noticed.set(None);
                if queue.notice() {
                    return Ok(Paced::OwnerWoken);
                }
                continue;
            }
            let sleep_until = if until < f64::INFINITY { next.or(Some(until)) } else { next };
            if let Some(time) = sleep_until {
                if slept_until != Some(time) {
                    self.keep_up(time)?;
                }
                if self.wall.now() >= self.due(time) {
                    return Ok(if next.is_some() { Paced::Turn } else { Paced::Over });
                }
            } else if !queue.is_wakeable() && !owner_is_wakeable() {
                return Ok(Paced::Over);
            }
            let due = sleep_until.map(|time| self.due(time));
            self.wall.sleep(due, queue, owner_is_wakeable);
            slept_until = sleep_until;
        }
    }

    /// Returns the time of the wall clock for this time of the model.
    fn due(&self, time: f64) -> f64 {
        self.wall_start + (time - self.model_start) * self.factor
    }

    /// Returns the time of the model for the present time of the wall clock.
    fn time_on_the_wall(&self) -> f64 {
        self.model_start + (self.wall.now() - self.wall_start) / self.factor
    }

    /// Fails if what is due at this time is too late, in a strict run.
    fn keep_up(&self, time: f64) -> Result<(), SimError> {
        let behind = self.wall.now() - self.due(time);
        if self.strict && behind > self.factor {
            return Err(SimError::TooSlow { time, behind });
        }
        Ok(())
    }
}

impl Pace for RealTime<'_> {
    fn pace(&self, owner_is_wakeable: &dyn Fn() -> bool) -> Result<Paced, SimError> {
        self.wait_for_next(f64::INFINITY, owner_is_wakeable)
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
