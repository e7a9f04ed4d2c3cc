//! A struct of one's own with a field too many, one too few, or one of another type.

use asim::prelude::*;

struct Docked {
    berth: u8,
    tide: (),
}

async fn missing_key(bell: Event<u8>) -> Docked {
    asim!(AllOf::<Docked>(berth = bell)).await
}

async fn missing_field(env: &Environment, bell: Event<u8>) -> Docked {
    asim!(AllOf::<Docked>(berth = bell, tide = env.timeout(1.0), tug = env.timeout(2.0))).await
}

async fn another_type(env: &Environment, bell: Event<u16>) -> Docked {
    asim!(AllOf::<Docked>(berth = bell, tide = env.timeout(1.0))).await
}

fn main() {}
