//! Models whose pages are looked at.

use std::path::Path;

use asim::prelude::*;
use asim::{Report, Trace};

/// Names that would do harm if they were HTML or script, and names that are not written from the left to the right.
pub(crate) const HOSTILE: [&str; 8] = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "\"quotes\" 'and' `ticks` \\ & &amp;",
    "😀 clerks 👩‍💻",
    "עברית",
    "<!--",
    "]]>",
    "a: level 3 of 4; line 1",
];

#[process]
async fn customer(
    env: Environment,
    number: u32,
    desk: Resource,
    boss: PreemptiveResource,
    tank: Container,
) {
    let name = HOSTILE[number as usize % HOSTILE.len()];
    let visits = env.tally(&format!("visits {name}"));
    env.timeout(f64::from(number)).await;
    let begin = env.now();
    let desk = desk.acquire().await;
    env.log(name);
    env.timeout(env.stream("service").exponential(40.0)).await;
    tank.put(0.2).await;
    if number.is_multiple_of(5) {
        let _boss = boss.acquire_with_priority(-number.cast_signed()).await;
        // The next one is served first.
        let _ = env.interruptible(env.timeout(30.0)).await;
    }
    drop(desk);
    visits.add(env.now() - begin);
}

/// A bank in which the things, the measures and the processes have hostile names. Its last customers wait for ever.
pub(crate) fn hostile_bank() -> (Report, Trace) {
    let sim = Simulation::seeded(7);
    let trace = sim.trace();
    let desks: Vec<Resource> =
        HOSTILE.iter().map(|name| Resource::new(&sim, 1).named(*name)).collect();
    let tank = Container::new(&sim, 7.0).named("<b>tank</b>");
    let boss = PreemptiveResource::new(&sim, 1).named("boss & <i>");
    sim.counter("lost <s>").add(1);
    sim.level("inside <s>").set(2.5);
    for number in 0..40 {
        let desk = desks[number as usize % desks.len()].clone();
        let customer = Customer::new(number, desk, boss.clone(), tank.clone());
        sim.process(
            customer.named(format!("{} {number}", HOSTILE[number as usize % HOSTILE.len()])),
        );
    }
    // The tank is full.
    sim.run_to_end().unwrap_err();
    (sim.report().time_unit("<u>min</u>"), trace)
}

/// Writes both pages of the hostile bank.
pub(crate) fn write_hostile(report: &Path, replay: &Path) -> Report {
    let (of, trace) = hostile_bank();
    of.html(report).unwrap();
    trace.replay(replay).unwrap();
    of
}

#[process]
async fn patient(env: Environment, nurses: Resource, doctors: PreemptiveResource, urgent: bool) {
    {
        let _nurse = nurses.acquire().await;
        env.timeout(env.stream("triage").exponential(0.9)).await;
    }
    let mut left = env.stream("treatment").exponential(1.7);
    while left > 0.0 {
        let _doctor = doctors.acquire_with_priority(i32::from(!urgent)).await;
        let begin = env.now();
        // Who is sent out comes back for the rest.
        match env.interruptible(env.timeout(left)).await {
            Ok(()) => break,
            Err(_) => left -= env.now() - begin,
        }
    }
}

/// A clinic with so many patients. Some are urgent.
pub(crate) fn clinic(patients: u32) -> Trace {
    let sim = Simulation::seeded(3);
    let trace = sim.trace();
    let nurses = Resource::new(&sim, 2).named("nurses");
    let doctors = PreemptiveResource::new(&sim, 4).named("doctors");
    let env = sim.env();
    sim.spawn(async move {
        for number in 0..patients {
            env.timeout(env.stream("arrivals").exponential(0.47)).await;
            let urgent = number.is_multiple_of(7);
            env.process(Patient::new(nurses.clone(), doctors.clone(), urgent));
        }
    });
    sim.run().unwrap();
    trace
}

#[process]
async fn clerk(env: Environment, desk: Resource, number: u32) -> Result<(), String> {
    let _desk = desk.acquire().await;
    env.timeout(5.0).await;
    if number == 2 {
        return Err("the desk of <script>alert(3)</script> breaks".to_owned());
    }
    Ok(())
}

/// A desk that breaks at time 10.
pub(crate) fn broken_desk() -> Trace {
    let sim = Simulation::new();
    let trace = sim.trace();
    let desk = Resource::new(&sim, 1).named("desk");
    for number in 1..=4 {
        sim.process(Clerk::new(desk.clone(), number));
    }
    sim.run().unwrap_err();
    trace
}

#[process]
async fn ship(
    env: Environment,
    number: u32,
    lock: Gate,
    berths: Resource,
    crane: PreemptiveResource,
) {
    env.timeout(f64::from(number)).await;
    lock.wait().await;
    let _berth = berths.acquire().await;
    env.pausable_timeout(3.0).await;
    crane.work(0, 4.0).await;
}

#[process]
async fn keeper(env: Environment, lock: Gate) {
    env.timeout(2.5).await;
    lock.close();
    env.timeout(60.0).await;
    lock.open();
}

/// A harbour with one berth, behind a lock that is closed for an hour. The first ship begins at once.
pub(crate) fn harbour() -> Trace {
    let sim = Simulation::new();
    let trace = sim.trace();
    let lock = Gate::new_open(&sim).named("lock");
    let berths = Resource::new(&sim, 1).named("berths");
    let crane = PreemptiveResource::new(&sim, 1).named("crane");
    for number in 0..5 {
        sim.process(Ship::new(number, lock.clone(), berths.clone(), crane.clone()));
    }
    sim.process(Keeper::new(lock));
    sim.run().unwrap();
    trace
}
