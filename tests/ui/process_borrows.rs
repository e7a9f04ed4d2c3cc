//! Parameters that borrow, in the ways that they do.

use asim::prelude::*;
use std::borrow::Cow;

struct Plan {
    steps: usize,
}

#[process]
async fn ship(env: Environment, name: &str, plan: &Plan, holds: Option<&[u8]>, flag: Cow<'_, str>) {
    env.timeout(1.0).await;
    println!("{name} {} {holds:?} {flag}", plan.steps);
}

// These borrow nothing that could end.
#[process]
async fn tug(env: Environment, name: &'static str, choose: fn(&str) -> bool, log: Box<dyn Fn(&str)>) {
    env.timeout(1.0).await;
    if choose(name) {
        log(name);
    }
}

fn main() {
    let sim = Simulation::new();
    sim.process(Ship::new("Ada", &Plan { steps: 3 }, None, Cow::Borrowed("red")));
    sim.process(Tug::new("Bob", str::is_empty, Box::new(|_| {})));
}
