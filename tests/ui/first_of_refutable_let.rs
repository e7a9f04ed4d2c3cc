//! A `let` that takes one outcome and says nothing of the other.

use asim::prelude::*;

async fn wait(env: &Environment, bell: Event<u8>) -> u8 {
    asim!(let FirstOf::Rung(times) = FirstOf(rung = bell, late = env.timeout(1.0)).await);
    times
}

fn main() {}
