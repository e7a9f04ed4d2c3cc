//! Rule 9. A process may await futures of other crates: wakers work. If nothing in the simulation
//! wakes such a future, its process stays blocked, and `blocked` names it. `.into_future()` makes a
//! `Future` of a native waitable. (For wakes from other threads see `failure.rs`.)

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Poll, Waker};

use asim::prelude::*;
use futures::channel::{mpsc, oneshot};
use futures::stream::FuturesUnordered;
use futures::{SinkExt, StreamExt};

use crate::trace::Trace;

#[test]
fn rule_09_join_over_natives() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let (env, getter, note) = (sim.clone(), queue.clone(), trace.clone());
    sim.spawn(async move {
        let event = env.event::<u32>();
        let go = event.clone();
        let delayed = async {
            env.timeout(2.0).await;
            go.succeed(2);
        };
        let got = futures::join!(getter.get().into_future(), (&event).into_future(), delayed);
        note.note(format_args!("{got:?}"));
    });
    sim.run_until(1.0).unwrap();
    queue.try_put(1).unwrap();
    sim.run().unwrap();
    trace.is(&["2 (1, 2, ())"]);
}

#[test]
fn rule_09_select_over_natives_cancels_what_it_drops() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let (env, getter, note) = (sim.clone(), queue.clone(), trace.clone());
    sim.spawn(async move {
        let timer = pin!(env.timeout(1.0).into_future());
        let get = Box::pin(getter.get().into_future());
        if let futures::future::Either::Left(((), get)) = futures::future::select(timer, get).await
        {
            note.note("timer");
            drop(get);
        }
        env.timeout(5.0).await;
    });
    sim.run_until(2.0).unwrap();
    queue.try_put(1).unwrap();
    assert_eq!(queue.len(), 1);
    sim.run().unwrap();
    trace.is(&["1 timer"]);
}

#[test]
fn rule_09_a_request_moves_from_a_foreign_combinator_to_the_process() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let set: FuturesUnordered<_> =
            [3.0, 1.0, 2.0].map(|delay| env.timeout(delay).into_future()).into_iter().collect();
        let mut set = Some(set);
        // Polled first inside the set, with the set's wakers ...
        set.as_mut().unwrap().next().await;
        note.note("the first of the set");
        let rest: Vec<_> = set.take().unwrap().into_iter().collect();
        // ... then by the process itself.
        for timer in rest {
            timer.await;
            note.note("another");
        }
    });
    sim.run().unwrap();
    let trace = trace.take();
    assert_eq!(trace.len(), 3);
    assert_eq!(trace[0], "1 the first of the set");
    assert_eq!(trace[2], "3 another");
}

#[test]
fn rule_09_a_set_of_futures_polls_only_what_was_woken() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let mut set = FuturesUnordered::new();
        for (name, delay) in [("a", 3.0), ("b", 1.0), ("c", 2.0), ("d", 2.0)] {
            let env = env.clone();
            set.push(async move {
                env.timeout(delay).await;
                env.timeout(delay).await;
                name
            });
        }
        while let Some(name) = set.next().await {
            note.note(name);
        }
    });
    sim.run().unwrap();
    trace.is(&["2 b", "4 c", "4 d", "6 a"]);
}

#[test]
fn rule_09_channels_of_other_crates_work_between_processes() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (mut sender, mut receiver) = mpsc::channel::<u32>(0);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        while let Some(item) = receiver.next().await {
            note.note(item);
            env.timeout(2.0).await;
        }
        note.note("closed");
    });
    let env = sim.clone();
    sim.spawn(async move {
        for item in 0..4 {
            sender.send(item).await.unwrap();
            env.timeout(1.0).await;
        }
    });
    sim.run().unwrap();
    trace.is(&["0 0", "2 1", "4 2", "6 3", "8 closed"]);
}

