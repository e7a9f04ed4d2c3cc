//! A process that returns what is no outcome.

use asim::prelude::*;

#[process]
async fn customer(env: Environment) -> f64 {
    env.now()
}

#[process]
async fn clerk(env: Environment) -> Option<(f64, f64)> {
    Some((env.now(), 0.0))
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
    sim.process(Clerk::new());
}
