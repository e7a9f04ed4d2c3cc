//! Lines before shared things, and items in them.

use std::collections::VecDeque;

use asim::prelude::*;

use super::{Case, MANY, Meter, Random, flat, linear, logarithmic};

const MILLION: usize = 1_000_000;

pub(crate) const LINES: &[Case] = &[
    flat("resource", "`Resource`: release, acquire again behind n", resource),
    flat(
        "resource-cancel",
        "`Resource`: leave from anywhere in a line of n, join it",
        resource_cancel,
    ),
    logarithmic(
        "priorities",
        "`Resource`: release, acquire again; n wait, each with a priority of its own",
        priorities,
    ),
    logarithmic(
        "preemption",
        "`PreemptiveResource`: evict one of n holders, who acquires again",
        preemption,
    ),
    flat(
        "queue-getters",
        "`Queue`: put, of n who get the first takes it and gets again",
        queue_getters,
    ),
    flat("queue-items", "`Queue`: put and get, n items in it", queue_items),
    logarithmic(
        "queue-give-back",
        "`Queue`: a race of n gets that all find an item, as many are left, per get",
        queue_give_back,
    ),
    logarithmic("priority-queue", "`PriorityQueue`: put and get, n items in it", priority_queue),
    logarithmic("store", "`Store`: put and get, n items in it", |n, meter| store(n, meter, None)),
    logarithmic(
        "store-first",
        "`Store`: put and `get_where`, the first of n items is wanted",
        |n, meter| store(n, meter, Some(0)),
    ),
    linear(
        "store-last",
        "`Store`: put and `get_where`, the last of n items is wanted",
        "the filter must see each item",
        |n, meter| store(n, meter, Some(n)),
    ),
    linear(
        "store-getters",
        "`Store`: put what none of n who wait in `get_where` wants",
        "each filter must see the item",
        store_getters,
    ),
    flat(
        "container-none",
        "`Container`: put and take out, too little for any of n",
        container_none,
    ),
    logarithmic(
        "container-one",
        "`Container`: put, enough for the last of n, who gets again",
        container_one,
    ),
    logarithmic(
        "container-cancel",
        "`Container`: leave from anywhere in a line of n, join it",
        container_cancel,
    ),
    flat("barrier", "`Barrier`: n pass and come again, per process", barrier),
    flat(
        "gate",
        "`Gate`: n wait until it opens and come again when it is closed, per process",
        gate,
    ),
    flat("gate-cancel", "`Gate`: leave from anywhere in a line of n, join it", gate_cancel),
    flat("channel", "channel: send and receive, n items in it", channel_items),
    logarithmic(
        "channel-give-back",
        "channel: a race of n receives that all find an item, as many are left, per receive",
        channel_give_back,
    ),
];

fn resource(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 1);
    for _ in 0..=n {
        let (env, server) = (sim.env(), server.clone());
        sim.spawn(async move {
            loop {
                let slot = server.acquire().await;
                env.timeout(1.0).await;
                slot.release();
            }
        });
    }
    sim.run_until(0.5).unwrap();
    meter.measure(|| {
        sim.run_until(0.5 + MANY as f64).unwrap();
        MANY
    });
}

fn resource_cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 1);
    let _taken = server.try_acquire();
    let mut waiting: Vec<_> = (0..n).map(|_| server.acquire()).collect();
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            waiting[random.below(n)] = server.acquire();
        }
        MANY
    });
}

fn priorities(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 1);
    let mut priorities = 0..;
    let mut acquire = || server.acquire_with_priority(priorities.next().unwrap());
    // The first request has the slot.
    let mut waiting: VecDeque<_> = (0..=n).map(|_| acquire()).collect();
    meter.measure(|| {
        for _ in 0..MANY {
            drop(waiting.pop_front());
            waiting.push_back(acquire());
        }
        MANY
    });
}

fn preemption(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = PreemptiveResource::new(&sim, n);
    for _ in 0..n {
        let (env, server) = (sim.env(), server.clone());
        sim.spawn(async move {
            loop {
                let slot = server.acquire_with_priority(1).await;
                env.interruptible(env.timeout(f64::INFINITY)).await.unwrap_err();
                drop(slot);
            }
        });
    }
    sim.run().unwrap();
    meter.measure(|| {
        for _ in 0..MANY {
            let urgent = server.acquire_with_priority(0);
            sim.run().unwrap();
            drop(urgent);
            sim.run().unwrap();
        }
        MANY
    });
}

fn queue_getters(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    for _ in 0..n {
        let queue = queue.clone();
        sim.spawn(async move {
            loop {
                queue.get().await;
            }
        });
    }
    sim.run().unwrap();
    meter.measure(|| {
        for item in 0..MANY {
            queue.try_put(item).unwrap();
            sim.run().unwrap();
        }
        MANY
    });
}

