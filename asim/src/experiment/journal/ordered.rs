//! The outcomes of one or several journals in the order of the jobs.

use std::collections::BTreeMap;

use crate::experiment::journal::job_set::JobSet;
use crate::experiment::journal::journal_error::JournalError;
use crate::experiment::journal::line::Entry;
use crate::experiment::journal::reader::JournalReader;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::Outcome;

/// The outcomes of one or several journals in the order of the jobs, in whatever order they stand there.
///
/// Only what stands before the wanted one and comes after it is kept in memory: as many as ran at the same time.
/// Several journals, each with a part of the replications, are read side by side.
///
/// A replication that failed may stand there again, as it may be tried again. Then the last one counts.
#[derive(Debug)]
pub(crate) struct Ordered {
    journals: Vec<Journal>,
    /// The job that was wanted last.
    last: Option<Job>,
    #[cfg(test)]
    most_held: usize,
}

#[derive(Debug)]
struct Journal {
    reader: JournalReader,
    /// The jobs that are in it.
    there: JobSet,
    /// How many of a job's outcomes do not count, as there is a later one.
    replaced: BTreeMap<Job, u32>,
    /// How many of these are still to be read.
    to_replace: BTreeMap<Job, u32>,
    /// What was read on the way to what was wanted.
    held: BTreeMap<Job, Outcome>,
}

impl Ordered {
    /// Looks through the journals. Each is read once to its end, without its values.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, a line is broken, or a replication is there twice.
    pub(crate) fn new(readers: Vec<JournalReader>) -> Result<Ordered, JournalError> {
        let mut journals: Vec<Journal> = Vec::new();
        for reader in readers {
            let journal = Journal::new(reader)?;
            if let Some(job) = journals.iter().find_map(|other| other.there.common(&journal.there))
            {
                return Err(journal.twice(job));
            }
            journals.push(journal);
        }
        Ok(Ordered {
            journals,
            last: None,
            #[cfg(test)]
            most_held: 0,
        })
    }

    /// Returns how many jobs are there.
    #[cfg(test)]
    pub(crate) fn len(&self) -> u64 {
        self.journals.iter().map(|journal| journal.there.len()).sum()
    }

    /// Returns whether a job is there.
    #[cfg(test)]
    pub(crate) fn contains(&self, job: Job) -> bool {
        self.journals.iter().any(|journal| journal.there.contains(job))
    }

    /// Returns the outcome of a job, `None` if it is not there. Jobs are asked for in their order; some may be left
    /// out.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or a line is broken.
    ///
    /// # Panics
    ///
    /// If the job is not after the one that was asked for before.
    pub(crate) fn wanted(&mut self, job: Job) -> Result<Option<Outcome>, JournalError> {
        assert!(self.last < Some(job), "{job:?} is asked for after {:?}", self.last);
        self.last = Some(job);
        let outcome = match self.journals.iter_mut().find(|journal| journal.there.contains(job)) {
            Some(journal) => journal.wanted(job),
            None => Ok(None),
        };
        #[cfg(test)]
        {
            self.most_held = self.most_held.max(self.held());
        }
        outcome
    }

    /// Goes back to the first job.
    pub(crate) fn rewind(&mut self) {
        self.last = None;
        for journal in &mut self.journals {
            journal.reader.rewind();
            journal.held.clear();
            journal.to_replace = journal.replaced.clone();
        }
    }

    /// Returns the first outcomes of each scenario, all in the order of the jobs: of the first scenario so many as
    /// the first number says, and so on.
    pub(crate) fn first_of_each(
        &mut self,
        numbers: &[u64],
    ) -> impl Iterator<Item = Result<Outcome, JournalError>> {
        self.rewind();
        let last = self.last_replication();
        let (mut left, scenarios) = (numbers.to_vec(), numbers.len());
        let jobs = (1..=last.unwrap_or(0)).flat_map(move |replication| {
            (0..scenarios).map(move |scenario| Job { replication, scenario })
        });
        // A line that was changed by hand may have a number far beyond.
        let mut all_left: u64 = left.iter().sum();
        jobs.map_while(move |job| {
            if all_left == 0 {
                return None;
            }
            Some(self.next_of_each(job, &mut left, &mut all_left))
        })
        .flatten()
    }

    /// Returns the outcome of a job, if it is there and its scenario has some left.
    fn next_of_each(
        &mut self,
        job: Job,
        left: &mut [u64],
        all_left: &mut u64,
    ) -> Option<Result<Outcome, JournalError>> {
        if left[job.scenario] == 0 {
            return None;
        }
        let outcome = self.wanted(job).transpose()?;
        left[job.scenario] -= 1;
        *all_left -= 1;
        Some(outcome)
    }

    /// Returns the number of the last replication that is there.
    pub(crate) fn last_replication(&self) -> Option<u64> {
        self.journals.iter().filter_map(|journal| journal.there.last_replication()).max()
    }

    /// Returns how many outcomes are in memory.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.journals.iter().map(|journal| journal.held.len()).sum()
    }

    /// Returns how many outcomes were in memory at most.
    #[cfg(test)]
    pub(crate) fn most_held(&self) -> usize {
        self.most_held
    }
}

impl Journal {
    fn new(mut reader: JournalReader) -> Result<Journal, JournalError> {
        let (mut there, mut failures) = (JobSet::default(), JobSet::default());
        let mut replaced: BTreeMap<Job, u32> = BTreeMap::new();
        reader.rewind();
        while let Some(entry) = reader.next_entry()? {
            let Entry::Outcome { job, failed } = entry else {
                continue;
            };
            if !there.insert(job) {
                if !failures.remove(job) {
                    let (path, line) = (reader.path().to_owned(), Some(reader.line()));
                    return Err(JournalError::Twice { path, line, job });
                }
                *replaced.entry(job).or_default() += 1;
            }
            if failed {
                failures.insert(job);
            }
        }
        reader.rewind();
        let to_replace = replaced.clone();
        Ok(Journal { reader, there, replaced, to_replace, held: BTreeMap::new() })
    }

    fn wanted(&mut self, job: Job) -> Result<Option<Outcome>, JournalError> {
        // Those before were left out.
        self.held = self.held.split_off(&job);
        if let Some(outcome) = self.held.remove(&job) {
            return Ok(Some(outcome));
        }
        while let Some(outcome) = self.reader.next_outcome()? {
            if let Some(left) = self.to_replace.get_mut(&outcome.job)
                && *left > 0
            {
                *left -= 1;
            } else if outcome.job == job {
                return Ok(Some(outcome));
            } else if outcome.job > job {
                self.held.insert(outcome.job, outcome);
            }
        }
        // The file has become shorter since it was looked through.
        Ok(None)
    }

    fn twice(&self, job: Job) -> JournalError {
        JournalError::Twice { path: self.reader.path().to_owned(), line: None, job }
    }
}
