//! Work on a preemptive resource that goes on after each preemption.

use asim::Worked;
use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

use crate::counting;

type Log = Rc<RefCell<Vec<String>>>;

/// Works, and notes when it was done and how it went.
fn worker(
    sim: &Simulation,
    machine: &PreemptiveResource,
    log: &Log,
    (name, comes, priority, duration): (&'static str, f64, i32, f64),
) {
    let (env, machine, log) = (Environment::clone(sim), machine.clone(), log.clone());
    sim.spawn(async move {
        env.timeout(comes).await;
        let comes = env.now();
        let Worked { waited, suspended, preemptions, .. } = machine.work(priority, duration).await;
        assert!((env.now() - comes - duration - waited - suspended).abs() < 1e-9);
        let now = env.now();
        let note = format!("{now} {name}: {waited} + {suspended}, {preemptions} times");
        log.borrow_mut().push(note);
    });
}

fn run(workers: &[(&'static str, f64, i32, f64)]) -> Vec<String> {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    for &each in workers {
        worker(&sim, &machine, &log, each);
    }
    sim.run().unwrap();
    assert_eq!(machine.count(), 0);
    log.take()
}

#[test]
fn work_that_nobody_disturbs_takes_its_time() {
    assert_eq!(
        run(&[("a", 1.0, 0, 4.0), ("b", 2.0, 0, 0.0)]),
        ["5 a: 0 + 0, 0 times", "5 b: 3 + 0, 0 times",]
    );
}

#[test]
fn it_goes_on_with_what_is_left_after_each_preemption() {
    let workers = [
        ("low", 0.0, 2, 8.0),
        ("high", 3.0, 0, 2.0),
        ("middle", 6.0, 1, 4.0),
        ("high", 7.0, 0, 1.0),
    ];
    let expected = [
        "5 high: 0 + 0, 0 times",
        "8 high: 0 + 0, 0 times",
        "11 middle: 0 + 1, 1 times",
        "15 low: 0 + 7, 2 times",
    ];
    assert_eq!(run(&workers), expected);
}

#[test]
fn work_whose_end_and_preemption_fall_on_one_time_is_done_in_either_order() {
    for end_first in [true, false] {
        let (sim, log) = (Simulation::new(), Log::default());
        let machine = PreemptiveResource::new(&sim, 1);
        if end_first {
            worker(&sim, &machine, &log, ("low", 0.0, 5, 0.3));
            sim.run_until(0.0).unwrap();
        }
        let (shared, env) = (machine.clone(), Environment::clone(&sim));
        sim.schedule(0.3, move |_| {
            env.spawn(async move {
                shared.work(0, 1.0).await;
            });
        });
        if !end_first {
            worker(&sim, &machine, &log, ("low", 0.0, 5, 0.3));
        }
        sim.run().unwrap();
        assert_eq!(*log.borrow(), ["0.3 low: 0 + 0, 0 times"], "end first: {end_first}");
        assert_eq!((sim.now(), machine.count()), (1.3, 0));
    }
}

#[test]
fn a_slot_taken_away_at_the_instant_of_its_grant_has_done_nothing() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    let slot = machine.acquire_with_priority(0);
    worker(&sim, &machine, &log, ("low", 0.0, 5, 4.0));
    sim.run_until(1.0).unwrap();
    drop(slot); // granted to "low" ..
    let urgent = machine.acquire_with_priority(1); // .. and taken away before it has resumed
    assert_eq!(machine.count(), 1);
    sim.run_until(3.0).unwrap();
    drop(urgent);
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["7 low: 1 + 2, 1 times"]);
}

#[test]
fn a_grant_at_the_call_can_be_lost_before_the_work_is_awaited() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let work = machine.work(5, 4.0); // outside of all processes, so there is no process to interrupt
    assert_eq!(machine.count(), 1);
    let urgent = machine.work(1, 2.0);
    assert_eq!(machine.count(), 1);
    let worked = sim.run_until_event(all_of([urgent, work])).unwrap();
    assert_eq!((sim.now(), worked[0].waited, worked[1].preemptions), (6.0, 0.0, 1));
    assert_eq!(worked[1].suspended, 2.0);
}

#[test]
fn remainders_do_not_make_it_last_longer() {
    let (sim, log) = (Simulation::starting_at(0.1), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    worker(&sim, &machine, &log, ("low", 0.0, 5, 10.0));
    for n in 0..1000_u32 {
        let rush = machine.clone();
        sim.schedule(f64::from(n) * 0.013, move |env| {
            env.spawn(async move {
                rush.work(0, 0.003).await;
            });
        });
    }
    sim.run().unwrap();
    let log = log.take();
    assert_eq!(log.len(), 1);
    // 10 for the work itself, and 0.003 for each of the 1000 preemptions.
    assert!((sim.now() - 13.1).abs() < 1e-9, "{} {log:?}", sim.now());
    assert!(log[0].ends_with("1000 times") || log[0].ends_with("999 times"), "{log:?}");
}

#[test]
fn another_interrupt_goes_to_the_caller_and_what_is_left_is_known() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    let worker = sim.spawn(async move {
        let mut work = shared.work(5, 8.0);
        let mut interrupts = Vec::new();
        let worked = loop {
            match env.interruptible(&mut work).await {
                Ok(worked) => break worked,
                Err(interrupt) => {
                    assert!(interrupt.cause::<Preempted>().is_none());
                    interrupts.push((env.now(), work.left()));
                    assert_eq!(shared.count(), usize::from(env.now() == 4.0));
                    env.timeout(1.0).await;
                }
            }
        };
        // The interrupt at 2 finds it at work. The interrupt at 4 finds it in line, as a more
        // urgent process has the machine from 3.5 to 5.5.
        assert_eq!(interrupts, [(2.0, 6.0), (4.0, 5.5)]);
        assert_eq!((worked.preemptions, worked.waited, worked.suspended), (1, 0.0, 1.0));
        assert_eq!((env.now(), work.left()), (11.0, 0.0));
    });
    let (interrupted, shared) = (worker.process_ref(), machine.clone());
    sim.schedule(2.0, move |_| interrupted.interrupt("phone"));
    sim.schedule(3.5, move |env| {
        env.spawn(async move {
            shared.work(0, 2.0).await;
        });
    });
    let interrupted = worker.process_ref();
    sim.schedule(4.0, move |_| interrupted.interrupt("door"));
    sim.run().unwrap();
    assert!(worker.done());
    assert_eq!(machine.count(), 0);
}

