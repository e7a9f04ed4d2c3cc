//! How often the intervals of an experiment contain the truth: two thousand experiments with M/M/1.
//!
//! Run by hand: `cargo run --release -p asim-tests --example coverage [experiments]`.
//!
//! Customers come with a mean of 1 between them; one clerk serves them with a mean of 0.8, 0.75, 0.7, 0.65 or 0.6. A
//! replication warms up for 250 and is measured for 2000. Its value is the mean waiting time of those who were served
//! then: `clerk.waited.mean`. Its distribution is skewed, as waiting times depend on each other.
//!
//! The truth is what a replication of this length has in the mean. It is found from fifty thousand other replications
//! (`.. --example coverage truth`), as are the quantiles and how skewed the values are. From the latter follows what
//! coverage to expect: less than the nominal one, the more so the fewer replications there are (see [`expected`]).

#![allow(clippy::cast_precision_loss, reason = "counts of runs")]

use std::env;
use std::time::Instant;

use asim::prelude::*;
use asim::{Estimate, Experiment, ExperimentError, Replication, Results};
use serde::{Deserialize, Serialize};
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

const WAITED: &str = "clerk.waited.mean";
const SERVICES: [f64; 5] = [0.8, 0.75, 0.7, 0.65, 0.6];
const WARM_UP: f64 = 250.0;
const END: f64 = 2250.0;

/// The true mean of a value, and how its distribution differs from the normal one.
struct Truth {
    mean: f64,
    skewness: f64,
    /// What the kurtosis exceeds that of the normal distribution by.
    kurtosis: f64,
}

/// The mean waiting time with the first service, as `truth` prints it.
const MEAN: Truth = Truth { mean: 3.1925, skewness: 1.43, kurtosis: 4.7 };

/// The difference of each other service to the first.
const DIFFERENCES: [Truth; 4] = [
    Truth { mean: -0.9468, skewness: -2.19, kurtosis: 11.3 },
    Truth { mean: -1.5615, skewness: -1.93, kurtosis: 8.7 },
    Truth { mean: -1.9867, skewness: -1.76, kurtosis: 7.2 },
    Truth { mean: -2.2933, skewness: -1.65, kurtosis: 6.2 },
];

/// The median and the 0.9-quantile of the mean waiting time with the first service.
const QUANTILES: [(f64, f64); 2] = [(0.5, 3.0561), (0.9, 4.1827)];

/// What share of the t-intervals of so many values contains the truth.
///
/// The first term of the Edgeworth expansion, after that of the normal distribution is taken away: P. Hall, "The
/// Bootstrap and Edgeworth Expansion", Springer 1992, section 2.6. It is in the order of one by the number of values, so
/// it is rough for few of them: for twenty values of a gamma distribution with a skewness of 1.41 it says 92.8 %, and
/// 40,000 experiments with such values had 93.4 %.
fn expected(truth: &Truth, count: f64, confidence: f64) -> f64 {
    let normal = Normal::standard();
    let z = normal.inverse_cdf(0.5 + 0.5 * confidence);
    let squared = z * z;
    let kurtosis = truth.kurtosis / 12.0 * (squared - 3.0);
    let skewness = truth.skewness.powi(2) / 18.0 * (squared * squared + 2.0 * squared - 3.0);
    confidence + 2.0 / count * normal.pdf(z) * z * (kurtosis - skewness)
}

#[derive(Clone, Serialize, Deserialize)]
struct Mm1 {
    service: f64,
}

#[process]
async fn customer(env: Environment, clerk: Resource, service: f64) {
    let _clerk = clerk.acquire().await;
    env.timeout(service).await;
}

#[process]
async fn arrivals(env: Environment, clerk: Resource, mean: f64) -> ! {
    let (between, service) = (env.stream("arrivals"), env.stream("service"));
    loop {
        env.timeout(between.exponential(1.0)).await;
        env.process(Customer::new(clerk.clone(), service.exponential(mean)));
    }
}

fn mm1(rep: &Replication, parameters: &Mm1) -> Result<(), SimError> {
    let sim = rep.simulation();
    let clerk = Resource::new(&sim, 1).named("clerk");
    sim.process(Arrivals::new(clerk, parameters.service));
    sim.run_until(END)
}

