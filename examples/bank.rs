//! A bank: customers come at random times, wait for a clerk, and leave if nobody serves them in time.
//!
//! Time is in minutes. The report leaves out the first hour, in which the bank is filling up.

use asim::prelude::*;

/// Lets the customers in, one after another.
#[process]
async fn entrance(env: Environment, clerks: Resource) -> ! {
    let arrivals = env.stream("arrivals");
    loop {
        env.timeout(arrivals.exponential(2.0)).await;
        env.process(Customer::new(clerks.clone()));
    }
}

/// Waits for a clerk for a limited time.
#[process]
async fn customer(env: Environment, clerks: Resource) {
    let arrived = env.now();
    let patience = env.stream("patience").uniform(5.0, 15.0);
    let service = env.stream("service").lognormal(5.0, 3.0);

    // This call takes the place in the line; the race below only waits for it.
    let request = clerks.acquire();
    asim!(match FirstOf(served = request, reneged = env.timeout(patience)).await {
        FirstOf::Served(clerk) => {
            env.timeout(service).await;
            clerk.release();
            env.tally("visit").add(env.now() - arrived);
        }
        FirstOf::Reneged(()) => env.counter("gave up").add(1),
    });
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::seeded(42);
    let clerks = Resource::new(&sim, 3).named("clerks");
    sim.process(Entrance::new(clerks));
    sim.warm_up(60.0);
    sim.run_until(540.0)?;
    print!("{}", sim.report().time_unit("min"));
    Ok(())
}
