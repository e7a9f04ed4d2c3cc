//! Functions and writers of the user; errors; memory.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asim::Kind;
use asim::prelude::*;

use super::counting::peak;
use super::{Written, temporary};

#[process]
async fn clock(env: Environment, ticks: u32) {
    for _ in 0..ticks {
        env.timeout(1.0).await;
    }
}

/// Writes well for some time, and then fails.
struct Fills(usize);

impl Write for Fills {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.0 < text.len() {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is full"));
        }
        self.0 -= text.len();
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_the_run_once() {
    for path in ["log", "jsonl", "json"].map(|end| temporary(&format!("full.{end}"))) {
        // The name decides on the form, so a link stands for the device.
        let _ = std::fs::remove_file(&path);
        if !std::path::Path::new("/dev/full").exists() {
            return;
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let sim = Simulation::new();
        sim.trace_to(&path).unwrap();
        let trace = sim.trace();
        sim.process(Clock::new(10));
        let error = sim.run().unwrap_err();
        assert!(matches!(&error, SimError::Log { log, .. } if log.contains("full.")), "{error}");
        assert!(error.to_string().contains("No space left on device"), "{error}");
        sim.process(Clock::new(10));
        sim.run().unwrap();
        assert_eq!(trace.of_kind(Kind::Ended).count(), 2, "the other log goes on");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_writer_that_fails_ends_the_run_in_the_middle() {
    let sim = Simulation::new();
    sim.tracing().to_text(Fills(1_000_000));
    sim.process(Clock::new(1_000_000));
    let error = sim.run().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the log a writer cannot be written at time {}: the disk is full", sim.now())
    );
    assert!(sim.now() > 3000.0 && sim.now() < 15_000.0, "{}", sim.now());
    let stopped = sim.now();
    sim.run_until(stopped + 5.0).unwrap();
    assert_eq!(sim.now(), stopped + 5.0);
}

#[test]
fn the_error_of_the_run_comes_before_that_of_the_log() {
    let sim = Simulation::new();
    sim.tracing().to_text(Fills(0));
    sim.schedule(1.0, |_| Err::<(), _>("out of oil".to_owned()));
    assert!(matches!(sim.run(), Err(SimError::ProcessFailed { .. })));
    assert!(matches!(sim.run(), Err(SimError::Log { .. })));
    sim.run().unwrap();
}

#[test]
fn a_function_may_start_processes_and_log() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let (env, count) = (sim.env(), Rc::new(Cell::new(0)));
    let counter = count.clone();
    sim.tracing().only_kinds([Kind::Ended]).for_each(move |ended| {
        counter.set(counter.get() + 1);
        env.log(format_args!("saw {}", ended.time));
        if counter.get() < 4 {
            env.process(Clock::new(2));
            drop(Resource::new(&env, 1).named("new"));
        }
    });
    sim.process(Clock::new(1));
    sim.run().unwrap();
    assert_eq!((count.get(), sim.now()), (4, 7.0));
    assert_eq!(trace.of_kind(Kind::Ended).count(), 4);
    assert_eq!(trace.of_kind(Kind::Logged).count(), 4);
}

#[test]
fn a_function_sees_all_that_has_happened_in_the_memory() {
    let sim = Simulation::new();
    let trace = sim.trace();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (memory, to) = (trace.clone(), seen.clone());
    sim.tracing().for_each(move |_| to.borrow_mut().push(memory.len()));
    sim.process(Clock::new(1));
    sim.run().unwrap();
    assert_eq!(*seen.borrow(), [5; 5]);
}

#[test]
fn a_panic_of_a_function_passes_through_and_nothing_comes_twice() {
    let sim = Simulation::new();
    let (before, after) = (Written::default(), Written::default());
    sim.tracing().to_json_lines(before.clone());
    let (seen, all) = (Rc::new(RefCell::new(Vec::new())), sim.trace());
    let to = seen.clone();
    sim.tracing().for_each(move |happening| {
        to.borrow_mut().push(happening.clone());
        assert!(happening.kind != Kind::Ended, "on purpose");
    });
    sim.tracing().to_text(after.clone());
    sim.process(Clock::new(2));
    sim.process(Clock::new(2));
    let mut panics = 0;
    while catch_unwind(AssertUnwindSafe(|| sim.run().unwrap())).is_err() {
        panics += 1;
    }
    assert_eq!(panics, 2);
    sim.log("goes on");
    drop(sim);
    let all: Vec<_> = all.iter().collect();
    assert_eq!(*seen.borrow(), all);
    let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(after.text().lines().skip(1).collect::<Vec<_>>(), lines);
    assert_eq!(before.text().lines().count(), all.len() + 1);
}

#[test]
fn a_panic_at_the_very_end_leaves_whole_files() {
    let json = Written::default();
    let sim = Simulation::new();
    sim.tracing().only_kinds([Kind::Unfinished]).for_each(|_| panic!("on purpose"));
    sim.tracing().to_perfetto(json.clone());
    let path = temporary("late_panic.json");
    sim.trace_to(&path).unwrap();
    let clock = sim.process(Clock::new(2));
    sim.run_until(1.5).unwrap();
    catch_unwind(AssertUnwindSafe(|| drop(sim))).unwrap_err();
    assert!(clock.done(), "the simulation is closed");
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("\n]\n"));
    std::fs::remove_file(path).unwrap();
    // Writers of the user are not called while a panic unwinds.
    assert!(!json.text().ends_with("]\n"));
}

#[test]
fn a_function_cannot_run_the_simulation() {
    let sim = Rc::new(Simulation::new());
    let weak = Rc::downgrade(&sim);
    sim.tracing().for_each(move |_| {
        if let Some(sim) = weak.upgrade() {
            let _ = sim.step();
        }
    });
    sim.process(Clock::new(2));
    let panic = catch_unwind(AssertUnwindSafe(|| sim.run())).unwrap_err();
    let message = panic.downcast_ref::<&str>().expect("a text");
    assert_eq!(*message, "a process cannot run the simulation that runs it");
}

#[test]
fn a_log_may_be_stopped_and_started_by_a_step() {
    let sim = Simulation::new();
    let text = Written::default();
    sim.tracing().to_text(text.clone());
    sim.process(Clock::new(2));
    let mut lines = vec![text.text().lines().count()];
    while sim.step().unwrap() {
        lines.push(text.text().lines().count());
    }
    assert_eq!(lines, [0, 4, 6, 8], "after each step all is written");
}

#[test]
fn memory_follows_the_buffer_and_not_the_run() {
    let run = |ticks: u32| {
        let ((), peak) = peak(|| {
            let sim = Simulation::new();
            sim.tracing().to_perfetto(io::sink());
            sim.tracing().to_json_lines(io::sink());
            sim.tracing().for_each(|_| ());
            let fingerprint = sim.fingerprint();
            let last = sim.tracing().last(10).in_memory();
            // Each minute a process with a name of its own.
            let env = sim.env();
            sim.spawn(async move {
                for tick in 0..ticks {
                    env.timeout(1.0).await;
                    env.process(Clock::new(1).named(format!("clock {tick}")));
                }
            });
            sim.run().unwrap();
            assert_ne!(fingerprint.value(), 0);
            assert_eq!(last.len(), 10);
        });
        peak
    };
    let (short, long) = (run(10_000), run(100_000));
    // A table may have doubled. A byte for each of 90,000 processes would be more.
    assert!(long < short + 80_000, "{short} bytes, then {long}");
}

#[test]
fn what_is_long_at_one_time_is_handed_over_whole() {
    let sim = Simulation::new();
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    sim.tracing().only_kinds([Kind::Logged]).for_each(move |_| counter.set(counter.get() + 1));
    sim.schedule(1.0, |env| (0..20_000).for_each(|number| env.log(number)));
    sim.run().unwrap();
    assert_eq!(count.get(), 20_000);
}
