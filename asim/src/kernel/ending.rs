//! The end of a run: those who are left are told, and then ended.

use super::core::Kernel;
use super::interrupt::{Fate, Interrupt};
use super::slab::Key;
use crate::error::SimError;

/// That the run ends: the cause of the interrupt that [`Simulation::run_all`](crate::Simulation::run_all)
/// sends to those who are left when the producers have finished.
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

impl Kernel {
    /// Finishes the instant, tells those who are left and can be told, lets them run, and cancels
    /// whoever is left then.
    pub(crate) fn end_all(&self) -> Result<(), SimError> {
        let now = self.now.get();
        self.run(now)?;
        for process in self.living() {
            if self.can_be_told(process) {
                self.interrupt(process, Interrupt::new(RunEnded));
            }
        }
        self.run(now)?;
        for process in self.living() {
            self.cancel(process);
        }
        Ok(())
    }

    /// In the order in which they were started.
    fn living(&self) -> Vec<Key> {
        self.books.borrow().processes.living()
    }

    /// Does it wait inside an `interruptible`?
    fn can_be_told(&self, process: Key) -> bool {
        self.next_fate(&self.books.borrow(), process) == Fate::Caught
    }
}
