//! `acquire_together`: several resources at once, all or nothing.

use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

fn counts<const N: usize>(resources: [&Resource; N]) -> [usize; N] {
    resources.map(Resource::count)
}

#[test]
fn all_is_granted_at_the_call_and_comes_in_the_order_written() {
    let sim = Simulation::new();
    let (room, surgeon) = (Resource::new(&sim, 1), Resource::new(&sim, 3));
    let request = acquire_together([(&surgeon, 2), (&room, 1)]);
    assert!(request.triggered());
    let [pair, place] = sim.run_until_event(request).unwrap();
    assert_eq!((pair.units(), place.units(), counts([&room, &surgeon])), (2, 1, [1, 2]));
    pair.release();
    assert_eq!(counts([&room, &surgeon]), [1, 0]);
    drop(place);
    assert_eq!(counts([&room, &surgeon]), [0, 0]);
}

#[test]
fn it_holds_nothing_while_it_waits_and_those_behind_use_what_is_free() {
    let sim = Simulation::new();
    let (room, surgeon) = (Resource::new(&sim, 1), Resource::new(&sim, 2));
    let busy = surgeon.try_acquire().unwrap();
    let both = acquire_together([(&room, 1), (&surgeon, 2)]);
    assert_eq!(counts([&room, &surgeon]), [0, 1]);
    assert_eq!((room.waiting(), surgeon.waiting()), (0, 1));
    let cleaning = room.try_acquire().unwrap(); // the room is free for others
    assert!(surgeon.try_acquire().is_none(), "nobody overtakes it where it waits");
    drop(busy);
    // Now it waits for the room, and the surgeons are free for others.
    assert_eq!((room.waiting(), surgeon.waiting()), (1, 0));
    let consulting = surgeon.try_acquire().unwrap();
    drop(cleaning);
    assert_eq!((room.waiting(), surgeon.waiting()), (0, 1));
    assert!(!both.triggered());
    drop(consulting);
    assert!(both.triggered());
    assert_eq!(counts([&room, &surgeon]), [1, 2]);
    drop(both);
    assert_eq!(counts([&room, &surgeon]), [0, 0]);
}

#[test]
fn it_keeps_its_place_in_every_line() {
    let sim = Simulation::new();
    let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let (held, busy) = (one.try_acquire().unwrap(), other.try_acquire().unwrap());
    let both = acquire_together([(&one, 1), (&other, 1)]);
    let (later, alone) = (other.acquire(), one.acquire());
    drop(held); // its turn at `one`, but `other` is busy: it goes before `later` there
    assert!(alone.triggered() && !both.triggered());
    drop(alone);
    drop(busy);
    assert!(both.triggered() && !later.triggered());
    drop(both);
    assert!(later.triggered());
}

#[test]
fn ties_go_in_the_order_of_asking_whichever_is_written_first() {
    for reversed in [false, true] {
        let sim = Simulation::new();
        let (a, b) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
        let mut needs = [(&a, 1), (&b, 1)];
        let all = acquire_together(needs);
        let first = acquire_together(needs);
        if reversed {
            needs.reverse();
        }
        let (second, urgent) = (acquire_together(needs), acquire_together_with_priority(needs, -1));
        drop(all); // both are free in one step
        assert!(urgent.triggered() && !first.triggered() && !second.triggered());
        drop(urgent);
        assert!(first.triggered() && !second.triggered());
        drop(first);
        assert!(second.triggered());
    }
}

#[test]
fn whoever_can_have_all_goes_past_those_who_cannot() {
    let sim = Simulation::new();
    let [a, b, c] = [(); 3].map(|()| Resource::new(&sim, 1));
    let held = [&a, &b, &c].map(|resource| resource.try_acquire().unwrap());
    let first = acquire_together([(&a, 1), (&b, 1)]);
    let second = acquire_together([(&b, 1), (&c, 1)]);
    let third = acquire_together([(&c, 1), (&a, 1)]);
    let urgent = acquire_together_with_priority([(&c, 1), (&b, 1)], -1);
    drop(held); // one after the other
    assert!(first.triggered() && !urgent.triggered(), "`a` and `b` were free before `c`");
    assert!(!second.triggered() && !third.triggered());
    let [on_a, on_b] = sim.run_until_event(first).unwrap();
    drop(on_a); // `c` and `a` are free: nobody before the third can have all
    assert!(third.triggered() && !second.triggered());
    drop(on_b);
    assert!(!urgent.triggered() && !second.triggered(), "`c` is taken");
    drop(third);
    assert!(urgent.triggered() && !second.triggered());
    drop(urgent);
    assert!(second.triggered());
}

