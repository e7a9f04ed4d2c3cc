//! Rank 0: the other ranks, and its own workers, as one crew.

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use crate::experiment::work::crew::Crew;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::Outcome;
use crate::mpi::link::Link;
use crate::mpi::pace::Pace;
use crate::mpi::wire::{Message, Names};

/// All workers of all ranks, for rank 0.
pub(crate) struct Ranks<'a, C> {
    link: &'a mut dyn Link,
    /// The workers of rank 0 itself.
    own: C,
    /// What each rank has in hand. The first is rank 0.
    hands: Vec<Hand>,
    /// Jobs that nobody has in hand yet.
    waiting: VecDeque<Job>,
    pace: Pace,
}

/// What a rank has in hand.
#[derive(Debug, Default)]
struct Hand {
    workers: usize,
    jobs: usize,
    names: Names,
}

impl<'a, C: Crew> Ranks<'a, C> {
    /// Tells all ranks to begin, and returns when all are ready.
    ///
    /// `plan` is a number for what all ranks must agree on: a rank that has another one ends the program.
    pub(crate) fn begin(link: &'a mut dyn Link, plan: u64, own: C) -> Self {
        let mut hands: Vec<Hand> = (0..link.ranks()).map(|_| Hand::default()).collect();
        hands[0].workers = own.workers();
        let begin = Message::Begin { plan }.to_bytes(&mut Names::default());
        for rank in 1..hands.len() {
            link.send(rank, &begin);
        }
        let mut silent = hands.len() - 1;
        while silent > 0 {
            let Some((rank, bytes)) = link.receive() else {
                thread::sleep(Duration::from_millis(1));
                continue;
            };
            match message(rank, &bytes, &mut hands[rank].names) {
                Message::Ready { workers } => {
                    hands[rank].workers = usize::try_from(workers).expect("as many as fit");
                }
                other => panic!("rank {rank} is not ready but says {other:?}"),
            }
            silent -= 1;
        }
        let ranks = Self { link, own, hands, waiting: VecDeque::new(), pace: Pace::default() };
        let workers = ranks.workers();
        // The jobs, and the end.
        ranks.link.make_room(2 * workers + ranks.hands.len());
        ranks
    }

    /// Returns the workers of rank 0 itself.
    pub(crate) fn into_own(self) -> C {
        self.own
    }

    /// Hands out the jobs that wait, each to the rank that has the least in hand.
    fn hand_out(&mut self) {
        while !self.waiting.is_empty() {
            let jobs_a_worker = self.pace.jobs_a_worker();
            let free = self
                .hands
                .iter()
                .enumerate()
                .filter(|(_, hand)| hand.jobs < jobs_a_worker * hand.workers);
            // As fractions: a rank with eight workers and four jobs has less in hand than one with two of both.
            let least =
                free.min_by(|(_, a), (_, b)| (a.jobs * b.workers).cmp(&(b.jobs * a.workers)));
            let Some((rank, _)) = least else { return };
            let job = self.waiting.pop_front().expect("it is not empty");
            self.hands[rank].jobs += 1;
            if rank == 0 {
                self.own.give(job);
            } else {
                self.link.send(rank, &Message::Make(job).to_bytes(&mut Names::default()));
            }
        }
    }

    /// Returns an outcome that has come already.
    fn come(&mut self) -> Option<(usize, Outcome)> {
        if self.hands[0].jobs > 0
            && let Some(outcome) = self.own.take(Duration::ZERO)
        {
            return Some((0, outcome));
        }
        let (rank, bytes) = self.link.receive()?;
        match message(rank, &bytes, &mut self.hands[rank].names) {
            Message::Made(outcome) => Some((rank, outcome)),
            other => panic!("rank {rank} gives no outcome but says {other:?}"),
        }
    }

    /// Sleeps. An outcome of the own workers ends the sleep at once.
    fn sleep(&mut self, time: Duration) -> Option<(usize, Outcome)> {
        if self.hands[0].jobs > 0 {
            return self.own.take(time).map(|outcome| (0, outcome));
        }
        thread::sleep(time);
        None
    }
}

