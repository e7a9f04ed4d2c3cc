//! The order of work: which job comes next, and which outcome counts next.

use std::collections::BTreeMap;

use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::Outcome;
use crate::experiment::work::shard::Shard;

/// Hands out jobs, and gives their outcomes back in the order of the jobs, whatever the order in which they come.
///
/// The order of the jobs is fixed but for one thing: a scenario that has enough replications gets no more.
/// Whether it has, is decided by the outcomes that were given back so far, and by nothing else. So the same
/// outcomes count, however many workers there are and whoever is faster.
///
/// ```text
///        accept       hand out
///           |            |
/// . . . . . o x o x o o  . . . .     jobs in their order
///           \___________/
///            at most `window` jobs; x is known, o is in work
/// ```
#[derive(Debug)]
pub(crate) struct Dispatch {
    /// For each scenario: whether it goes on.
    open: Vec<bool>,
    /// The last replication of each scenario that goes on.
    last: u64,
    shard: Option<Shard>,
    /// How many replications belong together, and so to one shard: the two of an antithetic pair.
    block: u64,
    /// How many jobs may be in work or known, from the one whose outcome counts next.
    window: usize,
    /// The job that is handed out next; `None` at the end.
    next: Option<Job>,
    /// The job whose outcome counts next; `None` at the end.
    awaited: Option<Job>,
    /// The jobs that were handed out and did not count yet. None is before `awaited`.
    ahead: BTreeMap<Job, Option<Outcome>>,
}

impl Dispatch {
    pub(crate) fn new(
        scenarios: usize,
        last: u64,
        shard: Option<Shard>,
        block: u64,
        window: usize,
    ) -> Self {
        let mut dispatch = Dispatch {
            open: vec![true; scenarios],
            last,
            shard,
            block,
            window,
            next: None,
            awaited: None,
            ahead: BTreeMap::new(),
        };
        let first = dispatch.at_or_after(Job { replication: 1, scenario: 0 });
        dispatch.next = first;
        dispatch.awaited = first;
        dispatch
    }

    /// Hands out this replication only.
    pub(crate) fn only(&mut self, replication: u64) {
        self.last = replication;
        self.next = self.at_or_after(Job { replication, scenario: 0 });
        self.awaited = self.next;
    }

    /// Returns the next job that shall be made, or `None` if there is none for now.
    pub(crate) fn hand_out(&mut self) -> Option<Job> {
        let job = self.next.filter(|_| self.ahead.len() < self.window)?;
        self.ahead.insert(job, None);
        self.next = self.after(job);
        Some(job)
    }

    /// Takes the outcome of a job that was handed out. One that does not count any more is dropped.
    pub(crate) fn put_back(&mut self, outcome: Outcome) {
        if let Some(place) = self.ahead.get_mut(&outcome.job) {
            *place = Some(outcome);
        }
    }

    /// Returns the next outcome that counts, if it is known.
    pub(crate) fn accept(&mut self) -> Option<Outcome> {
        let job = self.awaited?;
        let outcome = self.ahead.get_mut(&job)?.take()?;
        self.ahead.remove(&job);
        self.awaited = self.after(job);
        Some(outcome)
    }

    /// Gives a scenario no more replications. What of it ran ahead does not count.
    pub(crate) fn close(&mut self, scenario: usize) {
        self.open[scenario] = false;
        self.ahead.retain(|job, _| job.scenario != scenario);
        self.next = self.next.and_then(|job| self.at_or_after(job));
        self.awaited = self.awaited.and_then(|job| self.at_or_after(job));
    }

    /// Returns how many replications a scenario has at most.
    pub(crate) fn planned(&self) -> u64 {
        let blocks = self.last.div_ceil(self.block);
        self.shard.map_or(self.last, |shard| shard.share_of(blocks) * self.block)
    }

    /// Returns `true` if all outcomes have counted.
    pub(crate) fn is_over(&self) -> bool {
        self.awaited.is_none()
    }

    fn after(&self, job: Job) -> Option<Job> {
        self.at_or_after(Job { scenario: job.scenario + 1, ..job })
    }

