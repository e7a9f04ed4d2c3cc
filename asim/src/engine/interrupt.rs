//! Interrupts: a process was interrupted, and why.
//!
//! What happens to an interrupt, and who catches it, is described in `delivery`.

use std::any::{Any, TypeId};
use std::{fmt, sync::Arc};

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
pub struct Interrupt(Kind);

#[derive(Clone)]
enum Kind {
    /// With the cause `()`, which needs no memory of its own. The number is unique.
    Bare(u64),
    With(Arc<dyn Cause>),
}

impl Interrupt {
    /// Makes an interrupt. No other one in the program has the `number`.
    #[inline]
    pub(crate) fn new<C: Any>(cause: C, number: u64) -> Self {
        if TypeId::of::<C>() == TypeId::of::<()>() {
            return Interrupt(Kind::Bare(number));
        }
        Interrupt(Kind::With(Arc::new(Kept::new(cause, None))))
    }

    /// Makes an interrupt whose cause describes itself.
    pub(crate) fn told_by_its_cause<C: Any + fmt::Display>(cause: C) -> Self {
        Interrupt(Kind::With(Arc::new(Kept::new(cause, Some(C::fmt)))))
    }

    /// Returns the cause if it is a `C`, and if this is the thread of the simulation. (On any thread if
    /// it is `()`.)
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
        match &self.0 {
            Kind::Bare(_) => (&() as &dyn Any).downcast_ref(),
            Kind::With(cause) => cause.value()?.downcast_ref(),
        }
    }

    /// Returns `true` if both are the same interrupt, and not only equal ones.
    pub(crate) fn is(&self, other: &Interrupt) -> bool {
        match (&self.0, &other.0) {
            (Kind::Bare(a), Kind::Bare(b)) => a == b,
            (Kind::With(a), Kind::With(b)) => std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b)),
            _ => false,
        }
    }
}

impl fmt::Display for Interrupt {
    /// Writes the cause if it is a text, "interrupt" if it is `()`, and otherwise the name of its type.
    /// `Preempted` and `RunEnded` say what has happened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bare(_) => f.pad("interrupt"),
            Kind::With(cause) => cause.describe(f),
        }
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interrupt({self})")
    }
}

impl std::error::Error for Interrupt {}
