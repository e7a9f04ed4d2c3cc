//! Known faults of other libraries when two things happen at one instant, one test each. asim has
//! none of them.

use asim::prelude::*;
use futures::FutureExt;
use futures::StreamExt;
use futures::stream::FuturesUnordered;

/// `timeout | store.get()`: the losing get stays in the line and swallows a later item.
#[test]
fn simpy_loses_an_item_when_a_get_loses_its_race() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let (env, getter) = (sim.clone(), store.clone());
    sim.spawn(async move {
        for _ in 0..3 {
            asim!(match FirstOf(item = getter.get(), late = env.timeout(1.0)).await {
                FirstOf::Item(_) => unreachable!("nothing has been put"),
                FirstOf::Late(()) => {}
            });
        }
        getter.put("item").await;
        assert_eq!(getter.get().await, "item");
    });
    sim.run().unwrap();
    assert_eq!(sim.blocked(), []);

    // The put comes in the instant in which the race is lost, before the loser has resumed.
    let (event, getter) = (sim.event::<()>(), store.clone());
    let go = event.clone();
    sim.spawn(async move {
        asim!(match FirstOf(item = getter.get(), go = go).await {
            FirstOf::Item(_) => unreachable!("the event came first"),
            FirstOf::Go(()) => {}
        });
    });
    sim.run().unwrap();
    event.succeed(());
    store.try_put("another").unwrap();
    assert_eq!(store.len(), 1, "it goes to nobody");
    sim.run().unwrap();
    assert_eq!(store.try_get(), Some("another"));
}

/// A getter that was interrupted stays in the line: the next item is lost to a ghost.
#[test]
fn simpy_keeps_ghost_getters_after_an_interrupt() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    let mut handles = Vec::new();
    for _ in 0..3 {
        let (env, getter) = (sim.clone(), queue.clone());
        handles.push(sim.spawn(async move {
            assert!(env.interruptible(getter.get()).await.is_err());
            env.timeout(10.0).await;
        }));
    }
    sim.run_until(1.0).unwrap();
    for handle in &handles {
        handle.interrupt("stop");
    }
    sim.run_until(2.0).unwrap();
    queue.try_put("item").unwrap();
    assert_eq!(queue.try_get(), Some("item"));
    // Likewise a putter: its item must not come in later.
    queue.try_put("first").unwrap();
    let (env, putter) = (sim.clone(), queue.clone());
    let ghost = sim.spawn(async move {
        assert!(env.interruptible(putter.put("ghost")).await.is_err());
    });
    sim.run_until(3.0).unwrap();
    ghost.interrupt("stop");
    sim.run_until(4.0).unwrap();
    assert_eq!((queue.try_get(), queue.try_get()), (Some("first"), None));
}

/// A slot is granted to a waiter which is interrupted before it resumes: nobody has the slot, and it
/// is taken for ever.
#[test]
fn asimpy_leaks_a_slot_interrupted_in_the_instant_of_the_grant() {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1);
    let slot = clerk.try_acquire().unwrap();
    let (env, contested) = (sim.clone(), clerk.clone());
    let waiter = sim.spawn(async move {
        assert!(env.interruptible(contested.acquire()).await.is_err());
    });
    sim.run().unwrap();
    slot.release();
    waiter.interrupt("at the same instant");
    sim.run().unwrap();
    assert!(waiter.done());
    assert_eq!(clerk.count(), 0);
    assert!(clerk.try_acquire().is_some());
}

/// Two interrupts at one instant: the second overwrites the first.
#[test]
fn asimpy_loses_the_first_of_two_interrupts() {
    let sim = Simulation::new();
    let env = sim.clone();
    let worker = sim.spawn(async move {
        for expected in ["first", "second"] {
            let interrupt = env.interruptible(env.timeout(10.0)).await.unwrap_err();
            assert_eq!(interrupt.cause(), Some(&expected));
        }
        env.interruptible(env.timeout(10.0)).await.unwrap();
        assert_eq!(env.now(), 11.0);
    });
    sim.run_until(1.0).unwrap();
    worker.interrupt("first");
    worker.interrupt("second");
    sim.run().unwrap();
    assert!(worker.done());
}

/// A get that was granted is cancelled after a put has taken the room: its item comes back on top.
#[test]
fn asimpy_exceeds_capacity_on_hand_back() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put("a").unwrap();
    let get = queue.get();
    queue.try_put("b").unwrap();
    let put = queue.put("c");
    drop(get);
    assert_eq!(queue.len(), 1);
    assert_eq!(queue.try_get(), Some("a"), "and it is the first again");
    assert_eq!(queue.putters(), 1);
    assert_eq!(queue.try_get(), Some("b"));
    assert_eq!(queue.try_get(), Some("c"));
    drop(put);

    let store = Store::bounded(&sim, 1);
    store.try_put("grey").unwrap();
    let red = store.get_where(|&colour| colour == "red");
    store.try_put("red").unwrap(); // past the full store, straight to the getter
    drop(red);
    assert!(store.len() <= 1 && store.is_full());
    assert_eq!(store.try_get(), Some("grey"));
    assert_eq!(store.try_get(), Some("red"));
}

