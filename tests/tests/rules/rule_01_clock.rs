//! Rule 1. The clock never goes back. Before it advances, everything ready at the current instant
//! has run. Cancelled timers wake nobody, do not move the clock, and do not pile up (for that see
//! `scale.rs`).

use asim::prelude::*;

use crate::trace::Trace;

#[test]
fn rule_01_the_clock_never_goes_back() {
    let sim = Simulation::starting_at(-2.0);
    // Delays in mixed order, from processes that start at different times.
    for i in 0..200 {
        let env = sim.clone();
        sim.spawn(async move {
            let mut last = env.now();
            for j in 0..20 {
                env.timeout(f64::from((i * 7 + j * 13) % 11) / 4.0).await;
                assert!(env.now() >= last);
                last = env.now();
            }
        });
    }
    let mut last = sim.now();
    assert_eq!(last, -2.0);
    while sim.step().unwrap() {
        assert!(sim.now() >= last);
        last = sim.now();
    }
}

#[test]
fn rule_01_nobody_can_ask_for_the_past() {
    let sim = Simulation::starting_at(5.0);
    assert!(matches!(sim.run_until(4.0), Err(SimError::TimeInPast { until: 4.0, now: 5.0 })));
    assert!(matches!(sim.run_until(f64::NAN), Err(SimError::TimeInPast { .. })));
    for delay in [-1.0, f64::NAN, f64::NEG_INFINITY] {
        assert!(sim.try_timeout(delay).is_err(), "{delay}");
    }
    assert_eq!(sim.now(), 5.0);
}

#[test]
#[should_panic(expected = "a delay is a number >= 0, not -1")]
fn rule_01_a_negative_delay_is_refused() {
    let _timeout = Simulation::new().timeout(-1.0);
}

#[test]
fn rule_01_everything_ready_has_run_before_the_clock_advances() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let events: Vec<Event<()>> = (0..4).map(|_| sim.event()).collect();
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        note.note("the clock has advanced");
    });
    // Each wakes the next: four rounds, all at time 0. The last starts yet another process.
    for i in (0..3).rev() {
        let (env, from, to, note) =
            (sim.clone(), events[i].clone(), events[i + 1].clone(), trace.clone());
        sim.spawn(async move {
            from.await;
            note.note(i);
            to.succeed(());
            env.spawn(async move { note.note(format_args!("started by {i}")) });
        });
    }
    events[0].succeed(());
    sim.run().unwrap();
    trace.is(&[
        "0 0",
        "0 1",
        "0 started by 0",
        "0 2",
        "0 started by 1",
        "0 started by 2",
        "1 the clock has advanced",
    ]);
}

#[test]
fn rule_01_a_cancelled_timer_wakes_nobody() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        drop(env.timeout(1.0));
        let race = first_of([env.timeout(2.0), env.timeout(1.5)]).await;
        note.note(format_args!("{race:?}"));
        env.timeout(10.0).await;
        note.note("end");
    });
    let mut steps = 0;
    while sim.step().unwrap() {
        steps += 1;
    }
    trace.is(&["1.5 (1, ())", "11.5 end"]);
    assert_eq!(
        steps, 3,
        "it starts, a timer decides the race and it resumes, another timer: no step for the cancelled"
    );
}

#[test]
fn rule_01_a_cancelled_timer_does_not_move_the_clock() {
    let sim = Simulation::new();
    let long = sim.timeout(1000.0);
    let short = sim.timeout(3.0);
    drop(long);
    assert_eq!(sim.peek(), Some(3.0));
    drop(short);
    assert_eq!(sim.peek(), None);
    sim.run().unwrap();
    assert_eq!(sim.now(), 0.0);
}

#[test]
fn rule_01_a_losing_timer_does_not_move_the_clock_also_while_nobody_awaits_the_race() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        let race = first_of([env.timeout(1000.0), env.timeout(1.0)]);
        std::future::pending::<()>().await;
        race.await;
    });
    sim.run().unwrap();
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn rule_01_the_timers_of_a_cancelled_process_do_not_move_the_clock() {
    let sim = Simulation::new();
    let env = sim.clone();
    let sleeper = sim.spawn(async move { env.timeout(1000.0).await });
    sim.run_until(1.0).unwrap();
    sleeper.cancel();
    sim.run().unwrap();
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn rule_01_an_infinite_timeout_never_fires() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move { env.timeout(f64::INFINITY).await });
    sim.run().unwrap();
    assert_eq!(sim.now(), 0.0);
    assert_eq!(sim.blocked()[0].waiting_for, "timeout(inf)");
}

#[test]
fn rule_01_run_until_runs_what_is_due_exactly_then_and_the_clock_ends_there() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    for delay in [1.0, 2.0, 3.0] {
        let (env, note) = (sim.clone(), trace.clone());
        sim.spawn(async move {
            env.timeout(delay).await;
            note.note("woken");
            // What becomes ready at the last time of the run runs as well.
            env.timeout(0.0).await;
            note.note("woken again");
        });
    }
    sim.run_until(2.0).unwrap();
    trace.is(&["1 woken", "1 woken again", "2 woken", "2 woken again"]);
    sim.run_until(2.5).unwrap();
    assert_eq!(sim.now(), 2.5);
    trace.is(&[]);
    sim.run().unwrap();
    trace.is(&["3 woken", "3 woken again"]);
}
