//! SimPy's gas station: cars share two pumps and one fuel tank, which a truck refills.
//!
//! The random numbers are the ones that Python draws from SimPy's seed, so the output is the same as
//! SimPy's. `--seed N` makes another run, `--draws FILE` replays a recorded run, and `--record FILE`
//! records one.

use std::error::Error;

use asim::prelude::*;
use asim_examples::Draws;
use asim_examples::simpy::others_first;

const RANDOM_SEED: u64 = 42;
const PUMPS: usize = 2;
const STATION_TANK_SIZE: f64 = 200.0; // litres
const THRESHOLD: f64 = 25.0; // per cent of the tank: below it the truck is called
const CAR_TANK_SIZE: i32 = 50; // litres
const CAR_TANK_LEVEL: (i32, i32) = (5, 25); // litres
const REFUELING_SPEED: f64 = 2.0; // litres a second
const TANK_TRUCK_TIME: f64 = 300.0; // seconds until the truck arrives
const BETWEEN_CARS: (i32, i32) = (30, 300); // seconds
const SIM_TIME: f64 = 1000.0; // seconds

/// The things that the cars share.
#[derive(Clone)]
struct Station {
    pumps: Resource,
    tank: Container,
    /// The lock lets only the first in line ask the tank for fuel. SimPy's container serves strictly in
    /// order, but asim's lets a small request overtake a large one.
    hose: Resource,
}

/// Asks for a pump, then for fuel. It may have to wait for the truck.
#[process]
async fn car(env: Environment, id: u32, station: Station, draws: Draws) {
    let level = draws.randint(CAR_TANK_LEVEL.0, CAR_TANK_LEVEL.1);
    println!("{:6.1} s: Car {id} arrived at gas station", env.now());
    let pump = station.pumps.acquire().await;
    others_first(&env).await;

    let fuel_required = f64::from(CAR_TANK_SIZE - level);
    let hose = station.hose.acquire().await;
    station.tank.get(fuel_required).await;
    hose.release();
    others_first(&env).await;

    env.timeout(fuel_required / REFUELING_SPEED).await;
    println!("{:6.1} s: Car {id} refueled with {fuel_required:.1}L", env.now());
    pump.release();
}

/// Looks at the tank every ten seconds, and calls the truck when it is low.
#[process]
async fn control(env: Environment, tank: Container) -> ! {
    loop {
        if tank.level() / tank.capacity() * 100.0 < THRESHOLD {
            println!("{:6.1} s: Calling tank truck", env.now());
            let truck = env.process(TankTruck::new(tank.clone()));
            truck.await.expect("nobody stops the truck");
        }
        env.timeout(10.0).await;
    }
}

/// Arrives after a while and fills the tank up.
#[process]
async fn tank_truck(env: Environment, tank: Container) {
    env.timeout(TANK_TRUCK_TIME).await;
    let amount = tank.capacity() - tank.level();
    tank.put(amount).await;
    println!("{:6.1} s: Tank truck arrived and refuelled station with {amount:.1}L", env.now());
}

/// Sends cars, for ever.
#[process]
async fn car_generator(env: Environment, station: Station, draws: Draws) -> ! {
    let mut id = 0;
    loop {
        env.timeout(draws.randint(BETWEEN_CARS.0, BETWEEN_CARS.1).into()).await;
        env.process(Car::new(id, station.clone(), draws.clone()));
        id += 1;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Gas Station refuelling");
    let draws = Draws::from_args(RANDOM_SEED)?;
    let sim = Simulation::new();
    let tank = Container::new(&sim, STATION_TANK_SIZE).with_level(STATION_TANK_SIZE).named("tank");
    let pumps = Resource::new(&sim, PUMPS).named("pumps");
    let hose = Resource::new(&sim, 1).named("hose");
    sim.process(Control::new(tank.clone()));
    sim.process(CarGenerator::new(Station { pumps, tank, hose }, draws.clone()));
    sim.run_before(SIM_TIME)?;
    draws.finish()?;
    Ok(())
}
