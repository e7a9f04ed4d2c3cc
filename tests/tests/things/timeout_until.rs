//! Waiting for a time of the clock: it is met exactly, and takes its place among what is due then.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asim::prelude::*;

type Log = Rc<RefCell<Vec<(f64, &'static str)>>>;

fn note(log: &Log, env: &Environment, what: &'static str) {
    log.borrow_mut().push((env.now(), what));
}

/// A tenth, as a decimal number is read.
fn tenth(k: u32) -> f64 {
    f64::from(k) / 10.0
}

#[test]
fn the_time_is_met_exactly_where_a_delay_misses_it() {
    let goal = 15.1;
    let (mut missed, mut met) = (0, 0);
    for k in 0..=150 {
        let start = tenth(k);
        let sim = Simulation::starting_at(start);
        let _by_delay = sim.timeout(goal - start);
        sim.run().unwrap();
        missed += usize::from(sim.now() != goal);
        let sim = Simulation::starting_at(start);
        let _by_time = sim.timeout_until(goal);
        sim.run().unwrap();
        met += usize::from(sim.now() == goal);
    }
    assert_eq!((missed, met), (20, 151));
}

#[test]
fn ticks_do_not_drift() {
    let sim = Simulation::new();
    let (env, ticks) = (sim.env(), Rc::new(RefCell::new(Vec::new())));
    let seen = Rc::clone(&ticks);
    sim.spawn(async move {
        for k in 1.. {
            env.timeout_until(tenth(k)).await;
            seen.borrow_mut().push(env.now());
        }
    });
    sim.run_until(0.3).unwrap();
    assert_eq!(*ticks.borrow(), [0.1, 0.2, 0.3], "the third tick is at 0.3, not after it");
    sim.run_until(1000.0).unwrap();
    assert_eq!(ticks.borrow().len(), 10_000);
    assert!((1..).zip(ticks.borrow().iter()).all(|(k, &time)| time == tenth(k)));
}

#[test]
fn it_takes_its_place_in_the_order_of_the_calls() {
    let (sim, log) = (Simulation::new(), Log::default());
    let wait = |timeout: Timeout, what| {
        let (env, log) = (sim.env(), Rc::clone(&log));
        sim.spawn(async move {
            timeout.await;
            note(&log, &env, what);
        });
    };
    wait(sim.timeout_until(2.0), "one");
    wait(sim.timeout(2.0), "two");
    wait(sim.timeout_until(2.0), "three");
    wait(sim.timeout_until(1.0), "first");
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [(1.0, "first"), (2.0, "one"), (2.0, "two"), (2.0, "three")]);
}

#[test]
fn the_present_time_is_a_delay_of_zero() {
    let (sim, log) = (Simulation::starting_at(3.0), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move {
        let older = env.timeout(0.0);
        let now = env.timeout_until(3.0);
        assert!(!now.triggered());
        now.await;
        assert!(older.triggered());
        note(&noted, &env, "now");
    });
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move { note(&noted, &env, "what is ready") });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [(3.0, "what is ready"), (3.0, "now")]);
}

#[test]
fn infinity_never_comes_and_does_not_hold_up_the_run() {
    let sim = Simulation::new();
    let end = sim.timeout_until(f64::INFINITY);
    assert_eq!(sim.peek(), None);
    sim.run_until(1e300).unwrap();
    assert!(!end.triggered());
    // A finite time that no delay leads to is no error.
    let last = sim.timeout_until(f64::MAX);
    sim.run().unwrap();
    assert!(last.triggered());
}

#[test]
fn zero_is_zero_whatever_its_sign() {
    let sim = Simulation::starting_at(-1.0);
    let (one, other) = (sim.timeout_until(-0.0), sim.timeout_until(0.0));
    sim.run().unwrap();
    assert!(one.triggered() && other.triggered());
    assert!(sim.now().is_sign_positive());
    assert!(sim.try_timeout_until(-0.0).is_ok(), "it is not in the past");
}

#[test]
fn what_has_passed_is_refused_at_the_callers_line() {
    let sim = Simulation::starting_at(2.0);
    for time in [1.5, -2.0, f64::NAN, f64::NEG_INFINITY] {
        let error = sim.try_timeout_until(time).unwrap_err();
        assert_eq!(error.now, 2.0);
        assert_eq!(error.time.to_bits(), time.to_bits());
        let said = format!("a time to wait for is a number >= 2, the time now, not {time}");
        assert_eq!(error.to_string(), said);
        let calls: [&dyn Fn(); 3] =
            [&|| drop(sim.timeout_until(time)), &|| drop(sim.schedule_at(time, |_| ())), &|| {
                drop(sim.process_at(time, Noted::new(Log::default())));
            }];
        for call in calls {
            let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>(), Some(&said));
        }
    }
    assert_eq!(sim.peek(), None, "nothing was started");
}

#[process]
async fn noted(env: Environment, log: Log) {
    note(&log, &env, "started");
    env.timeout(1.0).await;
    note(&log, &env, "ended");
}

#[test]
fn processes_and_calls_start_at_exactly_that_time() {
    let (sim, log) = (Simulation::starting_at(0.1), Log::default());
    let cancelled = sim.process_at(0.2, Noted::new(log.clone()));
    let noted = Rc::clone(&log);
    sim.schedule_at(0.3, move |env| note(&noted, env, "called"));
    let process = sim.process_at(0.3, Noted::new(log.clone()));
    let never = sim.process_at(f64::INFINITY, Noted::new(log.clone()));
    cancelled.cancel();
    assert_eq!(sim.peek(), Some(0.3));
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [(0.3, "called"), (0.3, "started"), (1.3, "ended")]);
    assert!(process.done() && !never.done());
}

#[test]
fn it_is_raced_kept_and_cancelled_as_any_timeout() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move {
        let mut closing = env.timeout_until(3.0);
        asim!(match FirstOf(closed = &mut closing, tick = env.timeout_until(2.0)).await {
            FirstOf::Closed(()) => note(&noted, &env, "closed"),
            FirstOf::Tick(()) => note(&noted, &env, "tick"),
        });
        let _lost = env.timeout_until(100.0);
        (&mut closing).await;
        note(&noted, &env, "closed");
    });
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [(2.0, "tick"), (3.0, "closed")]);
    assert_eq!(sim.now(), 3.0, "what was dropped does not move the clock");
}

#[test]
fn after_the_end_nothing_comes() {
    let sim = Simulation::new();
    let env = sim.env();
    drop(sim);
    assert!(!env.timeout_until(5.0).triggered());
    drop(env.process_at(5.0, Noted::new(Log::default())));
    drop(env.schedule_at(5.0, |_| ()));
}
