//! Holding on to a process: joining it, naming it, interrupting it, cancelling it.

use std::any::Any;
use std::cell::RefMut;
use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::blocked::{Place, What};
use super::core::Kernel;
use super::errands::Discard;
use super::interrupt::Interrupt;
use super::misuse::polled_after_end;
use super::passed_on;
use super::process::Outcome;
use super::process_table::{Left, Stop};
use super::slab::Key;
use super::source::Link;
use super::waitable::{Request, Wait, Waitable};
use super::watcher::Watcher;

/// A started process, to be joined: awaiting it gives what the process returned.
///
/// It is awaited at most once, as it gives the value away. Dropping it lets the process run on.
/// It can do all that a [`ProcessRef`] can, too.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn cook(env: Environment, minutes: f64) -> Result<&'static str, String> {
///     env.timeout(minutes).await;
///     Ok("soup")
/// }
///
/// #[process]
/// async fn waiter(env: Environment) {
///     let dish = env.process(Cook::new(5.0)).await;
///     assert_eq!(dish, Ok("soup"));
///     assert_eq!(env.now(), 5.0);
/// }
///
/// let sim = Simulation::new();
/// sim.process(Waiter::new());
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
pub struct ProcessHandle<O = ()> {
    process: ProcessRef,
    location: Place,
    /// Has its result been given away?
    taken: bool,
    outcome: PhantomData<fn() -> O>,
}

/// A process, to be named, interrupted or cancelled. Clone it freely.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// let sleeper = sim.spawn(async move {
///     let woken = env.interruptible(env.timeout(100.0)).await;
///     assert!(woken.is_err());
/// });
/// let (env, sleeper) = (sim.env(), sleeper.process_ref());
/// sim.spawn(async move {
///     env.timeout(3.0).await;
///     sleeper.interrupt("wake up");
/// });
/// sim.run()?;
/// assert_eq!(sim.now(), 3.0);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct ProcessRef {
    kernel: Rc<Kernel>,
    key: Key,
    name: std::borrow::Cow<'static, str>,
}

/// How a process ended, if not well: what joining it gives as the error.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// let handle = sim.spawn(async move { env.timeout(1.0).await });
/// handle.cancel();
/// assert!(matches!(sim.run_until_event(handle)?, Err(Stopped::Cancelled)));
/// # Ok::<(), SimError>(())
/// ```
///
/// It can be passed on with `?`, as it is an error, and can be sent to another thread if `E` can: from
/// a process that returns it, an error enum of its own, or a `Box<dyn Error + Send + Sync>`. If nobody
/// joins that one, the run names both:
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn pump(env: Environment) -> Result<(), &'static str> {
///     env.timeout(4.0).await;
///     Err("out of oil")
/// }
///
/// #[process]
/// async fn plant(env: Environment) -> Result<(), Stopped<&'static str>> {
///     env.process(Pump::new()).await
/// }
///
/// let sim = Simulation::new();
/// sim.process(Plant::new());
/// assert_eq!(
///     sim.run().unwrap_err().to_string(),
///     "process `Plant` failed at time 4: process `Pump` failed: out of oil"
/// );
/// ```
#[derive(Debug, Clone)]
pub enum Stopped<E> {
    /// It returned this error.
    Failed(E),
    /// It was interrupted where nothing in it was `interruptible`.
    Interrupted(Interrupt),
    /// It panicked, and whoever ran the simulation caught the panic and runs it on.
    Panicked,
    /// It was cancelled.
    Cancelled,
}

// By hand, as whose end it was is known to the run only: see `passed_on`.
impl<E: fmt::Display> fmt::Display for Stopped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = passed_on::next_name();
        if let (Stopped::Failed(error), None) = (self, &name) {
            return error.fmt(f);
        }
        match name {
            Some(name) => write!(f, "process `{name}` ")?,
            None => f.write_str("the process ")?,
        }
        match self {
            Stopped::Failed(error) => write!(f, "failed: {error}"),
            Stopped::Interrupted(interrupt) => write!(f, "was interrupted: {interrupt}"),
            Stopped::Panicked => f.write_str("panicked"),
            Stopped::Cancelled => f.write_str("was cancelled"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for Stopped<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Stopped::Interrupted(interrupt) => Some(interrupt),
            _ => None,
        }
    }
}

/// So that `?` passes on an interrupt that a process has caught.
impl<E> From<Interrupt> for Stopped<E> {
    fn from(interrupt: Interrupt) -> Self {
        Stopped::Interrupted(interrupt)
    }
}

impl<E: PartialEq> PartialEq for Stopped<E> {
    /// Two interrupts are equal if they are the same one.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Stopped::Failed(a), Stopped::Failed(b)) => a == b,
            (Stopped::Interrupted(a), Stopped::Interrupted(b)) => a.is(b),
            (Stopped::Panicked, Stopped::Panicked) | (Stopped::Cancelled, Stopped::Cancelled) => {
                true
            }
            _ => false,
        }
    }
}

static JOIN: What = What("the end of a process");

