//! Containers in strict order, with priorities, and with a capacity that changes.

use asim::AmountError;
use asim::prelude::*;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Returns which of the requests have been granted.
fn granted(requests: &[asim::Transfer]) -> Vec<bool> {
    requests.iter().map(asim::Transfer::triggered).collect()
}

/// Returns the message with which the action panics.
fn panic_of(action: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(action)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| {
        (*panic.downcast_ref::<&str>().expect("a panic has a message")).to_string()
    })
}

#[test]
fn rule_11_in_order_try_does_not_overtake_either() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0).in_order();
    tank.try_get(1.0).unwrap();
    tank.try_put(1.0).unwrap();
    let (get, put) = (tank.get(8.0), tank.put(9.0));
    assert_eq!(tank.try_get(1.0), Err(AmountError::NotInTurn { waiting: 1 }));
    assert_eq!(tank.try_put(1.0), Err(AmountError::NotInTurn { waiting: 1 }));
    assert_eq!(tank.level(), 5.0);
    let error = tank.try_get(1.0).unwrap_err().to_string();
    assert_eq!(error, "1 in line before it: the container serves in order");
    drop((get, put));
    tank.try_get(1.0).unwrap();
    tank.try_put(1.0).unwrap();
}

#[test]
fn rule_05_in_order_whoever_leaves_the_head_of_the_line_lets_the_next_go_on() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0).in_order();
    let (large, small, next) = (tank.get(8.0), tank.get(2.0), tank.get(3.0));
    drop(large);
    assert!(small.triggered() && next.triggered());
    assert_eq!(tank.level(), 0.0);
    // The same for puts, and for one that is cancelled by a lost race or an interrupt.
    let tank = Container::new(&sim, 10.0).with_level(5.0).in_order();
    let (env, shared) = (sim.env(), tank.clone());
    sim.spawn(async move {
        asim!(match FirstOf(put = shared.put(8.0), late = env.timeout(2.0)).await {
            FirstOf::Put(()) => unreachable!(),
            FirstOf::Late(()) => assert_eq!(shared.level(), 7.0),
        });
    });
    let (env, shared) = (sim.env(), tank.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        shared.put(2.0).await;
        assert_eq!(env.now(), 2.0);
    });
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

#[test]
fn rule_11_in_order_the_two_lines_do_not_wait_for_each_other() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0).in_order();
    let get = tank.get(8.0);
    let put = tank.put(5.0);
    assert!(put.triggered() && get.triggered());
    assert_eq!(tank.level(), 2.0);
}

#[test]
fn rule_14_the_most_urgent_that_fits_goes_first_then_the_first_to_come() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let gets = [
        tank.get(3.0).with_priority(1),
        tank.get(9.0).with_priority(-1),
        tank.get(3.0),
        tank.get(3.0).with_priority(1),
        tank.get(3.0),
    ];
    tank.try_put(6.0).unwrap();
    assert_eq!(granted(&gets), [false, false, true, false, true]);
    tank.try_put(3.0).unwrap();
    assert_eq!(granted(&gets), [true, false, true, false, true]);
    tank.try_put(10.0).unwrap();
    assert_eq!(granted(&gets), [true, true, true, false, true], "9 go to the most urgent");
}

#[test]
fn rule_14_in_order_the_most_urgent_that_does_not_fit_holds_all_up() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).in_order();
    let mut gets = [
        tank.get(3.0).with_priority(1),
        tank.get(9.0).with_priority(-1),
        tank.get(3.0),
        tank.get(2.0).with_priority(2),
    ];
    tank.try_put(8.0).unwrap();
    assert_eq!(granted(&gets), [false; 4]);
    gets[1].set_priority(1); // behind the other of priority 1
    assert_eq!(granted(&gets), [true, false, true, false]);
    assert_eq!(tank.level(), 2.0);
    // A new request of priority 0 goes before those of 1 and 2, and so may a `try_get`.
    tank.try_get(1.0).unwrap();
    assert!(tank.get(1.0).triggered());
    gets[3].set_priority(0);
    assert_eq!(tank.level(), 1.0);
    assert_eq!(tank.try_get(1.0), Err(AmountError::NotInTurn { waiting: 2 }));
    gets[3].set_priority(1); // behind the 9
    tank.try_get(1.0).unwrap();
    tank.try_put(9.0).unwrap();
    assert_eq!(granted(&gets), [true, true, true, false]);
}

