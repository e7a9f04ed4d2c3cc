//! The plan: what an experiment shall do, as plain data.

use std::path::PathBuf;
#[cfg(feature = "report")]
use std::sync::Arc;
use std::time::Duration;

use crate::experiment::parameters::setting::{Given, Setting};
#[cfg(feature = "report")]
use crate::experiment::replication::watch::Watch;
use crate::experiment::statistics::precision::Precision;
use crate::experiment::work::shard::Shard;

/// How many replications are made if nothing is said.
pub(crate) const REPLICATIONS: u64 = 20;

/// How many replications of a scenario are made at most until a precision, if nothing is said.
pub(crate) const AT_MOST: u64 = 10_000;

/// More replications nobody makes, and their numbers can be added without care.
const TOO_MANY: u64 = 1_000_000_000_000_000;

/// What an experiment shall do. The command line changes what the program says.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) warm_up: f64,
    pub(crate) antithetic: bool,
    /// Whether all scenarios have the same random numbers.
    pub(crate) common: bool,
    pub(crate) batches: Option<Batches>,
    pub(crate) settings: Vec<Setting>,
    /// The number of replications, if it was said.
    pub(crate) replications: Option<u64>,
    pub(crate) precisions: Vec<Precision>,
    pub(crate) at_most: u64,
    pub(crate) confidence: f64,
    /// The parameter and the value to which the others are compared.
    pub(crate) compare_to: Option<(String, Given)>,
    pub(crate) quantiles: Vec<(String, f64)>,
    pub(crate) kept: Vec<String>,
    pub(crate) shown: Vec<String>,
    pub(crate) jobs: Option<usize>,
    pub(crate) limit: Option<Duration>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) resume: bool,
    pub(crate) shard: Option<Shard>,
    /// The one replication that shall be made.
    pub(crate) only: Option<u64>,
    pub(crate) trace: Option<PathBuf>,
    /// What watches the one replication.
    #[cfg(feature = "report")]
    pub(crate) watch: Option<Arc<Watch>>,
}

/// One long run, cut into batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Batches {
    pub(crate) count: u64,
    /// In the model's unit of time.
    pub(crate) length: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            seed: 0,
            warm_up: 0.0,
            antithetic: false,
            common: true,
            batches: None,
            settings: Vec::new(),
            replications: None,
            precisions: Vec::new(),
            at_most: AT_MOST,
            confidence: 0.95,
            compare_to: None,
            quantiles: Vec::new(),
            kept: Vec::new(),
            shown: Vec::new(),
            jobs: None,
            limit: None,
            out: None,
            resume: false,
            shard: None,
            only: None,
            trace: None,
            #[cfg(feature = "report")]
            watch: None,
        }
    }
}

/// A plan says what cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum PlanError {
    /// A number is out of its range.
    #[error("{what} cannot be {value}: {wanted}")]
    OutOfRange {
        /// What the number is for.
        what: &'static str,
        /// The number.
        value: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// Two things that cannot go together.
    #[error("{one} and {other} do not go together: {why}")]
    Contradiction {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// One replication was asked for, but of which scenario?
    #[error(
        "replication {replication} of which scenario? There are {scenarios}; set {parameters} to one value each"
    )]
    WhichScenario {
        /// The replication.
        replication: u64,
        /// How many scenarios there are.
        scenarios: usize,
        /// The parameters that have several values.
        parameters: String,
    },
}

impl Plan {
    /// Returns how many replications a scenario has at most.
    pub(crate) fn last(&self) -> u64 {
        if self.batches.is_some() {
            return 1;
        }
        if !self.precisions.is_empty() {
            return self.even(self.at_most);
        }
        self.even(self.replications.unwrap_or(REPLICATIONS))
    }

    /// Antithetic replications come in pairs.
    fn even(&self, replications: u64) -> u64 {
        if self.antithetic { replications.next_multiple_of(2) } else { replications }
    }

    /// Checks what does not depend on the model.
    pub(crate) fn check(&self) -> Result<(), PlanError> {
        let out_of_range =
            |what, value: String, wanted| Err(PlanError::OutOfRange { what, value, wanted });
        let contradiction = |one, other, why| Err(PlanError::Contradiction { one, other, why });
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return out_of_range("the confidence", self.confidence.to_string(), "between 0 and 1");
        }
        if !(self.warm_up >= 0.0 && self.warm_up.is_finite()) {
            return out_of_range("the warm-up", self.warm_up.to_string(), "a time of 0 or more");
        }
        if self.replications == Some(0) || self.at_most == 0 {
            return out_of_range("the number of replications", "0".to_owned(), "1 or more");
        }
        for number in [self.replications, Some(self.at_most), self.only].into_iter().flatten() {
            if number > TOO_MANY {
                let wanted = "it is 1000000000000000 at most";
                return out_of_range("the number of replications", number.to_string(), wanted);
            }
        }
        if self.jobs == Some(0) {
            return out_of_range("the number of jobs", "0".to_owned(), "1 or more");
        }
        if self.only == Some(0) {
            return out_of_range("the replication", "0".to_owned(), "the first is 1");
        }
        for (_, q) in &self.quantiles {
            if !(*q > 0.0 && *q < 1.0) {
                return out_of_range("a quantile", q.to_string(), "between 0 and 1");
            }
        }
        for precision in &self.precisions {
            if !precision.goal.is_possible() {
                return out_of_range("a precision", precision.goal.to_string(), "more than 0");
            }
        }
        if let Some(batches) = self.batches {
            if batches.count < 2 {
                return out_of_range(
                    "the number of batches",
                    batches.count.to_string(),
                    "2 or more",
                );
            }
            if !(batches.length > 0.0 && batches.length.is_finite()) {
                return out_of_range(
                    "the length of a batch",
                    batches.length.to_string(),
                    "more than 0",
                );
            }
            let why = "batches are of one long run";
            if self.replications.is_some_and(|replications| replications != 1) {
                return contradiction("batches", "several replications", why);
            }
            if !self.precisions.is_empty() {
                return contradiction("batches", "a precision", why);
            }
            if self.antithetic {
                return contradiction("batches", "antithetic pairs", why);
            }
            if self.shard.is_some() {
                return contradiction("batches", "shards", why);
            }
        }
        if !self.precisions.is_empty() {
            if self.replications.is_some() {
                let why = "the precision decides how many there are (`--at-most` limits them)";
                return contradiction("a precision", "a number of replications", why);
            }
            if self.shard.is_some() {
                let why = "no shard sees the results of the others: set a number of replications";
                return contradiction("a precision", "a shard", why);
            }
        }
        if self.only.is_some() && self.out.is_some() {
            let why = "one replication is no experiment, and has no journal";
            return contradiction("only one replication", "a folder for results", why);
        }
        if self.trace.is_some() && self.only.is_none() {
            return contradiction("a trace", "many replications", "say which one");
        }
        if self.resume && self.out.is_none() {
            return contradiction("to resume", "no folder", "say which folder has the journal");
        }
        Ok(())
    }
}
