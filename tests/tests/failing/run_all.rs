//! `Simulation::run_all`: the run ends with its producers.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asim::prelude::*;

type Log = Rc<RefCell<Vec<String>>>;

fn note(log: &Log, env: &Environment, what: impl std::fmt::Display) {
    log.borrow_mut().push(format!("{} {what}", env.now()));
}

/// Makes a note when it is dropped.
struct Speaks(Log, Environment, String);

impl Drop for Speaks {
    fn drop(&mut self) {
        note(&self.0, &self.1, format!("{} is dropped", self.2));
    }
}

/// A producer that works for the given time.
#[process]
async fn work(env: Environment, time: f64) {
    env.timeout(time).await;
}

/// Waits for ever inside an `interruptible`, and notes what ends the wait.
#[process]
async fn listener(env: Environment, log: Log, id: u32) {
    let interrupt = env.interruptible(pending::<()>()).await.unwrap_err();
    assert!(interrupt.cause::<RunEnded>().is_some());
    note(&log, &env, format!("{id} is told"));
}

/// Waits for ever, and catches no interrupt.
#[process]
async fn deaf(env: Environment, log: Log, id: u32) -> ! {
    let _speaks = Speaks(log, env.clone(), id.to_string());
    loop {
        env.timeout(10.0).await;
    }
}

#[test]
fn it_runs_until_the_last_producer_has_finished() {
    let (sim, log) = (Simulation::new(), Log::default());
    let producers = [3.0, 7.0, 5.0].map(|time| sim.process(Work::new(time)));
    let clock = sim.process(Deaf::new(log.clone(), 1));
    let listener = sim.process(Listener::new(log.clone(), 2));
    sim.run_all(producers).unwrap();
    assert_eq!((sim.now(), sim.peek()), (7.0, None));
    assert!(sim.blocked().is_empty());
    assert_eq!(*log.borrow(), ["7 2 is told", "7 1 is dropped"]);
    assert_eq!(sim.run_until_event(clock).unwrap(), Err(Stopped::Cancelled));
    assert_eq!(sim.run_until_event(listener).unwrap(), Ok(()));
}

#[test]
fn what_is_due_at_the_last_instant_still_happens() {
    let (sim, log) = (Simulation::new(), Log::default());
    let producer = sim.process(Work::new(5.0));
    for (time, name) in [(5.0, "due at 5"), (5.5, "due later")] {
        let (env, log) = (Environment::clone(&sim), log.clone());
        sim.spawn(async move {
            env.timeout(time).await;
            note(&log, &env, name);
            env.timeout(0.0).await;
            note(&log, &env, "and what follows");
        });
    }
    sim.run_all([producer]).unwrap();
    assert_eq!(*log.borrow(), ["5 due at 5", "5 and what follows"]);
}

#[test]
fn what_comes_at_the_last_instant_comes_before_the_end() {
    // After the producer's own timer, and at the same time.
    let sim = Simulation::new();
    let producer = sim.process(Work::new(5.0));
    let (output, input) = channel(&sim, 0);
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        env.timeout(5.0).await;
        output.send("just in time").await.unwrap();
        env.timeout(1.0).await;
        unreachable!("it is cancelled");
    });
    let env = Environment::clone(&sim);
    let sink = sim.spawn(async move {
        let mut items = Vec::new();
        while let Ok(item) = env.interruptible(input.recv()).await {
            items.push(item);
        }
        Ok::<_, String>(items)
    });
    sim.run_all([producer]).unwrap();
    assert_eq!(sim.run_until_event(sink).unwrap(), Ok(vec![Ok("just in time")]));
}

#[test]
fn those_who_are_left_are_told_and_ended_in_the_order_in_which_they_were_started() {
    let (sim, log) = (Simulation::new(), Log::default());
    // Each leaves a free entry in the table. The last entry is reused first.
    let early: Vec<_> = (0..6).map(|_| sim.process(Work::new(1.0))).collect();
    let first = sim.process(Listener::new(log.clone(), 0));
    sim.run_until(2.0).unwrap();
    drop(early);
    for id in 1..9 {
        if id % 3 == 0 {
            sim.process(Deaf::new(log.clone(), id));
        } else {
            sim.process(Listener::new(log.clone(), id));
        }
    }
    sim.run_all([sim.process(Work::new(1.0))]).unwrap();
    drop(first);
    assert_eq!(
        *log.borrow(),
        [
            "3 0 is told",
            "3 1 is told",
            "3 2 is told",
            "3 4 is told",
            "3 5 is told",
            "3 7 is told",
            "3 8 is told",
            "3 3 is dropped",
            "3 6 is dropped",
        ]
    );
}

#[test]
fn a_sink_counts_and_gives_its_count() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 0);
    let env = Environment::clone(&sim);
    let source = sim.spawn(async move {
        for item in 0..100 {
            output.send(item).await.unwrap();
            env.timeout(1.0).await;
        }
    });
    let env = Environment::clone(&sim);
    let sink = sim.spawn(async move {
        let mut count = 0;
        while let Ok(Ok(_)) = env.interruptible(input.recv()).await {
            count += 1;
        }
        Ok::<u32, String>(count)
    });
    sim.run_all([source]).unwrap();
    assert_eq!(sim.run_until_event(sink).unwrap(), Ok(100));
}

