//! Gathering: what the outcomes say, added up one by one in the order of the jobs.

use crate::experiment::gathering::columns::Columns;
use crate::experiment::gathering::units::Units;
use crate::experiment::results::failed_replication::FailedReplication;
use crate::experiment::statistics::independence::Neighbours;
use crate::experiment::statistics::interval::Sample;
use crate::experiment::statistics::precision::{Precision, StopRule};
use crate::experiment::work::outcome::{Outcome, Row};

/// How many failures are kept with their words; the others are counted.
const FAILURES_KEPT: usize = 100;

/// If so many replications of a scenario have all failed, an experiment that runs until a precision gives the
/// scenario up.
const HOPELESS: u64 = 20;

/// What the outcomes say that have counted so far. It keeps sums, not the outcomes: it does not grow with the number
/// of replications, but for the measures whose values are kept on purpose.
#[derive(Debug)]
pub(crate) struct Gathering {
    pub(crate) columns: Columns,
    /// The columns of the rows as they came. Those of the observations may have another order: a pair has two rows.
    pub(crate) columns_of_rows: Columns,
    pub(crate) scenarios: Vec<Gathered>,
    antithetic: bool,
    /// Whether the observations are batches of one run, which may depend on each other.
    batches: bool,
    /// The precisions that are asked for.
    goals: Vec<Precision>,
    /// The measures whose values are kept.
    kept: Vec<String>,
    /// Whether these are only a part of the replications: a measure may be in others.
    pub(crate) is_part: bool,
    /// The units of the present replication (or pair), scenario by scenario, to be compared.
    present: Vec<Vec<Row>>,
    present_index: u64,
}

/// What the outcomes of one scenario say.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    units: Units,
    /// The replications that gave results, and those that failed.
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) failures: Vec<FailedReplication>,
    /// The observations: replications, pairs or batches.
    pub(crate) observations: u64,
    /// A sample for each column.
    pub(crate) samples: Vec<Sample>,
    /// The scenario that this one is compared to, and those that are compared to this one.
    pub(crate) baseline: Option<usize>,
    compared: Vec<usize>,
    /// The differences from the baseline for each column, observation by observation.
    pub(crate) differences: Vec<Sample>,
    pub(crate) rule: Option<StopRule>,
    /// The last replication, if this scenario gets no more: it has enough, or all have failed.
    pub(crate) closed: Option<u64>,
    /// For each column how much each batch resembles the one before. Only of batches.
    pub(crate) neighbours: Vec<Neighbours>,
    /// For each kept measure its values in the order of the observations. What is not known is NaN.
    pub(crate) kept: Vec<Vec<f64>>,
}

/// Whether a scenario goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    GoesOn,
    /// It has enough replications, or there is no hope for it.
    Enough,
}

/// A measure that was asked for is in no result.
#[derive(Debug)]
pub(crate) struct Absent(pub(crate) String);

impl Gathering {
    /// `baselines` says for each scenario to which one it is compared.
    pub(crate) fn new(
        baselines: &[Option<usize>],
        antithetic: bool,
        batches: bool,
        goals: Vec<Precision>,
        confidence: f64,
        kept: Vec<String>,
    ) -> Self {
        let mut scenarios: Vec<Gathered> = baselines
            .iter()
            .map(|&baseline| Gathered {
                baseline,
                rule: (!goals.is_empty()).then(|| StopRule::new(goals.clone(), confidence)),
                kept: vec![Vec::new(); kept.len()],
                ..Gathered::default()
            })
            .collect();
        for (number, baseline) in baselines.iter().enumerate() {
            if let Some(baseline) = baseline {
                scenarios[*baseline].compared.push(number);
            }
        }
        let present = vec![Vec::new(); scenarios.len()];
        let columns = Columns::default();
        Gathering {
            columns,
            columns_of_rows: Columns::default(),
            scenarios,
            antithetic,
            batches,
            goals,
            kept,
            is_part: false,
            present,
            present_index: 0,
        }
    }

