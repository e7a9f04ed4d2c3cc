//! A lifetime parameter, where none is needed and where none can be.

use asim::prelude::*;

struct Plan<'a>(&'a str);

#[process]
async fn clerk<'a>(env: &'a Environment) {
    env.timeout(1.0).await;
}

#[process]
async fn ship<'a, T: Clone + 'a>(env: Environment, plan: Plan<'a>, cargo: T) {
    env.timeout(1.0).await;
    println!("{} {}", plan.0, size_of_val(&cargo));
}

fn main() {
    let sim = Simulation::new();
    sim.process(Clerk::new());
    sim.process(Ship::new(Plan("north"), 3));
}
