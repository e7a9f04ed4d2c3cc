//! The results of an experiment: an estimate with its interval for each measure of each scenario.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "report")]
use std::time::Duration;

use crate::experiment::conduct::Ending;
use crate::experiment::gathering::columns::Columns;
use crate::experiment::gathering::gathering::{Gathered, Gathering};
#[cfg(feature = "report")]
use crate::experiment::plan::Plan;
use crate::experiment::preparation::Preparation;
use crate::experiment::results::failed_replication::FailedReplication;
use crate::experiment::results::no_measure::NoMeasure;
use crate::experiment::statistics::independence::Independence;
use crate::experiment::statistics::interval::{Estimate, Sample, simultaneous, welch_difference};
use crate::experiment::statistics::precision::StopRule;
use crate::experiment::statistics::quantile::{QuantileEstimate, quantile_interval};
use crate::experiment::work::shard::Shard;

/// The results of an experiment.
///
/// Shown (`println!("{results}")`), it is a table of at most 80 columns.
#[derive(Debug)]
pub struct Results {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) confidence: f64,
    pub(crate) columns: Arc<Columns>,
    /// The columns of `results.csv`.
    pub(crate) columns_of_rows: Columns,
    pub(crate) scenarios: Vec<ScenarioResults>,
    /// What an observation is: `replication`, `pair` or `batch`.
    pub(crate) observation: Observation,
    /// The parameter to whose value all others are compared, and the value.
    pub(crate) compared_to: Option<(String, String)>,
    /// The measures that the table shows; those that it chooses, if there are none.
    pub(crate) shown: Vec<String>,
    /// The quantiles that were asked for: the number of the kept measure, and which quantile.
    pub(crate) quantiles: Vec<(String, f64)>,
    /// The part of the replications that was made, if it was not all.
    pub(crate) shard: Option<Shard>,
    /// Whether the experiment was stopped before its end.
    pub(crate) interrupted: bool,
    /// What the experiment was to do.
    #[cfg(feature = "report")]
    pub(crate) plan: Plan,
    /// The parameters of the first scenario: those too that were not set.
    #[cfg(feature = "report")]
    pub(crate) parameters: Vec<(String, String)>,
    /// How long it took on the wall's clock. It is in no file of results, as it is never the same twice.
    #[cfg(feature = "report")]
    pub(crate) took: Duration,
}

/// What one observation of a statistic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Observation {
    Replication,
    Pair,
    Batch,
}

/// The results of one scenario, that is, of one setting of the parameters.
#[derive(Debug)]
pub struct ScenarioResults {
    pub(crate) columns: Arc<Columns>,
    pub(crate) number: usize,
    pub(crate) settings: Vec<(String, String)>,
    /// The values of the settings that are numbers.
    #[cfg(feature = "report")]
    pub(crate) numbers: Vec<Option<f64>>,
    /// The parameters that differ between scenarios.
    pub(crate) varied: Arc<[String]>,
    pub(crate) confidence: f64,
    /// How many scenarios are compared to the baseline.
    pub(crate) comparisons: usize,
    pub(crate) kept: Arc<[String]>,
    pub(crate) gathered: Gathered,
    /// The samples of the baseline, if the scenarios have no random numbers in common.
    pub(crate) independent_of: Option<Vec<Sample>>,
}

