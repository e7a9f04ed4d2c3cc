//! `Gate` by the rules of its semantics.

use asim::prelude::*;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

type Log = Rc<RefCell<Vec<String>>>;

/// Waits once, and notes when it passed.
fn waiter(sim: &Simulation, gate: &Gate, log: &Log, name: &'static str) -> ProcessRef {
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
    let gate = Gate::new_closed(&sim);
    for name in ["a", "b", "c"] {
        waiter(&sim, &gate, &log, name);
    }
    at(&sim, 2.0, move || gate.open());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["2 a", "2 b", "2 c"]);
}

#[test]
fn rule_03_whoever_comes_while_it_is_open_does_not_even_pause() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Gate::new_open(&sim);
    let (notes, shared) = (log.clone(), gate.clone());
    sim.spawn(async move {
        for _ in 0..2 {
            shared.wait().await;
            notes.borrow_mut().push("passes".to_string());
        }
    });
    let notes = log.clone();
    sim.spawn(async move { notes.borrow_mut().push("the next process".to_string()) });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["passes", "passes", "the next process"]);
    assert_eq!(gate.waiting(), 0);
}

#[test]
fn rule_03_a_wait_counts_from_its_call() {
    let sim = Simulation::new();
    let gate = Gate::new_open(&sim);
    let (env, shared) = (Environment::clone(&sim), gate.clone());
    sim.spawn(async move {
        let at_the_call = shared.wait();
        shared.close();
        let waiting = shared.wait();
        env.timeout(3.0).await; // open for a moment meanwhile
        assert!(!shared.is_open());
        at_the_call.await;
        waiting.await;
        assert_eq!(env.now(), 3.0);
        shared.wait().await;
        assert_eq!(env.now(), 5.0);
    });
    let shared = gate.clone();
    at(&sim, 2.0, move || {
        shared.open();
        shared.close();
    });
    at(&sim, 5.0, move || gate.open());
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

#[test]
fn rule_03_all_who_wait_pass_though_it_closes_again_before_they_resume() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Gate::new_closed(&sim);
    for name in ["a", "b"] {
        waiter(&sim, &gate, &log, name);
    }
    let (shared, late) = (gate.clone(), Rc::new(RefCell::new(None)));
    let kept = late.clone();
    at(&sim, 1.0, move || {
        shared.open();
        assert_eq!(shared.waiting(), 0);
        shared.close();
        *kept.borrow_mut() = Some(shared.wait());
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 a", "1 b"]);
    assert_eq!(gate.waiting(), 1, "it came after the gate was closed");
    assert!(!late.borrow().as_ref().unwrap().triggered());
}

#[test]
fn rule_03_to_open_or_close_it_twice_does_nothing_more() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Gate::new_open(&sim);
    gate.open();
    gate.close();
    gate.close();
    waiter(&sim, &gate, &log, "a");
    sim.run().unwrap();
    assert!(log.borrow().is_empty());
    gate.open();
    gate.open();
    sim.run().unwrap();
    assert_eq!((log.borrow().as_slice(), gate.is_open()), (&["0 a".to_string()][..], true));
}

#[test]
fn rule_04_a_wait_that_loses_a_race_leaves_the_line() {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
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
    at(&sim, 2.0, move || gate.open());
    sim.run().unwrap();
    assert_eq!(sim.now(), 2.0);
}

#[test]
fn rule_04_one_opening_decides_a_race_only_once() {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    let shared = gate.clone();
    sim.spawn(async move {
        let (winner, ()) = first_of([shared.wait(), shared.wait(), shared.wait()]).await;
        assert_eq!(winner, 0);
        shared.close();
        all_of([shared.wait(), shared.wait()]).await;
    });
    for time in [1.0, 2.0] {
        let gate = gate.clone();
        at(&sim, time, move || {
            gate.open();
            assert_eq!(gate.waiting(), 0);
        });
    }
    sim.run().unwrap();
    assert_eq!(sim.now(), 2.0);
    assert!(sim.blocked().is_empty());
}

#[test]
fn rule_04_of_two_gates_that_are_open_at_the_call_the_first_written_wins() {
    let sim = Simulation::new();
    let (closed, open) = (Gate::new_closed(&sim), Gate::new_open(&sim));
    let race = first_of([closed.wait(), open.wait(), open.wait()]);
    assert_eq!(closed.waiting(), 0, "it has lost at the call");
    assert_eq!(sim.run_until_event(race).unwrap(), (1, ()));
}

#[test]
fn rule_05_whoever_is_cancelled_or_dropped_is_not_counted_any_more() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Gate::new_closed(&sim);
    let cancelled = waiter(&sim, &gate, &log, "cancelled");
    waiter(&sim, &gate, &log, "b");
    let kept = gate.wait();
    let shared = gate.clone();
    at(&sim, 1.0, move || {
        assert_eq!(shared.waiting(), 3);
        cancelled.cancel();
        drop(kept);
        assert_eq!(shared.waiting(), 1);
        shared.open();
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 b"]);
}

#[test]
fn rule_06_losers_give_back_before_the_next_passes_and_are_served_after_all() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (gate, tank) = (Gate::new_closed(&sim), Container::new(&sim, 5.0).with_level(5.0));
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
    at(&sim, 1.0, move || gate.open());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["a", "1 b", "fuel"]);
}

