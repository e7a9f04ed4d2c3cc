//! Waiting for several things at once, until the last of them has happened.

use asim::prelude::*;
use asim_examples::Trace;

/// Any `async fn` can be a branch; it needs no process of its own.
async fn task(env: Environment, name: &'static str, takes: f64) -> &'static str {
    env.timeout(takes).await;
    name
}

#[process]
async fn coordinator(env: Environment, trace: Trace) {
    trace.log("coordinator", "launch tasks");
    let done = asim!(AllOf(
        alpha = task(env.clone(), "alpha", 3.0),
        beta = task(env.clone(), "beta", 1.0),
        gamma = task(env.clone(), "gamma", 5.0),
    ))
    .await;
    let keys = [done.alpha, done.beta, done.gamma].map(|name| format!("'{name}'"));
    trace.log("coordinator", format!("all done at keys=[{}]", keys.join(", ")));
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    sim.process(Coordinator::new(trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
