//! A timeout that stands still while nobody waits for it.

use asim::prelude::*;

#[test]
fn it_runs_only_while_it_is_awaited() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut job = env.pausable_timeout(8.0);
        let mut breaks = Vec::new();
        while env.interruptible(&mut job).await.is_err() {
            breaks.push((env.now(), job.left()));
            env.timeout(10.0).await;
        }
        assert_eq!(breaks, [(3.0, 5.0), (14.0, 4.0)]);
        assert_eq!((env.now(), job.left()), (28.0, 0.0));
    });
    for time in [3.0, 14.0] {
        sim.run_until(time).unwrap();
        worker.interrupt("breakdown");
    }
    sim.run().unwrap();
    assert!(worker.done());
}

#[test]
fn an_interrupt_in_the_instant_in_which_it_ends_leaves_nothing() {
    // Differences of tenths are not exact: what is left must be nothing all the same.
    for tenths in 1..200 {
        let start = f64::from(tenths) / 10.0;
        let sim = Simulation::starting_at(start);
        let (env, bell) = (sim.env(), sim.event::<()>());
        let rings = bell.clone();
        let worker = sim.spawn(async move {
            rings.await;
            let mut job = env.pausable_timeout(0.3);
            assert!(env.interruptible(&mut job).await.is_err());
            assert_eq!(job.left(), 0.0, "from {start}");
            let before = env.now();
            (&mut job).await;
            assert_eq!(env.now(), before);
        });
        let (env, interrupted) = (sim.env(), worker.process_ref());
        sim.spawn(async move {
            // Its timer is older, so it fires first.
            let tick = env.timeout(0.3);
            bell.succeed(());
            tick.await;
            interrupted.interrupt("too late");
        });
        sim.run().unwrap();
        assert!(worker.done());
    }
}

#[test]
fn it_loses_a_race_and_goes_on() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        let mut drive = env.pausable_timeout(5.0);
        for left in [3.0, 1.0] {
            asim!(match FirstOf(there = &mut drive, rest = env.timeout(2.0)).await {
                FirstOf::There(()) => unreachable!(),
                FirstOf::Rest(()) => assert_eq!(drive.left(), left),
            });
            env.timeout(100.0).await;
        }
        asim!(AllOf(there = &mut drive, other = env.timeout(0.5))).await;
        assert_eq!(env.now(), 205.0);
    });
    sim.run().unwrap();
    assert_eq!(sim.now(), 205.0);
}

#[test]
#[should_panic(expected = "-1")]
fn a_negative_delay_is_refused_at_the_call() {
    let sim = Simulation::new();
    let _ = sim.pausable_timeout(-1.0);
}

#[test]
fn a_blocked_process_says_that_it_waits_for_it() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move { env.pausable_timeout(f64::INFINITY).await });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "Environment::pausable_timeout");
}
