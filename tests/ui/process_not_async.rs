//! A process that is a plain function.

use asim::prelude::*;

#[process]
fn customer(env: Environment, patience: f64) {
    let _ = env.timeout(patience);
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new(3.0));
}
