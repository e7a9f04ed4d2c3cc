//! A request that is kept is awaited by `&mut`.
use asim::prelude::*;

#[process]
async fn patient(env: Environment, doctor: Resource) {
    let turn = doctor.acquire();
    asim!(match FirstOf(slot = &turn, late = env.timeout(3.0)).await {
        FirstOf::Slot(slot) => drop::<Slot>(slot),
        FirstOf::Late(()) => {}
    })
}

fn main() {}
