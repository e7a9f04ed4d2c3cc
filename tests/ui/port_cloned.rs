//! A port cloned, to be held by two processes.

use asim::prelude::*;

#[process]
async fn source(env: Environment, output: OutPort<f64>) {
    let _ = output.send(env.now()).await;
}

fn main() {
    let sim = Simulation::new();
    let (output, _input) = channel(&sim, 0);
    sim.process(Source::new(output.clone()));
    sim.process(Source::new(output));
}
