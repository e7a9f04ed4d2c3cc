//! A condition watches handles of shared things, by reference.
use asim::prelude::*;
use std::cell::Cell;

fn main() {
    let sim = Simulation::new();
    let flag = Cell::new(false);
    let _waits = sim.wait_until(&flag, |flag| flag.get());

    let tank = Container::new(&sim, 10.0);
    let _waits = sim.wait_until(tank, |tank| tank.level() > 1.0);
}
