//! A parameter whose type has no name.

use asim::prelude::*;

#[process]
async fn customer(env: Environment, draw: impl Fn() -> f64 + 'static) {
    env.timeout(draw()).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new(|| 3.0));
}
