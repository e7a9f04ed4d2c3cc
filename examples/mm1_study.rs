//! The queue M/M/1 as a study: how long do customers wait when more and more of them come to one clerk?
//!
//! Customers come at random, `rate` of them a minute, and the service takes `service` minutes in the mean. Theory
//! knows the answer: the clerk is busy for the share `rho = rate * service` of the time, and the mean wait is
//! `rho / (1 - rho) * service`. That is 1 minute at a rate of 0.5, 2.33 at 0.7, and 4 at 0.8. (L. Kleinrock,
//! Queueing Systems, volume 1, 1975, section 5.7, in which the mean wait is that in the line.)
//!
//! The experiment makes replications until the mean wait is known within 5 % at each rate. So it needs more of them
//! where the wait varies more. It compares all rates with the first one. `--help` says what else it can do.

use std::process::ExitCode;

use asim::prelude::*;
use serde::{Deserialize, Serialize};

/// The parameters of the model. Time is in minutes.
#[derive(Serialize, Deserialize)]
struct Shop {
    /// How many customers come a minute.
    rate: f64,
    /// The mean duration of the service.
    service: f64,
    /// How long the shop is watched after the warm-up.
    time: f64,
}

/// Lets the customers in.
#[process]
async fn door(env: Environment, clerk: Resource, rate: f64, service: f64) -> ! {
    let arrivals = env.stream("arrivals");
    loop {
        env.timeout(arrivals.exponential(1.0 / rate)).await;
        env.process(Customer::new(clerk.clone(), service));
    }
}

/// Waits for the clerk, and is served.
#[process]
async fn customer(env: Environment, clerk: Resource, service: f64) {
    let service = env.stream("service").exponential(service);
    let _clerk = clerk.acquire().await;
    env.timeout(service).await;
}

/// The model.
fn shop(rep: &Replication, shop: &Shop) -> Result<(), SimError> {
    let sim = rep.simulation();
    let clerk = Resource::new(&sim, 1).named("clerk");
    sim.process(Door::new(clerk, shop.rate, shop.service));
    sim.run_until(rep.warm_up() + shop.time)
}

fn main() -> ExitCode {
    Experiment::new("mm1", shop, Shop { rate: 0.8, service: 1.0, time: 5_000.0 })
        .seed(42)
        .warm_up(500.0)
        .sweep("rate", [0.5, 0.7, 0.8])
        .until_precision("clerk.waited.mean", 0.05)
        .compare_to("rate", 0.5)
        .main()
}
