//! The fingerprint: the same for the same happenings, another one for others.

use asim::Fingerprint;
use asim::prelude::*;

#[process]
async fn customer(env: Environment, clerks: Resource, service: f64) {
    let _clerk = clerks.acquire().await;
    env.timeout(service).await;
}

fn bank(name: &str, process: &str, service: f64) {
    let sim = Simulation::new();
    let clerks = Resource::new(&sim, 1).named(name);
    for _ in 0..3 {
        sim.process(Customer::new(clerks.clone(), service).named(process.to_owned()));
    }
    sim.run().unwrap();
}

/// A change of this value is a change for all who have recorded fingerprints of their models.
#[test]
fn the_value_is_pinned() {
    let fingerprint = Fingerprint::of(|| bank("clerks", "customer", 4.0));
    assert_eq!(fingerprint.to_string(), "fc450aa3f68afef7");
    assert_eq!(format!("{fingerprint:?}"), "Fingerprint(fc450aa3f68afef7)");
}

#[test]
fn a_change_of_a_time_or_a_name_is_another_one() {
    let of = |name, process, service| Fingerprint::of(|| bank(name, process, service)).value();
    let first = of("clerks", "customer", 4.0);
    assert_eq!(first, of("clerks", "customer", 4.0));
    assert_ne!(first, of("clerks", "customer", 4.000_000_000_000_001));
    assert_ne!(first, of("clerk", "customer", 4.0));
    assert_ne!(first, of("clerks", "customers", 4.0));
}

#[test]
fn the_line_of_the_source_does_not_count() {
    let one = Fingerprint::of(|| {
        let sim = Simulation::new();
        sim.schedule(1.0, |_| ());
        sim.run().unwrap();
    });
    let other = Fingerprint::of(|| {
        let sim = Simulation::new();
        sim.schedule(1.0, |_| ());
        sim.run().unwrap();
    });
    assert_eq!(one, other);
}

#[test]
fn it_is_live_and_the_same_however_the_run_is_cut() {
    let (values, cut) = (std::cell::RefCell::new(Vec::new()), Simulation::new());
    let fingerprint = cut.fingerprint();
    cut.spawn({
        let env = cut.env();
        async move {
            for _ in 0..5 {
                env.timeout(1.0).await;
            }
        }
    });
    while cut.step().unwrap() {
        values.borrow_mut().push(fingerprint.value());
    }
    let values = values.take();
    assert!(values.windows(2).all(|pair| pair[0] != pair[1]), "{values:x?}");
    let whole = Simulation::new();
    let other = whole.fingerprint();
    let _with_others = (whole.trace(), whole.fingerprint());
    whole.spawn({
        let env = whole.env();
        async move {
            for _ in 0..5 {
                env.timeout(1.0).await;
            }
        }
    });
    whole.run().unwrap();
    assert_eq!(fingerprint, other);
    let before = other.value();
    drop((whole, cut));
    assert_eq!((fingerprint.value(), other.value()), (before, before));
}

#[test]
fn who_is_left_when_the_simulation_is_dropped_does_not_count() {
    let sim = Simulation::new();
    let fingerprint = sim.fingerprint();
    let gate = Gate::new_closed(&sim);
    sim.spawn(async move { gate.wait().await });
    sim.run().unwrap();
    let value = fingerprint.value();
    drop(sim);
    assert_eq!(fingerprint.value(), value);
}

#[test]
fn all_simulations_inside_count_and_those_outside_do_not() {
    let one = |service| move || bank("clerks", "customer", service);
    let both = Fingerprint::of(|| (one(1.0)(), one(2.0)()));
    let turned = Fingerprint::of(|| (one(2.0)(), one(1.0)()));
    let first = Fingerprint::of(one(1.0));
    assert!(both != turned && both != first && turned != first);
    // One inside of another collects for itself only.
    let outer = Fingerprint::of(|| {
        one(1.0)();
        let inner = Fingerprint::of(one(2.0));
        assert_eq!(inner, Fingerprint::of(one(2.0)));
    });
    assert_eq!(outer, first);
    // A panic inside leaves nothing behind.
    let panics = || drop(Fingerprint::of(|| panic!("on purpose")));
    std::panic::catch_unwind(panics).unwrap_err();
    let sim = Simulation::new();
    sim.log("nobody hears");
    assert_eq!(sim.fingerprint().value(), 0);
}
