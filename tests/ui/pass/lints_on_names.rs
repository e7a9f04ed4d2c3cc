//! What a function allows or expects holds for its struct as well, and what it says of its own
//! names is not said again of what is generated from them.

#![deny(warnings)]

use asim::prelude::*;

#[process]
#[allow(non_snake_case)]
async fn customer(env: Environment, N: u32) {
    env.timeout(f64::from(N)).await;
}

#[process]
#[expect(non_snake_case, reason = "as in the paper")]
async fn clerk(env: Environment, N: u32) {
    env.timeout(f64::from(N)).await;
}

#[expect(non_snake_case)]
#[process]
async fn cook(env: Environment, N: u32) {
    env.timeout(f64::from(N)).await;
}

#[process]
#[cfg_attr(all(), inline, expect(non_snake_case), doc = "Serves.")]
async fn waiter(env: Environment, N: u32) {
    env.timeout(f64::from(N)).await;
}

#[process]
async fn guest(env: Environment, #[allow(non_snake_case)] N: u32) {
    env.timeout(f64::from(N)).await;
}

#[process]
#[allow(non_upper_case_globals, non_camel_case_types)]
async fn porter<item: Copy, const count: usize>(env: Environment, items: [item; count]) {
    let _ = items;
    env.timeout(1.0).await;
}

#[process(name = shop_keeper)]
#[allow(non_camel_case_types)]
async fn keep(env: Environment) {
    env.timeout(1.0).await;
}

#[deprecated]
#[derive(Clone)]
struct Old(u8);

#[process]
#[allow(deprecated)]
async fn curator(env: Environment, old: Old, more: Vec<Old>) -> Result<Old, String> {
    env.timeout(f64::from(more[0].0)).await;
    Ok(old)
}

#[process]
#[deprecated]
async fn smith(env: Environment, horses: u8) -> Result<u8, String> {
    env.timeout(1.0).await;
    Ok(horses)
}

#[allow(deprecated)]
fn main() {
    let sim = Simulation::new();
    sim.process(Customer::new(1));
    sim.process(Clerk::new(1));
    sim.process(Cook::new(1));
    sim.process(Waiter::new(1));
    sim.process(Guest::new(1));
    sim.process(Porter::new([1, 2]));
    sim.process(shop_keeper::new());
    sim.process(Curator::new(Old(1), vec![Old(2)]));
    sim.process(Smith::new(1));
    let _ = sim.run();
}
