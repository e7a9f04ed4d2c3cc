//! A small experiment, for the tests of what is kept of one.

use std::thread;
use std::time::Duration;

use asim::prelude::*;
use serde::{Deserialize, Serialize};

/// A bank, and how its runs shall go wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// How many clerks there are.
    pub clerks: usize,
    /// The mean time of a service.
    pub service: f64,
    /// How long each replication sleeps, in milliseconds of the wall.
    pub nap: u64,
    /// Each replication whose number can be divided by this fails. None if it is 0.
    pub fails: u64,
}

/// The bank of the tests.
pub const BANK: Bank = Bank { clerks: 2, service: 1.5, nap: 0, fails: 0 };

#[process]
async fn customer(env: Environment, clerks: Resource, service: f64, waited: NamedTally) {
    let arrived = env.now();
    let _clerk = clerks.acquire().await;
    waited.add(env.now() - arrived);
    env.timeout(env.stream("service").exponential(service)).await;
}

/// Runs the bank for a short time.
///
/// # Errors
///
/// If it shall fail.
pub fn bank(rep: &Replication, bank: &Bank) -> Result<(), String> {
    thread::sleep(Duration::from_millis(bank.nap));
    let sim = rep.simulation();
    let clerks = Resource::new(&sim, bank.clerks);
    let (env, service, waited) = (sim.env(), bank.service, sim.tally("waited"));
    sim.spawn(async move {
        loop {
            env.timeout(env.stream("arrivals").exponential(1.0)).await;
            env.process(Customer::new(clerks.clone(), service, waited.clone()));
        }
    });
    sim.run_until(20.0).map_err(|error| error.to_string())?;
    if bank.fails > 0 && rep.number().is_multiple_of(bank.fails) {
        return Err(format!("the \"vault\" is empty,\nin replication {}", rep.number()));
    }
    // A result that only some replications have, and one that none knows. The NaN of a computation is not always the usual one.
    if rep.number().is_multiple_of(3) {
        rep.result("rare, and \"quoted\"", 1e100 / (1.0 + rep.number() as f64));
    }
    let zero = std::hint::black_box(0.0);
    #[allow(clippy::eq_op, reason = "the NaN that a model computes")]
    rep.result("unknown", zero / zero);
    rep.result("endless", -1.0 / zero);
    Ok(())
}

/// Returns the experiment of the tests: two scenarios.
pub fn experiment() -> Experiment<Bank> {
    Experiment::new("bank", bank, BANK).seed(42).sweep("clerks", [1, 2]).compare_to("clerks", 1)
}
