//! As many branches as there may be, in each other many times.

use asim::prelude::*;
use std::future::{Ready, ready};

macro_rules! wide {
    ($kind:ident $(::<$own:ty>)?, $each:expr, $last:expr) => {
        asim!($kind $(::<$own>)? (
            a1 = $each, a2 = $each, a3 = $each, a4 = $each, a5 = $each, a6 = $each, a7 = $each,
            a8 = $each, b1 = $each, b2 = $each, b3 = $each, b4 = $each, b5 = $each, b6 = $each,
            b7 = $each, b8 = $each, c1 = $each, c2 = $each, c3 = $each, c4 = $each, c5 = $each,
            c6 = $each, c7 = $each, c8 = $each, d1 = $each, d2 = $each, d3 = $each, d4 = $each,
            d5 = $each, d6 = $each, d7 = $each, last = $last,
        ))
    };
}

macro_rules! own {
    ($name:ident: $($variant:ident)*) => {
        enum $name<T, L> {
            $($variant(T),)*
            Last(L),
        }
    };
}
own!(Wide: A1 A2 A3 A4 A5 A6 A7 A8 B1 B2 B3 B4 B5 B6 B7 B8 C1 C2 C3 C4 C5 C6 C7 C8 D1 D2 D3 D4 D5 D6 D7);

fn now() -> Ready<u8> {
    ready(1)
}

#[process]
async fn joins(env: Environment) {
    let deep = wide!(AllOf, now(), wide!(AllOf, now(), wide!(AllOf, now(), wide!(AllOf, now(),
        wide!(AllOf, env.timeout(2.0), wide!(AllOf, now(), wide!(AllOf, now(), now())))))));
    assert_eq!(deep.await.last.last.last.last.last.last.last, 1);
    let square = wide!(AllOf, wide!(AllOf, now(), env.timeout(1.0)), now());
    assert_eq!(square.await.d7.d7, 1);
    assert_eq!(env.now(), 3.0);
}

#[process]
async fn races(env: Environment) {
    let late = || env.timeout(5.0);
    let deep = wide!(FirstOf::<Wide<(), _>>, late(), wide!(FirstOf::<Wide<(), _>>, late(),
        wide!(FirstOf::<Wide<(), _>>, late(), wide!(FirstOf::<Wide<(), _>>, late(), env.timeout(1.0)))));
    let Wide::Last(Wide::Last(Wide::Last(Wide::Last(())))) = deep.await else {
        unreachable!("the last is the first");
    };
    assert_eq!(env.now(), 1.0);
}

fn main() {
    let sim = Simulation::new();
    sim.process(Joins::new());
    sim.process(Races::new());
    sim.run().expect("nothing fails");
}
