//! Requests for several units of a resource: one slot that holds them all, and one line for large and
//! small requests.

use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

fn shown(resource: &Resource) -> (usize, usize) {
    (resource.count(), resource.waiting())
}

#[test]
fn one_slot_holds_all_units_and_gives_all_back() {
    let sim = Simulation::new();
    let cores = Resource::new(&sim, 8);
    let slot = sim.run_until_event(cores.acquire_many(6)).unwrap();
    assert_eq!((slot.units(), slot.revoked(), shown(&cores)), (6, false, (6, 0)));
    let one = cores.try_acquire().unwrap();
    assert_eq!((one.units(), shown(&cores)), (1, (7, 0)));
    slot.release();
    assert_eq!(shown(&cores), (1, 0));
    drop(one);
    assert_eq!(shown(&cores), (0, 0));
}

#[test]
fn nobody_behind_overtakes_a_large_request_whichever_way_it_asks() {
    let sim = Simulation::new();
    let cores = Resource::new(&sim, 4);
    let running = cores.try_acquire_many(2).unwrap();
    let large = cores.acquire_many(3);
    let small = cores.acquire();
    assert!(cores.try_acquire().is_none() && cores.try_acquire_many(1).is_none());
    assert!(!cores.acquire_many_with_priority(2, 1).triggered());
    assert_eq!(shown(&cores), (2, 2));
    // A more urgent one is before it, and does not wait for it.
    let urgent = cores.acquire_with_priority(-1);
    assert!(urgent.triggered());
    drop(urgent);
    assert!(!small.triggered() && !large.triggered());
    drop(running);
    assert!(small.triggered() && large.triggered());
    assert_eq!(shown(&cores), (4, 0));
}

#[test]
fn rule_06_those_behind_a_large_request_are_served_when_it_leaves() {
    for way in 0..4 {
        let sim = Simulation::new();
        let cores = Resource::new(&sim, 4);
        let _running = cores.try_acquire_many(2).unwrap();
        let mut large = Some(cores.acquire_many(3));
        if way == 1 {
            // Lost in a race.
            let (shared, request) = (cores.clone(), large.take().unwrap());
            let env = sim.env();
            sim.spawn(async move {
                let _shared = shared;
                asim!(match FirstOf(large = request, late = env.timeout(1.0)).await {
                    FirstOf::Large(_) => unreachable!(),
                    FirstOf::Late(()) => {}
                });
            });
            sim.run_until(0.5).unwrap();
        }
        let (small, other, third) = (cores.acquire(), cores.acquire(), cores.acquire());
        assert_eq!(cores.waiting(), 4);
        match way {
            0 => drop(large),
            1 => sim.run_until(1.0).unwrap(),
            2 => large.as_mut().unwrap().set_priority(1),
            _ => cores.set_capacity(5),
        }
        let expected = if way == 3 { (5, 3) } else { (4, usize::from(way == 2) + 1) };
        assert_eq!(shown(&cores), expected, "way {way}");
        let triggered = [small.triggered(), other.triggered(), third.triggered()];
        assert_eq!(triggered, if way == 3 { [false; 3] } else { [true, true, false] });
    }
}

#[test]
fn rule_05_a_cancelled_interrupted_or_losing_holder_gives_all_units_back() {
    for way in 0..4 {
        let sim = Simulation::new();
        let cores = Resource::new(&sim, 8);
        let (shared, env) = (cores.clone(), sim.env());
        let process = sim.spawn(async move {
            if way == 2 {
                // Granted while it waits, in a race that is lost in that instant.
                let lost = env.interruptible(async {
                    asim!(
                        match FirstOf(six = shared.acquire_many(6), late = env.timeout(5.0)).await {
                            FirstOf::Six(_) => unreachable!(),
                            FirstOf::Late(()) => {}
                        }
                    );
                });
                lost.await.unwrap_err();
                return;
            }
            let attempt = env.interruptible(async {
                let _six = shared.acquire_many(6).await;
                env.timeout(9.0).await;
            });
            let _ = attempt.await;
        });
        if way == 2 {
            let busy = cores.try_acquire_many(3).unwrap();
            sim.run_until(1.0).unwrap();
            drop(busy); // granted ..
            assert_eq!(cores.count(), 6);
            process.interrupt(()); // .. and lost before the process resumes
        }
        sim.run_until(2.0).unwrap();
        match way {
            0 => process.cancel(),
            1 => process.interrupt(()),
            _ => {}
        }
        sim.run().unwrap();
        assert_eq!((shown(&cores), process.done()), ((0, 0), true), "way {way}");
    }
}

