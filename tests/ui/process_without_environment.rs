//! A process that does not take the environment, with other parameters and with none.

use asim::prelude::*;

#[process]
async fn customer(patience: f64) {
    let _ = patience;
}

#[process]
async fn clerk() {}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new(3.0));
    sim.process(Clerk::new());
}
