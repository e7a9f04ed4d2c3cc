//! Rule 10. A process that ends in `Err` hands the error to its joiner. If its handle was dropped,
//! the run stops with the error at once. If its handle is alive, the error waits there. `run`
//! returns an error that is still unclaimed when the run ends. (For panics see `failure.rs`.)

use std::cell::RefCell;
use std::rc::Rc;

use asim::prelude::*;

use crate::trace::Trace;

/// Fails after a while.
#[process]
async fn machine(env: Environment, after: f64) -> Result<u32, String> {
    env.timeout(after).await;
    Err(format!("broken at {after}"))
}

#[test]
fn rule_10_an_error_goes_to_whoever_joins_the_process() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let job = env.process(Machine::new(2.0));
        note.note(format_args!("{:?}", job.await));
    });
    sim.run().unwrap();
    trace.is(&["2 Err(Failed(\"broken at 2\"))"]);
}

#[test]
fn rule_10_an_error_waits_for_a_joiner_who_comes_later() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let job = env.process(Machine::new(2.0));
        env.timeout(5.0).await;
        note.note(format_args!("{:?}", job.await));
    });
    sim.run().unwrap();
    trace.is(&["5 Err(Failed(\"broken at 2\"))"]);
}

#[test]
fn rule_10_a_value_waits_for_a_joiner_who_comes_later() {
    let sim = Simulation::new();
    let job = sim.spawn(async { Ok::<_, String>(vec![1, 2, 3]) });
    sim.run().unwrap();
    assert_eq!(sim.run_until_event(job).unwrap(), Ok(vec![1, 2, 3]));
}

#[test]
fn rule_10_the_run_stops_at_once_if_the_handle_was_dropped() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    sim.process(Machine::new(2.0));
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        note.note("the same instant, later in the line");
    });
    let error = sim.run().unwrap_err();
    assert_eq!(error.to_string(), "process `Machine` failed at time 2: broken at 2");
    let SimError::ProcessFailed { process, time, source, .. } = error else { panic!() };
    assert_eq!(
        (process.as_str(), time, source.to_string().as_str()),
        ("Machine", 2.0, "broken at 2")
    );
    trace.is(&[]);
    // And can go on.
    sim.run().unwrap();
    trace.is(&["2 the same instant, later in the line"]);
}

#[test]
fn rule_10_every_error_of_an_instant_is_reported_one_run_at_a_time() {
    let sim = Simulation::new();
    let names = ["a", "b", "c"];
    for name in names {
        sim.process(Machine::new(1.0).named(name));
    }
    for name in names {
        let error = sim.run().unwrap_err();
        assert!(matches!(error, SimError::ProcessFailed { process, .. } if process == name));
    }
    sim.run().unwrap();
}

#[test]
fn rule_10_an_error_waits_while_a_handle_is_alive_and_run_returns_it_at_its_end() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let handle = sim.process(Machine::new(2.0));
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(7.0).await;
        note.note("the run goes on");
    });
    let error = sim.run().unwrap_err();
    assert_eq!(error.to_string(), "process `Machine` failed at time 2: broken at 2");
    trace.is(&["7 the run goes on"]);
    // Once.
    sim.run().unwrap();
    drop(handle);
    sim.run().unwrap();
}

#[test]
fn rule_10_the_first_of_several_unclaimed_errors_is_returned_first() {
    let sim = Simulation::new();
    let handles = [
        sim.process(Machine::new(3.0)),
        sim.process(Machine::new(1.0)),
        sim.process(Machine::new(2.0)),
    ];
    for after in [1, 2, 3] {
        assert_eq!(
            sim.run().unwrap_err().to_string(),
            format!("process `Machine` failed at time {after}: broken at {after}")
        );
    }
    sim.run().unwrap();
    drop(handles);
}

#[test]
fn rule_10_a_handle_dropped_with_an_error_in_it_stops_the_run_then() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let handle = sim.process(Machine::new(2.0));
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(5.0).await;
        drop(handle);
        note.note("dropped");
        env.timeout(5.0).await;
        note.note("gone on");
    });
    let error = sim.run().unwrap_err();
    assert!(
        matches!(error, SimError::ProcessFailed { time: 2.0, .. }),
        "when it failed, not when it was found"
    );
    assert_eq!(sim.now(), 5.0);
    trace.is(&["5 dropped"]);
    sim.run().unwrap();
    trace.is(&["10 gone on"]);
}

