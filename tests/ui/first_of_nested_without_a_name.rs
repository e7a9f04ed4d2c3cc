//! A race in a race, neither with an enum of its own.

use asim::prelude::*;

async fn wait(env: &Environment, bell: Event<u8>, door: Event<u8>) {
    asim!(match FirstOf(
        visitor = FirstOf(rung = bell, knocked = door),
        late = env.timeout(1.0),
    )
    .await
    {
        FirstOf::Visitor(_) => {}
        FirstOf::Late(()) => {}
    })
}

fn main() {}
