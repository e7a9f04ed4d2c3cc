//! Queues whose measures are known from theory, each over many replications: the mean of the replications is
//! within four standard errors of the exact value, and the standard error is small enough to mean something.
//!
//! The formulas are in L. Kleinrock, "Queueing Systems", volumes 1 and 2, Wiley 1975 and 1976. The seeds are
//! fixed, so a test passes always or never.

use asim::prelude::*;
use asim::{ResourceMeasures, Stream, Tally};

const REPLICATIONS: u64 = 24;
const WARM_UP: f64 = 300.0;
const END: f64 = 2_300.0;

/// Checks the mean over replications. `within` is the largest standard error that is allowed, as a share of the
/// exact value.
fn assert_mean(of: &str, values: impl IntoIterator<Item = f64>, exact: f64, within: f64) {
    let values: Tally = values.into_iter().collect();
    let error = values.sd() / (values.count() as f64).sqrt();
    let mean = values.mean();
    assert!(
        error < within * exact,
        "{of}: the standard error of {error} says little about {exact}"
    );
    assert!((mean - exact).abs() < 4.0 * error, "{of}: {mean} +- {error}, not {exact}");
}

fn replications<R>(run: impl Fn(&Simulation) -> Result<R, SimError>) -> Vec<R> {
    (1..=REPLICATIONS)
        .map(|seed| run(&Simulation::seeded(seed)).expect("the run goes well"))
        .collect()
}

#[process]
async fn customer(env: Environment, clerks: Resource, service: f64) {
    let slot = clerks.acquire().await;
    env.timeout(service).await;
    slot.release();
}

/// Customers come at random, one in each unit of time.
#[process]
async fn arrivals<S: FnMut(&Stream) -> f64 + 'static>(
    env: Environment,
    clerks: Resource,
    mut service: S,
) -> ! {
    let (gaps, services) = (env.stream("arrivals"), env.stream("services"));
    loop {
        env.timeout(gaps.exponential(1.0)).await;
        env.process(Customer::new(clerks.clone(), service(&services)));
    }
}

/// Runs a bank with so many clerks, and returns what was measured of them.
fn bank(clerks: usize, service: fn(&Stream) -> f64) -> Vec<ResourceMeasures> {
    replications(|sim| {
        let clerks = Resource::new(sim, clerks).named("clerks");
        sim.process(Arrivals::new(clerks.clone(), service));
        sim.warm_up(WARM_UP);
        sim.run_until(END)?;
        Ok(clerks.measures())
    })
}

#[test]
fn one_clerk_with_exponential_services() {
    let (rho, rate) = (0.6, 1.0 / 0.6);
    let all = bank(1, |services| services.exponential(0.6));
    let mean = |of: &str, exact: f64, value: fn(&ResourceMeasures) -> f64| {
        assert_mean(of, all.iter().map(value), exact, 0.05);
    };
    mean("utilisation", rho, ResourceMeasures::utilisation);
    mean("the share of those who wait", rho, |m| m.waited.share_above(0.0));
    mean("served at once", 1.0 - rho, |m| m.at_once as f64 / m.served as f64);
    mean("the waiting time", rho / (rate - 1.0), |m| m.waited.mean());
    mean("the line", rho * rho / (1.0 - rho), |m| m.line.mean());
    mean("the time without a line", 1.0 - rho * rho, |m| m.line.share_at(0));
    mean("the time with one in line", rho * rho * (1.0 - rho), |m| m.line.share_at(1));
    let longer = rho * (-(rate - 1.0) * 2.0_f64).exp();
    assert_mean("waits above 2", all.iter().map(|m| m.waited.share_above(2.0)), longer, 0.1);
    mean("the services", 0.6, |m| m.held.mean());
    mean("the deviation of the services", 0.6, |m| m.held.sd());
    mean("the median service", 0.6 * 2.0_f64.ln(), |m| m.held.quantile(0.5));
    assert!(all.iter().all(|m| m.left == 0 && m.capacity.mean() == 1.0));
}

#[test]
fn three_clerks() {
    // Erlang's C: the probability of waiting, with an offered load of 2.1.
    let (clerks, load) = (3, 2.1);
    let terms: Vec<f64> = (0..clerks)
        .scan(1.0, |term, k| {
            let now = *term;
            *term *= load / f64::from(k + 1);
            Some(now)
        })
        .collect();
    let last = terms[2] * load / 3.0 * (3.0 / (3.0 - load));
    let waits = last / (terms.iter().sum::<f64>() + last);
    let all = bank(3, |services| services.exponential(2.1));
    assert_mean("utilisation", all.iter().map(ResourceMeasures::utilisation), load / 3.0, 0.05);
    assert_mean("in use", all.iter().map(|m| m.in_use.mean()), load, 0.05);
    assert_mean("those who wait", all.iter().map(|m| m.waited.share_above(0.0)), waits, 0.05);
    let wait = waits * 2.1 / (3.0 - load);
    assert_mean("the waiting time", all.iter().map(|m| m.waited.mean()), wait, 0.08);
    assert_mean("the line", all.iter().map(|m| m.line.mean()), wait, 0.08);
}

