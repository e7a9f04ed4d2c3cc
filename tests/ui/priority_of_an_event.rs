//! Only a request that waits for its turn has a priority.
use asim::prelude::*;

fn main() {
    let sim = Simulation::new();
    let start: Event<()> = sim.event();
    let _waits = start.wait().with_priority(1);
}
