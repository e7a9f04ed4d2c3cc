//! A process whose `Err` is no error.

use asim::prelude::*;

struct TooLate;

#[process]
async fn customer(env: Environment) -> Result<(), TooLate> {
    env.timeout(1.0).await;
    Err(TooLate)
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
}
