//! Ports for different items connected.

use asim::prelude::*;

fn main() {
    let sim = Simulation::new();
    let (_output, source) = OutPort::<u32>::declare(&sim, "source");
    let (_input, sink) = InPort::<char>::declare(&sim, "sink");
    connect(source, sink);
}
