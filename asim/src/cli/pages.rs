//! The pages that a command line asks for: the report, and the replay of one replication.

use crate::cli::command_line::CommandLine;
use crate::engine::sim_error::SimError;
use crate::experiment::experiment_error::ExperimentError;
use crate::experiment::replication::watch::Watch;
use crate::experiment::results::failed_replication::FailedReplication;
use crate::experiment::results::results::Results;
use crate::report::page::of_replication::OfReplication;

/// Why a page is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPage {
    #[error(transparent)]
    OfOne(#[from] SimError),
    #[error(transparent)]
    OfAll(#[from] ExperimentError),
    #[error("there is no {0}: the replication has made no simulation, or it hangs")]
    NothingToShow(&'static str),
}

impl NoPage {
    /// Returns whether there is something to show, but it could not be written.
    pub(crate) fn is_of_writing(&self) -> bool {
        !matches!(self, NoPage::NothingToShow(_))
    }
}

impl CommandLine {
    /// Writes the pages that were asked for. `watch` has watched the replication, if it was one. `again` returns the
    /// command that makes a replication again that failed.
    pub(crate) fn write_pages(
        &self,
        watch: Option<&Watch>,
        results: &Results,
        again: &dyn Fn(&FailedReplication) -> String,
    ) -> Result<(), NoPage> {
        let Some(watch) = watch else {
            if let Some(path) = &self.report {
                results.html_with(path, again)?;
            }
            return Ok(());
        };
        if let Some(failed) = results.failures().next() {
            watch.note_failure(&failed.failure().to_string());
        }
        // Both are tried before an error is returned.
        let mut written = Ok(());
        if let Some(path) = &self.report {
            let report = watch.report().ok_or(NoPage::NothingToShow("report"));
            let of = OfReplication {
                experiment: results.name.clone(),
                parameters: results.parameters.clone(),
                results: watch.own_results(),
            };
            written = report.and_then(|report| Ok(report.html_of(path, Some(&of))?));
        }
        if let Some(path) = &self.replay {
            let trace = watch.trace().ok_or(NoPage::NothingToShow("replay"));
            // It ends where the report does.
            let most = watch.count();
            written = written.and(trace.and_then(|trace| Ok(trace.replay_until(path, most)?)));
        }
        written
    }
}
