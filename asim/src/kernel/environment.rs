//! The environment: what processes are given of their simulation.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

use super::core::Kernel;
use super::event::Event;
use super::handle::{ProcessHandle, ProcessRef};
use super::interruptible::Interruptible;
use super::process::{Outcome, Process};
use super::site_name::site_name;
use super::slab::Key;
use super::timeout::Timeout;
use super::waitable::Waitable;
use crate::error::InvalidDelay;

/// The handle of a simulation that processes get: the time, waiting, starting others. Clone it
/// freely.
///
/// It outlives its simulation harmlessly: what is asked of it after that is refused quietly. It
/// cannot be sent to another thread, as one simulation lives on one thread; many simulations run
/// side by side.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn clock(env: Environment) {
///     for tick in 1..=3 {
///         env.timeout(1.0).await;
///         assert_eq!(env.now(), f64::from(tick));
///     }
/// }
///
/// let sim = Simulation::new();
/// sim.process(Clock::new());
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct Environment {
    kernel: Rc<Kernel>,
}

impl Environment {
    pub(crate) fn new(kernel: Rc<Kernel>) -> Self {
        Environment { kernel }
    }

    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    /// The time, in the model's own unit.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::starting_at(8.5);
    /// assert_eq!(sim.now(), 8.5);
    /// ```
    #[must_use]
    #[inline]
    pub fn now(&self) -> f64 {
        self.kernel.now.get()
    }

    /// The process that is running; `None` outside of all processes.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert!(sim.active_process().is_none());
    /// let env = sim.env();
    /// sim.spawn(async move { assert!(env.active_process().is_some()) });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn active_process(&self) -> Option<ProcessRef> {
        let key = self.kernel.active.get();
        let name = self.kernel.books.borrow().processes.shared_name(key)?;
        Some(ProcessRef::new(Rc::clone(&self.kernel), key, name))
    }

    /// Waits until `delay` has passed, counted from this call. A delay of zero lets all run that is
    /// ready; an infinite one never ends.
    ///
    /// # Panics
    ///
    /// If the delay is negative or not a number, or leads past the last time that an `f64` can tell.
    /// Where it depends on data, see [`try_timeout`](Self::try_timeout).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     env.timeout(1.5).await;
    ///     assert_eq!(env.now(), 1.5);
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "the timeout is built where it is kept, not copied there"
    )]
    pub fn timeout(&self, delay: f64) -> Timeout {
        match Timeout::new(&self.kernel, delay) {
            Ok(timeout) => timeout,
            Err(error) => refuse(&error),
        }
    }

    /// The same for a delay that depends on data.
    ///
    /// # Errors
    ///
    /// If the delay is negative or not a number, or leads past the last time that an `f64` can tell.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert!(sim.try_timeout(2.0).is_ok());
    /// assert!(sim.try_timeout(f64::NAN).is_err());
    /// ```
    #[track_caller]
    pub fn try_timeout(&self, delay: f64) -> Result<Timeout, InvalidDelay> {
        Timeout::new(&self.kernel, delay)
    }

    /// A new [`Event`].
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let closing = sim.event::<()>();
    /// closing.succeed(());
    /// ```
    #[must_use]
    pub fn event<T: Clone + 'static>(&self) -> Event<T> {
        Event::new(self)
    }

    /// Starts a process: at the current instant, after all that is ready already.
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
        if self.kernel.closed.get() {
            return ProcessHandle::new(
                Rc::clone(&self.kernel),
                Key::NONE,
                name,
                Location::caller(),
            );
        }
        process.init(self);
        self.start(process.run(self.clone()), name, Location::caller())
    }

    /// Starts a future (an async block, an `async fn`'s call) as a process.
    ///
    /// Its name is that of the function, with the line that started it: `main (spawned at
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
        if self.kernel.closed.get() {
            return ProcessHandle::new(
                Rc::clone(&self.kernel),
                Key::NONE,
                name.into(),
                Location::caller(),
            );
        }
        self.start(future, name.into(), Location::caller())
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "each step less copies the future once less")]
    fn start<F, O>(
        &self,
        future: F,
        name: Cow<'static, str>,
        location: &'static Location<'static>,
    ) -> ProcessHandle<O>
    where
        F: Future<Output = O> + 'static,
        O: Outcome,
    {
        if self.kernel.alarm.is_ringing() {
            self.kernel.answer_alarm();
        }
        let key = {
            let books = &mut *self.kernel.books.borrow_mut();
            // The place first: the future has only just been made, and to copy what is still being
            // written makes the processor wait.
            let key = books.processes.start(&name);
            books.processes.embody(key, books.spare_bodies.embody(future));
            key
        };
        ProcessHandle::new(Rc::clone(&self.kernel), key, name, location)
    }

    /// A part of a process that can be interrupted: one wait, a whole block, or the call of an `async
    /// fn` that may borrow what it works on. Gives `Ok` with what
    /// it waited for, or the [`Interrupt`](crate::Interrupt) that came first; then what it waited
    /// for has been cancelled, and what that held is given back.
    ///
    /// Of several on the await path the innermost catches an interrupt.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn worker(env: Environment) {
    ///     let shift = async {
    ///         env.timeout(4.0).await;
    ///         env.timeout(4.0).await;
    ///     };
    ///     let interrupt = env.interruptible(shift).await.unwrap_err();
    ///     assert_eq!(interrupt.cause::<&str>(), Some(&"strike"));
    ///     assert_eq!(env.now(), 6.0);
    /// }
    ///
    /// let sim = Simulation::new();
    /// let worker = sim.process(Worker::new());
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     env.timeout(6.0).await;
    ///     worker.interrupt("strike");
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn interruptible<W: Waitable>(&self, waitable: W) -> Interruptible<W::Request> {
        Interruptible::new(Rc::clone(&self.kernel), waitable.into_request())
    }
}

#[cold]
#[track_caller]
fn refuse(error: &dyn fmt::Display) -> ! {
    panic!("{error}")
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("now", &self.now()).finish_non_exhaustive()
    }
}