#[test]
fn services_of_any_kind() {
    // Pollaczek and Khinchine: half the rate times the second moment, divided by the free share.
    type Case = (&'static str, f64, fn(&Stream) -> f64, f64);
    let cases: [Case; 3] = [
        ("constant", 0.36, |_| 0.6, 0.6),
        ("uniform", 0.48, |services| services.uniform(0.0, 1.2), 0.6),
        ("Erlang", 0.48, |services| services.erlang(3, 0.6), 0.6),
    ];
    for (name, second_moment, service, rho) in cases {
        let all = bank(1, service);
        let wait = second_moment / (2.0 * (1.0 - rho));
        assert_mean(name, all.iter().map(|m| m.waited.mean()), wait, 0.05);
    }
}

#[process]
async fn packet(env: Environment, line: Resource, room: usize, service: f64) {
    if line.count() + line.waiting() >= room {
        env.counter("lost").add(1);
        return;
    }
    env.counter("sent").add(1);
    let slot = line.acquire().await;
    env.timeout(service).await;
    slot.release();
}

#[test]
fn a_line_with_room_for_four() {
    let shares = replications(|sim| {
        let line = Resource::new(sim, 1).named("line");
        let env = sim.env();
        sim.spawn(async move {
            let (gaps, services) = (env.stream("gaps"), env.stream("services"));
            loop {
                env.timeout(gaps.exponential(1.0)).await;
                env.process(Packet::new(line.clone(), 4, services.exponential(0.9)));
            }
        });
        sim.warm_up(WARM_UP);
        sim.run_until(END)?;
        let (lost, sent) = (sim.counter("lost").count() as f64, sim.counter("sent").count() as f64);
        Ok(lost / (lost + sent))
    });
    let rho: f64 = 0.9;
    assert_mean("lost", shares, (1.0 - rho) * rho.powi(4) / (1.0 - rho.powi(5)), 0.05);
}

/// Two kinds of customers, each with a rate of 0.4 and an exponential service of mean 0.8.
#[process]
async fn two_kinds<V, F>(env: Environment, mut visit: V) -> !
where
    V: FnMut(Environment, i32, f64) -> F + 'static,
    F: Future<Output = ()> + 'static,
{
    let (gaps, kinds, services) = (env.stream("gaps"), env.stream("kinds"), env.stream("services"));
    loop {
        env.timeout(gaps.exponential(1.25)).await;
        let kind = i32::from(kinds.chance(0.5));
        env.spawn(visit(env.clone(), kind, services.exponential(0.8)));
    }
}

/// Returns the means of the tallies `0` and `1`.
fn means(sim: &Simulation) -> [f64; 2] {
    [sim.tally("0").mean(), sim.tally("1").mean()]
}

#[test]
fn urgent_customers_go_before_others() {
    // A. Cobham, "Priority assignment in waiting line problems", Operations Research 2 (1954), 70-76.
    let all = replications(|sim| {
        let clerk = Resource::new(sim, 1).named("clerk");
        sim.process(TwoKinds::new(move |env: Environment, kind: i32, service| {
            let clerk = clerk.clone();
            async move {
                let arrived = env.now();
                let slot = clerk.acquire_with_priority(kind).await;
                env.tally(&kind.to_string()).add(env.now() - arrived);
                env.timeout(service).await;
                slot.release();
            }
        }));
        sim.warm_up(WARM_UP);
        sim.run_until(END)?;
        Ok(means(sim))
    });
    let (residual, rho) = (0.8 * 2.0 * 0.8 * 0.8 / 2.0, 0.32);
    assert_mean("urgent", all.iter().map(|mean| mean[0]), residual / (1.0 - rho), 0.05);
    let others = residual / ((1.0 - rho) * (1.0 - 2.0 * rho));
    assert_mean("others", all.iter().map(|mean| mean[1]), others, 0.08);
}

#[test]
fn urgent_work_takes_the_place_of_other_work() {
    // Preempt-resume, with exponential services of one mean (Kleinrock, volume 2, section 3.4).
    let all = replications(|sim| {
        let machine = PreemptiveResource::new(sim, 1).named("machine");
        sim.process(TwoKinds::new(move |env: Environment, kind: i32, service| {
            let machine = machine.clone();
            async move {
                let arrived = env.now();
                machine.work(kind, service).await;
                env.tally(&kind.to_string()).add(env.now() - arrived);
            }
        }));
        sim.warm_up(WARM_UP);
        sim.run_until(END)?;
        let m = sim.report().resource("machine").expect("it has a name");
        Ok((means(sim), m.utilisation(), m.preempted))
    });
    let rho = 0.32;
    assert_mean("utilisation", all.iter().map(|run| run.1), 2.0 * rho, 0.05);
    assert_mean("urgent", all.iter().map(|run| run.0[0]), 0.8 / (1.0 - rho), 0.05);
    let others = 0.8 / ((1.0 - rho) * (1.0 - 2.0 * rho));
    assert_mean("others", all.iter().map(|run| run.0[1]), others, 0.08);
    // An urgent one finds other work under way with the probability 0.32.
    let preempted = 0.4 * (END - WARM_UP) * rho;
    assert_mean("preempted", all.iter().map(|run| run.2 as f64), preempted, 0.05);
}
