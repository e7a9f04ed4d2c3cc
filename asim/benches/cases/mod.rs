//! The measured work, written as a user would write it. `kernel` times these cases beside its rivals, and
//! `instructions` counts their instructions.

use std::cell::Cell;
use std::rc::Rc;

use asim::prelude::*;

use super::common::{
    Clock, INTERARRIVAL, Rng, SEED_ARRIVAL, SEED_SERVICE, SERVICE, SPAWN_BATCH, STAGES,
};

/// The result of a run.
pub(crate) struct Done {
    /// The number of events, by which the time is divided.
    pub(crate) events: u64,
    /// A value that must be equal for all libraries that run the case.
    pub(crate) check: f64,
    /// The clock, started before the simulation was made.
    pub(crate) clock: Clock,
    /// The simulation, dropped only after the time is taken, as freeing it is not measured.
    _sim: Simulation,
}

/// Sleeps again and again: only the timer and the resumption.
#[process]
async fn ping(env: Environment, times: u64) {
    for _ in 0..times {
        env.timeout(1.0).await;
    }
}

/// Sleeps for ever, for exponentially distributed times: the agenda under load.
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

#[process]
async fn sender(env: Environment, items: u64, output: OutPort<u64>) {
    let _ = env;
    for item in 0..items {
        output.send(item).await.expect("the receiver takes all");
    }
}

#[process]
async fn receiver(env: Environment, input: InPort<u64>, sum: Rc<Cell<u64>>) {
    let _ = env;
    while let Ok(item) = input.recv().await {
        sum.set(sum.get() + item);
    }
}

#[process]
async fn joiner(env: Environment, times: u64, count: Rc<Cell<u64>>) {
    for _ in 0..times {
        env.process(Once::new(count.clone())).await.expect("it cannot fail");
    }
}

/// Waits for an event that never comes, and is interrupted.
#[process]
async fn sleeper(env: Environment, count: Rc<Cell<u64>>) -> ! {
    loop {
        if env.interruptible(env.timeout(f64::INFINITY)).await.is_err() {
            count.set(count.get() + 1);
        }
    }
}

#[process]
async fn interrupter(env: Environment, times: u64, whom: ProcessRef) {
    for _ in 0..times {
        env.timeout(1.0).await;
        whom.interrupt(());
    }
}

/// Sleeps again and again where it can be interrupted, and is not.
#[process]
async fn guarded(env: Environment, times: u64) {
    for _ in 0..times {
        env.interruptible(env.timeout(1.0)).await.expect("nobody interrupts it");
    }
}

#[process]
async fn collector(env: Environment, times: u64) {
    for _ in 0..times {
        asim!(AllOf(long = env.timeout(2.0), short = env.timeout(1.0))).await;
    }
}

/// Fills a queue, one item at a time.
#[process]
async fn filler(env: Environment, items: u64, output: Queue<u64>) {
    for item in 0..items {
        env.timeout(1.0).await;
        output.put(item).await;
    }
}

/// Waits for the next item, but no longer than its patience, which is always enough.
#[process]
async fn patient(env: Environment, items: u64, input: Queue<u64>, sum: Rc<Cell<u64>>) {
    for _ in 0..items {
        asim!(match FirstOf(item = input.get(), late = env.timeout(1000.0)).await {
            FirstOf::Item(item) => sum.set(sum.get() + item),
            FirstOf::Late(()) => unreachable!("an item comes in time"),
        });
    }
}

/// Runs a case of this `size`: events, customers, items or rounds. Only `hold` uses `holders`. Returns
/// `None` if there is no such case.
pub(crate) fn run(case: &str, size: u64, holders: u64) -> Option<Result<Done, SimError>> {
    let clock = Clock::start();
    let sim = Simulation::new();
    let count = Rc::new(Cell::new(0));
    let total = Rc::new(Cell::new(0.0));
    let mut until = None;
    match case {
        "ping" => {
            sim.process(Ping::new(size));
        }
        "hold" => {
            until = Some(size as f64 / holders as f64);
            for seed in 0..holders {
                sim.process(Holder::new(seed, count.clone()));
            }
        }
        "mm1" => {
            sim.process(Arrivals::new(size, Resource::new(&sim, 1), total.clone()));
        }
        // The same, with a server that has a name and is measured.
        "mm1_measured" | "mm1_traced" | "mm1_fingerprint" | "mm1_perfetto" | "mm1_lines"
        | "mm1_text" => {
            // And with its log: in memory, as a fingerprint, in a file.
            let device = std::fs::OpenOptions::new().write(true).open("/dev/null");
            let device = || device.expect("/dev/null can be written");
            match case {
                // Of the last ones, so that the memory of a longer run is no larger.
                "mm1_traced" => std::mem::forget(sim.tracing().last(10_000).in_memory()),
                "mm1_fingerprint" => std::mem::forget(sim.fingerprint()),
                "mm1_perfetto" => sim.tracing().to_perfetto(device()),
                "mm1_lines" => sim.tracing().to_json_lines(device()),
                "mm1_text" => sim.tracing().to_text(device()),
                _ => {}
            }
            let server = Resource::new(&sim, 1).named("server");
            sim.process(Arrivals::new(size, server, total.clone()));
        }
        "pipeline" => {
            let queues: Vec<Queue<u64>> = (0..STAGES).map(|_| Queue::bounded(&sim, 1)).collect();
            sim.process(Source::new(size, queues[0].clone()));
            for pair in queues.windows(2) {
                sim.process(Stage::new(size, pair[0].clone(), pair[1].clone()));
            }
            sim.process(Sink::new(size, queues[queues.len() - 1].clone(), count.clone()));
        }
        "spawn" => {
            sim.process(Spawner::new(size, SPAWN_BATCH, count.clone()));
        }
        "race" => {
            sim.process(Racer::new(size));
        }
        "channel" => {
            let (output, input) = channel(&sim, 1);
            sim.process(Sender::new(size, output));
            sim.process(Receiver::new(input, count.clone()));
        }
        "get_or_timeout" => {
            let queue = Queue::bounded(&sim, 1);
            sim.process(Filler::new(size, queue.clone()));
            sim.process(Patient::new(size, queue, count.clone()));
        }
        "join" => {
            sim.process(Joiner::new(size, count.clone()));
        }
        "interrupt" => {
            let sleeper = sim.process(Sleeper::new(count.clone()));
            sim.process(Interrupter::new(size, sleeper.process_ref()));
        }
        "interruptible" => {
            sim.process(Guarded::new(size));
        }
        "all_of" => {
            sim.process(Collector::new(size));
        }
        _ => return None,
    }
    let result = match until {
        Some(until) => sim.run_until(until),
        None => sim.run(),
    };
    if let Err(error) = result {
        return Some(Err(error));
    }
    let (events, check) = match case {
        "hold" | "spawn" => (count.get(), sim.now()),
        _ if case.starts_with("mm1") => (size, total.get() / size as f64),
        "pipeline" => (size * STAGES, count.get() as f64),
        "channel" | "get_or_timeout" | "join" | "interrupt" => (size, count.get() as f64),
        _ => (size, sim.now()),
    };
    Some(Ok(Done { events, check, clock, _sim: sim }))
}
