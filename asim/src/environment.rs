//! The environment: the handle of a simulation that its processes get.

use std::{fmt, rc::Rc};

use crate::engine::kernel::Kernel;

/// The handle of a simulation that its processes get: for the time, for waiting, and for starting other
/// processes. Clone it freely.
///
/// It may outlive its simulation: calls after that do nothing. It cannot be sent to another thread,
/// because one simulation lives on one thread; many simulations can run in parallel.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn clock(env: Environment) {
///     for tick in 1..=3 {
///         env.timeout(1.0).await;
///         assert_eq!(env.now(), f64::from(tick));
///     }
/// }
///
/// let sim = Simulation::new();
/// sim.process(Clock::new());
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct Environment {
    kernel: Rc<Kernel>,
}

impl Environment {
    pub(crate) fn new(kernel: Rc<Kernel>) -> Self {
        Environment { kernel }
    }

    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    /// Returns the time, in the model's own unit.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::starting_at(8.5);
    /// assert_eq!(sim.now(), 8.5);
    /// ```
    #[must_use]
    #[inline]
    pub fn now(&self) -> f64 {
        self.kernel.now.get()
    }
}

/// Two handles are equal if they are of the same simulation.
///
/// ```
/// use asim::prelude::*;
///
/// let (one, other) = (Simulation::new(), Simulation::new());
/// assert!(one.env() == one.env() && one.env() != other.env());
/// ```
impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.kernel, &other.kernel)
    }
}

impl Eq for Environment {}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("now", &self.now()).finish_non_exhaustive()
    }
}
