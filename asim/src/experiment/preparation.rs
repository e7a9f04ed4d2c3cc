//! Preparing an experiment: its scenarios, what is compared to what, and how a job is made. All that can be refused
//! is refused here, before anything runs.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
#[cfg(feature = "report")]
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::experiment::experiment::Experiment;
use crate::experiment::experiment_error::ExperimentError;
use crate::experiment::gathering::gathering::Gathering;
use crate::experiment::journal::header::Header;
use crate::experiment::parameters::parameter_error::ParameterError;
use crate::experiment::parameters::scenario::{Grid, Scenario};
use crate::experiment::plan::{Plan, PlanError};
use crate::experiment::replication::make::{make, make_timed};
use crate::experiment::replication::replication::Order;
use crate::experiment::replication::taking::Windows;
use crate::experiment::work::dispatch::Dispatch;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Failure, FailureKind, Row};
use crate::random::seed::key_of;

/// Makes one job. It is told to stop by the flag.
pub(crate) type Make =
    dyn Fn(Job, Arc<AtomicBool>) -> Result<Vec<Row>, Failure> + Send + Sync + 'static;

/// An experiment that can be run.
pub(crate) struct Preparation {
    pub(crate) name: String,
    pub(crate) plan: Plan,
    pub(crate) scenarios: Arc<[Scenario]>,
    /// The parameters that differ between scenarios.
    pub(crate) varied: Vec<String>,
    /// For each scenario the one that it is compared to.
    pub(crate) baselines: Vec<Option<usize>>,
    pub(crate) header: Header,
    pub(crate) make: Arc<Make>,
    /// When it was prepared.
    #[cfg(feature = "report")]
    pub(crate) begun: Instant,
}

impl<P: Serialize + DeserializeOwned + 'static> Experiment<P> {
    /// Prepares the experiment.
    pub(crate) fn prepare(&self) -> Result<Preparation, ExperimentError> {
        let plan = self.plan.clone();
        plan.check()?;
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone().into());
        }
        let parameters = self.parameters.clone()?;
        let grid = Grid::of(&parameters, &plan.settings)?;
        let baselines = match &plan.compare_to {
            Some((name, value)) => grid.bases(&parameters, name, value)?,
            None => vec![None; grid.scenarios.len()],
        };
        let scenarios = grid.scenarios;
        if let (Some(replication), 2..) = (plan.only, scenarios.len()) {
            return Err(which_scenario(replication, scenarios.len(), &grid.varied).into());
        }
        let header = self.header(&plan, &scenarios);
        let scenarios: Arc<[Scenario]> = scenarios.into();
        let make = self.making(&plan, &scenarios, None);
        let name = self.name.clone();
        Ok(Preparation {
            name,
            plan,
            scenarios,
            varied: grid.varied,
            baselines,
            header,
            make,
            #[cfg(feature = "report")]
            begun: Instant::now(),
        })
    }

    /// Returns how a job is made, with all that the plan says; or with other windows.
    pub(crate) fn making(
        &self,
        plan: &Plan,
        scenarios: &Arc<[Scenario]>,
        windows: Option<Windows>,
    ) -> Arc<Make> {
        let (model, scenarios, plan) =
            (Arc::clone(&self.model), Arc::clone(scenarios), plan.clone());
        Arc::new(move |job, stop| {
            let parameters = parameters_of::<P>(&scenarios[job.scenario])?;
            make(order(&plan, &scenarios[job.scenario], job, stop, windows), &|rep| {
                model(rep, &parameters)
            })
        })
    }

    /// Makes the first replication of the first scenario on this thread. Returns its results, and how long the run was in
    /// the model's unit of time.
    pub(crate) fn pilot(
        &self,
        plan: &Plan,
        scenarios: &[Scenario],
    ) -> Result<(Vec<Row>, f64), Failure> {
        let parameters = parameters_of::<P>(&scenarios[0])?;
        let order =
            order(plan, &scenarios[0], Job { replication: 1, scenario: 0 }, Arc::default(), None);
        make_timed(order, &|rep| (self.model)(rep, &parameters))
    }

    fn header(&self, plan: &Plan, scenarios: &[Scenario]) -> Header {
        let mut header = Header::new(&self.name, plan.seed).with_warm_up(plan.warm_up);
        if let Some(batches) = plan.batches {
            header = header.with_batches(batches.count, batches.length);
        }
        header.antithetic = plan.antithetic;
        header.common_random_numbers = plan.common;
        header.shard = plan.shard;
        header.scenarios = scenarios.iter().map(|scenario| scenario.parameters.json()).collect();
        header
    }
}

