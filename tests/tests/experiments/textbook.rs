//! Examples of a textbook, as experiments: the intervals contain what another program and a Markov chain say.

use asim::prelude::*;
use asim::{Experiment, NamedLevel, Replication};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::rc::Rc;

/// The inventory of A. M. Law and W. D. Kelton, "Simulation Modeling and Analysis", section 1.5: a company looks at its
/// stock each month. If that is below `least`, it orders up to `most`. Demands that cannot be met wait.
#[derive(Clone, Serialize, Deserialize)]
struct Inventory {
    least: i32,
    most: i32,
}

/// The stock. It is negative while demands wait.
#[derive(Clone)]
struct Stock {
    items: Rc<Cell<i32>>,
    on_hand: NamedLevel,
    owed: NamedLevel,
}

impl Stock {
    fn change(&self, by: i32) {
        let items = self.items.get() + by;
        self.items.set(items);
        self.on_hand.set(f64::from(items.max(0)));
        self.owed.set(f64::from((-items).max(0)));
    }
}

#[process]
async fn customers(env: Environment, stock: Stock) -> ! {
    let (between, sizes) = (env.stream("between demands"), env.stream("sizes"));
    loop {
        env.timeout(between.exponential(0.1)).await;
        let size = *sizes.choose(&[1, 2, 2, 3, 3, 4]);
        stock.change(-size);
    }
}

#[process]
async fn delivery(env: Environment, stock: Stock, items: i32, lag: f64) {
    env.timeout(lag).await;
    stock.change(items);
}

#[process]
async fn review(env: Environment, stock: Stock, policy: Inventory) -> ! {
    let (costs, lags) = (env.tally("order"), env.stream("lags"));
    loop {
        // Drawn each month, so that all policies have the same lag in the same month.
        let lag = lags.uniform(0.5, 1.0);
        if stock.items.get() < policy.least {
            let items = policy.most - stock.items.get();
            costs.add(32.0 + 3.0 * f64::from(items));
            env.process(Delivery::new(stock.clone(), items, lag));
        }
        env.timeout(1.0).await;
    }
}

fn inventory(rep: &Replication, policy: &Inventory) -> Result<(), SimError> {
    let sim = rep.simulation();
    let stock = Stock {
        items: Rc::new(Cell::new(60)),
        on_hand: sim.level("on hand"),
        owed: sim.level("owed"),
    };
    stock.change(0);
    sim.process(Customers::new(stock.clone()));
    sim.process(Review::new(stock.clone(), policy.clone()));
    sim.run_before(120.0)?;
    let orders = sim.tally("order").values().sum() / 120.0;
    rep.result("cost", orders + stock.on_hand.mean() + 5.0 * stock.owed.mean());
    Ok(())
}

/// The policy, and its mean cost with the standard error of that, found by `tests/python/inventory.py 4000`.
const POLICIES: [((i32, i32), f64, f64); 9] = [
    ((20, 40), 125.186, 0.068),
    ((20, 60), 118.858, 0.058),
    ((20, 80), 121.279, 0.052),
    ((20, 100), 126.945, 0.049),
    ((40, 60), 125.850, 0.044),
    ((40, 80), 125.415, 0.037),
    ((40, 100), 131.545, 0.037),
    ((60, 80), 143.953, 0.039),
    ((60, 100), 144.184, 0.033),
];

#[test]
fn the_inventory_of_law_and_kelton_costs_what_another_program_says() {
    for ((least, most), mean, error) in POLICIES {
        let experiment = Experiment::new("inventory", inventory, Inventory { least, most });
        let results = experiment.replications(200).confidence(0.999).run().unwrap();
        let estimate = results.estimate("cost");
        // Both are uncertain: 3.3 standard errors are 99.9 %.
        let apart = (estimate.mean - mean).abs();
        let both = estimate.half_width.hypot(3.3 * error);
        assert!(apart <= both, "({least}, {most}): {estimate}, by the other program {mean}");
    }
}