fn queue_items(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    for item in 0..n {
        queue.try_put(item).unwrap();
    }
    sim.spawn(async move {
        for item in 0..MANY {
            queue.put(item as usize).await;
            queue.get().await;
        }
    });
    meter.measure(|| {
        sim.run().unwrap();
        MANY
    });
}

fn queue_give_back(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    for item in 0..2 * n {
        queue.try_put(item).unwrap();
    }
    sim.spawn(async move {
        first_of((0..n).map(|_| queue.get())).await;
    });
    meter.measure(|| {
        sim.run().unwrap();
        n as u64
    });
}

fn priority_queue(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = PriorityQueue::unbounded(&sim);
    let mut random = Random::new();
    for _ in 0..n {
        queue.try_put(random.below(MILLION)).unwrap();
    }
    sim.spawn(async move {
        for _ in 0..MANY {
            // The next item to put is at least as large as the smallest.
            let smallest = queue.get().await;
            queue.put(smallest + random.below(MILLION)).await;
        }
    });
    meter.measure(|| {
        sim.run().unwrap();
        MANY
    });
}

fn store(n: usize, meter: &mut Meter, wanted: Option<usize>) {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in 0..n {
        store.try_put(item).unwrap();
    }
    let times = if wanted == Some(n) { 3.max(MANY as usize * 100 / n).min(100) } else { 1000 };
    // The items that are left are dropped after the measurement.
    let _store = store.clone();
    sim.spawn(async move {
        for _ in 0..times {
            store.put(n).await;
            match wanted {
                None => store.get().await,
                Some(0) => store.get_where(|_| true).await,
                Some(last) => store.get_where(move |&item| item == last).await,
            };
        }
    });
    meter.measure(|| {
        sim.run().unwrap();
        times as u64
    });
}

fn store_getters(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let _waiting: Vec<_> = (0..n).map(|i| store.get_where(move |&item| item == i + 1)).collect();
    let times = 3.max(MANY as usize * 100 / n).min(100);
    meter.measure(|| {
        for _ in 0..times {
            store.try_put(0).unwrap();
        }
        times as u64
    });
}

fn container_none(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 100.0);
    let _waiting: Vec<_> = (0..n).map(|_| tank.get(10.0)).collect();
    meter.measure(|| {
        for _ in 0..MANY {
            tank.try_put(1.0).unwrap();
            tank.try_get(1.0).unwrap();
        }
        MANY
    });
}

fn container_one(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 100.0);
    let _waiting: Vec<_> = (1..n).map(|_| tank.get(10.0)).collect();
    let modest = tank.clone();
    sim.spawn(async move {
        loop {
            modest.get(1.0).await;
        }
    });
    sim.run().unwrap();
    meter.measure(|| {
        for _ in 0..MANY {
            tank.try_put(1.0).unwrap();
            sim.run().unwrap();
        }
        MANY
    });
}

fn container_cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 100.0);
    let mut random = Random::new();
    let mut waiting: Vec<_> = (0..n).map(|_| tank.get(1.0 + random.unit())).collect();
    meter.measure(|| {
        for _ in 0..MANY {
            waiting[random.below(n)] = tank.get(1.0 + random.unit());
        }
        MANY
    });
}

fn barrier(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let gate = Barrier::new(&sim);
    for _ in 0..n {
        let gate = gate.clone();
        sim.spawn(async move {
            loop {
                gate.wait().await;
            }
        });
    }
    sim.run().unwrap();
    meter.measure(|| {
        gate.release();
        sim.run().unwrap();
        n as u64
    });
}

fn gate(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    for _ in 0..n {
        let gate = gate.clone();
        sim.spawn(async move {
            loop {
                gate.wait().await;
            }
        });
    }
    sim.run().unwrap();
    meter.measure(|| {
        gate.open();
        gate.close();
        sim.run().unwrap();
        n as u64
    });
}

fn gate_cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let gate = Gate::new_closed(&sim);
    let mut waiting: Vec<_> = (0..n).map(|_| gate.wait()).collect();
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            waiting[random.below(n)] = gate.wait();
        }
        MANY
    });
}

fn channel_items(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, n + 1);
    for item in 0..n {
        output.try_send(item).unwrap();
    }
    sim.spawn(async move {
        for _ in 0..MANY {
            output.send(0).await.unwrap();
            input.recv().await.unwrap();
        }
    });
    meter.measure(|| {
        sim.run().unwrap();
        MANY
    });
}

fn channel_give_back(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 2 * n);
    for item in 0..2 * n {
        output.try_send(item).unwrap();
    }
    sim.spawn(async move {
        first_of((0..n).map(|_| input.recv())).await.1.unwrap();
    });
    meter.measure(|| {
        sim.run().unwrap();
        n as u64
    });
}
