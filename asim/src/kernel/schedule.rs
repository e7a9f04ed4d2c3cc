//! What starts later: processes, and callbacks, which are processes that do not wait.
//!
//! A process that starts later is in the table from the call on, as [`Life::New`] and with a timer
//! of which it is the watcher; so it can be joined, and cancelled before it starts. It counts as
//! *new* although it is not in the ready line: nothing can make it start before its time. Its body
//! keeps the timer, so that both go together.
//!
//! [`Life::New`]: super::process_table::Life

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::environment::Environment;
use super::handle::ProcessHandle;
use super::process::{Outcome, Process};
use super::site_name::site_name;
use super::slab::Key;
use super::timeout::Timeout;
use super::watcher::Watcher;

impl Environment {
    /// Starts a process when `delay` has passed, counted from this call.
    ///
    /// The handle is there at once: the process can be joined, and cancelled before it starts, which
    /// is as if it had never been. Until its time it has not started: its
    /// [`init`](Process::init) is called then too, and an interrupt that comes before waits until it
    /// has run to its first pause. A delay of zero starts it after all that is ready, and after the
    /// timers due now that were started earlier.
    ///
    /// # Panics
    ///
    /// If the delay is negative or not a number. If it is infinite the process never starts.
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
        let env = self.clone();
        let life = async move {
            let mut process = process;
            process.init(&env);
            process.run(env).await
        };
        self.start_in(delay, life, name)
    }

    /// Calls a function when `delay` has passed, counted from this call: for what happens at a time
    /// and waits for nothing.
    ///
    /// It is a process that ends without having waited, named by the function and the line that
    /// scheduled it: `main (scheduled at src/main.rs:40)`. Its handle can
    /// [`cancel`](crate::ProcessRef::cancel) the call, or wait for it; dropping the handle changes
    /// nothing. The function may return what a process may: an `Err` that nobody claims ends the
    /// run.
    ///
    /// # Panics
    ///
    /// If the delay is negative or not a number. If it is infinite the function is never called.
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
        self.start_in(delay, async move { call(&env) }, name.into())
    }

    #[track_caller]
    fn start_in<O: Outcome>(
        &self,
        delay: f64,
        life: impl Future<Output = O> + 'static,
        name: Cow<'static, str>,
    ) -> ProcessHandle<O> {
        let start = self.timeout(delay);
        let kernel = Rc::clone(self.kernel());
        if kernel.closed.get() {
            return ProcessHandle::new(kernel, Key::NONE, name, Location::caller());
        }
        let timer = start.key();
        let key = {
            let books = &mut *kernel.books.borrow_mut();
            let key = books.processes.start_later(&name);
            let body = books.spare_bodies.embody(Starting { start: Some(start), life });
            books.processes.embody(key, body);
            if let Some(told) = books.timers.watcher(&mut books.processes, timer) {
                *told = Watcher::process(key);
            }
            key
        };
        ProcessHandle::new(kernel, key, name, Location::caller())
    }
}

pin_project! {
    /// The life of a process that starts later, with the timer that starts it. (Not an `async fn`:
    /// that would keep two places for the life.)
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