#[test]
fn rule_14_a_request_moves_behind_its_new_equals_also_if_its_priority_stays() {
    for in_order in [false, true] {
        let sim = Simulation::new();
        let tank = Container::new(&sim, 10.0);
        let tank = if in_order { tank.in_order() } else { tank };
        let mut gets = [tank.get(3.0), tank.get(3.0), tank.get(3.0)];
        gets[0].set_priority(0);
        tank.try_put(3.0).unwrap();
        assert_eq!(granted(&gets), [false, true, false]);
        gets[2].set_priority(-7);
        gets[1].set_priority(9); // it has been granted
        tank.try_put(3.0).unwrap();
        assert_eq!(granted(&gets), [false, true, true]);
        let [first, second, third] = gets;
        drop((second, third));
        assert!(first.triggered());
        assert_eq!(tank.level(), 3.0);
    }
}

#[test]
fn rule_14_a_priority_after_the_end_of_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let waiting = tank.get(3.0);
    drop(sim);
    drop(waiting.with_priority(3));
    drop(tank.get(3.0).with_priority(3));
    tank.set_capacity(1.0);
}

#[test]
fn a_larger_capacity_lets_waiting_puts_in_and_their_amounts_go_on_to_gets() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(9.0);
    let puts = [tank.put(5.0), tank.put(2.0), tank.put(4.0)];
    let get = tank.get(10.0);
    tank.set_capacity(15.0);
    assert_eq!(granted(&puts), [true; 3], "5 are in, 10 are got, 6 are in");
    assert!(get.triggered());
    assert_eq!((tank.level(), tank.capacity()), (10.0, 15.0));
}

#[test]
fn a_capacity_below_the_level_leaves_the_level_and_stops_all_puts() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(9.0);
    tank.set_capacity(4.0);
    assert_eq!((tank.level(), tank.capacity()), (9.0, 4.0));
    assert_eq!(tank.try_put(1.0), Err(AmountError::NoRoom { offered: 1.0, room: 0.0 }));
    assert_eq!(tank.try_get(10.0), Err(AmountError::NotEnough { wanted: 10.0, level: 9.0 }));
    drop(tank.get(6.0)); // more than the capacity, but there is so much
    assert_eq!(tank.level(), 9.0);
    let put = tank.put(1.0);
    tank.try_get(5.0).unwrap();
    assert_eq!((tank.level(), tank.putters()), (4.0, 1));
    assert!(panic_of(|| drop(tank.get(4.5))).contains("4.5"));
    tank.try_get(0.5).unwrap();
    assert_eq!((tank.level(), tank.putters()), (3.5, 1));
    tank.try_get(0.5).unwrap();
    assert_eq!((tank.level(), tank.putters()), (4.0, 0));
    drop(put);
}

#[test]
fn rule_03_what_comes_back_above_a_smaller_capacity_waits_outside() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(9.0);
    let promised = tank.get(3.0);
    tank.set_capacity(4.0);
    assert_eq!(tank.level(), 6.0);
    drop(promised);
    assert_eq!(tank.level(), 6.0, "the other 3 wait outside");
    tank.try_get(2.0).unwrap();
    assert_eq!(tank.level(), 6.0, "and go in");
    tank.try_get(2.0).unwrap();
    assert_eq!(tank.level(), 5.0);
    tank.set_capacity(20.0);
    assert_eq!(tank.level(), 5.0);
}

#[test]
fn who_waits_for_more_than_the_new_capacity_goes_on_waiting() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0);
    let requests = [tank.get(8.0), tank.put(7.0)];
    tank.set_capacity(6.0);
    let more = tank.put(1.0);
    assert_eq!(granted(&requests), [false, false]);
    assert_eq!(tank.level(), 6.0);
    tank.set_capacity(13.0);
    assert_eq!(granted(&requests), [true, true]);
    assert_eq!(tank.level(), 5.0);
    drop(more);
}

#[test]
fn a_bad_capacity_is_refused_with_its_value() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    for capacity in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        let message = panic_of(|| tank.set_capacity(capacity));
        assert!(message.contains(&format!("not {capacity}")), "{message}");
    }
    assert_eq!(tank.capacity(), 10.0);
    tank.set_capacity(f64::INFINITY);
    tank.try_put(1e300).unwrap();
    tank.set_capacity(1.0);
    assert_eq!(tank.level(), 1e300);
    let shared = tank.clone();
    assert!(panic_of(|| drop(tank.in_order())).contains("before it is shared"));
    drop(shared);
}
