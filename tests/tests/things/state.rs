//! `State` by the rules of its semantics.

use asim::prelude::*;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::counting;

type Log = Rc<RefCell<Vec<String>>>;

/// Waits for a value of at least `least`, and notes when it came and what it was.
fn waiter(
    sim: &Simulation,
    state: &State<u32>,
    log: &Log,
    name: &'static str,
    least: u32,
) -> ProcessHandle {
    let (env, state, log) = (Environment::clone(sim), state.clone(), log.clone());
    sim.spawn(async move {
        let value = state.wait_until(move |value| *value >= least).await;
        log.borrow_mut().push(format!("{} {name} {value}", env.now()));
    })
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
fn whoever_waits_gets_the_value_that_was_accepted() {
    let (sim, log) = (Simulation::new(), Log::default());
    let state = State::new(&sim, 0);
    waiter(&sim, &state, &log, "high", 7);
    waiter(&sim, &state, &log, "low", 3);
    for (time, value) in [(1.0, 2), (2.0, 5), (3.0, 9)] {
        let state = state.clone();
        at(&sim, time, move || state.set(value));
    }
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["2 low 5", "3 high 9"]);
}

#[test]
fn a_value_that_was_there_only_for_a_moment_triggers_those_who_waited() {
    let (sim, log) = (Simulation::new(), Log::default());
    let state = State::new(&sim, 0);
    waiter(&sim, &state, &log, "waiter", 5);
    let shared = state.clone();
    at(&sim, 1.0, move || {
        shared.set(6);
        shared.set(7);
        shared.set(0);
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 waiter 6"], "the first that it accepts");
    waiter(&sim, &state, &log, "late", 5);
    sim.run().unwrap();
    assert_eq!(log.borrow().len(), 1, "the moment is over");
    assert_eq!(sim.blocked()[0].waiting_for, "State::wait_until");
}

#[test]
fn rule_02_waiters_are_triggered_in_the_order_in_which_they_came() {
    let (sim, log) = (Simulation::new(), Log::default());
    let state = State::new(&sim, 0);
    for (name, least) in [("a", 3), ("b", 1), ("c", 3), ("d", 9), ("e", 2)] {
        waiter(&sim, &state, &log, name, least);
    }
    let shared = state.clone();
    at(&sim, 1.0, move || {
        shared.set(2);
        shared.set(4);
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["1 b 2", "1 e 2", "1 a 4", "1 c 4"]);
}

#[test]
fn rule_03_a_wait_counts_from_its_call() {
    let sim = Simulation::new();
    let state = State::new(&sim, 1);
    let (env, shared) = (Environment::clone(&sim), state.clone());
    sim.spawn(async move {
        let there = shared.wait_until(|value| *value == 1);
        let later = shared.wait_until(|value| *value == 2);
        env.timeout(3.0).await; // 2 at 1.0, and 3 at 2.0
        assert_eq!((there.await, later.await, shared.get()), (1, 2, 3));
        assert_eq!(env.now(), 3.0);
    });
    for (time, value) in [(1.0, 2), (2.0, 3)] {
        let state = state.clone();
        at(&sim, time, move || state.set(value));
    }
    sim.run().unwrap();
    assert!(sim.blocked().is_empty());
}

#[test]
fn rule_04_one_set_decides_a_race_only_once_and_the_loser_is_not_asked() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let asked = Rc::new(Cell::new(0));
    let (shared, count) = (state.clone(), asked.clone());
    sim.spawn(async move {
        let race = [0, 1].map(|branch| {
            let count = count.clone();
            shared.wait_until(move |value| {
                count.set(count.get() + 10_u32.pow(branch));
                *value > 0
            })
        });
        assert_eq!(first_of(race).await, (0, 5));
    });
    sim.run().unwrap();
    assert_eq!(asked.get(), 11, "each at its call");
    state.set(5);
    assert_eq!(asked.get(), 12, "the second has lost before it is its turn");
    state.set(6);
    assert_eq!(asked.get(), 12, "and is gone");
    sim.run().unwrap();
}

#[test]
fn rule_04_of_two_that_hold_at_the_call_the_first_written_wins() {
    let sim = Simulation::new();
    let state = State::new(&sim, 4);
    let waits = [3, 2, 1].map(|least| state.wait_until(move |value| *value >= least));
    assert_eq!(sim.run_until_event(first_of(waits)).unwrap(), (0, 4));
    let waits = [3, 2, 1].map(|least| state.wait_until(move |value| *value >= least));
    assert_eq!(sim.run_until_event(all_of(waits)).unwrap(), [4, 4, 4]);
}

#[test]
fn rule_05_whoever_is_cancelled_loses_or_is_dropped_is_not_asked_any_more() {
    let (sim, log) = (Simulation::new(), Log::default());
    let state = State::new(&sim, 0);
    let asked = Rc::new(Cell::new(0));
    let counted = |least| {
        let asked = asked.clone();
        state.wait_until(move |value| {
            asked.set(asked.get() + 1);
            *value >= least
        })
    };
    let cancelled = waiter(&sim, &state, &log, "cancelled", 1);
    let (env, loser) = (Environment::clone(&sim), counted(1));
    sim.spawn(async move {
        asim!(match FirstOf(high = loser, late = env.timeout(1.0)).await {
            FirstOf::High(_) => unreachable!(),
            FirstOf::Late(()) => {}
        });
    });
    waiter(&sim, &state, &log, "b", 1);
    let dropped = counted(1);
    sim.run().unwrap();
    cancelled.cancel();
    drop(dropped);
    asked.set(0);
    state.set(1);
    sim.run().unwrap();
    assert_eq!((log.take(), asked.get()), (vec!["1 b 1".to_string()], 0));
}

#[test]
fn rule_05_a_waiter_that_loses_its_race_in_the_instant_of_the_set_receives_nothing() {
    let sim = Simulation::new();
    let (state, other) = (State::new(&sim, 0), sim.event::<()>());
    let (shared, event) = (state.clone(), other.clone());
    let process = sim.spawn(async move {
        asim!(match FirstOf(state = shared.wait_until(|value| *value > 0), event = event).await {
            FirstOf::State(_) => panic!("it had lost"),
            FirstOf::Event(()) => {}
        });
    });
    sim.run().unwrap();
    other.succeed(());
    state.set(1);
    sim.run().unwrap();
    assert!(process.done());
}

#[test]
fn rule_07_an_interrupt_at_the_instant_of_the_set_wins() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let (env, shared) = (Environment::clone(&sim), state.clone());
    let victim = sim.spawn(async move {
        assert!(env.interruptible(shared.wait_until(|value| *value > 0)).await.is_err());
        assert_eq!(shared.wait_until(|value| *value > 0).await, 1);
    });
    sim.run().unwrap();
    state.set(1);
    victim.interrupt(());
    sim.run().unwrap();
    assert!(victim.done());
}

#[test]
fn rule_08_what_is_kept_longer_than_the_simulation_does_no_harm() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let kept = state.wait_until(|value| *value > 0);
    drop(sim);
    let refused = state.wait_until(|_| panic!("nobody is asked any more"));
    state.set(1);
    assert_eq!(state.get(), 1);
    drop((kept, refused, first_of([state.wait_until(|_| true)])));
}

