//! A priority queue gives the smallest item first, and equal items in the order in which they came.

use std::cmp::Ordering;
use std::fmt;

use asim::prelude::*;
use asim_examples::Trace;

/// Only its priority is compared: 1 before 2.
#[derive(Clone, Copy)]
struct Job {
    priority: u32,
    name: &'static str,
}

#[process]
async fn submitter(_env: Environment, jobs: PriorityQueue<Job>, trace: Trace) {
    for (priority, name) in [(3, "low-A"), (1, "high-B"), (2, "mid-C"), (1, "high-D")] {
        let job = Job { priority, name };
        trace.log("submitter", format!("submit {job}"));
        jobs.put(job).await;
    }
}

#[process]
async fn server(env: Environment, jobs: PriorityQueue<Job>, trace: Trace) -> ! {
    loop {
        let job = jobs.get().await;
        trace.log("server", format!("start {job}"));
        env.timeout(2.0).await;
        trace.log("server", format!("finish {job}"));
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let jobs = PriorityQueue::unbounded(&sim);
    sim.process(Submitter::new(jobs.clone(), trace.clone()));
    sim.process(Server::new(jobs, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}

impl Ord for Job {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.cmp(&other.priority)
    }
}

impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Job {}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.priority, self.name)
    }
}
