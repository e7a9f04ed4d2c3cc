//! One replication: what the model gets, and how its results are taken.

pub(crate) mod make;
#[cfg(test)]
mod make_tests;
pub(crate) mod names;
pub(crate) mod panics;
#[allow(clippy::module_inception, reason = "the file has the type")]
pub(crate) mod replication;
pub(crate) mod taking;
#[cfg(feature = "report")]
pub(crate) mod watch;
