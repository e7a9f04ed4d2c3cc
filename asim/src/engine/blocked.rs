//! What a process waits for, as `blocked` reports it.

use std::{fmt, panic::Location};

/// Where a request was made.
pub(crate) type CallSite = &'static Location<'static>;

/// A process that waits: for what, since when, and which line of the model made the request.
///
/// `Simulation::blocked` lists them. The list explains why a model has come to a standstill.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let queue: Queue<u32> = Queue::unbounded(&sim);
/// sim.spawn(async move {
///     queue.get().await; // nobody ever puts
/// });
/// sim.run()?;
/// let blocked = sim.blocked();
/// assert_eq!(blocked.len(), 1);
/// assert_eq!(blocked[0].waiting_for, "Queue::get");
/// assert_eq!(blocked[0].since, 0.0);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Blocked {
    /// The name of the process.
    pub process: String,
    /// What it waits for: the call that made the request, or a future of another crate.
    pub waiting_for: &'static str,
    /// The time at which the process paused.
    pub since: f64,
    /// The line that made the request; `None` for a future of another crate.
    pub location: Option<&'static Location<'static>>,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has waited since {} for {}", self.process, self.since, self.waiting_for)?;
        match self.location {
            Some(location) => write!(f, " ({location})"),
            None => Ok(()),
        }
    }
}
