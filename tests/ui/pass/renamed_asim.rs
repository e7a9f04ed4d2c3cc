//! Both macros where `asim` has another name.

pub extern crate asim as simulation;

/// A crate of models that brings the library along.
mod models {
    pub mod prelude {
        pub use simulation::prelude::*;
    }
    pub use simulation as asim;
}

// Whatever says `asim` now means this.
mod asim {}

use models::prelude::*;

#[process(crate = crate::models::asim, init = ring)]
async fn customer(env: Environment, patience: f64) {
    asim!(match FirstOf(soon = env.timeout(patience), late = env.timeout(9.0)).await {
        FirstOf::Soon(()) => {}
        FirstOf::Late(()) => {}
    });
}

fn ring(customer: &mut Customer, env: &Environment) {
    customer.patience += env.now();
}

fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new(3.0));
    let _ = sim.run();
}