impl<O: Outcome> ProcessHandle<O> {
    pub(crate) fn new(
        kernel: Rc<Kernel>,
        key: Key,
        name: std::borrow::Cow<'static, str>,
        location: Place,
    ) -> Self {
        ProcessHandle {
            process: ProcessRef { kernel, key, name },
            location,
            taken: false,
            outcome: PhantomData,
        }
    }

    /// A reference to the process that does not join it.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let reference = sim.spawn(async {}).process_ref();
    /// sim.run()?;
    /// assert!(reference.done());
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn process_ref(&self) -> ProcessRef {
        self.process.clone()
    }

    fn is_over(&self) -> bool {
        self.process.done()
    }

    /// The result can be given away once.
    #[track_caller]
    #[inline]
    fn refuse_second_join(&self) {
        assert!(!self.taken, "the process `{}` has been joined before", self.process.name());
    }

    /// The result of a process that is over.
    fn take(&mut self) -> Result<O::Value, Stopped<O::Error>> {
        self.refuse_second_join();
        self.taken = true;
        let kernel = &self.process.kernel;
        let left = kernel.books.borrow_mut().processes.remove(self.process.key);
        let Some(Left { body, since, mut extras, .. }) = left else {
            return Err(Stopped::Cancelled);
        };
        let stop = extras.as_mut().and_then(|extras| extras.stopped.take());
        let mut result: Option<Result<O::Value, O::Error>> = None;
        if let Some(mut body) = body {
            body.as_mut().take_result(&mut result as &mut dyn Any);
            let unwanted = kernel.books.borrow_mut().spare_bodies.keep(body);
            drop(unwanted);
        }
        let result = match (stop, result) {
            (None, Some(result)) => result.map_err(Stopped::Failed),
            (Some(Stop::Interrupted(interrupt)), _) => Err(Stopped::Interrupted(interrupt)),
            (Some(Stop::Panicked), _) => Err(Stopped::Panicked),
            // If it was not cancelled: the run has reported the error already.
            (Some(Stop::Cancelled) | None, _) => Err(Stopped::Cancelled),
        };
        if result.is_err() {
            kernel.note_failed_join(&self.process.name, extras.as_deref(), since);
        }
        // Causes of interrupts that came too late go before the result does: the compiler forgets a
        // result whose function panics in a drop after it.
        if let Some(extras) = extras.filter(|extras| !extras.interrupts.is_empty()) {
            kernel.discard(Discard::Extras(extras));
            kernel.settle();
        }
        result
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<O::Value, Stopped<O::Error>>> {
        if self.taken {
            polled_after_end(&JOIN, self.location);
        }
        let kernel = &self.process.kernel;
        kernel.check_owner(&JOIN, self.location);
        if self.is_over() {
            return Poll::Ready(self.take());
        }
        let key = self.process.key;
        kernel.await_request(context, &JOIN, self.location, || {
            let books = kernel.books.borrow_mut();
            RefMut::filter_map(books, |books| books.processes.end_watcher(key)).ok()
        });
        Poll::Pending
    }

    fn link(&self, watcher: Watcher) -> Link {
        self.process.kernel.books.borrow_mut().processes.watch(self.process.key, watcher);
        Link::Join(self.process.key)
    }
}

impl<O> Drop for ProcessHandle<O> {
    fn drop(&mut self) {
        if !self.taken {
            self.process.kernel.detach(self.process.key);
        }
    }
}

impl<O> Deref for ProcessHandle<O> {
    type Target = ProcessRef;

    fn deref(&self) -> &ProcessRef {
        &self.process
    }
}

impl<O> fmt::Debug for ProcessHandle<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessHandle").field(&self.process.name).finish()
    }
}

impl<O: Outcome> Waitable for ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;
    type Request = ProcessHandle<O>;

    #[track_caller]
    fn into_request(mut self) -> ProcessHandle<O> {
        self.refuse_second_join();
        self.location = Location::caller();
        self
    }
}

impl<O: Outcome> IntoFuture for ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;
    type IntoFuture = Wait<ProcessHandle<O>>;

    #[track_caller]
    fn into_future(mut self) -> Self::IntoFuture {
        self.refuse_second_join();
        self.location = Location::caller();
        Wait::new(self)
    }
}

impl<O: Outcome> Request for ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;

    const HOLDS: bool = false;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.process.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.is_over()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        ProcessHandle::link(self, watcher)
    }

    fn take(self: Pin<&mut Self>) -> Self::Output {
        self.get_mut().take()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        ProcessHandle::poll(self.get_mut(), context)
    }
}

/// Joins a process and keeps the handle, so that a join that loses a race can be tried again.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// sim.spawn(async move {
///     let work = env.clone();
///     let mut job = env.spawn(async move { work.timeout(5.0).await });
///     let mut reminders = 0;
///     loop {
///         let done = asim!(match FirstOf(done = &mut job, reminder = env.timeout(2.0)).await {
///             FirstOf::Done(_) => true,
///             FirstOf::Reminder(()) => false,
///         });
///         if done {
///             break;
///         }
///         reminders += 1;
///     }
///     assert_eq!(reminders, 2);
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
///
/// # Panics
///
/// If the process has been joined before: the handle has given its result away.
impl<'h, O: Outcome> Waitable for &'h mut ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;
    type Request = Joining<'h, O>;

    #[track_caller]
    fn into_request(self) -> Joining<'h, O> {
        self.refuse_second_join();
        self.location = Location::caller();
        Joining { handle: self }
    }
}

