//! What the macros generate gives the strictest lints nothing to say about the user's code.

#![deny(
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    unnameable_types,
    unreachable_pub,
    unused,
    warnings
)]

use asim::prelude::*;

pub mod shop {
    //! A process for others.

    use asim::prelude::*;

    /// A customer who waits for the bell.
    #[process]
    pub async fn customer(env: &Environment, bell: Event<u8>, mut patience: f64) {
        patience += 1.0;
        asim!(match FirstOf(rung = bell, late = env.timeout(patience)).await {
            FirstOf::Rung(_) | FirstOf::Late(()) => {}
        });
    }
}

#[process]
async fn clerk(env: Environment, bell: Event<u8>) -> ! {
    loop {
        asim!(AllOf(rest = env.timeout(1.0), bell = &bell)).await;
        asim! {
            while let FirstOf::Late(()) = FirstOf(rung = &bell, late = env.timeout(2.0)).await {}
            let FirstOf::Rung(mut times) = FirstOf(rung = &bell, late = env.timeout(2.0)).await else {
                continue;
            };
        }
        times += 1;
        let _ = times;
    }
}

#[rustfmt::skip]
#[process]
async fn in_one_line(env: Environment) { env.timeout(1.0).await }

fn main() {
    let _ = InOneLine::new();
    let sim = Simulation::new();
    let bell = sim.event();
    sim.process(shop::Customer::new(bell.clone(), 3.0));
    sim.process(Clerk::new(bell));
}