#[test]
fn all_are_told_also_those_whom_the_end_of_another_would_have_served() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (output, input) = channel::<u32>(&sim, 0);
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        let told = env.interruptible(pending::<()>()).await.is_err();
        note(&notes, &env, told);
        drop(output);
    });
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        let told = env.interruptible(input.recv()).await.unwrap_err();
        note(&notes, &env, told.cause::<RunEnded>().is_some());
        note(&notes, &env, format!("{:?}", input.recv().await));
    });
    sim.run_all([sim.process(Work::new(1.0))]).unwrap();
    assert_eq!(*log.borrow(), ["1 true", "1 true", "1 Err(SenderGone)"]);
}

#[test]
fn whoever_is_told_may_do_what_takes_no_time() {
    let (sim, log) = (Simulation::new(), Log::default());
    let reports = Queue::unbounded(&sim);
    for id in 0..3 {
        let (env, reports) = (Environment::clone(&sim), reports.clone());
        sim.spawn(async move {
            let _ = env.interruptible(pending::<()>()).await;
            env.timeout(0.0).await;
            reports.put(id).await;
        });
    }
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        loop {
            // This is not inside an `interruptible`, and is still served.
            note(&notes, &env, reports.get().await);
        }
    });
    sim.run_all([sim.process(Work::new(2.0))]).unwrap();
    assert_eq!(*log.borrow(), ["2 0", "2 1", "2 2"]);
}

#[test]
fn whoever_goes_on_waiting_is_told_once_and_then_cancelled() {
    let (sim, log) = (Simulation::new(), Log::default());
    let (env, notes) = (Environment::clone(&sim), log.clone());
    let stubborn = sim.spawn(async move {
        let _speaks = Speaks(notes.clone(), env.clone(), "the stubborn".to_owned());
        loop {
            let interrupt = env.interruptible(env.timeout(100.0)).await.unwrap_err();
            note(&notes, &env, interrupt.cause::<RunEnded>().is_some());
        }
    });
    let (env, notes) = (Environment::clone(&sim), log.clone());
    sim.spawn(async move {
        let _ = env.interruptible(pending::<()>()).await;
        // Started when the others have been told.
        env.process(Listener::new(notes.clone(), 7));
        env.process(Deaf::new(notes, 8));
    });
    sim.run_all([sim.process(Work::new(1.0))]).unwrap();
    assert_eq!(*log.borrow(), ["1 true", "1 the stubborn is dropped", "1 8 is dropped"]);
    assert!(stubborn.done());
    assert_eq!(sim.peek(), None);
}

#[test]
fn whoever_can_be_told_no_more_when_it_resumes_is_ended_without_an_error() {
    let (sim, log) = (Simulation::new(), Log::default());
    let bell = sim.event::<()>();
    let (env, ring) = (Environment::clone(&sim), bell.clone());
    sim.spawn(async move {
        let _ = env.interruptible(pending::<()>()).await;
        ring.succeed(()); // decides the race of the next, which was to be told
    });
    let (env, notes) = (Environment::clone(&sim), log.clone());
    let racer = sim.spawn(async move {
        let _speaks = Speaks(notes, env.clone(), "the racer".to_owned());
        let guarded = env.interruptible(pending::<()>());
        asim!(match FirstOf(told = guarded, bell = bell).await {
            FirstOf::Told(_) | FirstOf::Bell(()) => env.timeout(9.0).await,
        });
    });
    sim.run_all([sim.process(Work::new(1.0))]).unwrap();
    assert_eq!(*log.borrow(), ["1 the racer is dropped"]);
    assert_eq!(sim.run_until_event(racer).unwrap(), Err(Stopped::Cancelled));
}

#[test]
fn producers_of_different_types_are_given_by_reference() {
    let sim = Simulation::new();
    let env = Environment::clone(&sim);
    let counter = sim.spawn(async move {
        env.timeout(4.0).await;
        Ok::<u32, String>(4)
    });
    let worker = sim.process(Work::new(6.0));
    sim.run_all([ProcessRef::from(&counter), ProcessRef::from(&worker)]).unwrap();
    assert_eq!(sim.now(), 6.0);
    assert_eq!(sim.run_until_event(counter).unwrap(), Ok(4));

    let worker = sim.process(Work::new(1.0));
    sim.run_all([&worker]).unwrap();
    sim.run_all([worker.process_ref()]).unwrap(); // it has finished already
    sim.run_all([&worker.process_ref()]).unwrap();
    assert_eq!(sim.now(), 7.0);
}

