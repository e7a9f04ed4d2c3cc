//! Interrupts, and the catch scopes that could catch them.

use std::pin::Pin;

use asim::prelude::*;
use futures::poll;
use futures::stream::{FuturesUnordered, StreamExt};

use super::{Case, Meter, flat, logarithmic};

pub(crate) const GUARDS: &[Case] = &[
    flat(
        "guards-nested",
        "interrupt: n pending, the innermost of n nested `interruptible` catches each, per interrupt and level",
        nested,
    )
    .up_to(1000),
    flat(
        "guards-through",
        "interrupt: one, the innermost of n nested `interruptible` catches it and all end, per level",
        through,
    )
    .up_to(1000),
    flat(
        "guards-joined",
        "interrupt: pending, each caught by one of n `interruptible` in a join, per interrupt and guard",
        joined,
    ),
    flat(
        "guards-unordered",
        "interrupt: n pending, each caught by one of n `interruptible` in a `FuturesUnordered`, per interrupt",
        unordered,
    ),
    flat(
        "guards-kept",
        "interrupt: n pending, each caught beside n `interruptible` that are kept and not awaited, per interrupt",
        kept,
    ),
    logarithmic(
        "preemption-own",
        "`PreemptiveResource`: who holds n slots asks for n more, and evicts for each",
        preemption_own,
    ),
];

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

/// Starts a process in which this many catch scopes are nested around `innermost`.
fn inside(sim: &Simulation, n: usize, innermost: Boxed) -> ProcessHandle {
    let mut wait = innermost;
    // The process's own `interruptible` counts as one of them.
    for _ in 1..n {
        let (env, inner) = (sim.env(), wait);
        wait = Box::pin(async move { env.interruptible(inner).await.unwrap() });
    }
    let process = sim.spawn(wait);
    sim.run().unwrap();
    process
}

fn nested(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    let process = inside(
        &sim,
        n,
        Box::pin(async move {
            loop {
                env.interruptible(env.timeout(f64::INFINITY)).await.unwrap_err();
            }
        }),
    );
    meter.measure(|| {
        for _ in 0..n {
            process.interrupt(());
        }
        sim.run().unwrap();
        (n * n) as u64
    });
    assert!(!process.done());
}

fn through(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    let innermost = async move {
        env.interruptible(env.timeout(f64::INFINITY)).await.unwrap_err();
    };
    let process = inside(&sim, n, Box::pin(innermost));
    meter.measure(|| {
        process.interrupt(());
        sim.run().unwrap();
        n as u64
    });
    assert!(process.done());
}

fn joined(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    let process = sim.spawn(async move {
        all_of((0..n).map(|_| env.interruptible(env.timeout(f64::INFINITY)))).await;
    });
    sim.run().unwrap();
    // Each resumption polls all of them.
    let times = n.min(10.max(100_000 / n));
    meter.measure(|| {
        for _ in 0..times {
            process.interrupt(());
        }
        sim.run().unwrap();
        (times * n) as u64
    });
    assert_eq!(process.done(), times == n);
}

fn unordered(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    let process = sim.spawn(async move {
        let guard = |_| env.interruptible(env.timeout(f64::INFINITY));
        let mut guards: FuturesUnordered<_> = (0..n).map(guard).collect();
        while let Some(caught) = guards.next().await {
            caught.unwrap_err();
        }
    });
    sim.run().unwrap();
    meter.measure(|| {
        for _ in 0..n {
            process.interrupt(());
        }
        sim.run().unwrap();
        n as u64
    });
    assert!(process.done());
}

fn kept(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    let process = sim.spawn(async move {
        let guard = |_| Box::pin(env.interruptible(env.timeout(f64::INFINITY)));
        let mut kept: Vec<_> = (0..n).map(guard).collect();
        for guard in &mut kept {
            assert!(poll!(guard).is_pending());
        }
        for _ in 0..n {
            env.interruptible(env.timeout(f64::INFINITY)).await.unwrap_err();
        }
        // The kept ones are dropped after the measurement.
        env.timeout(1.0).await;
    });
    sim.run().unwrap();
    meter.measure(|| {
        for _ in 0..n {
            process.interrupt(());
        }
        sim.run_until(0.5).unwrap();
        n as u64
    });
    assert_eq!(sim.peek(), Some(1.0));
}

fn preemption_own(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = PreemptiveResource::new(&sim, 2 * n);
    for _ in 0..n {
        let (env, server) = (sim.env(), server.clone());
        sim.spawn(async move {
            let _slot = server.acquire_with_priority(5).await;
            env.interruptible(env.timeout(f64::INFINITY)).await.unwrap_err();
        });
    }
    let (env, asker) = (sim.env(), server.clone());
    sim.spawn(async move {
        let own: Vec<_> = (0..n).map(|_| asker.acquire_with_priority(9)).collect();
        env.timeout(1.0).await;
        let more: Vec<_> = (0..n).map(|_| asker.acquire_with_priority(0)).collect();
        env.timeout(1.0).await;
        drop((own, more));
    });
    sim.run_until(0.5).unwrap();
    assert_eq!(server.count(), 2 * n);
    meter.measure(|| {
        sim.run_until(1.5).unwrap();
        n as u64
    });
    assert_eq!((server.count(), server.waiting()), (2 * n, 0));
}
