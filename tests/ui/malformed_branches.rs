//! Branches that are almost written as they should be.

use asim::prelude::*;

async fn colon(env: &Environment) {
    let both = asim!(AllOf(x: env.timeout(1.0), y = env.timeout(2.0))).await;
    let _ = (both.x, both.y);
}

async fn keyword(env: &Environment) {
    asim!(match FirstOf(type = env.timeout(1.0), late = env.timeout(2.0)).await {
        FirstOf::Late(()) => {}
    })
}

async fn no_name_for_a_variant(env: &Environment) {
    asim!(match FirstOf(_1 = env.timeout(1.0), late = env.timeout(2.0)).await {
        FirstOf::Late(()) => {}
    })
}

async fn attribute(env: &Environment) {
    asim!(AllOf(#[cfg(test)] x = env.timeout(1.0))).await;
}

async fn unfinished(env: &Environment) {
    asim!(match FirstOf(soon = , late = env.timeout(2.0)).await {
        FirstOf::Soon(_) => {}
        FirstOf::Late(()) => {}
    })
}

fn main() {}
