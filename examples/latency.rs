//! SimPy's cable: only the cable knows how long a message takes. The two processes that talk over it do
//! not.
//!
//! The model draws no random numbers. It takes `--seed N`, `--draws FILE` and `--record FILE` only
//! because SimPy's other models do.

use std::error::Error;

use asim::prelude::*;
use asim_examples::Draws;

const RANDOM_SEED: u64 = 42;
const SIM_DURATION: f64 = 100.0;

/// Delivers each message some time after it was put in.
#[derive(Clone)]
struct Cable {
    env: Environment,
    delay: f64,
    delivered: Queue<String>,
}

impl Cable {
    fn new(env: &Environment, delay: f64) -> Self {
        let delivered = Queue::unbounded(env).named("delivered");
        Cable { env: env.clone(), delay, delivered }
    }

    /// Sends a message on its way. Any number of messages can be under way at a time.
    fn put(&self, message: String) {
        self.env.process(Latency::new(self.clone(), message));
    }
}

/// One message on its way.
#[process]
async fn latency(env: Environment, cable: Cable, message: String) {
    env.timeout(cable.delay).await;
    cable.delivered.put(message).await;
}

/// Sends a message every five time units.
#[process]
async fn sender(env: Environment, cable: Cable) -> ! {
    loop {
        env.timeout(5.0).await;
        cable.put(format!("Sender sent this at {}", env.now()));
    }
}

/// Reads the messages that come out of the cable.
#[process]
async fn receiver(env: Environment, cable: Cable) -> ! {
    loop {
        let message = cable.delivered.get().await;
        println!("Received this at {} while {message}", env.now());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Event Latency");
    let draws = Draws::from_args(RANDOM_SEED)?;
    let sim = Simulation::new();
    let cable = Cable::new(&sim, 10.0);
    sim.process(Sender::new(cable.clone()));
    sim.process(Receiver::new(cable));
    sim.run_before(SIM_DURATION)?;
    draws.finish()?;
    Ok(())
}
