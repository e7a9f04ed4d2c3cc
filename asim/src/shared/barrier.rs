//! Barriers: one release lets all waiting processes go on together.

use std::fmt;

use crate::engine::{kernel::Kernel, wait_name::WaitName, watchers::Watchers};
use crate::environment::Environment;
use crate::shared::gate::{Gate, GateWait};
use crate::wait::watch::Watched;

/// A place where processes wait until a release lets all of them go on together. A barrier can be
/// used again and again: a process that comes after a release waits for the next one. Clone it
/// freely: all clones are handles of the same barrier, and such handles are equal.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn runner(env: Environment, start: Barrier) {
///     start.wait().await;
///     assert_eq!(env.now(), 10.0);
/// }
///
/// #[process]
/// async fn starter(env: Environment, start: Barrier) {
///     env.timeout(10.0).await;
///     assert_eq!(start.waiting(), 3);
///     start.release();
/// }
///
/// let sim = Simulation::new();
/// let start = Barrier::new(&sim);
/// for _ in 0..3 {
///     sim.process(Runner::new(start.clone()));
/// }
/// sim.process(Starter::new(start));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let gate = Barrier::new(&sim);
/// assert!(gate == gate.clone() && gate != Barrier::new(&sim));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Barrier {
    /// A gate that is never open. A release lets those pass who wait.
    gate: Gate,
}

impl Barrier {
    /// Makes a barrier at which nobody waits.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(Barrier::new(&sim).waiting(), 0);
    /// ```
    #[must_use]
    pub fn new(env: &Environment) -> Self {
        Barrier { gate: Gate::new(env, false, WaitName::BarrierWait) }
    }

    /// Gives the barrier a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`.
    ///
    /// # Panics
    ///
    /// If it has a name already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let start = Barrier::new(&sim).named("start");
    /// assert_eq!(format!("{start:?}"), "Barrier(`start`, 0 waiting)");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        Barrier { gate: self.gate.named(name) }
    }

    /// Waits for the next [`release`](Self::release) after this call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, gate) = (sim.env(), Barrier::new(&sim));
    /// sim.spawn(async move {
    ///     let wait = gate.wait();
    ///     gate.release();
    ///     wait.await; // released already
    ///     assert_eq!(env.now(), 0.0);
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn wait(&self) -> BarrierWait {
        self.gate.wait()
    }

    /// Releases all requests that wait now, in the order of arrival.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let gate = Barrier::new(&sim);
    /// let _waits = [gate.wait(), gate.wait()];
    /// gate.release();
    /// assert_eq!(gate.waiting(), 0);
    /// ```
    pub fn release(&self) {
        self.gate.let_pass();
    }

    /// Lets only the first of those who wait go on: a signal for one. Returns `false`, and does nothing,
    /// if nobody waits.
    ///
    /// If the one that was released does not take it, because it is interrupted or loses a race before it
    /// resumes, the next in line goes on. (A request that is awaited as `&mut` keeps the signal.) Somebody
    /// who was let go in this same step does not wait any more, even if [`waiting`](Self::waiting) counts it
    /// until the step is over.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let call = Barrier::new(&sim);
    /// let (first, second) = (call.wait(), call.wait());
    /// assert!(call.release_one());
    /// assert!(first.triggered() && !second.triggered());
    /// ```
    #[allow(clippy::must_use_candidate, reason = "a signal that nobody hears is no mistake")]
    pub fn release_one(&self) -> bool {
        self.gate.let_one_pass()
    }

    /// Returns how many requests wait for the next release.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let gate = Barrier::new(&sim);
    /// let first = gate.wait();
    /// let _second = gate.wait();
    /// assert_eq!(gate.waiting(), 2);
    /// drop(first);
    /// assert_eq!(gate.waiting(), 1);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.gate.waiting()
    }
}

impl Watched for Barrier {
    fn watchers(&self) -> &Watchers {
        self.gate.watchers()
    }

    fn watched_kernel(&self) -> &Kernel {
        self.gate.watched_kernel()
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Barrier(")?;
        if let Some(name) = self.watchers().name() {
            write!(f, "`{name}`, ")?;
        }
        write!(f, "{} waiting)", self.waiting())
    }
}

/// A request to be released from a [`Barrier`]: what [`Barrier::wait`] returns.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, gate) = (sim.env(), Barrier::new(&sim));
/// sim.spawn(async move {
///     asim!(match FirstOf(open = gate.wait(), tired = env.timeout(5.0)).await {
///         FirstOf::Open(()) => unreachable!("nobody opens it"),
///         FirstOf::Tired(()) => assert_eq!(gate.waiting(), 0),
///     })
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
pub type BarrierWait = GateWait;
