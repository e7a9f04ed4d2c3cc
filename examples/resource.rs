//! A resource: four workers share two slots.

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn worker(env: Environment, id: u32, desks: Resource, trace: Trace) {
    let name = format!("worker {id}");
    env.timeout(id.into()).await;
    trace.log(&name, "request");
    let desk = desks.acquire().await;
    trace.log(&name, "start");
    env.timeout(3.0).await;
    // Dropping `desk` at the end of its scope would do the same. This call shows when.
    desk.release();
    trace.log(&name, "done");
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let desks = Resource::new(&sim, 2);
    for id in 0..4 {
        sim.process(Worker::new(id, desks.clone(), trace.clone()));
    }
    sim.run()?;
    print!("{trace}");
    Ok(())
}
