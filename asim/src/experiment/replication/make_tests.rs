//! What a replication gives: its results, or what went wrong, whatever its model does.

#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "these are tests with small numbers"
)]

use std::cell::RefCell;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fmt, fs};

use crate::experiment::replication::make::make;
use crate::experiment::replication::replication::{Order, Replication};
use crate::experiment::replication::taking::Windows;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Failure, FailureKind, Row};
use crate::prelude::*;

type End = Result<(), Box<dyn Error>>;

fn order(replication: u64) -> Order {
    Order {
        seed: 42,
        job: Job { replication, scenario: 0 },
        mirrored: false,
        warm_up: 0.0,
        windows: None,
        stop: None,
        trace: None,
        #[cfg(feature = "report")]
        watch: None,
    }
}

fn failure(model: impl Fn(&Replication) -> End) -> Failure {
    make(order(1), &model).unwrap_err()
}

/// The message of a failure of this kind, without the lines of this file.
fn message(kind: FailureKind, model: impl Fn(&Replication) -> End) -> String {
    let failure = failure(model);
    assert_eq!(failure.kind, kind, "{failure}");
    let mut message = failure.message;
    while let Some(start) = message.find(file!()) {
        let length = message[start..].find(')').unwrap();
        message.replace_range(start..start + length, "here");
    }
    message
}

fn panic_of(model: impl Fn(&Replication) -> End) -> String {
    message(FailureKind::Panicked, model)
}

fn error_of(model: impl Fn(&Replication) -> End) -> String {
    message(FailureKind::Error, model)
}

fn pairs(row: &Row) -> Vec<(String, f64)> {
    row.names.iter().cloned().zip(row.values.iter().copied()).collect()
}

fn value(row: &Row, name: &str) -> f64 {
    let found = pairs(row).into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {:?}", row.names)).1
}

/// Equal, where NaN is equal to NaN.
fn same(one: &[(String, f64)], other: &[(String, f64)]) -> bool {
    let bits = |all: &[(String, f64)]| -> Vec<(String, u64)> {
        all.iter().map(|(name, value)| (name.clone(), value.to_bits())).collect()
    };
    bits(one) == bits(other)
}

/// Customers who come and go at one clerk. Some still wait or are served at the end.
fn bank(sim: &Simulation) -> Resource {
    let clerk = Resource::new(sim, 1).named("clerk");
    let (env, arrivals, service) = (sim.env(), sim.stream("arrivals"), sim.stream("service"));
    let desk = clerk.clone();
    sim.spawn(async move {
        loop {
            env.timeout(arrivals.exponential(1.0)).await;
            let (env2, clerk, service) = (env.clone(), desk.clone(), service.clone());
            env.spawn(async move {
                let _slot = clerk.acquire().await;
                env2.timeout(service.exponential(1.2)).await;
            });
        }
    });
    clerk
}

#[test]
fn the_results_are_those_just_before_the_drop() {
    let seen = RefCell::new(Vec::new());
    let model = |rep: &Replication| -> End {
        let sim = rep.simulation();
        sim.measure_processes();
        let _clerk = bank(&sim);
        sim.counter("lost").add(3);
        sim.run_until(50.0)?;
        seen.replace(sim.report().values().collect());
        rep.result("profit", 12.5);
        rep.result("unknown", f64::NAN);
        Ok(())
    };
    let rows = make(order(1), &model).unwrap();
    assert_eq!(rows.len(), 1);
    let mut expected = seen.take();
    // Those who wait at the end would have left by a teardown.
    assert!(value(&rows[0], "clerk.line.most") > 0.0 && value(&rows[0], "clerk.left") == 0.0);
    expected.extend([("profit".to_owned(), 12.5), ("unknown".to_owned(), f64::NAN)]);
    assert!(same(&pairs(&rows[0]), &expected), "{:?}\n{expected:?}", pairs(&rows[0]));
    // The same again, and other numbers in another replication.
    assert_eq!(make(order(1), &model).unwrap(), rows);
    let other = make(order(2), &model).unwrap();
    assert_ne!(other, rows);
    assert!(Arc::ptr_eq(&other[0].names, &rows[0].names));
}

