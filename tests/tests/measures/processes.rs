//! What is measured of processes, by their types.

use asim::prelude::*;
use expect_test::expect;

#[process]
async fn customer(env: Environment, clerk: Resource, service: f64) {
    let slot = clerk.acquire().await;
    env.timeout(service).await;
    slot.release();
}

#[process]
async fn broken(env: Environment) -> Result<(), &'static str> {
    env.timeout(1.0).await;
    Err("broken")
}

/// Three customers who come at time 0 and take 4 each; one who is cancelled at 5; one that fails at 1.
fn bank() -> Simulation {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1).named("clerk");
    sim.process(Customer::new(clerk.clone(), 4.0)); // lives already
    sim.measure_processes();
    sim.measure_processes(); // once more does nothing
    for _ in 0..2 {
        sim.process(Customer::new(clerk.clone(), 4.0));
    }
    let cancelled = sim.process(Customer::new(clerk.clone(), 4.0));
    sim.schedule_at(5.0, move |_| cancelled.cancel());
    let broken = sim.process(Broken::new());
    // Nobody joins the one that fails, so the run says so at its end.
    assert!(sim.run_until(10.0).is_err() && broken.done());
    sim
}

#[test]
fn starts_ends_lifetimes_and_waits() {
    let report = bank().report();
    let m = report.processes("Customer").expect("there were customers");
    assert_eq!((m.started, m.ended, m.failed, m.cancelled), (3, 2, 0, 1));
    assert_eq!((m.living.value(), m.living.most()), (1.0, 4.0));
    // Gone are the first at 4, the cancelled one at 5, the second at 8.
    assert_eq!((m.lifetime.count(), m.lifetime.sum()), (3, 17.0));
    // Over are the waits of the second (4), of the cancelled one (5) and of the third (8).
    assert_eq!((m.waits["clerk"].count(), m.waits["clerk"].sum()), (3, 17.0));
    let broken = report.processes("Broken").expect("it was there");
    assert_eq!((broken.started, broken.failed, broken.lifetime.mean()), (1, 1, 1.0));
}

#[test]
fn the_text() {
    let report = bank().report().only(|name| name == "Customer");
    expect![[r#"
        time 0 to 10

        Customer: 3 started, 2 ended, 1 cancelled; 1 living
                                  mean      sd   least  median    95 %    most     count
        living                     2.7    1.19       1       2       4       4
        lifetime                  5.67    2.08       4       5       8       8         3
        waits: clerk              5.67    2.08       4       5       8       8         3
        waits: timeout               4       0       4       4       4       4         2
    "#]]
    .assert_eq(&report.to_string());
}

#[test]
fn after_a_reset_what_ends_counts_whole() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1).named("clerk");
    sim.measure_processes();
    for _ in 0..2 {
        sim.process(Customer::new(clerk.clone(), 4.0));
    }
    sim.warm_up(3.0);
    sim.run()?;
    let report = sim.report();
    let m = report.processes("Customer").unwrap();
    assert_eq!((m.started, m.ended, m.lifetime.sum(), m.waits["clerk"].sum()), (0, 2, 12.0, 4.0));
    assert_eq!((m.living.start(), m.living.integral()), (3.0, 1.0 * 2.0 + 4.0));
    Ok(())
}

#[test]
fn names_that_differ_in_a_number_are_one_type() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1);
    sim.measure_processes();
    for number in 1..=20 {
        sim.process(Customer::new(clerk.clone(), 1.0).named(format!("customer {number}")));
    }
    sim.process(Customer::new(clerk, 1.0).named("2026"));
    sim.run()?;
    let report = sim.report();
    assert_eq!(report.processes("customer").unwrap().ended, 20);
    assert_eq!(report.processes("2026").unwrap().ended, 1);
    Ok(())
}

#[test]
fn a_measured_run_does_what_an_unmeasured_one_does() -> Result<(), SimError> {
    let run = |measured: bool| {
        let sim = Simulation::new();
        if measured {
            sim.measure_processes();
        }
        let clerk = Resource::new(&sim, 2);
        for number in 0..20 {
            sim.process_in(
                f64::from(number % 7),
                Customer::new(clerk.clone(), f64::from(number % 3)),
            );
        }
        let mut times = Vec::new();
        while sim.step()? {
            times.push(sim.now());
        }
        Ok::<_, SimError>(times)
    };
    assert_eq!(run(true)?, run(false)?);
    Ok(())
}

#[process]
async fn machine(env: Environment, broken: State<bool>) {
    asim!(match FirstOf(done = env.timeout(5.0), breaks = broken.wait_until(|is| *is)).await {
        FirstOf::Done(()) => {}
        FirstOf::Breaks(_) => unreachable!("it does not break"),
    });
}

/// A race is charged to what has won it, not to a loser that has a name.
#[test]
fn a_wait_is_for_what_was_granted() -> Result<(), SimError> {
    let sim = Simulation::new();
    sim.measure_processes();
    let broken = State::new(&sim, false).named("broken");
    sim.process(Machine::new(broken));
    sim.run()?;
    let report = sim.report();
    let waits = &report.processes("Machine").unwrap().waits;
    assert_eq!(waits.keys().collect::<Vec<_>>(), ["FirstOf"]);
    assert_eq!(waits["FirstOf"].sum(), 5.0);
    Ok(())
}
