//! Holding on to a process: joining it, naming it, interrupting it, cancelling it.

use std::any::Any;
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
use super::interrupt::Interrupt;
use super::process::Outcome;
use super::process_table::Stop;
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
/// let env = sim.clone();
/// let sleeper = sim.spawn(async move {
///     let woken = env.interruptible(env.timeout(100.0)).await;
///     assert!(woken.is_err());
/// });
/// let (env, sleeper) = (sim.clone(), sleeper.process_ref());
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
/// let env = sim.clone();
/// let handle = sim.spawn(async move { env.timeout(1.0).await });
/// handle.cancel();
/// assert!(matches!(sim.run_until_event(handle)?, Err(Stopped::Cancelled)));
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stopped<E> {
    /// It returned this error.
    #[error("the process failed: {0}")]
    Failed(E),
    /// It was interrupted where nothing in it was `interruptible`.
    #[error("the process was ended by an unguarded {0}")]
    Interrupted(Interrupt),
    /// It was cancelled.
    #[error("the process was cancelled")]
    Cancelled,
}

impl<E: PartialEq> PartialEq for Stopped<E> {
    /// Two interrupts are equal if they are the same one.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Stopped::Failed(a), Stopped::Failed(b)) => a == b,
            (Stopped::Interrupted(a), Stopped::Interrupted(b)) => a.is(b),
            (Stopped::Cancelled, Stopped::Cancelled) => true,
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

    /// The result of a process that is over.
    fn take(&mut self) -> Result<O::Value, Stopped<O::Error>> {
        assert!(!self.taken, "the process `{}` has been joined before", self.process.name());
        self.taken = true;
        let left = self.process.kernel.books.borrow_mut().processes.remove(self.process.key);
        let Some(mut left) = left else { return Err(Stopped::Cancelled) };
        match left.extras.as_mut().and_then(|extras| extras.stopped.take()) {
            Some(Stop::Cancelled) => return Err(Stopped::Cancelled),
            Some(Stop::Interrupted(interrupt)) => return Err(Stopped::Interrupted(interrupt)),
            None => {}
        }
        let mut result: Option<Result<O::Value, O::Error>> = None;
        if let Some(body) = &mut left.body {
            body.as_mut().take_result(&mut result as &mut dyn Any);
        }
        if let Some(body) = left.body {
            let unwanted = self.process.kernel.books.borrow_mut().spare_bodies.keep(body);
            drop(unwanted);
        }
        match result {
            Some(result) => result.map_err(Stopped::Failed),
            // The run has reported the error already.
            None => Err(Stopped::Cancelled),
        }
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<O::Value, Stopped<O::Error>>> {
        if self.is_over() {
            return Poll::Ready(self.take());
        }
        let kernel = &self.process.kernel;
        let previous = kernel.books.borrow_mut().processes.watch(self.process.key, Watcher::NOBODY);
        let watcher = kernel.watcher(context, previous);
        kernel.books.borrow_mut().processes.watch(self.process.key, watcher);
        kernel.note_waiting(&JOIN, self.location);
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

    fn into_request(self) -> ProcessHandle<O> {
        self
    }
}

impl<O: Outcome> IntoFuture for ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;
    type IntoFuture = Wait<ProcessHandle<O>>;

    #[track_caller]
    fn into_future(mut self) -> Self::IntoFuture {
        self.location = Location::caller();
        Wait::new(self)
    }
}

impl<O: Outcome> Request for ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;

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
/// let env = sim.clone();
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
impl<'h, O: Outcome> Waitable for &'h mut ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;
    type Request = Joining<'h, O>;

    fn into_request(self) -> Joining<'h, O> {
        Joining { handle: self }
    }
}

/// A join that leaves the handle with its owner. Given up, it is told of nothing any more.
#[derive(Debug)]
pub struct Joining<'h, O: Outcome> {
    handle: &'h mut ProcessHandle<O>,
}

impl<O: Outcome> Drop for Joining<'_, O> {
    fn drop(&mut self) {
        self.handle.process.kernel.unlink(Link::Join(self.handle.process.key));
    }
}

impl<'h, O: Outcome> IntoFuture for &'h mut ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;
    type IntoFuture = Wait<Joining<'h, O>>;

    fn into_future(self) -> Self::IntoFuture {
        Wait::new(self.into_request())
    }
}

impl<O: Outcome> Request for Joining<'_, O> {
    type Output = Result<O::Value, Stopped<O::Error>>;

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
    /// let env = sim.clone();
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
    /// let env = sim.clone();
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
    /// let env = sim.clone();
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
