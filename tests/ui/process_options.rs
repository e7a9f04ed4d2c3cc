//! Options that do not exist, are given twice, or are not written as they should be.

use asim::prelude::*;

#[process(nam = Teller)]
async fn unknown(env: Environment) {
    env.timeout(1.0).await;
}

#[process(name = Teller, name = Clerk)]
async fn twice(env: Environment) {
    env.timeout(1.0).await;
}

#[process(name = "Cashier", init, crate = 3, Porter)]
async fn malformed(env: Environment) {
    env.timeout(1.0).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Unknown::new());
    sim.process(Teller::new());
    sim.process(Malformed::new());
}
