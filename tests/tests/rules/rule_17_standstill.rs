//! Rule 17: a run in which time stands still ends.

use asim::prelude::*;
use std::cell::Cell;
use std::future::IntoFuture;
use std::rc::Rc;

/// Runs a simulation in which something never ends. A low limit is set, as the usual limit takes
/// long in a build that is not optimised.
fn stands_still(start: f64, set_up: impl FnOnce(&Simulation)) -> (f64, u64, Vec<String>) {
    let sim = Simulation::starting_at(start);
    sim.set_instant_limit(500);
    set_up(&sim);
    match sim.run_until(f64::MAX) {
        Err(SimError::TimeStandsStill { time, limit, processes, .. }) => (time, limit, processes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rule_17_a_zero_delay_loop_ends() {
    let told = stands_still(0.0, |sim| {
        let env = sim.env();
        sim.spawn(async move {
            env.timeout(3.0).await;
            loop {
                env.timeout(0.0).await;
            }
        });
    });
    assert_eq!((told.0, told.1), (3.0, 500));
    assert!(told.2[0].contains("rule_17_a_zero_delay_loop_ends"), "{:?}", told.2);
}

#[test]
fn rule_17_a_loop_that_waits_for_the_end_of_the_instant_ends() {
    let told = stands_still(0.0, |sim| {
        let env = sim.env();
        sim.spawn(async move {
            env.timeout(3.0).await;
            loop {
                env.settled().await;
            }
        });
    });
    assert_eq!((told.0, told.1), (3.0, 500));
    // In a race, and by a foreign waker.
    let told = stands_still(0.0, |sim| {
        let env = sim.env();
        sim.spawn(async move {
            loop {
                first_of([env.settled(), env.settled()]).await;
            }
        });
    });
    assert_eq!((told.0, told.1), (0.0, 500));
    let told = stands_still(0.0, |sim| {
        let env = sim.env();
        sim.spawn(async move {
            loop {
                futures::future::select_all([
                    env.settled().into_future(),
                    env.settled().into_future(),
                ])
                .await;
            }
        });
    });
    assert_eq!((told.0, told.1), (0.0, 500));
}

#[test]
fn rule_17_delays_that_are_too_small_to_move_the_clock_end_it() {
    let start = 2.0_f64.powi(53);
    let told = stands_still(start, |sim| {
        let env = sim.env();
        sim.spawn(async move {
            loop {
                env.timeout(1.0).await;
            }
        });
    });
    assert_eq!(told.0, start);
}

#[test]
fn rule_17_a_delay_too_small_to_move_the_clock_is_legal() {
    let sim = Simulation::starting_at(0.87);
    let env = sim.env();
    let job = sim.spawn(async move { env.timeout(2.8e-17).await });
    sim.run_until_event(job).unwrap().unwrap();
    assert_eq!(sim.now(), 0.87);
}

#[test]
fn rule_17_two_that_keep_each_other_busy_end_it() {
    stands_still(1.0, |sim| {
        let (ping, pong) = (Queue::unbounded(sim), Queue::unbounded(sim));
        for (from, to) in [(ping.clone(), pong.clone()), (pong, ping.clone())] {
            sim.spawn(async move {
                loop {
                    to.put(from.get().await).await;
                }
            });
        }
        ping.try_put(1).unwrap();
    });
}

#[test]
fn rule_17_who_runs_until_an_event_counts_too() {
    let sim = Simulation::new();
    sim.set_instant_limit(500);
    let env = sim.env();
    let outcome = sim.run_until_event(async move {
        loop {
            env.timeout(0.0).await;
        }
    });
    let _: Result<std::convert::Infallible, _> = match outcome {
        Err(SimError::TimeStandsStill { limit: 500, .. }) => return,
        other => other,
    };
    panic!("it must end");
}

#[test]
fn rule_17_interrupts_of_a_process_that_has_not_started_count_too() {
    let sim = Simulation::new();
    sim.set_instant_limit(50);
    let env = sim.env();
    let late = sim.spawn(async move {
        loop {
            let _ = env.interruptible(env.timeout(1.0)).await;
        }
    });
    for _ in 0..100 {
        late.interrupt("again");
    }
    assert!(matches!(sim.run_until(0.5), Err(SimError::TimeStandsStill { limit: 50, .. })));
    while sim.run_until(0.5).is_err() {}
    assert_eq!(sim.now(), 0.5, "the run can be continued");
}

#[test]
fn rule_17_the_limit_can_be_lifted() {
    let sim = Simulation::new();
    sim.set_instant_limit(10);
    sim.lift_instant_limit();
    let (env, count) = (sim.env(), Rc::new(Cell::new(0)));
    let counted = count.clone();
    sim.spawn(async move {
        for _ in 0..1000 {
            env.timeout(0.0).await;
            counted.set(counted.get() + 1);
        }
    });
    sim.run().unwrap();
    assert_eq!(count.get(), 1000);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "twenty million resumptions: two seconds when optimised")]
fn rule_17_there_is_a_limit_by_default() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        loop {
            env.timeout(0.0).await;
        }
    });
    let error = sim.run().unwrap_err();
    assert!(matches!(error, SimError::TimeStandsStill { limit: 10_000_000, .. }), "{error}");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "twenty million resumptions: two seconds when optimised")]
fn rule_17_the_usual_limit_grows_with_the_living() {
    let sim = Simulation::new();
    let never: Event<()> = sim.event();
    for _ in 0..150_000 {
        let never = never.clone();
        sim.spawn(async move { never.await });
    }
    let env = sim.env();
    sim.spawn(async move {
        for _ in 0..14_000_000 {
            env.timeout(0.0).await;
        }
    });
    sim.run().unwrap();
}
