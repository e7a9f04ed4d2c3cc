//! The end of a run, as the processes that are left learn of it.

use std::fmt;

/// The cause of the interrupt that `Simulation::run_all` sends to the processes that are left when the
/// producers have finished: the run ends.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn counter(env: Environment, parts: Queue<u32>) -> Result<u32, String> {
///     let mut count = 0;
///     loop {
///         match env.interruptible(parts.get()).await {
///             Ok(_part) => count += 1,
///             Err(interrupt) if interrupt.cause::<RunEnded>().is_some() => return Ok(count),
///             Err(other) => return Err(other.to_string()),
///         }
///     }
/// }
/// # let sim = Simulation::new();
/// # let parts = Queue::unbounded(&sim);
/// # let counter = sim.process(Counter::new(parts.clone()));
/// # let producer = sim.spawn(async move { for part in 0..3 { parts.put(part).await } });
/// # sim.run_all([producer])?;
/// # assert_eq!(sim.run_until_event(counter)?, Ok(3));
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunEnded;

impl fmt::Display for RunEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the run has ended")
    }
}
