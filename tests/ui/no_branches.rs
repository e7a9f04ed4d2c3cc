//! A race of nobody, and nothing to wait for.

use asim::prelude::*;

async fn race() {
    asim!(match FirstOf().await {})
}

async fn race_with_arms() -> u8 {
    asim!(match FirstOf() {
        FirstOf::Item(item) => item,
        FirstOf::Late(()) => 0,
    })
}

async fn race_in_a_condition() -> u8 {
    asim!(if let FirstOf::Item(item) = FirstOf().await { item } else { 0 })
}

async fn race_alone() {
    asim!(FirstOf());
    asim!(FirstOf()).await;
}

async fn join() {
    asim!(AllOf().await);
}

async fn join_alone() {
    asim!(AllOf());
    asim!(AllOf()).await;
}

fn main() {}
