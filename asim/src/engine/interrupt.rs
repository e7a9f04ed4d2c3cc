//! Interrupts: a process was interrupted, and why.
//!
//! What happens to an interrupt, and who catches it, is described in `delivery`.

use std::{any::Any, fmt, sync::Arc};

use crate::engine::cause::{Cause, Kept};

/// The interrupt of a process, with its cause.
///
/// ```
/// use asim::prelude::*;
///
/// #[derive(Debug, PartialEq)]
/// struct Breakdown { machine: u32 }
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// let operator = sim.spawn(async move {
///     let interrupt = env.interruptible(env.timeout(60.0)).await.unwrap_err();
///     assert_eq!(interrupt.cause::<Breakdown>(), Some(&Breakdown { machine: 3 }));
///     assert_eq!(interrupt.cause::<String>(), None);
/// });
/// operator.interrupt(Breakdown { machine: 3 });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
///
/// An interrupt is an error. A process may return the one that it has caught; if nobody joins the
/// process, the run then ends with `SimError::Interrupted`. Like every error it can go to another
/// thread. The cause can be read only on its own thread, and is forgotten if the interrupt is dropped on
/// another one.
#[derive(Clone)]
pub struct Interrupt {
    cause: Arc<dyn Cause>,
}

impl Interrupt {
    pub(crate) fn new<C: Any>(cause: C) -> Self {
        Interrupt { cause: Arc::new(Kept::new(cause, None)) }
    }

    /// Makes an interrupt whose cause describes itself.
    pub(crate) fn told_by_its_cause<C: Any + fmt::Display>(cause: C) -> Self {
        Interrupt { cause: Arc::new(Kept::new(cause, Some(C::fmt))) }
    }

    /// Returns the cause if it is a `C`, and if this is the thread of the simulation.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let clerk = sim.spawn(async move {
    ///     let interrupt = env.interruptible(env.timeout(1.0)).await.unwrap_err();
    ///     assert_eq!(interrupt.cause(), Some(&"phone"));
    /// });
    /// clerk.interrupt("phone");
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn cause<C: Any>(&self) -> Option<&C> {
        self.cause.value()?.downcast_ref()
    }

    /// Returns `true` if both are the same interrupt, and not only equal ones.
    pub(crate) fn is(&self, other: &Interrupt) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.cause), Arc::as_ptr(&other.cause))
    }
}

impl fmt::Display for Interrupt {
    /// Writes the cause if it is a text, "interrupt" if it is `()`, and otherwise the name of its type.
    /// `Preempted` and `RunEnded` say what has happened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.describe(f)
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interrupt({self})")
    }
}

impl std::error::Error for Interrupt {}
