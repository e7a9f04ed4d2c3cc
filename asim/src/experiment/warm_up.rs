//! How long the warm-up is: MSER-5's suggestion, and Welch's curve.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answers::figures::{count, time, wrapped};
use crate::experiment::experiment::Experiment;
use crate::experiment::experiment_error::{ExperimentError, Fault};
use crate::experiment::plan::PlanError;
use crate::experiment::replication::taking::Windows;
use crate::experiment::results::curve::curve;
use crate::experiment::results::no_measure::NoMeasure;
use crate::experiment::statistics::interval::Sample;
use crate::experiment::statistics::mser::{Suggestion, suggest, welch};
use crate::experiment::work::crew::Crew;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::Row;
use crate::experiment::work::threads::Threads;

/// Into how many windows a run is cut: into a hundred batches for MSER-5.
const WINDOWS: u64 = 500;

/// How many replications are made if nothing is said.
const REPLICATIONS: u64 = 10;

/// How a measure develops from the start of a run, and how long the warm-up is. Returned by
/// [`suggest_warm_up`](Experiment::suggest_warm_up).
///
/// Shown, it is the suggestion in words, and Welch's curve.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WarmUp {
    /// The measure.
    pub measure: String,
    /// The settings of the scenario: the first one. Empty if nothing was set.
    pub settings: String,
    /// How many replications were made.
    pub replications: u64,
    /// How long the warm-up is, in the model's unit of time: the suggestion. `None` if the runs are too short to say it.
    pub suggestion: Option<f64>,
    /// The ends of the windows into which each run was cut, in the model's unit of time since its start, and for each
    /// the mean of the measure over the replications. Windows in which nothing was measured are left out.
    pub series: Vec<(f64, f64)>,
}

