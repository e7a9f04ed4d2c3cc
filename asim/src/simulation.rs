//! The simulation: it owns one run, and only it can move time on.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::{fmt, ops::Deref, panic::Location, pin::pin, thread};

use crate::answers::{fingerprint, trace};
use crate::engine::blocked::{Blocked, CallSite};
use crate::engine::wait_name::WaitName;
use crate::engine::wake_queue::{WakeQueue, WakerIdentity};
use crate::engine::{kernel::Kernel, run_loop::Turn, running::OnThread, sim_error::SimError};
use crate::environment::Environment;
use crate::process::process_ref::ProcessRef;
use crate::wait::{awaited::Awaited, waitable::Waitable};

/// One run: its clock, its agenda, its processes. Only a `Simulation` can run. For everything else a
/// model uses its [`Environment`], to which it derefs.
///
/// Dropping it drops every process and frees everything, even if somebody still holds an environment, a
/// queue or a handle. No code of a process runs after that.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn car(env: Environment) {
///     env.timeout(5.0).await; // park
///     env.timeout(2.0).await; // drive
/// }
///
/// let sim = Simulation::new();
/// sim.process(Car::new());
/// sim.run()?;
/// assert_eq!(sim.now(), 7.0);
/// # Ok::<(), SimError>(())
/// ```
pub struct Simulation {
    env: Environment,
}

