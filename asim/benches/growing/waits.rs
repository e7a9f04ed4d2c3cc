//! Timers, processes, races, joins and interrupts.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use asim::prelude::*;

use super::{Case, MANY, Meter, Random, flat, linear};

pub(crate) const WAITS: &[Case] = &[
    flat("timer-cancel", "timer: start and cancel, n pending", timer_cancel),
    flat("timer-fire", "timer: fires, its process starts the next, n pending", timer_fire),
    flat(
        "timer-peek",
        "timer: peek at n far ones, start 100 before them, they fire, per timer",
        timer_peek,
    ),
    flat("spawn", "process: start and finish, n alive", spawn),
    flat("cancel", "process: cancel one of n, start another", cancel),
    flat("event", "`Event`: triggered, n wait, per process", event),
    flat("first-of-timers", "`first_of` n timeouts: made, won, lost, per branch", first_of_timers),
    flat(
        "first-of-gets",
        "`first_of` n gets of one queue: made, won, lost, per branch",
        first_of_gets,
    ),
    flat(
        "all-of-timers",
        "`all_of` n timeouts, each at a time of its own, per branch",
        all_of_timers,
    ),
    linear(
        "all-of-futures",
        "`all_of` n async blocks: one resumes",
        "who wakes is known, which of its futures is not: all are polled",
        all_of_futures,
    ),
    flat("nested", "races n deep, as async blocks, the innermost wins, per level", nested)
        .up_to(1000),
    flat(
        "interrupts",
        "interrupt: n pending in one process, each caught, per interrupt",
        interrupts,
    ),
    flat("interrupted", "interrupt: n processes, one each, per process", interrupted),
    flat(
        "guards",
        "`interruptible`: n side by side in one process, all end at once, per block",
        guards,
    ),
    flat("join", "join: n processes, each joined by one, per pair", join),
    flat("join-all", "`all_of` n handles: started, finished, joined, per process", join_all),
];

fn timer_cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let mut random = Random::new();
    let _pending: Vec<_> = (0..n).map(|_| sim.timeout(1.0 + random.unit())).collect();
    meter.measure(|| {
        for _ in 0..MANY {
            drop(sim.timeout(1.0 + random.unit()));
        }
        MANY
    });
}

fn timer_fire(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let fired = Rc::new(Cell::new(0));
    let mut random = Random::new();
    for _ in 0..n {
        let (env, fired, first) = (sim.env(), Rc::clone(&fired), random.unit());
        sim.spawn(async move {
            env.timeout(first).await;
            loop {
                fired.set(fired.get() + 1);
                env.timeout(1.0).await;
            }
        });
    }
    // All processes have started, and each timer in the agenda has fired at least once.
    sim.run_until(2.0).unwrap();
    fired.set(0);
    meter.measure(|| {
        sim.run_until(2.0 + MANY as f64 / n as f64).unwrap();
        fired.get()
    });
}

/// What a run in real time does: it peeks, sleeps, and meanwhile something comes before what it saw.
fn timer_peek(n: usize, meter: &mut Meter) {
    const GROUP: u64 = 100;
    let sim = Simulation::new();
    let mut random = Random::new();
    let _far: Vec<_> = (0..n).map(|_| sim.timeout(1e6 + random.unit())).collect();
    let mut peek_and_fire = || {
        assert!(sim.peek().unwrap() >= 1e6);
        let near: Vec<_> = (0..GROUP).map(|_| sim.timeout(random.unit())).collect();
        sim.run_until(sim.now() + 1.0).unwrap();
        assert!(near.iter().all(Timeout::triggered));
    };
    // The far ones are sorted a little more whenever the clock has come half the way to them.
    (0..10).for_each(|_| peek_and_fire());
    meter.measure(|| {
        (0..MANY / GROUP).for_each(|_| peek_and_fire());
        MANY
    });
}

