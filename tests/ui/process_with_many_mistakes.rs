//! All that is wrong with a function is reported at once, and its uses are not.

use asim::prelude::*;

#[process(name = "Buyer", initial = start)]
fn customer(name: &str, (x, y): (f64, f64), draw: impl Fn() -> f64) {
    println!("{name} {x} {y} {}", draw());
}

fn main() {
    let sim = Simulation::new();
    let handle = sim.process(Customer::new("Ada", (0.0, 0.0), || 3.0));
    handle.interrupt("closing");
}