fn experiment(seed: u64) -> Experiment<Mm1> {
    Experiment::new("M/M/1", mm1, Mm1 { service: SERVICES[0] }).seed(seed).warm_up(WARM_UP)
}

/// How often an interval contained the truth.
struct Coverage {
    what: String,
    truth: f64,
    /// What share is to be expected; NaN if there is no theory for it.
    expected: f64,
    hits: u32,
    of: u32,
    half_widths: f64,
    replications: u64,
}

impl Coverage {
    fn of(what: impl Into<String>, truth: f64, expected: f64) -> Self {
        Coverage {
            what: what.into(),
            truth,
            expected,
            hits: 0,
            of: 0,
            half_widths: 0.0,
            replications: 0,
        }
    }

    fn add(&mut self, estimate: &Estimate) -> bool {
        let hit = estimate.contains(self.truth);
        self.add_interval(hit, estimate.half_width, estimate.count);
        hit
    }

    fn add_interval(&mut self, hit: bool, half_width: f64, replications: u64) {
        self.hits += u32::from(hit);
        self.of += 1;
        self.half_widths += half_width;
        self.replications += replications;
    }

    /// Prints a line: a dash is what does not exist.
    #[allow(clippy::cast_precision_loss)]
    fn print(&self) {
        let figure = |value: f64, decimals: usize| {
            if value.is_nan() { "-".to_string() } else { format!("{value:.decimals$}") }
        };
        let (hits, of) = (f64::from(self.hits), f64::from(self.of));
        let share = hits / of;
        println!(
            "{:<46} {:>7} {:>8} {:>10.1} ± {:.1} {:>8} {:>8.1}",
            self.what,
            figure(self.truth, 4),
            figure(self.expected * 100.0, 1),
            share * 100.0,
            196.0 * (share * (1.0 - share) / of).sqrt(),
            figure(self.half_widths / of, 3),
            self.replications as f64 / of
        );
    }
}

fn main() -> Result<(), ExperimentError> {
    let argument = env::args().nth(1);
    let begin = Instant::now();
    match argument.as_deref() {
        Some("truth") => truth()?,
        number => coverage(number.map_or(2000, |number| number.parse().expect("a number")))?,
    }
    println!("{:.0} seconds", begin.elapsed().as_secs_f64());
    Ok(())
}

/// Prints what the constants at the top of this file are.
fn truth() -> Result<(), ExperimentError> {
    let experiment = experiment(9_999_999).sweep("service", SERVICES);
    let results = experiment.replications(50_000).keep(WAITED).run()?;
    let scenarios = results.scenarios();
    let base = scenarios[0].values(WAITED);
    print_truth("MEAN", base.iter().copied());
    for (scenario, service) in scenarios[1..].iter().zip(&SERVICES[1..]) {
        let pairs = scenario.values(WAITED).iter().zip(base);
        print_truth(&format!("difference {service}"), pairs.map(|(other, base)| other - base));
    }
    for (share, _) in QUANTILES {
        println!("{share}: {:?}", scenarios[0].quantile(WAITED, share).expect("enough"));
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "an iterator is there to be used up")]
fn print_truth(what: &str, values: impl Iterator<Item = f64> + Clone) {
    let Estimate { mean, sd, half_width, count, .. } = Estimate::of(values.clone(), 0.95);
    #[allow(clippy::cast_precision_loss)]
    let moment = |power| {
        let powers = values.clone().map(|value| ((value - mean) / sd).powi(power));
        powers.sum::<f64>() / count as f64
    };
    let (skewness, kurtosis) = (moment(3), moment(4) - 3.0);
    println!("{what}: mean: {mean:.4}, skewness: {skewness:.2}, kurtosis: {kurtosis:.1}");
    println!("    ± {half_width:.4}, deviation {sd:.4}");
}

/// What is measured, in the order of the table.
struct Table {
    twenty: Coverage,
    hundred: Coverage,
    precise: [(f64, Coverage); 2],
    pair: Coverage,
    each: Vec<Coverage>,
    all: Coverage,
    quantiles: [Coverage; 2],
}

