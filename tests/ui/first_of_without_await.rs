//! A race that is taken apart before it is run.

use asim::prelude::*;

async fn wait(env: &Environment, bell: Event<u8>) {
    asim!(match FirstOf(rung = bell, late = env.timeout(1.0)) {
        FirstOf::Rung(_) => {}
        FirstOf::Late(()) => {}
    });
    asim!(let AllOf { x, y } = AllOf(x = env.timeout(1.0), y = env.timeout(2.0)));
    let _ = (x, y);
}

fn main() {}