impl Preparation {
    /// Makes the results of what was gathered.
    pub(crate) fn results(&self, gathering: Gathering, ending: Ending) -> Results {
        let plan = &self.plan;
        let columns = Arc::new(gathering.columns);
        let kept: Arc<[String]> = self.kept().into();
        let varied: Arc<[String]> = self.varied.clone().into();
        let comparisons = self.baselines.iter().flatten().count();
        let samples: Vec<Vec<Sample>> = if plan.common {
            Vec::new()
        } else {
            gathering.scenarios.iter().map(|scenario| scenario.samples.clone()).collect()
        };
        let independent_of = |gathered: &Gathered| samples.get(gathered.baseline?).cloned();
        let scenarios = gathering.scenarios.into_iter().zip(&*self.scenarios);
        let scenarios = scenarios.map(|(gathered, scenario)| ScenarioResults {
            independent_of: independent_of(&gathered),
            columns: Arc::clone(&columns),
            number: scenario.number,
            settings: scenario.settings.clone(),
            #[cfg(feature = "report")]
            numbers: scenario
                .settings
                .iter()
                .map(|(name, _)| scenario.parameters.number(name))
                .collect(),
            varied: Arc::clone(&varied),
            confidence: plan.confidence,
            comparisons,
            kept: Arc::clone(&kept),
            gathered,
        });
        Results {
            name: self.name.clone(),
            seed: plan.seed,
            confidence: plan.confidence,
            scenarios: scenarios.collect(),
            columns,
            columns_of_rows: gathering.columns_of_rows,
            observation: match (plan.batches, plan.antithetic) {
                (Some(_), _) => Observation::Batch,
                (None, true) if plan.only.is_none() => Observation::Pair,
                _ => Observation::Replication,
            },
            compared_to: plan
                .compare_to
                .as_ref()
                .map(|(name, value)| (name.clone(), value.to_string())),
            shown: plan.shown.clone(),
            quantiles: plan.quantiles.clone(),
            shard: plan.shard,
            interrupted: ending == Ending::Interrupted,
            #[cfg(feature = "report")]
            plan: plan.clone(),
            #[cfg(feature = "report")]
            parameters: self.scenarios.first().map_or_else(Vec::new, |it| it.parameters.list()),
            #[cfg(feature = "report")]
            took: self.begun.elapsed(),
        }
    }
}

impl Results {
    /// Returns the results of each scenario, in the order of the settings: the last varies fastest.
    #[must_use]
    pub fn scenarios(&self) -> &[ScenarioResults] {
        &self.scenarios
    }

    /// Returns the name of the experiment.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the estimate of a measure in the only scenario.
    ///
    /// # Panics
    ///
    /// If there are several scenarios: take one of [`scenarios`](Self::scenarios). If no replication gave a result with
    /// this name: the message says which names are like it.
    #[must_use]
    #[track_caller]
    pub fn estimate(&self, measure: &str) -> Estimate {
        let [scenario] = &self.scenarios[..] else {
            panic!("there are {} scenarios: take one of `scenarios()`", self.scenarios.len());
        };
        scenario.estimate(measure)
    }

    /// Returns the scenarios in which a parameter has this value, in their order. The value is written as in the table.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize)] struct Dice { sides: u32 }
    /// # fn dice(rep: &Replication, p: &Dice) -> Result<(), SimError> {
    /// #     rep.result("sides", f64::from(p.sides));
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, Dice { sides: 6 }).sweep("sides", [6, 20]).run()?;
    /// let twenty = results.scenarios_with("sides", 20).next().unwrap();
    /// assert_eq!(twenty.estimate("sides").mean, 20.0);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn scenarios_with(
        &self,
        parameter: &str,
        value: impl fmt::Display,
    ) -> impl Iterator<Item = &ScenarioResults> {
        let value = value.to_string();
        let has = move |(name, own): (&str, &str)| name == parameter && own == value;
        self.scenarios.iter().filter(move |scenario| scenario.settings().any(&has))
    }

    /// Returns the names of all measures, in the order of their first appearance.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.columns.names().iter().map(String::as_str)
    }

    /// Returns the replications that failed: the first hundred of each scenario.
    pub fn failures(&self) -> impl Iterator<Item = &FailedReplication> {
        self.scenarios.iter().flat_map(|scenario| &scenario.gathered.failures)
    }

    /// Returns how many replications failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.scenarios.iter().map(|scenario| scenario.gathered.failed).sum()
    }

    /// Returns `true` if the experiment was stopped by a signal before its end.
    #[must_use]
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }
}

impl ScenarioResults {
    /// Returns the number of the scenario. The first is 0.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns the parameters that were set or swept, with the values that they have in this scenario.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns how many replications gave results.
    #[must_use]
    pub fn replications(&self) -> u64 {
        self.gathered.done
    }

