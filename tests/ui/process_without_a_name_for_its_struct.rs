//! A function whose name makes no name for a struct.

use asim::prelude::*;

#[process]
async fn _1(env: Environment) {
    env.timeout(1.0).await;
}

fn main() {}