impl Table {
    fn new() -> Self {
        let each = DIFFERENCES.iter().zip(&SERVICES[1..]).map(|(truth, service)| {
            let what = format!("difference {service} to 0.8, 98.75 %, 20");
            Coverage::of(what, truth.mean, expected(truth, 20.0, 0.9875))
        });
        let mean = |count: f64| {
            let what = format!("mean, {count} replications");
            Coverage::of(what, MEAN.mean, expected(&MEAN, count, 0.95))
        };
        let pair = expected(&DIFFERENCES[1], 100.0, 0.95);
        Table {
            twenty: mean(20.0),
            hundred: mean(100.0),
            precise: [0.1, 0.05].map(|goal| {
                let what = format!("mean, until ± {} %", goal * 100.0);
                (goal, Coverage::of(what, MEAN.mean, f64::NAN))
            }),
            pair: Coverage::of("difference 0.7 to 0.8, 100", DIFFERENCES[1].mean, pair),
            each: each.collect(),
            all: Coverage::of("all four of these (Bonferroni: 95 % or more)", f64::NAN, f64::NAN),
            quantiles: QUANTILES
                .map(|(q, truth)| Coverage::of(format!("{q}-quantile, 100"), truth, f64::NAN)),
        }
    }

    /// Four differences with 20 replications, one difference and two quantiles with 100, and two precisions.
    fn add(&mut self, number: u64) -> Result<(), ExperimentError> {
        let results: Results = experiment(number)
            .sweep("service", SERVICES)
            .compare_to("service", SERVICES[0])
            .replications(20)
            .run()?;
        self.twenty.add(&results.scenarios()[0].estimate(WAITED));
        let mut hits = true;
        for (scenario, coverage) in results.scenarios()[1..].iter().zip(&mut self.each) {
            hits &= coverage.add(&scenario.difference(WAITED).expect("it is compared"));
        }
        self.all.add_interval(hits, f64::NAN, 20);

        let results = experiment(1_000_000 + number)
            .sweep("service", [SERVICES[0], SERVICES[2]])
            .compare_to("service", SERVICES[0])
            .replications(100)
            .keep(WAITED)
            .run()?;
        self.hundred.add(&results.scenarios()[0].estimate(WAITED));
        self.pair.add(&results.scenarios()[1].difference(WAITED).expect("it is compared"));
        for (coverage, (q, truth)) in self.quantiles.iter_mut().zip(QUANTILES) {
            let found = results.scenarios()[0].quantile(WAITED, q).expect("there are enough");
            coverage.expected = found.coverage;
            let hit = found.low <= truth && truth <= found.high;
            coverage.add_interval(hit, 0.5 * (found.high - found.low), found.count);
        }

        for (goal, coverage) in &mut self.precise {
            let seed = if *goal < 0.1 { 3_000_000 } else { 2_000_000 } + number;
            let results = experiment(seed).until_precision(WAITED, *goal).run()?;
            coverage.add(&results.estimate(WAITED));
        }
        Ok(())
    }

    fn print(&self) {
        println!("{} experiments, confidence 95 % where nothing else is said", self.twenty.of);
        println!(
            "{:<46} {:>7} {:>8} {:>16} {:>8} {:>8}",
            "", "truth", "expected", "contained, %", "± (mean)", "n (mean)"
        );
        let fixed = [&self.twenty, &self.hundred].into_iter();
        let fixed = fixed.chain(self.precise.iter().map(|(_, coverage)| coverage));
        let compared = [&self.pair].into_iter().chain(&self.each).chain([&self.all]);
        fixed.chain(compared).chain(&self.quantiles).for_each(Coverage::print);
    }
}

/// Prints the table after each five hundred experiments, for who does not wait for all.
fn coverage(experiments: u64) -> Result<(), ExperimentError> {
    let mut table = Table::new();
    for number in 0..experiments {
        table.add(number)?;
        if (number + 1) % 500 == 0 || number + 1 == experiments {
            table.print();
        }
    }
    Ok(())
}
