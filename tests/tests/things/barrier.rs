//! `Barrier` by the rules of its semantics.

use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

/// Waits once, and notes when it was released.
fn waiter(sim: &Simulation, gate: &Barrier, log: &Log, name: &'static str) -> ProcessRef {
    let (env, gate, log) = (Environment::clone(sim), gate.clone(), log.clone());
    let handle = sim.spawn(async move {
        gate.wait().await;
        log.borrow_mut().push(format!("{} {name}", env.now()));
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

#[test]
fn rule_02_all_who_wait_go_in_the_order_in_which_they_came() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Barrier::new(&sim);
    for name in ["a", "b", "c"] {
        waiter(&sim, &gate, &log, name);
    }
    at(&sim, 2.0, move || gate.release());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["2 a", "2 b", "2 c"]);
}

#[test]
fn rule_03_a_wait_counts_from_its_call() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Barrier::new(&sim);
    let (env, shared, notes) = (Environment::clone(&sim), gate.clone(), log.clone());
    sim.spawn(async move {
        let before = shared.wait();
        env.timeout(3.0).await; // released meanwhile
        before.await;
        notes.borrow_mut().push(format!("{} before", env.now()));
        shared.wait().await;
        notes.borrow_mut().push(format!("{} after", env.now()));
    });
    for time in [2.0, 5.0] {
        let gate = gate.clone();
        at(&sim, time, move || gate.release());
    }
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["3 before", "5 after"]);
    assert_eq!(gate.waiting(), 0);
}

#[test]
fn rule_03_whoever_comes_after_the_release_waits_for_the_next() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Barrier::new(&sim);
    gate.release();
    waiter(&sim, &gate, &log, "late");
    sim.run().unwrap();
    assert!(log.borrow().is_empty());
    assert_eq!(sim.blocked()[0].waiting_for, "Barrier::wait");
    assert_eq!(gate.waiting(), 1);
}

#[test]
fn rule_04_a_wait_that_loses_a_race_leaves_the_line() {
    let sim = Simulation::new();
    let gate = Barrier::new(&sim);
    let (env, shared) = (Environment::clone(&sim), gate.clone());
    sim.spawn(async move {
        asim!(match FirstOf(open = shared.wait(), late = env.timeout(1.0)).await {
            FirstOf::Open(()) => unreachable!(),
            FirstOf::Late(()) => assert_eq!(shared.waiting(), 0),
        });
        asim!(match FirstOf(open = shared.wait(), late = env.timeout(10.0)).await {
            FirstOf::Open(()) => assert_eq!(env.now(), 2.0),
            FirstOf::Late(()) => unreachable!(),
        });
    });
    at(&sim, 2.0, move || gate.release());
    sim.run().unwrap();
    assert_eq!(sim.now(), 2.0);
}

#[test]
fn rule_04_one_release_decides_a_race_only_once() {
    let sim = Simulation::new();
    let gate = Barrier::new(&sim);
    let shared = gate.clone();
    sim.spawn(async move {
        let (winner, ()) = first_of([shared.wait(), shared.wait(), shared.wait()]).await;
        assert_eq!(winner, 0);
        all_of([shared.wait(), shared.wait()]).await;
    });
    for time in [1.0, 2.0] {
        let gate = gate.clone();
        at(&sim, time, move || {
            gate.release();
            assert_eq!(gate.waiting(), 0);
        });
    }
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

#[test]
fn rule_05_whoever_is_cancelled_or_dropped_is_not_counted_any_more() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Barrier::new(&sim);
    let cancelled = waiter(&sim, &gate, &log, "cancelled");
    waiter(&sim, &gate, &log, "b");
    let kept = gate.wait();
    let shared = gate.clone();
    at(&sim, 1.0, move || {
        assert_eq!(shared.waiting(), 3);
        cancelled.cancel();
        drop(kept);
        assert_eq!(shared.waiting(), 1);
        shared.release();
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 b"]);
}

#[test]
fn rule_06_losers_give_back_before_the_next_is_released_and_are_served_after_all() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (gate, tank) = (Barrier::new(&sim), Container::new(&sim, 5.0).with_level(5.0));
    let (shared, fuel, notes) = (gate.clone(), tank.clone(), log.clone());
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let both = asim!(AllOf(fuel = fuel.get(5.0), never = env.timeout(f64::INFINITY)));
        asim!(match FirstOf(open = shared.wait(), both = both).await {
            FirstOf::Open(()) => notes.borrow_mut().push("a".to_string()),
            FirstOf::Both(_) => unreachable!(),
        });
    });
    let (fuel, notes) = (tank.clone(), log.clone());
    sim.spawn(async move {
        fuel.get(5.0).await;
        notes.borrow_mut().push("fuel".to_string());
    });
    waiter(&sim, &gate, &log, "b");
    at(&sim, 1.0, move || gate.release());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["a", "1 b", "fuel"]);
}

#[test]
fn rule_07_an_interrupt_at_the_instant_of_the_release_wins() {
    let sim = Simulation::new();
    let gate = Barrier::new(&sim);
    let (env, shared) = (Environment::clone(&sim), gate.clone());
    let victim = sim.spawn(async move {
        assert!(env.interruptible(shared.wait()).await.is_err());
        assert_eq!(env.now(), 1.0);
    });
    at(&sim, 1.0, move || {
        gate.release();
        victim.interrupt(());
    });
    sim.run().unwrap();
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let gate = Barrier::new(&sim);
    let kept = gate.wait();
    drop(sim);
    let refused = gate.wait();
    gate.release();
    drop((kept, refused, first_of([gate.wait()])));
    assert_eq!(gate.waiting(), 0);
}

#[test]
fn rule_12_a_waker_that_waits_again_is_not_released_by_the_same_release() {
    use std::future::{Future, IntoFuture};
    use std::sync::Arc;
    use std::task::{Context, Wake};

    // A waker is `Send`, so it can hold nothing of the simulation. It reaches the barrier by this.
    thread_local!(static GATE: RefCell<Option<(Barrier, Vec<asim::BarrierWait>)>> = const { RefCell::new(None) });
    struct WaitsAgain;
    impl Wake for WaitsAgain {
        fn wake(self: Arc<Self>) {
            GATE.with_borrow_mut(|gate| {
                let (gate, waits) = gate.as_mut().unwrap();
                waits.push(gate.wait());
            });
        }
    }

    let sim = Simulation::new();
    let gate = Barrier::new(&sim);
    GATE.set(Some((gate.clone(), Vec::new())));
    let waker = Arc::new(WaitsAgain).into();
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(gate.wait().into_future())).collect();
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    gate.release();
    assert_eq!(gate.waiting(), 3);
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    }
    GATE.set(None);
}
