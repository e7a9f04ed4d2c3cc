//! `Resource` by the rules of its semantics.

use asim::prelude::*;
use std::cell::RefCell;
use std::future::IntoFuture;
use std::rc::Rc;

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn note(&self, event: impl Into<String>) {
        self.0.borrow_mut().push(event.into());
    }

    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// Acquires with a priority, holds for a while, and notes both ends.
fn user(
    sim: &Simulation,
    resource: &Resource,
    log: &Log,
    name: &'static str,
    priority: i32,
    hold: f64,
) -> ProcessRef {
    let (env, resource, log) = (Environment::clone(sim), resource.clone(), log.clone());
    let handle = sim.spawn(async move {
        let slot = resource.acquire_with_priority(priority).await;
        log.note(format!("{} {name}", env.now()));
        env.timeout(hold).await;
        slot.release();
    });
    handle.process_ref()
}

#[test]
#[should_panic(expected = "the capacity of a resource is at least 1, not 0")]
fn a_resource_of_no_slots_is_refused() {
    let _ = Resource::new(&Simulation::new(), 0);
}

#[test]
fn rule_02_equals_are_served_in_the_order_of_their_calls() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 2);
    for name in ["a", "b", "c", "d", "e"] {
        user(&sim, &resource, &log, name, 0, 1.0);
    }
    sim.run().unwrap();
    assert_eq!(log.take(), ["0 a", "0 b", "1 c", "1 d", "2 e"]);
    assert_eq!(resource.count(), 0);
}

#[test]
fn rule_02_the_smaller_number_goes_first_and_i32_has_no_edge() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 1);
    for (name, priority) in
        [("a", 0), ("b", i32::MAX), ("c", 1), ("d", i32::MIN), ("e", 1), ("f", -1)]
    {
        user(&sim, &resource, &log, name, priority, 1.0);
    }
    sim.run().unwrap();
    assert_eq!(log.take(), ["0 a", "1 d", "2 f", "3 c", "4 e", "5 b"]);
}

#[test]
fn rule_03_a_request_stands_in_line_from_its_call_on() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 1);
    let (env, shared, notes) = (Environment::clone(&sim), resource.clone(), log.clone());
    sim.spawn(async move {
        let granted = shared.acquire();
        assert_eq!(shared.count(), 1, "promised, not yet taken");
        let waiting = shared.acquire();
        env.timeout(5.0).await;
        drop(granted.await);
        let _slot = waiting.await;
        notes.note(format!("{} early", env.now()));
    });
    user(&sim, &resource, &log, "late", 0, 0.0);
    sim.run().unwrap();
    assert_eq!(log.take(), ["5 early", "5 late"]);
}

#[test]
fn rule_03_what_is_free_is_granted_at_the_call_without_a_trip_through_the_ready_line() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 1);
    for name in ["a", "b"] {
        let (resource, log) = (resource.clone(), log.clone());
        sim.spawn(async move {
            for _ in 0..2 {
                resource.acquire().await.release();
                log.note(name);
            }
        });
    }
    sim.run().unwrap();
    assert_eq!(log.take(), ["a", "a", "b", "b"]);
}

#[test]
fn rule_04_the_loser_of_a_race_gives_its_slot_to_the_next_before_the_deciding_call_returns() {
    let sim = Simulation::new();
    let (first, second) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let (env, a, b) = (Environment::clone(&sim), first.clone(), second.clone());
    sim.spawn(async move {
        let race = first_of([a.acquire(), b.acquire()]); // both are free: the first written wins
        assert_eq!((a.count(), b.count()), (1, 0));
        let (winner, slot) = race.await;
        assert_eq!(winner, 0);
        env.timeout(1.0).await;
        slot.release();
    });
    sim.run().unwrap();
    assert_eq!((first.count(), second.count()), (0, 0));
}

