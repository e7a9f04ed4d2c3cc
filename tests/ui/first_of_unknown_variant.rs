//! An arm for an outcome that there is not.

use asim::prelude::*;

async fn wait(env: &Environment, bell: Event<u8>) {
    asim!(match FirstOf(rung = bell, late = env.timeout(1.0)).await {
        FirstOf::Rung(_) => {}
        FirstOf::TooLate(()) => {}
    })
}

fn main() {}
