//! The results, as values, as a table, and as files.

pub(crate) mod csv_file;
pub(crate) mod curve;
pub(crate) mod failed_replication;
pub(crate) mod no_measure;
pub(crate) mod notes;
pub(crate) mod result_files;
#[allow(clippy::module_inception, reason = "the file has the type")]
pub(crate) mod results;
pub(crate) mod results_csv;
pub(crate) mod summary_csv;
pub(crate) mod table;
