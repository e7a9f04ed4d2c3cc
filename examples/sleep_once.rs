//! The smallest model: a process that waits.

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn sleeper(env: Environment, trace: Trace) {
    trace.log("sleeper", "start");
    env.timeout(5.0).await;
    trace.log("sleeper", "end");
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    sim.process(Sleeper::new(trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
