//! A queue with room for one item: the producer has to wait until its put is accepted.

use asim::prelude::*;
use asim_examples::Trace;

#[process]
async fn producer(env: Environment, queue: Queue<u32>, trace: Trace) {
    for item in 0..3 {
        env.timeout(1.0).await;
        trace.log("producer", format!("create item {item}"));
        queue.put(item).await;
        trace.log("producer", format!("...created item {item}"));
    }
}

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
    let queue = Queue::bounded(&sim, 1);
    sim.process(Producer::new(queue.clone(), trace.clone()));
    sim.process(Consumer::new(queue, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