    /// Returns this job, or the first after it that belongs to a scenario that goes on and to this shard.
    fn at_or_after(&self, job: Job) -> Option<Job> {
        let open_from = |from: usize| (from..self.open.len()).find(|&number| self.open[number]);
        if self.is_ours(job.replication)
            && let Some(scenario) = open_from(job.scenario)
        {
            return (job.replication <= self.last).then_some(Job { scenario, ..job });
        }
        let scenario = open_from(0)?;
        let replication = (job.replication + 1..=self.last).find(|&number| self.is_ours(number))?;
        Some(Job { replication, scenario })
    }

    fn is_ours(&self, replication: u64) -> bool {
        self.shard.is_none_or(|shard| shard.has(replication.div_ceil(self.block)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(replication: u64, scenario: usize) -> Job {
        Job { replication, scenario }
    }

    fn done(job: Job) -> Outcome {
        Outcome { job, seconds: 0.0, end: Ok(Vec::new()) }
    }

    /// Hands out as many jobs as it can.
    fn all(dispatch: &mut Dispatch) -> Vec<Job> {
        std::iter::from_fn(|| dispatch.hand_out()).collect()
    }

    #[test]
    fn outcomes_count_in_the_order_of_the_jobs() {
        let mut dispatch = Dispatch::new(2, 2, None, 1, 100);
        let jobs = all(&mut dispatch);
        assert_eq!(jobs, [job(1, 0), job(1, 1), job(2, 0), job(2, 1)]);
        for &job in jobs.iter().rev() {
            assert!(dispatch.accept().is_none());
            dispatch.put_back(done(job));
        }
        let accepted: Vec<Job> =
            std::iter::from_fn(|| dispatch.accept()).map(|it| it.job).collect();
        assert_eq!(accepted, jobs);
        assert!(dispatch.is_over());
    }

    #[test]
    fn no_more_than_the_window_runs_ahead() {
        let mut dispatch = Dispatch::new(1, 100, None, 1, 3);
        assert_eq!(all(&mut dispatch), [job(1, 0), job(2, 0), job(3, 0)]);
        dispatch.put_back(done(job(2, 0)));
        assert!(dispatch.accept().is_none());
        assert_eq!(all(&mut dispatch), []);
        dispatch.put_back(done(job(1, 0)));
        assert!(dispatch.accept().is_some() && dispatch.accept().is_some());
        assert_eq!(all(&mut dispatch), [job(4, 0), job(5, 0)]);
    }

    #[test]
    fn what_ran_ahead_of_a_stop_does_not_count() {
        let mut dispatch = Dispatch::new(2, 10, None, 1, 8);
        let jobs = all(&mut dispatch);
        assert_eq!(jobs.len(), 8);
        for job in jobs {
            dispatch.put_back(done(job));
        }
        assert_eq!(dispatch.accept().unwrap().job, job(1, 0));
        dispatch.close(0);
        let accepted: Vec<Job> =
            std::iter::from_fn(|| dispatch.accept()).map(|it| it.job).collect();
        assert_eq!(accepted, [job(1, 1), job(2, 1), job(3, 1), job(4, 1)]);
        assert_eq!(dispatch.hand_out(), Some(job(5, 1)));
        dispatch.close(1);
        assert!(dispatch.is_over() && dispatch.hand_out().is_none());
        dispatch.put_back(done(job(5, 1)));
        assert!(dispatch.accept().is_none());
    }

    #[test]
    fn the_shards_have_each_replication_once() {
        let mut seen = Vec::new();
        for number in 1..=3 {
            let shard = Shard::new(number, 3).unwrap();
            let mut dispatch = Dispatch::new(2, 8, Some(shard), 1, 100);
            seen.append(&mut all(&mut dispatch));
        }
        seen.sort_unstable();
        assert_eq!(seen, all(&mut Dispatch::new(2, 8, None, 1, 100)));
        let replications = |number| {
            let mut dispatch = Dispatch::new(1, 8, Shard::new(number, 2), 2, 100);
            all(&mut dispatch).iter().map(|job| job.replication).collect::<Vec<_>>()
        };
        assert_eq!((replications(1), replications(2)), (vec![1, 2, 5, 6], vec![3, 4, 7, 8]));
    }

    #[test]
    fn nothing_to_do_is_over_at_once() {
        assert!(Dispatch::new(0, 5, None, 1, 1).is_over());
        let shard = Shard::new(7, 16).unwrap();
        assert!(Dispatch::new(1, 5, Some(shard), 1, 1).is_over());
    }
}
