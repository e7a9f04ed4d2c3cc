//! `Event::fail`: the error reaches a waiter or stops the run, like the error of a process (rule
//! 10).

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asim::prelude::*;

use crate::counting;

type Delivery = Event<Result<u32, String>>;

fn lost() -> String {
    "lost".to_string()
}

/// Returns what the run says of an event that failed at this time and line.
fn says(time: f64, line: u32) -> String {
    format!(
        "an event failed at time {time} and nobody received it: lost (failed at {}:{line}:",
        file!()
    )
}

#[test]
fn an_error_goes_to_all_who_wait() {
    let sim = Simulation::new();
    let (delivery, received) = (Delivery::new(&sim), Rc::new(Cell::new(0)));
    for _ in 0..3 {
        let (delivery, received) = (delivery.clone(), Rc::clone(&received));
        sim.spawn(async move {
            assert_eq!(delivery.await, Err(lost()));
            received.set(received.get() + 1);
        });
    }
    sim.schedule(2.0, move |_| delivery.fail(lost()));
    sim.run().unwrap();
    assert_eq!(received.get(), 3);
}

#[test]
fn an_error_is_claimed_by_whoever_waits_or_reads_the_value_later() {
    let sim = Simulation::new();
    let (waits, read) = (Delivery::new(&sim), Delivery::new(&sim));
    waits.fail(lost());
    read.fail(lost());
    let env = sim.env();
    sim.spawn(async move {
        env.timeout(3.0).await;
        assert_eq!(waits.await, Err(lost()));
        assert_eq!(read.value(), Some(Err(lost())));
    });
    sim.run().unwrap();
}

#[test]
fn an_error_is_claimed_by_a_race_that_it_wins() {
    let sim = Simulation::new();
    let delivery = Delivery::new(&sim);
    delivery.fail(lost());
    let late = async { sim.timeout(1.0).await };
    let won = sim.run_until_event(async {
        asim!(match FirstOf(delivery = delivery, late = late).await {
            FirstOf::Delivery(delivered) => delivered,
            FirstOf::Late(()) => Ok(0),
        })
    });
    assert_eq!(won.unwrap(), Err(lost()));
    sim.run().unwrap();
}

#[test]
fn the_run_stops_at_once_if_the_last_handle_goes_and_nobody_has_claimed_the_error() {
    let sim = Simulation::new();
    let delivery = Delivery::new(&sim);
    let line = line!() + 1;
    sim.schedule(4.0, move |_| delivery.fail(lost()));
    sim.schedule(9.0, |_| ());
    let error = sim.run().unwrap_err();
    assert_eq!(sim.now(), 4.0);
    assert!(error.to_string().starts_with(&says(4.0, line)), "{error}");
    assert_eq!(format!("{error:?}"), error.to_string());
    let SimError::EventFailed { time, source, location } = error else { panic!() };
    assert_eq!((time, source.to_string(), location.file()), (4.0, lost(), file!()));
    sim.run().unwrap();
    assert_eq!(sim.now(), 9.0);
}

#[test]
fn the_last_of_the_handles_decides() {
    let sim = Simulation::new();
    let (delivery, kept) = (Delivery::new(&sim), Cell::new(None));
    kept.set(Some(delivery.clone()));
    sim.schedule(1.0, move |_| delivery.fail(lost()));
    sim.schedule(4.0, move |_| drop(kept.take()));
    sim.schedule(9.0, |_| ());
    let error = sim.run().unwrap_err();
    assert!(matches!(error, SimError::EventFailed { time: 1.0, .. }), "{error}");
    assert_eq!(sim.now(), 4.0);
}

#[test]
fn the_run_returns_at_its_end_an_error_that_somebody_could_still_have_claimed() {
    let sim = Simulation::new();
    let [first, second] = [(); 2].map(|()| Delivery::new(&sim));
    let (a, b) = (first.clone(), second.clone());
    sim.schedule(3.0, move |_| a.fail(lost()));
    sim.schedule(5.0, move |_| b.fail("lost too".to_string()));
    sim.schedule(7.0, |_| ());
    let error = sim.run().unwrap_err();
    assert_eq!(sim.now(), 7.0);
    assert!(matches!(error, SimError::EventFailed { time: 3.0, .. }), "{error}");
    let error = sim.run_until(8.0).unwrap_err();
    assert!(matches!(error, SimError::EventFailed { time: 5.0, .. }), "{error}");
    // Once each, and it can still be read.
    sim.run().unwrap();
    assert_eq!(first.value(), Some(Err(lost())));
    drop((first, second));
    sim.run().unwrap();
}