    /// Returns how many replications failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.gathered.failed
    }

    /// Returns the estimate of a measure: its mean over the replications, with the interval.
    ///
    /// # Panics
    ///
    /// If no replication gave a result with this name. The message says which names are like it.
    #[must_use]
    #[track_caller]
    pub fn estimate(&self, measure: &str) -> Estimate {
        self.sample(self.column(measure)).estimate(self.confidence)
    }

    /// Returns the estimate of the difference from the scenario to which this one is compared: replication by
    /// replication, or by Welch's t if the scenarios have random numbers of their own. All differences of this measure
    /// lie in their intervals together with the confidence that was asked for (Bonferroni). `None` if this scenario is
    /// not compared.
    ///
    /// # Panics
    ///
    /// If no replication gave a result with this name.
    #[must_use]
    #[track_caller]
    pub fn difference(&self, measure: &str) -> Option<Estimate> {
        self.difference_of(self.column(measure))
    }

    /// Returns how much each batch of a measure resembles the one before; `None` if the observations are no batches, or
    /// too few. If they do, the interval is too narrow: make the batches longer.
    ///
    /// # Panics
    ///
    /// If no batch gave a result with this name.
    #[must_use]
    #[track_caller]
    pub fn independence(&self, measure: &str) -> Option<Independence> {
        self.independence_of(self.column(measure))
    }

    pub(crate) fn independence_of(&self, column: usize) -> Option<Independence> {
        self.gathered.neighbours.get(column)?.independence()
    }

    /// Returns the number of the scenario to which this one is compared.
    #[must_use]
    pub fn compared_to(&self) -> Option<usize> {
        self.gathered.baseline
    }

    /// Returns an interval for a quantile of a measure: of the distribution that one replication has. Only for a measure
    /// whose values are kept (`.keep(..)`). `None` if there are too few replications for an interval.
    ///
    /// # Panics
    ///
    /// If the values of this measure are not kept, or if `q` is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub fn quantile(&self, measure: &str, q: f64) -> Option<QuantileEstimate> {
        assert!(q > 0.0 && q < 1.0, "a quantile is between 0 and 1, not {q}");
        let mut values = self.values(measure).to_vec();
        values.retain(|value| !value.is_nan());
        values.sort_unstable_by(f64::total_cmp);
        quantile_interval(&values, q, self.confidence).ok()
    }

    /// Returns the values of a measure in each observation, in the order of the replications. What is not known is NaN.
    ///
    /// # Panics
    ///
    /// If the values of this measure are not kept (`.keep(..)`).
    #[must_use]
    #[track_caller]
    pub fn values(&self, measure: &str) -> &[f64] {
        let place = self.kept.iter().position(|name| name == measure);
        let Some(place) = place else {
            panic!(
                "the values of `{measure}` were not kept: ask for them with `.keep(\"{measure}\")`"
            );
        };
        &self.gathered.kept[place]
    }

    /// Returns the last replication that was needed for the precision that was asked for; `None` if none was asked for,
    /// or if it was not reached.
    #[must_use]
    pub fn precise_after(&self) -> Option<u64> {
        let is_precise = self.gathered.rule.as_ref().is_some_and(StopRule::is_done);
        self.gathered.closed.filter(|_| is_precise)
    }

    pub(crate) fn sample(&self, column: usize) -> Sample {
        self.gathered.samples.get(column).copied().unwrap_or(Sample::NONE)
    }

    pub(crate) fn difference_of(&self, column: usize) -> Option<Estimate> {
        self.gathered.baseline?;
        let confidence = simultaneous(self.confidence, self.comparisons);
        if let Some(base) = &self.independent_of {
            let base = base.get(column).copied().unwrap_or(Sample::NONE);
            return Some(welch_difference(&self.sample(column), &base, confidence));
        }
        let sample = self.gathered.differences.get(column).copied().unwrap_or(Sample::NONE);
        Some(sample.estimate(confidence))
    }

    #[track_caller]
    pub(crate) fn column(&self, measure: &str) -> usize {
        let Some(column) = self.columns.find(measure) else {
            panic!("{}", NoMeasure::new(measure, self.columns.names()));
        };
        column
    }
}
