//! A process whose outcome has no name.

use asim::prelude::*;
use std::fmt::Display;

#[process]
async fn customer(env: Environment) -> impl Sized {
    env.timeout(1.0).await;
}

#[process]
async fn clerk(env: Environment) -> Result<impl Display, String> {
    env.timeout(1.0).await;
    Ok(1)
}

#[process]
async fn cook(env: Environment) -> Result<u8, impl std::error::Error> {
    env.timeout(1.0).await;
    Err(std::fmt::Error)
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
    let clerk = sim.process(Clerk::new());
    let _ = sim.run_until_event(clerk);
    sim.process(Cook::new());
}