#[test]
fn two_policies_differ_as_another_program_says() {
    let results = Experiment::new("inventory", inventory, Inventory { least: 20, most: 40 })
        .sweep("most", [40, 80])
        .compare_to("most", 80)
        .replications(200)
        .confidence(0.999)
        .run()
        .unwrap();
    let difference = results.scenarios()[0].difference("cost").unwrap();
    let known = POLICIES[0].1 - POLICIES[2].1;
    let error = POLICIES[0].2.hypot(POLICIES[2].2);
    let apart = (difference.mean - known).abs();
    assert!(apart <= difference.half_width.hypot(3.3 * error), "{difference}, known {known}");
    assert!(difference.low() > 0.0, "{difference}");
}

/// After section 10.1 of the same book: a bank buys one fast cash machine, or two of half its speed. Which one makes the first hundred
/// customers wait less, when they come one a minute?
#[derive(Clone, Serialize, Deserialize)]
struct Bank {
    machines: usize,
}

#[process]
async fn customer(env: Environment, machines: Resource, service: f64) {
    let _machine = machines.acquire().await;
    env.timeout(service).await;
}

fn bank(rep: &Replication, bank: &Bank) -> Result<(), SimError> {
    let sim = rep.simulation();
    let machines = Resource::new(&sim, bank.machines).named("machines");
    #[allow(clippy::cast_precision_loss)]
    let (env, mean) = (sim.env(), 0.9 * bank.machines as f64);
    sim.spawn(async move {
        let (between, services) = (env.stream("arrivals"), env.stream("services"));
        for _ in 0..100 {
            env.timeout(between.exponential(1.0)).await;
            env.process(Customer::new(machines.clone(), services.exponential(mean)));
        }
    });
    sim.run()
}

/// The expected mean delay of a hundred customers, exactly: a Markov chain of how many others each of them meets.
fn delay(machines: u32) -> f64 {
    // All machines together finish one customer in 0.9 minutes. If fewer are busy, they need longer.
    let mean = 0.9 * f64::from(machines);
    let rate = |customers: u32| f64::from(customers.min(machines)) / mean;
    let (mut total, mut probabilities) = (0.0, vec![1.0]);
    for _ in 0..100 {
        // Who comes next finds one more, or fewer, as long as a customer is finished before that.
        let mut next = vec![0.0; probabilities.len() + 1];
        for (met, probability) in (0_u32..).zip(&probabilities) {
            total += probability * 0.9 * f64::from((met + 1).saturating_sub(machines));
            let mut rest = *probability;
            for left in (0..=met + 1).rev() {
                let comes_first = 1.0 / (1.0 + rate(left));
                next[left as usize] += rest * comes_first;
                rest *= 1.0 - comes_first;
            }
        }
        probabilities = next;
    }
    total / 100.0
}

#[test]
fn two_slow_machines_make_wait_less_than_a_fast_one() {
    let (fast, slow) = (delay(1), delay(2));
    assert_eq!(format!("{fast:.6} {slow:.6}"), "4.134185 3.700020");
    let results = Experiment::new("bank", bank, Bank { machines: 1 })
        .sweep("machines", [1, 2])
        .compare_to("machines", 2)
        .replications(2000)
        .confidence(0.999)
        .run()
        .unwrap();
    let [one, two] = results.scenarios() else { panic!("two scenarios") };
    let [one_waits, two_wait] = [one, two].map(|one| one.estimate("machines.waited.mean"));
    assert!(one_waits.contains(fast), "{one_waits}, {fast}");
    assert!(two_wait.contains(slow), "{two_wait}, {slow}");
    let difference = one.difference("machines.waited.mean").unwrap();
    assert!(difference.contains(fast - slow) && difference.low() > 0.0, "{difference}");
    // Independent runs would say it less precisely: their half width is that of a right-angled triangle.
    let independent = one_waits.half_width.hypot(two_wait.half_width);
    assert!(difference.half_width < 0.5 * independent, "{difference}, {independent}");
}
