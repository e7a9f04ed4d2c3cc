//! How a simulation stands, and the errors with which its runs have ended: what a page says beside what happened.

use std::time::Duration;

/// How a simulation stands: when it is dropped, or when somebody asks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    /// The time of the model.
    pub(crate) time: f64,
    /// The seed of the streams, and the number of the replication; the latter is 0 outside of an experiment.
    pub(crate) seed: u64,
    pub(crate) replication: u64,
    /// How long it has been there, on the wall's clock.
    pub(crate) took: Duration,
    /// How many processes are blocked by something other than the time.
    pub(crate) blocked: usize,
    /// Who they are and why, in words.
    pub(crate) standstill: String,
    /// Whether nothing is left to happen.
    pub(crate) is_complete: bool,
}

impl Standing {
    /// Returns whether one of these errors says already who is blocked and why.
    pub(crate) fn is_told_by<'e>(&self, errors: impl IntoIterator<Item = &'e RunError>) -> bool {
        errors.into_iter().any(|error| error.text.contains(&self.standstill))
    }
}

/// An error with which a run has ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunError {
    /// How many happenings there were, with those that were dropped.
    pub(crate) after: u64,
    pub(crate) time: f64,
    pub(crate) text: String,
}
