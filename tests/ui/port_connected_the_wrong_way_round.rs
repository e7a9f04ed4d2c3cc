//! Plugs connected the wrong way round, and two of one kind.

use asim::prelude::*;

fn main() {
    let sim = Simulation::new();
    let (_output, source) = OutPort::<u32>::declare(&sim, "source");
    let (_input, sink) = InPort::<u32>::declare(&sim, "sink");
    connect(sink, source);

    let (_output, one) = OutPort::<u32>::declare(&sim, "one");
    let (_output, other) = OutPort::<u32>::declare(&sim, "other");
    connect(one, other);
}
