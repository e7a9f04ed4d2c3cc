//! The options of an experiment: how many replications, which random numbers, what is compared, where results go.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::experiment::experiment::Experiment;
use crate::experiment::parameters::setting::Setting;
use crate::experiment::plan::Batches;
use crate::experiment::statistics::precision::{Goal, Precision};
use crate::experiment::work::shard::Shard;

/// How many replications.
impl<P> Experiment<P> {
    /// Makes this many replications of each scenario. If nothing is said, there are 20.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, 7.0).floor());
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, ()).replications(30).run()?;
    /// assert_eq!(results.estimate("eyes").count, 30);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn replications(mut self, replications: u64) -> Self {
        self.plan.replications = Some(replications);
        self.plan.precisions.clear();
        self
    }

    /// Makes replications of each scenario until half the width of the interval of this measure is at most this share
    /// of its mean: `0.05` for 5 %. Called for several measures, each must be so precise.
    ///
    /// There are at least 20 replications, and the precision must go on to hold for 5 further ones (5 % of them above
    /// 100): who stops at the first that suffices, stops too early too often. [`at_most`](Self::at_most) limits them.
    ///
    /// K. Hoad, S. Robinson and R. Davies, "Automated selection of the number of replications for a discrete-event
    /// simulation", Journal of the Operational Research Society 61 (2010), 1632-1644.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, 7.0).floor());
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, ()).until_precision("eyes", 0.05).run()?;
    /// assert!(results.estimate("eyes").relative() <= 0.05);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn until_precision(mut self, measure: impl Into<String>, share: f64) -> Self {
        self.plan
            .precisions
            .push(Precision { measure: measure.into(), goal: Goal::Relative(share) });
        self.plan.replications = None;
        self
    }

    /// Makes replications of each scenario until half the width of the interval of this measure is at most this, in the
    /// unit of the measure. So a measure whose mean may be zero can be made precise. For the rest it is as
    /// [`until_precision`](Self::until_precision).
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("gain", rep.simulation().stream("dice").uniform(-1.0, 1.0));
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, ()).until_half_width("gain", 0.1).run()?;
    /// assert!(results.estimate("gain").half_width <= 0.1);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn until_half_width(mut self, measure: impl Into<String>, half_width: f64) -> Self {
        let goal = Goal::HalfWidth(half_width);
        self.plan.precisions.push(Precision { measure: measure.into(), goal });
        self.plan.replications = None;
        self
    }

    /// Makes at most this many replications of each scenario until a precision. If nothing is said, there are at most
    /// 10,000. The table says where the precision was not reached.
    pub fn at_most(mut self, replications: u64) -> Self {
        self.plan.at_most = replications;
        self
    }

    /// Sets the confidence of all intervals. If nothing is said, it is 0.95.
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.plan.confidence = confidence;
        self
    }

    /// Makes one long run of each scenario instead of replications, and cuts it into batches of this length in time. The
    /// means of the batches are the observations: the warm-up is paid once. The model has to run long enough: until
    /// the warm-up and all batches are over. Results of the model's own ([`Replication::result`]) have no batches, and
    /// are left out.
    ///
    /// Ten to thirty batches are enough (B. Schmeiser, "Batch size effects in the analysis of simulation output",
    /// Operations Research 30 (1982), 556-568). The batches must be so long that they hardly depend on each other: the
    /// table says if they do.
    ///
    /// [`Replication::result`]: crate::experiment::replication::replication::Replication::result
    ///
    /// ```
    /// # use asim::prelude::*;
    /// fn drift(rep: &Replication, (): &()) -> Result<(), SimError> {
    ///     let sim = rep.simulation();
    ///     let (env, height) = (sim.env(), sim.level("height"));
    ///     sim.spawn(async move {
    ///         loop {
    ///             env.timeout(1.0).await;
    ///             height.set(env.stream("height").uniform(0.0, 2.0));
    ///         }
    ///     });
    ///     sim.run_until(10.0 + 20.0 * 50.0)
    /// }
    ///
    /// let results = Experiment::new("drift", drift, ()).warm_up(10.0).batches(20, 50.0).run()?;
    /// assert!(results.estimate("height.mean").contains(1.0));
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn batches(mut self, count: u64, length: f64) -> Self {
        self.plan.batches = Some(Batches { count, length });
        self
    }

    /// Sets how long a run warms up, in the model's unit of time. What is measured until then does not count.
    pub fn warm_up(mut self, time: f64) -> Self {
        self.plan.warm_up = time;
        self
    }
}

