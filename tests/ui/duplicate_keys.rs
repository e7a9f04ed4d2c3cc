//! Keys used twice, as they are written and as the variants they make.

use asim::prelude::*;

async fn race(env: &Environment, bell: Event<u8>) {
    asim!(match FirstOf(
        rung = bell,
        late = env.timeout(1.0),
        late = env.timeout(2.0),
        late = env.timeout(3.0),
    )
    .await
    {
        FirstOf::Rung(_) => {}
        FirstOf::Late(()) => {}
    })
}

async fn race_of_variants(env: &Environment) {
    asim!(match FirstOf(too_late = env.timeout(1.0), too__late = env.timeout(2.0)).await {
        FirstOf::TooLate(()) => {}
    })
}

async fn join(env: &Environment) {
    let both = asim!(AllOf(x = env.timeout(1.0), x = env.timeout(2.0))).await;
    both.x
}

fn main() {}
