//! Conditions on shared things, and the end of an instant.

use asim::prelude::*;

use super::{Case, MANY, Meter, Random, flat, linear, logarithmic};

pub(crate) const CONDITIONS: &[Case] = &[
    flat(
        "wait-until-others",
        "`wait_until`: put and take out of a `Container` that nobody watches, n conditions watch another",
        others,
    ),
    linear(
        "wait-until-watched",
        "`wait_until`: a change of a `Container` that n conditions watch",
        "each condition must look at it",
        watched,
    ),
    logarithmic(
        "wait-until-cancel",
        "`wait_until`: any of n conditions on one thing ends, another one begins",
        cancel,
    ),
    logarithmic(
        "wait-until-true",
        "`wait_until`: a change makes n conditions true, per process",
        become_true,
    ),
    flat("settled", "`settled`: n wait for the end of one instant, per process", settled),
    flat(
        "settled-cancel",
        "`settled`: leave from anywhere in a line of n, join it",
        settled_cancel,
    ),
];

fn others(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let (watched, tank) = (Container::new(&sim, 10.0), Container::new(&sim, 10.0));
    let _waiting: Vec<_> =
        (0..n).map(|_| sim.wait_until(&watched, |tank| tank.level() > 5.0)).collect();
    meter.measure(|| {
        for _ in 0..MANY {
            tank.try_put(1.0).unwrap();
            tank.try_get(1.0).unwrap();
        }
        MANY
    });
}

fn watched(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let waiting: Vec<_> =
        (0..n).map(|_| sim.wait_until(&tank, |tank| tank.level() > 5.0)).collect();
    let times = 2 * 3.max(MANY as usize * 100 / n).min(100);
    meter.measure(|| {
        for i in 0..times {
            if i.is_multiple_of(2) { tank.try_put(1.0) } else { tank.try_get(1.0) }.unwrap();
        }
        times as u64
    });
    assert!(!waiting[n - 1].triggered());
}

fn cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let begin = || sim.wait_until(&tank, |tank| tank.level() > 5.0);
    let mut waiting: Vec<_> = (0..n).map(|_| begin()).collect();
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            waiting[random.below(n)] = begin();
        }
        MANY
    });
}

fn become_true(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    for _ in 0..n {
        let (env, tank) = (sim.env(), tank.clone());
        sim.spawn(async move { env.wait_until(&tank, |tank| tank.level() > 5.0).await });
    }
    sim.run().unwrap();
    meter.measure(|| {
        tank.try_put(10.0).unwrap();
        sim.run().unwrap();
        n as u64
    });
    assert!(sim.blocked().is_empty());
}

fn settled(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    for _ in 0..n {
        let env = sim.env();
        sim.spawn(async move {
            env.timeout(1.0).await;
            env.settled().await;
            env.timeout(1.0).await;
        });
    }
    sim.run_until(0.5).unwrap();
    meter.measure(|| {
        sim.run_until(1.5).unwrap();
        n as u64
    });
}

fn settled_cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let mut waiting: Vec<_> = (0..n).map(|_| sim.settled()).collect();
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            waiting[random.below(n)] = sim.settled();
        }
        MANY
    });
}
