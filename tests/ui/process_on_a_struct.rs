//! The attribute on something that is no function.

use asim::prelude::*;

#[process]
struct Customer {
    patience: f64,
}

fn main() {
    let _ = Customer { patience: 3.0 }.patience;
}