#[test]
fn some_units_can_be_given_back_early() {
    let sim = Simulation::new();
    let crew = Resource::new(&sim, 6);
    let mut slot = crew.try_acquire_many(5).unwrap();
    let waiting = [crew.acquire_many(3), crew.acquire_many(2)];
    slot.release_some(0);
    assert_eq!((slot.units(), shown(&crew)), (5, (5, 2)));
    slot.release_some(2);
    assert_eq!((slot.units(), waiting[0].triggered(), shown(&crew)), (3, true, (6, 1)));
    slot.release_some(3);
    assert_eq!((slot.units(), waiting[1].triggered(), shown(&crew)), (0, true, (5, 0)));
    drop(slot);
    assert_eq!(crew.count(), 5);
}

#[test]
#[should_panic(expected = "a slot of 2 units cannot give back 3")]
fn more_than_are_held_cannot_be_given_back() {
    let sim = Simulation::new();
    let crew = Resource::new(&sim, 6);
    crew.try_acquire_many(2).unwrap().release_some(3);
}

#[test]
#[should_panic(expected = "a request is for 1 unit or more, not 0")]
fn a_request_for_nothing_is_refused() {
    let _ = Resource::new(&Simulation::new(), 6).acquire_many(0);
}

#[test]
fn more_than_there_are_is_waited_for_and_blocked_says_so() {
    let sim = Simulation::new();
    let cores = Resource::new(&sim, 4);
    assert!(cores.try_acquire_many(5).is_none());
    let shared = cores.clone();
    sim.spawn(async move {
        assert_eq!(shared.acquire_many(6).await.units(), 6);
    });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "Resource::acquire");
    assert!(sim.blocked()[0].location.unwrap().file().ends_with("units.rs"));
    cores.set_capacity(6);
    sim.run().unwrap();
    assert_eq!((sim.blocked().len(), cores.count()), (0, 0));
}

#[test]
fn an_urgent_request_takes_what_it_needs_from_the_least_urgent_or_nothing() {
    let sim = Simulation::new();
    let cores = PreemptiveResource::new(&sim, 8);
    let lost = Rc::new(RefCell::new(Vec::new()));
    for (units, priority) in [(3, 5), (2, 7), (2, 2)] {
        let (env, cores, lost) = (sim.env(), cores.clone(), lost.clone());
        sim.spawn(async move {
            let slot = cores.acquire_many_with_priority(units, priority).await;
            if env.interruptible(env.timeout(9.0)).await.is_err() {
                assert_eq!((slot.revoked(), slot.units()), (true, 0));
                lost.borrow_mut().push(priority);
            }
        });
    }
    sim.run_until(1.0).unwrap();
    assert_eq!(cores.count(), 7);
    assert!(!cores.acquire_many_with_priority(7, 4).triggered(), "only 6 could be free");
    assert!(!cores.acquire_many_with_priority(9, 0).triggered(), "there are 8");
    let small = cores.without_preemption().acquire_with_priority(9);
    assert!(small.triggered());
    let six = cores.acquire_many_with_priority(4, 4);
    assert!(six.triggered());
    let more = cores.acquire_many_with_priority(3, 9);
    assert!(!more.triggered());
    sim.run_until(2.0).unwrap();
    // 5 units were taken away for 4; the one that was too many is free.
    assert_eq!((lost.take(), cores.count()), (vec![7, 5], 7));
    drop(six);
    assert!(more.triggered());
}

#[test]
fn what_an_eviction_frees_beyond_the_need_goes_to_the_line() {
    let sim = Simulation::new();
    let cores = PreemptiveResource::new(&sim, 4);
    let (env, shared) = (sim.env(), cores.clone());
    sim.spawn(async move {
        let attempt = async {
            let _slot = shared.acquire_many_with_priority(4, 5).await;
            env.timeout(9.0).await;
        };
        env.interruptible(attempt).await.unwrap_err();
    });
    sim.run_until(1.0).unwrap();
    let waiting = [cores.acquire_many_with_priority(2, 8), cores.acquire_with_priority(8)];
    let urgent = cores.acquire_with_priority(1);
    assert!(urgent.triggered() && waiting.iter().all(asim::Request::triggered));
    assert_eq!(cores.count(), 4);
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let cores = Resource::new(&sim, 4);
    let (mut held, waits) = (cores.try_acquire_many(3).unwrap(), cores.acquire_many(2));
    drop(sim);
    held.release_some(1);
    drop((held, waits, cores.acquire_many(2)));
    assert_eq!(cores.count(), 0);
    assert!(cores.try_acquire_many(1).is_none());
}
