//! A condition outlives the call, so it takes what it looks at besides the things with `move`.
use asim::prelude::*;

#[process]
async fn supply(env: Environment, stock: Container, below: f64) {
    env.wait_until(&stock, |stock| stock.level() < below).await;
}

fn main() {}