#[test]
fn rule_10_a_join_that_lost_a_race_leaves_the_error_to_the_run() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        let job = env.process(Machine::new(2.0));
        asim!(match FirstOf(job = job, late = env.timeout(1.0)).await {
            FirstOf::Job(_) => unreachable!(),
            FirstOf::Late(()) => {}
        });
        env.timeout(9.0).await;
    });
    assert!(matches!(sim.run(), Err(SimError::ProcessFailed { time: 2.0, .. })));
    assert_eq!(sim.now(), 2.0);
}

#[test]
fn rule_10_run_until_and_step_and_run_until_event_report_it_too() {
    let sim = Simulation::new();
    sim.process(Machine::new(1.0));
    assert!(matches!(sim.run_until(5.0), Err(SimError::ProcessFailed { .. })));
    assert_eq!(sim.now(), 1.0, "the clock stops where it failed");
    sim.run_until(5.0).unwrap();

    sim.process(Machine::new(1.0));
    assert!(sim.step().unwrap());
    assert!(matches!(sim.step(), Err(SimError::ProcessFailed { .. })));
    assert!(!sim.step().unwrap());

    sim.process(Machine::new(1.0));
    assert!(matches!(sim.run_until_event(sim.timeout(3.0)), Err(SimError::ProcessFailed { .. })));

    let handle = sim.process(Machine::new(1.0));
    assert!(
        matches!(sim.run_until(20.0), Err(SimError::ProcessFailed { .. })),
        "unclaimed when the run ends"
    );
    drop(handle);
}

#[test]
fn rule_10_an_unguarded_interrupt_that_nobody_joins_stops_the_run() {
    let sim = Simulation::new();
    let env = sim.clone();
    let sleeper = sim.spawn(async move { env.timeout(9.0).await }).process_ref();
    sim.run_until(3.0).unwrap();
    sleeper.interrupt("boss");
    let error = sim.run().unwrap_err();
    let SimError::Interrupted { time, cause, .. } = error else { panic!("{error}") };
    assert_eq!((time, cause.as_str()), (3.0, "boss"));
    assert!(sleeper.done());
    sim.run().unwrap();
}

#[test]
fn rule_10_an_unguarded_interrupt_goes_to_the_joiner() {
    let sim = Simulation::new();
    let env = sim.clone();
    let sleeper = sim.spawn(async move { env.timeout(9.0).await });
    let reference = sleeper.process_ref();
    let joiner = sim.spawn(async move {
        assert!(matches!(sleeper.await, Err(Stopped::Interrupted(_))));
    });
    sim.run_until(3.0).unwrap();
    reference.interrupt(());
    sim.run().unwrap();
    assert!(joiner.done());
}

#[test]
fn rule_10_a_cancelled_process_is_no_failure() {
    let sim = Simulation::new();
    let handle = sim.process(Machine::new(2.0));
    let detached = sim.process(Machine::new(2.0)).process_ref();
    handle.cancel();
    detached.cancel();
    sim.run().unwrap();
    assert_eq!(sim.run_until_event(handle).unwrap(), Err(Stopped::Cancelled));
}

#[test]
fn rule_10_errors_can_be_sent_to_another_thread() {
    fn demands<T: Send + Sync + 'static>(_: &T) {}
    let sim = Simulation::new();
    sim.process(Machine::new(2.0));
    demands(&sim.run().unwrap_err());
}

#[test]
fn rule_10_an_unguarded_interrupt_is_loud_also_if_the_process_holds_its_own_handle() {
    let sim = Simulation::new();
    let own = Rc::new(RefCell::new(None));
    let (env, holds) = (sim.clone(), own.clone());
    let handle = sim.spawn(async move {
        let _own: Option<ProcessHandle> = holds.borrow_mut().take();
        env.timeout(9.0).await;
    });
    let process = handle.process_ref();
    *own.borrow_mut() = Some(handle);
    sim.run_until(1.0).unwrap();
    process.interrupt("stop");
    assert!(matches!(sim.run(), Err(SimError::Interrupted { .. })));
}
