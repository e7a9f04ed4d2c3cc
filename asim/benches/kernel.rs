//! What a process costs: the cases that the rivals run too (`benches/rivals`), written the way a
//! user would write them.
//!
//! ```text
//! cargo bench -p asim --bench kernel -- CASE [N]
//! ```
//!
//! with the cases `ping`, `hold N`, `mm1`, `pipeline`, `spawn` and `race`. A line reads
//! `asim case n_events seconds ns_per_event peak_rss_mib check=value`; `check` must agree between
//! all who run the case. `PEER_SCALE=100` divides the work.

#![allow(missing_docs, reason = "a program")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of events as figures"
)]

// As it is: the rivals share the file.
#[allow(clippy::pedantic, unreachable_pub, missing_docs, reason = "the rivals' file, as it is")]
#[path = "rivals/common/common.rs"]
mod common;

use std::cell::Cell;
use std::rc::Rc;

use asim::prelude::*;
use common::{
    CUSTOMERS, Clock, HOLD, INTERARRIVAL, ITEMS, PING, Rng, SEED_ARRIVAL, SEED_SERVICE, SERVICE,
    SPAWN_BATCH, SPAWN_ROUNDS, STAGES, scale,
};

/// Sleeps again and again: the timer, the resumption and nothing else.
#[process]
async fn ping(env: Environment, times: u64) {
    for _ in 0..times {
        env.timeout(1.0).await;
    }
}

/// Sleeps for ever, for exponential times: the agenda under load.
#[process]
async fn holder(env: Environment, seed: u64, count: Rc<Cell<u64>>) -> ! {
    let mut random = Rng::new(seed);
    loop {
        env.timeout(random.exp(1.0)).await;
        count.set(count.get() + 1);
    }
}

/// A customer of a queue with one server.
#[process]
async fn customer(env: Environment, server: Resource, service: f64, total: Rc<Cell<f64>>) {
    let arrived = env.now();
    let slot = server.acquire().await;
    env.timeout(service).await;
    slot.release();
    total.set(total.get() + env.now() - arrived);
}

#[process]
async fn arrivals(env: Environment, customers: u64, server: Resource, total: Rc<Cell<f64>>) {
    let (mut arrival, mut service) = (Rng::new(SEED_ARRIVAL), Rng::new(SEED_SERVICE));
    for _ in 0..customers {
        env.timeout(arrival.exp(INTERARRIVAL)).await;
        env.process(Customer::new(server.clone(), service.exp(SERVICE), total.clone()));
    }
}

#[process]
async fn source(env: Environment, items: u64, output: Queue<u64>) {
    let _ = env;
    for item in 0..items {
        output.put(item).await;
    }
}

#[process]
async fn stage(env: Environment, items: u64, input: Queue<u64>, output: Queue<u64>) {
    let _ = env;
    for _ in 0..items {
        let item = input.get().await;
        output.put(item).await;
    }
}

#[process]
async fn sink(env: Environment, items: u64, input: Queue<u64>, sum: Rc<Cell<u64>>) {
    let _ = env;
    for _ in 0..items {
        sum.set(sum.get() + input.get().await);
    }
}

#[process]
async fn once(env: Environment, count: Rc<Cell<u64>>) {
    env.timeout(1.0).await;
    count.set(count.get() + 1);
}

/// Starts many short processes again and again.
#[process]
async fn spawner(env: Environment, rounds: u64, batch: u64, count: Rc<Cell<u64>>) {
    for _ in 0..rounds {
        for _ in 0..batch {
            env.process(Once::new(count.clone()));
        }
        env.timeout(2.0).await;
    }
}

#[process]
async fn racer(env: Environment, times: u64) {
    for _ in 0..times {
        asim!(match FirstOf(late = env.timeout(1000.0), soon = env.timeout(1.0)).await {
            FirstOf::Late(()) => unreachable!("the nearer timeout wins"),
            FirstOf::Soon(()) => {}
        });
    }
}

fn main() -> Result<(), SimError> {
    // Cargo passes a flag of its own.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let name = arguments.first().map_or("", String::as_str);
    let number = arguments.get(1).and_then(|number| number.parse::<u64>().ok());
    match name {
        "ping" => {
            let times = scale(PING);
            let clock = Clock::start();
            let sim = Simulation::new();
            sim.process(Ping::new(times));
            sim.run()?;
            clock.report("asim", "ping", times, sim.now());
        }
        "hold" => {
            let holders = number.unwrap_or(100);
            let until = scale(HOLD) as f64 / holders as f64;
            let clock = Clock::start();
            let sim = Simulation::new();
            let count = Rc::new(Cell::new(0));
            for seed in 0..holders {
                sim.process(Holder::new(seed, count.clone()));
            }
            sim.run_until(until)?;
            clock.report("asim", &format!("hold-{holders}"), count.get(), sim.now());
            // As the rivals do: freeing what is left is not what is measured.
            std::process::exit(0);
        }
        "mm1" => {
            let customers = scale(CUSTOMERS);
            let clock = Clock::start();
            let sim = Simulation::new();
            let total = Rc::new(Cell::new(0.0));
            sim.process(Arrivals::new(customers, Resource::new(&sim, 1), total.clone()));
            sim.run()?;
            clock.report("asim", "mm1", customers, total.get() / customers as f64);
        }
        "pipeline" => {
            let items = scale(ITEMS);
            let clock = Clock::start();
            let sim = Simulation::new();
            let queues: Vec<Queue<u64>> = (0..STAGES).map(|_| Queue::bounded(&sim, 1)).collect();
            sim.process(Source::new(items, queues[0].clone()));
            for pair in queues.windows(2) {
                sim.process(Stage::new(items, pair[0].clone(), pair[1].clone()));
            }
            let sum = Rc::new(Cell::new(0));
            sim.process(Sink::new(items, queues[queues.len() - 1].clone(), sum.clone()));
            sim.run()?;
            clock.report("asim", "pipeline", items * STAGES, sum.get() as f64);
        }
        "spawn" => {
            let (rounds, batch) = (scale(SPAWN_ROUNDS), SPAWN_BATCH);
            let clock = Clock::start();
            let sim = Simulation::new();
            let count = Rc::new(Cell::new(0));
            sim.process(Spawner::new(rounds, batch, count.clone()));
            sim.run()?;
            clock.report("asim", "spawn", count.get(), sim.now());
        }
        "race" => {
            let times = scale(1_000_000);
            let clock = Clock::start();
            let sim = Simulation::new();
            sim.process(Racer::new(times));
            sim.run()?;
            clock.report("asim", "race", times, sim.now());
        }
        // `cargo test` runs benches without arguments.
        _ => println!("usage: ping | hold N | mm1 | pipeline | spawn | race"),
    }
    Ok(())
}