#[test]
fn a_resource_that_is_written_twice_is_needed_twice() {
    let sim = Simulation::new();
    let cores = Resource::new(&sim, 3);
    let busy = cores.try_acquire().unwrap();
    let request = acquire_together([(&cores, 1), (&cores, 2)]);
    assert!(!request.triggered());
    drop(busy);
    let [one, two] = sim.run_until_event(request).unwrap();
    assert_eq!((one.units(), two.units(), cores.count()), (1, 2, 3));
    drop(two);
    assert_eq!(cores.count(), 1);
}

#[process]
async fn philosopher(env: Environment, left: Resource, right: Resource, log: Log, number: usize) {
    for _ in 0..3 {
        env.timeout(1.0).await; // thinks
        let forks = acquire_together([(&left, 1), (&right, 1)]).await;
        env.timeout(2.0).await;
        log.borrow_mut().push(format!("{} {number}", env.now()));
        drop(forks);
    }
}

#[test]
fn philosophers_do_not_starve_each_other() {
    let (sim, log) = (Simulation::new(), Log::default());
    let forks: Vec<Resource> = (0..5).map(|_| Resource::new(&sim, 1)).collect();
    for number in 0..5 {
        let (left, right) = (forks[number].clone(), forks[(number + 1) % 5].clone());
        sim.process(Philosopher::new(left, right, log.clone(), number));
    }
    sim.run().unwrap();
    assert_eq!(log.borrow().len(), 15);
    assert!(sim.blocked().is_empty());
    assert!(forks.iter().all(|fork| fork.count() == 0 && fork.waiting() == 0));
    // Two eat at a time: 15 meals of 2 take 8 rounds at least.
    assert!(sim.now() <= 1.0 + 9.0 * 2.0, "{} {:?}", sim.now(), log.borrow());
}

#[test]
fn rule_05_a_request_that_goes_gives_all_back_and_serves_all_lines() {
    for way in 0..5 {
        let sim = Simulation::new();
        let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
        let (busy, busy_too) = (one.try_acquire().unwrap(), other.try_acquire().unwrap());
        let (env, pair) = (sim.env(), [one.clone(), other.clone()]);
        let process = sim.spawn(async move {
            let attempt = async {
                let both = acquire_together([(&pair[0], 1), (&pair[1], 1)]);
                asim!(match FirstOf(both = both, late = env.timeout(3.0)).await {
                    FirstOf::Both(slots) => {
                        env.timeout(1.0).await;
                        drop(slots);
                    }
                    FirstOf::Late(()) => {}
                });
            };
            let _ = env.interruptible(attempt).await;
        });
        sim.run_until(1.0).unwrap();
        let behind = [one.acquire(), other.acquire()];
        match way {
            0 => process.cancel(),
            1 => process.interrupt(()),
            _ => {} // 2: it loses its race at 3
        }
        if way >= 3 {
            drop((busy, busy_too)); // granted in this instant ..
            assert_eq!(counts([&one, &other]), [1, 1]);
            if way == 3 {
                process.interrupt(()); // .. and interrupted before it resumes
            } else {
                process.cancel();
            }
            sim.run_until(1.0).unwrap();
        } else {
            sim.run_until(4.0).unwrap();
            assert!(behind.iter().all(|request| !request.triggered()));
            drop((busy, busy_too));
        }
        assert!(behind.iter().all(asim::Request::triggered), "way {way}");
        drop(behind);
        assert_eq!(counts([&one, &other]), [0, 0]);
        assert_eq!((one.waiting(), other.waiting()), (0, 0));
    }
}

