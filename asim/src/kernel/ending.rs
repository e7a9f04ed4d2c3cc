//! The end of a run: those who are left are told, and then ended.

use std::fmt;

use super::core::Kernel;
use super::guard::Fate;
use super::interrupt::Interrupt;
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

/// So many times in a row may the end of those who are left start others.
const MOST_ROUNDS: u64 = 1_000_000;

impl fmt::Display for RunEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the run has ended")
    }
}

impl Kernel {
    /// Finishes the instant, tells those who are left and can be told, lets them run, and cancels
    /// whoever is left then, until nobody is.
    pub(crate) fn end_all(&self) -> Result<(), SimError> {
        let now = self.now.get();
        self.run(now)?;
        for process in self.living() {
            if self.can_be_told(process) {
                self.interrupt(process, Interrupt::told_by_its_cause(RunEnded));
            }
        }
        self.run(now)?;
        // What is dropped may start others: they end, too, before they have run.
        let mut rounds = 0;
        loop {
            let living = self.living();
            if living.is_empty() {
                break;
            }
            rounds += 1;
            if rounds > MOST_ROUNDS {
                let processes = living.iter().take(10).map(|&key| self.name(key)).collect();
                return Err(SimError::TimeStandsStill { time: now, limit: MOST_ROUNDS, processes });
            }
            for process in living {
                self.cancel(process);
            }
        }
        // A drop may also have given an error away that nobody can claim any more.
        self.failure()
    }

    fn name(&self, process: Key) -> String {
        self.books.borrow().processes.name(process).unwrap_or_default().to_owned()
    }

    /// In the order in which they were started.
    fn living(&self) -> Vec<Key> {
        self.books.borrow().processes.living()
    }

    /// Does it wait inside an `interruptible`?
    fn can_be_told(&self, process: Key) -> bool {
        matches!(self.next_fate(&mut self.books.borrow_mut(), process), Fate::Caught(_))
    }
}
