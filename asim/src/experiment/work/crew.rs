//! A crew: those who make the jobs. Threads of this process, or also ranks on other machines.

use std::time::Duration;

use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::Outcome;

/// Those who make the jobs.
pub(crate) trait Crew {
    /// Returns how many jobs it can make at the same time.
    fn workers(&self) -> usize;

    /// Hands over a job. Does not wait. A crew may have more jobs than workers: the others wait in line.
    fn give(&mut self, job: Job);

    /// Returns the outcome of one of the jobs that it was given, or `None` if none comes within this time. The
    /// outcomes come in any order, each once.
    fn take(&mut self, patience: Duration) -> Option<Outcome>;
}
