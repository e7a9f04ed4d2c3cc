//! Wakes from outside, ends of processes, and their joiners.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::task::{Poll, Waker};

use asim::prelude::*;
use futures::FutureExt;

use super::{Case, MANY, Meter, flat, linear};

pub(crate) const ENDS: &[Case] = &[
    flat("wakes", "waker: one process is woken n times between two turns, per wake", wakes),
    flat("stray", "waker: of another process, woken while n wait, per wake", stray),
    flat(
        "polled-by-hand",
        "timer: started, polled by hand, awaited; n pending, per timer",
        polled_by_hand,
    ),
    flat("failures", "`run`: n processes fail, each run returns one failure, per run", failures),
    flat(
        "cancel-chain",
        "process: n, each cancels the next as it is dropped, per process",
        cancel_chain,
    ),
    flat(
        "result-chain",
        "process: n have ended, the result of each holds the handle of the next, per process",
        result_chain,
    ),
    linear(
        "try-all-of",
        "`try_all_of` n handles: one resumes",
        "who wakes is known, which of its handles is not: all are polled",
        try_all,
    ),
    flat("run-all", "`run_all`: the end of the run ends n processes, per process", run_all),
];

/// Returns a future that keeps the waker of its first poll, or of its last.
fn keeps(waker: &Rc<RefCell<Option<Waker>>>, first: bool) -> impl Future<Output = ()> + 'static {
    let waker = Rc::clone(waker);
    std::future::poll_fn(move |context| {
        let mut kept = waker.borrow_mut();
        if kept.is_none() || !first {
            *kept = Some(context.waker().clone());
        }
        Poll::Pending
    })
}

fn wakes(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let waker = Rc::default();
    sim.spawn(keeps(&waker, false));
    sim.run().unwrap();
    let waker = waker.take().unwrap();
    meter.measure(|| {
        for _ in 0..n {
            waker.wake_by_ref();
        }
        sim.run().unwrap();
        n as u64
    });
}

fn stray(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    sim.lift_instant_limit();
    let waker = Rc::default();
    sim.spawn(keeps(&waker, true));
    for _ in 0..n {
        let env = sim.env();
        sim.spawn(async move { env.timeout(f64::INFINITY).await });
    }
    sim.run().unwrap();
    let waker = waker.borrow().clone().unwrap();
    meter.measure(|| {
        for _ in 0..MANY {
            waker.wake_by_ref();
            sim.run().unwrap();
        }
        MANY
    });
}

fn polled_by_hand(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let _pending: Vec<_> = (0..n).map(|_| sim.timeout(1e9)).collect();
    let env = sim.env();
    sim.spawn(async move {
        for _ in 0..MANY {
            let mut timeout = env.timeout(1.0);
            assert!((&mut timeout).into_future().now_or_never().is_none());
            timeout.await;
        }
    });
    meter.measure(|| {
        sim.run_until(1e6).unwrap();
        MANY
    });
}

fn failures(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let handles: Vec<_> = (0..n).map(|_| sim.spawn(async { Err::<(), _>("no") })).collect();
    meter.measure(|| {
        for _ in 0..n {
            sim.run().unwrap_err();
        }
        n as u64
    });
    sim.run().unwrap();
    drop(handles);
}

/// Cancels a process when it is dropped.
struct Cancels(Option<ProcessRef>);

impl Drop for Cancels {
    fn drop(&mut self) {
        if let Some(next) = self.0.take() {
            next.cancel();
        }
    }
}

fn cancel_chain(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let mut next = Cancels(None);
    for _ in 0..n {
        let (env, held) = (sim.env(), next);
        let process = sim.spawn(async move {
            let _held = held;
            env.timeout(f64::INFINITY).await;
        });
        next = Cancels(Some(process.process_ref()));
    }
    sim.run().unwrap();
    meter.measure(|| {
        drop(next);
        n as u64
    });
    assert!(sim.blocked().is_empty());
}

type Chained = Result<Link, Infallible>;

/// The handle of the next process.
#[allow(dead_code, reason = "held, not joined")]
struct Link(Option<ProcessHandle<Chained>>);

fn result_chain(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let mut next = Link(None);
    for _ in 0..n {
        let link = next;
        next = Link(Some(sim.spawn(async move { Chained::Ok(link) })));
    }
    sim.run().unwrap();
    meter.measure(|| {
        drop(next);
        n as u64
    });
}

fn try_all(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        let process = |i| {
            let own = env.clone();
            env.spawn(async move {
                own.timeout(1.0 + i as f64).await;
                Ok::<(), Infallible>(())
            })
        };
        let _ = try_all_of((0..n).map(process)).await;
    });
    sim.run_until(0.5).unwrap();
    meter.measure(|| {
        sim.run_until(10.5).unwrap();
        10
    });
}

fn run_all(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    let producer = sim.spawn(async move { env.timeout(1.0).await });
    for _ in 0..n {
        let env = sim.env();
        sim.spawn(async move { env.timeout(f64::INFINITY).await });
    }
    sim.run_until(0.5).unwrap();
    meter.measure(|| {
        sim.run_all([producer]).unwrap();
        n as u64
    });
    assert!(sim.blocked().is_empty());
}