#[test]
fn models_with_other_names_take_turns_on_a_thread() {
    let model = |name: &'static str| {
        move |rep: &Replication| -> End {
            let sim = rep.simulation();
            sim.counter(name).add(rep.number());
            Ok(())
        }
    };
    for number in 1..5 {
        let names = if number % 2 == 0 { "lost" } else { "found" };
        let rows = make(order(number), &model(names)).unwrap();
        assert_eq!(pairs(&rows[0]), [(names.to_owned(), number as f64)]);
    }
}

#[test]
fn a_mirror_image_mirrors_the_replication_before_it() {
    let draw = |order: Order| {
        let rep = Replication::ordered(order);
        let sim = rep.simulation();
        sim.stream("service").uniform(0.0, 1.0)
    };
    let (first, second) = (draw(order(3)), draw(Order { mirrored: true, ..order(4) }));
    assert!((first + second - 1.0).abs() < 1e-12, "{first} {second}");
    assert_ne!(draw(order(3)), draw(order(4)));
}

#[test]
fn a_simulation_that_outlives_its_model_gives_its_results_too() {
    thread_local! {
        static KEPT: RefCell<Option<Simulation>> = const { RefCell::new(None) };
    }
    let rows = make(order(1), &|rep| {
        let sim = rep.simulation();
        let lost = sim.counter("lost");
        lost.add(2);
        KEPT.set(Some(sim));
        lost.add(5);
        Ok(())
    });
    assert_eq!(pairs(&rows.unwrap()[0]), [("lost".to_owned(), 7.0)]);
    drop(KEPT.take());
}

#[test]
fn a_model_without_a_simulation_gives_its_own_results() {
    let rows = make(order(1), &|rep| {
        rep.result("profit", 1.0);
        Ok(())
    });
    assert_eq!(pairs(&rows.unwrap()[0]), [("profit".to_owned(), 1.0)]);
    assert!(make(order(1), &|_| Ok(())).unwrap()[0].names.is_empty());
}

#[test]
fn a_panic_is_a_failure_that_says_where_it_was() {
    assert_eq!(panic_of(|_| panic!("out of {}", "paper")), "out of paper (here)");
    let in_process = panic_of(|rep| {
        let sim = rep.simulation();
        let env = sim.env();
        sim.spawn(async move {
            env.timeout(2.5).await;
            panic!("out of oil");
        });
        sim.run()?;
        Ok(())
    });
    assert_eq!(
        in_process,
        "out of oil (here), in process `a_panic_is_a_failure_that_says_where_it_was (spawned at here)` at time 2.5"
    );
}

