//! Starting processes, now or later, and scheduling functions, which are processes that do not wait.
//!
//! A process that starts later is in the table from the call on, as [`Life::New`], and is the awaiter of
//! a timer. So it can be joined, and it can be cancelled before it starts. It counts as *new* although it
//! is not in the ready line, because nothing can start it before its time. Its body keeps the timer, so
//! that both are dropped together.
//!
//! [`Life::New`]: crate::engine::process_cell::Life

use std::task::{Context, Poll};
use std::{borrow::Cow, future::Future, panic::Location, pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::{
    awaiter::Awaiter, body::Body, outcome::Outcome, process_cell::ProcessInfo, slab::Key,
};
use crate::environment::Environment;
use crate::process::{handle::ProcessHandle, names::site_name, process::Process};
use crate::wait::timeout::Timeout;

impl Environment {
    /// Starts a process at the current instant, after everything that is ready already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment, id: u32) {
    ///     env.timeout(1.0).await;
    ///     println!("customer {id} leaves at {}", env.now());
    /// }
    ///
    /// let sim = Simulation::new();
    /// for id in 0..3 {
    ///     sim.process(Customer::new(id));
    /// }
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn process<P: Process>(&self, process: P) -> ProcessHandle<P::Output> {
        let mut process = process;
        let name = process.name();
        if self.kernel().closed.get() {
            return ProcessHandle::new(
                Rc::clone(self.kernel()),
                Key::NONE,
                name,
                Location::caller(),
            );
        }
        process.init(self);
        self.start(|| process.run(self.clone()), name, Location::caller())
    }

    /// Starts a future (an async block, or the call of an `async fn`) as a process.
    ///
    /// The process is named after its function and the line that started it: `main (spawned at
    /// src/main.rs:40)`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// async fn cook(env: Environment, dish: &'static str) -> Result<&'static str, String> {
    ///     env.timeout(3.0).await;
    ///     Ok(dish)
    /// }
    ///
    /// let sim = Simulation::new();
    /// let soup = sim.spawn(cook(sim.env(), "soup"));
    /// assert_eq!(sim.run_until_event(soup)?, Ok("soup"));
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> ProcessHandle<F::Output>
    where
        F: Future<Output: Outcome> + 'static,
    {
        let name = site_name::<F>("spawned", Location::caller());
        if self.kernel().closed.get() {
            return ProcessHandle::new(
                Rc::clone(self.kernel()),
                Key::NONE,
                name.into(),
                Location::caller(),
            );
        }
        self.start(|| future, name.into(), Location::caller())
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "each step less copies the future once less")]
    fn start<F, O>(
        &self,
        make: impl FnOnce() -> F,
        name: Cow<'static, str>,
        location: &'static Location<'static>,
    ) -> ProcessHandle<O>
    where
        F: Future<Output = O> + 'static,
        O: Outcome,
    {
        let kernel = self.kernel();
        // Outside of any borrow, because the future may be made by code of the user.
        let body = Body::new(&kernel.pages, ProcessInfo::default(), make);
        if kernel.wake_queue.has_woken() {
            kernel.take_woken();
        }
        let key = kernel.tables.borrow_mut().processes.start(&name, body);
        ProcessHandle::new(Rc::clone(kernel), key, name, location)
    }

    /// Starts a process when `delay` has passed, counted from this call.
    ///
    /// The handle is returned at once. With it the process can be joined, or cancelled before it starts,
    /// and then it never runs. [`init`](Process::init) is called only when the process starts. An
    /// interrupt that comes before that waits until the process has run to its first pause. A delay of
    /// zero starts the process after everything that is ready, and after the timers that are due now and
    /// were started earlier.
    ///
    /// # Panics
    ///
    /// If the delay is negative or not a number. (With an infinite delay the process never starts.)
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn bus(env: Environment, line: u32) {
    ///     println!("line {line} departs at {}", env.now());
    ///     env.timeout(40.0).await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// for n in 0..3 {
    ///     sim.process_in(15.0 * f64::from(n), Bus::new(7));
    /// }
    /// sim.run()?;
    /// assert_eq!(sim.now(), 70.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[doc(alias = "start_delayed")]
    #[track_caller]
    pub fn process_in<P: Process>(&self, delay: f64, process: P) -> ProcessHandle<P::Output> {
        let name = process.name();
        self.start_after(self.timeout(delay), life_of(self.clone(), process), name)
    }

    /// Starts a process when the clock shows exactly `time`. Otherwise it does the same as
    /// [`process_in`](Self::process_in).
    ///
    /// # Panics
    ///
    /// If the time has passed already or is not a number. (With an infinite time the process never
    /// starts.)
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn bus(env: Environment, line: u32) {
    ///     println!("line {line} departs at {}", env.now());
    ///     env.timeout(0.75).await;
    /// }
    ///
    /// let sim = Simulation::starting_at(6.0);
    /// for departure in [6.1, 7.1, 8.1] {
    ///     sim.process_at(departure, Bus::new(7));
    /// }
    /// sim.run()?;
    /// assert_eq!(sim.now(), 8.85);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn process_at<P: Process>(&self, time: f64, process: P) -> ProcessHandle<P::Output> {
        let name = process.name();
        self.start_after(self.timeout_until(time), life_of(self.clone(), process), name)
    }

    /// Calls a function when `delay` has passed, counted from this call. It is for an action at a time
    /// that waits for nothing.
    ///
    /// The call is a process that ends without waiting. It is named after the function and the line that
    /// scheduled it: `main (scheduled at src/main.rs:40)`. Its handle can `cancel` the call, or wait for
    /// it; dropping the handle changes nothing. The function may return what a process may return. An
    /// `Err` that nobody claims ends the run.
    ///
    /// # Panics
    ///
    /// If the delay is negative or not a number. (With an infinite delay the function is never called.)
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let shop = Resource::new(&sim, 2);
    /// let closing = shop.clone();
    /// sim.schedule(8.0, move |_| closing.set_capacity(0));
    /// let alarm = sim.schedule(9.0, |env| panic!("burglars at {}", env.now()));
    /// alarm.cancel();
    /// sim.run()?;
    /// assert_eq!((sim.now(), shop.capacity()), (8.0, 0));
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn schedule<F, O>(&self, delay: f64, call: F) -> ProcessHandle<O>
    where
        F: FnOnce(&Environment) -> O + 'static,
        O: Outcome,
    {
        let env = self.clone();
        let name = site_name::<F>("scheduled", Location::caller());
        self.start_after(self.timeout(delay), async move { call(&env) }, name.into())
    }

    /// Calls a function when the clock shows exactly `time`. Otherwise it does the same as
    /// [`schedule`](Self::schedule).
    ///
    /// # Panics
    ///
    /// If the time has passed already or is not a number. (With an infinite time the function is never
    /// called.)
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::starting_at(7.3);
    /// let door = Gate::new_closed(&sim);
    /// let (opens, closes) = (door.clone(), door.clone());
    /// sim.schedule_at(9.1, move |_| opens.open());
    /// sim.schedule_at(17.7, move |_| closes.close());
    /// sim.run_until(9.1)?;
    /// assert!(door.is_open());
    /// sim.run()?;
    /// assert_eq!((sim.now(), door.is_open()), (17.7, false));
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn schedule_at<F, O>(&self, time: f64, call: F) -> ProcessHandle<O>
    where
        F: FnOnce(&Environment) -> O + 'static,
        O: Outcome,
    {
        let env = self.clone();
        let name = site_name::<F>("scheduled", Location::caller());
        self.start_after(self.timeout_until(time), async move { call(&env) }, name.into())
    }

    #[track_caller]
    fn start_after<O: Outcome>(
        &self,
        start: Timeout,
        life: impl Future<Output = O> + 'static,
        name: Cow<'static, str>,
    ) -> ProcessHandle<O> {
        let kernel = Rc::clone(self.kernel());
        if kernel.closed.get() {
            return ProcessHandle::new(kernel, Key::NONE, name, Location::caller());
        }
        let timer = start.key();
        let future = || Starting { start: Some(start), life };
        let body = Body::new(&kernel.pages, ProcessInfo::default(), future);
        let key = {
            let tables = &mut *kernel.tables.borrow_mut();
            let key = tables.processes.start_later(&name, body);
            if let Some(told) = tables.timers.awaiter(&mut tables.processes, timer) {
                *told = Awaiter::process(key);
            }
            if kernel.tracing.get() {
                // Time may go on before its first turn.
                kernel.log_started(&mut tables.processes);
            }
            key
        };
        ProcessHandle::new(kernel, key, name, Location::caller())
    }
}

/// Returns the life of a process that starts later. Its set-up is a part of it.
async fn life_of<P: Process>(env: Environment, process: P) -> P::Output {
    let mut process = process;
    process.init(&env);
    process.run(env).await
}

pin_project! {
    /// The future of a process that starts later, with the timer that starts it. (An `async fn`
    /// would have two places for `life`.)
    struct Starting<F> {
        start: Option<Timeout>,
        #[pin]
        life: F,
    }
}

impl<F: Future> Future for Starting<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        drop(this.start.take());
        this.life.poll(context)
    }
}
