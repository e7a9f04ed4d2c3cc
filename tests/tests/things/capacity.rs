//! Resources whose capacity changes while they run.

use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

/// Acquires at once, holds for a while, and notes both.
fn user(sim: &Simulation, desk: &Resource, log: &Log, name: &'static str, priority: i32) {
    let (env, desk, log) = (Environment::clone(sim), desk.clone(), log.clone());
    sim.spawn(async move {
        let slot = desk.acquire_with_priority(priority).await;
        log.borrow_mut().push(format!("{} {name} has it", env.now()));
        env.timeout(4.0).await;
        slot.release();
    });
}

/// Holds a slot of a machine until it is evicted or done, and notes which.
fn job(
    sim: &Simulation,
    machine: &PreemptiveResource,
    log: &Log,
    name: &'static str,
    priority: i32,
) {
    let (env, machine, log) = (Environment::clone(sim), machine.clone(), log.clone());
    sim.spawn(async move {
        let usage = async {
            let _slot = machine.acquire_with_priority(priority).await;
            env.timeout(10.0).await;
        };
        let note = match env.interruptible(usage).await {
            Ok(()) => format!("{} {name} is done", env.now()),
            Err(interrupt) => {
                let Preempted { usage_since, .. } = interrupt.cause().unwrap();
                format!("{} {name} lost what it had since {usage_since}", env.now())
            }
        };
        log.borrow_mut().push(note);
    });
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
fn rule_06_growing_serves_the_line_at_once_in_its_order() {
    let (sim, log) = (Simulation::new(), Log::default());
    let desk = Resource::new(&sim, 1);
    for (name, priority) in [("a", 0), ("b", 2), ("c", 1), ("d", 1), ("e", 3)] {
        user(&sim, &desk, &log, name, priority);
    }
    let shared = desk.clone();
    at(&sim, 1.0, move || {
        shared.set_capacity(4);
        assert_eq!((shared.count(), shared.capacity()), (4, 4));
    });
    sim.run().unwrap();
    assert_eq!(
        *log.borrow(),
        ["0 a has it", "1 c has it", "1 d has it", "1 b has it", "4 e has it"]
    );
}

#[test]
fn shrinking_lets_those_in_service_finish_and_serves_nobody_until_below() {
    let (sim, log) = (Simulation::new(), Log::default());
    let desk = Resource::new(&sim, 3);
    let slots: Vec<_> = std::iter::from_fn(|| desk.try_acquire()).collect();
    user(&sim, &desk, &log, "next", 0);
    desk.set_capacity(1);
    assert_eq!((desk.count(), desk.capacity()), (3, 1));
    assert!(slots.iter().all(|slot| !slot.revoked()));
    let mut slots = slots.into_iter();
    for left in [2, 1] {
        slots.next().unwrap().release();
        sim.run().unwrap();
        assert_eq!(desk.count(), left);
        assert!(log.borrow().is_empty() && desk.try_acquire().is_none());
    }
    slots.next().unwrap().release();
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["0 next has it"]);
}

#[test]
fn a_closed_resource_serves_nobody_and_opens_again() {
    let (sim, log) = (Simulation::new(), Log::default());
    let desk = Resource::new(&sim, 2);
    desk.set_capacity(0);
    assert!(desk.try_acquire().is_none());
    let promised = desk.acquire();
    user(&sim, &desk, &log, "a", 0);
    sim.run_until(5.0).unwrap();
    assert_eq!((desk.count(), log.borrow().len()), (0, 0));
    desk.set_capacity(1); // "promised" came first, so it has it ..
    assert_eq!(desk.count(), 1);
    desk.set_capacity(0); // .. and keeps it
    assert_eq!(desk.count(), 1);
    drop(promised);
    assert_eq!(desk.count(), 0, "given back to a closed resource");
    desk.set_capacity(1);
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["5 a has it"]);
}

#[test]
fn rule_02_a_release_and_a_change_at_one_time_come_in_their_order() {
    for (release_first, expected) in
        [(true, ["2 next has it", "2 closed"]), (false, ["2 closed", "7 next has it"])]
    {
        let (sim, log) = (Simulation::new(), Log::default());
        let desk = Resource::new(&sim, 1);
        let slot = desk.try_acquire().unwrap();
        user(&sim, &desk, &log, "next", 0);
        let (shared, notes) = (desk.clone(), log.clone());
        let close = move || {
            shared.set_capacity(0);
            notes.borrow_mut().push("2 closed".to_string());
        };
        if release_first {
            at(&sim, 2.0, move || slot.release());
            at(&sim, 2.0, close);
        } else {
            at(&sim, 2.0, close);
            at(&sim, 2.0, move || slot.release());
        }
        at(&sim, 7.0, move || desk.set_capacity(1));
        sim.run().unwrap();
        assert_eq!(*log.borrow(), expected);
    }
}

#[test]
fn rule_04_a_loser_gives_its_slot_back_to_a_smaller_resource() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 2);
    let (held, stop) = (desk.try_acquire().unwrap(), sim.event::<()>());
    let both = all_of([desk.acquire(), desk.acquire()]); // one is granted, one waits
    assert_eq!(desk.count(), 2);
    let (env, stopped) = (Environment::clone(&sim), stop.clone());
    let loser = sim.spawn(async move {
        let wait = async { drop(both.await) };
        asim!(match FirstOf(both = wait, stop = stopped).await {
            FirstOf::Both(()) => unreachable!(),
            FirstOf::Stop(()) => assert_eq!(env.now(), 0.0),
        });
    });
    let waiting = desk.acquire();
    sim.run().unwrap();
    desk.set_capacity(1);
    stop.succeed(());
    sim.run().unwrap();
    assert!(loser.done());
    assert_eq!(desk.count(), 1, "what came back is beyond the capacity");
    held.release();
    assert_eq!(desk.count(), 1, "and this is not");
    drop(sim.run_until_event(waiting).unwrap());
    assert_eq!(desk.count(), 0);
}