/// Panics when it is dropped.
struct Fragile(&'static str);

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

#[test]
fn a_panic_while_something_is_dropped_is_a_failure() {
    let at_teardown = panic_of(|rep| {
        let sim = rep.simulation();
        let env = sim.env();
        sim.spawn(async move {
            let _fragile = Fragile("broke at the end");
            env.timeout(100.0).await;
        });
        sim.run_until(1.0)?;
        Ok(())
    });
    assert_eq!(at_teardown, "broke at the end (here)");
    let payload = panic_of(|_| std::panic::panic_any(Fragile("broke as a payload")));
    assert_eq!(payload, "a panic without words (here)");
    // The next replication has nothing of all that.
    assert_eq!(panic_of(|_| panic!("the next")), "the next (here)");
    assert!(make(order(1), &|_| Ok(())).is_ok());
}

#[test]
fn a_panic_that_the_model_catches_is_no_failure() {
    let rows = make(order(1), &|rep| {
        let caught = std::panic::catch_unwind(|| panic!("expected"));
        rep.result("caught", f64::from(u8::from(caught.is_err())));
        Ok(())
    });
    assert_eq!(pairs(&rows.unwrap()[0]), [("caught".to_owned(), 1.0)]);
}

#[test]
fn each_misuse_has_its_words() {
    let twice = panic_of(|rep| {
        rep.result("profit", 1.0);
        rep.result("profit", 2.5);
        Ok(())
    });
    assert_eq!(
        twice,
        "the result `profit` is given twice: 1 (here), and now 2.5; give each a name of its own (here)"
    );
    let two = panic_of(|rep| {
        let _one = rep.simulation();
        let _two = rep.simulation_starting_at(3.0);
        Ok(())
    });
    assert_eq!(
        two,
        "a replication has one simulation, and the model has asked for it already (here) (here)"
    );
    let taken = panic_of(|rep| {
        let sim = rep.simulation();
        sim.counter("lost").add(1);
        rep.result("lost", 2.0);
        Ok(())
    });
    assert_eq!(
        taken,
        "the model's own result `lost` has the name of what is measured already; give it another name (here)"
    );
    let alike = error_of(|rep| {
        let sim = rep.simulation();
        sim.counter("visits.count").add(1);
        sim.tally("visits").add(1.0);
        Ok(())
    });
    assert_eq!(
        alike,
        "two things that are measured give a result `visits.count`; name them differently"
    );
}

#[derive(Debug)]
struct Layered(&'static str, Option<Box<Layered>>);

impl fmt::Display for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Layered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|error| error as &(dyn Error + 'static))
    }
}

#[test]
fn an_error_is_a_failure_with_the_words_of_its_sources() {
    let inner = || Layered("the file is gone", None);
    let said = error_of(|_| Err(Layered("no parameters", Some(inner().into())).into()));
    assert_eq!(said, "no parameters\ncaused by: the file is gone");
    let said = error_of(|_| Err(Layered("the file is gone too", Some(inner().into())).into()));
    assert_eq!(said, "the file is gone too");
    assert_eq!(error_of(|_| Err("closed".into())), "closed");
}

#[test]
fn an_error_of_a_run_is_a_failure_with_its_words() {
    let standstill = error_of(|rep| {
        let sim = rep.simulation();
        let door = Gate::new_closed(&sim).named("door");
        sim.spawn(async move { door.wait().await });
        sim.run_to_end()?;
        Ok(())
    });
    assert!(
        standstill.starts_with("nothing is left to happen at time 0; 1 process is blocked:"),
        "{standstill}"
    );
    assert!(standstill.contains("since 0 for Gate::wait of `door` (here)"), "{standstill}");
    let process = error_of(|rep| {
        let sim = rep.simulation();
        sim.spawn(async move { Err::<(), _>(Layered("worn out", None)) });
        sim.run()?;
        Ok(())
    });
    assert_eq!(
        process,
        "process `an_error_of_a_run_is_a_failure_with_its_words (spawned at here)` failed at time 0: worn out"
    );
}

#[test]
fn an_error_whose_text_panics_is_a_failure() {
    #[derive(Debug)]
    struct Mute;
    impl fmt::Display for Mute {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no words")
        }
    }
    impl Error for Mute {}
    assert_eq!(panic_of(|_| Err(Mute.into())), "no words (here)");
}

#[test]
fn the_results_begin_after_the_warm_up() {
    let visits = |rep: &Replication| -> Result<(), Box<dyn Error>> {
        let sim = rep.simulation_starting_at(100.0);
        let visits = sim.counter("visits");
        let env = sim.env();
        sim.spawn(async move {
            loop {
                env.timeout(1.0).await;
                visits.add(1);
            }
        });
        sim.run_until(112.5)?;
        Ok(())
    };
    let warm_up = |warm_up: f64| make(Order { warm_up, ..order(1) }, &visits);
    assert_eq!(pairs(&warm_up(0.0).unwrap()[0])[0].1, 12.0);
    assert_eq!(pairs(&warm_up(5.0).unwrap()[0])[0].1, 8.0); // from 105 to 112
    assert_eq!(
        warm_up(20.0).unwrap_err().message,
        "the run ended at 112.5, before the end of the warm-up at 120"
    );
}

/// A run that stops just before the end of its warm-up or of a window has come there too.
#[test]
fn a_run_before_a_time_comes_to_it() {
    let model = |rep: &Replication| -> Result<(), Box<dyn Error>> {
        let sim = rep.simulation();
        let visits = sim.counter("visits");
        for at in 0..10 {
            let visits = visits.clone();
            sim.schedule(f64::from(at), move |_| visits.add(1));
        }
        sim.run_before(6.0)?;
        Ok(())
    };
    let row = make(Order { warm_up: 6.0, ..order(1) }, &model).unwrap();
    assert_eq!(pairs(&row[0])[0].1, 0.0);
    let windows = Some(Windows { count: 2, length: 2.0, may_end_early: false });
    let rows = make(Order { warm_up: 2.0, windows, ..order(1) }, &model).unwrap();
    assert_eq!(rows.iter().map(|row| row.values[0]).collect::<Vec<_>>(), [2.0, 2.0]);
}