impl Simulation {
    /// Returns a simulation whose clock stands at zero. The seed of its streams is 0: each run draws the same
    /// random numbers. [`seeded`](Self::seeded) takes another seed.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// assert_eq!(sim.now(), 0.0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(0.0)
    }

    /// Returns a simulation whose clock stands at `time`, in the model's own unit. The time may be
    /// negative.
    ///
    /// # Panics
    ///
    /// If the time is infinite or not a number.
    ///
    /// ```
    /// let sim = asim::Simulation::starting_at(-10.0);
    /// assert_eq!(sim.now(), -10.0);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn starting_at(time: f64) -> Self {
        assert!(time.is_finite(), "a simulation starts at a finite time, not {time}");
        // Adding zero turns -0.0 into 0.0.
        let env = Environment::new(Kernel::new(time + 0.0));
        fingerprint::collect(&env);
        trace::collect(|| env.trace());
        Simulation { env }
    }

    /// Returns a simulation whose clock stands at zero and whose streams have this seed. It is the same as
    /// `Simulation::new().with_seed(seed)`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let first = |seed| Simulation::seeded(seed).stream("service").exponential(8.0);
    /// assert_eq!(first(42), first(42));
    /// assert_ne!(first(42), first(43));
    /// ```
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::new().with_seed(seed)
    }

    /// Gives the streams of this simulation a seed: all their numbers depend on it. Without a seed it
    /// is 0, so each run draws the same numbers.
    ///
    /// # Panics
    ///
    /// If a stream has been asked for already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::starting_at(8.0).with_seed(42);
    /// assert_eq!((sim.now(), sim.seed()), (8.0, 42));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_seed(self, seed: u64) -> Self {
        self.kernel().streams.seed_with(seed, 0);
        self
    }

    /// Makes all streams of this simulation the mirror images of those that it would have: where they draw
    /// the uniform number `u`, these draw `1 - u`. A run and its mirror image differ from the truth in
    /// opposite directions, so their mean is often much better than that of two independent runs.
    /// `Stream::antithetic` says more.
    ///
    /// # Panics
    ///
    /// If a stream has been asked for already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// fn total(sim: &Simulation) -> f64 {
    ///     let service = sim.stream("service");
    ///     (0..1000).map(|_| service.uniform(4.0, 8.0)).sum()
    /// }
    ///
    /// let (one, other) = (Simulation::seeded(42), Simulation::seeded(42).antithetic());
    /// assert!(((total(&one) + total(&other)) / 2.0 - 6000.0).abs() < 1e-6);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn antithetic(self) -> Self {
        self.kernel().streams.mirror();
        self
    }

    /// Returns the environment of this simulation, for a process, for a struct, or to be cloned.
    ///
    /// A `Simulation` derefs to its environment, so `clone()` on it does the same. But cloning a
    /// `&Simulation` only copies the reference.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// fn start(sim: &Simulation) {
    ///     let env = sim.env();
    ///     sim.spawn(async move { env.timeout(2.0).await });
    /// }
    ///
    /// let sim = Simulation::new();
    /// start(&sim);
    /// sim.run()?;
    /// assert_eq!(sim.now(), 2.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn env(&self) -> Environment {
        self.env.clone()
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        self.env.kernel()
    }

    /// Runs until nothing is left to do. The clock ends at the time of the last event.
    ///
    /// # Errors
    ///
    /// [`SimError::ProcessFailed`] or [`SimError::Interrupted`] if a process failed, or was interrupted
    /// outside `interruptible`, and nobody joined it. The run ends at once if the process's handle was
    /// dropped. If somebody can still join the process, the error is returned at the end of the run. The
    /// run can be continued. [`SimError::TimeStandsStill`] if one instant takes more resumptions than
    /// [the limit](Self::set_instant_limit).
    ///
    /// # Panics
    ///
    /// If a process runs the simulation that it belongs to. A panic of a process passes through this
    /// call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move { env.timeout(3.0).await });
    /// sim.run()?;
    /// assert_eq!(sim.now(), 3.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run(&self) -> Result<(), SimError> {
        let running = Running::start(self.kernel());
        let result = self.kernel().run(f64::INFINITY);
        running.end(result.and_then(|()| self.kernel().claim_failure()))
    }

    /// Runs until nothing is left to do, as [`run`](Self::run) does. If a process then still waits, that is
    /// an error that says which processes wait, for what, since when, and at which line of the model.
    ///
    /// It is for models in which all processes shall end: a batch of orders, a project, a protocol. A
    /// server that waits for the next customer by design never ends; a model with such a server uses
    /// [`run`](Self::run) or [`run_all`](Self::run_all).
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`SimError::Standstill`] if a process still waits.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn philosopher(env: Environment, left: Resource, right: Resource) {
    ///     let _left = left.acquire().await;
    ///     env.timeout(1.0).await;
    ///     let _right = right.acquire().await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let forks = [Resource::new(&sim, 1), Resource::new(&sim, 1)];
    /// sim.process(Philosopher::new(forks[0].clone(), forks[1].clone()));
    /// sim.process(Philosopher::new(forks[1].clone(), forks[0].clone()));
    /// let error = sim.run_to_end().unwrap_err().to_string();
    /// assert!(error.starts_with("nothing is left to happen at time 1; 2 processes are blocked:\n"));
    /// assert!(error.contains("Philosopher #1 has waited since 1 for Resource::acquire ("));
    /// ```
    #[track_caller]
    pub fn run_to_end(&self) -> Result<(), SimError> {
        self.run()?;
        let standstill = self.standstill();
        if standstill.waits.is_empty() {
            return Ok(());
        }
        let error = SimError::Standstill { standstill: Box::new(standstill) };
        #[cfg(feature = "report")]
        self.kernel().note_error(&error);
        Err(error)
    }

    /// Runs everything that is due before `time` or at exactly `time`. Then the clock stands at `time`.
    /// An infinite time is the same as [`run`](Self::run).
    ///
    /// (SimPy leaves out what is due at exactly that time, as [`run_before`](Self::run_before) does.)
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`SimError::TimeInPast`] if `time` has passed already or is not a
    /// number.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let job = sim.spawn(async move { env.timeout(10.0).await });
    /// sim.run_until(9.0)?;
    /// assert_eq!((sim.now(), job.done()), (9.0, false));
    /// sim.run_until(10.0)?;
    /// assert!(job.done());
    /// assert!(sim.run_until(5.0).is_err());
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run_until(&self, time: f64) -> Result<(), SimError> {
        let now = self.now();
        if time.is_nan() || time < now {
            return Err(SimError::TimeInPast { until: time, now });
        }
        let time = time + 0.0; // turns -0.0 into 0.0
        let running = Running::start(self.kernel());
        let result = self.kernel().run(time).and_then(|()| {
            if time < f64::INFINITY && time > self.now() {
                self.kernel().now.set(time);
            }
            self.kernel().claim_failure()
        });
        running.end(result)
    }

    /// Runs everything that is due before `time`, but nothing that is due at exactly `time`. Then the clock
    /// stands at `time`, and what is due then waits for the next run. An infinite time is the same as
    /// [`run`](Self::run).
    ///
    /// So a run can be cut into parts that leave nothing out and do nothing twice: the hours of a day, or
    /// a warm-up and what follows it. If the clock stands at `time` already, nothing runs, not even a
    /// process that is ready.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`SimError::TimeInPast`] if `time` has passed already or is not a
    /// number.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let tasks = Store::unbounded(&sim);
    /// for at in [0.0, 0.5, 1.0, 1.5, 2.0] {
    ///     let tasks = tasks.clone();
    ///     sim.schedule_at(at, move |_| drop(tasks.try_put(at)));
    /// }
    /// sim.run_before(1.0)?;
    /// assert_eq!((sim.now(), tasks.len()), (1.0, 2)); // the first hour: 0.0 and 0.5
    /// sim.run_before(2.0)?;
    /// assert_eq!((sim.now(), tasks.len()), (2.0, 4)); // the second hour: 1.0 and 1.5
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run_before(&self, time: f64) -> Result<(), SimError> {
        let now = self.now();
        if time == f64::INFINITY {
            return self.run();
        }
        if time.is_nan() || time < now {
            return Err(SimError::TimeInPast { until: time, now });
        }
        let running = Running::start(self.kernel());
        let result = if time > now {
            // No time is between the two. Adding zero turns -0.0 into 0.0.
            let result = self.kernel().run(time.next_down());
            result.map(|()| self.kernel().now.set(time + 0.0))
        } else {
            self.kernel().failure()
        };
        running.end(result.and_then(|()| self.kernel().claim_failure()))
    }

    /// Runs until the waitable has been triggered, and returns its output.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`SimError::RanDry`] if nothing is left to do before that.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let opened = sim.event();
    /// let (env, event) = (sim.env(), opened.clone());
    /// sim.spawn(async move {
    ///     env.timeout(8.0).await;
    ///     event.succeed("good morning");
    ///     env.timeout(8.0).await;
    /// });
    /// assert_eq!(sim.run_until_event(opened)?, "good morning");
    /// assert_eq!(sim.now(), 8.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run_until_event<W: Waitable>(&self, waitable: W) -> Result<W::Output, SimError> {
        self.drive(waitable, None)
    }

    /// Runs until the waitable has been triggered. `pace` is called before each turn, and may sleep.
    #[track_caller]
    pub(crate) fn drive<W: Waitable>(
        &self,
        waitable: W,
        pace: Option<&dyn Pace>,
    ) -> Result<W::Output, SimError> {
        let running = Running::start(self.kernel());
        let result = self.drive_turns(waitable, pace);
        running.end(result)
    }

    #[track_caller]
    fn drive_turns<W: Waitable>(
        &self,
        waitable: W,
        pace: Option<&dyn Pace>,
    ) -> Result<W::Output, SimError> {
        let kernel = self.kernel();
        kernel.failure()?;
        let mut request = pin!(waitable.into_request());
        let (mut awaited, mut idle) = (None, false);
        let woken = Arc::new(AtomicBool::new(true));
        let mut waker = OwnerWake::new(kernel, &woken);
        loop {
            // A native is polled once more before the run gives up, as the name of what it waits for may
            // have changed: an event may have been cancelled.
            if woken.swap(false, Ordering::AcqRel) || idle {
                kernel.waiting_for.set(WaitName::Foreign);
                let poll = request
                    .as_mut()
                    .poll(&mut Context::from_waker(&Waker::from(Arc::clone(&waker))));
                if let Poll::Ready(output) = poll {
                    return Ok(output);
                }
                awaited = kernel.awaited();
            }
            if let Some(pace) = pace {
                // While the run sleeps, only others have the waker.
                let own = Arc::downgrade(&waker);
                let identity = WakerIdentity::of(&Waker::from(waker));
                let paced = pace.pace(&|| OwnerWake::is_kept(kernel, &own, identity));
                waker = own.upgrade().unwrap_or_else(|| OwnerWake::new(kernel, &woken));
                if let Paced::OwnerWoken = paced? {
                    woken.store(true, Ordering::Release);
                    continue;
                }
            }
            // The loop returns after each turn only if there is something to do before the next.
            let more = || pace.is_none() && !woken.load(Ordering::Acquire);
            match kernel.take_turns(f64::INFINITY, more) {
                Turn::Done => idle = false,
                Turn::Failed => kernel.failure()?,
                Turn::Idle if woken.load(Ordering::Acquire) => {}
                Turn::Idle if !request.is_plain() && !idle => idle = true,
                Turn::Idle => {
                    let what =
                        awaited.map_or(WaitName::Foreign, |(what, _)| what).text().to_owned();
                    return self.ran_dry(what, awaited.map(|(_, at)| at));
                }
            }
        }
    }

    /// Runs until all `producers` have ended, and then ends the other processes, which would serve or
    /// wait for ever.
    ///
    /// When the last producer has ended, everything that is due at that instant still happens. Then each
    /// process that is left and waits inside an [`interruptible`](Environment::interruptible) part is
    /// interrupted, with `RunEnded` as the cause. It can still report and return what it has counted, as
    /// long as no time passes. At last, all processes that are left are cancelled. Both happen in the
    /// order in which the processes were started. The clock stands at the time at which the last producer
    /// ended.
    ///
    /// Producers are given as their handles or, if they have different types, as [`ProcessRef`]s. If a
    /// producer's handle is given away, its failure ends the run at once. If its handle is kept
    /// (`&handle`, `process_ref`), its failure is returned at the end, unless somebody joins it.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`SimError::RanDry`] if nothing is left to do before all producers have
    /// ended; then no process is ended.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run), and if a producer belongs to another simulation.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn source(env: Environment, output: OutPort<u32>) {
    ///     for item in 0..20 {
    ///         env.timeout(1.0).await;
    ///         output.send(item).await.expect("the sink lives as long as the run");
    ///     }
    /// }
    ///
    /// #[process]
    /// async fn sink(env: Environment, input: InPort<u32>) -> Result<u32, String> {
    ///     let mut count = 0;
    ///     while let Ok(Ok(_)) = env.interruptible(input.recv()).await {
    ///         count += 1;
    ///     }
    ///     Ok(count)
    /// }
    ///
    /// let sim = Simulation::new();
    /// let (output, input) = channel(&sim, 0);
    /// let source = sim.process(Source::new(output));
    /// let sink = sim.process(Sink::new(input));
    /// let env = sim.env();
    /// sim.spawn(async move { loop { env.timeout(1.0).await } }); // a clock, which never ends
    ///
    /// sim.run_all([source])?;
    /// assert_eq!(sim.now(), 20.0);
    /// assert_eq!(sim.run_until_event(sink)?, Ok(20));
    /// assert_eq!(sim.peek(), None); // the clock, too, has been ended
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn run_all<P: Into<ProcessRef>>(
        &self,
        producers: impl IntoIterator<Item = P>,
    ) -> Result<(), SimError> {
        let (kernel, caller) = (self.kernel(), Location::caller());
        let running = Running::start(kernel);
        let producers: Vec<ProcessRef> = producers.into_iter().map(P::into).collect();
        if let Some(stranger) = producers.iter().find(|producer| !producer.belongs_to(kernel)) {
            panic!("the process `{}` belongs to another simulation", stranger.name());
        }
        running.end(self.run_until_ended(&producers, caller))
    }

    fn run_until_ended(&self, producers: &[ProcessRef], caller: CallSite) -> Result<(), SimError> {
        let kernel = self.kernel();
        kernel.failure()?;
        for producer in producers {
            while !producer.done() {
                match kernel.take_turns(f64::INFINITY, || false) {
                    Turn::Done => {}
                    Turn::Failed => kernel.failure()?,
                    Turn::Idle => {
                        let what = format!("the end of process `{}`", producer.name());
                        return self.ran_dry(what, Some(caller));
                    }
                }
            }
        }
        kernel.end_all()?;
        kernel.claim_failure()
    }

    /// Reports that nothing is left to do before the awaited thing happens.
    fn ran_dry<T>(&self, awaited: String, location: Option<CallSite>) -> Result<T, SimError> {
        self.kernel().claim_failure()?;
        let (time, standstill) = (self.now(), Box::new(self.standstill()));
        Err(SimError::RanDry { time, awaited, location, standstill })
    }

    /// Does the next thing: resumes the next ready process or, if none is ready, lets the next timer
    /// fire. Returns `false` if nothing is left to do.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), except for errors that somebody can still claim by a handle.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move { env.timeout(3.0).await });
    /// assert!(sim.step()?); // starts the process
    /// assert_eq!(sim.peek(), Some(3.0));
    /// assert!(sim.step()?); // the timeout
    /// assert!(!sim.step()?);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn step(&self) -> Result<bool, SimError> {
        let kernel = self.kernel();
        let running = Running::start(kernel);
        let result = kernel.failure().and_then(|()| {
            let turn = kernel.take_turns(f64::INFINITY, || false);
            kernel.failure()?;
            Ok(matches!(turn, Turn::Done))
        });
        running.end(result)
    }

    /// Returns the time of the next thing to happen: now, if a process is ready or something waits for the
    /// end of the instant. `None` if nothing is left to do.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(sim.peek(), None);
    /// let timeout = sim.timeout(2.5);
    /// assert_eq!(sim.peek(), Some(2.5));
    /// drop(timeout);
    /// assert_eq!(sim.peek(), None);
    /// ```
    #[must_use]
    pub fn peek(&self) -> Option<f64> {
        let kernel = self.kernel();
        if kernel.wake_queue.has_woken() {
            kernel.take_woken();
        }
        let tables = &mut *kernel.tables.borrow_mut();
        if tables.processes.any_ready() || !kernel.instant_end.borrow().is_empty() {
            Some(self.now())
        } else {
            tables.timers.next_time(&tables.processes)
        }
    }

    /// Returns the processes that wait: what they wait for, since when, and which line asked for it.
    /// After a run that has nothing left to do, these wait for something that cannot happen.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn philosopher(env: Environment, left: Resource, right: Resource) {
    ///     let _left = left.acquire().await;
    ///     env.timeout(1.0).await;
    ///     let _right = right.acquire().await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let forks = [Resource::new(&sim, 1), Resource::new(&sim, 1)];
    /// sim.process(Philosopher::new(forks[0].clone(), forks[1].clone()));
    /// sim.process(Philosopher::new(forks[1].clone(), forks[0].clone()));
    /// sim.run()?;
    /// for blocked in sim.blocked() {
    ///     println!("{blocked}"); // Philosopher has waited since 1 for Resource::acquire (src/main.rs:7:29)
    /// }
    /// assert_eq!(sim.blocked().len(), 2);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn blocked(&self) -> Vec<Blocked> {
        self.kernel().blocked()
    }

    /// Sets how often processes may be resumed at one instant before a run ends with
    /// [`SimError::TimeStandsStill`]. This finds processes that keep each other busy for ever while no
    /// time passes, or while the delays are too small to move the clock.
    ///
    /// By default the limit is ten million, or a hundred for each living process, whichever is more. With
    /// the default, a run may take up to twice as many resumptions before it ends.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// sim.set_instant_limit(1000);
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     loop {
    ///         env.timeout(0.0).await;
    ///     }
    /// });
    /// assert!(matches!(sim.run(), Err(SimError::TimeStandsStill { .. })));
    /// ```
    pub fn set_instant_limit(&self, limit: u64) {
        let kernel = self.kernel();
        kernel.limit.set(limit, kernel.now.get(), kernel.resumption.get());
    }

    /// Lifts the limit: an instant may take any number of resumptions.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// sim.set_instant_limit(1);
    /// sim.lift_instant_limit();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     for _ in 0..5 {
    ///         env.timeout(0.0).await;
    ///     }
    /// });
    /// assert!(sim.run().is_ok());
    /// ```
    pub fn lift_instant_limit(&self) {
        self.set_instant_limit(u64::MAX);
    }
}

