//! A set of jobs: a bit for each.

use std::collections::HashMap;

use crate::experiment::work::job::Job;

/// How many replications share a word of bits.
const IN_WORD: u64 = 64;

/// A set of jobs. A million of them take less than a megabyte.
#[derive(Debug, Default)]
pub(crate) struct JobSet {
    /// By the scenario and the word's number.
    words: HashMap<(usize, u64), u64>,
}

impl JobSet {
    /// Adds a job. Returns whether it is new.
    pub(crate) fn insert(&mut self, job: Job) -> bool {
        let word = self.words.entry(place(job)).or_default();
        let new = *word & bit(job) == 0;
        *word |= bit(job);
        new
    }

    /// Takes a job out. Returns whether it was there.
    pub(crate) fn remove(&mut self, job: Job) -> bool {
        let Some(word) = self.words.get_mut(&place(job)) else {
            return false;
        };
        let there = *word & bit(job) != 0;
        *word &= !bit(job);
        there
    }

    /// Returns whether a job is there.
    pub(crate) fn contains(&self, job: Job) -> bool {
        self.words.get(&place(job)).is_some_and(|word| word & bit(job) != 0)
    }

    /// Returns how many jobs there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> u64 {
        self.words.values().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Returns the last replication of any scenario, `None` if there is no job.
    pub(crate) fn last_replication(&self) -> Option<u64> {
        let words = self.words.iter().filter(|(_, bits)| **bits != 0);
        words.map(|((_, word), bits)| word * IN_WORD + u64::from(bits.ilog2())).max()
    }

    /// Returns a job that is in both sets, `None` if there is none. If there are several, the first of them.
    pub(crate) fn common(&self, other: &JobSet) -> Option<Job> {
        let shared = self.words.iter().filter_map(|(&(scenario, word), bits)| {
            let both = bits & other.words.get(&(scenario, word))?;
            let first = word * IN_WORD + u64::from(both.trailing_zeros());
            (both != 0).then_some(Job { replication: first, scenario })
        });
        shared.min()
    }
}

fn place(job: Job) -> (usize, u64) {
    (job.scenario, job.replication / IN_WORD)
}

fn bit(job: Job) -> u64 {
    1 << (job.replication % IN_WORD)
}

#[cfg(test)]
mod tests {
    use super::JobSet;
    use crate::experiment::work::job::Job;

    #[test]
    fn a_job_is_there_once() {
        let mut set = JobSet::default();
        let jobs = [1, 63, 64, 65, 1_000_000, u64::MAX]
            .into_iter()
            .flat_map(|replication| [0, 7].map(|scenario| Job { replication, scenario }));
        for job in jobs.clone() {
            assert!(!set.contains(job) && set.insert(job) && set.contains(job) && !set.insert(job));
        }
        assert_eq!((set.len(), set.last_replication()), (12, Some(u64::MAX)));
        let mut other = JobSet::default();
        other.insert(Job { replication: 2, scenario: 0 });
        assert_eq!(set.common(&other), None);
        let shared = [Job { replication: 64, scenario: 7 }, Job { replication: 65, scenario: 0 }];
        let _new = shared.map(|job| other.insert(job));
        assert_eq!((set.common(&other), other.common(&set)), (Some(shared[0]), Some(shared[0])));
        for job in jobs {
            assert!(set.remove(job) && !set.remove(job) && !set.contains(job));
        }
        assert_eq!((set.len(), set.last_replication()), (0, None));
    }
}