#[test]
fn rule_04_a_grant_that_loses_while_its_owner_sleeps_goes_to_the_next_in_line() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 1);
    let stop = sim.event::<()>();
    let (env, shared, stopped, notes) =
        (Environment::clone(&sim), resource.clone(), stop.clone(), log.clone());
    sim.spawn(async move {
        asim!(match FirstOf(
            both = AllOf(slot = shared.acquire(), forever = env.timeout(f64::INFINITY)),
            stop = stopped
        )
        .await
        {
            FirstOf::Both(_) => unreachable!(),
            FirstOf::Stop(()) => notes.note(format!("{} stopped", env.now())),
        });
    });
    user(&sim, &resource, &log, "next", 0, 0.0);
    let (env, shared) = (Environment::clone(&sim), resource.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        stop.succeed(());
        assert_eq!(shared.count(), 1, "handed on to the next by now");
    });
    sim.run().unwrap();
    assert_eq!(log.take(), ["2 stopped", "2 next"]);
}

#[test]
fn rule_04_of_a_grant_and_a_timeout_at_one_instant_the_first_wins() {
    for slot_first in [true, false] {
        let (sim, log) = (Simulation::new(), Log::default());
        let resource = Resource::new(&sim, 1);
        let slot = resource.try_acquire().unwrap();
        let release = |sim: &Simulation| {
            let env = Environment::clone(sim);
            sim.spawn(async move {
                env.timeout(3.0).await;
                slot.release();
            });
        };
        let race = |sim: &Simulation| {
            let (env, shared, notes) = (Environment::clone(sim), resource.clone(), log.clone());
            sim.spawn(async move {
                asim!(match FirstOf(slot = shared.acquire(), late = env.timeout(3.0)).await {
                    FirstOf::Slot(_) => notes.note("slot"),
                    FirstOf::Late(()) => notes.note("late"),
                });
            });
        };
        if slot_first {
            release(&sim);
            race(&sim);
        } else {
            race(&sim);
            release(&sim);
        }
        sim.run().unwrap();
        assert_eq!(log.take(), [if slot_first { "slot" } else { "late" }]);
        assert_eq!(resource.count(), 0);
    }
}

#[test]
fn rule_05_a_dropped_request_leaves_the_line_or_hands_its_slot_on() {
    let sim = Simulation::new();
    let resource = Resource::new(&sim, 1);
    let granted = resource.acquire();
    let middle = resource.acquire();
    let last = resource.acquire();
    drop(middle);
    drop(granted);
    assert_eq!(resource.count(), 1, "the last one has it");
    assert!(resource.try_acquire().is_none());
    drop(last);
    assert_eq!(resource.count(), 0);
}

#[test]
fn rule_05_a_cancelled_process_hands_on_its_slot_its_grant_and_its_place_in_line() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 1);
    let holder = user(&sim, &resource, &log, "holder", 0, 100.0);
    let granted = user(&sim, &resource, &log, "granted", 0, 1.0);
    let waiting = user(&sim, &resource, &log, "waiting", 0, 1.0);
    user(&sim, &resource, &log, "last", 0, 1.0);
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        env.timeout(1.0).await;
        waiting.cancel();
        holder.cancel(); // grants to the one that is cancelled before it resumes
        granted.cancel();
    });
    sim.run().unwrap();
    assert_eq!(log.take(), ["0 holder", "1 last"]);
    assert_eq!(resource.count(), 0);
}

#[test]
fn rule_05_a_process_that_ends_holding_two_slots_gives_both_back() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 2);
    let (env, shared) = (Environment::clone(&sim), resource.clone());
    let holder = sim.spawn(async move {
        let _slots = (shared.acquire().await, shared.acquire().await);
        env.timeout(f64::INFINITY).await;
    });
    for name in ["a", "b", "c"] {
        user(&sim, &resource, &log, name, 0, 1.0);
    }
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        env.timeout(4.0).await;
        holder.cancel();
    });
    sim.run().unwrap();
    assert_eq!(log.take(), ["4 a", "4 b", "5 c"]);
}