#[test]
fn rule_08_ten_thousand_dropped_simulations_leave_no_memory_behind() {
    let run = || {
        let sim = Simulation::new();
        let state = State::new(&sim, vec![0_u8; 100]);
        for least in 1..4 {
            let (env, shared) = (Environment::clone(&sim), state.clone());
            sim.spawn(async move {
                // A predicate that holds the state and the simulation.
                let (also, env) = (shared.clone(), env.clone());
                let wait = shared.wait_until(move |value| {
                    value.len() >= least * 100 && also.get() == *value && env.now() >= 0.0
                });
                wait.await;
            });
        }
        sim.run().unwrap();
        state.set(vec![0; 200]);
    };
    run();
    let before = counting::in_use();
    for _ in 0..10_000 {
        run();
    }
    assert_eq!(counting::in_use(), before);
}

#[test]
fn memory_follows_those_who_wait() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0_u64);
    let _stays = state.wait_until(|value| *value == u64::MAX);
    let round = |n: u64| {
        let wait = state.wait_until(move |value| *value == n);
        state.set(n);
        assert_eq!(sim.run_until_event(wait).unwrap(), n);
        drop(state.wait_until(|_| false));
    };
    (1..100).for_each(round);
    let before = counting::in_use();
    (100..10_000).for_each(round);
    assert_eq!(counting::in_use(), before);
}

