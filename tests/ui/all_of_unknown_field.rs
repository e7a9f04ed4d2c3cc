//! A field for which there was no key.

use asim::prelude::*;

async fn join(env: &Environment, bell: Event<u8>) -> u8 {
    let both = asim!(AllOf(rung = bell, rest = env.timeout(1.0))).await;
    both.bell
}

fn main() {}