#[test]
fn rule_06_what_a_drop_opens_and_closes_lets_pass_who_waited_and_nobody_else() {
    /// Opens and closes the gate when it is dropped: nobody is served before the drop is over.
    struct Slams(Gate, Rc<RefCell<Option<asim::GateWait>>>);
    impl Drop for Slams {
        fn drop(&mut self) {
            self.0.open();
            self.0.close();
            *self.1.borrow_mut() = Some(self.0.wait());
        }
    }

    let (sim, log) = (Simulation::new(), Log::default());
    let (gate, late) = (Gate::new_closed(&sim), Rc::default());
    let slams = Slams(gate.clone(), Rc::clone(&late));
    let env = sim.env();
    let victim = sim.spawn(async move {
        let _slams = slams;
        env.timeout(f64::INFINITY).await;
    });
    for name in ["a", "b"] {
        waiter(&sim, &gate, &log, name);
    }
    at(&sim, 1.0, move || victim.cancel());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 a", "1 b"]);
    assert!(!late.borrow().as_ref().unwrap().triggered());
    assert_eq!(gate.waiting(), 1);
}

#[test]
fn rule_07_an_interrupt_at_the_instant_of_the_opening_wins() {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    let (env, shared) = (Environment::clone(&sim), gate.clone());
    let victim = sim.spawn(async move {
        assert!(env.interruptible(shared.wait()).await.is_err());
        assert_eq!(env.now(), 1.0);
    });
    at(&sim, 1.0, move || {
        gate.open();
        victim.interrupt(());
    });
    sim.run().unwrap();
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn rule_07_whoever_is_interrupted_leaves_the_line() {
    let (sim, log) = (Simulation::new(), Log::default());
    let gate = Gate::new_closed(&sim);
    let (env, shared) = (Environment::clone(&sim), gate.clone());
    let victim = sim.spawn(async move {
        env.interruptible(shared.wait()).await.unwrap_err();
        assert_eq!(shared.waiting(), 1, "the one behind it");
    });
    waiter(&sim, &gate, &log, "b");
    at(&sim, 1.0, move || victim.interrupt(()));
    at(&sim, 2.0, move || gate.open());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["2 b"]);
}

/// What happens at one instant to a closed gate before which some wait.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hit {
    Open,
    Close,
    /// Somebody asks to pass.
    Ask,
    /// A request that waits is dropped.
    Drop,
    /// A process that waits is interrupted.
    Interrupt,
}

/// All orders of a list.
fn orders(hits: &[Hit]) -> Vec<Vec<Hit>> {
    if hits.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for (place, &first) in hits.iter().enumerate() {
        let rest = [&hits[..place], &hits[place + 1..]].concat();
        all.extend(orders(&rest).into_iter().map(|order| [vec![first], order].concat()));
    }
    all
}

