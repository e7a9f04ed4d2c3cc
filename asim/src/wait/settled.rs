//! Waiting until everything else of the present instant has happened.

use std::{cell::RefMut, panic::Location, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, slab::Key};
use crate::environment::Environment;
use crate::wait::request::{Ask, Request, RequestState};

impl Environment {
    /// Waits until everything else that happens at the present time has happened: what is ready, what is
    /// due now, and what follows from it without delay, delays of zero included. It is for an observer
    /// that looks at a model after the instant, not in the middle of it.
    ///
    /// The clock does not advance before. Several of these go on in the order of their calls. If the first
    /// one sets something off at this time, that happens before the next one goes on.
    ///
    /// What waits for the end of an instant again and again, with no time between, never lets time pass.
    /// Such a run ends in `SimError::TimeStandsStill`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn sampler(env: Environment, clerks: Resource) {
    ///     for hour in 1..=2 {
    ///         env.timeout_until(f64::from(hour)).await;
    ///         env.settled().await;
    ///         println!("{} busy at {hour}", clerks.count()); // 1 busy at 1, 0 busy at 2
    ///     #   assert_eq!(clerks.count(), 2 - hour as usize);
    ///     }
    /// }
    ///
    /// #[process]
    /// async fn customer(env: Environment, clerks: Resource) {
    ///     env.timeout(1.0).await; // comes at the time of a sample
    ///     let clerk = clerks.acquire().await;
    ///     env.timeout(1.0).await; // and leaves at one
    ///     clerk.release();
    /// }
    ///
    /// let sim = Simulation::new();
    /// let clerks = Resource::new(&sim, 3);
    /// sim.process(Sampler::new(clerks.clone()));
    /// sim.process(Customer::new(clerks));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn settled(&self) -> Settled {
        let kernel = self.kernel();
        let state = if kernel.closed.get() {
            RequestState::GONE
        } else {
            // The loop must not go beyond this instant any more: see `instant_end`.
            kernel.stops.set(true);
            RequestState::Waiting(kernel.instant_end.borrow_mut().join())
        };
        Request::new(SettledAsk { kernel: Rc::clone(kernel) }, state, Location::caller())
    }
}

/// A request for the end of the present instant: what [`Environment::settled`] returns.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let end: asim::Settled = sim.settled();
/// let later = sim.timeout(0.0);
/// assert_eq!(sim.peek(), Some(0.0));
/// sim.run()?;
/// assert!(later.triggered() && end.triggered());
/// # Ok::<(), SimError>(())
/// ```
pub type Settled = Request<SettledAsk>;

/// A simulation that is asked for the end of the present instant.
#[derive(Debug)]
pub struct SettledAsk {
    kernel: Rc<Kernel>,
}

/// Of the requests for the end of the instant. The run loop grants them.
impl Provider for Kernel {
    fn unlink(&self, request: Key) -> Unlinked {
        let awaiter = self.instant_end.borrow_mut().remove(request);
        self.forget(awaiter.unwrap_or_default());
        Unlinked::Gone
    }

    fn restore(&self, _request: Key) {}

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        RefMut::filter_map(self.instant_end.borrow_mut(), |end| end.awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        false
    }
}

impl Ask for SettledAsk {
    type Output = ();
    type Held = ();

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.kernel) as Rc<dyn Provider>
    }

    fn cancel(&self, request: Key) {
        self.kernel.cancel_request(&self.kernel, request);
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    fn name(&self) -> WaitName {
        WaitName::Settled
    }

    /// The entry of a request is removed when the instant is over.
    fn is_granted(&self, request: Key) -> bool {
        request.is_somebody() && !self.kernel.instant_end.borrow().is_waiting(request)
    }

    fn take_granted(&self, request: Key) -> Option<()> {
        self.is_granted(request).then_some(())
    }

    fn hand_over(&self, (): ()) {}

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        Provider::awaiter(&*self.kernel, request)
    }
}