/// A join that leaves the handle with its owner. Given up, it is told of nothing any more.
#[must_use = "a join that is dropped is given up, and the handle stays: await it, race it or join it (`let _ = ..` drops it too, `let join = ..` keeps it)"]
#[derive(Debug)]
pub struct Joining<'h, O: Outcome> {
    handle: &'h mut ProcessHandle<O>,
}

impl<O: Outcome> Drop for Joining<'_, O> {
    fn drop(&mut self) {
        let kernel = &self.handle.process.kernel;
        kernel.unlink(Link::Join(self.handle.process.key));
        kernel.settle();
    }
}

impl<'h, O: Outcome> IntoFuture for &'h mut ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;
    type IntoFuture = Wait<Joining<'h, O>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        Wait::new(self.into_request())
    }
}

impl<O: Outcome> Request for Joining<'_, O> {
    type Output = Result<O::Value, Stopped<O::Error>>;

    const HOLDS: bool = false;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.handle.process.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.handle.is_over()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        self.handle.link(watcher)
    }

    fn take(self: Pin<&mut Self>) -> Self::Output {
        self.get_mut().handle.take()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().handle.poll(context)
    }
}

impl ProcessRef {
    pub(crate) fn new(kernel: Rc<Kernel>, key: Key, name: std::borrow::Cow<'static, str>) -> Self {
        ProcessRef { kernel, key, name }
    }

    pub(crate) fn belongs_to(&self, kernel: &Kernel) -> bool {
        std::ptr::eq(&raw const *self.kernel, kernel)
    }

    /// The name of the process: see [`Process::name`](crate::Process::name).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment) {
    ///     assert_eq!(env.active_process().unwrap().name(), "Customer");
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.process(Customer::new());
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Interrupts the process: at its next resumption its innermost
    /// [`interruptible`](crate::Environment::interruptible) gives an [`Interrupt`] with this cause,
    /// and what that was waiting for is cancelled. Where nothing is interruptible the process ends,
    /// and unless somebody joins it the run ends with
    /// [`SimError::Interrupted`](crate::SimError::Interrupted).
    ///
    /// A process that has not started yet runs to its first pause before it is interrupted, and one
    /// that is [`uninterruptible`](crate::Environment::uninterruptible) to the first after that;
    /// several interrupts are delivered one by one. Interrupting a process that is over does nothing.
    ///
    /// # Panics
    ///
    /// If a process interrupts itself.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let worker = sim.spawn(async move {
    ///     match env.interruptible(env.timeout(8.0)).await {
    ///         Ok(()) => unreachable!(),
    ///         Err(interrupt) => assert_eq!(interrupt.cause::<&str>(), Some(&"fire drill")),
    ///     }
    /// });
    /// worker.interrupt("fire drill");
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn interrupt<C: Any>(&self, cause: C) {
        assert!(
            self.key == Key::NONE || self.kernel.active.get() != self.key,
            "the process `{}` cannot interrupt itself",
            self.name
        );
        self.kernel.interrupt(self.key, Interrupt::new(cause));
    }

    /// Ends the process where it stands: it is dropped, and all that it held or asked for is given
    /// back. A process that cancels itself ends when it next pauses. Whoever joins it receives
    /// [`Stopped::Cancelled`]; it is no failure if nobody does. Cancelling a process that is over does
    /// nothing.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let sleeper = sim.spawn(async move { env.timeout(100.0).await });
    /// sleeper.cancel();
    /// sim.run()?;
    /// assert_eq!(sim.now(), 0.0);
    /// assert!(sleeper.done());
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn cancel(&self) {
        self.kernel.cancel(self.key);
    }

    /// Is the process over?
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let job = sim.spawn(async move { env.timeout(2.0).await });
    /// sim.run_until(1.0)?;
    /// assert!(!job.done());
    /// sim.run()?;
    /// assert!(job.done());
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn done(&self) -> bool {
        self.kernel.books.borrow().processes.is_done(self.key)
    }
}

impl From<&ProcessRef> for ProcessRef {
    fn from(process: &ProcessRef) -> Self {
        process.clone()
    }
}

impl<O> From<&ProcessHandle<O>> for ProcessRef {
    fn from(handle: &ProcessHandle<O>) -> Self {
        handle.process.clone()
    }
}

impl<O> From<ProcessHandle<O>> for ProcessRef {
    /// Drops the handle: nobody will join the process.
    fn from(handle: ProcessHandle<O>) -> Self {
        handle.process.clone()
    }
}

impl PartialEq for ProcessRef {
    /// Is it the same process?
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.kernel, &other.kernel) && self.key == other.key
    }
}

impl Eq for ProcessRef {}

impl fmt::Debug for ProcessRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessRef").field(&self.name).finish()
    }
}