#[test]
fn rule_06_a_release_serves_one_waiter_and_only_one() {
    let sim = Simulation::new();
    let resource = Resource::new(&sim, 3);
    let slots: Vec<Slot> = (0..3).map(|_| resource.try_acquire().unwrap()).collect();
    let (log, notes) = (Log::default(), Log::default());
    for name in ["a", "b", "c", "d"] {
        user(&sim, &resource, &log, name, 0, 10.0);
    }
    for (at, slot) in (1_u32..).zip(slots) {
        let (env, notes, resource) = (Environment::clone(&sim), notes.clone(), resource.clone());
        sim.spawn(async move {
            env.timeout(at.into()).await;
            slot.release();
            notes.note(resource.count().to_string());
        });
    }
    sim.run().unwrap();
    assert_eq!(log.take(), ["1 a", "2 b", "3 c", "11 d"]);
    assert_eq!(notes.take(), ["3", "3", "3"]);
}

#[test]
fn rule_07_an_interrupt_at_the_instant_of_the_grant_wins_and_the_slot_goes_on() {
    let (sim, log) = (Simulation::new(), Log::default());
    let resource = Resource::new(&sim, 1);
    let slot = resource.try_acquire().unwrap();
    let (env, shared, notes) = (Environment::clone(&sim), resource.clone(), log.clone());
    let victim = sim.spawn(async move {
        let outcome = env.interruptible(shared.acquire()).await;
        assert_eq!(outcome.unwrap_err().cause(), Some(&"fire"));
        notes.note(format!("{} interrupted", env.now()));
    });
    user(&sim, &resource, &log, "next", 0, 1.0);
    let (env, shared) = (Environment::clone(&sim), resource.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        slot.release();
        victim.interrupt("fire");
        assert_eq!(shared.count(), 1, "promised to the victim until the interrupt is delivered");
    });
    sim.run().unwrap();
    assert_eq!(log.take(), ["2 interrupted", "2 next"]);
    assert_eq!(resource.count(), 0);
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let resource = Resource::new(&sim, 1);
    let slot = resource.try_acquire();
    let (kept, waiting) = (resource.acquire(), resource.clone());
    sim.spawn(async move { drop(waiting.acquire().await) });
    sim.run().unwrap();
    drop(sim);
    drop(slot);
    assert_eq!(resource.count(), 0, "nobody is served any more");
    drop(kept);
    assert!(resource.try_acquire().is_none(), "refused quietly");
    let refused = resource.acquire();
    let _race = first_of([refused, resource.acquire()]);
    assert_eq!(resource.count(), 0);
}

#[test]
fn rule_08_slots_released_by_the_end_of_the_simulation_wake_nobody() {
    struct Reacquires(Resource);
    impl Drop for Reacquires {
        fn drop(&mut self) {
            assert!(self.0.try_acquire().is_none());
            drop(self.0.acquire());
        }
    }
    let sim = Simulation::new();
    let resource = Resource::new(&sim, 1);
    for _ in 0..3 {
        let (env, resource) = (Environment::clone(&sim), resource.clone());
        sim.spawn(async move {
            let _last = Reacquires(resource.clone());
            let _slot = resource.acquire().await;
            env.timeout(f64::INFINITY).await;
            unreachable!("it never ends");
        });
    }
    sim.run().unwrap();
    drop(sim);
    assert_eq!(resource.count(), 0);
}

#[test]
fn rule_09_a_request_waits_inside_a_foreign_combinator() {
    let sim = Simulation::new();
    let resource = Resource::new(&sim, 2);
    let slots = [resource.try_acquire(), resource.try_acquire()];
    let (env, shared) = (Environment::clone(&sim), resource.clone());
    sim.spawn(async move {
        let (_a, _b) =
            futures::join!(shared.acquire().into_future(), shared.acquire().into_future());
        assert_eq!(env.now(), 2.0);
    });
    for (at, slot) in [1.0, 2.0].into_iter().zip(slots) {
        let env = Environment::clone(&sim);
        sim.spawn(async move {
            env.timeout(at).await;
            drop(slot);
        });
    }
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
    assert_eq!(resource.count(), 0);
}

#[test]
fn blocked_names_the_call_and_its_line() {
    let sim = Simulation::new();
    let resource = Resource::new(&sim, 1);
    let _slot = resource.try_acquire();
    let line = line!() + 1;
    sim.spawn(async move { drop(resource.acquire().await) });
    sim.run().unwrap();
    let blocked = sim.blocked();
    assert_eq!(blocked[0].waiting_for, "Resource::acquire");
    assert_eq!(blocked[0].location.unwrap().line(), line);
}
