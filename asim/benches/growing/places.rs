//! Places in line: by priority, for several units, for several things at once, and kept through a wait.

use std::collections::VecDeque;

use asim::prelude::*;

use super::{Case, MANY, Meter, Random, flat, linear, logarithmic};

pub(crate) const PLACES: &[Case] = &[
    flat("acquire-many", "`Resource`: release two units, acquire two again behind n", acquire_many),
    flat(
        "acquire-many-short",
        "`Resource`: release a unit, take it again; the first of n needs two",
        acquire_many_short,
    ),
    logarithmic(
        "acquire-many-evicting",
        "`PreemptiveResource`: `acquire_many` evicts n holders, who acquire again, per holder",
        acquire_many_evicting,
    ),
    flat(
        "acquire-together",
        "`acquire_together`: release two things, acquire both again behind n",
        together,
    ),
    flat(
        "acquire-together-cancel",
        "`acquire_together`: leave from anywhere in a line of n, join it",
        together_cancel,
    ),
    flat(
        "acquire-together-moves",
        "`acquire_together`: n go from one line to the next, per request",
        |n, meter| together_moves(n, meter, false),
    ),
    flat(
        "acquire-together-mixed",
        "`acquire_together`: n go from one line to the next, between n plain requests, per request",
        |n, meter| together_moves(n, meter, true),
    ),
    logarithmic(
        "set-priority-resource",
        "`Resource`: `set_priority` of any of n, each has a priority of its own",
        set_priority_resource,
    ),
    logarithmic(
        "set-priority-preemptive",
        "`PreemptiveResource`: `set_priority` of any of n, each has a priority of its own",
        set_priority_preemptive,
    ),
    logarithmic(
        "set-priority-queue",
        "`Queue`: `set_priority` of any of n gets, each has a priority of its own",
        set_priority_queue,
    ),
    logarithmic(
        "set-priority-container",
        "`Container`: `set_priority` of any of n gets, each has a priority of its own",
        set_priority_container,
    ),
    logarithmic(
        "queue-priorities",
        "`Queue`: put, the most urgent of n gets takes it and joins again, each with a priority of its own",
        queue_priorities,
    ),
    logarithmic(
        "container-priorities",
        "`Container`: put, the most urgent of n gets takes it and joins again, each with a priority of its own",
        container_priorities,
    ),
    logarithmic(
        "container-in-order",
        "`Container`, in order: put, enough for the first of n, who gets again",
        container_in_order,
    ),
    linear(
        "min-by-key",
        "`Store`: put and `get_min_by_key`, n items in it",
        "the key of each item must be seen",
        min_by_key,
    ),
    flat("withdraw", "`Queue`: `withdraw` from anywhere in a line of n puts, put again", withdraw),
    flat("borrowed", "`&mut request`: a race that it loses, n wait in its line", borrowed),
    flat("channel-ready", "channel: send, n wait in `ready`, per one who waits", channel_ready),
    flat("release-one", "`Barrier`: `release_one` of n, who comes again", release_one),
];

fn acquire_many(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 3);
    for _ in 0..=n {
        let (env, server) = (sim.env(), server.clone());
        sim.spawn(async move {
            loop {
                let slot = server.acquire_many(2).await;
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

fn acquire_many_short(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 2);
    let _taken = server.try_acquire();
    let mut unit = Some(server.acquire());
    let waiting: Vec<_> = (0..n).map(|_| server.acquire_many(2)).collect();
    meter.measure(|| {
        for _ in 0..MANY {
            drop(unit.take());
            unit = Some(server.acquire_with_priority(-1));
        }
        MANY
    });
    assert!(unit.is_some_and(|unit| unit.triggered()) && !waiting[0].triggered());
}

fn acquire_many_evicting(n: usize, meter: &mut Meter) {
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
        let urgent = server.acquire_many_with_priority(n, 0);
        sim.run().unwrap();
        drop(urgent);
        sim.run().unwrap();
        n as u64
    });
    assert_eq!((server.count(), server.waiting()), (n, 0));
}

fn together(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let (room, surgeon) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    for _ in 0..=n {
        let (env, room, surgeon) = (sim.env(), room.clone(), surgeon.clone());
        sim.spawn(async move {
            loop {
                let slots = acquire_together([(&room, 1), (&surgeon, 1)]).await;
                env.timeout(1.0).await;
                drop(slots);
            }
        });
    }
    // When the first room is free, all go from its line to that of the surgeon, once.
    sim.run_until(1.5).unwrap();
    meter.measure(|| {
        sim.run_until(1.5 + MANY as f64).unwrap();
        MANY
    });
}

fn together_cancel(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let (room, surgeon) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let _taken = surgeon.try_acquire();
    let acquire = || acquire_together([(&room, 1), (&surgeon, 1)]);
    let mut waiting: Vec<_> = (0..n).map(|_| acquire()).collect();
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            waiting[random.below(n)] = acquire();
        }
        MANY
    });
}

fn together_moves(n: usize, meter: &mut Meter, between_others: bool) {
    let sim = Simulation::new();
    let (room, surgeon) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    let (held, _taken) = (room.try_acquire(), surgeon.try_acquire());
    let mut waiting = Vec::new();
    let mut others = Vec::new();
    for _ in 0..n {
        waiting.push(acquire_together([(&room, 1), (&surgeon, 1)]));
        if between_others {
            others.push(surgeon.acquire());
        }
    }
    meter.measure(|| {
        drop(held);
        n as u64
    });
    assert_eq!((room.waiting(), surgeon.waiting()), (0, n + others.len()));
}

