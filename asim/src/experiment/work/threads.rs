//! The threads of this process, as a crew.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{io, mem};

use crate::answers::figures;
use crate::experiment::replication::panics::caught;
use crate::experiment::work::crew::Crew;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Failure, FailureKind, Outcome, Row};

/// How long a model that was told to stop may take to do so, before its thread is left behind. A run stops after
/// a few events.
const GRACE: Duration = Duration::from_secs(1);

/// As much as a main thread has: a model may need a deep stack.
const STACK: usize = 8 << 20;

/// Makes a job. The flag is set when it shall stop.
pub(crate) type Make = Arc<dyn Fn(Job, Arc<AtomicBool>) -> Result<Vec<Row>, Failure> + Send + Sync>;

/// Threads that make jobs.
///
/// A job that takes longer than the limit is told to stop. If its model hangs outside the run of its simulation, it
/// cannot be stopped: its thread is left behind, and another one takes its place.
///
/// ```text
///            give                    take
///    jobs ---------> waiting ...      <-------- outcomes
///                      |  next job       |
///                      +--> worker 1 ----+
///                      +--> worker 2 ----+
/// ```
pub(crate) struct Threads {
    shared: Arc<Shared>,
    make: Make,
    /// The threads, by their places; `None` if one could not be started yet.
    workers: Vec<Option<JoinHandle<()>>>,
    outcomes: Receiver<Outcome>,
    sender: Sender<Outcome>,
    /// Outcomes of jobs whose threads were left behind.
    hung: VecDeque<Outcome>,
    grace: Duration,
}

/// What the workers share.
struct Shared {
    line: Mutex<Line>,
    /// Notified when there is a job, and at the end.
    news: Condvar,
    /// Notified when a job is done after the end.
    over: Condvar,
    limit: Option<Duration>,
}

struct Line {
    waiting: VecDeque<Job>,
    /// The workers, by their places.
    places: Vec<Place>,
    /// Set when no more jobs are made.
    closed: bool,
}

/// The place of a worker.
#[derive(Default)]
struct Place {
    /// How many threads of this place were left behind. Only the next one still counts.
    generation: u64,
    running: Option<Running>,
}

