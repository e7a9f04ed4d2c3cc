//! The files of results: `results.csv` and `summary.csv`.

use std::path::Path;

use crate::experiment::experiment_error::ExperimentError;
use crate::experiment::journal::ordered::Ordered;
use crate::experiment::results::results::{Observation, Results, ScenarioResults};
use crate::experiment::results::results_csv::Layout;
use crate::experiment::results::{results_csv, summary_csv};

/// Writes both files into a folder. The rows come from the journals.
pub(crate) fn write(
    results: &Results,
    folder: &Path,
    outcomes: &mut Ordered,
) -> Result<(), ExperimentError> {
    let counted = |scenario: &ScenarioResults| scenario.gathered.done + scenario.gathered.failed;
    let layout = Layout {
        settings: results.scenarios.iter().map(|scenario| scenario.settings.clone()).collect(),
        columns: results.columns_of_rows.clone(),
        batches: results.observation == Observation::Batch,
        counted: results.scenarios.iter().map(counted).collect(),
    };
    results_csv::write(&folder.join("results.csv"), &layout, outcomes)?;
    Ok(summary_csv::write(&folder.join("summary.csv"), results)?)
}
