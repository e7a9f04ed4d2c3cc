//! The function's future handed to `process`, which wants the struct.

use asim::prelude::*;

#[process]
async fn customer(env: Environment, patience: f64) {
    env.timeout(patience).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(customer(sim.clone(), 3.0));
}
