//! Why an experiment could not be made.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::experiment::journal::journal_error::JournalError;
use crate::experiment::model_changed::ModelChanged;
use crate::experiment::not_whole::NotWhole;
use crate::experiment::parameters::parameter_error::ParameterError;
use crate::experiment::plan::PlanError;
use crate::experiment::results::csv_file::NotWritten;
use crate::experiment::results::no_measure::NoMeasure;
use crate::experiment::results::results_csv::ResultsCsvError;
use crate::experiment::work::outcome::Failure;

/// Why an experiment could not be made, or not go on. A replication that fails is no such error: it is among the
/// results.
///
/// ```
/// use asim::prelude::*;
///
/// fn dice(_: &Replication, (): &()) -> Result<(), SimError> {
///     Ok(())
/// }
///
/// let error = Experiment::new("dice", dice, ()).replications(0).run().unwrap_err();
/// assert_eq!(error.to_string(), "the number of replications cannot be 0: 1 or more");
/// assert!(!error.is_of_writing());
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct ExperimentError(pub(crate) Fault);

/// Shows the sentence: `main` and `unwrap` print this form.
impl fmt::Debug for ExperimentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A parameter that there is not, or a value that it cannot have.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// What was asked for cannot be.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A result that was asked for is in no replication.
    #[error(transparent)]
    NoMeasure(#[from] NoMeasure),
    /// The journal cannot be read or written, or it is of another experiment.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The model gives other results than those in the journal.
    #[error(transparent)]
    ModelChanged(#[from] ModelChanged),
    /// A file of results could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
    /// Not all shards are done, so they cannot be merged.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// A replication failed where none may fail.
    #[error("replication {replication} failed: {failure}")]
    Failed { replication: u64, failure: Failure },
    /// The folder for the results could not be made.
    #[error("the folder `{}` could not be made: {source}", folder.display())]
    NoFolder { folder: PathBuf, source: io::Error },
    /// The system lets no signals be listened to.
    #[cfg(feature = "cli")]
    #[error("signals cannot be listened to: {0}")]
    NoSignals(io::Error),
    /// The system gives no thread.
    #[error("no thread could be started: {0}")]
    NoThread(io::Error),
}

macro_rules! from {
    ($($error:ty),*) => {$(
        impl From<$error> for ExperimentError {
            fn from(error: $error) -> Self {
                ExperimentError(error.into())
            }
        }
    )*};
}

from!(
    Fault,
    ParameterError,
    PlanError,
    NoMeasure,
    JournalError,
    ModelChanged,
    NotWritten,
    NotWhole
);

impl From<ResultsCsvError> for ExperimentError {
    fn from(error: ResultsCsvError) -> Self {
        match error {
            ResultsCsvError::Journal(error) => error.into(),
            ResultsCsvError::NotWritten(error) => error.into(),
        }
    }
}

impl ExperimentError {
    /// Returns `true` if something could not be written, because the disk is full for instance. What was written before
    /// is kept.
    #[must_use]
    pub fn is_of_writing(&self) -> bool {
        match &self.0 {
            Fault::Journal(error) => error.is_of_writing(),
            Fault::NotWritten(_) | Fault::NoFolder { .. } => true,
            _ => false,
        }
    }
}
