//! A producer and a consumer that share an unbounded queue (SimPy calls it a `Store`).

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn producer(env: Environment, queue: Queue<u32>, trace: Trace) {
    for item in 0..3 {
        env.timeout(5.0).await;
        trace.log("producer", format!("create item {item}"));
        queue.put(item).await;
    }
}

/// Serves for ever: `!` says that the process never ends. The run ends when nothing more can happen.
#[process]
async fn consumer(env: Environment, queue: Queue<u32>, trace: Trace) -> ! {
    loop {
        trace.log("consumer", "wait for item");
        let item = queue.get().await;
        trace.log("consumer", format!("start item {item}"));
        env.timeout(3.0).await;
        trace.log("consumer", format!("finish item {item}"));
    }
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let queue = Queue::unbounded(&sim);
    sim.process(Producer::new(queue.clone(), trace.clone()));
    sim.process(Consumer::new(queue, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
