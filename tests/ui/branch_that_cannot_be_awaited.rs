//! Branches that are no waitables: a number, a queue instead of its `get`, a unit.

use asim::prelude::*;

async fn race(env: &Environment, queue: Queue<u8>) {
    asim!(match FirstOf(item = queue, late = env.timeout(1.0)).await {
        FirstOf::Item(_) => {}
        FirstOf::Late(()) => {}
    });
}

async fn join(env: &Environment) {
    asim!(AllOf(delay = 3.0, rest = env.timeout(1.0))).await;
}

async fn race_of_values(env: &Environment) {
    asim!(if let FirstOf::Now(()) = FirstOf(now = println!("now"), late = env.timeout(1.0)).await {});
}

fn main() {}
