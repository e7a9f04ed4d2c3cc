//! The environment borrowed mutably, or for ever.

use asim::prelude::*;

#[process]
async fn customer(env: &mut Environment) {
    env.timeout(1.0).await;
}

#[process]
async fn clerk(env: &'static Environment) {
    env.timeout(1.0).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
    sim.process(Clerk::new());
}
