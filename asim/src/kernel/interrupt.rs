//! Interrupts: that somebody has interrupted a process, and why.
//!
//! What becomes of one, and who catches it, is said in [`guard`](super::guard).

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::cause::{Cause, Kept};

/// That a process was interrupted, and the cause.
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
/// It is an error: a process may return the one that it has caught, which ends the run as
/// [`SimError::Interrupted`](crate::SimError::Interrupted) if nobody joins the process. As errors
/// must, it can go to another thread; the cause stays behind, and is forgotten if the interrupt is
/// dropped there.
#[derive(Clone)]
pub struct Interrupt {
    cause: Arc<dyn Cause>,
}

impl Interrupt {
    pub(crate) fn new<C: Any>(cause: C) -> Self {
        Interrupt { cause: Arc::new(Kept::new(cause, None)) }
    }

    /// One whose cause says itself what it is.
    pub(crate) fn told_by_its_cause<C: Any + fmt::Display>(cause: C) -> Self {
        Interrupt { cause: Arc::new(Kept::new(cause, Some(C::fmt))) }
    }

    /// The cause, if it is a `C`. None on a thread that is not the simulation's.
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

    /// Is it the same interrupt, not only an equal one?
    pub(crate) fn is(&self, other: &Interrupt) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.cause), Arc::as_ptr(&other.cause))
    }
}

impl fmt::Display for Interrupt {
    /// The cause where it is a text, "interrupt" where it is `()`, and else the name of its type;
    /// [`Preempted`](crate::Preempted) and [`RunEnded`](crate::RunEnded) say what has happened.
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