#[test]
fn without_producers_everything_is_ended_at_the_current_instant() {
    let (sim, log) = (Simulation::new(), Log::default());
    sim.process(Deaf::new(log.clone(), 1));
    sim.process(Listener::new(log.clone(), 2));
    sim.run_all(Vec::<ProcessRef>::new()).unwrap();
    assert_eq!(*log.borrow(), ["0 2 is told", "0 1 is dropped"]);
}

/// A producer that fails.
#[process]
async fn fails(env: Environment, time: f64) -> Result<(), String> {
    env.timeout(time).await;
    Err("out of parts".to_owned())
}

#[test]
fn rule_10_the_failure_of_a_producer_whose_handle_was_given_away_ends_the_run_at_once() {
    let (sim, log) = (Simulation::new(), Log::default());
    sim.process(Listener::new(log.clone(), 1));
    let producers =
        [ProcessRef::from(sim.process(Fails::new(2.0))), sim.process(Work::new(5.0)).into()];
    let error = sim.run_all(producers.clone()).unwrap_err();
    assert_eq!(error.to_string(), "process `Fails` failed at time 2: out of parts");
    assert_eq!(sim.now(), 2.0);
    assert!(log.borrow().is_empty(), "nobody has been ended");
    sim.run_all(producers).unwrap(); // it can be continued
    assert_eq!(*log.borrow(), ["5 1 is told"]);
}

#[test]
fn rule_10_the_failure_of_a_producer_whose_handle_is_kept_is_returned_at_the_end() {
    let (sim, log) = (Simulation::new(), Log::default());
    sim.process(Listener::new(log.clone(), 1));
    let failing = sim.process(Fails::new(2.0));
    let worker = sim.process(Work::new(5.0));
    let error = sim.run_all([failing.process_ref(), worker.process_ref()]).unwrap_err();
    assert_eq!(error.to_string(), "process `Fails` failed at time 2: out of parts");
    assert_eq!(*log.borrow(), ["5 1 is told"]);

    // The joiner claims the error.
    let failing = sim.process(Fails::new(2.0));
    let process = failing.process_ref();
    sim.spawn(async move { assert!(failing.await.is_err()) });
    sim.run_all([process]).unwrap();
}

#[test]
fn rule_10_the_failure_of_one_who_was_told_is_not_lost() {
    let sim = Simulation::new();
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let _ = env.interruptible(pending::<()>()).await;
        Err::<(), _>("counted wrong")
    });
    let error = sim.run_all([sim.process(Work::new(1.0))]).unwrap_err();
    assert!(error.to_string().ends_with("failed at time 1: counted wrong"), "{error}");
}

#[test]
fn producers_that_cannot_finish_are_an_error_and_nobody_is_ended() {
    let (sim, log) = (Simulation::new(), Log::default());
    sim.process(Listener::new(log.clone(), 1));
    let (output, _input) = channel(&sim, 0);
    let stuck = sim.spawn(async move { output.send(1).await });
    let error = sim.run_all([stuck]).unwrap_err();
    assert!(
        matches!(&error, SimError::RanDry { time: 0.0, standstill, .. } if standstill.waits.len() == 2),
        "{error}"
    );
    assert!(log.borrow().is_empty());
    assert_eq!(sim.blocked()[1].waiting_for, "OutPort::send");
}

#[test]
fn a_producer_that_is_cancelled_has_finished() {
    let sim = Simulation::new();
    let endless = sim.spawn(pending::<()>());
    let (env, victim) = (Environment::clone(&sim), endless.process_ref());
    sim.spawn(async move {
        env.timeout(3.0).await;
        victim.cancel();
    });
    sim.run_all([endless]).unwrap();
    assert_eq!(sim.now(), 3.0);
}

#[test]
fn time_that_stands_still_at_the_end_is_noticed() {
    let sim = Simulation::new();
    sim.set_instant_limit(100);
    let env = Environment::clone(&sim);
    sim.spawn(async move {
        let _ = env.interruptible(pending::<()>()).await;
        loop {
            env.timeout(0.0).await;
        }
    });
    let error = sim.run_all([sim.process(Work::new(1.0))]).unwrap_err();
    assert!(matches!(error, SimError::TimeStandsStill { time: 1.0, .. }), "{error}");
}

#[test]
fn a_producer_of_another_simulation_is_a_bug_in_the_model() {
    let (here, there) = (Simulation::new(), Simulation::new());
    let stranger = there.process(Work::new(1.0));
    let panic = catch_unwind(AssertUnwindSafe(|| here.run_all([stranger]))).unwrap_err();
    assert_eq!(
        panic.downcast_ref::<String>().unwrap(),
        "the process `Work` belongs to another simulation"
    );
    here.run().unwrap(); // and it runs on
}

#[test]
fn a_simulation_goes_on_with_new_processes_after_it_was_ended() {
    let (sim, log) = (Simulation::new(), Log::default());
    for id in 0..3 {
        sim.process(Listener::new(log.clone(), id));
        sim.run_all([sim.process(Work::new(2.0))]).unwrap();
    }
    assert_eq!(*log.borrow(), ["2 0 is told", "4 1 is told", "6 2 is told"]);
}
