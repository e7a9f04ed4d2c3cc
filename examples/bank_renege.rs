//! SimPy's bank: customers who leave when nobody serves them in time.
//!
//! One counter, five customers. A customer whose patience is over goes home. The random numbers are the
//! ones that Python draws from SimPy's seed, so the output is the same as SimPy's. `--seed N` makes
//! another run, `--draws FILE` replays a recorded run, and `--record FILE` records one.

use std::error::Error;

use asim::prelude::*;
use asim_examples::Draws;

const RANDOM_SEED: u64 = 42;
const CUSTOMERS: u32 = 5;
const MEAN_BETWEEN_ARRIVALS: f64 = 10.0;
const MEAN_SERVICE: f64 = 12.0;

/// Sends the customers in, one after another.
#[process]
async fn source(env: Environment, counter: Resource, draws: Draws) {
    for id in 0..CUSTOMERS {
        env.process(Customer::new(id, counter.clone(), draws.clone()));
        env.timeout(draws.expovariate(1.0 / MEAN_BETWEEN_ARRIVALS)).await;
    }
}

/// Waits for the counter for a limited time.
#[process]
async fn customer(env: Environment, id: u32, counter: Resource, draws: Draws) {
    let arrived = env.now();
    println!("{arrived:7.4} Customer{id:02}: Here I am");

    // This call takes the place in the line; the race below only waits for it.
    let request = counter.acquire();
    let patience = draws.uniform(1.0, 3.0);

    asim!(match FirstOf(served = request, reneged = env.timeout(patience)).await {
        FirstOf::Served(slot) => {
            let waited = env.now() - arrived;
            println!("{:7.4} Customer{id:02}: Waited {waited:6.3}", env.now());
            env.timeout(draws.expovariate(1.0 / MEAN_SERVICE)).await;
            println!("{:7.4} Customer{id:02}: Finished", env.now());
            slot.release();
        }
        FirstOf::Reneged(()) => {
            let waited = env.now() - arrived;
            println!("{:7.4} Customer{id:02}: RENEGED after {waited:6.3}", env.now());
        }
    });
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Bank renege");
    let draws = Draws::from_args(RANDOM_SEED)?;
    let sim = Simulation::new();
    let counter = Resource::new(&sim, 1).named("counter");
    sim.process(Source::new(counter, draws.clone()));
    sim.run()?;
    draws.finish()?;
    Ok(())
}
