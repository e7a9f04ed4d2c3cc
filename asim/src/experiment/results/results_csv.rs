//! `results.csv`: a row for each replication.

use std::path::Path;

use crate::experiment::gathering::columns::Columns;
use crate::experiment::journal::journal_error::JournalError;
use crate::experiment::journal::ordered::Ordered;
use crate::experiment::results::csv_file::{CsvFile, NotWritten, distinct, number};
use crate::experiment::work::outcome::{Outcome, Row};

/// A file of results could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultsCsvError {
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

/// What is in `results.csv` beside the results.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// For each scenario the parameters that were set, with their values.
    pub(crate) settings: Vec<Vec<(String, String)>>,
    /// The results, in the order of their first appearance.
    pub(crate) columns: Columns,
    /// Whether a replication gives several rows.
    pub(crate) batches: bool,
    /// For each scenario how many replications count.
    pub(crate) counted: Vec<u64>,
}

/// Writes `results.csv` of what is in the journals: a row for each replication (or batch) that counts, in the order
/// of the jobs.
///
/// The columns are the parameters that were set, `replication`, `batch` (if there are batches),
/// `error` (empty if there is none), and the results in the order of their first appearance. A result that is not
/// known is empty. The journals are read line by line, so that memory does not grow with them.
pub(crate) fn write(
    path: &Path,
    layout: &Layout,
    outcomes: &mut Ordered,
) -> Result<(), ResultsCsvError> {
    let mut file = CsvFile::create(path)?;
    let mut lines = Lines { layout, columns: layout.columns.clone(), cells: Vec::new() };
    file.line(lines.heads().iter().map(String::as_str))?;
    for outcome in outcomes.first_of_each(&layout.counted) {
        let outcome = outcome?;
        match &outcome.end {
            Ok(rows) => {
                for (batch, row) in rows.iter().enumerate() {
                    file.line(lines.of_row(&outcome, batch + 1, row))?;
                }
            }
            Err(failure) => file.line(lines.of_failure(&outcome, failure.to_string()))?,
        }
    }
    file.finish()?;
    Ok(())
}

struct Lines<'a> {
    layout: &'a Layout,
    columns: Columns,
    cells: Vec<String>,
}

impl Lines<'_> {
    fn heads(&self) -> Vec<String> {
        let own = if self.layout.batches {
            &["replication", "batch", "error"][..]
        } else {
            &["replication", "error"]
        };
        let settings = self.layout.settings.first().into_iter().flatten();
        let settings: Vec<&str> = settings.map(|(name, _)| name.as_str()).collect();
        let results = self.columns.names().iter().map(String::as_str);
        // Our own names are the first to be given, as one relies on them; their place is after the parameters.
        let names = own.iter().copied().chain(settings.iter().copied()).chain(results);
        let mut heads = distinct(names);
        heads[..own.len() + settings.len()].rotate_left(own.len());
        heads
    }

    fn begin(&mut self, outcome: &Outcome, batch: String, error: String) {
        self.cells.clear();
        let settings = &self.layout.settings[outcome.job.scenario];
        self.cells.extend(settings.iter().map(|(_, value)| value.clone()));
        self.cells.push(outcome.job.replication.to_string());
        if self.layout.batches {
            self.cells.push(batch);
        }
        self.cells.push(error);
    }

    fn of_row(&mut self, outcome: &Outcome, batch: usize, row: &Row) -> impl Iterator<Item = &str> {
        self.begin(outcome, batch.to_string(), String::new());
        let start = self.cells.len();
        self.cells.resize(start + self.columns.names().len(), String::new());
        for (&column, &value) in self.columns.of(row).iter().zip(&row.values) {
            self.cells[start + column] = number(value);
        }
        self.cells.iter().map(String::as_str)
    }

    fn of_failure(&mut self, outcome: &Outcome, error: String) -> impl Iterator<Item = &str> {
        self.begin(outcome, String::new(), error);
        self.cells.resize(self.cells.len() + self.columns.names().len(), String::new());
        self.cells.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
