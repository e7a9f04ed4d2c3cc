//! The outcome of an unnamed race that would have to leave `asim!`.

use asim::prelude::*;

async fn out_of_the_macro(env: &Environment, bell: Event<u8>) {
    let visit = asim!(FirstOf(rung = bell, late = env.timeout(1.0))).await;
    drop(visit);
}

async fn into_a_variable(env: &Environment, bell: Event<u8>) {
    asim! {
        let visit = FirstOf(rung = bell, late = env.timeout(1.0)).await;
        drop(visit);
    }
}

async fn into_a_call(env: &Environment, bell: Event<u8>) {
    asim!(drop(FirstOf(rung = bell, late = env.timeout(1.0)).await));
}

fn main() {}
