//! A process that runs the simulation that runs it.

use asim::prelude::*;

#[process]
async fn customer(env: Environment) {
    let _ = env.run();
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
}
