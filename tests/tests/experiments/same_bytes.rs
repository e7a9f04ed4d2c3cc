//! The same bytes in the files of results, and the same table: on one thread and on many, whoever is faster; in shards;
//! and after a kill at any line of the journal.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, thread};

use asim::prelude::*;
use asim::{Results, Shard};
use serde::{Deserialize, Serialize};

use asim_tests::folder::Folder;

/// A queue with a clerk, of which some runs fail, and which are not equally fast.
#[derive(Clone, Serialize, Deserialize)]
struct Shop {
    service: f64,
    closes: bool,
    /// Of so many replications one fails; 0 for none.
    fails: u64,
}

const SHOP: Shop = Shop { service: 0.7, closes: false, fails: 0 };

/// How long a replication takes at most, at random, in microseconds of real time. It is no parameter, as it changes no
/// result.
static SLOW: AtomicU64 = AtomicU64::new(0);

fn shop(rep: &Replication, shop: &Shop) -> Result<(), String> {
    let slow = SLOW.load(Ordering::Relaxed);
    if slow > 0 {
        // Not from a stream: it must not change what the model draws.
        let mixed = rep.number().wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ shop.service.to_bits();
        thread::sleep(Duration::from_micros(mixed % slow));
    }
    let sim = rep.simulation();
    let clerk = Resource::new(&sim, 1).named("clerk");
    let (env, service) = (sim.env(), shop.service);
    sim.spawn(async move {
        let (arrivals, services) = (env.stream("arrivals"), env.stream("services"));
        loop {
            env.timeout(arrivals.exponential(1.0)).await;
            let (clerk, time) = (clerk.clone(), services.exponential(service));
            env.spawn({
                let env = env.clone();
                async move {
                    let _clerk = clerk.acquire().await;
                    env.timeout(time).await;
                }
            });
        }
    });
    sim.run_until(rep.warm_up() + 100.0).map_err(|error| error.to_string())?;
    if shop.fails > 0 && rep.number().is_multiple_of(shop.fails) {
        return Err(format!("number {} fails", rep.number()));
    }
    if rep.number() % 3 == 1 {
        rep.result("now and then", sim.stream("more").normal(0.0, 1.0));
    }
    rep.result("unknown", if rep.number() % 5 == 2 { f64::NAN } else { 1.5 });
    Ok(())
}

/// What an experiment gives: both files and the table.
#[derive(Debug, PartialEq)]
struct Given {
    results: String,
    summary: String,
    table: String,
}

impl Given {
    fn of(folder: &Path, results: &Results) -> Self {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let (results_csv, summary) = (read("results.csv"), read("summary.csv"));
        Given { results: results_csv, summary, table: results.to_string() }
    }

    /// Shows the first line that is not the same.
    fn must_be(&self, expected: &Given, what: &str) {
        if self == expected {
            return;
        }
        let texts =
            |given: &Given| [&given.table, &given.summary, &given.results].map(String::clone);
        for (own, expected) in texts(self).iter().zip(&texts(expected)) {
            for (own, expected) in own.lines().zip(expected.lines()) {
                assert_eq!(own, expected, "{what}");
            }
        }
        panic!("{what}: a file has more lines or fewer");
    }
}

type Made = fn(Shop) -> Experiment<Shop>;

/// The experiments that are tried.
const EXPERIMENTS: [(&str, Made); 6] = [
    ("fixed", |shop_| Experiment::new("shop", shop, shop_).replications(23)),
    ("grid", |shop_| {
        Experiment::new("shop", shop, shop_)
            .sweep("service", [0.5, 0.6, 0.7])
            .sweep("closes", [false, true])
            .compare_to("service", 0.6)
            .warm_up(20.0)
            .replications(7)
    }),
    ("failing", |shop_| {
        Experiment::new("shop", shop, shop_)
            .set("fails", 4)
            .sweep("service", [0.5, 0.6])
            .compare_to("service", 0.5)
            .replications(20)
    }),
    ("precise", |shop_| {
        Experiment::new("shop", shop, shop_)
            .sweep("service", [0.3, 0.5, 0.7])
            .until_precision("clerk.utilisation", 0.05)
            .until_half_width("clerk.waited.mean", 0.3)
            .compare_to("service", 0.3)
            .set("fails", 7)
    }),
    ("antithetic", |shop_| {
        Experiment::new("shop", shop, shop_)
            .antithetic()
            .sweep("service", [0.5, 0.6])
            .compare_to("service", 0.5)
            .replications(15)
    }),
    ("batches", |shop_| {
        Experiment::new("shop", shop, shop_)
            .sweep("service", [0.5, 0.6])
            .compare_to("service", 0.5)
            .warm_up(10.0)
            .batches(20, 5.0)
    }),
];

fn run(name: &str, made: Made, jobs: usize) -> Given {
    let folder = Folder::in_memory(&format!("{name}-{jobs}"));
    let results = made(SHOP).jobs(jobs).out(folder.path()).run().unwrap();
    Given::of(folder.path(), &results)
}

