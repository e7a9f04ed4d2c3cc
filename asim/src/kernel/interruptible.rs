//! The parts of a process that can be interrupted.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::blocked::{Place, What};
use super::core::Kernel;
use super::guard::Registration;
use super::interrupt::Interrupt;
use super::misuse::polled_after_end;
use super::restore::Restore;
use super::waitable::Request;

pin_project! {
    /// A part of a process that can be interrupted: what
    /// [`interruptible`](crate::Environment::interruptible) returns.
    ///
    /// It may be kept and awaited again, also by reference (`&mut`, once it is pinned) and elsewhere: it
    /// catches interrupts where it is awaited, and while it is.
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
        location: Place,
        registration: Option<Registration>,
        #[pin]
        request: Option<R>,
    }

    impl<R> PinnedDrop for Interruptible<R> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.kernel.unregister(this.registration.take());
        }
    }
}

static INTERRUPTIBLE: What = What("interruptible");

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

impl<R: Request> Future for Interruptible<R> {
    type Output = Result<R::Output, Interrupt>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let kernel = &*this.kernel;
        kernel.check_owner(&INTERRUPTIBLE, this.location);
        let guard = kernel.enter(this.registration, false);
        if let Some(interrupt) = kernel.catch_before(guard) {
            return Poll::Ready(Err(catch(kernel, this.registration, this.request, interrupt)));
        }
        let Some(request) = this.request.as_mut().as_pin_mut() else {
            polled_after_end(&INTERRUPTIBLE, this.location);
        };
        let poll = {
            let _inside = Restore::after(&kernel.guard, guard);
            request.poll(context)
        };
        if let Poll::Ready(output) = poll {
            kernel.unregister(this.registration.take());
            this.request.set(None);
            return Poll::Ready(Ok(output));
        }
        if let Some(interrupt) = kernel.catch_after(guard) {
            return Poll::Ready(Err(catch(kernel, this.registration, this.request, interrupt)));
        }
        kernel.pause_in(guard, context);
        Poll::Pending
    }
}

/// Drops what was guarded, as one cancellation.
fn catch<R>(
    kernel: &Kernel,
    registration: &mut Option<Registration>,
    mut request: Pin<&mut Option<R>>,
    interrupt: Interrupt,
) -> Interrupt {
    kernel.in_bulk(|| request.set(None));
    kernel.unregister(registration.take());
    interrupt
}

impl<R> fmt::Debug for Interruptible<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interruptible").finish_non_exhaustive()
    }
}
