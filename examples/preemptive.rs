//! Preemption: who is more urgent takes the slot away, and the holder learns it as an interrupt.

use asim::prelude::*;
use asim_examples::Trace;

/// Works whenever it may, and asks again for what is left.
#[process]
async fn low(env: Environment, machine: PreemptiveResource, trace: Trace) {
    let mut remaining = 8.0;
    while remaining > 0.0 {
        trace.log("low", format!("acquire (remaining={remaining})"));
        let slot = machine.acquire(2).await;
        trace.log("low", "working");
        match env.interruptible(env.timeout(remaining)).await {
            Ok(()) => {
                slot.release();
                remaining = 0.0;
                trace.log("low", "done");
            }
            Err(interrupt) => {
                let preempted = interrupt.cause::<Preempted>().expect("nobody else interrupts");
                let worked = env.now() - preempted.usage_since;
                remaining -= worked;
                let event = format!("preempted after {worked} ticks, {remaining} remaining");
                trace.log("low", event);
            }
        }
    }
}

/// Comes later and is served at once: the smaller number is the more urgent.
#[process]
async fn high(env: Environment, machine: PreemptiveResource, trace: Trace) {
    env.timeout(3.0).await;
    trace.log("high", "acquire (preempt=True)");
    let slot = machine.acquire(0).await;
    trace.log("high", "working");
    env.timeout(2.0).await;
    slot.release();
    trace.log("high", "done");
}

fn main() -> Result<(), SimError> {
    let sim = Simulation::new();
    let trace = Trace::new(&sim);
    let machine = PreemptiveResource::new(&sim, 1);
    sim.process(Low::new(machine.clone(), trace.clone()));
    sim.process(High::new(machine, trace.clone()));
    sim.run()?;
    print!("{trace}");
    Ok(())
}
