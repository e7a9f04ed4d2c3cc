//! What is measured of each thing, by examples that are computed by hand. The documentation of each `measures`
//! has one, too.

use asim::prelude::*;

#[process]
async fn customer(env: Environment, clerks: Resource, patience: f64, service: f64) {
    asim!(match FirstOf(slot = clerks.acquire(), late = env.timeout(patience)).await {
        FirstOf::Slot(slot) => {
            env.timeout(service).await;
            slot.release();
        }
        FirstOf::Late(()) => {}
    });
}

#[test]
fn who_gives_up_counts_apart_from_who_is_served() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 1).named("clerks");
    for patience in [1.0, 20.0, 3.0, 20.0] {
        sim.process(Customer::new(clerks.clone(), patience, 6.0));
    }
    sim.run_until(10.0)?;
    // The first is served from 0 to 6, the second from 6 on; the third leaves at 3; the fourth waits.
    let m = clerks.measures();
    assert_eq!((m.served, m.at_once, m.left, m.gave_up.mean()), (2, 1, 1, 3.0));
    assert_eq!((m.waited.least(), m.waited.most(), m.waited.quantile(0.5)), (0.0, 6.0, 0.0));
    assert_eq!(
        (m.line.value(), m.line.mean(), m.line.most()),
        (1.0, (9.0 + 6.0 + 4.0) / 10.0, 3.0)
    );
    assert_eq!((m.held.count(), m.held.mean(), m.utilisation()), (1, 6.0, 1.0));
    Ok(())
}

#[test]
fn utilisation_is_of_the_units_that_there_were() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 4).named("clerks");
    let slots = clerks.try_acquire_many(3);
    sim.run_until(5.0)?;
    clerks.set_capacity(1); // two work overtime
    sim.run_until(10.0)?;
    let m = clerks.measures();
    assert_eq!((m.capacity.mean(), m.in_use.mean()), (2.5, 3.0));
    assert_eq!(m.utilisation(), 1.2);
    clerks.set_capacity(0);
    drop(slots);
    sim.reset_measures();
    sim.run_until(20.0)?;
    assert!(clerks.measures().utilisation().is_nan(), "nobody was there");
    Ok(())
}

#[test]
fn a_request_for_many_units_is_one_request() -> Result<(), SimError> {
    let sim = Simulation::new();
    let cores = Resource::new(&sim, 8).named("cores");
    let first = cores.try_acquire_many(6);
    let second = cores.acquire_many(5);
    sim.run_until(2.0)?;
    drop(first);
    sim.run_until(3.0)?;
    let m = cores.measures();
    assert_eq!((m.served, m.at_once, m.in_use.integral(), m.waited.mean()), (2, 1, 17.0, 1.0));
    drop(second);
    Ok(())
}

#[test]
#[should_panic(
    expected = "this resource has no name, and only what has a name is measured: write `.named(\"..\")`"
)]
fn what_has_no_name_is_not_measured() {
    let _ = Resource::new(&Simulation::new(), 1).measures();
}

#[test]
fn a_name_given_later_measures_from_then_on() -> Result<(), SimError> {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 2);
    let slot = clerks.try_acquire();
    sim.run_until(5.0)?;
    let clerks = clerks.named("clerks");
    sim.run_until(9.0)?;
    let m = clerks.measures();
    assert_eq!((m.in_use.start(), m.in_use.time(), m.in_use.mean(), m.served), (5.0, 4.0, 1.0, 0));
    drop(slot);
    Ok(())
}

#[test]
fn both_lines_of_a_queue_are_measured() -> Result<(), SimError> {
    let sim = Simulation::new();
    let line = Queue::bounded(&sim, 1).named("line");
    let (first, second) = (line.put(1), line.put(2)); // the second waits for room
    sim.run_until(4.0)?;
    assert_eq!(line.try_get(), Some(1));
    sim.run_until(10.0)?;
    assert_eq!(line.try_get(), Some(2));
    assert_eq!(line.try_get(), None);
    let m = line.measures();
    assert_eq!(
        (m.put.served, m.put.at_once, m.put.waited.sum(), m.put.line.mean()),
        (2, 1, 4.0, 0.4)
    );
    assert_eq!((m.get.served, m.get.at_once, m.get.refused), (2, 2, 1));
    assert_eq!((m.level.mean(), m.stayed.count(), m.stayed.sum()), (1.0, 2, 10.0));
    assert_eq!(m.capacity.map(|capacity| capacity.mean()), Some(1.0));
    drop((first, second));
    Ok(())
}

#[test]
fn two_things_of_one_name_are_numbered() {
    let sim = Simulation::new();
    let things: Vec<Resource> = (0..3).map(|_| Resource::new(&sim, 1).named("desk")).collect();
    let names: Vec<String> = things.iter().map(|thing| thing.measures().name).collect();
    assert_eq!(names, ["desk", "desk 2", "desk 3"]);
}
