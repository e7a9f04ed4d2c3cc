//! Waiting for a request by reference: the request outlives the wait.

use std::task::{Context, Poll};
use std::{fmt, future::IntoFuture, mem, panic::Location, pin::Pin, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::misuse::polled_after_end;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::CancelHandle};
use crate::wait::awaited::{Awaited, Wait};
use crate::wait::request::{Ask, Request};
use crate::wait::waitable::Waitable;

/// Waits for a request and keeps it. If the wait loses a race or is interrupted, the request keeps its
/// place in line, and may be granted meanwhile. It can be awaited, raced or joined again, asked whether it
/// was [`triggered`](Request::triggered), or dropped.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn patient(env: Environment, doctor: Resource) {
///     let mut turn = doctor.acquire();
///     // Goes for a coffee now and then, and keeps the place in line.
///     let slot = loop {
///         match env.interruptible(&mut turn).await {
///             Ok(slot) => break slot,
///             Err(_) => env.timeout(2.0).await,
///         }
///     };
///     assert_eq!(env.now(), 13.0);
///     slot.release();
/// }
///
/// let sim = Simulation::new();
/// let doctor = Resource::new(&sim, 1);
/// let before = doctor.try_acquire().unwrap();
/// let patient = sim.process(Patient::new(doctor.clone()));
/// let late = doctor.clone();
/// let env = sim.env();
/// sim.spawn(async move {
///     env.timeout(5.0).await;
///     let _behind = late.acquire(); // never overtakes
///     patient.interrupt("coffee");
///     env.timeout(6.0).await;
///     patient.interrupt("more coffee"); // the doctor is free in this instant
///     before.release();
///     env.timeout(20.0).await;
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
///
/// # Panics
///
/// If the request has given its output before.
impl<'r, A: Ask> Waitable for &'r mut Request<A> {
    type Output = A::Output;
    type Request = BorrowedRequest<'r, A>;

    #[track_caller]
    fn into_request(self) -> BorrowedRequest<'r, A> {
        if self.is_over() {
            polled_after_end(self.ask().name(), Location::caller());
        }
        BorrowedRequest { request: self, location: Location::caller() }
    }
}

impl<'r, A: Ask> IntoFuture for &'r mut Request<A> {
    type Output = A::Output;
    type IntoFuture = Wait<BorrowedRequest<'r, A>>;

    #[track_caller]
    fn into_future(self) -> Wait<BorrowedRequest<'r, A>> {
        Wait::new(self.into_request())
    }
}

/// A wait that leaves the request with its owner. If dropped, nobody is notified any more, and the request
/// stays in line. An implementation detail.
#[must_use = "a wait that is dropped is given up: await it, race it or join it (`let _ = ..` drops it too, `let wait = ..` keeps it)"]
pub struct BorrowedRequest<'r, A: Ask> {
    request: &'r mut Request<A>,
    /// Where this wait began.
    location: CallSite,
}

impl<A: Ask> fmt::Debug for BorrowedRequest<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "&mut {:?}", self.request)
    }
}

impl<A: Ask> Drop for BorrowedRequest<'_, A> {
    fn drop(&mut self) {
        let Some(key) = self.request.key() else { return };
        let ask = self.request.ask();
        let awaiter = ask.awaiter(key).map(|mut awaiter| mem::take(&mut *awaiter));
        if let Some(awaiter) = awaiter {
            ask.kernel().forget(awaiter);
            ask.kernel().settle();
        }
    }
}

impl<A: Ask> Awaited for BorrowedRequest<'_, A> {
    type Output = A::Output;

    fn has_kernel() -> bool {
        true
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(self.request.ask().kernel())
    }

    fn is_triggered(&self) -> bool {
        self.request.triggered()
    }

    /// Unlike a request that is given by value, what it holds stays where it is: no composite may cancel
    /// it.
    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        let Some(key) = self.request.key() else { return CancelHandle::Nothing };
        let ask = self.request.ask();
        let Some(mut told) = ask.awaiter(key) else { return CancelHandle::Nothing };
        *told = awaiter;
        CancelHandle::Request { provider: ask.provider(), key, borrowed: true }
    }

    fn take(self: Pin<&mut Self>) -> A::Output {
        Pin::new(&mut *self.get_mut().request).take()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<A::Output> {
        let this = self.get_mut();
        this.request.poll_at(context, this.location)
    }
}
