//! `Container` by the rules of its semantics.

use asim::AmountError;
use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

#[derive(Clone, Copy)]
enum Way {
    Get,
    Put,
}

/// Gets or puts an amount, and notes when it was granted.
fn transfer(sim: &Simulation, tank: &Container, log: &Log, way: Way, amount: f64) -> ProcessRef {
    let (env, tank, log) = (Environment::clone(sim), tank.clone(), log.clone());
    let handle = sim.spawn(async move {
        let what = match way {
            Way::Get => {
                tank.get(amount).await;
                "got"
            }
            Way::Put => {
                tank.put(amount).await;
                "put"
            }
        };
        log.borrow_mut().push(format!("{} {what} {amount}", env.now()));
    });
    handle.process_ref()
}

/// Runs something at a time.
fn at(sim: &Simulation, time: f64, action: impl FnOnce() + 'static) {
    let env = Environment::clone(sim);
    sim.spawn(async move {
        env.timeout(time).await;
        action();
    });
}

/// Returns the message with which the action panics.
fn panic_of(action: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(action)).unwrap_err();
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_string())
}

#[test]
fn bad_capacities_levels_and_amounts_are_refused_with_their_value() {
    let sim = Simulation::new();
    for capacity in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
        let message = panic_of(|| drop(Container::new(&sim, capacity)));
        assert!(message.contains(&format!("not {capacity}")), "{message}");
    }
    for level in [-0.5, 10.5, f64::NAN, f64::INFINITY] {
        let message = panic_of(|| drop(Container::new(&sim, 10.0).with_level(level)));
        assert!(message.contains(&format!("not {level}")), "{message}");
    }
    let tank = Container::new(&sim, 10.0);
    for amount in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
        for message in [panic_of(|| drop(tank.get(amount))), panic_of(|| drop(tank.put(amount)))] {
            assert!(message.contains(&format!("not {amount}")), "{message}");
        }
        assert!(matches!(tank.try_get(amount), Err(AmountError::Invalid { .. })));
        assert!(matches!(tank.try_put(amount), Err(AmountError::Invalid { .. })));
    }
    for message in [panic_of(|| drop(tank.get(11.0))), panic_of(|| drop(tank.put(11.0)))] {
        assert!(message.contains("11"), "{message}");
    }
    let shared = tank.clone();
    assert!(panic_of(|| drop(tank.with_level(1.0))).contains("before it is shared"));
    assert_eq!(shared.level(), 0.0);
}

#[test]
fn rule_03_a_promise_has_left_the_level_and_its_room_is_free() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(10.0);
    let shared = tank.clone();
    sim.spawn(async move {
        let promised = shared.get(4.0);
        assert_eq!(shared.level(), 6.0);
        assert_eq!(shared.try_put(5.0), Err(AmountError::NoRoom { offered: 5.0, room: 4.0 }));
        shared.try_put(4.0).unwrap();
        promised.await;
        assert_eq!(shared.level(), 10.0);
    });
    sim.run().unwrap();
    assert_eq!(tank.level(), 10.0);
}

#[test]
fn rule_03_an_amount_that_comes_back_to_a_full_container_waits_outside_the_capacity() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(10.0);
    let promised = tank.get(4.0);
    tank.try_put(3.0).unwrap();
    drop(promised); // 13 in all
    assert_eq!(tank.level(), 10.0);
    assert_eq!(tank.try_put(1.0), Err(AmountError::NoRoom { offered: 1.0, room: 0.0 }));
    assert_eq!(tank.try_get(12.0), Err(AmountError::NotEnough { wanted: 12.0, level: 10.0 }));
    let waiting = tank.put(1.0);
    tank.try_get(3.0).unwrap(); // what waited outside is in before the put
    assert_eq!((tank.level(), tank.putters()), (10.0, 1));
    tank.try_get(1.0).unwrap();
    assert_eq!((tank.level(), tank.putters()), (10.0, 0));
    drop(waiting);
}

#[test]
fn rule_05_an_amount_that_comes_back_restores_the_level_to_the_last_bit() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 1.0).with_level(0.3);
    let (one, other) = (tank.get(0.1), tank.get(0.1));
    drop(one);
    drop(other);
    assert_eq!(tank.level(), 0.3);
    // The same if something came meanwhile, and left no room for it.
    let promised = tank.get(0.1);
    tank.try_put(0.8).unwrap();
    drop(promised);
    assert_eq!(tank.level(), 1.0);
    tank.try_get(0.8).unwrap();
    assert_eq!(tank.level(), 0.3);
}

#[test]
fn what_is_promised_does_not_make_a_finite_level_endless() {
    let sim = Simulation::new();
    let account = Container::new(&sim, f64::INFINITY).with_level(f64::MAX);
    let promised = account.get(f64::MAX);
    account.try_put(f64::MAX).unwrap();
    drop(promised);
    assert_eq!(account.level(), f64::MAX);
}

