//! Parts of a process during which interrupts wait.
//!
//! Such a part is a *mask*. It is registered with its process as a guard is, and stands in the same
//! nesting: an interrupt goes to the innermost guard that has no mask inside it, and waits if there
//! is none but a mask. See [`guard`](super::guard) for who decides that, and when.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::blocked::{Place, What};
use super::core::Kernel;
use super::environment::Environment;
use super::guard::Registration;
use super::misuse::polled_after_end;
use super::restore::Restore;
use super::waitable::{Request, Waitable};

static UNINTERRUPTIBLE: What = What("uninterruptible");

impl Environment {
    /// A part of a process during which interrupts wait: one wait, a whole block, or the call of an
    /// `async fn`. Gives what it waited for.
    ///
    /// Interrupts that come meanwhile are kept in their order. They are delivered from the first
    /// resumption on that begins when the part is over: what the process does between the end of the
    /// part and its next pause is not interrupted. None is lost, unless the process ends before.
    ///
    /// Of what surrounds a wait the innermost counts: an
    /// [`interruptible`](Self::interruptible) inside the part catches interrupts, one around it does
    /// not as long as the part lasts. Interrupts also wait where nothing is interruptible, and would
    /// end the process. A part that has lost a race is over.
    ///
    /// Only interrupts wait. A process that is [cancelled](crate::ProcessRef::cancel) ends all the
    /// same, and a slot that is taken away by somebody more urgent is gone at once; only the news
    /// comes later.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn surgeon(env: Environment) {
    ///     let operation = async {
    ///         env.uninterruptible(env.timeout(4.0)).await;
    ///         env.timeout(3.0).await;
    ///     };
    ///     let call = env.interruptible(operation).await.unwrap_err();
    ///     assert_eq!((env.now(), call.cause()), (4.0, Some(&"phone")));
    /// }
    ///
    /// let sim = Simulation::new();
    /// let surgeon = sim.process(Surgeon::new());
    /// sim.schedule(1.0, move |_| surgeon.interrupt("phone"));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn uninterruptible<W: Waitable>(&self, waitable: W) -> Uninterruptible<W::Request> {
        Uninterruptible {
            kernel: Rc::clone(self.kernel()),
            location: Location::caller(),
            registration: None,
            request: Some(waitable.into_request()),
        }
    }
}

pin_project! {
    /// A part of a process during which interrupts wait: what
    /// [`uninterruptible`](crate::Environment::uninterruptible) returns.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let process = sim.spawn(async move {
    ///     env.uninterruptible(env.timeout(2.0)).await;
    ///     let interrupt = env.interruptible(env.timeout(2.0)).await.unwrap_err();
    ///     assert_eq!(interrupt.cause(), Some(&"it waited"));
    /// });
    /// sim.run_until(1.0)?;
    /// process.interrupt("it waited");
    /// sim.run()?;
    /// assert_eq!(sim.now(), 2.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "nothing is awaited unless this is awaited (`let _ = ..` drops it, `let part = ..` keeps it)"]
    pub struct Uninterruptible<R> {
        kernel: Rc<Kernel>,
        location: Place,
        registration: Option<Registration>,
        #[pin]
        request: Option<R>,
    }

    impl<R> PinnedDrop for Uninterruptible<R> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.kernel.unregister(this.registration.take());
        }
    }
}

impl<R: Request> Future for Uninterruptible<R> {
    type Output = R::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R::Output> {
        let mut this = self.project();
        let kernel = &*this.kernel;
        kernel.check_owner(&UNINTERRUPTIBLE, this.location);
        let mask = kernel.enter(this.registration, true);
        let Some(request) = this.request.as_mut().as_pin_mut() else {
            polled_after_end(&UNINTERRUPTIBLE, this.location);
        };
        let poll = {
            let _inside = Restore::after(&kernel.guard, mask);
            request.poll(context)
        };
        if poll.is_ready() {
            this.request.set(None);
            kernel.unregister(this.registration.take());
        } else {
            kernel.pause_in(mask, context);
        }
        poll
    }
}

impl<R> fmt::Debug for Uninterruptible<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uninterruptible").finish_non_exhaustive()
    }
}
