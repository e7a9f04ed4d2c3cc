//! A set-up hook that does not fit the process.

use asim::prelude::*;

#[process(init = prepare)]
async fn customer(env: Environment, patience: f64) {
    env.timeout(patience).await;
}

fn prepare(patience: f64) {
    let _ = patience;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new(3.0));
}