fn spawn(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    for _ in 0..n {
        sim.spawn(std::future::pending::<()>());
    }
    sim.run().unwrap();
    let env = sim.env();
    sim.spawn(async move {
        for _ in 0..MANY {
            env.spawn(async {});
            env.timeout(1.0).await;
        }
    });
    meter.measure(|| {
        sim.run().unwrap();
        MANY
    });
}

fn cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let start = || sim.spawn(std::future::pending::<()>()).process_ref();
    let mut alive: Vec<_> = (0..n).map(|_| start()).collect();
    sim.run().unwrap();
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            let one = &mut alive[random.below(n)];
            one.cancel();
            *one = start();
            sim.run().unwrap();
        }
        MANY
    });
}

fn event(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    for _ in 0..n {
        let event = event.clone();
        sim.spawn(async move { event.await });
    }
    sim.run().unwrap();
    meter.measure(|| {
        event.succeed(());
        sim.run().unwrap();
        n as u64
    });
}

fn first_of_timers(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        first_of((0..n).map(|i| env.timeout(1.0 + i as f64))).await;
    });
    meter.measure(|| {
        sim.run().unwrap();
        n as u64
    });
}

fn first_of_gets(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let getter = queue.clone();
    sim.spawn(async move {
        first_of((0..n).map(|_| getter.get())).await;
    });
    meter.measure(|| {
        sim.run().unwrap();
        queue.try_put(()).unwrap();
        sim.run().unwrap();
        n as u64
    });
}

fn all_of_timers(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        all_of((0..n).map(|i| env.timeout(1.0 + i as f64))).await;
    });
    meter.measure(|| {
        sim.run().unwrap();
        n as u64
    });
}

fn all_of_futures(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        let block = |env: Environment, i| async move { env.timeout(1.0 + i as f64).await };
        all_of((0..n).map(|i| block(env.clone(), i))).await;
    });
    sim.run_until(0.0).unwrap();
    meter.measure(|| {
        sim.run_until(10.0).unwrap();
        10
    });
}

fn nested(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let innermost = event.clone();
    let mut wait: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move { innermost.await });
    for _ in 0..n {
        let (inner, never) = (wait, sim.timeout(f64::INFINITY));
        wait = Box::pin(async move {
            asim!(match FirstOf(inner = inner, never = never).await {
                FirstOf::Inner(()) => {}
                FirstOf::Never(()) => unreachable!("it never comes"),
            });
        });
    }
    let race = sim.spawn(wait);
    sim.run().unwrap();
    meter.measure(|| {
        event.succeed(());
        sim.run().unwrap();
        assert!(race.done());
        n as u64
    });
}

async fn sleep(env: Environment) {
    loop {
        env.interruptible(env.timeout(f64::INFINITY)).await.unwrap_err();
    }
}

fn interrupts(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let sleeper = sim.spawn(sleep(sim.env()));
    sim.run().unwrap();
    meter.measure(|| {
        for _ in 0..n {
            sleeper.interrupt(());
        }
        sim.run().unwrap();
        n as u64
    });
}

fn interrupted(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let sleepers: Vec<_> = (0..n).map(|_| sim.spawn(sleep(sim.env()))).collect();
    sim.run().unwrap();
    meter.measure(|| {
        for sleeper in &sleepers {
            sleeper.interrupt(());
        }
        sim.run().unwrap();
        n as u64
    });
}

fn guards(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let (env, end) = (sim.env(), event.clone());
    sim.spawn(async move {
        all_of((0..n).map(|_| env.interruptible(&end))).await;
    });
    sim.run().unwrap();
    meter.measure(|| {
        event.succeed(());
        sim.run().unwrap();
        n as u64
    });
}

fn join(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    for _ in 0..n {
        let event = event.clone();
        let handle = sim.spawn(async move { event.await });
        sim.spawn(async move { handle.await.unwrap() });
    }
    sim.run().unwrap();
    meter.measure(|| {
        event.succeed(());
        sim.run().unwrap();
        n as u64
    });
}

fn join_all(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        all_of((0..n).map(|_| env.spawn(async {}))).await;
    });
    meter.measure(|| {
        sim.run().unwrap();
        n as u64
    });
}
