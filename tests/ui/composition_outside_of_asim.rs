//! A race and joins without the macro round them.

use asim::prelude::*;

#[process]
async fn customer(env: Environment, counter: Resource) {
    match FirstOf(served = counter.acquire(), reneged = env.timeout(1.0)).await {
        FirstOf::Served(slot) => slot.release(),
        FirstOf::Reneged(()) => {}
    }
}

#[process]
async fn ship(env: Environment, berths: Resource) -> Result<f64, String> {
    let docked = AllOf(berth = berths.acquire(), tide = env.timeout(1.0)).await;
    docked.berth.release();
    Ok(env.now())
}

#[process]
async fn clerk(env: Environment, queue: Queue<u8>) {
    let first = FirstOf(item = queue.get(), late = env.timeout(1.0)).await;
    match first {
        FirstOf::Item(item) => println!("{item}"),
        FirstOf::Late(()) => {}
    }
}

enum Visit {
    Served(Slot),
    Reneged(()),
}

#[process]
async fn guest(env: Environment, counter: Resource) {
    if let Visit::Served(slot) =
        FirstOf::<Visit>(served = counter.acquire(), reneged = env.timeout(1.0)).await
    {
        slot.release();
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    sim.process(Customer::new(Resource::new(&sim, 1)));
    let ship = sim.process(Ship::new(Resource::new(&sim, 1)));
    let _ = sim.run_until_event(ship)?;
    sim.run()
}
