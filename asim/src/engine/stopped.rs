//! Why a process did not end well, as its joiner learns it.

use std::{error::Error, fmt};

use crate::engine::{interrupt::Interrupt, shown_names::next_name};

/// The way in which a process ended that did not end well: the error of joining it.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// let handle = sim.spawn(async move { env.timeout(1.0).await });
/// handle.cancel();
/// assert!(matches!(sim.run_until_event(handle)?, Err(Stopped::Cancelled)));
/// # Ok::<(), SimError>(())
/// ```
///
/// It is an error, so it can be passed on with `?`: as the error of another process, in an error enum,
/// or in a `Box<dyn Error + Send + Sync>`. It can be sent to another thread if `E` can. If nobody joins
/// the process that passes it on, the run names both processes:
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn pump(env: Environment) -> Result<(), &'static str> {
///     env.timeout(4.0).await;
///     Err("out of oil")
/// }
///
/// #[process]
/// async fn plant(env: Environment) -> Result<(), Stopped<&'static str>> {
///     env.process(Pump::new()).await
/// }
///
/// let sim = Simulation::new();
/// sim.process(Plant::new());
/// assert_eq!(
///     sim.run().unwrap_err().to_string(),
///     "process `Plant` failed at time 4: process `Pump` failed: out of oil"
/// );
/// ```
#[derive(Debug, Clone)]
pub enum Stopped<E> {
    /// It returned this error.
    Failed(E),
    /// It was interrupted outside every `interruptible`.
    Interrupted(Interrupt),
    /// It panicked, and the code that ran the simulation caught the panic and ran the simulation on.
    Panicked,
    /// It was cancelled.
    Cancelled,
}

// By hand, because only the run knows which process it is about: see `passed_on`.
impl<E: fmt::Display> fmt::Display for Stopped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = next_name();
        if let (Stopped::Failed(error), None) = (self, &name) {
            return error.fmt(f);
        }
        match name {
            Some(name) => write!(f, "process `{name}` ")?,
            None => f.write_str("the process ")?,
        }
        match self {
            Stopped::Failed(error) => write!(f, "failed: {error}"),
            Stopped::Interrupted(interrupt) => write!(f, "was interrupted: {interrupt}"),
            Stopped::Panicked => f.write_str("panicked"),
            Stopped::Cancelled => f.write_str("was cancelled"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> Error for Stopped<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Stopped::Interrupted(interrupt) => Some(interrupt),
            _ => None,
        }
    }
}

/// Lets `?` pass on an interrupt that a process has caught.
impl<E> From<Interrupt> for Stopped<E> {
    fn from(interrupt: Interrupt) -> Self {
        Stopped::Interrupted(interrupt)
    }
}

impl<E: PartialEq> PartialEq for Stopped<E> {
    /// Two interrupts are equal if they are the same one.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Stopped::Failed(a), Stopped::Failed(b)) => a == b,
            (Stopped::Interrupted(a), Stopped::Interrupted(b)) => a.is(b),
            (Stopped::Panicked, Stopped::Panicked) | (Stopped::Cancelled, Stopped::Cancelled) => {
                true
            }
            _ => false,
        }
    }
}
