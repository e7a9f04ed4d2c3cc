//! A race of nobody, and nothing to wait for.

use asim::prelude::*;

async fn race() {
    asim!(match FirstOf().await {})
}

async fn join() {
    asim!(AllOf().await);
}

fn main() {}
