//! `summary.csv`: a row for each measure of each scenario.

use std::path::Path;

use crate::experiment::results::csv_file::{CsvFile, NotWritten, distinct, number};
use crate::experiment::results::results::Results;
use crate::experiment::statistics::interval::Estimate;

/// What the columns are called after the parameters.
const HEADS: [&str; 12] = [
    "measure",
    "compared_to",
    "n",
    "unknown",
    "mean",
    "sd",
    "half_width",
    "low",
    "high",
    "least",
    "most",
    "confidence",
];

/// Writes `summary.csv`: for each scenario and each measure a row with the parameters that were set,
/// the name of the measure, how many observations know it and how many do not, and the estimate with its interval.
/// If the scenario is compared, a second row has the estimate of the difference; its `compared_to` says to what.
pub(crate) fn write(path: &Path, results: &Results) -> Result<(), NotWritten> {
    let mut file = CsvFile::create(path)?;
    let settings = results.scenarios.first().map_or(&[][..], |scenario| &scenario.settings);
    let mut heads =
        distinct(HEADS.into_iter().chain(settings.iter().map(|(name, _)| name.as_str())));
    heads.rotate_left(HEADS.len());
    file.line(heads.iter().map(String::as_str))?;
    let compared_to = results.compared_to.as_ref();
    let compared_to = compared_to.map_or(String::new(), |(name, value)| format!("{name}={value}"));
    for scenario in &results.scenarios {
        let settings: Vec<&str> =
            scenario.settings.iter().map(|(_, value)| value.as_str()).collect();
        for (column, measure) in results.columns.names().iter().enumerate() {
            let observations = scenario.gathered.observations;
            let whole = Some(scenario.sample(column).estimate(scenario.confidence));
            let difference = scenario.difference_of(column);
            for (compared_to, estimate) in [("", whole), (&compared_to, difference)] {
                let Some(estimate) = estimate else { continue };
                let cells = cells(&estimate, observations);
                let mut line = settings.clone();
                line.extend([measure.as_str(), compared_to]);
                line.extend(cells.iter().map(String::as_str));
                file.line(line)?;
            }
        }
    }
    file.finish()
}

fn cells(estimate: &Estimate, observations: u64) -> [String; 10] {
    [
        estimate.count.to_string(),
        observations.saturating_sub(estimate.count).to_string(),
        number(estimate.mean),
        number(estimate.sd),
        number(estimate.half_width),
        number(estimate.low()),
        number(estimate.high()),
        number(estimate.least),
        number(estimate.most),
        number(estimate.confidence),
    ]
}
