//! A process whose outcome has no name.

use asim::prelude::*;

#[process]
async fn customer(env: Environment) -> impl Sized {
    env.timeout(1.0).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
}