#[test]
fn rule_06_those_behind_are_served_when_it_leaves_the_line_that_it_holds_up() {
    let sim = Simulation::new();
    let (room, surgeon) = (Resource::new(&sim, 1), Resource::new(&sim, 2));
    let _busy = surgeon.try_acquire().unwrap();
    let mut both = acquire_together([(&room, 1), (&surgeon, 2)]);
    let behind = surgeon.acquire();
    assert!(!behind.triggered());
    both.set_priority(1);
    assert!(behind.triggered() && !both.triggered());
    drop(behind);
    let behind = surgeon.acquire_with_priority(1);
    assert!(!behind.triggered());
    drop(both);
    assert!(behind.triggered());
}

#[test]
fn rule_13_by_reference_it_keeps_its_places() {
    let sim = Simulation::new();
    let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let busy = one.try_acquire().unwrap();
    let (env, pair) = (sim.env(), [one.clone(), other.clone()]);
    let process = sim.spawn(async move {
        let mut both = acquire_together([(&pair[0], 1), (&pair[1], 1)]);
        env.interruptible(&mut both).await.unwrap_err();
        env.timeout(2.0).await;
        assert!(both.triggered(), "it was granted meanwhile");
        let slots = both.await;
        assert_eq!(env.now(), 3.0);
        drop(slots);
    });
    sim.run_until(1.0).unwrap();
    process.interrupt(());
    let behind = one.acquire();
    sim.run_until(2.0).unwrap();
    drop(busy);
    assert!(!behind.triggered());
    assert_eq!(counts([&one, &other]), [1, 1]);
    sim.run().unwrap();
    assert!(behind.triggered() && process.done());
}

#[test]
fn blocked_names_it() {
    let sim = Simulation::new();
    let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let _busy = other.try_acquire().unwrap();
    sim.spawn(async move { drop(acquire_together([(&one, 1), (&other, 1)]).await) });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "acquire_together");
    assert!(sim.blocked()[0].location.unwrap().file().ends_with("together.rs"));
}

#[test]
#[should_panic(expected = "acquire_together needs one resource or more")]
fn nothing_together_is_refused() {
    let _ = acquire_together([]);
}

#[test]
#[should_panic(expected = "`acquire_together` asks things of simulation")]
fn rule_16_resources_of_two_simulations_are_refused() {
    let (one, other) = (Simulation::new(), Simulation::new());
    let _ = acquire_together([(&Resource::new(&one, 1), 1), (&Resource::new(&other, 1), 1)]);
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let held = acquire_together([(&one, 1), (&other, 1)]);
    let waits = acquire_together([(&one, 1), (&other, 1)]);
    drop(sim);
    drop((held, waits));
    let mut late = acquire_together([(&one, 1), (&other, 1)]);
    late.set_priority(3);
    assert!(!late.triggered());
    drop(late);
    assert_eq!(counts([&one, &other]), [0, 0]);
    assert_eq!((one.waiting(), other.waiting()), (0, 0));
}

#[test]
fn memory_stays_flat() {
    let sim = Simulation::new();
    let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let round = || {
        let held = acquire_together([(&one, 1), (&other, 1)]);
        let waits = acquire_together([(&other, 1), (&one, 1)]);
        let gone = acquire_together([(&other, 1), (&one, 1)]);
        drop(gone);
        drop(held);
        assert!(waits.triggered());
    };
    (0..100).for_each(|_| round());
    let before = crate::counting::in_use();
    (0..1000).for_each(|_| round());
    assert_eq!(crate::counting::in_use(), before);
}

#[test]
fn rule_08_a_priority_after_the_end_of_the_simulation_grants_nothing() {
    let sim = Simulation::new();
    let (room, surgeons) = (Resource::new(&sim, 1), Resource::new(&sim, 2));
    let slot = room.try_acquire().unwrap();
    let mut waits = acquire_together([(&room, 1), (&surgeons, 2)]);
    drop(sim);
    drop(slot);
    waits.set_priority(-1);
    assert!(!waits.triggered(), "nothing is granted after the end");
    assert_eq!((room.count(), surgeons.count()), (0, 0));
}