#[test]
fn rule_07_an_interrupt_and_a_preemption_at_one_time_are_both_accounted_for() {
    for interrupt_first in [true, false] {
        let sim = Simulation::new();
        let machine = PreemptiveResource::new(&sim, 1);
        let (env, shared) = (Environment::clone(&sim), machine.clone());
        let worker = sim.spawn(async move {
            let mut work = shared.work(5, 8.0);
            assert!(env.interruptible(&mut work).await.is_err());
            assert_eq!((env.now(), work.left()), (3.0, 5.0));
            work.await;
            assert_eq!(env.now(), 10.0);
        });
        sim.run_until(3.0).unwrap();
        if interrupt_first {
            worker.interrupt(());
        }
        let urgent = machine.acquire_with_priority(0);
        if !interrupt_first {
            worker.interrupt(());
        }
        sim.run_until(5.0).unwrap();
        drop(urgent);
        sim.run().unwrap();
        assert!(worker.done());
    }
}

#[test]
fn a_preemption_of_another_resource_goes_to_the_caller() {
    let sim = Simulation::new();
    let (machine, other) = (PreemptiveResource::new(&sim, 1), PreemptiveResource::new(&sim, 1));
    let (env, shared, held) = (Environment::clone(&sim), machine.clone(), other.clone());
    let worker = sim.spawn(async move {
        let _held = held.acquire_with_priority(5).await;
        let interrupt = env.interruptible(shared.work(5, 8.0)).await.unwrap_err();
        assert_eq!(interrupt.cause::<Preempted>().unwrap().usage_since, 0.0);
        assert_eq!(env.now(), 2.0);
    });
    sim.run_until(2.0).unwrap();
    let urgent = (machine.acquire_with_priority(0), other.acquire_with_priority(0));
    sim.run().unwrap();
    assert!(worker.done());
    drop(urgent);
}

#[test]
fn work_can_be_raced_and_is_given_up_when_it_loses() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    sim.spawn(async move {
        let mut work = shared.work(5, 8.0);
        asim!(match FirstOf(done = &mut work, closed = env.timeout(3.0)).await {
            FirstOf::Done(_) => unreachable!(),
            FirstOf::Closed(()) => assert_eq!((work.left(), shared.count()), (5.0, 0)),
        });
        asim!(match FirstOf(done = work, closed = env.timeout(5.0)).await {
            FirstOf::Done(_) => unreachable!("a native that is due at one time goes first"),
            FirstOf::Closed(()) => assert_eq!((env.now(), shared.count()), (8.0, 0)),
        });
    });
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

#[test]
fn a_breakdown_suspends_it_and_polite_work_waits_its_turn() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    worker(&sim, &machine, &log, ("a", 0.0, 5, 4.0));
    worker(&sim, &machine.without_preemption(), &log, ("polite", 1.0, 0, 1.0));
    for (time, capacity) in [(2.0, 0), (7.0, 1)] {
        let machine = machine.clone();
        sim.schedule(time, move |_| machine.set_capacity(capacity));
    }
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["8 polite: 6 + 0, 0 times", "10 a: 0 + 6, 1 times"]);
}

#[test]
fn endless_work_never_ends_and_is_said_to_be_what_blocks() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    sim.spawn(async move {
        machine.work(0, f64::INFINITY).await;
    });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "PreemptiveResource::work");
    assert!(sim.blocked()[0].location.unwrap().file().ends_with("work.rs"));
    assert!(sim.blocked()[0].location.unwrap().file().contains("tests"));
}

#[test]
#[should_panic(expected = "a duration is a number >= 0, not NaN")]
fn work_of_no_duration_is_refused() {
    let _ = PreemptiveResource::new(&Simulation::new(), 1).work(0, f64::NAN);
}

#[test]
fn rule_08_work_may_outlive_the_simulation() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let kept = [machine.work(0, 1.0), machine.work(0, 1.0)];
    let (shared, env) = (machine.clone(), Environment::clone(&sim));
    sim.spawn(async move {
        let mut work = shared.work(-1, 9.0);
        drop(env.interruptible(&mut work).await);
    });
    sim.run().unwrap();
    drop(sim);
    drop((kept, machine.work(0, 1.0)));
    assert_eq!(machine.count(), 0);
}

#[test]
fn memory_stays_flat() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let shared = machine.clone();
    sim.spawn(async move {
        shared.work(9, 1e9).await;
    });
    let round = |n: u32| {
        let rush = machine.clone();
        drop(machine.work(20, 1.0)); // leaves the line
        sim.spawn(async move {
            drop(rush.work(5, 1.0)); // has it, or not
            rush.work(0, 0.25).await;
        });
        sim.run_until(f64::from(n)).unwrap();
    };
    (0..1_000).for_each(round);
    let before = counting::in_use();
    (1_000..20_000).for_each(round);
    assert_eq!(counting::in_use(), before);
}