#[test]
fn rule_03_a_promise_makes_room_for_a_putter() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 10.0).with_level(10.0);
    let (env, shared) = (Environment::clone(&sim), tank.clone());
    transfer(&sim, &tank, &log, Way::Put, 5.0);
    sim.spawn(async move {
        env.timeout(3.0).await;
        let promised = shared.get(5.0);
        assert_eq!(shared.level(), 10.0, "the put that waited is in");
        promised.await;
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["3 put 5"]);
}

#[test]
fn rule_04_a_get_that_loses_a_race_gives_its_amount_to_the_next() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 10.0).with_level(3.0);
    let (shared, stop) = (tank.clone(), sim.event::<()>());
    let stopped = stop.clone();
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        asim!(match FirstOf(
            both = AllOf(a = shared.get(3.0), b = env.timeout(f64::INFINITY)),
            stop = stopped
        )
        .await
        {
            FirstOf::Both(_) => unreachable!(),
            FirstOf::Stop(()) => {}
        });
    });
    transfer(&sim, &tank, &log, Way::Get, 2.0);
    let shared = tank.clone();
    at(&sim, 1.0, move || {
        assert_eq!(shared.level(), 0.0);
        stop.succeed(());
        assert_eq!(shared.level(), 1.0, "three came back, two went on");
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 got 2"]);
}

#[test]
fn rule_04_of_a_grant_and_a_timeout_at_one_instant_the_first_wins() {
    for grant_first in [true, false] {
        let (sim, log) = (Simulation::new(), Log::default());
        let tank = Container::new(&sim, 10.0);
        let race = |sim: &Simulation| {
            let (env, tank, log) = (Environment::clone(sim), tank.clone(), log.clone());
            sim.spawn(async move {
                asim!(match FirstOf(got = tank.get(2.0), late = env.timeout(3.0)).await {
                    FirstOf::Got(()) => log.borrow_mut().push("got".to_string()),
                    FirstOf::Late(()) => log.borrow_mut().push("late".to_string()),
                });
            });
        };
        let filled = tank.clone();
        if grant_first {
            at(&sim, 3.0, move || filled.try_put(2.0).unwrap());
            race(&sim);
        } else {
            race(&sim);
            at(&sim, 3.0, move || filled.try_put(2.0).unwrap());
        }
        sim.run().unwrap();
        assert_eq!(*log.borrow(), [if grant_first { "got" } else { "late" }]);
        assert_eq!(tank.level(), if grant_first { 0.0 } else { 2.0 });
    }
}

#[test]
fn rule_05_a_cancelled_get_gives_its_amount_back_to_the_next() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 10.0);
    let first = transfer(&sim, &tank, &log, Way::Get, 5.0);
    transfer(&sim, &tank, &log, Way::Get, 4.0);
    let shared = tank.clone();
    at(&sim, 1.0, move || {
        shared.try_put(5.0).unwrap();
        assert_eq!(shared.level(), 0.0, "promised to the first");
        first.cancel(); // before it has resumed
        assert_eq!(shared.level(), 1.0);
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 got 4"]);
}

#[test]
fn rule_05_a_waiting_request_that_is_dropped_takes_and_adds_nothing() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0);
    drop((tank.get(6.0), tank.put(6.0)));
    tank.try_put(1.0).unwrap();
    assert_eq!(tank.level(), 6.0);
}

#[test]
fn rule_05_a_put_is_final_once_it_is_granted() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0);
    drop(tank.put(2.0));
    assert_eq!(tank.level(), 7.0, "granted at the call");
    let race = first_of([tank.get(1.0), tank.put(1.0)]);
    drop(race);
    assert_eq!(tank.level(), 8.0, "the put lost, and stays; the get won, and gave back");
    let waiting = tank.put(4.0);
    tank.try_get(3.0).unwrap();
    assert_eq!(tank.level(), 9.0, "granted when there was room");
    drop(waiting);
    assert_eq!(tank.level(), 9.0);
}

#[test]
fn rule_05_giving_back_restores_the_level_to_the_last_bit() {
    let sim = Simulation::new();
    let start = 0.1 + 0.2;
    let tank = Container::new(&sim, 1.0).with_level(start);
    let gets: Vec<_> = [0.07, 0.11, 0.013].map(|amount| tank.get(amount)).into_iter().collect();
    assert!(tank.level() < start);
    drop(gets);
    assert_eq!(tank.level().to_bits(), start.to_bits());
}

#[test]
fn rule_06_every_change_serves_all_who_fit_now() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 10.0);
    for amount in [2.0, 3.0, 4.0] {
        transfer(&sim, &tank, &log, Way::Get, amount);
    }
    let shared = tank.clone();
    at(&sim, 1.0, move || shared.try_put(9.5).unwrap());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 got 2", "1 got 3", "1 got 4"]);
    assert_eq!(tank.level(), 0.5);
}

