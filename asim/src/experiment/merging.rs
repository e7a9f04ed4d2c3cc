//! Merging shards: one result of all parts.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::experiment::conduct::{Ending, count};
use crate::experiment::experiment::Experiment;
use crate::experiment::experiment_error::{ExperimentError, Fault};
use crate::experiment::gathering::gathering::Verdict;
use crate::experiment::journal::journal_error::JournalError;
use crate::experiment::journal::ordered::Ordered;
use crate::experiment::journal::reader::JournalReader;
use crate::experiment::kept::journal_of;
use crate::experiment::not_whole::NotWhole;
use crate::experiment::results::result_files;
use crate::experiment::results::results::Results;
use crate::experiment::work::job::Job;
use crate::experiment::work::shard::Shard;

impl<P: Serialize + DeserializeOwned + 'static> Experiment<P> {
    /// Makes one result of the journals of all [shards](Self::shard), which lie in these folders (or in one), and writes
    /// `results.csv` and `summary.csv` into the [folder for results](Self::out), if there is one. No replication is
    /// made.
    ///
    /// # Errors
    ///
    /// If a journal is missing, not at its end, or of another experiment; for the rest as for [`run`](Self::run).
    ///
    /// ```
    /// # use asim::prelude::*;
    /// # fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    /// #     rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, 7.0).floor());
    /// #     Ok(())
    /// # }
    /// use asim::Shard;
    ///
    /// # let folder = std::env::temp_dir().join(format!("asim-merge-{}", std::process::id()));
    /// # let _ = std::fs::remove_dir_all(&folder);
    /// let experiment = || Experiment::new("dice", dice, ()).replications(30);
    /// for number in 1..=3 {
    ///     // Each on another machine.
    ///     experiment().shard(Shard::new(number, 3).unwrap()).out(&folder).run()?;
    /// }
    /// let merged = experiment().merge([&folder])?;
    /// assert_eq!(merged.estimate("eyes"), experiment().run()?.estimate("eyes"));
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok::<(), asim::ExperimentError>(())
    /// ```
    pub fn merge<F: AsRef<Path>>(
        &self,
        folders: impl IntoIterator<Item = F>,
    ) -> Result<Results, ExperimentError> {
        let folders: Vec<PathBuf> =
            folders.into_iter().map(|folder| folder.as_ref().to_owned()).collect();
        let mut preparation = self.prepare()?;
        let of = shards_in(&folders)?;
        let mut readers = Vec::new();
        for number in 1..=of {
            let Some(shard) = Shard::new(number, of) else { continue };
            let mut paths = folders.iter().map(|folder| journal_of(folder, Some(shard)));
            let missing = journal_of(&folders[0], Some(shard));
            let path = paths.find(|path| path.exists());
            let path = path.ok_or(NotWhole::Missing { shard, path: missing })?;
            preparation.header.shard = Some(shard);
            readers.push(opened(&path, &preparation.header)?);
        }
        let mut ordered = Ordered::new(readers)?;
        let (there, asked) = (ordered.last_replication().unwrap_or(0), preparation.plan.last());
        if there > asked {
            // Who made them wants them to count: the number was forgotten.
            return Err(NotWhole::More { there, asked }.into());
        }
        let mut gathering = preparation.gathering();
        let mut dispatch = preparation.dispatch(1);
        while let Some(job) = dispatch.hand_out() {
            let Some(outcome) = ordered.wanted(job)? else {
                return Err(not_done(job, of, preparation.plan.antithetic).into());
            };
            dispatch.put_back(outcome);
            while let Some(outcome) = dispatch.accept() {
                let scenario = outcome.job.scenario;
                if count(&mut gathering, outcome)? == Verdict::Enough {
                    dispatch.close(scenario);
                }
            }
        }
        let results = preparation.results(gathering, Ending::Whole);
        if let Some(folder) = &preparation.plan.out {
            std::fs::create_dir_all(folder)
                .map_err(|source| Fault::NoFolder { folder: folder.clone(), source })?;
            result_files::write(&results, folder, &mut ordered)?;
        }
        Ok(results)
    }
}

/// Opens the journal of a shard of this experiment.
fn opened(
    path: &Path,
    header: &crate::experiment::journal::header::Header,
) -> Result<JournalReader, JournalError> {
    let (there, reader) = JournalReader::open(path)?;
    match there.difference(header) {
        None => Ok(reader),
        Some(difference) => Err(JournalError::Another { path: path.to_owned(), difference }),
    }
}

fn not_done(job: Job, of: u64, antithetic: bool) -> NotWhole {
    let block = if antithetic { job.replication.div_ceil(2) } else { job.replication };
    let number = (block - 1) % of + 1;
    // It is between 1 and `of`.
    match Shard::new(number, of) {
        Some(shard) => NotWhole::NotDone { replication: job.replication, shard },
        None => NotWhole::NoShards { folders: Vec::new() },
    }
}

/// Returns into how many shards the experiment was cut, by the names of the journals.
fn shards_in(folders: &[PathBuf]) -> Result<u64, NotWhole> {
    let names = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let mut counts: Vec<u64> = names
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let (number, of) =
                name.strip_prefix("journal-")?.strip_suffix(".jsonl")?.split_once("-of-")?;
            number.parse::<u64>().ok().and(of.parse().ok())
        })
        .collect();
    counts.sort_unstable();
    counts.dedup();
    match counts[..] {
        [of] => Ok(of),
        [] => Err(NotWhole::NoShards { folders: folders.to_vec() }),
        [one, other, ..] => Err(NotWhole::Mixed { one, other }),
    }
}