impl<C: Crew> Crew for Ranks<'_, C> {
    fn workers(&self) -> usize {
        self.hands.iter().map(|hand| hand.workers).sum()
    }

    fn give(&mut self, job: Job) {
        self.waiting.push_back(job);
        self.hand_out();
    }

    fn take(&mut self, patience: Duration) -> Option<Outcome> {
        let begin = Instant::now();
        loop {
            let left = patience.saturating_sub(begin.elapsed());
            let mut outcome = self.come();
            if outcome.is_none() && left > Duration::ZERO {
                outcome = self.sleep(left.min(self.pace.sleep()));
            }
            if let Some((rank, outcome)) = outcome {
                self.hands[rank].jobs -= 1;
                self.pace.saw(outcome.seconds);
                self.hand_out();
                return Some(outcome);
            }
            if left == Duration::ZERO {
                return None;
            }
        }
    }
}

/// Tells all ranks that rank 0 is done, and returns when all know it. Outcomes that are still under way are
/// received and dropped.
///
/// All ranks end with this exit code.
pub(crate) fn end(link: &mut dyn Link, code: u8) {
    let done = Message::Done { code }.to_bytes(&mut Names::default());
    for rank in 1..link.ranks() {
        link.send(rank, &done);
    }
    let mut left = link.ranks() - 1;
    while left > 0 {
        let Some((_, bytes)) = link.receive() else {
            thread::sleep(Duration::from_millis(1));
            continue;
        };
        // Outcomes may refer to names that nobody has kept: they are not read.
        if Message::from_bytes(&bytes, &mut Names::default()) == Some(Message::Bye) {
            left -= 1;
        }
    }
}