/// A job that is being made.
struct Running {
    job: Job,
    since: Instant,
    stop: Arc<AtomicBool>,
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        // No code of the user runs under the lock.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Threads {
    /// Starts as many threads as workers are wanted, or as many as the system allows. Each job may take as long as
    /// the limit.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub(crate) fn start(
        workers: usize,
        limit: Option<Duration>,
        make: Make,
    ) -> io::Result<Threads> {
        Self::start_with_grace(workers, limit, GRACE, make)
    }

    fn start_with_grace(
        workers: usize,
        limit: Option<Duration>,
        grace: Duration,
        make: Make,
    ) -> io::Result<Threads> {
        let (sender, outcomes) = mpsc::channel();
        let line = Line { waiting: VecDeque::new(), places: Vec::new(), closed: false };
        let shared = Arc::new(Shared {
            line: Mutex::new(line),
            news: Condvar::new(),
            over: Condvar::new(),
            limit,
        });
        let mut threads = Threads {
            shared,
            make,
            workers: Vec::new(),
            outcomes,
            sender,
            hung: VecDeque::new(),
            grace,
        };
        for place in 0..workers.max(1) {
            threads.shared.line().places.push(Place::default());
            match threads.start_worker(place, 0) {
                Ok(worker) => threads.workers.push(Some(worker)),
                Err(error) if place == 0 => return Err(error),
                Err(_) => {
                    threads.shared.line().places.pop();
                    break;
                }
            }
        }
        Ok(threads)
    }

    fn start_worker(&self, place: usize, generation: u64) -> io::Result<JoinHandle<()>> {
        let (shared, make) = (Arc::clone(&self.shared), Arc::clone(&self.make));
        let sender = self.sender.clone();
        let name = format!("replication worker {}", place + 1);
        let thread = thread::Builder::new().name(name).stack_size(STACK);
        thread.spawn(move || work(&shared, &make, &sender, place, generation))
    }

    /// Tells jobs to stop that take too long, and leaves threads behind that do not. Returns when to look again.
    fn watch(&mut self) -> Option<Instant> {
        let limit = self.shared.limit?;
        let now = Instant::now();
        // A job that begins just after this look has its limit then.
        let (mut next, mut replaced) = (now.checked_add(limit), Vec::new());
        {
            let line = &mut *self.shared.line();
            for (number, place) in line.places.iter_mut().enumerate() {
                let Some(Running { job, since, stop }) = &place.running else { continue };
                let Some(end) = since.checked_add(limit) else { continue };
                let Some(last) = end.checked_add(self.grace) else { continue };
                let look_at = if now < end { end } else { last };
                if now >= end {
                    stop.store(true, Ordering::Relaxed);
                }
                if now >= last {
                    let message = format!(
                        "it does not end within {}, and cannot be stopped, as it hangs outside the run of \
                         its simulation; its thread is left behind",
                        seconds(limit)
                    );
                    let failure = Failure { kind: FailureKind::TookTooLong, message };
                    let seconds = (now - *since).as_secs_f64();
                    self.hung.push_back(Outcome { job: *job, seconds, end: Err(failure) });
                    place.generation += 1;
                    place.running = None;
                    replaced.push(number);
                } else {
                    next = Some(next.map_or(look_at, |next| next.min(look_at)));
                }
            }
        }
        for place in replaced {
            self.workers[place] = None;
        }
        self.fill_places();
        next
    }

    /// Starts a thread in each place that has none. One that cannot be started is tried again later.
    fn fill_places(&mut self) {
        for place in 0..self.workers.len() {
            if self.workers[place].is_none() {
                let generation = self.shared.line().places[place].generation;
                self.workers[place] = self.start_worker(place, generation).ok();
            }
        }
    }

    /// Makes no more jobs, and returns at once. Jobs that are being made are told to stop; their threads are left
    /// behind.
    #[cfg(any(feature = "cli", test))]
    pub(crate) fn abandon(mut self) {
        self.close();
        self.workers.clear();
    }

    fn close(&self) {
        let line = &mut *self.shared.line();
        line.closed = true;
        line.waiting.clear();
        for running in line.places.iter().filter_map(|place| place.running.as_ref()) {
            running.stop.store(true, Ordering::Relaxed);
        }
        self.shared.news.notify_all();
    }
}

impl Crew for Threads {
    fn workers(&self) -> usize {
        self.workers.len()
    }

    fn give(&mut self, job: Job) {
        self.shared.line().waiting.push_back(job);
        self.shared.news.notify_one();
    }

    fn take(&mut self, patience: Duration) -> Option<Outcome> {
        let end = Instant::now().checked_add(patience);
        loop {
            let next_look = self.watch();
            if let Some(outcome) = self.hung.pop_front() {
                return Some(outcome);
            }
            let until = [end, next_look].into_iter().flatten().min();
            let wait = until.map_or(Duration::MAX, |until| until - Instant::now().min(until));
            // The sender is kept here too, so that the channel is never closed.
            match self.outcomes.recv_timeout(wait) {
                Ok(outcome) => return Some(outcome),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                return None;
            }
        }
    }
}

