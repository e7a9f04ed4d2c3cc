//! An interrupt: caught where the model says so, and its cause is read.

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn worker(env: Environment, trace: Trace) {
    trace.log("worker", "start job");
    let started = env.now();
    match env.interruptible(env.timeout(10.0)).await {
        Ok(()) => trace.log("worker", "finished"),
        Err(interrupt) => {
            let cause = interrupt.cause::<&str>().expect("the manager gives a text");
            let worked = env.now() - started;
            trace.log("worker", format!("interrupted: {cause} (worked {worked} ticks)"));
        }
    }
}

#[process]
async fn manager(env: Environment, worker: ProcessRef, trace: Trace) {
    env.timeout(4.0).await;
    trace.log("manager", "sending interrupt");
    worker.interrupt("stop and report");
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let worker = sim.process(Worker::new(trace.clone()));
    sim.process(Manager::new(worker.process_ref(), trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
