//! The parts of a process that can be interrupted.

use std::task::{Context, Poll};
use std::{fmt, future::Future, panic::Location, pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{
    catch_scope::Registration, interrupt::Interrupt, kernel::Kernel, misuse::polled_after_end,
    nesting::Entered, temporarily::Temporarily,
};
use crate::environment::Environment;
use crate::wait::{awaited::Awaited, waitable::Waitable};

pin_project! {
    /// A part of a process that can be interrupted. `interruptible` returns it.
    ///
    /// It can be kept and awaited again, also by reference (`&mut`, once it is pinned) and in another
    /// place. It catches interrupts where it is awaited, and only while it is awaited.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     let nap = env.interruptible(env.timeout(1.0));
    ///     assert!(nap.await.is_ok());
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "nothing is awaited, and nothing can be interrupted, unless this is awaited (`let _ = ..` drops it, `let part = ..` keeps it)"]
    pub struct Interruptible<R> {
        kernel: Rc<Kernel>,
        location: CallSite,
        registration: Option<Registration>,
        #[pin]
        request: Option<R>,
    }

    impl<R> PinnedDrop for Interruptible<R> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.kernel.unregister(this.registration);
        }
    }
}

impl Environment {
    /// Marks a part of a process that can be interrupted: one wait, a whole block, or the call of an
    /// `async fn`, which may borrow its arguments. Awaiting the part gives `Ok` with its output, or the
    /// `Interrupt` that came first. In that case the part has been cancelled: its requests, slots and loans
    /// have gone back, and its other values have been dropped. So keep an item that must not be lost outside of
    /// the part.
    ///
    /// Of several parts on the await path, the innermost catches an interrupt.
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
        Interruptible::new(Rc::clone(self.kernel()), waitable.into_request())
    }
}

impl<R> Interruptible<R> {
    #[track_caller]
    pub(crate) fn new(kernel: Rc<Kernel>, request: R) -> Self {
        Interruptible {
            kernel,
            location: Location::caller(),
            registration: None,
            request: Some(request),
        }
    }
}

impl<R: Awaited> Future for Interruptible<R> {
    type Output = Result<R::Output, Interrupt>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let kernel = &*this.kernel;
        kernel.check_owner(WaitName::Interruptible, this.location);
        let late = kernel.enters_late(*this.registration);
        let mut entered = match late {
            Some(scope) => Entered::new(scope),
            None => kernel.enter(this.registration, false),
        };
        if let Some(interrupt) = entered.caught.take() {
            return Poll::Ready(Err(catch(kernel, this.registration, this.request, interrupt)));
        }
        let Some(request) = this.request.as_mut().as_pin_mut() else {
            polled_after_end(WaitName::Interruptible, this.location);
        };
        let poll = {
            let _inside = Temporarily::set(&kernel.catch_scope, entered.scope);
            request.poll(context)
        };
        if let Poll::Ready(output) = poll {
            kernel.unregister(this.registration);
            this.request.set(None);
            return Poll::Ready(Ok(output));
        }
        if kernel.delivering.get()
            && let Some(interrupt) = kernel.catch_after(entered.scope)
        {
            return Poll::Ready(Err(catch(kernel, this.registration, this.request, interrupt)));
        }
        if let Some(scope) = late {
            entered = kernel.enter_again(scope, false);
        }
        kernel.pause_in(&entered, context);
        Poll::Pending
    }
}

/// Drops the guarded request, as one cancellation.
fn catch<R>(
    kernel: &Kernel,
    registration: &mut Option<Registration>,
    mut request: Pin<&mut Option<R>>,
    interrupt: Interrupt,
) -> Interrupt {
    kernel.in_bulk(|| request.set(None));
    kernel.unregister(registration);
    interrupt
}

impl<R> fmt::Debug for Interruptible<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interruptible").finish_non_exhaustive()
    }
}
