//! The model's own tallies, levels and counters.

use asim::prelude::*;

#[test]
fn two_handles_of_one_name_are_of_one_measure() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.tally("visit").add(2.0);
    env.tally("visit").add(4.0);
    sim.counter("lost").add(1);
    env.counter("lost").add(2);
    let inside = sim.level("inside");
    env.level("inside").set(3.0);
    assert_eq!(
        (sim.tally("visit").mean(), sim.counter("lost").count(), inside.value()),
        (3.0, 3, 3.0)
    );
    assert_eq!(Simulation::new().tally("visit").count(), 0);
}

#[test]
#[should_panic(expected = "`visit` is a tally already, and cannot be a level too")]
fn a_name_of_another_kind_is_refused() {
    let sim = Simulation::new();
    sim.tally("visit").add(1.0);
    sim.level("visit");
}

#[test]
#[should_panic(expected = "a level is a finite number, not inf")]
fn a_level_is_finite() {
    Simulation::new().level("inside").set(f64::INFINITY);
}

#[test]
fn a_level_is_read_as_at_the_time_of_reading() -> Result<(), SimError> {
    let sim = Simulation::starting_at(10.0);
    let inside = sim.level("inside");
    assert!(inside.mean().is_nan());
    inside.set(4.0);
    sim.run_until(12.0)?;
    assert_eq!((inside.mean(), inside.values().time()), (4.0, 2.0));
    sim.run_until(18.0)?;
    inside.add(-3.0);
    sim.run_until(20.0)?;
    assert_eq!((inside.mean(), inside.most(), inside.value()), (3.4, 4.0, 1.0));
    Ok(())
}

#[process]
async fn guest(env: Environment, stays: f64) {
    let _here = env.level("inside").enter();
    env.timeout(stays).await;
}

#[test]
fn who_is_cancelled_is_inside_no_more() -> Result<(), SimError> {
    let sim = Simulation::new();
    let guests: Vec<_> = (0..3).map(|_| sim.process(Guest::new(10.0))).collect();
    sim.run_until(4.0)?;
    assert_eq!(sim.level("inside").value(), 3.0);
    guests[0].cancel();
    assert_eq!(sim.level("inside").value(), 2.0);
    sim.run()?;
    assert_eq!((sim.level("inside").value(), sim.level("inside").mean()), (0.0, 2.4));
    Ok(())
}

#[test]
fn handles_outlive_the_simulation() {
    let sim = Simulation::new();
    let (tally, level, counter) = (sim.tally("a"), sim.level("b"), sim.counter("c"));
    let here = level.enter();
    drop(sim);
    drop(here);
    tally.add(1.0);
    counter.add(1);
    assert_eq!((tally.count(), level.value(), counter.count()), (1, 0.0, 1));
}
