//! One plug connected twice: a channel has one sender and one receiver.

use asim::prelude::*;

fn main() {
    let sim = Simulation::new();
    let (_output, source) = OutPort::<u32>::declare(&sim, "source");
    let (_left, left) = InPort::<u32>::declare(&sim, "left");
    let (_right, right) = InPort::<u32>::declare(&sim, "right");
    connect(source, left);
    connect(source, right);
}