// ---- predicates are user code

#[test]
fn rule_12_what_a_predicate_sets_is_shown_to_all_after_it_has_answered() {
    let (sim, log) = (Simulation::new(), Log::default());
    let state = State::new(&sim, 0);
    let (shared, notes) = (state.clone(), log.clone());
    let echo = state.wait_until(move |value| {
        notes.borrow_mut().push(format!("echo is asked about {value}, it is {}", shared.get()));
        if *value == 1 {
            shared.set(2);
            shared.set(3);
        }
        *value == 3
    });
    let notes = log.clone();
    let other = state.wait_until(move |value| {
        notes.borrow_mut().push(format!("other is asked about {value}"));
        *value == 2
    });
    log.borrow_mut().clear();
    state.set(1);
    assert_eq!(
        *log.borrow(),
        [
            "echo is asked about 1, it is 1",
            "other is asked about 1",
            "echo is asked about 2, it is 3",
            "other is asked about 2",
            "echo is asked about 3, it is 3",
        ]
    );
    assert_eq!(sim.run_until_event(all_of([echo, other])).unwrap(), [3, 2]);
}

#[test]
fn rule_12_what_a_predicate_sets_at_its_own_call_is_for_itself_too() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let before = state.wait_until(|value| *value == 1);
    let shared = state.clone();
    let wait = state.wait_until(move |value| {
        if *value == 0 {
            shared.set(1);
            shared.set(2);
        }
        *value == 1
    });
    assert_eq!(sim.run_until_event(all_of([before, wait])).unwrap(), [1, 1]);
    assert_eq!(state.get(), 2);
}

#[test]
fn rule_12_a_predicate_may_wait_for_the_state_itself() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let inner = Rc::new(RefCell::new(Vec::new()));
    let (shared, waits) = (state.clone(), inner.clone());
    let outer = state.wait_until(move |value| {
        let asked_about = *value;
        waits.borrow_mut().push(shared.wait_until(move |value| *value > asked_about));
        *value == 2
    });
    state.set(1);
    state.set(2);
    assert_eq!(sim.run_until_event(outer).unwrap(), 2);
    let mut inner = inner.take();
    assert_eq!(inner.len(), 3);
    drop(inner.pop());
    assert_eq!(sim.run_until_event(all_of(inner)).unwrap(), [1, 2]);
}

#[test]
fn rule_12_whoever_comes_while_a_value_is_shown_is_asked_only_about_later_ones() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let late = Rc::new(RefCell::new(None));
    let (shared, kept) = (state.clone(), late.clone());
    let setter = state.wait_until(move |value| {
        if *value == 1 {
            shared.set(2);
            *kept.borrow_mut() = Some(shared.wait_until(|value| *value == 1 || *value == 3));
        }
        *value == 2
    });
    let _behind_it = state.wait_until(|_| false);
    state.set(1);
    assert_eq!(sim.run_until_event(setter).unwrap(), 2);
    state.set(3);
    let late = late.take().unwrap();
    assert_eq!(sim.run_until_event(late).unwrap(), 3, "1 had gone before it came");
}