/// A mark that the simulation is running, until dropped.
struct Running<'k>(&'k Kernel, #[allow(dead_code, reason = "for its drop")] OnThread);

impl<'k> Running<'k> {
    #[track_caller]
    fn start(kernel: &'k Kernel) -> Self {
        assert!(!kernel.running.replace(true), "a process cannot run the simulation that runs it");
        Running(kernel, OnThread::enter(kernel.number))
    }

    /// Ends the run. Who reads the log sees all of it.
    fn end<T>(self, result: Result<T, SimError>) -> Result<T, SimError> {
        if self.0.tracing.get() { self.0.show_log(result) } else { result }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.set(false);
    }
}

/// What a run until an event asks before each turn.
pub(crate) trait Pace {
    /// Waits until the next turn shall be taken. `owner_is_wakeable` says whether others can wake what the
    /// run waits for.
    fn pace(&self, owner_is_wakeable: &dyn Fn() -> bool) -> Result<Paced, SimError>;
}

/// What a paced run does next.
pub(crate) enum Paced {
    /// The next turn.
    Turn,
    /// Another thread has woken what the owner of the run waits for.
    OwnerWoken,
    /// Nothing is left to do, and nobody else can change that.
    Over,
}

/// The target of the waker of a run until an event.
struct OwnerWake {
    woken: Arc<AtomicBool>,
    wake_queue: Arc<WakeQueue>,
}

