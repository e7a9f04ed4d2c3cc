//! Parameters that are taken apart.

use asim::prelude::*;

#[process]
async fn customer(env: Environment, (arrival, service): (f64, f64), _: u8) {
    env.timeout(arrival).await;
    env.timeout(service).await;
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new((1.0, 2.0), 3));
}