/// Returns the parameters of a scenario, as the model gets them.
fn parameters_of<P: DeserializeOwned>(scenario: &Scenario) -> Result<P, Failure> {
    // They were read before, but a `Deserialize` of the user's may say something else now.
    let failure =
        |error: ParameterError| Failure { kind: FailureKind::Error, message: error.to_string() };
    scenario.parameters.to::<P>().map_err(failure)
}

/// Returns what is to be made.
fn order(
    plan: &Plan,
    scenario: &Scenario,
    job: Job,
    stop: Arc<AtomicBool>,
    windows: Option<Windows>,
) -> Order {
    let batches =
        plan.batches.map(|it| Windows { count: it.count, length: it.length, may_end_early: false });
    Order {
        seed: if plan.common { plan.seed } else { own_seed(plan.seed, scenario) },
        job,
        mirrored: plan.antithetic && job.replication.is_multiple_of(2),
        warm_up: plan.warm_up,
        windows: windows.or(batches),
        stop: plan.limit.is_some().then_some(stop),
        trace: plan.trace.clone(),
        #[cfg(feature = "report")]
        watch: plan.watch.clone(),
    }
}

/// How many jobs of each worker may be known or in work, counted from the one that counts next. Until a precision it
/// is few, as what runs ahead of the stop is made for nothing. Otherwise it is as many as a short memory allows.
const AHEAD_UNTIL_PRECISION: usize = 2;
const AHEAD: usize = 100;

impl Preparation {
    /// Returns the order of work for so many workers.
    pub(crate) fn dispatch(&self, workers: usize) -> Dispatch {
        let ahead = if self.plan.precisions.is_empty() { AHEAD } else { AHEAD_UNTIL_PRECISION };
        let block = if self.plan.antithetic { 2 } else { 1 };
        let window = ahead * workers;
        let mut dispatch =
            Dispatch::new(self.scenarios.len(), self.plan.last(), self.plan.shard, block, window);
        if let Some(replication) = self.plan.only {
            dispatch.only(replication);
        }
        dispatch
    }

    /// Returns what adds up the outcomes.
    pub(crate) fn gathering(&self) -> Gathering {
        let mut gathering = Gathering::new(
            &self.baselines,
            self.plan.antithetic && self.plan.only.is_none(),
            self.plan.batches.is_some(),
            self.plan.precisions.clone(),
            self.plan.confidence,
            self.kept(),
        );
        gathering.is_part = self.plan.shard.is_some();
        gathering
    }

    /// Returns the measures whose values are kept.
    pub(crate) fn kept(&self) -> Vec<String> {
        let of_quantiles = self.plan.quantiles.iter().map(|(measure, _)| measure);
        let mut kept: Vec<String> = Vec::new();
        for measure in self.plan.kept.iter().chain(of_quantiles) {
            if !kept.contains(measure) {
                kept.push(measure.clone());
            }
        }
        kept
    }
}

/// Returns the seed of a scenario that has random numbers of its own. Its parameters decide, not its number: so the
/// scenario has the same numbers if it is made alone.
fn own_seed(seed: u64, scenario: &Scenario) -> u64 {
    key_of(seed, 0, &scenario.parameters.json().to_string())
}

/// Says that one replication of several scenarios is meant.
fn which_scenario(replication: u64, scenarios: usize, varied: &[String]) -> PlanError {
    let names = varied.iter().map(|name| format!("`{name}`"));
    PlanError::WhichScenario {
        replication,
        scenarios,
        parameters: names.collect::<Vec<_>>().join(" and "),
    }
}