#[test]
fn rule_09_a_future_that_wakes_itself_is_polled_again_at_the_same_instant() {
    async fn pause_once() {
        let mut paused = false;
        poll_fn(|context| {
            if std::mem::replace(&mut paused, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    for name in ["a", "b"] {
        let note = trace.clone();
        sim.spawn(async move {
            for round in 0..2 {
                note.note(format_args!("{name}{round}"));
                pause_once().await;
            }
        });
    }
    sim.run().unwrap();
    trace.is(&["0 a0", "0 b0", "0 a1", "0 b1"]);
}

#[test]
fn rule_09_a_wakers_copy_may_outlive_its_process_and_its_simulation() {
    let sim = Simulation::new();
    let (send, take) = std::sync::mpsc::channel::<Waker>();
    let mut ended = false;
    let process = sim.spawn(poll_fn(move |context| {
        if std::mem::replace(&mut ended, true) {
            return Poll::Ready(());
        }
        send.send(context.waker().clone()).unwrap();
        send.send(context.waker().clone()).unwrap();
        Poll::Pending
    }));
    sim.run().unwrap();
    let wakers: Vec<Waker> = take.try_iter().collect();
    for waker in &wakers {
        waker.wake_by_ref();
    }
    sim.run().unwrap();
    assert!(process.done());
    for waker in &wakers {
        waker.wake_by_ref();
    }
    sim.run().unwrap();
    drop(sim);
    wakers.into_iter().for_each(Waker::wake);
}

#[test]
fn rule_09_a_stray_wake_does_not_confuse_a_native_wait() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let (send, take) = std::sync::mpsc::channel::<Waker>();
    sim.spawn(async move {
        poll_fn(|context| {
            send.send(context.waker().clone()).unwrap();
            Poll::Ready(())
        })
        .await;
        env.timeout(5.0).await;
        note.note("slept");
    });
    sim.run_until(1.0).unwrap();
    for waker in take.try_iter() {
        waker.wake();
    }
    sim.run().unwrap();
    trace.is(&["5 slept"]);
}

#[test]
fn rule_09_a_process_that_nothing_wakes_is_blocked_and_blocked_names_it() {
    #[process]
    async fn listener(_env: Environment, receiver: oneshot::Receiver<()>) {
        receiver.await.ok();
    }

    let sim = Simulation::new();
    let (_sender, receiver) = oneshot::channel();
    sim.process(Listener::new(receiver).named("Listener 3"));
    sim.run_until(2.0).unwrap();
    let blocked = sim.blocked();
    assert_eq!(blocked.len(), 1);
    assert_eq!(blocked[0].process, "Listener 3");
    assert_eq!(blocked[0].waiting_for, "a future that is not the simulation's");
    assert_eq!((blocked[0].since, blocked[0].location), (0.0, None));
}

#[test]
fn rule_09_blocked_names_the_line_of_the_model_that_waits() {
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let env = sim.clone();
    let line = line!() + 3;
    sim.spawn(async move {
        env.timeout(1.0).await;
        queue.get().await;
    });
    sim.run().unwrap();
    let blocked = &sim.blocked()[0];
    assert_eq!((blocked.waiting_for, blocked.since), ("Queue::get", 1.0));
    let location = blocked.location.unwrap();
    assert_eq!((location.file(), location.line()), (file!(), line));
}

#[test]
fn rule_09_natives_go_where_a_future_is_demanded() {
    fn demands<F: Future>(future: F) -> F {
        future
    }
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let queue = Queue::unbounded(&env);
        let store = Store::unbounded(&env);
        let heap = PriorityQueue::unbounded(&env);
        let event = env.event();
        event.succeed(());
        demands(queue.put(1).into_future()).await;
        demands(store.put(1).into_future()).await;
        demands(heap.put(1).into_future()).await;
        let sum = demands(queue.get().into_future()).await
            + demands(store.get().into_future()).await
            + demands(heap.get().into_future()).await;
        demands(event.into_future()).await;
        demands(env.timeout(1.0).into_future()).await;
        demands(first_of([env.timeout(1.0)]).into_future()).await;
        demands(all_of([env.timeout(1.0)]).into_future()).await;
        demands(env.spawn(async {}).into_future()).await.unwrap();
        demands(env.interruptible(env.timeout(1.0)).into_future()).await.unwrap();
        note.note(sum);
    });
    sim.run().unwrap();
    trace.is(&["4 3"]);
}

#[test]
fn rule_09_a_native_awaited_outside_any_process_is_told_by_its_waker() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let putter = queue.clone();
    let env = sim.clone();
    sim.spawn(async move {
        env.timeout(3.0).await;
        putter.put("item").await;
    });
    assert_eq!(sim.run_until_event(queue.get()).unwrap(), "item");
    assert_eq!(sim.now(), 3.0);
    let late = sim.run_until_event(queue.get());
    assert!(
        matches!(late, Err(SimError::RanDry { standstill, .. }) if standstill.waits.is_empty())
    );
}
