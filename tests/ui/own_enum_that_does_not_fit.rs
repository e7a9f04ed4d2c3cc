//! An enum of one's own that lacks a variant, or has one for another type.

use asim::prelude::*;

enum Visit {
    Rung(u8),
    Late,
}

async fn missing_variant(env: &Environment, bell: Event<u8>) -> Visit {
    asim!(FirstOf::<Visit>(rung = bell, too_late = env.timeout(1.0))).await
}

async fn unit_variant(env: &Environment, bell: Event<u8>) -> Visit {
    asim!(FirstOf::<Visit>(rung = bell, late = env.timeout(1.0))).await
}

async fn another_type(bell: Event<u16>) -> Visit {
    asim!(FirstOf::<Visit>(rung = bell)).await
}

fn main() {}
