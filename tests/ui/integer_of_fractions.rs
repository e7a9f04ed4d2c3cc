use asim::prelude::*;

fn main() {
    let stream = Stream::seeded(42, "service");
    let minutes = stream.integer(1.5..3.5);
    println!("{minutes}");
}
