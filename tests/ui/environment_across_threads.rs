//! A process that hands its environment to a thread.

use asim::prelude::*;

#[process]
async fn customer(env: Environment) {
    let thread = std::thread::spawn(move || env.now());
    let _ = thread.join();
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new());
}