impl<P: Serialize + DeserializeOwned + 'static> Experiment<P> {
    /// Suggests how long the warm-up is, from how this measure develops in the first scenario. Each run is cut into
    /// windows, of which the first run has 500; if another run is shorter, it decides how far one looks. The mean over
    /// the replications (10, if nothing is said) is a series in time, and MSER-5 says from where on it is steady.
    ///
    /// It is a suggestion. Look at the curve, and at several measures; a longer warm-up is safer than a shorter one.
    ///
    /// K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69 (1997),
    /// 323-334; K. Hoad, S. Robinson and R. Davies, "Automating warm-up length estimation", Journal of the Operational
    /// Research Society 61 (2010), 1389-1403.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run). If a replication fails, its error is the error. A result of the model's own is no
    /// measure that develops, and is refused.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// fn filling(rep: &Replication, (): &()) -> Result<(), SimError> {
    ///     let sim = rep.simulation();
    ///     let (env, stock) = (sim.env(), sim.level("stock"));
    ///     sim.spawn(async move {
    ///         loop {
    ///             env.timeout(1.0).await;
    ///             stock.set(env.now().min(200.0) + env.stream("noise").uniform(-5.0, 5.0));
    ///         }
    ///     });
    ///     sim.run_until(2000.0)
    /// }
    ///
    /// let warm_up = Experiment::new("filling", filling, ()).suggest_warm_up("stock.mean")?;
    /// let suggestion = warm_up.suggestion.unwrap();
    /// assert!((180.0..240.0).contains(&suggestion), "{warm_up}");
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn suggest_warm_up(&self, measure: &str) -> Result<WarmUp, ExperimentError> {
        let mut preparation = self.prepare()?;
        if preparation.plan.batches.is_some() {
            let why = "the warm-up is found with whole runs";
            return Err(PlanError::Contradiction {
                one: "batches",
                other: "a suggested warm-up",
                why,
            }
            .into());
        }
        preparation.plan.warm_up = 0.0;
        let plan = &preparation.plan;
        let scenarios = &preparation.scenarios;

        // How long is a run? The first one says it.
        let failed = |replication| move |failure| Fault::Failed { replication, failure };
        let (rows, end) = self.pilot(plan, scenarios).map_err(failed(1))?;
        if !rows[0].names.iter().any(|name| name == measure) {
            return Err(NoMeasure::new(measure, &rows[0].names).into());
        }
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let length = end / WINDOWS as f64;
        let windows = Windows { count: WINDOWS, length, may_end_early: true };
        let replications = plan.replications.unwrap_or(REPLICATIONS);
        let make = self.making(plan, scenarios, Some(windows));
        let workers = preparation.workers();
        let mut crew =
            Threads::start(workers, plan.limit, Arc::clone(&make)).map_err(Fault::NoThread)?;
        let mut all: Vec<Option<Vec<Row>>> = Vec::new();
        for replication in 1..=replications {
            crew.give(Job { replication, scenario: 0 });
            all.push(None);
        }
        for _ in 0..replications {
            let outcome = loop {
                if let Some(outcome) = crew.take(Duration::from_secs(1)) {
                    break outcome;
                }
            };
            let replication = outcome.job.replication;
            let rows = outcome.end.map_err(failed(replication))?;
            #[allow(clippy::cast_possible_truncation, reason = "they are in memory")]
            let place = replication as usize - 1;
            all[place] = Some(rows);
        }
        // Runs may have different lengths: the shortest decides.
        let shortest = all.iter().flatten().map(Vec::len).min().unwrap_or(0);
        let mut means = vec![Sample::NONE; shortest];
        let mut developed = false;
        for rows in all.iter().flatten() {
            for (row, sample) in rows.iter().zip(&mut means) {
                if let Some(place) = row.names.iter().position(|name| name == measure) {
                    sample.add(row.values[place]);
                    developed = true;
                }
            }
        }
        if !developed {
            return Err(PlanError::Contradiction {
                one: "a result of the model's own",
                other: "a suggested warm-up",
                why: "it has one value at the end, and does not develop: take what is measured",
            }
            .into());
        }
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let series: Vec<(f64, f64)> = means
            .iter()
            .enumerate()
            .map(|(number, sample)| ((number + 1) as f64 * length, sample.mean()))
            .filter(|(_, mean)| mean.is_finite())
            .collect();
        let values: Vec<f64> = series.iter().map(|(_, mean)| *mean).collect();
        let suggestion = match suggest(&values) {
            Suggestion::Cut(0) => Some(0.0),
            Suggestion::Cut(windows) => Some(series[windows - 1].0),
            Suggestion::NotLongEnough => None,
        };
        let settings = scenarios[0].name();
        Ok(WarmUp { measure: measure.to_owned(), settings, replications, suggestion, series })
    }
}

impl WarmUp {
    /// Returns Welch's curve: the series with each value replaced by the mean of itself and its neighbours, as the ends
    /// of windows and values.
    ///
    /// P. D. Welch, "The statistical analysis of simulation results", in: S. S. Lavenberg (ed.), Computer Performance
    /// Modeling Handbook, 1983.
    #[must_use]
    pub fn curve(&self) -> Vec<(f64, f64)> {
        let values: Vec<f64> = self.series.iter().map(|(_, mean)| *mean).collect();
        let smooth = welch(&values, self.series.len() / 20);
        self.series.iter().map(|(time, _)| *time).zip(smooth).collect()
    }
}

impl fmt::Display for WarmUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WarmUp { measure, settings, replications, suggestion, .. } = self;
        let of = if settings.is_empty() { String::new() } else { format!("{settings}: ") };
        let runs = count(*replications);
        let text = match suggestion {
            Some(suggestion) => format!(
                "{of}a warm-up of {} is suggested (MSER-5 of `{measure}` over {runs} replications)",
                time(*suggestion)
            ),
            None => format!(
                "{of}the runs are too short to say where `{measure}` is steady (MSER-5 over {runs} replications): run longer"
            ),
        };
        writeln!(f, "{}", wrapped(&text))?;
        let smooth = self.curve();
        if let (Some(first), Some(last)) = (smooth.first(), smooth.last())
            && first.0 < last.0
        {
            let values: Vec<f64> = smooth.iter().map(|(_, value)| *value).collect();
            write!(f, "\n{}", curve(&values, (first.0, last.0), *suggestion))?;
        }
        Ok(())
    }
}
