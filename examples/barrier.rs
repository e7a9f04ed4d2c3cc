//! A barrier: all processes that wait at it go on together.

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn waiter(env: Environment, id: u32, barrier: Barrier, trace: Trace) {
    let name = format!("waiter {id}");
    env.timeout(id.into()).await;
    trace.log(&name, "waiting");
    barrier.wait().await;
    trace.log(&name, "released");
}

#[process]
async fn releaser(env: Environment, barrier: Barrier, trace: Trace) {
    env.timeout(3.0).await;
    trace.log("releaser", "releasing");
    barrier.release();
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let barrier = Barrier::new(&sim);
    for id in 0..3 {
        sim.process(Waiter::new(id, barrier.clone(), trace.clone()));
    }
    sim.process(Releaser::new(barrier, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
