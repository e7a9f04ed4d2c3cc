//! A job: one replication of one scenario.

use serde::{Deserialize, Serialize};

/// One replication of one scenario, that is, one run of the model.
///
/// Jobs are in the order in which their results count: the first replication of each scenario, then the second
/// of each, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Job {
    /// The number of the replication. The first is 1.
    pub(crate) replication: u64,
    /// The number of the scenario. The first is 0.
    pub(crate) scenario: usize,
}
