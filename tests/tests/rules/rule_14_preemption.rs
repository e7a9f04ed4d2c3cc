//! Rule 14, of holders that can be evicted: the least urgent goes; among equals the one that asked last.
//! Work that was preempted resumes before its equals that arrived after it. Changing a waiting request's
//! priority moves it behind its new equals.

use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

/// Does some work, and notes its end.
fn worker(
    sim: &Simulation,
    machine: &PreemptiveResource,
    log: &Log,
    (name, comes, priority, duration): (&'static str, f64, i32, f64),
) {
    let (env, machine, log) = (sim.env(), machine.clone(), log.clone());
    sim.spawn(async move {
        env.timeout(comes).await;
        machine.work(priority, duration).await;
        log.borrow_mut().push(format!("{} {name}", env.now()));
    });
}

fn run(capacity: usize, workers: &[(&'static str, f64, i32, f64)]) -> Vec<String> {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, capacity);
    for &each in workers {
        worker(&sim, &machine, &log, each);
    }
    sim.run().unwrap();
    assert_eq!((machine.count(), machine.waiting()), (0, 0));
    log.take()
}

#[test]
fn rule_14_preempted_work_goes_on_before_its_equals_that_came_later() {
    let workers = [("a", 0.0, 1, 8.0), ("b", 1.0, 1, 8.0), ("urgent", 2.0, 0, 1.0)];
    assert_eq!(run(1, &workers), ["3 urgent", "9 a", "17 b"]);
}

#[test]
fn rule_14_several_that_were_preempted_resume_in_the_order_in_which_they_asked() {
    // All three slots are lost at 2, and come back one after the other.
    let workers = [
        ("a", 0.0, 1, 10.0),
        ("b", 0.0, 1, 10.0),
        ("c", 1.0, 1, 10.0),
        ("late", 1.5, 1, 1.0),
        ("urgent", 2.0, 0, 1.0),
        ("urgent", 2.0, 0, 2.0),
        ("urgent", 2.0, 0, 3.0),
    ];
    let expected = ["3 urgent", "4 urgent", "5 urgent", "11 a", "12 b", "12 late", "14 c"];
    assert_eq!(run(3, &workers), expected);
}

#[test]
fn rule_14_what_a_breakdown_interrupts_goes_on_in_the_order_of_asking() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machines = PreemptiveResource::new(&sim, 2);
    for each in [("a", 0.0, 1, 4.0), ("b", 0.0, 1, 4.0), ("c", 1.0, 1, 4.0), ("d", 1.0, 0, 1.0)] {
        worker(&sim, &machines, &log, each);
    }
    // At 1, d evicts b, which asked after a.
    for (time, capacity) in [(1.5, 0), (3.0, 1)] {
        let machines = machines.clone();
        sim.schedule(time, move |_| machines.set_capacity(capacity));
    }
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["3.5 d", "6 a", "9 b", "13 c"]);
}

#[test]
fn rule_14_the_slot_that_comes_back_before_the_preempted_process_resumes_is_for_it() {
    // The urgent one takes the slot and gives it back in one turn.
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    worker(&sim, &machine, &log, ("a", 0.0, 1, 8.0));
    worker(&sim, &machine, &log, ("b", 1.0, 1, 8.0));
    sim.run_until(2.0).unwrap();
    drop(machine.try_acquire().unwrap());
    assert_eq!((machine.count(), machine.waiting()), (1, 1));
    sim.run_until(3.0).unwrap();
    machine.set_capacity(0);
    machine.set_capacity(1);
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["8 a", "16 b"]);
}

#[test]
fn rule_14_work_that_the_model_stopped_itself_asks_anew() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    let (env, shared, notes) = (sim.env(), machine.clone(), log.clone());
    let a = sim.spawn(async move {
        let mut work = shared.work(1, 8.0);
        env.interruptible(&mut work).await.unwrap_err();
        work.await;
        notes.borrow_mut().push(format!("{} a", env.now()));
    });
    worker(&sim, &machine, &log, ("b", 1.0, 1, 8.0));
    sim.schedule(2.0, move |_| a.interrupt("lunch"));
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["10 b", "16 a"]);
}

/// Asks for a slot and holds it until it is lost.
fn holder(
    sim: &Simulation,
    machine: &PreemptiveResource,
    log: &Log,
    (name, comes, priority): (&'static str, f64, i32),
) {
    let (env, machine, log) = (sim.env(), machine.clone(), log.clone());
    sim.spawn(async move {
        env.timeout(comes).await;
        let turn = machine.acquire_with_priority(priority);
        let attempt = async {
            let _slot = turn.await;
            env.timeout(f64::INFINITY).await;
        };
        env.interruptible(attempt).await.unwrap_err();
        log.borrow_mut().push(format!("{} {name}", env.now()));
    });
}

#[test]
fn rule_14_among_equals_the_holder_that_asked_last_is_evicted() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 2);
    let busy = machine.acquire();
    holder(&sim, &machine, &log, ("victim", 0.0, 9));
    // The first to ask evicts nobody, and is granted its slot after the second.
    holder(&sim, &machine.without_preemption(), &log, ("first", 1.0, 5));
    holder(&sim, &machine, &log, ("second", 2.0, 5));
    sim.run_until(3.0).unwrap();
    drop(busy);
    sim.run_until(4.0).unwrap();
    let _urgent = machine.acquire();
    sim.run_until(5.0).unwrap();
    let _more = machine.acquire();
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["2 victim", "4 second", "5 first"]);
}

#[test]
fn rule_14_a_request_that_becomes_more_urgent_evicts_as_if_it_asked_now() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 1);
    holder(&sim, &machine, &log, ("holder", 0.0, 5));
    sim.run_until(1.0).unwrap();
    let mut request = machine.acquire_with_priority(5);
    let other = machine.acquire_with_priority(5);
    request.set_priority(5); // behind its equal
    assert!(!request.triggered());
    request.set_priority(4);
    assert!(request.triggered());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 holder"]);
    // Whoever asks politely evicts nobody later either.
    drop((request, other));
    holder(&sim, &machine, &log, ("another", 0.0, 5));
    sim.run_until(2.0).unwrap();
    let mut polite = machine.without_preemption().acquire_with_priority(5);
    polite.set_priority(0);
    assert!(!polite.triggered());
}

#[test]
fn rule_14_a_granted_request_keeps_its_slot_and_gets_another_rank() {
    let (sim, log) = (Simulation::new(), Log::default());
    let machine = PreemptiveResource::new(&sim, 2);
    let (shared, env, notes) = (machine.clone(), sim.env(), log.clone());
    sim.spawn(async move {
        let mut turn = shared.acquire_with_priority(2);
        turn.set_priority(7);
        assert!(turn.triggered());
        let attempt = async {
            let _slot = turn.await;
            env.timeout(f64::INFINITY).await;
        };
        env.interruptible(attempt).await.unwrap_err();
        notes.borrow_mut().push("changed".to_owned());
    });
    holder(&sim, &machine, &log, ("other", 0.0, 5));
    sim.run_until(1.0).unwrap();
    let _slot = machine.acquire_with_priority(6);
    sim.run_until(2.0).unwrap();
    assert_eq!(*log.borrow(), ["changed"]);
}
