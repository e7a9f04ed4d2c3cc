//! A timeout that stands still while nobody waits for it.

use std::task::{Context, Poll};
use std::{fmt, future::IntoFuture, panic::Location, pin::Pin};

use crate::engine::blocked::CallSite;
use crate::engine::misuse::polled_after_end;
use crate::engine::wait_name::WaitName;
use crate::environment::Environment;
use crate::wait::awaited::Awaited;
use crate::wait::timeout::Timeout;
use crate::wait::waitable::Waitable;

/// A timeout that runs only while somebody waits for it: work that an interrupt or a lost race stops, and
/// that goes on later with what is left. Await it as `&mut`.
///
/// A `Timeout` that is awaited as `&mut` runs on meanwhile.
///
/// In a race it is like an `async` block: at one time, a timeout or a request of the library goes first, and
/// then nothing is [`left`](Self::left). It has no `triggered`.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn machine(env: Environment) {
///     let mut part = env.pausable_timeout(8.0);
///     // A breakdown stops the work. After the repair it goes on.
///     while env.interruptible(&mut part).await.is_err() {
///         assert_eq!(part.left(), 5.0);
///         env.timeout(10.0).await;
///     }
///     assert_eq!(env.now(), 18.0);
/// }
///
/// let sim = Simulation::new();
/// let machine = sim.process(Machine::new());
/// sim.run_until(3.0)?;
/// machine.interrupt("breakdown");
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "no time passes unless it is awaited"]
pub struct PausableTimeout {
    env: Environment,
    left: f64,
    location: CallSite,
}

impl Environment {
    /// Returns a timeout that runs only while somebody waits for it, and takes `delay` in all.
    ///
    /// # Panics
    ///
    /// If the delay is negative or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let cooking = sim.pausable_timeout(12.0);
    /// sim.run_until(5.0)?;
    /// assert_eq!(cooking.left(), 12.0); // nobody waits for it
    /// sim.run_until_event(cooking)?;
    /// assert_eq!(sim.now(), 17.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn pausable_timeout(&self, delay: f64) -> PausableTimeout {
        // A timeout knows which delays there are.
        drop(self.timeout(delay));
        PausableTimeout { env: self.clone(), left: delay, location: Location::caller() }
    }
}

impl PausableTimeout {
    /// Returns how much time is left. While somebody waits for it, this is what was left when that wait
    /// began.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let mut drive = sim.pausable_timeout(3.0);
    /// sim.run_until_event(first_of([(&mut drive).into_boxed(), sim.timeout(1.0).into_boxed()]))?;
    /// assert_eq!(drive.left(), 2.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn left(&self) -> f64 {
        self.left
    }
}

impl fmt::Debug for PausableTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PausableTimeout").field("left", &self.left).finish_non_exhaustive()
    }
}

/// The future behind the `.await` of a [`PausableTimeout`] or a `&mut` of one. If it is dropped, the time
/// stands still. An implementation detail.
#[must_use = "no time passes unless this is awaited (`let _ = ..` drops it, `let wait = ..` keeps it)"]
pub struct PausableWait<'t> {
    timeout: Owned<'t>,
    /// The timer of this wait and the time at which it began; `None` before the first poll.
    running: Option<(Timeout, f64)>,
    is_over: bool,
}

enum Owned<'t> {
    Here(PausableTimeout),
    Elsewhere(&'t mut PausableTimeout),
}

impl PausableWait<'_> {
    fn timeout(&mut self) -> &mut PausableTimeout {
        match &mut self.timeout {
            Owned::Here(timeout) => timeout,
            Owned::Elsewhere(timeout) => timeout,
        }
    }
}

impl fmt::Debug for PausableWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PausableWait")
            .field("running", &self.running.is_some())
            .finish_non_exhaustive()
    }
}

impl Future for PausableWait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let location = this.timeout().location;
        this.timeout().env.kernel().check_owner(WaitName::PausableTimeout, location);
        if this.is_over {
            polled_after_end(WaitName::PausableTimeout, location);
        }
        if this.running.is_none() {
            let timeout = this.timeout();
            let started = (timeout.env.timeout(timeout.left), timeout.env.now());
            this.running = Some(started);
        }
        let Some((timer, _)) = &mut this.running else { return Poll::Pending };
        if Pin::new(timer).poll(context).is_pending() {
            this.timeout().env.kernel().note_waiting(WaitName::PausableTimeout, location);
            return Poll::Pending;
        }
        this.running = None;
        this.is_over = true;
        this.timeout().left = 0.0;
        Poll::Ready(())
    }
}

impl Drop for PausableWait<'_> {
    fn drop(&mut self) {
        let Some((_, since)) = self.running.take() else { return };
        let timeout = self.timeout();
        let now = timeout.env.now();
        // What is due in this very instant leaves nothing, whatever the difference of the times says.
        let is_due = now >= since + timeout.left;
        timeout.left = if is_due { 0.0 } else { (timeout.left - (now - since)).max(0.0) };
    }
}

impl IntoFuture for PausableTimeout {
    type Output = ();
    type IntoFuture = PausableWait<'static>;

    fn into_future(self) -> PausableWait<'static> {
        PausableWait { timeout: Owned::Here(self), running: None, is_over: false }
    }
}

impl<'t> IntoFuture for &'t mut PausableTimeout {
    type Output = ();
    type IntoFuture = PausableWait<'t>;

    fn into_future(self) -> PausableWait<'t> {
        PausableWait { timeout: Owned::Elsewhere(self), running: None, is_over: false }
    }
}

impl Waitable for PausableTimeout {
    type Output = ();
    type Request = <PausableWait<'static> as Waitable>::Request;

    fn into_request(self) -> Self::Request {
        self.into_future().into_request()
    }
}

impl<'t> Waitable for &'t mut PausableTimeout {
    type Output = ();
    type Request = <PausableWait<'t> as Waitable>::Request;

    fn into_request(self) -> Self::Request {
        self.into_future().into_request()
    }
}