#[test]
fn rule_12_a_predicate_may_end_any_wait_its_own_and_the_next_included() {
    for victim in [0, 1, 2] {
        let sim = Simulation::new();
        let state = State::new(&sim, 0);
        let waits: Rc<RefCell<Vec<Option<asim::StateWait<u32>>>>> = Rc::default();
        let shared = waits.clone();
        let killer = state.wait_until(move |value| {
            if *value > 0 {
                let dropped = shared.borrow_mut()[victim].take();
                drop(dropped);
            }
            *value > 0
        });
        waits.borrow_mut().push(Some(killer));
        for _ in 0..3 {
            waits.borrow_mut().push(Some(state.wait_until(|value| *value > 0)));
        }
        state.set(7);
        let left: Vec<_> = waits.take().into_iter().flatten().collect();
        assert_eq!(left.len(), 3);
        assert_eq!(sim.run_until_event(all_of(left)).unwrap(), [7, 7, 7]);
    }
}

#[test]
fn rule_12_a_predicate_that_panics_waits_on_and_those_behind_it_are_asked_by_the_next_call() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let first = state.wait_until(|value| *value == 1);
    let fussy = state.wait_until(|value| {
        assert!(*value != 1, "no ones, please");
        *value == 2
    });
    let last = state.wait_until(|value| *value == 1);
    assert!(catch_unwind(AssertUnwindSafe(|| state.set(1))).is_err());
    state.set(2);
    assert_eq!(sim.run_until_event(all_of([first, fussy, last])).unwrap(), [1, 2, 1]);
    let refused = catch_unwind(AssertUnwindSafe(|| state.wait_until(|_| panic!("at the call"))));
    assert!(refused.is_err());
    state.set(3); // and it is not in line
}

thread_local!(static CALLS_BACK: RefCell<Option<State<Nosy>>> = const { RefCell::new(None) });

/// Uses the state that it is in whenever it is cloned or dropped.
struct Nosy(u32);

fn nose_about() {
    if let Some(state) = CALLS_BACK.with_borrow(Clone::clone) {
        let state = state.clone();
        CALLS_BACK.set(None);
        drop(state.wait_until(|_| false));
        state.set(Nosy(99));
        CALLS_BACK.set(Some(state));
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        nose_about();
        Nosy(self.0)
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        nose_about();
    }
}

#[test]
fn rule_12_values_are_cloned_and_dropped_and_predicates_dropped_with_no_borrow_held() {
    let sim = Simulation::new();
    let state = State::new(&sim, Nosy(0));
    CALLS_BACK.set(Some(state.clone()));
    assert_eq!(state.get().0, 0);
    let in_predicate = Nosy(50);
    let waits = [1, 1, 2].map(|wanted| {
        let kept = in_predicate.clone();
        state.wait_until(move |value| value.0 == wanted && kept.0 == 50)
    });
    state.set(Nosy(1));
    let (env, shared) = (Environment::clone(&sim), state.clone());
    let interrupted = sim.spawn(async move {
        let kept = Nosy(50);
        let wait = shared.wait_until(move |value| value.0 == 3 && kept.0 == 50);
        assert!(env.interruptible(wait).await.is_err());
    });
    sim.run().unwrap();
    interrupted.interrupt(());
    state.set(Nosy(3));
    sim.run().unwrap();
    assert!(interrupted.done());
    let [a, b, c] = waits;
    assert_eq!(sim.run_until_event(a).unwrap().0, 1);
    drop((b, c));
    CALLS_BACK.set(None);
}

#[test]
fn many_may_wait_and_one_set_asks_each_of_them_once() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let asked = Rc::new(Cell::new(0_u32));
    let waits: Vec<_> = (0..50_000_u32)
        .map(|n| {
            let asked = asked.clone();
            state.wait_until(move |value| {
                asked.set(asked.get() + 1);
                *value == 1 + n % 2
            })
        })
        .collect();
    asked.set(0);
    state.set(1);
    assert_eq!(asked.get(), 50_000);
    state.set(2);
    assert_eq!(asked.get(), 75_000);
    assert_eq!(sim.run_until_event(all_of(waits)).unwrap().len(), 50_000);
}