    /// Adds an outcome. Outcomes come in the order of their jobs.
    pub(crate) fn add(&mut self, outcome: Outcome) -> Result<Verdict, Absent> {
        let job = outcome.job;
        let scenario = &mut self.scenarios[job.scenario];
        let rows = match outcome.end {
            Ok(rows) => {
                scenario.done += 1;
                for row in &rows {
                    self.columns_of_rows.of(row);
                }
                Some(rows)
            }
            Err(failure) => {
                scenario.failed += 1;
                if scenario.failures.len() < FAILURES_KEPT {
                    scenario.failures.push(FailedReplication::new(job, failure));
                }
                None
            }
        };
        let units = if self.antithetic {
            scenario.units.of_pair(job.replication, rows)
        } else {
            Units::of_replication(rows)
        };
        let mut verdict = Verdict::GoesOn;
        for unit in &units {
            if self.add_unit(job.scenario, unit)? == Verdict::Enough {
                verdict = Verdict::Enough;
            }
        }
        self.compare(job.scenario, job.replication, units);

        let scenario = &mut self.scenarios[job.scenario];
        let hopeless = scenario.done == 0 && scenario.failed >= HOPELESS;
        if verdict == Verdict::Enough || (scenario.rule.is_some() && hopeless) {
            scenario.closed = Some(job.replication);
            return Ok(Verdict::Enough);
        }
        Ok(Verdict::GoesOn)
    }

    /// Adds one observation.
    fn add_unit(&mut self, number: usize, unit: &Row) -> Result<Verdict, Absent> {
        let columns = self.columns.of(unit);
        let scenario = &mut self.scenarios[number];
        scenario.observations += 1;
        for (&column, &value) in columns.iter().zip(&unit.values) {
            at(&mut scenario.samples, column, Sample::NONE).add(value);
            if self.batches {
                at(&mut scenario.neighbours, column, Neighbours::NONE).add(value);
            }
        }
        let of = |name: &str| {
            let column = match self.columns.find(name) {
                None if !self.is_part => return Err(Absent(name.to_owned())),
                column => column,
            };
            let place = column.and_then(|column| columns.iter().position(|&own| own == column));
            Ok(place.map_or(f64::NAN, |place| unit.values[place]))
        };
        for (name, values) in self.kept.iter().zip(&mut scenario.kept) {
            values.push(of(name)?);
        }
        let Some(rule) = &mut scenario.rule else { return Ok(Verdict::GoesOn) };
        let values: Vec<f64> =
            self.goals.iter().map(|goal| of(&goal.measure)).collect::<Result<_, Absent>>()?;
        Ok(if rule.add(&values) { Verdict::Enough } else { Verdict::GoesOn })
    }

    /// Adds the differences between these observations and those of the same replication in other scenarios.
    fn compare(&mut self, number: usize, replication: u64, units: Vec<Row>) {
        if units.is_empty() {
            return;
        }
        if self.present_index != replication {
            self.present_index = replication;
            self.present.iter_mut().for_each(Vec::clear);
        }
        if let Some(baseline) = self.scenarios[number].baseline {
            let base = std::mem::take(&mut self.present[baseline]);
            self.add_differences(number, &units, &base);
            self.present[baseline] = base;
        }
        for other in self.scenarios[number].compared.clone() {
            let others = std::mem::take(&mut self.present[other]);
            self.add_differences(other, &others, &units);
            self.present[other] = others;
        }
        let is_compared = |one: &Gathered| one.baseline.is_some() || !one.compared.is_empty();
        if is_compared(&self.scenarios[number]) {
            self.present[number] = units;
        }
    }

    fn add_differences(&mut self, number: usize, units: &[Row], base: &[Row]) {
        for (unit, base) in units.iter().zip(base) {
            let base_columns = self.columns.of(base);
            let columns = self.columns.of(unit);
            let differences = &mut self.scenarios[number].differences;
            for (place, (&column, &value)) in columns.iter().zip(&unit.values).enumerate() {
                let same = base_columns.get(place) == Some(&column);
                let other = same.then_some(place);
                let other = other.or_else(|| base_columns.iter().position(|&own| own == column));
                if let Some(other) = other {
                    at(differences, column, Sample::NONE).add(value - base.values[other]);
                }
            }
        }
    }
}

/// Returns what belongs to a column. Columns may appear late.
fn at<T: Clone>(all: &mut Vec<T>, column: usize, none: T) -> &mut T {
    if column >= all.len() {
        all.resize(column + 1, none);
    }
    &mut all[column]
}
