//! What an experiment costs beside the runs themselves, what threads gain, what common random numbers gain, and how much
//! memory many replications need. Run by hand, optimised:
//!
//! `cargo run --release -p asim-tests --example many_runs`
//!
//! It takes about a minute. BENCHMARKS.md has its output.

use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, hint, thread};

use asim::prelude::*;
use serde::{Deserialize, Serialize};

/// Ten clerks ([`THINGS`]), each with a line of its own: ten things with a name.
#[derive(Clone, Serialize, Deserialize)]
struct Bank {
    customers: u64,
    service: f64,
}

const THINGS: usize = 10;

/// So many customers take about 10 ms.
const TEN_MILLISECONDS: u64 = 54_000;

fn model(sim: &Simulation, bank: &Bank) -> Result<(), SimError> {
    let clerks: Vec<Resource> =
        (0..THINGS).map(|number| Resource::new(sim, 1).named(format!("clerk {number}"))).collect();
    let (env, bank) = (sim.env(), bank.clone());
    sim.spawn(async move {
        let (arrivals, services) = (env.stream("arrivals"), env.stream("services"));
        for number in 0..bank.customers {
            env.timeout(arrivals.exponential(1.0 / 10.0)).await;
            #[allow(clippy::cast_possible_truncation, reason = "ten clerks")]
            let clerk = clerks[number as usize % THINGS].clone();
            let time = services.exponential(bank.service);
            let own = env.clone();
            env.spawn(async move {
                let _clerk = clerk.acquire().await;
                own.timeout(time).await;
            });
        }
    });
    sim.run()
}

fn bank(rep: &Replication, bank: &Bank) -> Result<(), SimError> {
    model(&rep.simulation(), bank)
}

fn experiment(customers: u64) -> Experiment<Bank> {
    Experiment::new("bank", bank, Bank { customers, service: 0.8 })
}

/// The same runs by hand: one after the other, with all their results, but nothing that adds them up. On a thread of
/// its own, as an experiment's are: memory is not equally fast on the main thread.
fn by_hand(customers: u64, replications: u64) -> Duration {
    let runs = move || {
        for number in 1..=replications {
            let sim = Simulation::seeded(number);
            model(&sim, &Bank { customers, service: 0.8 }).unwrap();
            hint::black_box(sim.report());
        }
    };
    let start = Instant::now();
    thread::spawn(runs).join().unwrap();
    start.elapsed()
}

fn by_experiment(customers: u64, replications: u64, jobs: usize, out: bool) -> Duration {
    let folder = env::temp_dir().join(format!("asim-many-runs-{}", std::process::id()));
    let mut experiment = experiment(customers).replications(replications).jobs(jobs);
    if out {
        experiment = experiment.out(&folder);
    }
    let start = Instant::now();
    hint::black_box(experiment.run().unwrap());
    let time = start.elapsed();
    let _ = fs::remove_dir_all(&folder);
    time
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// The harness beside runs of about 10 ms, in turn so that the machine's moods meet both.
fn harness() {
    let replications = 100;
    let (mut alone, mut written, mut one) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..9 {
        let hand = seconds(by_hand(TEN_MILLISECONDS, replications));
        alone.push(seconds(by_experiment(TEN_MILLISECONDS, replications, 1, false)) / hand);
        written.push(seconds(by_experiment(TEN_MILLISECONDS, replications, 1, true)) / hand);
        #[allow(clippy::cast_precision_loss, reason = "a hundred")]
        one.push(hand / replications as f64);
    }
    println!("one run by hand: {:.1} ms", 1000.0 * median(one));
    println!("experiment on one thread / by hand: {:.4}", median(alone));
    println!("the same with a journal and files / by hand: {:.4}", median(written));
    // The cost of a replication itself: runs of one customer.
    let replications = 20_000;
    let (mut alone, mut written) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let hand = seconds(by_hand(1, replications));
        #[allow(clippy::cast_precision_loss, reason = "small")]
        let each = |time: Duration| 1e6 * (seconds(time) - hand) / replications as f64;
        alone.push(each(by_experiment(1, replications, 1, false)));
        written.push(each(by_experiment(1, replications, 1, true)));
    }
    let (alone, written) = (median(alone), median(written));
    println!(
        "a replication with 10 things costs {alone:.1} us more than by hand, {written:.1} us with a journal and files"
    );
}

/// Two threads beside one; and beside it two processes at once, which share nothing but the machine.
fn threads() {
    let replications = 100;
    let (mut threads, mut processes) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let one = seconds(by_experiment(TEN_MILLISECONDS, replications, 1, false));
        threads.push(one / seconds(by_experiment(TEN_MILLISECONDS, replications, 2, false)));
        let start = Instant::now();
        let program = env::current_exe().unwrap();
        let children: Vec<_> =
            (0..2).map(|_| Command::new(&program).args(["half", "50"]).spawn().unwrap()).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        processes.push(one / seconds(start.elapsed()));
    }
    println!("one thread / two threads: {:.2}", median(threads));
    println!("one process / two processes with half the work each: {:.2}", median(processes));
}

/// What common random numbers gain: the variance of the difference of two means.
fn common_random_numbers() {
    for (what, services) in [("0.8 against 0.7", [0.8, 0.7]), ("0.8 against 0.78", [0.8, 0.78])] {
        let variance = |common: bool| {
            let experiment =
                Experiment::new("bank", bank, Bank { customers: 20_000, service: 0.8 })
                    .sweep("service", services)
                    .compare_to("service", services[0])
                    .replications(200);
            let experiment = if common { experiment } else { experiment.independent_scenarios() };
            let results = experiment.run().unwrap();
            let sd = results.scenarios()[1].difference("clerk 0.waited.mean").unwrap().sd;
            sd * sd
        };
        let (common, independent) = (variance(true), variance(false));
        println!(
            "mean service {what}: variance of the difference of mean waits {common:.4} with common random numbers, \
             {independent:.4} without: {:.1} times",
            independent / common
        );
    }
}

/// The peak of the memory of a process that makes so many replications.
fn memory() {
    for replications in ["1000", "10000", "100000"] {
        let program = env::current_exe().unwrap();
        let output = Command::new(&program).args(["peak", replications]).output().unwrap();
        print!("{}", String::from_utf8(output.stdout).unwrap());
    }
}

fn peak(replications: u64) {
    by_experiment(1, replications, 2, true);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("unknown");
    println!("{replications} replications with a journal and files: {peak}");
}

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["half", replications] => {
            by_hand(TEN_MILLISECONDS, replications.parse().unwrap());
        }
        // To be run under valgrind.
        ["hand", customers, replications] => {
            by_hand(customers.parse().unwrap(), replications.parse().unwrap());
        }
        ["experiment", customers, replications] => {
            by_experiment(customers.parse().unwrap(), replications.parse().unwrap(), 1, false);
        }
        ["written", customers, replications] => {
            by_experiment(customers.parse().unwrap(), replications.parse().unwrap(), 1, true);
        }
        ["peak", replications] => peak(replications.parse().unwrap()),
        ["harness"] => harness(),
        _ => {
            harness();
            threads();
            common_random_numbers();
            memory();
        }
    }
}