/// Changes the priority of any of n requests to any from 0 to n.
fn set_priorities(n: usize, meter: &mut Meter, mut set: impl FnMut(usize, i32)) {
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            set(random.below(n), any_of(&mut random, n));
        }
        MANY
    });
}

fn any_of(random: &mut Random, n: usize) -> i32 {
    i32::try_from(random.below(n)).expect("at most a million")
}

fn each_its_own(n: usize) -> impl Iterator<Item = i32> {
    0..i32::try_from(n).expect("at most a million")
}

fn set_priority_resource(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 1);
    let _taken = server.try_acquire();
    let mut waiting: Vec<_> =
        each_its_own(n).map(|priority| server.acquire_with_priority(priority)).collect();
    set_priorities(n, meter, |at, priority| waiting[at].set_priority(priority));
}

fn set_priority_preemptive(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = PreemptiveResource::new(&sim, 1);
    let _taken = server.try_acquire_with_priority(-1);
    let mut waiting: Vec<_> =
        each_its_own(n).map(|priority| server.acquire_with_priority(priority)).collect();
    set_priorities(n, meter, |at, priority| waiting[at].set_priority(priority));
}

fn set_priority_queue(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = Queue::<u32>::unbounded(&sim);
    let mut waiting: Vec<_> =
        each_its_own(n).map(|priority| queue.get().with_priority(priority)).collect();
    set_priorities(n, meter, |at, priority| waiting[at].set_priority(priority));
}

fn set_priority_container(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let mut waiting: Vec<_> =
        each_its_own(n).map(|priority| tank.get(5.0).with_priority(priority)).collect();
    set_priorities(n, meter, |at, priority| waiting[at].set_priority(priority));
}

fn queue_priorities(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let mut priorities = 0..;
    let mut get = || queue.get().with_priority(priorities.next().unwrap());
    let mut waiting: VecDeque<_> = (0..n).map(|_| get()).collect();
    meter.measure(|| {
        for item in 0..MANY {
            queue.try_put(item).unwrap();
            let got = waiting.pop_front().unwrap();
            assert_eq!(sim.run_until_event(got).unwrap(), item);
            waiting.push_back(get());
        }
        MANY
    });
}

fn container_priorities(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let mut random = Random::new();
    let mut get = || tank.get(1.0).with_priority(any_of(&mut random, n));
    let mut waiting: Vec<_> = (0..n).map(|_| get()).collect();
    // The last one, so that it is known which of them is served.
    let mut urgent = tank.get(1.0).with_priority(-1);
    let mut index = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            tank.try_put(1.0).unwrap();
            sim.run_until_event(&mut urgent).unwrap();
            urgent = tank.get(1.0).with_priority(-1);
            waiting[index.below(n)] = get();
        }
        MANY
    });
    assert!(!urgent.triggered());
}

fn container_in_order(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 100.0).in_order();
    for _ in 0..n {
        let tank = tank.clone();
        sim.spawn(async move {
            loop {
                tank.get(1.0).await;
            }
        });
    }
    sim.run().unwrap();
    meter.measure(|| {
        for _ in 0..MANY {
            tank.try_put(1.0).unwrap();
            sim.run().unwrap();
        }
        MANY
    });
}

fn min_by_key(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in 0..n {
        store.try_put(item).unwrap();
    }
    let times = 3.max(MANY as usize * 100 / n).min(100);
    // The items that are left are dropped after the measurement.
    let _store = store.clone();
    sim.spawn(async move {
        for _ in 0..times {
            let best = store.get_min_by_key(move |&item| n - item.min(n)).await;
            store.put(best).await;
        }
    });
    meter.measure(|| {
        sim.run().unwrap();
        times as u64
    });
}

fn withdraw(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(0).unwrap();
    let mut waiting: Vec<_> = (0..n).map(|item| queue.put(item)).collect();
    let mut random = Random::new();
    meter.measure(|| {
        for _ in 0..MANY {
            let put = waiting.swap_remove(random.below(n));
            let item = put.withdraw().expect("it waits");
            waiting.push(queue.put(item));
        }
        MANY
    });
}

fn borrowed(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 1);
    let _taken = server.try_acquire();
    let (env, patient) = (sim.env(), server.clone());
    let half: Vec<_> = (0..n / 2).map(|_| server.acquire()).collect();
    sim.spawn(async move {
        let mut turn = patient.acquire();
        loop {
            asim!(match FirstOf(turn = &mut turn, late = env.timeout(1.0)).await {
                FirstOf::Turn(_) => unreachable!("the resource is taken"),
                FirstOf::Late(()) => {}
            });
        }
    });
    sim.run_until(0.5).unwrap();
    let _others: Vec<_> = (n / 2..n).map(|_| server.acquire()).collect();
    meter.measure(|| {
        sim.run_until(0.5 + MANY as f64).unwrap();
        MANY
    });
    assert_eq!((half.len(), server.waiting()), (n / 2, n + 1));
}

fn channel_ready(n: usize, meter: &mut Meter) {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    let waiting: Vec<_> = (0..n).map(|_| input.ready()).collect();
    meter.measure(|| {
        output.try_send(()).unwrap();
        n as u64
    });
    assert!(waiting[n - 1].triggered());
}

fn release_one(n: usize, meter: &mut Meter) {
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
        for _ in 0..MANY {
            assert!(gate.release_one());
            sim.run().unwrap();
        }
        MANY
    });
}
