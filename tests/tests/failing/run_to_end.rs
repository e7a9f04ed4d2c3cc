//! A run to the end: a process that still waits when nothing is left to happen is an error.

use asim::prelude::*;

#[test]
fn it_is_a_run_if_all_processes_end() {
    let sim = Simulation::new();
    let env = sim.env();
    let process = sim.spawn(async move { env.timeout(3.0).await });
    let _never_starts = sim.schedule(f64::INFINITY, |_| ());
    sim.run_to_end().unwrap();
    assert_eq!(sim.now(), 3.0);
    assert!(process.done());
    sim.run_to_end().unwrap();
}

#[test]
fn whoever_waits_is_named_with_what_since_when_and_where() {
    let sim = Simulation::new();
    let queue = Queue::<u32>::unbounded(&sim);
    let (env, orders) = (sim.env(), queue.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        orders.get().await;
    });
    let env = sim.env();
    sim.spawn(async move { env.timeout(5.0).await });
    let error = sim.run_to_end().unwrap_err();
    let SimError::Standstill { standstill } = &error else { panic!("{error}") };
    let (time, blocked) = (standstill.time, &standstill.waits);
    assert_eq!((time, blocked.len()), (5.0, 1));
    assert_eq!((blocked[0].waiting_for, blocked[0].since), ("Queue::get", 2.0));
    let text = error.to_string();
    assert!(
        text.starts_with("nothing is left to happen at time 5; 1 process is blocked:\n"),
        "{text}"
    );
    assert!(text.contains("run_to_end.rs:"), "{text}");
    assert_eq!(format!("{error:?}"), text);
    // It can go on.
    queue.try_put(1).unwrap();
    sim.run_to_end().unwrap();
}

#[test]
fn a_failure_comes_first() {
    let sim = Simulation::new();
    let kept = sim.spawn(async { Err::<(), _>("broken") });
    let event = sim.event::<()>();
    sim.spawn(async move { event.await });
    assert!(matches!(sim.run_to_end(), Err(SimError::ProcessFailed { .. })));
    assert!(matches!(sim.run_to_end(), Err(SimError::Standstill { .. })));
    drop(kept);
}
