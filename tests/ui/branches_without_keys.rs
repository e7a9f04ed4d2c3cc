//! Waitables without a name.

use asim::prelude::*;

async fn race(env: &Environment, bell: Event<u8>) {
    asim!(match FirstOf(bell, env.timeout(1.0)).await {
        _ => {}
    })
}

async fn race_with_one_key(env: &Environment, bell: Event<u8>) {
    asim!(match FirstOf(rung = bell, env.timeout(1.0)).await {
        FirstOf::Rung(_) => {}
    })
}

async fn join(env: &Environment) {
    asim!(AllOf(env.timeout(1.0), env.timeout(2.0)).await);
}

fn main() {}