#[test]
fn rule_06_a_put_that_is_let_in_serves_a_getter_in_turn() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 10.0).with_level(5.0);
    transfer(&sim, &tank, &log, Way::Put, 8.0); // waits for room
    transfer(&sim, &tank, &log, Way::Get, 9.0); // waits for the put
    let shared = tank.clone();
    at(&sim, 1.0, move || shared.try_get(3.0).unwrap());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 put 8", "1 got 9"]);
    assert_eq!(tank.level(), 1.0);
}

#[test]
fn rule_07_an_interrupt_at_the_instant_of_the_grant_wins_and_the_amount_goes_on() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 10.0);
    let (env, shared) = (Environment::clone(&sim), tank.clone());
    let victim = sim.spawn(async move {
        assert!(env.interruptible(shared.get(3.0)).await.is_err());
    });
    transfer(&sim, &tank, &log, Way::Get, 3.0);
    let shared = tank.clone();
    at(&sim, 1.0, move || {
        shared.try_put(3.0).unwrap();
        victim.interrupt(());
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 got 3"]);
    assert_eq!(tank.level(), 0.0);
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0);
    let (promised, waiting) = (tank.get(5.0), tank.get(3.0));
    drop(sim);
    drop(promised);
    assert_eq!(tank.level(), 5.0, "given back, and nobody is served any more");
    drop(waiting);
    drop((tank.get(1.0), tank.put(1.0), first_of([tank.get(1.0)])));
    assert_eq!(tank.level(), 5.0);
}

#[test]
fn rule_11_a_small_get_overtakes_a_large_one_that_does_not_fit() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 100.0).with_level(5.0);
    for amount in [50.0, 5.0, 20.0, 10.0] {
        transfer(&sim, &tank, &log, Way::Get, amount);
    }
    for (time, amount) in [(1.0, 12.0), (2.0, 18.0), (3.0, 50.0)] {
        let shared = tank.clone();
        at(&sim, time, move || shared.try_put(amount).unwrap());
    }
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["0 got 5", "1 got 10", "2 got 20", "3 got 50"]);
    assert_eq!(tank.level(), 0.0);
}

#[test]
fn rule_11_among_those_that_fit_the_first_to_come_is_served_first() {
    let (sim, log) = (Simulation::new(), Log::default());
    let tank = Container::new(&sim, 10.0).with_level(10.0);
    for amount in [9.0, 3.0, 2.0, 1.0] {
        transfer(&sim, &tank, &log, Way::Put, amount);
    }
    for (time, amount) in [(1.0, 4.0), (2.0, 1.0), (3.0, 9.0)] {
        let shared = tank.clone();
        at(&sim, time, move || shared.try_get(amount).unwrap());
    }
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 put 3", "1 put 1", "3 put 9"]);
    assert_eq!(tank.level(), 9.0, "and 2 does not fit");
}

#[test]
fn an_infinite_container_never_makes_a_putter_wait() {
    let sim = Simulation::new();
    let account = Container::new(&sim, f64::INFINITY).with_level(1e300);
    account.try_put(1e300).unwrap();
    let endless = Container::new(&sim, f64::INFINITY).with_level(f64::INFINITY);
    drop(endless.get(1e300));
    endless.try_get(1e300).unwrap();
    endless.try_put(1.0).unwrap();
    assert_eq!(endless.level(), f64::INFINITY);
}

#[test]
fn an_infinite_container_does_not_become_endless_by_what_is_put() {
    let sim = Simulation::new();
    let account = Container::new(&sim, f64::INFINITY);
    account.try_put(1e308).unwrap();
    let refused = account.try_put(1e308).unwrap_err();
    assert!(matches!(refused, AmountError::NoRoom { offered: 1e308, .. }), "{refused}");
    let waiting = account.put(1e308);
    assert_eq!((account.level(), account.putters()), (1e308, 1));
    account.try_get(5e307).unwrap();
    assert_eq!(account.putters(), 0, "now it fits");
    assert!(account.level().is_finite());
    drop(waiting);
    assert!(account.try_get(f64::MAX).is_err());
}

#[test]
fn blocked_names_the_call() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(5.0);
    let log = Log::default();
    transfer(&sim, &tank, &log, Way::Get, 6.0);
    transfer(&sim, &tank, &log, Way::Put, 6.0);
    sim.run().unwrap();
    let waits: Vec<_> = sim.blocked().iter().map(|blocked| blocked.waiting_for).collect();
    assert_eq!(waits, ["Container::get", "Container::put"]);
}

#[test]
fn ten_thousand_who_do_not_fit_do_not_slow_down_those_who_do() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 1e6);
    let _waiting: Vec<_> =
        (0..10_000_u32).map(|number| tank.get(1000.0 + f64::from(number))).collect();
    let small: Vec<_> = (0..10_000).map(|_| tank.get(1.0)).collect();
    for _ in &small {
        tank.try_put(1.0).unwrap();
        assert_eq!(tank.level(), 0.0, "one of the last in line has it");
    }
    assert!(tank.try_get(1.0).is_err());
}