/// One clerk. Three customers come at 0, 1 and 2, and each is served for 3: so they wait 0, 2 and 4 and leave at
/// 3, 6 and 9. The windows are from 2 to 4, to 6, to 8.
#[test]
fn windows_are_as_computed_by_hand() {
    let model = |until: f64| {
        move |rep: &Replication| -> Result<(), Box<dyn Error>> {
            let sim = rep.simulation();
            let clerk = Resource::new(&sim, 1).named("clerk");
            for at in 0..3 {
                let (env, clerk) = (sim.env(), clerk.clone());
                sim.spawn(async move {
                    env.timeout(f64::from(at)).await;
                    let _slot = clerk.acquire().await;
                    env.timeout(3.0).await;
                });
            }
            rep.result("own", 1.0);
            sim.run_until(until)?;
            Ok(())
        }
    };
    let windows = Some(Windows { count: 3, length: 2.0, may_end_early: false });
    let order = Order { warm_up: 2.0, windows, ..order(1) };
    for until in [8.0, 9.0, 20.0] {
        let rows = make(order.clone(), &model(until)).unwrap();
        assert_eq!(rows.len(), 3);
        let all = |name: &str| rows.iter().map(|row| value(row, name)).collect::<Vec<_>>();
        // In line: 2 from 2 to 3, 1 from 3 to 6, none after. What is due at the end of a window belongs to the
        // next: the grants at 6 too.
        assert_eq!(all("clerk.line.mean"), [1.5, 1.0, 0.0]);
        assert_eq!(all("clerk.in_use.mean"), [1.0, 1.0, 1.0]);
        assert_eq!(all("clerk.utilisation"), [1.0, 1.0, 1.0]);
        // Two is granted at 3 after 2; three at 6 after 4: waits across the borders count whole where they end.
        assert_eq!(all("clerk.served"), [1.0, 0.0, 1.0]);
        assert_eq!(all("clerk.waited.most")[0], 2.0);
        assert!(all("clerk.waited.mean")[1].is_nan());
        assert_eq!(all("clerk.waited.mean")[2], 4.0);
        assert_eq!(all("clerk.held.mean")[0], 3.0);
        assert!(!rows[0].names.contains(&"own".to_owned()));
        assert!(Arc::ptr_eq(&rows[0].names, &rows[2].names));
    }
    assert_eq!(
        make(order.clone(), &model(7.5)).unwrap_err().message,
        "the run ended at 7.5, before the end of batch 3 of 3 at 8"
    );
    assert_eq!(
        make(order.clone(), &model(1.0)).unwrap_err().message,
        "the run ended at 1, before the end of the warm-up at 2"
    );
    assert_eq!(
        make(order, &|_| Ok(())).unwrap_err().message,
        "the model has no simulation, so it has no batches"
    );
}

/// The windows keep no run going, and a run without an end passes them only if something happens after.
#[test]
fn windows_are_no_events() {
    let model = |rep: &Replication| -> Result<(), Box<dyn Error>> {
        let sim = rep.simulation();
        let env = sim.env();
        sim.spawn(async move { env.timeout(5.0).await });
        sim.run()?;
        assert_eq!(sim.now(), 5.0);
        Ok(())
    };
    let windows = |count, length| Order {
        windows: Some(Windows { count, length, may_end_early: false }),
        ..order(1)
    };
    assert_eq!(make(windows(2, 2.0), &model).unwrap().len(), 2);
    let error = make(windows(3, 2.0), &model).unwrap_err().message;
    assert_eq!(error, "the run ended at 5, before the end of batch 3 of 3 at 6");
}