impl OwnerWake {
    fn new(kernel: &Kernel, woken: &Arc<AtomicBool>) -> Arc<Self> {
        Arc::new(OwnerWake { woken: Arc::clone(woken), wake_queue: Arc::clone(&kernel.wake_queue) })
    }

    /// Returns `true` if somebody other than the simulation's own requests has a copy of the waker.
    fn is_kept(kernel: &Kernel, own: &Weak<Self>, identity: WakerIdentity) -> bool {
        let tables = kernel.tables.borrow();
        let of_requests = tables
            .wakers
            .entries()
            .filter(|(_, waker)| waker.as_ref().is_some_and(|waker| identity.is(waker)));
        own.strong_count() > of_requests.count()
    }
}

impl Wake for OwnerWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.wake_queue.wake_owner() {
            self.woken.store(true, Ordering::Release);
        }
    }
}

impl Drop for OwnerWake {
    fn drop(&mut self) {
        self.wake_queue.note_gone();
    }
}

impl Default for Simulation {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Simulation {
    type Target = Environment;

    fn deref(&self) -> &Environment {
        &self.env
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        /// Closes the simulation, also if a function of the user panics that gets the end of the log.
        struct Close<'k>(&'k Kernel);
        impl Drop for Close<'_> {
            fn drop(&mut self) {
                if thread::panicking() && self.0.tracing.get() {
                    #[cfg(feature = "report")]
                    self.0.measured.observed.end_panicked();
                    end_log(self.0);
                }
                self.0.close();
            }
        }
        let close = Close(self.kernel());
        // Before anything is torn down, which would change the measures.
        #[cfg(feature = "experiment")]
        if !thread::panicking() {
            close.0.measured.observed.end_run();
        }
        if close.0.tracing.get() && !thread::panicking() {
            end_log(close.0);
        }
    }
}

/// Ends the log. Nobody is left to whom an error could be returned.
#[cold]
fn end_log(kernel: &Kernel) {
    if let Err(error) = kernel.end_log() {
        // Not `eprintln!`, which panics if nothing can be written.
        let _ = writeln!(io::stderr(), "asim: {error}");
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("now", &self.now()).finish_non_exhaustive()
    }
}