/// Random numbers.
impl<P> Experiment<P> {
    /// Sets the seed of all replications. If nothing is said, it is 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.plan.seed = seed;
        self
    }

    /// Makes replications in pairs: the second of each pair has the mirror images of the random numbers of the first. The
    /// observations are the means of the pairs. Where a large random number makes a result larger and a small one
    /// makes it smaller, that saves replications; otherwise it may cost some.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("size", rep.simulation().stream("dice").uniform(1.0, 7.0));
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, ()).antithetic().replications(20).run()?;
    /// let size = results.estimate("size");
    /// assert_eq!(size.count, 10); // pairs
    /// assert!(size.half_width < 1e-12 && (size.mean - 4.0).abs() < 1e-12);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn antithetic(mut self) -> Self {
        self.plan.antithetic = true;
        self
    }

    /// Gives each scenario random numbers of its own. Otherwise all have the same in the replications of the same
    /// number, which makes differences between scenarios more precise.
    pub fn independent_scenarios(mut self) -> Self {
        self.plan.common = false;
        self
    }
}

/// What is asked of the results.
impl<P> Experiment<P> {
    /// Compares all other scenarios to those in which this parameter has this value, replication by replication: the same
    /// customers come, and only the parameter differs.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # #[derive(serde::Serialize, serde::Deserialize)] struct Dice { sides: u32 }
    /// # fn dice(rep: &Replication, p: &Dice) -> Result<(), SimError> {
    /// #     let top = f64::from(p.sides) + 1.0;
    /// #     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, top).floor());
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, Dice { sides: 6 })
    ///     .sweep("sides", [6, 8])
    ///     .compare_to("sides", 6)
    ///     .run()?;
    /// assert!(results.scenarios()[1].difference("eyes").unwrap().low() > 0.0);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn compare_to(mut self, parameter: impl Into<String>, value: impl Serialize) -> Self {
        // As a setting of one value.
        match Setting::of(&parameter.into(), [value]) {
            Ok(Setting { name, mut values }) => {
                self.plan.compare_to = values.pop().map(|value| (name, value));
            }
            Err(error) => self.mistake = self.mistake.or(Some(error)),
        }
        self
    }

    /// Shows an interval for this quantile of a measure: of what one replication may give. It keeps the values of this
    /// measure, as [`keep`](Self::keep) does.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("size", rep.simulation().stream("dice").uniform(0.0, 1.0));
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, ()).replications(200).quantile("size", 0.9).run()?;
    /// let size = results.scenarios()[0].quantile("size", 0.9).unwrap();
    /// assert!(size.low <= 0.9 && 0.9 <= size.high);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn quantile(mut self, measure: impl Into<String>, q: f64) -> Self {
        self.plan.quantiles.push((measure.into(), q));
        self
    }

    /// Keeps the values of this measure, so that [`values`](crate::experiment::results::results::ScenarioResults::values) gives them. Others are not kept:
    /// an experiment needs the same memory for ten replications and for a million.
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("number", rep.number() as f64);
    /// #     Ok(())
    /// # }
    /// let results = Experiment::new("dice", dice, ()).replications(3).keep("number").run()?;
    /// assert_eq!(results.scenarios()[0].values("number"), [1.0, 2.0, 3.0]);
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn keep(mut self, measure: impl Into<String>) -> Self {
        self.plan.kept.push(measure.into());
        self
    }

    /// Chooses which measures the table shows. In a pattern, `*` stands for any characters: `clerks.*.mean`. If nothing is
    /// chosen, the table shows the model's own results, means and utilisations.
    pub fn show(mut self, pattern: impl Into<String>) -> Self {
        self.plan.shown.push(pattern.into());
        self
    }
}

/// Who makes the replications, and where the results go.
impl<P> Experiment<P> {
    /// Makes this many replications at the same time. If nothing is said, as many as there are processors.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.plan.jobs = Some(jobs);
        self
    }

    /// Gives up a replication that takes longer than that. It counts as failed.
    ///
    /// # Panics
    ///
    /// If the time is zero.
    #[track_caller]
    pub fn limit(mut self, time: Duration) -> Self {
        assert!(!time.is_zero(), "a replication cannot be made in no time: the limit is zero");
        self.plan.limit = Some(time);
        self
    }

    /// Writes the results into this folder: `results.csv` with a row for each replication, `summary.csv` with the
    /// estimates, and `journal.jsonl`, from which a stopped experiment goes on.
    pub fn out(mut self, folder: impl Into<PathBuf>) -> Self {
        self.plan.out = Some(folder.into());
        self
    }

    /// Goes on with the journal in the [folder](Self::out), if there is one: what is done is not made again. It may have fewer
    /// replications than are asked for now, or more.
    pub fn resume(mut self) -> Self {
        self.plan.resume = true;
        self
    }

    /// Makes only this part of the replications, and writes a journal of it into the [folder](Self::out). When all parts are done,
    /// [`merge`](Self::merge) makes one result of them.
    pub fn shard(mut self, shard: Shard) -> Self {
        self.plan.shard = Some(shard);
        self
    }

    /// Makes only the replication with this number.
    pub fn only(mut self, replication: u64) -> Self {
        self.plan.only = Some(replication);
        self
    }
}