/// Ends the workers and waits for them. Those that still make a job are told to stop; if one does not, it is left
/// behind.
impl Drop for Threads {
    fn drop(&mut self) {
        self.close();
        let mut line = self.shared.line();
        let last = Instant::now() + self.grace;
        while line.places.iter().any(|place| place.running.is_some()) && !self.workers.is_empty() {
            let patience = last.saturating_duration_since(Instant::now());
            if patience.is_zero() {
                break;
            }
            let waited = self.shared.over.wait_timeout(line, patience);
            line = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let hangs: Vec<bool> = line.places.iter().map(|place| place.running.is_some()).collect();
        drop(line);
        for (worker, hangs) in mem::take(&mut self.workers).into_iter().zip(hangs) {
            if let Some(worker) = worker.filter(|_| !hangs) {
                // What its jobs panicked with was caught.
                let _ = worker.join();
            }
        }
    }
}

/// What a worker does: it makes one job after the other.
fn work(shared: &Shared, make: &Make, sender: &Sender<Outcome>, place: usize, generation: u64) {
    loop {
        let (job, stop) = {
            let mut line = shared.line();
            let job = loop {
                if line.closed {
                    return;
                }
                if let Some(job) = line.waiting.pop_front() {
                    break job;
                }
                line = shared.news.wait(line).unwrap_or_else(PoisonError::into_inner);
            };
            let stop = Arc::new(AtomicBool::new(false));
            let running = Running { job, since: Instant::now(), stop: Arc::clone(&stop) };
            line.places[place].running = Some(running);
            (job, stop)
        };
        let begin = Instant::now();
        let mut end = caught(|| make(job, stop)).and_then(|end| end);
        let took = begin.elapsed().as_secs_f64();
        if let Err(Failure { kind: FailureKind::TookTooLong, message }) = &mut end
            && let Some(limit) = shared.limit
        {
            *message = format!("more than {}; {message}", seconds(limit));
        }
        {
            let mut line = shared.line();
            if line.places[place].generation != generation {
                // It was left behind, and its job has failed already.
                return;
            }
            line.places[place].running = None;
            // Nobody takes it if the threads were dropped.
            let _ = sender.send(Outcome { job, seconds: took, end });
            if line.closed {
                shared.over.notify_all();
            }
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", figures::figure(time.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::replication::make;
    use crate::experiment::replication::replication::{Order, Replication};
    use std::collections::BTreeMap;
    use std::error::Error;
    use std::sync::Barrier as Rendezvous;
    use std::sync::atomic::AtomicUsize;

    const LONG: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_millis(20);

    fn job(replication: u64) -> Job {
        Job { replication, scenario: 0 }
    }

    fn of_model(
        model: impl Fn(&Replication) -> Result<(), Box<dyn Error>> + Send + Sync + 'static,
    ) -> Make {
        Arc::new(move |job, stop| {
            let order = Order {
                seed: 42,
                job,
                mirrored: false,
                warm_up: 0.0,
                windows: None,
                stop: Some(stop),
                trace: None,
                #[cfg(feature = "report")]
                watch: None,
            };
            make::make(order, &model)
        })
    }

    /// Takes this many outcomes, by their replications.
    fn take_all(threads: &mut Threads, count: usize) -> BTreeMap<u64, Outcome> {
        let outcomes = (0..count).map(|_| threads.take(LONG).unwrap());
        outcomes.map(|outcome| (outcome.job.replication, outcome)).collect()
    }

    fn message(outcome: &Outcome) -> String {
        outcome.end.as_ref().unwrap_err().to_string()
    }

    #[test]
    fn each_job_has_one_outcome_the_same_on_any_number_of_threads() {
        let results = |workers| {
            let make = of_model(|rep| {
                let sim = rep.simulation();
                rep.result("service", sim.stream("service").exponential(8.0));
                assert!(rep.number() != 7, "seven");
                Ok(())
            });
            let mut threads = Threads::start(workers, None, make).unwrap();
            assert_eq!(threads.workers(), workers);
            (1..=40).for_each(|number| threads.give(job(number)));
            let outcomes = take_all(&mut threads, 40);
            assert!(threads.take(Duration::ZERO).is_none());
            assert!(outcomes.values().all(|outcome| outcome.seconds >= 0.0));
            outcomes.into_values().map(|outcome| (outcome.job, outcome.end)).collect::<Vec<_>>()
        };
        let alone = results(1);
        assert_eq!(alone.len(), 40);
        assert_eq!(alone.iter().filter(|(_, end)| end.is_err()).count(), 1);
        assert_eq!(results(4), alone);
    }

    /// Each waits for the other, so they must run at the same time; and each has its name.
    #[test]
    fn workers_work_side_by_side() {
        let rendezvous = Rendezvous::new(3);
        let make = of_model(move |rep| {
            rendezvous.wait();
            let name = thread::current().name().unwrap_or_default().to_owned();
            rep.result(name, 1.0);
            Ok(())
        });
        let mut threads = Threads::start(3, None, make).unwrap();
        (1..=3).for_each(|number| threads.give(job(number)));
        let outcomes = take_all(&mut threads, 3);
        let mut names: Vec<String> =
            outcomes.values().flat_map(|it| it.end.as_ref().unwrap()[0].names.to_vec()).collect();
        names.sort();
        assert_eq!(names, ["replication worker 1", "replication worker 2", "replication worker 3"]);
    }

    #[test]
    fn a_run_that_takes_too_long_is_stopped() {
        let make = of_model(|rep| {
            let sim = rep.simulation();
            let (env, is_endless) = (sim.env(), rep.number() == 2);
            sim.spawn(async move {
                #[allow(clippy::while_immutable_condition, reason = "a model that hangs")]
                while is_endless {
                    env.timeout(1.0).await;
                }
            });
            Ok(sim.run()?)
        });
        let mut threads = Threads::start_with_grace(1, Some(SHORT), LONG, make).unwrap();
        (1..=3).for_each(|number| threads.give(job(number)));
        let outcomes = take_all(&mut threads, 3);
        // The others may take long too, on a busy machine.
        assert_eq!(outcomes.len(), 3);
        let said = message(&outcomes[&2]);
        assert!(
            said.starts_with("took too long: more than 0.02 s; it was stopped at time ")
                && said.ends_with(" of the model"),
            "{said}"
        );
    }

    /// The late outcome of the thread that was left behind does not count.
    #[test]
    fn a_thread_that_hangs_is_replaced() {
        let (left, entered) = (Arc::new(Rendezvous::new(2)), Arc::new(AtomicUsize::new(0)));
        let (until, count) = (Arc::clone(&left), Arc::clone(&entered));
        let make: Make = Arc::new(move |job, _| {
            count.fetch_add(1, Ordering::SeqCst);
            if job.replication == 1 {
                until.wait();
            }
            Ok(Vec::new())
        });
        let mut threads = Threads::start_with_grace(1, Some(SHORT), SHORT, make).unwrap();
        (1..=3).for_each(|number| threads.give(job(number)));
        let outcomes = take_all(&mut threads, 3);
        assert_eq!(outcomes.len(), 3);
        assert_eq!(
            message(&outcomes[&1]),
            "took too long: it does not end within 0.02 s, and cannot be stopped, as it hangs outside the run of \
             its simulation; its thread is left behind"
        );
        assert_eq!(threads.workers(), 1);
        left.wait();
        threads.give(job(4));
        assert_eq!(threads.take(LONG).unwrap().job, job(4));
        assert!(threads.take(SHORT).is_none());
        assert_eq!(entered.load(Ordering::SeqCst), 4);
    }

    #[test]
    fn a_panic_outside_the_model_is_an_outcome_too() {
        let mut threads =
            Threads::start(1, None, Arc::new(|_, _| panic!("no parameters"))).unwrap();
        threads.give(job(1));
        let said = message(&threads.take(LONG).unwrap());
        assert!(said.starts_with("panicked: no parameters ("), "{said}");
    }

    /// Runs that are under way at the drop are stopped, and no job begins any more.
    #[test]
    fn a_drop_stops_what_runs_and_waits_for_it() {
        let (begun, ended) = (Arc::new(Rendezvous::new(2)), Arc::new(AtomicUsize::new(0)));
        let (begin, end) = (Arc::clone(&begun), Arc::clone(&ended));
        let make = of_model(move |rep| {
            begin.wait();
            let sim = rep.simulation();
            let env = sim.env();
            sim.spawn(async move {
                loop {
                    env.timeout(1.0).await;
                }
            });
            let result = sim.run();
            end.fetch_add(1, Ordering::SeqCst);
            Ok(result?)
        });
        let mut threads = Threads::start_with_grace(1, None, LONG, make).unwrap();
        (1..=3).for_each(|number| threads.give(job(number)));
        begun.wait();
        drop(threads);
        assert_eq!(ended.load(Ordering::SeqCst), 1);
    }

    /// Neither waits for a model that hangs.
    #[test]
    fn a_model_that_hangs_delays_no_end() {
        for abandons in [true, false] {
            let (begun, left) = (Arc::new(Rendezvous::new(2)), Arc::new(Rendezvous::new(2)));
            let (begin, until) = (Arc::clone(&begun), Arc::clone(&left));
            let make: Make = Arc::new(move |_, _| {
                begin.wait();
                until.wait();
                Ok(Vec::new())
            });
            let mut threads = Threads::start_with_grace(1, None, SHORT, make).unwrap();
            threads.give(job(1));
            begun.wait();
            if abandons {
                threads.abandon();
            } else {
                drop(threads);
            }
            left.wait();
        }
    }
}
