//! Preemption: a more urgent process takes the slot away, and an interrupt tells the holder.

use asim::prelude::*;
use asim_examples::Trace;

/// Works while it has the slot, and asks again for the rest of its time.
///
/// Both the `acquire` and the work are inside the `interruptible`: the slot can be taken away in the
/// very instant in which it was granted.
#[process]
async fn low(env: Environment, machine: PreemptiveResource, trace: Trace) {
    let mut remaining = 8.0;
    while remaining > 0.0 {
        trace.log("low", format!("acquire (remaining={remaining})"));
        let attempt = async {
            let slot = machine.acquire_with_priority(2).await;
            trace.log("low", "working");
            env.timeout(remaining).await;
            slot.release();
        };
        match env.interruptible(attempt).await {
            Ok(()) => {
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

/// Comes later and is served at once: a smaller number is more urgent.
#[process]
async fn high(env: Environment, machine: PreemptiveResource, trace: Trace) {
    env.timeout(3.0).await;
    trace.log("high", "acquire (preempt=True)");
    let slot = machine.acquire_with_priority(0).await;
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
