//! A process made with other arguments than its function takes.

use asim::prelude::*;

#[process]
async fn customer(env: Environment, patience: f64) {
    env.timeout(patience).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new("three"));
    sim.process(Customer::new());
}
