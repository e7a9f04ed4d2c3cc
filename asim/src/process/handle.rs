//! The handle of a process, which joins it.

use std::task::{Context, Poll};
use std::{
    borrow::Cow, cell::RefMut, fmt, future::IntoFuture, marker::PhantomData, ops::Deref,
    panic::Location, pin::Pin, rc::Rc,
};

use crate::engine::blocked::CallSite;
use crate::engine::process_cell::{Left, Stop};
use crate::engine::wait_name::WaitName;
use crate::engine::{
    awaiter::Awaiter, deferred::Discard, kernel::Kernel, misuse::polled_after_end,
    outcome::Outcome, provider::CancelHandle, slab::Key, stopped::Stopped,
};
use crate::process::process_ref::ProcessRef;
use crate::wait::awaited::{Awaited, Wait};
use crate::wait::waitable::Waitable;

/// The handle of a started process. Awaiting it joins the process and gives what the process returned.
///
/// It can be awaited once, as it gives the value away. Dropping it lets the process run on. It also has
/// all methods of a [`ProcessRef`].
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
    location: CallSite,
    /// Whether the result has been given away.
    taken: bool,
    outcome: PhantomData<fn() -> O>,
}

impl<O: Outcome> ProcessHandle<O> {
    pub(crate) fn new(
        kernel: Rc<Kernel>,
        key: Key,
        name: Cow<'static, str>,
        location: CallSite,
    ) -> Self {
        ProcessHandle {
            process: ProcessRef::new(kernel, key, name),
            location,
            taken: false,
            outcome: PhantomData,
        }
    }

    /// Returns a reference to the process that does not join it.
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

    /// Panics if the result has been given away.
    #[track_caller]
    #[inline]
    fn refuse_second_join(&self) {
        assert!(!self.taken, "the process `{}` has been joined before", self.process.name());
    }

    /// Takes the result of a process that is over.
    fn take(&mut self) -> Result<O::Value, Stopped<O::Error>> {
        self.refuse_second_join();
        let left = self.process.kernel.tables.borrow_mut().processes.remove(self.process.key);
        self.take_from(left)
    }

    /// Takes the result from what is left of the process.
    #[inline]
    fn take_from(&mut self, left: Option<Left>) -> Result<O::Value, Stopped<O::Error>> {
        self.taken = true;
        let kernel = &self.process.kernel;
        let Some(Left { mut body, since, .. }) = left else { return Err(Stopped::Cancelled) };
        kernel.forget(body.awaiter);
        let mut rare = body.take_rare();
        let stop = rare.as_mut().and_then(|rare| rare.stopped.take());
        let result: Option<Result<O::Value, O::Error>> = body.into_result();
        let result = match (stop, result) {
            (None, Some(result)) => result.map_err(Stopped::Failed),
            (Some(Stop::Interrupted(interrupt)), _) => Err(Stopped::Interrupted(interrupt)),
            (Some(Stop::Panicked), _) => Err(Stopped::Panicked),
            // The process was cancelled, or the run has already reported its error.
            (Some(Stop::Cancelled) | None, _) => Err(Stopped::Cancelled),
        };
        if result.is_err() {
            kernel.note_failed_join(self.process.name(), rare.as_deref(), since);
        }
        // Dropping the cause of an interrupt may panic, and the compiler forgets a result whose function
        // panics in a later drop. So the causes that were never delivered go first.
        if let Some(rare) = rare.filter(|rare| !rare.interrupts.is_empty()) {
            kernel.discard(Discard::RareState(rare));
            kernel.settle();
        }
        result
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<O::Value, Stopped<O::Error>>> {
        if self.taken {
            polled_after_end(WaitName::Join, self.location);
        }
        let kernel = &self.process.kernel;
        kernel.check_owner(WaitName::Join, self.location);
        let key = self.process.key;
        let mut tables = kernel.tables.borrow_mut();
        let Some(told) = tables.processes.end_awaiter(key) else {
            let left = tables.processes.remove(key);
            drop(tables);
            return Poll::Ready(self.take_from(left));
        };
        if let Some(active) = kernel.active_awaiter(context, *told) {
            *told = active;
            kernel.note_waiting(WaitName::Join, self.location);
            return Poll::Pending;
        }
        drop(tables);
        self.wait_foreign(context);
        Poll::Pending
    }

    /// Waits inside a foreign combinator.
    #[cold]
    #[inline(never)]
    fn wait_foreign(&self, context: &Context<'_>) {
        let (kernel, key) = (&self.process.kernel, self.process.key);
        kernel.await_request(context, WaitName::Join, self.location, || {
            let tables = kernel.tables.borrow_mut();
            RefMut::filter_map(tables, |tables| tables.processes.end_awaiter(key)).ok()
        });
    }

    fn link(&self, awaiter: Awaiter) -> CancelHandle {
        self.process.kernel.tables.borrow_mut().processes.watch(self.process.key, awaiter);
        CancelHandle::Join(self.process.key)
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
        f.debug_tuple("ProcessHandle").field(&self.process.name()).finish()
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

impl<O: Outcome> Awaited for ProcessHandle<O> {
    type Output = Result<O::Value, Stopped<O::Error>>;

    fn holds() -> bool {
        false
    }

    fn has_kernel() -> bool {
        true
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.process.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.is_over()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        ProcessHandle::link(self, awaiter)
    }

    fn take(self: Pin<&mut Self>) -> Self::Output {
        self.get_mut().take()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        ProcessHandle::poll(self.get_mut(), context)
    }
}

/// Joins a process and keeps the handle. If the join loses a race, the process can be joined again.
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
/// If the process has been joined before, as the handle then has no result any more.
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

/// A join that leaves the handle with its owner. If dropped, it is no longer notified.
#[must_use = "a join that is dropped is given up, and the handle stays: await it, race it or join it (`let _ = ..` drops it too, `let join = ..` keeps it)"]
#[derive(Debug)]
pub struct Joining<'h, O: Outcome> {
    handle: &'h mut ProcessHandle<O>,
}

impl<O: Outcome> Drop for Joining<'_, O> {
    fn drop(&mut self) {
        let kernel = &self.handle.process.kernel;
        kernel.unlink(CancelHandle::Join(self.handle.process.key));
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

impl<O: Outcome> Awaited for Joining<'_, O> {
    type Output = Result<O::Value, Stopped<O::Error>>;

    fn holds() -> bool {
        false
    }

    fn has_kernel() -> bool {
        true
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.handle.process.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.handle.is_over()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        self.handle.link(awaiter)
    }

    fn take(self: Pin<&mut Self>) -> Self::Output {
        self.get_mut().handle.take()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().handle.poll(context)
    }
}

impl<O> From<&ProcessHandle<O>> for ProcessRef {
    fn from(handle: &ProcessHandle<O>) -> Self {
        handle.process.clone()
    }
}

impl<O> From<ProcessHandle<O>> for ProcessRef {
    /// Drops the handle, so nobody can join the process any more.
    fn from(handle: ProcessHandle<O>) -> Self {
        handle.process.clone()
    }
}
