//! Running up to a time, without what is due then.

use std::cell::RefCell;
use std::rc::Rc;

use asim::prelude::*;

type Log = Rc<RefCell<Vec<f64>>>;

/// A simulation in which something happens at each of these times.
fn happening_at(times: &[f64]) -> (Simulation, Log) {
    let (sim, log) = (Simulation::new(), Log::default());
    for &time in times {
        let log = Rc::clone(&log);
        sim.schedule_at(time, move |env| log.borrow_mut().push(env.now()));
    }
    (sim, log)
}

#[test]
fn what_is_due_at_that_time_waits_for_the_next_run() {
    let (sim, log) = happening_at(&[0.0, 0.5, 1.0, 1.0, 2.0]);
    sim.run_before(1.0).unwrap();
    assert_eq!((sim.now(), sim.peek()), (1.0, Some(1.0)));
    assert_eq!(*log.borrow(), [0.0, 0.5]);
    sim.run_until(1.0).unwrap();
    assert_eq!(*log.borrow(), [0.0, 0.5, 1.0, 1.0]);
    sim.run_before(3.5).unwrap();
    assert_eq!((sim.now(), sim.peek()), (3.5, None));
    assert_eq!(log.borrow().len(), 5);
}

#[test]
fn the_largest_time_before_is_not_left_out() {
    let last = 1.0_f64.next_down();
    let (sim, log) = happening_at(&[last]);
    sim.run_before(last).unwrap();
    assert!(log.borrow().is_empty());
    sim.run_before(1.0).unwrap();
    assert_eq!(*log.borrow(), [last]);
    let (sim, log) = happening_at(&[f64::MAX]);
    sim.run_before(f64::MAX).unwrap();
    assert!(log.borrow().is_empty());
    sim.run_before(f64::INFINITY).unwrap();
    assert_eq!(*log.borrow(), [f64::MAX]);
}

#[test]
fn zero_is_zero_whatever_its_sign() {
    let sim = Simulation::starting_at(-1.0);
    let (at_zero, before) = (sim.timeout_until(0.0), sim.timeout_until(-5e-324));
    sim.run_before(-0.0).unwrap();
    assert!(sim.now().is_sign_positive() && before.triggered() && !at_zero.triggered());
    sim.run().unwrap();
    assert!(at_zero.triggered());
}

#[test]
fn if_it_is_that_time_already_nothing_runs() {
    let (sim, log) = (Simulation::starting_at(4.0), Log::default());
    let (env, noted) = (sim.env(), Rc::clone(&log));
    sim.spawn(async move { noted.borrow_mut().push(env.now()) });
    let _end = sim.settled();
    sim.run_before(4.0).unwrap();
    assert!(log.borrow().is_empty());
    assert_eq!(sim.peek(), Some(4.0), "it stays ready");
    sim.run_until(4.0).unwrap();
    assert_eq!(*log.borrow(), [4.0]);
}

#[test]
fn what_an_event_made_ready_between_two_runs_waits_too() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, noted, event) = (sim.env(), Rc::clone(&log), sim.event());
    let waited = event.clone();
    sim.spawn(async move {
        waited.await;
        noted.borrow_mut().push(env.now());
    });
    sim.run_before(2.0).unwrap();
    event.succeed(());
    sim.run_before(2.0).unwrap();
    assert!(log.borrow().is_empty());
    sim.run_before(3.0).unwrap();
    assert_eq!(*log.borrow(), [2.0]);
}

#[test]
fn times_in_the_past_and_what_is_no_time_are_refused() {
    let sim = Simulation::starting_at(2.0);
    for time in [1.0, f64::NAN, f64::NEG_INFINITY] {
        let error = sim.run_before(time).unwrap_err();
        assert!(matches!(error, SimError::TimeInPast { now: 2.0, .. }), "{error:?}");
    }
    assert_eq!(sim.now(), 2.0);
}

#[test]
fn errors_stop_it_and_the_rest_can_be_run() {
    let (sim, log) = happening_at(&[3.0]);
    drop(sim.schedule(1.0, |_| Err::<(), _>("dropped")));
    let kept = sim.schedule(2.0, |_| Err::<(), _>("kept"));
    assert!(sim.run_before(4.0).unwrap_err().to_string().ends_with("dropped"));
    assert_eq!(sim.now(), 1.0);
    assert!(sim.run_before(3.0).unwrap_err().to_string().ends_with("kept"));
    assert_eq!((sim.now(), log.borrow().len()), (3.0, 0));
    sim.run_before(3.0).unwrap();
    sim.run().unwrap();
    assert_eq!(*log.borrow(), [3.0]);
    drop(kept);
}
