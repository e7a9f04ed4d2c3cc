//! What the log in memory, the report and the replay cost beside the run, for the figures in `BENCHMARKS.md`.
//!
//! `cargo run --release -p asim-tests --example pages`, optimised, on a quiet machine. It takes a few seconds.
//!
//! The model is a shop with five clerks and a till: customers come, are served, and pay. Each ratio is that of the
//! medians of five turns, in which all ways take turns.

use std::time::{Duration, Instant};
use std::{env, fs};

use asim::prelude::*;

/// Lets the customers in.
#[process]
async fn door(env: Environment, clerks: Resource, till: Resource, customers: u32) {
    let arrivals = env.stream("arrivals");
    for _ in 0..customers {
        env.timeout(arrivals.exponential(1.0)).await;
        env.process(Customer::new(clerks.clone(), till.clone()));
    }
}

/// Is served, and pays.
#[process]
async fn customer(env: Environment, clerks: Resource, till: Resource) {
    let clerk = clerks.acquire().await;
    env.timeout(env.stream("service").exponential(4.0)).await;
    clerk.release();
    let place = till.acquire().await;
    env.timeout(env.stream("payment").exponential(0.5)).await;
    place.release();
}

const CUSTOMERS: u32 = 55_000;

/// Builds the model.
fn build(sim: &Simulation) {
    let clerks = Resource::new(sim, 5).named("clerks");
    let till = Resource::new(sim, 1).named("till");
    sim.process(Door::new(clerks, till, CUSTOMERS));
}

/// Returns how long a call takes, and what it returns.
fn timed<T>(call: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let result = call();
    (begin.elapsed(), result)
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort();
    all[all.len() / 2].as_secs_f64()
}

fn main() {
    let folder = env::temp_dir().join(format!("asim-pages-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the folder can be made");
    let (report_page, replay_page) = (folder.join("shop.html"), folder.join("shop-replay.html"));
    let mut turns: [Vec<Duration>; 4] = Default::default();
    let (mut happenings, mut sizes) = (0, (0, 0));
    for _ in 0..5 {
        let sim = Simulation::seeded(42);
        build(&sim);
        turns[0].push(timed(|| sim.run().expect("nobody fails")).0);
        drop(sim);

        let sim = Simulation::seeded(42);
        let trace = sim.trace();
        build(&sim);
        turns[1].push(timed(|| sim.run().expect("nobody fails")).0);
        let report = sim.report();
        turns[2].push(timed(|| report.html(&report_page).expect("it can be written")).0);
        turns[3].push(timed(|| trace.replay(&replay_page).expect("it can be written")).0);
        happenings = trace.len();
        let size = |page| fs::metadata(page).map_or(0, |data| data.len());
        sizes = (size(&report_page), size(&replay_page));
    }
    let [run, logged, report, replay] = turns.map(median);
    println!("{happenings} happenings");
    println!("a run with the log in memory / without: {:.2}", logged / run);
    println!("writing the report / the run without a log: {:.2}, {} bytes", report / run, sizes.0);
    println!("writing the replay / the run without a log: {:.2}, {} bytes", replay / run, sizes.1);
    #[allow(clippy::cast_precision_loss, reason = "a small number")]
    let each = sizes.1 as f64 / happenings as f64;
    println!("the replay has {each:.2} bytes a happening");
    let _ = fs::remove_dir_all(&folder);
}
