//! A container holds an amount, not things: a pump fills it, a motor drains it.

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn pump(env: Environment, tank: Container, trace: Trace) -> ! {
    loop {
        env.timeout(2.0).await;
        tank.put(4.0).await;
        trace.log("pump", format!("added 4, level={}", tank.level()));
    }
}

#[process]
async fn motor(env: Environment, tank: Container, trace: Trace) {
    for _ in 0..4 {
        env.timeout(3.0).await;
        trace.log("motor", format!("request 3, level={}", tank.level()));
        tank.get(3.0).await;
        trace.log("motor", format!("consumed 3, level={}", tank.level()));
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let tank = Container::new(&sim, 10.0).with_level(5.0);
    sim.process(Pump::new(tank.clone(), trace.clone()));
    sim.process(Motor::new(tank, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
