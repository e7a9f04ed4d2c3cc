//! A replication that failed: which one, and why.

use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Failure, FailureKind};

/// A replication that failed. The others are not touched by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedReplication {
    job: Job,
    failure: Failure,
}

impl FailedReplication {
    pub(crate) fn new(job: Job, failure: Failure) -> Self {
        FailedReplication { job, failure }
    }

    /// Returns the number of the replication. The first is 1.
    #[must_use]
    pub fn replication(&self) -> u64 {
        self.job.replication
    }

    /// Returns the number of the scenario. The first is 0.
    #[must_use]
    pub fn scenario(&self) -> usize {
        self.job.scenario
    }

    /// Returns how it failed.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.failure.kind
    }

    /// Returns what the model said: the error that it returned, or its panic with its place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.failure.message
    }

    pub(crate) fn failure(&self) -> &Failure {
        &self.failure
    }
}