/// An end that was computed in another way is a rounding off.
#[test]
fn the_last_window_may_end_a_rounding_later_than_the_run() {
    let order = Order {
        windows: Some(Windows { count: 3, length: 0.1, may_end_early: false }),
        ..order(1)
    };
    let rows = make(order, &|rep| {
        let sim = rep.simulation();
        sim.level("inside").set(2.0);
        sim.run_until(0.3)?;
        Ok(())
    });
    let rows = rows.unwrap();
    assert_eq!(rows.iter().map(|row| row.values[0]).collect::<Vec<_>>(), [2.0; 3]);
}

#[test]
fn a_stopped_run_took_too_long_whatever_the_model_makes_of_it() {
    let stop = Arc::new(AtomicBool::new(false));
    let order = Order { stop: Some(Arc::clone(&stop)), ..order(1) };
    let model = |rep: &Replication, passes_on: bool| -> Result<(), Box<dyn Error>> {
        let sim = rep.simulation();
        let (env, stop) = (sim.env(), Arc::clone(&stop));
        sim.spawn(async move {
            loop {
                env.timeout(1.0).await;
                if env.now() == 10_000.0 {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        });
        let error = sim.run().unwrap_err();
        assert!(
            matches!(error, SimError::TookTooLong { time } if (10_000.0..=10_300.0).contains(&time))
        );
        assert!(error.to_string().starts_with("the run was stopped at time 10"));
        // It stops at once again.
        assert!(matches!(sim.run_until(1e9), Err(SimError::TookTooLong { .. })));
        rep.result("own", 1.0);
        if passes_on { Err(error.into()) } else { Ok(()) }
    };
    for passes_on in [true, false] {
        stop.store(false, Ordering::Relaxed);
        let failure = make(order.clone(), &|rep| model(rep, passes_on)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::TookTooLong);
        assert!(
            failure.to_string().starts_with("took too long: it was stopped at time 10"),
            "{failure}"
        );
    }
}

/// Whether a run can be stopped changes neither its results nor where an instant has its limit.
#[test]
fn a_run_that_can_be_stopped_goes_as_any_other() {
    let model = |limit: u64| {
        move |rep: &Replication| -> Result<(), Box<dyn Error>> {
            let sim = rep.simulation();
            if limit > 0 {
                sim.set_instant_limit(limit);
            }
            let clerk = bank(&sim);
            sim.run_until(2000.0)?;
            rep.result("queue", clerk.waiting() as f64);
            let env = sim.env();
            sim.spawn(async move {
                for _ in 0..5000 {
                    env.timeout(0.0).await;
                }
            });
            sim.run_until(2000.0)?;
            Ok(())
        }
    };
    for limit in [0, 4000, 6000, u64::MAX] {
        let stop = Some(Arc::new(AtomicBool::new(false)));
        let with = make(Order { stop, ..order(1) }, &model(limit));
        assert!(with == make(order(1), &model(limit)), "limit {limit}");
        assert_eq!(with.is_err(), limit == 4000, "limit {limit}");
    }
}

#[test]
fn the_log_of_a_replication_goes_to_its_file() {
    let folder = std::env::temp_dir().join(format!("asim-make-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("run.log");
    let model = |rep: &Replication| -> Result<(), Box<dyn Error>> {
        let sim = rep.simulation();
        sim.schedule(3.0, |env| env.log("half past"));
        sim.run()?;
        Ok(())
    };
    make(Order { trace: Some(path.clone()), ..order(1) }, &model).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("half past"));
    let nowhere = folder.join("not there").join("run.log");
    let failure = make(Order { trace: Some(nowhere), ..order(1) }, &model).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Error);
    assert!(failure.message.contains("not there"), "{failure}");
    fs::remove_dir_all(&folder).unwrap();
}

/// What a replication says does not depend on what its thread has done before.
#[test]
fn simulations_are_counted_from_the_replication_on() {
    let said = || {
        panic_of(|rep| {
            let (one, other) = (rep.simulation(), Simulation::new());
            let mine = one.timeout(1.0);
            other.spawn(async move { mine.await });
            other.run()?;
            Ok(())
        })
    };
    let first = said();
    assert!(first.contains("of simulation 1 is awaited in simulation 2"), "{first}");
    assert_eq!(said(), first);
}
