//! SimPy's machine shop: ten machines that break, and one repairman with less important jobs too.
//!
//! A machine that breaks interrupts its own work and takes the repairman away from those jobs.
//! The random numbers are the ones that Python draws from SimPy's seed, so the output is the same as
//! SimPy's. `--seed N` makes another run, `--draws FILE` replays a recorded run, and `--record FILE`
//! records one.

use std::cell::Cell;
use std::error::Error;
use std::rc::Rc;

use asim::prelude::*;
use asim_examples::Draws;

const RANDOM_SEED: u64 = 42;
// Times are in minutes.
const PROCESSING_MEAN: f64 = 10.0;
const PROCESSING_DEVIATION: f64 = 2.0;
const MEAN_TIME_TO_FAILURE: f64 = 300.0;
const REPAIR_TIME: f64 = 30.0;
const JOB_DURATION: f64 = 30.0;
const MACHINES: usize = 10;
const WEEKS: u32 = 4;

/// The repairman's work, the most urgent first.
const REPAIR: i32 = 1;
const OTHER_JOB: i32 = 2;

/// The state of a machine.
#[derive(Default)]
struct Machine {
    parts_made: Cell<u32>,
    broken: Cell<bool>,
}

/// Makes parts, for ever. The machine may break several times during one part.
#[process]
async fn working(
    env: Environment,
    machine: Rc<Machine>,
    repairman: PreemptiveResource,
    draws: Draws,
) -> ! {
    loop {
        let mut left = time_per_part(&draws);
        while left > 0.0 {
            let started = env.now();
            if env.interruptible(env.timeout(left)).await.is_ok() {
                break;
            }
            machine.broken.set(true);
            left -= env.now() - started;
            let repair = repairman.acquire_with_priority(REPAIR).await;
            env.timeout(REPAIR_TIME).await;
            repair.release();
            machine.broken.set(false);
        }
        machine.parts_made.update(|parts| parts + 1);
    }
}

/// Draws normally distributed times until one is positive.
fn time_per_part(draws: &Draws) -> f64 {
    loop {
        let time = draws.normalvariate(PROCESSING_MEAN, PROCESSING_DEVIATION);
        if time > 0.0 {
            return time;
        }
    }
}

/// Breaks the machine every now and then, unless it is broken already.
#[process]
async fn break_machine(
    env: Environment,
    machine: Rc<Machine>,
    working: ProcessRef,
    draws: Draws,
) -> ! {
    loop {
        env.timeout(draws.expovariate(1.0 / MEAN_TIME_TO_FAILURE)).await;
        if !machine.broken.get() {
            working.interrupt("broken");
        }
    }
}

/// The repairman's jobs while no machine is broken. He does one after the other, and finishes each,
/// however often he is called away.
#[process]
async fn other_jobs(env: Environment, repairman: PreemptiveResource) -> ! {
    loop {
        let mut left = JOB_DURATION;
        while left > 0.0 {
            let attempt = async {
                let _slot = repairman.acquire_with_priority(OTHER_JOB).await;
                env.timeout(left).await;
            };
            match env.interruptible(attempt).await {
                Ok(()) => left = 0.0,
                Err(interrupt) => {
                    let preempted = interrupt.cause::<Preempted>().expect("nobody else interrupts");
                    left -= env.now() - preempted.usage_since;
                }
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Machine shop");
    let draws = Draws::from_args(RANDOM_SEED)?;
    let sim = Simulation::new();
    let repairman = PreemptiveResource::new(&sim, 1).named("repairman");
    let machines: [Rc<Machine>; MACHINES] = Default::default();
    for (number, machine) in machines.iter().enumerate() {
        let working = Working::new(machine.clone(), repairman.clone(), draws.clone());
        let working = sim.process(working.named(format!("machine {number}"))).process_ref();
        sim.process(BreakMachine::new(machine.clone(), working, draws.clone()));
    }
    sim.process(OtherJobs::new(repairman));
    sim.run_before(f64::from(WEEKS * 7 * 24 * 60))?;

    println!("Machine shop results after {WEEKS} weeks");
    for (number, machine) in machines.iter().enumerate() {
        println!("Machine {number} made {} parts.", machine.parts_made.get());
    }
    draws.finish()?;
    Ok(())
}
