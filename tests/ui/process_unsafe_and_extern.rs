//! Qualifiers that a process cannot have.

use asim::prelude::*;

#[process]
async unsafe extern "C" fn customer(env: Environment) {
    env.timeout(1.0).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
}