/// What a rank says.
///
/// # Panics
///
/// If the bytes are no message: then the rank is not the same program.
fn message(rank: usize, bytes: &[u8], names: &mut Names) -> Message {
    Message::from_bytes(bytes, names)
        .unwrap_or_else(|| panic!("rank {rank} sent {} bytes that are no message", bytes.len()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::experiment::work::outcome::Row;
    use crate::mpi::link::tests::Channels;
    use crate::mpi::serve::{Served, serve};

    /// A crew that makes a job when its outcome is asked for.
    #[derive(Debug)]
    struct Lazy {
        workers: usize,
        line: VecDeque<Job>,
        most: usize,
    }

    fn lazy(workers: usize) -> Lazy {
        Lazy { workers, line: VecDeque::new(), most: 0 }
    }

    fn outcome(job: Job) -> Outcome {
        let name = if job.replication.is_multiple_of(3) { "lost" } else { "served" };
        #[allow(clippy::cast_precision_loss, reason = "small numbers")]
        let value = job.replication as f64 / 3.0 + job.scenario as f64;
        let row = Row { names: Arc::new([name.to_owned()]), values: [value].into() };
        Outcome { job, seconds: 1e-4, end: Ok(vec![row]) }
    }

    impl Crew for Lazy {
        fn workers(&self) -> usize {
            self.workers
        }

        fn give(&mut self, job: Job) {
            self.line.push_back(job);
            self.most = self.most.max(self.line.len());
        }

        fn take(&mut self, _: Duration) -> Option<Outcome> {
            self.line.pop_front().map(outcome)
        }
    }

    fn jobs(replications: u64) -> impl Iterator<Item = Job> {
        let scenarios =
            move |replication| (0..3).map(move |scenario| Job { replication, scenario });
        (1..=replications).flat_map(scenarios)
    }

    /// Lets ranks with these workers do something. Returns what the other ranks end with.
    fn with_ranks(workers: &[usize], first: impl FnOnce(&mut dyn Link)) -> Vec<Served<Lazy>> {
        let mut links = Channels::connect(workers.len()).into_iter();
        let mut own = links.next().unwrap();
        thread::scope(|scope| {
            let others: Vec<_> = links
                .zip(&workers[1..])
                .map(|(mut link, &workers)| {
                    scope.spawn(move || serve(&mut link, Some(17), || lazy(workers)))
                })
                .collect();
            first(&mut own);
            others.into_iter().map(|rank| rank.join().unwrap()).collect()
        })
    }

    #[test]
    fn each_job_comes_back_once_and_as_it_was_made() {
        for workers in [&[1][..], &[2, 1], &[1, 3, 2, 1]] {
            let ends = with_ranks(workers, |link| {
                let mut ranks = Ranks::begin(link, 17, lazy(workers[0]));
                assert_eq!(ranks.workers(), workers.iter().sum::<usize>());
                let (mut to_give, mut given, mut made) = (jobs(100), 0, BTreeSet::new());
                loop {
                    while given - made.len() < 2 * ranks.workers()
                        && let Some(job) = to_give.next()
                    {
                        ranks.give(job);
                        given += 1;
                    }
                    if made.len() == given {
                        break;
                    }
                    let taken = ranks.take(Duration::from_secs(10)).expect("someone makes it");
                    assert_eq!(taken, outcome(taken.job));
                    assert!(made.insert(taken.job), "twice");
                }
                assert_eq!(made, jobs(100).collect());
                assert_eq!(ranks.take(Duration::from_millis(1)), None);
                assert!(ranks.hands.iter().all(|hand| hand.jobs == 0));
                end(link, 0);
            });
            for (end, workers) in ends.into_iter().zip(&workers[1..]) {
                let Served::Done { code: 0, crew: Some(crew) } = end else { panic!("{end:?}") };
                assert!((1..=2 * workers).contains(&crew.most), "{} in hand", crew.most);
            }
        }
    }

    #[test]
    fn an_end_in_the_middle_of_the_work() {
        let ends = with_ranks(&[1, 1, 2], |link| {
            let mut ranks = Ranks::begin(link, 17, lazy(1));
            for job in jobs(10) {
                ranks.give(job);
            }
            ranks.take(Duration::from_secs(10)).unwrap();
            end(link, 143);
        });
        for end in ends {
            assert!(matches!(end, Served::Done { code: 143, crew: Some(_) }), "{end:?}");
        }
    }

    #[test]
    fn an_end_before_the_beginning() {
        for end in with_ranks(&[1, 1, 1], |link| end(link, 2)) {
            assert!(matches!(end, Served::Done { code: 2, crew: None }), "{end:?}");
        }
    }

    #[test]
    fn a_rank_with_another_plan_does_not_begin() {
        let mut links = Channels::connect(2);
        let (mut second, mut first) = (links.pop().unwrap(), links.pop().unwrap());
        for plan in [Some(5), None] {
            first.send(1, &Message::Begin { plan: 4 }.to_bytes(&mut Names::default()));
            let end = serve(&mut second, plan, || -> Lazy { panic!("it must not begin") });
            assert!(matches!(end, Served::AnotherPlan), "{end:?}");
        }
    }

    #[test]
    fn take_waits_no_longer_than_it_may() {
        let mut links = Channels::connect(2);
        let (mut second, mut first) = (links.pop().unwrap(), links.pop().unwrap());
        second.send(0, &Message::Ready { workers: 1 }.to_bytes(&mut Names::default()));
        let mut ranks = Ranks::begin(&mut first, 17, lazy(0));
        // This job is never made.
        ranks.give(Job { replication: 1, scenario: 0 });
        assert_eq!(ranks.take(Duration::from_millis(5)), None);
        assert_eq!(ranks.take(Duration::ZERO), None);
        let (_, begin) = second.receive().unwrap();
        assert_eq!(message(0, &begin, &mut Names::default()), Message::Begin { plan: 17 });
        let (_, make) = second.receive().unwrap();
        let job = Job { replication: 1, scenario: 0 };
        assert_eq!(message(0, &make, &mut Names::default()), Message::Make(job));
    }
}
