//! Rule 11. A container serves every request that fits, in the order of arrival. Small requests may
//! overtake, unless it was made `in_order`. (More in `container.rs` and `container_in_order.rs`.)

use asim::prelude::*;

use crate::trace::Trace;

#[test]
fn rule_11_a_container_serves_any_getter_that_fits_in_the_order_of_arrival() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let tank = Container::new(&sim, 10.0);
    for (name, amount) in [("large", 6.0), ("small", 2.0), ("medium", 3.0), ("tiny", 1.0)] {
        let (tank, note) = (tank.clone(), trace.clone());
        sim.spawn(async move {
            tank.get(amount).await;
            note.note(name);
        });
    }
    sim.run().unwrap();
    tank.try_put(3.5).unwrap();
    sim.run().unwrap();
    trace.is(&["0 small", "0 tiny"]);
    tank.try_put(6.0).unwrap();
    sim.run().unwrap();
    trace.is(&["0 large"]);
    assert_eq!(tank.level(), 0.5);
}

#[test]
fn rule_11_a_container_serves_any_putter_that_fits_in_the_order_of_arrival() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let tank = Container::new(&sim, 10.0).with_level(10.0);
    for (name, amount) in [("large", 6.0), ("small", 2.0), ("tiny", 1.0)] {
        let (tank, note) = (tank.clone(), trace.clone());
        sim.spawn(async move {
            tank.put(amount).await;
            note.note(name);
        });
    }
    sim.run().unwrap();
    tank.try_get(3.0).unwrap();
    sim.run().unwrap();
    trace.is(&["0 small", "0 tiny"]);
    assert_eq!(tank.level(), 10.0);
}

#[test]
fn rule_11_a_put_that_makes_room_for_a_get_that_makes_room_for_a_put() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let tank = Container::new(&sim, 10.0).with_level(8.0);
    let getter = (tank.clone(), trace.clone());
    sim.spawn(async move {
        getter.0.get(9.0).await;
        getter.1.note("get 9");
    });
    let putter = (tank.clone(), trace.clone());
    sim.spawn(async move {
        putter.0.put(5.0).await;
        putter.1.note("put 5");
    });
    sim.run().unwrap();
    trace.is(&[]);
    tank.try_put(1.0).unwrap();
    sim.run().unwrap();
    trace.is(&["0 get 9", "0 put 5"]);
    assert_eq!(tank.level(), 5.0);
}

#[test]
fn rule_11_in_order_nobody_overtakes_in_either_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let tank = Container::new(&sim, 10.0).with_level(5.0).in_order();
    for (name, amount) in [("large", 6.0), ("small", 2.0), ("tiny", 1.0)] {
        let (tank, note) = (tank.clone(), trace.clone());
        sim.spawn(async move {
            tank.get(amount).await;
            note.note(name);
        });
    }
    sim.run().unwrap();
    trace.is(&[]);
    tank.try_put(4.0).unwrap();
    sim.run().unwrap();
    trace.is(&["0 large", "0 small", "0 tiny"]);
    assert_eq!(tank.level(), 0.0);
    tank.try_put(9.0).unwrap();
    for (name, amount) in [("large", 6.0), ("small", 1.0)] {
        let (tank, note) = (tank.clone(), trace.clone());
        sim.spawn(async move {
            tank.put(amount).await;
            note.note(name);
        });
    }
    sim.run().unwrap();
    tank.try_get(1.0).unwrap();
    tank.try_get(3.0).unwrap();
    sim.run().unwrap();
    trace.is(&[]);
    tank.try_get(1.0).unwrap();
    sim.run().unwrap();
    trace.is(&["0 large"]);
    assert_eq!(tank.putters(), 1);
}
