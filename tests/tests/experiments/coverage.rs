//! How often the interval of an experiment contains the truth. `tests/examples/coverage.rs` measures it more exactly, on
//! a model that is nearer to practice.

use asim::prelude::*;
use asim::{Experiment, Replication};

use crate::statistics::{Clerk, clerk};

const EXPERIMENTS: u32 = 200;

/// Asserts that so many of the experiments have the truth in their interval as can be, if each has it with the
/// probability 0.95: from 180 to 198 of 200. Fewer come once in 900 times, more once in 2500 (binomial distribution).
fn assert_plausible(hits: u32, what: &str) {
    println!("{what}: {hits} of {EXPERIMENTS}");
    assert!((180..=198).contains(&hits), "{what}: {hits} of {EXPERIMENTS}");
}

fn dice(rep: &Replication, (): &()) -> Result<(), SimError> {
    rep.result("size", rep.simulation().stream("size").normal(10.0, 3.0));
    Ok(())
}

#[test]
fn intervals_of_normal_values_are_exact() {
    for replications in [5, 20] {
        let hits = (0..u64::from(EXPERIMENTS)).filter(|&seed| {
            let experiment = Experiment::new("dice", dice, ()).seed(seed).jobs(1);
            let results = experiment.replications(replications).run().unwrap();
            results.estimate("size").contains(10.0)
        });
        let hits = u32::try_from(hits.count()).unwrap();
        assert_plausible(hits, &format!("{replications} normal values"));
    }
}

#[test]
fn intervals_of_waiting_times_contain_the_truth() {
    let base = Clerk { service: 0.5 };
    let (mean, difference) = (base.mean(), Clerk { service: 0.4 }.mean() - base.mean());
    let (mut means, mut differences, mut independent, mut precise) = (0, 0, 0, 0);
    for seed in 0..u64::from(EXPERIMENTS) {
        let results = Experiment::new("clerk", clerk, base.clone())
            .seed(seed)
            .sweep("service", [0.5, 0.4])
            .compare_to("service", 0.5)
            .replications(20)
            .run()
            .unwrap();
        means += u32::from(results.scenarios()[0].estimate("wait.mean").contains(mean));
        let found = results.scenarios()[1].difference("wait.mean").unwrap();
        differences += u32::from(found.contains(difference));

        let results = Experiment::new("clerk", clerk, base.clone())
            .seed(seed)
            .sweep("service", [0.5, 0.4])
            .compare_to("service", 0.5)
            .independent_scenarios()
            .replications(20)
            .run()
            .unwrap();
        let found = results.scenarios()[1].difference("wait.mean").unwrap();
        independent += u32::from(found.contains(difference));

        let results = Experiment::new("clerk", clerk, base.clone())
            .seed(1000 + seed)
            .until_precision("wait.mean", 0.05)
            .run()
            .unwrap();
        let found = results.estimate("wait.mean");
        assert!(found.relative() <= 0.05 && found.count >= 25, "{found}");
        precise += u32::from(found.contains(mean));
    }
    assert_plausible(means, "means of 20");
    assert_plausible(differences, "differences of 20");
    assert_plausible(independent, "differences of 20, of independent scenarios");
    // The stop makes the intervals somewhat too narrow: 92 % are promised, which gives 170 or more.
    println!("means until a precision: {precise} of {EXPERIMENTS}");
    assert!(precise >= 170, "{precise}");
}
