//! How a replication ended: with its results, or with what went wrong.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::experiment::work::job::Job;

/// What a job gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) job: Job,
    /// How long it took, in seconds. It is in no result file, as it is never the same twice.
    pub(crate) seconds: f64,
    /// The results: one row, or one for each batch of a long run.
    pub(crate) end: Result<Vec<Row>, Failure>,
}

/// The results of a replication, or of one batch of it: numbers with their names.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The names. Rows of equal names share them.
    pub(crate) names: Arc<[String]>,
    /// As many numbers as names. What is not known is NaN.
    pub(crate) values: Box<[f64]>,
}

/// What went wrong in a replication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
}

/// How a replication failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The model panicked.
    Panicked,
    /// The model returned an error.
    Error,
    /// The replication took longer than the limit.
    TookTooLong,
}

/// Equal bit by bit. What is not known is equal too, whichever NaN it is.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        let values = || self.values.iter().zip(&other.values);
        self.names == other.names
            && self.values.len() == other.values.len()
            && values().all(|(&one, &other)| is_same(one, other))
    }
}

/// Returns whether two results are the same bit by bit, or are both not known. There are several NaNs: which one a
/// computation gives depends on the machine, and a file has one word for all.
pub(crate) fn is_same(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits() || (one.is_nan() && other.is_nan())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.message;
        match self.kind {
            FailureKind::Panicked => write!(f, "panicked: {message}"),
            FailureKind::Error => f.write_str(message),
            FailureKind::TookTooLong => write!(f, "took too long: {message}"),
        }
    }
}
