//! What a command line changes in an experiment.

#[cfg(feature = "report")]
use std::sync::Arc;
use std::time::Duration;

use crate::cli::command_line::CommandLine;
use crate::experiment::parameters::parameter_error::ParameterError;
use crate::experiment::parameters::parameters::Parameters;
use crate::experiment::parameters::scenario::{Grid, refuse_twice};
use crate::experiment::parameters::setting::Setting;
use crate::experiment::plan::{Batches, Plan, PlanError};
use crate::experiment::statistics::precision::{Goal, Precision};

/// What is wrong with a command line.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An option whose value is not written as it should be.
    #[error("{option} {value}: write {wanted}")]
    Written { option: &'static str, value: String, wanted: &'static str },
    /// Options that make no sense together, or one that needs another.
    #[error("{0}")]
    Together(&'static str),
}

impl CommandLine {
    /// Changes a plan. What the command line says counts more than what the program says.
    ///
    /// # Errors
    ///
    /// If something is not written as it should be, or makes no sense. What depends on the plan alone is checked later.
    pub(crate) fn change(&self, plan: &mut Plan, parameters: &Parameters) -> Result<(), Refused> {
        self.refuse_nonsense(plan)?;
        #[cfg(feature = "report")]
        self.refuse_pages(plan)?;
        self.change_settings(plan, parameters)?;
        self.change_replications(plan)?;
        replace(&mut plan.confidence, self.confidence);
        replace(&mut plan.warm_up, self.warm_up);
        replace(&mut plan.seed, self.seed);
        plan.antithetic |= self.antithetic;
        plan.common &= !self.independent_scenarios;
        if let Some(seconds) = self.limit {
            let limit = Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero());
            let wanted = "a number of seconds greater than 0";
            let refused =
                || Refused::Written { option: "--limit", value: seconds.to_string(), wanted };
            plan.limit = Some(limit.ok_or_else(refused)?);
        }
        if !self.show.is_empty() {
            let patterns = self.show.iter().flat_map(|list| list.split(','));
            plan.shown =
                patterns.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
        }
        if !self.quantile.is_empty() {
            plan.quantiles = self
                .quantile
                .iter()
                .map(|text| measured("--quantile", text))
                .collect::<Result<_, _>>()?;
        }
        if self.only.is_some() {
            // One replication is no experiment, whatever the program says.
            plan.out = None;
            plan.resume = false;
            plan.shard = None;
        }
        plan.only = self.only.or(plan.only);
        plan.trace = self.trace.clone().or_else(|| plan.trace.take());
        #[cfg(feature = "report")]
        if self.wants_watch() {
            plan.watch = Some(Arc::default());
        }
        plan.out = self.out.clone().or_else(|| plan.out.take());
        plan.resume |= self.resume;
        plan.jobs = self.jobs.or(plan.jobs);
        plan.shard = self.shard.or(plan.shard);
        Ok(())
    }

    fn change_settings(&self, plan: &mut Plan, parameters: &Parameters) -> Result<(), Refused> {
        let settings: Vec<Setting> =
            self.settings.iter().map(|text| Setting::read(text)).collect::<Result<_, _>>()?;
        refuse_twice(&settings)?;
        for setting in settings {
            let is_part = |other: &Setting| {
                other
                    .name
                    .strip_prefix(&setting.name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let place = plan.settings.iter().position(is_part).unwrap_or(plan.settings.len());
            plan.settings.retain(|other| !is_part(other));
            plan.settings.insert(place.min(plan.settings.len()), setting);
        }
        if let Some(compare) = &self.compare {
            let Setting { name, mut values } = Setting::read(compare)?;
            plan.compare_to = values.pop().filter(|_| values.is_empty()).map(|value| (name, value));
            if plan.compare_to.is_none() {
                let wanted = "one value, as in `--compare n=4`: all are compared with it";
                return Err(Refused::Written {
                    option: "--compare",
                    value: compare.clone(),
                    wanted,
                });
            }
        } else if let Some((name, value)) = plan.compare_to.take()
            && let Ok(grid) = Grid::of(parameters, &plan.settings)
            && (self.settings.is_empty() || grid.bases(parameters, &name, &value).is_ok())
        {
            // The program's comparison is kept if what is left of the scenarios has it.
            plan.compare_to = Some((name, value));
        }
        Ok(())
    }

    fn change_replications(&self, plan: &mut Plan) -> Result<(), Refused> {
        let mut precisions = Vec::new();
        for text in &self.until_precision {
            let (measure, share) = measured("--until-precision", text)?;
            precisions.push(Precision { measure, goal: Goal::Relative(share) });
        }
        for text in &self.until_half_width {
            let (measure, width) = measured("--until-half-width", text)?;
            precisions.push(Precision { measure, goal: Goal::HalfWidth(width) });
        }
        let says_batches = self.batches.is_some() || self.batch_length.is_some();
        if self.replications.is_some() || !precisions.is_empty() || says_batches {
            plan.replications = self.replications;
            plan.precisions = precisions;
        }
        if !says_batches && (plan.replications.is_some() || !plan.precisions.is_empty()) {
            plan.batches = None;
        }
        if says_batches {
            let before = plan.batches;
            let count = self.batches.or(before.map(|it| it.count));
            let length = self.batch_length.or(before.map(|it| it.length));
            let (Some(count), Some(length)) = (count, length) else {
                return Err(Refused::Together(
                    "--batches and --batch-length go together: how many batches, and how long is each?",
                ));
            };
            plan.batches = Some(Batches { count, length });
        }
        if self.at_most.is_some() && plan.precisions.is_empty() {
            return Err(Refused::Together(
                "--at-most limits the replications until a precision: say it with --until-precision, or a fixed number with --replications",
            ));
        }
        replace(&mut plan.at_most, self.at_most);
        Ok(())
    }

    /// Returns whether all that happens in the one replication is needed for a page.
    #[cfg(feature = "report")]
    fn wants_watch(&self) -> bool {
        self.only.is_some() && (self.report.is_some() || self.replay.is_some())
    }

    /// Refuses pages into which nothing would be written.
    #[cfg(feature = "report")]
    fn refuse_pages(&self, plan: &Plan) -> Result<(), Refused> {
        let is_part = self.shard.is_some() || plan.shard.is_some();
        let nonsense = [
            (
                self.replay.is_some() && self.only.is_none(),
                "--replay plays one replication: say which one with --only",
            ),
            (
                self.report.is_some() && self.only.is_none() && self.merge.is_none() && is_part,
                "--report shows all replications, and --shard makes a part: say it with --merge",
            ),
            (
                (self.report.is_some() || self.replay.is_some())
                    && (self.list || self.suggest_warm_up.is_some()),
                "--list and --suggest-warm-up write no page: leave --report and --replay away",
            ),
            (
                self.report.is_some() && self.report == self.replay,
                "--report and --replay would write the same file: name two",
            ),
        ];
        match nonsense.into_iter().find(|(is_so, _)| *is_so) {
            Some((_, words)) => Err(Refused::Together(words)),
            None => Ok(()),
        }
    }

    /// Refuses what makes no sense whatever the plan is.
    fn refuse_nonsense(&self, plan: &Plan) -> Result<(), Refused> {
        let has_folder = self.out.is_some() || plan.out.is_some();
        let nonsense = [
            (
                self.trace.is_some() && self.only.is_none(),
                "--trace writes what happens in one replication: say which one with --only",
            ),
            (
                self.resume && !has_folder,
                "--resume goes on with a journal: say in which folder it is with --out",
            ),
            (
                self.shard.is_some() && !has_folder,
                "--shard makes a part of the results: say into which folder they go with --out",
            ),
            (
                self.shard.is_some() && self.only.is_some(),
                "--shard and --only do not go together: one replication has no parts",
            ),
            (
                self.only.is_some() && (self.out.is_some() || self.resume),
                "--only makes one replication and keeps no journal: leave --out and --resume away",
            ),
            (
                self.merge.is_some()
                    && (self.shard.is_some() || self.only.is_some() || self.resume),
                "--merge makes no replication: leave --shard, --only and --resume away",
            ),
            (
                self.merge.as_ref().is_some_and(Vec::is_empty) && !has_folder,
                "--merge needs the folders in which the journals of all parts are",
            ),
        ];
        match nonsense.into_iter().find(|(is_so, _)| *is_so) {
            Some((_, words)) => Err(Refused::Together(words)),
            None => Ok(()),
        }
    }
}

fn replace<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// Reads `RESULT=0.05`, also `RESULT=5%`.
fn measured(option: &'static str, text: &str) -> Result<(String, f64), Refused> {
    let wanted = "a result, `=`, and a number, as in `profit=0.05`";
    let refused = || Refused::Written { option, value: text.to_owned(), wanted };
    let (measure, number) = text.rsplit_once('=').ok_or_else(refused)?;
    let (number, percent) = match number.trim().strip_suffix('%') {
        Some(number) => (number.trim_end(), 100.0),
        None => (number.trim(), 1.0),
    };
    let number: f64 = number.parse().map_err(|_| refused())?;
    if measure.trim().is_empty() {
        return Err(refused());
    }
    Ok((measure.trim().to_owned(), number / percent))
}