#[test]
fn on_one_thread_and_on_many_whoever_is_faster() {
    for (name, made) in EXPERIMENTS {
        let expected = run(name, made, 1);
        assert!(expected.results.lines().count() > 10, "{}", expected.results);
        for (jobs, slow) in [(2, 0), (2, 700), (3, 2000), (8, 1000)] {
            SLOW.store(slow, Ordering::Relaxed);
            run(name, made, jobs).must_be(&expected, &format!("{name} on {jobs}"));
        }
    }
}

#[test]
fn in_shards_that_are_merged() {
    for (name, made) in EXPERIMENTS {
        if matches!(name, "precise" | "batches") {
            continue; // They have no shards.
        }
        let expected = run(name, made, 1);
        for of in [1, 2, 3, 7] {
            let folder = Folder::in_memory(&format!("{name}-shards-{of}"));
            for number in 1..=of {
                let shard = Shard::new(number, of).unwrap();
                let experiment = made(SHOP).shard(shard).jobs(2).out(folder.path());
                experiment.run().unwrap();
            }
            let results = made(SHOP).out(folder.path()).merge([folder.path()]).unwrap();
            Given::of(folder.path(), &results).must_be(&expected, &format!("{name} of {of}"));
        }
    }
}

#[test]
fn after_a_kill_at_any_line_of_the_journal() {
    for (name, made) in EXPERIMENTS {
        let expected = run(name, made, 1);
        let whole = Folder::in_memory(&format!("{name}-whole"));
        made(SHOP).jobs(3).out(whole.path()).run().unwrap();
        let journal = fs::read(whole.at("journal.jsonl")).unwrap();
        let ends: Vec<usize> =
            (1..=journal.len()).filter(|&end| journal[end - 1] == b'\n').collect();
        let step = ends.len().div_ceil(6);
        for &end in ends.iter().step_by(step).chain(ends.last()) {
            for more in [0, 1, 17] {
                let cut = (end + more).min(journal.len());
                let folder = Folder::in_memory(&format!("{name}-cut-{cut}"));
                fs::write(folder.at("journal.jsonl"), &journal[..cut]).unwrap();
                let experiment = made(SHOP).jobs(2).out(folder.path()).resume();
                let results = experiment.run().unwrap();
                let given = Given::of(folder.path(), &results);
                given.must_be(&expected, &format!("{name} cut at {cut}"));
            }
        }
    }
}

#[test]
fn a_resume_may_ask_for_more() {
    let folder = Folder::in_memory("more");
    let experiment = || Experiment::new("shop", shop, SHOP).out(folder.path());
    experiment().replications(5).run().unwrap();
    let results = experiment().replications(23).resume().run().unwrap();
    let at_once = Folder::in_memory("at-once");
    let expected =
        Experiment::new("shop", shop, SHOP).replications(23).out(at_once.path()).run().unwrap();
    assert_eq!(Given::of(folder.path(), &results), Given::of(at_once.path(), &expected));
    // And for fewer.
    let results = experiment().replications(7).resume().run().unwrap();
    assert_eq!(results.estimate("clerk.waited.mean").count, 7);
}

#[test]
fn a_model_that_has_changed_is_not_resumed() {
    let folder = Folder::in_memory("changed");
    let model = |more: f64| {
        move |rep: &Replication, (): &()| -> Result<(), SimError> {
            rep.result("cost", rep.simulation().stream("cost").uniform(0.0, 1.0) + more);
            Ok(())
        }
    };
    Experiment::new("cost", model(0.0), ()).replications(5).out(folder.path()).run().unwrap();
    let resumed =
        Experiment::new("cost", model(1.0), ()).replications(9).out(folder.path()).resume();
    let error = resumed.run().unwrap_err().to_string();
    assert!(
        error.starts_with(
            "the model has changed since the journal was begun: in replication 1, `cost` was 0."
        ),
        "{error}"
    );
    Experiment::new("cost", model(0.0), ())
        .replications(9)
        .out(folder.path())
        .resume()
        .run()
        .unwrap();
}

#[test]
fn a_model_that_has_changed_for_one_scenario_is_not_resumed() {
    let folder = Folder::in_memory("changed-for-one");
    let model = |more: f64| {
        move |rep: &Replication, shop: &Shop| -> Result<(), SimError> {
            let own = if shop.closes { more } else { 0.0 };
            rep.result("cost", rep.simulation().stream("cost").uniform(0.0, 1.0) + own);
            Ok(())
        }
    };
    let experiment = |more| {
        Experiment::new("cost", model(more), SHOP).sweep("closes", [false, true]).out(folder.path())
    };
    experiment(0.0).replications(5).run().unwrap();
    let error = experiment(1.0).replications(9).resume().run().unwrap_err().to_string();
    assert!(error.starts_with("the model has changed since the journal was begun"), "{error}");
    experiment(0.0).replications(9).resume().run().unwrap();
}
