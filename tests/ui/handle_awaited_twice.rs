//! A process joined twice through one handle.

use asim::prelude::*;

async fn join_twice(env: Environment) {
    let clerk = env.spawn(async {});
    let _ = clerk.await;
    let _ = clerk.await;
}

fn main() {
    let sim = Simulation::new();
    sim.spawn(join_twice((*sim).clone()));
}
