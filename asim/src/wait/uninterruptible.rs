//! Parts of a process during which interrupts wait.
//!
//! Such a part is a *mask*. Like a catch scope, it is registered with its process and has a place in the
//! same nesting. An interrupt goes to the innermost catch scope that has no mask inside it. If masks keep
//! it from every catch scope, it waits. [`delivery`](crate::engine::delivery) decides which, and when.

use std::task::{Context, Poll};
use std::{fmt, future::Future, panic::Location, pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{
    catch_scope::Registration, kernel::Kernel, misuse::polled_after_end, temporarily::Temporarily,
};
use crate::environment::Environment;
use crate::wait::{awaited::Awaited, waitable::Waitable};

impl Environment {
    /// Marks a part of a process during which interrupts wait: one wait, a whole block, or the call of an
    /// `async fn`. Awaiting the part gives its output.
    ///
    /// Interrupts that come meanwhile are kept in their order. They are delivered from the first
    /// resumption that begins after the part is over. So what the process does between the end of the
    /// part and its next pause is not interrupted. No interrupt is lost, unless the process ends first.
    ///
    /// The innermost part around a wait counts. An [`interruptible`](Self::interruptible) inside this
    /// part catches interrupts; one around it catches none while this part lasts. An interrupt that would
    /// end the process, because nothing is interruptible, waits too. A part that has lost a race is over.
    ///
    /// Only interrupts wait. A process that is cancelled ends all the same. A slot that a more urgent
    /// process takes is gone at once; only the interrupt that says so comes later.
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
    /// A part of a process during which interrupts wait. `uninterruptible` returns it.
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
        location: CallSite,
        registration: Option<Registration>,
        #[pin]
        request: Option<R>,
    }

    impl<R> PinnedDrop for Uninterruptible<R> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.kernel.unregister(this.registration);
        }
    }
}

impl<R: Awaited> Future for Uninterruptible<R> {
    type Output = R::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R::Output> {
        let mut this = self.project();
        let kernel = &*this.kernel;
        kernel.check_owner(WaitName::Uninterruptible, this.location);
        let entered = kernel.enter(this.registration, true);
        let Some(request) = this.request.as_mut().as_pin_mut() else {
            polled_after_end(WaitName::Uninterruptible, this.location);
        };
        let poll = {
            let _inside = Temporarily::set(&kernel.catch_scope, entered.scope);
            request.poll(context)
        };
        if poll.is_ready() {
            this.request.set(None);
            kernel.unregister(this.registration);
        } else {
            kernel.pause_in(&entered, context);
        }
        poll
    }
}

impl<R> fmt::Debug for Uninterruptible<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uninterruptible").finish_non_exhaustive()
    }
}