#[test]
fn rules_02_to_07_in_every_order_of_what_happens_at_one_instant() {
    let all = orders(&[Hit::Open, Hit::Close, Hit::Ask, Hit::Drop, Hit::Interrupt]);
    assert_eq!(all.len(), 120);
    // By one process in one go, or by a process for each.
    for (order, in_one) in all.iter().flat_map(|order| [(order, true), (order, false)]) {
        let (sim, log) = (Simulation::new(), Log::default());
        let gate = Gate::new_closed(&sim);
        let (env, shared, notes) = (sim.env(), gate.clone(), log.clone());
        let victim = sim.spawn(async move {
            let passes = env.interruptible(shared.wait()).await.is_ok();
            notes.borrow_mut().push(format!("{} victim {passes}", env.now()));
        });
        waiter(&sim, &gate, &log, "waiter");
        let kept = Rc::new(RefCell::new(Some(gate.wait())));
        let asked = Rc::new(RefCell::new(None));
        let (shared, late, victim) = (gate.clone(), asked.clone(), victim.process_ref());
        let hit = Rc::new(move |hit: Hit| match hit {
            Hit::Open => shared.open(),
            Hit::Close => shared.close(),
            Hit::Ask => *late.borrow_mut() = Some(shared.wait()),
            Hit::Drop => drop(kept.borrow_mut().take()),
            Hit::Interrupt => victim.interrupt(()),
        });
        if in_one {
            let order = order.clone();
            at(&sim, 1.0, move || order.into_iter().for_each(|next| hit(next)));
        } else {
            for &next in order {
                let hit = Rc::clone(&hit);
                at(&sim, 1.0, move || hit(next));
            }
        }
        sim.run().unwrap();

        let place = |hit: Hit| order.iter().position(|&other| other == hit).unwrap();
        let before = |one: Hit, other: Hit| place(one) < place(other);
        // In one go the interrupt always comes before the victim resumes.
        let passes = !in_one && before(Hit::Open, Hit::Interrupt);
        // Whichever comes first gives the victim its place, and the waiter is behind it in the line.
        let expected = [format!("1 victim {passes}"), "1 waiter".to_string()];
        assert_eq!(*log.borrow(), expected, "{order:?}, in one go: {in_one}");
        let is_late = before(Hit::Open, Hit::Close) && before(Hit::Close, Hit::Ask);
        let asked = asked.borrow();
        assert_eq!(asked.as_ref().map(asim::GateWait::triggered), Some(!is_late), "{order:?}");
        assert_eq!(gate.waiting(), usize::from(is_late), "{order:?}");
        assert_eq!(gate.is_open(), before(Hit::Close, Hit::Open), "{order:?}");
    }
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    let kept = gate.wait();
    drop(sim);
    let refused = gate.wait();
    gate.open();
    let refused_too = gate.wait();
    assert!(gate.is_open() && !refused_too.triggered());
    drop((kept, refused, refused_too, first_of([gate.wait()])));
    gate.close();
    assert_eq!((gate.waiting(), gate.is_open()), (0, false));
}

#[test]
fn rule_12_a_waker_that_closes_it_takes_nothing_from_those_who_pass() {
    use std::future::{Future, IntoFuture};
    use std::sync::Arc;
    use std::task::{Context, Wake};

    // A waker can hold nothing of the simulation's, as it is `Send`; it reaches the gate by this.
    thread_local!(static GATE: RefCell<Option<(Gate, Vec<asim::GateWait>)>> = const { RefCell::new(None) });
    struct Closes;
    impl Wake for Closes {
        fn wake(self: Arc<Self>) {
            GATE.with_borrow_mut(|gate| {
                let (gate, waits) = gate.as_mut().unwrap();
                gate.close();
                waits.push(gate.wait());
            });
        }
    }

    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    GATE.set(Some((gate.clone(), Vec::new())));
    let waker = Arc::new(Closes).into();
    let mut waits: Vec<_> = (0..3).map(|_| Box::pin(gate.wait().into_future())).collect();
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    gate.open();
    assert_eq!((gate.waiting(), gate.is_open()), (3, false));
    for wait in &mut waits {
        assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    }
    GATE.set(None);
}

#[test]
fn rule_16_another_simulation_refuses_it_open_or_closed() {
    for make in [Gate::new_open, Gate::new_closed] {
        let (ours, theirs) = (Simulation::new(), Simulation::new());
        let wait = make(&theirs).wait();
        ours.spawn(async move { wait.await });
        let panic = catch_unwind(AssertUnwindSafe(|| ours.run())).expect_err("it is refused");
        let told = panic.downcast_ref::<String>().expect("a message");
        assert!(told.starts_with("`Gate::wait` (") && told.contains("gate.rs:"), "{told}");
    }
}

#[test]
fn rule_17_whoever_waits_at_a_standstill_is_listed_with_its_line() {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    let (env, shared) = (sim.env(), gate.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        shared.wait().await;
    });
    sim.run().unwrap();
    let blocked = sim.blocked();
    assert_eq!((blocked.len(), blocked[0].waiting_for, blocked[0].since), (1, "Gate::wait", 2.0));
    assert!(blocked[0].to_string().contains("gate.rs:"), "{}", blocked[0]);
    gate.open();
    assert!(sim.blocked().is_empty(), "it resumes as soon as the simulation runs");
}

#[test]
fn it_shows_its_state() {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    let wait = gate.wait();
    assert_eq!(format!("{gate:?} {wait:?}"), "Gate(closed, 1 waiting) Gate::wait(pending)");
    gate.open();
    assert_eq!(format!("{gate:?} {wait:?}"), "Gate(open, 0 waiting) Gate::wait(triggered)");
}
