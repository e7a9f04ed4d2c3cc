//! SimPy's car wash: cars that share two machines.
//!
//! The random numbers are the ones that Python draws from SimPy's seed, so the output is the same as
//! SimPy's. `--seed N` makes another run, `--draws FILE` replays a recorded run, and `--record FILE`
//! records one.

use std::error::Error;

use asim::prelude::*;
use asim_examples::Draws;
use asim_examples::simpy::others_first;

const RANDOM_SEED: u64 = 42;
const MACHINES: usize = 2;
const WASH_TIME: f64 = 5.0;
const SIM_TIME: f64 = 20.0;

/// Sends four cars at once, then one every few minutes, for ever.
#[process]
async fn setup(env: Environment, machines: Resource, draws: Draws) -> ! {
    for id in 0..4 {
        env.process(Car::new(id, machines.clone(), draws.clone()));
    }
    let mut id = 4;
    loop {
        env.timeout(draws.randint(5, 9).into()).await;
        env.process(Car::new(id, machines.clone(), draws.clone()));
        id += 1;
    }
}

/// Arrives, waits for a machine, is washed, leaves.
#[process]
async fn car(env: Environment, id: u32, machines: Resource, draws: Draws) {
    println!("Car {id} arrives at the carwash at {:.2}.", env.now());
    let machine = machines.acquire().await;
    others_first(&env).await;

    println!("Car {id} enters the carwash at {:.2}.", env.now());
    let wash = env.process(Wash::new(id, draws));
    wash.await.expect("nobody stops a wash");
    others_first(&env).await;

    println!("Car {id} leaves the carwash at {:.2}.", env.now());
    machine.release();
}

/// One wash, a process of its own that the car waits for.
#[process]
async fn wash(env: Environment, car: u32, draws: Draws) {
    env.timeout(WASH_TIME).await;
    let dirt = draws.randint(50, 99);
    println!("Carwash removed {dirt}% of Car {car}'s dirt.");
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Carwash");
    println!("Check out http://youtu.be/fXXmeP9TvBg while simulating ... ;-)");
    let draws = Draws::from_args(RANDOM_SEED)?;
    let sim = Simulation::new();
    let machines = Resource::new(&sim, MACHINES).named("machines");
    sim.process(Setup::new(machines, draws.clone()));
    sim.run_before(SIM_TIME)?;
    draws.finish()?;
    Ok(())
}
