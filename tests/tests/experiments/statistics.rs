//! The statistics of an experiment: from the values of its replications, and more precise with less.

use asim::prelude::*;
use asim::{Estimate, Experiment, QuantileEstimate, Replication};
use serde::{Deserialize, Serialize};

/// A thousand customers of a clerk, of whom the first meets a queue as it is in the long run.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Clerk {
    pub(crate) service: f64,
}

impl Clerk {
    /// The mean waiting time, by theory. As the run starts in the steady state, it holds for each customer.
    pub(crate) fn mean(&self) -> f64 {
        self.service * self.service / (1.0 - self.service)
    }
}

/// Waiting times follow from one another by the formula of D. V. Lindley, "The theory of queues with a single server",
/// Proceedings of the Cambridge Philosophical Society 48 (1952), 277-289.
pub(crate) fn clerk(rep: &Replication, clerk: &Clerk) -> Result<(), SimError> {
    let sim = rep.simulation();
    let (between, services) = (sim.stream("arrivals"), sim.stream("services"));
    let start = sim.stream("start");
    let delay = start.exponential(clerk.service / (1.0 - clerk.service));
    let mut wait = if start.uniform(0.0, 1.0) < clerk.service { delay } else { 0.0 };
    let waits = sim.tally("wait");
    for _ in 0..1000 {
        waits.add(wait);
        wait = (wait + services.exponential(clerk.service) - between.exponential(1.0)).max(0.0);
    }
    Ok(())
}

fn experiment() -> Experiment<Clerk> {
    Experiment::new("clerk", clerk, Clerk { service: 0.6 }).seed(1)
}

#[test]
fn estimates_are_those_of_the_values() {
    let results = experiment()
        .sweep("service", [0.6, 0.5, 0.4])
        .compare_to("service", 0.6)
        .keep("wait.mean")
        .replications(50)
        .run()
        .unwrap();
    let values = |number: usize| results.scenarios()[number].values("wait.mean").iter().copied();
    for (number, scenario) in results.scenarios().iter().enumerate() {
        assert_eq!(scenario.estimate("wait.mean"), Estimate::of(values(number), 0.95));
        assert_eq!(
            scenario.quantile("wait.mean", 0.5),
            QuantileEstimate::of(values(number), 0.5, 0.95)
        );
        // Fifty are not enough for this one: 72 are.
        assert_eq!(scenario.quantile("wait.mean", 0.95), None);
        let difference = scenario.difference("wait.mean");
        // Two differences: each has 97.5 %.
        let pairs = values(number).zip(values(0)).map(|(one, base)| one - base);
        let own = (number > 0).then(|| Estimate::of(pairs, 1.0 - 0.05 / 2.0));
        assert_eq!(difference, own);
    }
}

#[test]
fn common_random_numbers_make_a_difference_more_precise() {
    let compare = |experiment: Experiment<Clerk>| {
        let results = experiment
            .sweep("service", [0.6, 0.55])
            .compare_to("service", 0.6)
            .replications(100)
            // 95 % would fail for one seed in ten, as there are two intervals; `coverage.rs` counts such ones.
            .confidence(0.999)
            .run()
            .unwrap();
        results.scenarios()[1].difference("wait.mean").unwrap()
    };
    let (common, own) = (compare(experiment()), compare(experiment().independent_scenarios()));
    let known = Clerk { service: 0.55 }.mean() - Clerk { service: 0.6 }.mean();
    assert!(common.contains(known) && own.contains(known), "{common}, {own}, known {known}");
    let ratio = (own.sd / common.sd).powi(2);
    println!("the variance of the difference is {ratio:.1} times as large without common numbers");
    assert!(ratio > 4.0, "{ratio}");
}

#[test]
fn antithetic_pairs_make_a_mean_more_precise() {
    let plain = experiment().replications(200).run().unwrap().estimate("wait.mean");
    let pairs = experiment().antithetic().replications(200).run().unwrap().estimate("wait.mean");
    assert_eq!((plain.count, pairs.count), (200, 100));
    assert!(pairs.half_width < plain.half_width, "{pairs}, {plain}");
}
