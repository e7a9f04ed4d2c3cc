//! SimPy's pipes: messages from one process to another, and from one to many.
//!
//! A queue keeps messages until a process reads them, so a consumer may be late. A `BroadcastPipe` is for
//! many readers, and has a queue for each.
//!
//! The random numbers are the ones that Python draws from SimPy's seed, so the output is the same as
//! SimPy's. `--seed N` makes another run, `--draws FILE` replays a recorded run, and `--record FILE`
//! records one.

use std::error::Error;

use asim::prelude::*;
use asim_examples::Draws;
use asim_examples::simpy::others_first;

const RANDOM_SEED: u64 = 42;
const SIM_TIME: f64 = 100.0;

/// The text, and the time at which it was sent, so that a reader knows whether it is late.
#[derive(Clone)]
struct Message {
    sent: f64,
    text: String,
}

/// The place for messages: a queue for one reader, a `BroadcastPipe` for many.
trait OutPipe {
    fn send(&self, message: Message);
}

impl OutPipe for Queue<Message> {
    fn send(&self, message: Message) {
        self.try_put(message).unwrap();
    }
}

/// Gives each message to all connected readers.
struct BroadcastPipe {
    env: Environment,
    pipes: Vec<Queue<Message>>,
}

impl BroadcastPipe {
    fn new(env: &Environment) -> Self {
        BroadcastPipe { env: env.clone(), pipes: Vec::new() }
    }

    /// Connects a new reader. It has its own queue, so it can read at its own pace.
    fn output(&mut self) -> Queue<Message> {
        let pipe = Queue::unbounded(&self.env);
        self.pipes.push(pipe.clone());
        pipe
    }
}

impl OutPipe for BroadcastPipe {
    fn send(&self, message: Message) {
        for pipe in &self.pipes {
            pipe.try_put(message.clone()).unwrap();
        }
    }
}

/// Sends a message every now and then, for ever.
#[process]
async fn generator<P: OutPipe>(env: Environment, name: &'static str, pipe: P, draws: Draws) -> ! {
    loop {
        env.timeout(draws.randint(6, 10).into()).await;
        let now = env.now();
        pipe.send(Message { sent: now, text: format!("{name} says hello at {now}") });
    }
}

/// Reads messages, and is busy for a while after each.
#[process]
async fn consumer(env: Environment, name: &'static str, pipe: Queue<Message>, draws: Draws) -> ! {
    loop {
        let Message { sent, text } = next_message(&env, &pipe).await;
        let now = env.now();
        if sent < now {
            println!("LATE Getting Message: at time {now}: {name} received message: {text}");
        } else {
            println!("at time {now}: {name} received message: {text}.");
        }
        env.timeout(draws.randint(4, 8).into()).await;
    }
}

/// Returns the next message at the moment when SimPy's process would have it. That is one event later if
/// the message is there already. It is two events later if the process has to wait, as the put is an
/// event too.
async fn next_message(env: &Environment, pipe: &Queue<Message>) -> Message {
    let waits = pipe.is_empty();
    let message = pipe.get().await;
    if waits {
        others_first(env).await;
    }
    others_first(env).await;
    message
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Process communication");
    let draws = Draws::from_args(RANDOM_SEED)?;

    println!("\nOne-to-one pipe communication\n");
    let sim = Simulation::new();
    let pipe = Queue::unbounded(&sim);
    sim.process(Generator::new("Generator A", pipe.clone(), draws.clone()));
    sim.process(Consumer::new("Consumer A", pipe, draws.clone()));
    sim.run_before(SIM_TIME)?;

    println!("\nOne-to-many pipe communication\n");
    let sim = Simulation::new();
    let mut pipe = BroadcastPipe::new(&sim);
    let (first, second) = (pipe.output(), pipe.output());
    sim.process(Generator::new("Generator A", pipe, draws.clone()));
    sim.process(Consumer::new("Consumer A", first, draws.clone()));
    sim.process(Consumer::new("Consumer B", second, draws.clone()));
    sim.run_before(SIM_TIME)?;
    draws.finish()?;
    Ok(())
}