/// A granted amount comes back because its getter was cancelled, and the next getter sleeps on.
#[test]
fn asimpy_wakes_nobody_when_a_containers_amount_comes_back() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let mut handles = Vec::new();
    for amount in [8.0, 5.0] {
        let tank = tank.clone();
        handles.push(sim.spawn(async move { tank.get(amount).await }));
    }
    sim.run().unwrap();
    tank.try_put(9.0).unwrap(); // promised to the first
    assert_eq!(tank.level(), 1.0);
    handles[0].cancel();
    sim.run().unwrap();
    assert!(handles[1].done());
    assert_eq!(tank.level(), 4.0);

    // Likewise from a race that is lost, and from a request that is dropped.
    let promised = tank.get(4.0);
    let waiting = tank.clone();
    let waiter = sim.spawn(async move { waiting.get(3.0).await });
    sim.run().unwrap();
    drop(promised);
    sim.run().unwrap();
    assert!(waiter.done());
    assert_eq!(tank.level(), 1.0);
}

/// A cancelled timer or request still wakes a process, by an old entry in the agenda or in the
/// line.
#[test]
fn cimba_stale_wake_ups_at_tied_times() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        // The timers of one instant are cancelled, and later timers take their entries.
        for round in 0..20 {
            let start = env.now();
            let cancelled: Vec<Timeout> = (0..5).map(|_| env.timeout(1.0)).collect();
            drop(cancelled);
            let later: Vec<Timeout> = (0..5).map(|_| env.timeout(2.0)).collect();
            let (winner, ()) = first_of(later).await;
            assert_eq!((winner, env.now()), (0, start + 2.0), "round {round}");
        }
    });
    sim.run().unwrap();

    // A grant, a timeout and an interrupt hit one waiter at one time; none cuts its next wait short.
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let sim = Simulation::new();
        let queue = Queue::unbounded(&sim);
        let mut timers = Vec::new();
        for _ in 0..3 {
            timers.push(sim.timeout(1.0));
        }
        let mut timers: Vec<_> = order.iter().zip(timers).collect();
        timers.sort_by_key(|(what, _)| **what);
        let mut timers = timers.into_iter().map(|(_, timer)| timer);
        let (own, granting, interrupting) =
            (timers.next().unwrap(), timers.next().unwrap(), timers.next().unwrap());

        let (env, getter) = (sim.clone(), queue.clone());
        let waiter = sim.spawn(async move {
            let wait = asim!(FirstOf::<Wait>(item = getter.get(), late = own));
            let mut interrupts = 0;
            if env.interruptible(wait).await.is_err() {
                interrupts += 1;
            }
            assert_eq!(env.now(), 1.0);
            // Each of these races must last to its end, unless an interrupt comes first.
            loop {
                let start = env.now();
                match env.interruptible(first_of([env.timeout(5.0), env.timeout(7.0)])).await {
                    Ok((winner, ())) => {
                        assert_eq!((winner, env.now()), (0, start + 5.0));
                        break;
                    }
                    Err(_) => interrupts += 1,
                }
            }
            assert_eq!(interrupts, 1);
        });
        let (putter, target) = (queue.clone(), waiter.process_ref());
        sim.spawn(async move {
            granting.await;
            putter.put("item").await;
        });
        sim.spawn(async move {
            interrupting.await;
            target.interrupt(());
        });
        sim.run().unwrap();
        assert!(waiter.done());
        assert_eq!(sim.now(), 6.0, "{order:?}");
    }
}

enum Wait {
    #[allow(dead_code, reason = "who wins is not what is tested")]
    Item(&'static str),
    Late(()),
}

/// The losing timers of races stay in the agenda: the run goes on until the last of them.
#[test]
fn simu_des_losing_timers_run_on() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let (env, getter) = (sim.clone(), queue.clone());
    sim.spawn(async move {
        loop {
            let served =
                asim!(match FirstOf(item = getter.get(), late = env.timeout(1000.0)).await {
                    FirstOf::Item(last) => last,
                    FirstOf::Late(()) => unreachable!("there was something to get"),
                });
            if served == 9 {
                return;
            }
        }
    });
    let env = sim.clone();
    sim.spawn(async move {
        for item in 0..10 {
            env.timeout(1.0).await;
            queue.put(item).await;
        }
    });
    sim.run_until(9.5).unwrap();
    assert_eq!(sim.peek(), Some(10.0));
    sim.run().unwrap();
    assert_eq!((sim.now(), sim.peek()), (10.0, None));
}

/// Native waits inside the combinators of another crate.
#[test]
fn odem_rs_panics_under_foreign_combinators() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let (env, getter) = (sim.clone(), queue.clone());
    let joins = sim.spawn(async move {
        let ((), item) = futures::join!(env.timeout(2.0).into_future(), getter.get().into_future());
        assert_eq!((item, env.now()), (1, 2.0));

        let mut timer = env.timeout(1.0).into_future().fuse();
        let mut get = Box::pin(getter.get().into_future()).fuse();
        let mut timer = std::pin::Pin::new(&mut timer);
        futures::select! {
            () = timer => assert_eq!(env.now(), 3.0),
            _ = get => unreachable!("nothing has been put"),
        }
        drop(get);

        let mut set: FuturesUnordered<_> = [3.0, 1.0, 2.0]
            .map(|delay| {
                let env = env.clone();
                async move {
                    env.timeout(delay).await;
                    env.timeout(delay).await;
                    delay
                }
            })
            .into_iter()
            .collect();
        for expected in [1.0, 2.0, 3.0] {
            assert_eq!(set.next().await, Some(expected));
        }
        assert_eq!(env.now(), 9.0);

        // With so many futures, join_all uses wakers of its own.
        let delays = (0..100).map(|i| env.timeout(f64::from(i % 10)).into_future());
        assert_eq!(futures::future::join_all(delays).await.len(), 100);
        assert_eq!(env.now(), 18.0);
    });
    let env = sim.clone();
    sim.spawn(async move {
        env.timeout(1.0).await;
        queue.put(1).await;
    });
    sim.run().unwrap();
    assert!(joins.done(), "{:?}", sim.blocked());
}
