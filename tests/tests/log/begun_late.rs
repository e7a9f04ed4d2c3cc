//! A log that begins in the middle of a run, and one that ends there.

use asim::Kind;
use asim::prelude::*;

#[process]
async fn clock(env: Environment, ticks: u32) {
    for _ in 0..ticks {
        env.timeout(1.0).await;
    }
}

#[test]
fn who_is_there_already_is_introduced() {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 2).named("clerks");
    let slot = clerks.try_acquire();
    sim.process(Clock::new(3).named(String::from("old clock")));
    sim.process_in(1.75, Clock::new(1));
    sim.run_until(1.5).unwrap();
    let trace = sim.trace();
    sim.run().unwrap();
    let seen: Vec<_> = trace
        .iter()
        .map(|it| {
            let number = it.process.as_ref().map_or(0, |who| who.number);
            (it.time, number, it.kind, it.level)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (1.5, 1, Kind::Introduced, None),
            (1.5, 2, Kind::Introduced, None),
            (1.5, 0, Kind::Capacity, Some(2.0)),
            (1.5, 0, Kind::Level, Some(1.0)),
            (1.5, 0, Kind::Granted, None),
            (1.5, 1, Kind::Paused, None),
            (1.75, 2, Kind::Resumed, None),
            (1.75, 2, Kind::Paused, None),
            (2.0, 1, Kind::Resumed, None),
            (2.0, 1, Kind::Paused, None),
            (2.75, 2, Kind::Resumed, None),
            (2.75, 2, Kind::Ended, None),
            (3.0, 1, Kind::Resumed, None),
            (3.0, 1, Kind::Ended, None),
        ]
    );
    assert_eq!(trace.of_process("old clock").count(), 6);
    drop(slot);
}

#[process]
async fn customer(env: Environment, clerks: Resource, tank: Container, litres: f64) {
    let _clerk = clerks.acquire().await;
    env.timeout(10.0).await;
    tank.get(litres).await;
}

#[test]
fn who_holds_what_and_who_stands_in_line_is_introduced() {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 2).named("clerks");
    let tank = Container::new(&sim, 50.0).named("tank");
    let trucks = Pool::new(&sim, ["a", "b"]).named("trucks");
    for number in 0..4 {
        sim.process_in(f64::from(number), Customer::new(clerks.clone(), tank.clone(), 30.0));
    }
    let (env, pool) = (sim.env(), trucks.clone());
    sim.spawn(async move {
        let _truck = pool.acquire().await;
        env.timeout(100.0).await;
    });
    let (env, full) = (sim.env(), tank.clone());
    sim.spawn(async move {
        full.put(20.0).await;
        full.put(40.0).await;
        env.timeout(1.0).await;
    });
    sim.run_until(10.5).unwrap();
    let trace = sim.trace();
    let introduced: Vec<String> = trace
        .iter()
        .filter(|it| it.thing.is_some() && it.process.is_some())
        .map(|it| {
            let side = if it.side == Some(asim::Side::Put) { " to put" } else { "" };
            let (thing, number) = (it.thing.unwrap(), it.process.unwrap().number);
            format!("{number} {} at {thing}{side}", it.kind)
        })
        .collect();
    assert_eq!(
        introduced,
        [
            "1 granted at clerks",
            "2 granted at clerks",
            "3 waits at clerks",
            "4 waits at clerks",
            "6 waits at tank to put",
            "1 waits at tank",
            "5 granted at trucks",
        ]
    );
    // What comes later fits to it.
    tank.try_get(20.0).unwrap();
    sim.run_until(20.0).unwrap();
    let granted = trace.of_kind(Kind::Granted).filter(|it| it.process.is_some());
    assert_eq!(
        granted.map(|it| it.process.unwrap().number).collect::<Vec<_>>(),
        [1, 2, 5, 6, 1, 3]
    );
}

#[test]
fn a_process_may_begin_the_log() {
    let sim = Simulation::new();
    let env = sim.env();
    let job = sim.spawn(async move {
        env.timeout(1.0).await;
        let trace = env.trace();
        env.log("from now on");
        env.timeout(1.0).await;
        let kinds: Vec<Kind> = trace.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [Kind::Introduced, Kind::Logged, Kind::Paused, Kind::Resumed]);
    });
    sim.run().unwrap();
    assert!(job.done());
}

#[test]
fn a_second_log_is_introduced_to_who_is_there() {
    let sim = Simulation::new();
    let first = sim.trace();
    sim.process(Clock::new(2));
    let second = sim.trace();
    sim.run().unwrap();
    let kinds = |trace: &asim::Trace| trace.iter().map(|it| it.kind).collect::<Vec<_>>();
    let (first, second) = (kinds(&first), kinds(&second));
    assert_eq!(first[0], Kind::Started);
    assert_eq!(second[0], Kind::Introduced);
    assert_eq!(first[1..], second[1..]);
}

#[test]
fn nothing_is_kept_when_nobody_can_see_it() {
    let sim = Simulation::new();
    drop(sim.trace());
    drop(sim.fingerprint());
    sim.process(Clock::new(10));
    sim.run_until(5.0).unwrap();
    // The log is off again; a new one begins with introductions.
    let trace = sim.trace();
    sim.process(Clock::new(1));
    sim.run().unwrap();
    assert_eq!(trace.iter().next().unwrap().kind, Kind::Introduced);
    assert_eq!(trace.of_kind(Kind::Ended).count(), 2);
}

#[test]
fn after_the_end_nothing_is_logged() {
    let sim = Simulation::new();
    let env = sim.env();
    let before = sim.trace();
    drop(sim);
    let after = env.trace();
    env.log("nobody hears");
    env.process(Clock::new(1));
    assert!(before.is_empty() && after.is_empty());
    assert_eq!(env.fingerprint().value(), 0);
}