#[test]
fn a_waiter_that_goes_before_it_receives_the_error_claims_nothing() {
    let sim = Simulation::new();
    let (env, delivery) = (sim.env(), Delivery::new(&sim));
    let waiting = delivery.clone();
    let waiter = sim.spawn(async move { waiting.await.map(drop).map_err(|_| "received") });
    sim.spawn(async move {
        env.timeout(1.0).await;
        delivery.fail(lost());
        waiter.cancel();
    });
    assert!(matches!(sim.run(), Err(SimError::EventFailed { time: 1.0, .. })));
}

#[test]
fn looking_whether_it_has_happened_claims_nothing() {
    let sim = Simulation::new();
    let delivery = Delivery::new(&sim);
    delivery.fail(lost());
    assert!(delivery.triggered() && !format!("{delivery:?}").is_empty());
    assert!(sim.run().is_err());
}

#[test]
fn to_succeed_with_an_error_is_no_failure() {
    let sim = Simulation::new();
    let delivery = Delivery::new(&sim);
    delivery.succeed(Err(lost()));
    sim.run().unwrap();
    drop(delivery);
    sim.run().unwrap();
}

#[test]
fn to_fail_an_event_that_has_happened_panics_and_fails_nothing() {
    let sim = Simulation::new();
    let [triggered, cancelled] = [(); 2].map(|()| Delivery::new(&sim));
    triggered.succeed(Ok(3));
    cancelled.cancel();
    for event in [triggered, cancelled] {
        assert!(catch_unwind(AssertUnwindSafe(|| event.fail(lost()))).is_err());
    }
    sim.run().unwrap();
}

#[test]
fn an_event_that_fails_when_its_simulation_has_gone_is_quiet() {
    let sim = Simulation::new();
    let [before, after] = [(); 2].map(|()| Delivery::new(&sim));
    before.fail(lost());
    drop(sim);
    after.fail(lost());
    assert_eq!(after.value(), Some(Err(lost())));
}

#[test]
fn errors_that_are_claimed_are_forgotten() {
    let run = |count: u32| {
        let sim = Simulation::new();
        let before = counting::in_use();
        for _ in 0..count {
            let delivery = Delivery::new(&sim);
            delivery.fail(lost());
            assert!(delivery.value().is_some());
        }
        sim.run().unwrap();
        counting::in_use() - before
    };
    assert!(run(100_000) < 2000, "{}", run(100_000));
}

/// An error that uses the simulation when it is cloned and dropped.
struct Uses(Event<u32>);

impl Clone for Uses {
    fn clone(&self) -> Self {
        let _ = self.0.try_succeed(1);
        Uses(self.0.clone())
    }
}

impl Drop for Uses {
    fn drop(&mut self) {
        let _ = self.0.try_succeed(2);
    }
}

impl From<Uses> for Box<dyn std::error::Error + Send + Sync> {
    fn from(uses: Uses) -> Self {
        let _ = uses.0.try_succeed(3);
        "used".into()
    }
}

#[test]
fn the_code_of_an_error_may_use_the_simulation() {
    for keep in [true, false] {
        let sim = Simulation::new();
        let event: Event<Result<(), Uses>> = sim.event();
        event.fail(Uses(sim.event()));
        let kept = keep.then(|| event.clone());
        drop(event);
        assert!(matches!(sim.run(), Err(SimError::EventFailed { time: 0.0, .. })));
        drop(kept);
        sim.run().unwrap();
    }
}

#[test]
fn a_race_that_holds_the_last_handle_lets_go_of_the_value_outside_any_borrow() {
    /// Uses the simulation when it is dropped.
    #[derive(Clone)]
    struct Asks(Environment);
    impl Drop for Asks {
        fn drop(&mut self) {
            let _ = self.0.active_process();
        }
    }
    let sim = Simulation::new();
    let event = sim.event();
    let env = sim.env();
    let awaited = event.clone();
    sim.spawn(async move {
        first_of([awaited]).await;
    });
    let awaited = event.clone();
    sim.spawn(async move {
        all_of([awaited]).await;
    });
    sim.schedule(1.0, move |_| event.succeed(Asks(env)));
    sim.run().unwrap();
}