#[test]
fn rule_05_a_change_while_a_process_is_dropped_serves_after_all_is_back() {
    struct Closes(Resource);
    impl Drop for Closes {
        fn drop(&mut self) {
            self.0.set_capacity(1);
        }
    }
    let (sim, log) = (Simulation::new(), Log::default());
    let desk = Resource::new(&sim, 2);
    let shared = desk.clone();
    let victim = sim.spawn(async move {
        let _closes = Closes(shared.clone());
        let _slots = all_of([shared.acquire(), shared.acquire()]).await;
        shared.acquire().await.release();
    });
    sim.run().unwrap();
    user(&sim, &desk, &log, "a", 0);
    user(&sim, &desk, &log, "b", 0);
    sim.run().unwrap();
    victim.cancel();
    assert_eq!(desk.count(), 1);
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["0 a has it", "4 b has it"]);
}

#[test]
fn rule_08_a_change_after_the_simulation_is_gone_does_no_harm() {
    let sim = Simulation::new();
    let (desk, machine) = (Resource::new(&sim, 1), PreemptiveResource::new(&sim, 1));
    let waits = [desk.acquire(), desk.acquire()];
    drop(sim);
    desk.set_capacity(3);
    machine.set_capacity(0);
    drop(waits);
    assert_eq!((desk.count(), desk.capacity(), machine.capacity()), (0, 3, 0));
}

// ---- the preemptive one

#[test]
fn shrinking_a_preemptive_resource_evicts_the_least_urgent_and_the_latest_among_equals() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machines = PreemptiveResource::new(&sim, 4);
    for (name, priority) in [("a", 1), ("b", 2), ("c", 2), ("d", 0)] {
        job(&sim, &machines, &log, name, priority);
    }
    let shared = machines.clone();
    at(&sim, 3.0, move || {
        shared.set_capacity(2);
        assert_eq!(shared.count(), 2);
    });
    sim.run().unwrap();
    assert_eq!(
        *log.borrow(),
        [
            "3 c lost what it had since 0",
            "3 b lost what it had since 0",
            "10 a is done",
            "10 d is done"
        ]
    );
}

#[test]
fn the_handle_without_preemption_lets_them_finish() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machines = PreemptiveResource::new(&sim, 2);
    for name in ["a", "b", "c"] {
        job(&sim, &machines, &log, name, 1);
    }
    let shared = machines.clone();
    at(&sim, 3.0, move || {
        shared.without_preemption().set_capacity(1);
        assert_eq!((shared.count(), shared.capacity()), (2, 1));
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["10 a is done", "10 b is done", "20 c is done"]);
}

#[test]
fn above_the_capacity_an_urgent_request_takes_as_many_slots_as_it_needs_or_none() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machines = PreemptiveResource::new(&sim, 3);
    for (name, priority) in [("a", 5), ("b", 7), ("c", 3)] {
        job(&sim, &machines, &log, name, priority);
    }
    sim.run_until(1.0).unwrap();
    machines.without_preemption().set_capacity(2);
    let too_weak = machines.acquire_with_priority(5); // only "b" is less urgent, and two would have to go
    assert_eq!(machines.count(), 3);
    let urgent = machines.acquire_with_priority(4);
    assert_eq!(machines.count(), 2);
    sim.run_until(2.0).unwrap();
    assert_eq!(*log.borrow(), ["1 b lost what it had since 0", "1 a lost what it had since 0"]);
    drop(urgent);
    assert_eq!(machines.count(), 2, "the other one has it now");
    drop(too_weak);
    assert_eq!(machines.count(), 1);
    machines.set_capacity(0);
    let _closed = machines.acquire_with_priority(-1);
    assert_eq!(machines.count(), 0, "a closed resource has nothing to take away for anybody");
    sim.run().unwrap();
    assert_eq!(log.borrow().last().unwrap(), "2 c lost what it had since 0");
}

#[test]
fn whoever_changes_the_capacity_keeps_its_own_slots() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machines = PreemptiveResource::new(&sim, 2);
    job(&sim, &machines, &log, "other", 0);
    let (env, shared) = (Environment::clone(&sim), machines.clone());
    sim.spawn(async move {
        let own = shared.acquire_with_priority(9).await;
        env.timeout(1.0).await;
        shared.set_capacity(0);
        assert!(!own.revoked());
        assert_eq!(shared.count(), 1);
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 other lost what it had since 0"]);
    assert_eq!(machines.count(), 0);
}

#[test]
fn rule_07_an_eviction_at_the_instant_of_the_grant_wins() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machines = PreemptiveResource::new(&sim, 1);
    machines.set_capacity(0);
    job(&sim, &machines, &log, "a", 1);
    job(&sim, &machines, &log, "b", 1);
    sim.run_until(3.0).unwrap();
    machines.set_capacity(2); // granted to both ..
    machines.set_capacity(1); // .. and taken from the second before it has resumed
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["3 b lost what it had since 3", "13 a is done"]);
    assert_eq!(machines.count(), 0);
}
