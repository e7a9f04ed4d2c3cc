//! Faults that were once there, each with the test that shows it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, thread};

use asim::Shard;

use asim::prelude::*;
use asim_tests::folder::Folder;

fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    rep.result("eyes", rep.simulation().stream("dice").uniform(1.0, 7.0));
    if rep.number() == 5 {
        rep.result("rare", 1.0);
    }
    Ok(())
}

#[test]
fn a_merge_loses_no_replications_without_a_word() {
    let folder = Folder::in_memory("merge");
    let experiment = |replications| Experiment::new("dice", dice, ()).replications(replications);
    for number in 1..=2 {
        let shard = Shard::new(number, 2).unwrap();
        experiment(30).shard(shard).out(folder.path()).run().unwrap();
    }
    let error = Experiment::new("dice", dice, ()).merge([folder.path()]).unwrap_err().to_string();
    assert_eq!(
        error,
        "the journals have 30 replications, and only 20 are asked for: ask for 30 (`--replications 30`)"
    );
    assert_eq!(experiment(30).merge([folder.path()]).unwrap().estimate("eyes").count, 30);
}

#[test]
fn a_part_may_lack_a_result_that_the_whole_has() {
    let folder = Folder::in_memory("part");
    let experiment = || {
        Experiment::new("dice", dice, ())
            .replications(8)
            .keep("eyes")
            .show("*")
            .quantile("eyes", 0.5)
    };
    for number in 1..=4 {
        let part =
            experiment().keep("rare").shard(Shard::new(number, 4).unwrap()).out(folder.path());
        part.run().unwrap();
    }
    assert_eq!(experiment().merge([folder.path()]).unwrap().scenarios()[0].values("eyes").len(), 8);
}

#[test]
fn numbers_that_are_too_large_are_refused() {
    let experiment = || Experiment::new("dice", dice, ());
    for huge in [experiment().only(u64::MAX), experiment().replications(u64::MAX)] {
        let error = huge.run().unwrap_err().to_string();
        assert!(error.contains("cannot be 18446744073709551615"), "{error}");
    }
    let folder = Folder::in_memory("huge");
    let shard = Shard::new(1, u64::MAX).unwrap();
    assert_eq!(
        experiment().shard(shard).out(folder.path()).run().unwrap().estimate("eyes").count,
        1
    );
}

#[test]
fn a_journal_with_a_wild_number_does_not_hang() {
    let folder = Folder::in_memory("wild");
    let experiment = || Experiment::new("dice", dice, ()).replications(6).out(folder.path());
    experiment().run().unwrap();
    let path = folder.at("journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let wild = text.replace("\"replication\":6,", &format!("\"replication\":{},", u64::MAX));
    assert_ne!(wild, text);
    fs::write(&path, wild).unwrap();
    assert_eq!(experiment().resume().run().unwrap().estimate("eyes").count, 6);
}

#[test]
fn a_shorter_limit_is_no_change_of_the_model() {
    static SLEEP: AtomicU64 = AtomicU64::new(0);
    let folder = Folder::in_memory("limit");
    let model = |rep: &Replication, (): &()| -> Result<(), SimError> {
        let sim = rep.simulation();
        thread::sleep(Duration::from_millis(SLEEP.load(Ordering::Relaxed)));
        sim.spawn(async {});
        sim.run()?;
        rep.result("number", 1.0);
        Ok(())
    };
    let experiment = || Experiment::new("slow", model, ()).replications(2).out(folder.path());
    experiment().run().unwrap();
    SLEEP.store(300, Ordering::Relaxed);
    let resumed = experiment().limit(Duration::from_millis(30)).resume().run().unwrap();
    assert_eq!((resumed.failed(), resumed.estimate("number").count), (0, 2));
}

#[test]
fn a_warm_up_is_suggested_for_runs_of_different_length() {
    let model = |rep: &Replication, (): &()| -> Result<(), SimError> {
        let sim = rep.simulation();
        let level = sim.level("stock");
        let number = u32::try_from(rep.number()).unwrap();
        let (env, end) = (sim.env(), 2000.0 - 50.0 * f64::from(number));
        sim.spawn(async move {
            while env.now() < end {
                level.set(env.stream("stock").uniform(0.0, 1.0));
                env.timeout(1.0).await;
            }
        });
        sim.run()
    };
    let warm_up = Experiment::new("stock", model, ()).suggest_warm_up("stock.mean").unwrap();
    let last = warm_up.series.last().unwrap().0;
    assert!((1400.0..1501.0).contains(&last), "{last}");
}
