//! The cause of the interrupt of a process that has lost a slot.

use std::fmt;

use crate::process::process_ref::ProcessRef;

/// The cause of the `Interrupt` of a process that has lost a slot of a `PreemptiveResource`.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
/// let holder = machine.clone();
/// sim.spawn(async move {
///     env.timeout(1.0).await;
///     let _slot = holder.acquire_with_priority(5).await;
///     let interrupt = env.interruptible(env.timeout(9.0)).await.unwrap_err();
///     let preempted: &Preempted = interrupt.cause().unwrap();
///     assert_eq!(preempted.usage_since, 1.0);
///     assert!(preempted.by.is_none()); // it was asked for outside of all processes
/// });
/// sim.run_until(3.0)?;
/// let _slot = machine.acquire();
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Preempted {
    /// The process that took the slot or changed the capacity; `None` if this was done outside of
    /// all processes.
    pub by: Option<ProcessRef>,
    /// The time at which the lost slot was granted.
    pub usage_since: f64,
}

impl fmt::Display for Preempted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.usage_since;
        match &self.by {
            Some(by) => write!(
                f,
                "preempted: `{}` took a slot of the PreemptiveResource held since {since}",
                by.name()
            ),
            None => {
                write!(
                    f,
                    "preempted: a slot of the PreemptiveResource held since {since} was taken"
                )
            }
        }
    }
}
