//! Running an experiment on the threads of this process.

use std::fs;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::experiment::conduct::{Attendant, Memory, Progress, conduct};
use crate::experiment::experiment::Experiment;
use crate::experiment::experiment_error::{ExperimentError, Fault};
use crate::experiment::journal::ordered::Ordered;
use crate::experiment::kept::{Kept, journal_of};
use crate::experiment::preparation::Preparation;
use crate::experiment::results::result_files;
use crate::experiment::results::results::Results;
use crate::experiment::work::crew::Crew;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::Outcome;
use crate::experiment::work::threads::Threads;

/// Nobody looks on, and nobody ends it.
struct Nobody;

impl Attendant for Nobody {
    fn progress(&mut self, _progress: Progress) {}

    fn ends_it(&mut self) -> bool {
        false
    }
}

/// Nothing is kept.
struct Nothing;

impl Memory for Nothing {
    fn known(&mut self, _job: Job) -> Result<Option<Outcome>, ExperimentError> {
        Ok(None)
    }

    fn keep(&mut self, outcome: Outcome) -> Result<Outcome, ExperimentError> {
        Ok(outcome)
    }
}

impl<P: Serialize + DeserializeOwned + 'static> Experiment<P> {
    /// Runs the experiment, and returns its results. It uses all processors, if [`jobs`](Self::jobs) says nothing else.
    ///
    /// # Errors
    ///
    /// If a parameter cannot be what it shall be; if what was asked for cannot be; if a measure that was asked for is in
    /// no result; if the journal or the results cannot be written. A replication that fails is no such error: it is
    /// among the [failures](Results::failures), and the others go on.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// fn dice(rep: &Replication, (): &()) -> Result<(), String> {
    ///     let eyes = rep.simulation().stream("dice").uniform(1.0, 7.0).floor();
    ///     if rep.number() == 7 {
    ///         return Err("the dice fell off the table".to_owned());
    ///     }
    ///     rep.result("eyes", eyes);
    ///     Ok(())
    /// }
    ///
    /// let results = Experiment::new("dice", dice, ()).seed(1).replications(10).run()?;
    /// assert_eq!(results.estimate("eyes").count, 9);
    /// let failure = results.failures().next().unwrap();
    /// assert_eq!((failure.replication(), failure.message()), (7, "the dice fell off the table"));
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn run(&self) -> Result<Results, ExperimentError> {
        let preparation = self.prepare()?;
        let mut threads = preparation.threads()?;
        preparation.run(&mut threads, &mut Nobody)
    }
}

impl Preparation {
    /// Returns how many replications are made at the same time on this machine.
    pub(crate) fn workers(&self) -> usize {
        let processors = || thread::available_parallelism().map_or(1, NonZero::get);
        self.plan.jobs.unwrap_or_else(processors)
    }

    /// Returns the threads of this process as a crew.
    pub(crate) fn threads(&self) -> Result<Threads, ExperimentError> {
        Threads::start(self.workers(), self.plan.limit, Arc::clone(&self.make))
            .map_err(|error| Fault::NoThread(error).into())
    }

    /// Runs the experiment with a crew.
    pub(crate) fn run(
        &self,
        crew: &mut dyn Crew,
        attendant: &mut dyn Attendant,
    ) -> Result<Results, ExperimentError> {
        let Some(folder) = &self.plan.out else {
            return self.gather(crew, &mut Nothing, attendant);
        };
        fs::create_dir_all(folder)
            .map_err(|source| Fault::NoFolder { folder: folder.clone(), source })?;
        let path = journal_of(folder, self.plan.shard);
        let mut kept = if self.plan.resume {
            Kept::resume(&path, &self.header)?
        } else {
            Kept::begin(&path, &self.header)?
        };
        if let Some(words) = kept.warning() {
            attendant.warn(&words);
        }
        let results = self.gather(crew, &mut kept, attendant)?;
        let reader = kept.finish()?;
        // A shard is no whole result, nor is what was interrupted.
        if self.plan.shard.is_none() && !results.was_interrupted() {
            result_files::write(&results, folder, &mut Ordered::new(vec![reader])?)?;
        }
        Ok(results)
    }

    fn gather(
        &self,
        crew: &mut dyn Crew,
        memory: &mut dyn Memory,
        attendant: &mut dyn Attendant,
    ) -> Result<Results, ExperimentError> {
        let mut dispatch = self.dispatch(crew.workers());
        let mut gathering = self.gathering();
        let ending = conduct(&mut dispatch, &mut gathering, crew, memory, attendant)?;
        Ok(self.results(gathering, ending))
    }
}
