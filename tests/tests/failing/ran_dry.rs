//! `SimError::RanDry`: what the run waited for, where this was asked for, and which processes are
//! blocked. Also what `main` prints of an error: its `Debug`.

use std::error::Error;
use std::fmt;

use asim::prelude::*;

/// Waits for ever.
#[process]
async fn clerk(env: Environment, letters: Queue<u32>) {
    env.timeout(1.0).await;
    letters.get().await;
}

#[test]
fn ran_dry_names_the_request_that_was_awaited_and_its_line() {
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let (request, line) = (queue.get(), line!());
    let error = sim.run_until_event(request).unwrap_err();
    let SimError::RanDry { time, awaited, location, standstill } = &error else {
        panic!("{error}")
    };
    assert_eq!((*time, awaited.as_str(), standstill.waits.len()), (0.0, "Queue::get", 0));
    let location = location.unwrap();
    assert_eq!((location.file(), location.line()), (file!(), line));
    assert_eq!(
        error.to_string(),
        format!(
            "the agenda ran dry at time 0 before Queue::get (asked for at {location}); \
             no process is blocked"
        )
    );
}

#[test]
fn ran_dry_names_what_an_async_block_waits_for_last() {
    let sim = Simulation::new();
    let (tank, gate) = (Container::new(&sim, 10.0), Barrier::new(&sim));
    let error = sim
        .run_until_event(async {
            sim.timeout(2.0).await;
            tank.put(3.0).await;
            gate.wait().await;
        })
        .unwrap_err();
    let SimError::RanDry { time, awaited, location, .. } = &error else { panic!("{error}") };
    assert_eq!((*time, awaited.as_str()), (2.0, "Barrier::wait"));
    assert_eq!(location.unwrap().file(), file!());
}

#[test]
fn ran_dry_does_not_take_what_a_process_waits_for_to_be_what_was_awaited() {
    let sim = Simulation::new();
    sim.process(Clerk::new(Queue::unbounded(&sim)));
    let error = sim.run_until_event(std::future::pending::<()>()).unwrap_err();
    let SimError::RanDry { awaited, location, .. } = &error else { panic!("{error}") };
    assert_eq!((awaited.as_str(), location), ("a future that is not the simulation's", &None));
}

#[test]
fn ran_dry_says_that_the_awaited_event_was_cancelled() {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let cancelled = event.clone();
    sim.schedule(1.0, move |_| cancelled.cancel());
    let error = sim.run_until_event(event).unwrap_err();
    let text = "the agenda ran dry at time 1 before an event that was cancelled (asked for at ";
    assert!(error.to_string().starts_with(text), "{error}");
}

#[test]
fn ran_dry_names_the_line_that_joins_a_process() {
    let sim = Simulation::new();
    let clerk = sim.process(Clerk::new(Queue::unbounded(&sim)));
    let line = line!() + 1;
    let error = sim.run_until_event(clerk).unwrap_err();
    let SimError::RanDry { awaited, location, .. } = &error else { panic!("{error}") };
    assert_eq!((awaited.as_str(), location.unwrap().line()), ("the end of a process", line));
}

#[test]
fn ran_dry_names_the_producer_that_cannot_finish_and_the_line_of_run_all() {
    let sim = Simulation::new();
    let fine = sim.spawn(async {});
    let clerk = sim.process(Clerk::new(Queue::unbounded(&sim)).named("clerk 3"));
    let line = line!() + 1;
    let error = sim.run_all([ProcessRef::from(&fine), ProcessRef::from(&clerk)]).unwrap_err();
    let SimError::RanDry { awaited, location, .. } = &error else { panic!("{error}") };
    assert_eq!(awaited, "the end of process `clerk 3`");
    assert_eq!((location.unwrap().file(), location.unwrap().line()), (file!(), line));
}

#[test]
fn ran_dry_lists_the_blocked_one_a_line() {
    let sim = Simulation::new();
    let letters = Queue::unbounded(&sim);
    for id in 1..=7 {
        sim.process(Clerk::new(letters.clone()).named(format!("clerk {id}")));
    }
    let error = sim.run_until_event(sim.event::<()>()).unwrap_err();
    let text = error.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("the agenda ran dry at time 1 before an event (asked for at "));
    assert!(lines[0].ends_with("; 7 processes are blocked:"), "{text}");
    assert!(lines[1].starts_with("  clerk 1 has waited since 1 for Queue::get ("), "{text}");
    assert_eq!(lines.len(), 8);
    assert!(lines[7].starts_with("  clerk 7 has waited since 1 for Queue::get ("), "{text}");
    let SimError::RanDry { standstill, .. } = error else { panic!("{text}") };
    assert_eq!(standstill.waits.len(), 7);
}

// ---- what `main` prints

/// An error whose cause is its source.
#[derive(Debug)]
struct Broken(std::num::ParseIntError);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the machine is broken")
    }
}

impl Error for Broken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn the_debug_of_an_error_reads_as_its_display() {
    let sim = Simulation::new();
    sim.process(Clerk::new(Queue::unbounded(&sim)));
    let dry = sim.run_until_event(sim.event::<()>()).unwrap_err();
    assert_eq!(format!("{dry:?}"), dry.to_string());
    let past = sim.run_until(0.5).unwrap_err();
    assert_eq!(format!("{past:?}"), "cannot run until 0.5: it is 1 already");
    let _ = sim.spawn(async { Err::<(), _>("out of oil") });
    let failed = sim.run().unwrap_err();
    assert_eq!(format!("{failed:?}"), failed.to_string());
}

#[test]
fn the_debug_of_an_error_adds_the_sources_that_say_more() {
    let sim = Simulation::new();
    let parse = || "four".parse::<u32>().unwrap_err();
    let _ = sim.spawn(async move { Err::<(), _>(Broken(parse())) });
    let error = sim.run().unwrap_err();
    assert_eq!(format!("{error:?}"), format!("{error}\ncaused by: invalid digit found in string"));
    assert!(error.to_string().ends_with("failed at time 0: the machine is broken"), "{error}");
}
