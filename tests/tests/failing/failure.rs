//! What happens when things go wrong: panics, errors nobody awaits, simulations dropped in the
//! middle, wakes from other threads, a model in which time stands still.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::rc::Rc;
use std::sync::{Once, mpsc};
use std::time::Duration;

use asim::prelude::*;
use futures::StreamExt;
use futures::channel::oneshot;

use crate::counting::{in_use, peak};

/// Returns the message with which the code panicked.
fn panic_of<R>(work: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).err().expect("it panics");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast_ref::<&str>().expect("a text")).to_string(),
    }
}

/// Returns the line of this file at which the code panicked.
fn line_of_panic<R>(work: impl FnOnce() -> R) -> u32 {
    thread_local!(static LINE: Cell<Option<u32>> = const { Cell::new(None) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let here = panic.location().filter(|place| place.file() == file!());
            LINE.set(here.map(std::panic::Location::line));
            earlier(panic);
        }));
    });
    panic_of(work);
    LINE.take().expect("the panic is blamed on a line of this file")
}

// ---- panics

#[test]
fn a_panic_passes_through_run_and_the_simulation_runs_on() {
    let sim = Simulation::new();
    let (clerk, served) = (Resource::new(&sim, 1), Rc::new(Cell::new(0)));
    let (env, held) = (sim.clone(), clerk.clone());
    sim.spawn(async move {
        let _slot = held.acquire().await;
        env.timeout(1.0).await;
        panic!("the roof has come down");
    });
    let (env, next, count) = (sim.clone(), clerk.clone(), Rc::clone(&served));
    sim.spawn(async move {
        let slot = next.acquire().await;
        count.set(count.get() + 1);
        env.timeout(1.0).await;
        slot.release();
    });
    assert_eq!(panic_of(|| sim.run()), "the roof has come down");
    assert_eq!(sim.now(), 1.0);
    assert!(sim.active_process().is_none());
    // Unwinding has released the slot, and the waiting process has it.
    sim.run().unwrap();
    assert_eq!((sim.now(), served.get(), clerk.count()), (2.0, 1, 0));
}

#[test]
fn a_process_that_has_panicked_is_over() {
    let sim = Simulation::new();
    let handle = sim.spawn(async { panic!("over") });
    let reference = handle.process_ref();
    let joiner = sim.spawn(async move { assert_eq!(handle.await, Err(Stopped::Panicked)) });
    panic_of(|| sim.run());
    assert!(reference.done());
    reference.interrupt(());
    reference.cancel();
    sim.run().unwrap();
    assert!(joiner.done(), "whoever joins it does not wait for ever");
}

#[test]
fn a_panic_in_the_midst_of_a_delivery_leaves_the_others_alone() {
    let sim = Simulation::new();
    let (env, inner) = (sim.clone(), sim.clone());
    let panics = sim.spawn(async move {
        let nap = env.interruptible(env.timeout(9.0)).await;
        panic!("woken by {}", nap.unwrap_err());
    });
    let other = sim.spawn(async move {
        assert!(inner.interruptible(inner.timeout(9.0)).await.is_ok());
    });
    sim.run_until(1.0).unwrap();
    panics.interrupt("a");
    panics.interrupt("b");
    assert_eq!(panic_of(|| sim.run()), "woken by a");
    sim.run().unwrap();
    assert!(other.done());
    assert_eq!(sim.now(), 9.0);
}

#[test]
fn a_panic_while_things_are_dropped_in_bulk_leaves_the_library_usable() {
    struct Bomb(&'static str);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(self.0.is_empty() || std::thread::panicking(), "{}", self.0);
        }
    }
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(Bomb("")).unwrap();
    let putter = queue.clone();
    let process = sim.spawn(async move {
        putter.put(Bomb("an item's drop")).await;
    });
    sim.run().unwrap();
    assert_eq!(panic_of(|| process.cancel()), "an item's drop");
    assert!(process.done());
    // Everything still settles.
    let (getter, got) = (queue.clone(), Rc::new(Cell::new(0)));
    let count = Rc::clone(&got);
    sim.spawn(async move {
        for _ in 0..2 {
            drop(getter.get().await);
            count.set(count.get() + 1);
        }
    });
    sim.run().unwrap();
    assert!(queue.try_put(Bomb("")).is_ok());
    sim.run().unwrap();
    assert_eq!(got.get(), 2);
}

#[test]
fn whoever_joins_a_process_that_panics_is_told() {
    let sim = Simulation::new();
    let env = sim.clone();
    let panics = sim.spawn(async move {
        env.timeout(1.0).await;
        panic!("over");
    });
    let joiner = sim.spawn(async move { assert_eq!(panics.await, Err(Stopped::Panicked)) });
    assert_eq!(panic_of(|| sim.run()), "over");
    sim.run().unwrap();
    assert!(joiner.done(), "{:?}", sim.blocked());
}

/// Panics when it is dropped, unless it is defused.
struct Bomb(Rc<Cell<u32>>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        assert!(self.0.get() != 1, "the first drop");
    }
}

#[test]
fn after_a_drop_that_panics_what_is_withdrawn_is_still_dropped() {
    let sim = Simulation::new();
    let drops = Rc::new(Cell::new(0));
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(None).unwrap();
    let [first, second] = [(); 2].map(|()| queue.put(Some(Bomb(Rc::clone(&drops)))));
    assert_eq!(panic_of(|| drop(first)), "the first drop");
    drop(second);
    assert_eq!(drops.get(), 2);
    // Wakers are not forgotten either.
    let process = sim.spawn({
        let queue = queue.clone();
        async move {
            let mut set: futures::stream::FuturesUnordered<_> =
                [queue.get().into_future()].into_iter().collect();
            assert!(set.next().await.is_some());
            assert!(queue.get().await.is_none());
        }
    });
    sim.run().unwrap();
    queue.try_put(None).unwrap();
    sim.run().unwrap();
    assert!(process.done());
}

#[test]
fn after_a_filter_that_panics_those_behind_it_are_still_served() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let mut knows = false;
    let panics = store.get_where(move |&item: &u32| {
        assert!(std::mem::replace(&mut knows, true), "no idea");
        item == 2
    });
    let behind = store.get_where(|&item| item == 1);
    assert_eq!(panic_of(|| drop(store.put(1))), "no idea");
    store.try_put(1).unwrap();
    assert_eq!(sim.run_until_event(behind).unwrap(), 1);
    store.try_put(2).unwrap();
    assert_eq!(sim.run_until_event(panics).unwrap(), 2);
}

#[test]
fn after_a_filter_that_panics_everything_still_settles() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    store.try_put(1).unwrap();
    let (event, getter) = (sim.event::<()>(), store.clone());
    let go = event.clone();
    // It holds the item, and gives it back when the event decides its race.
    sim.spawn(async move {
        let pair = all_of([getter.get(), getter.get()]);
        asim!(match FirstOf(pair = pair, go = go).await {
            FirstOf::Pair(_) => unreachable!(),
            FirstOf::Go(()) => {}
        });
    });
    sim.run().unwrap();
    let panics = store.get_where(|_| panic!("no idea"));
    assert_eq!(panic_of(|| event.succeed(())), "no idea");
    drop(panics);
    assert_eq!(store.try_get(), Some(1), "what was given back is not lost");
    let clerk = Resource::new(&sim, 1);
    let slot = clerk.try_acquire();
    let waiting = clerk.acquire();
    drop(slot);
    sim.run_until_event(waiting).unwrap().release();
    sim.run().unwrap();
}

#[test]
fn nothing_is_leaked_by_a_panic() {
    let run = || {
        let sim = Simulation::new();
        let queue: Queue<Vec<u8>> = Queue::bounded(&sim, 1);
        for _ in 0..3 {
            let (env, queue) = (sim.clone(), queue.clone());
            sim.spawn(async move {
                let race = first_of([all_of([env.timeout(5.0), env.timeout(6.0)])]);
                env.interruptible(queue.put(vec![0; 100_000])).await.ok();
                queue.put(vec![0; 100_000]).await;
                race.await;
            });
        }
        let env = sim.clone();
        sim.spawn(async move {
            let _kept = (env.timeout(9.0), queue.get(), all_of([queue.get(), queue.get()]));
            env.timeout(1.0).await;
            panic!("a leak?");
        });
        panic_of(|| sim.run());
    };
    run();
    let before = in_use();
    for _ in 0..10 {
        run();
    }
    // The test harness keeps what is printed. This is little, compared with what a run holds.
    let leaked = in_use() - before;
    assert!(leaked < 100_000, "{leaked}");
}

/// Run by the test below in a process of its own, so that what it prints can be read.
#[test]
#[ignore = "run by another test"]
fn prints_a_panic() {
    #[process]
    async fn miner(env: Environment) {
        env.timeout(2.5).await;
        panic!("the roof has come down");
    }
    let sim = Simulation::new();
    sim.process(Miner::new().named("Miner 7"));
    sim.run().ok();
}

#[test]
fn a_panic_names_the_process_and_the_time_on_stderr() {
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "failure::prints_a_panic"])
        .output()
        .unwrap();
    assert!(!run.status.success());
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(said.contains("the roof has come down"), "{said}");
    assert!(said.contains("process `Miner 7` panicked at time 2.5"), "{said}");
}

#[test]
fn a_second_join_by_reference_is_blamed_on_the_line_that_joins() {
    let sim = Simulation::new();
    let mut job = sim.spawn(async {});
    assert_eq!(sim.run_until_event(&mut job).unwrap(), Ok(()));
    let line = line!() + 1;
    assert_eq!(line_of_panic(|| sim.run_until_event(&mut job)), line);
    let line = line!() + 2;
    let twice = async {
        (&mut job).await.ok();
    };
    assert_eq!(line_of_panic(|| sim.run_until_event(twice)), line);
    let line = line!() + 1;
    assert_eq!(line_of_panic(|| sim.run_until_event(job)), line);
}

#[test]
fn a_second_join_in_a_race_is_blamed_on_the_line_of_the_race() {
    let sim = Simulation::new();
    let mut job = sim.spawn(async {});
    assert_eq!(sim.run_until_event(&mut job).unwrap(), Ok(()));
    let line = line!() + 1;
    assert_eq!(line_of_panic(|| first_of([&mut job])), line);
    let line = line!() + 2;
    let race = || {
        drop(asim!(AllOf(job = &mut job, late = sim.timeout(1.0))));
    };
    assert_eq!(line_of_panic(race), line);
}

// ---- errors and interrupts that nobody awaits

#[test]
fn an_error_that_nobody_awaits_stops_the_run_and_leaks_nothing() {
    let run = || {
        let sim = Simulation::new();
        let env = sim.clone();
        sim.spawn(async move {
            env.timeout(1.0).await;
            Err::<(), _>("out of oil".to_string())
        });
        let env = sim.clone();
        let kept = sim.spawn(async move {
            env.timeout(0.5).await;
            Err::<(), _>("kept")
        });
        let error = sim.run().unwrap_err();
        assert!(error.to_string().ends_with("out of oil"), "{error}");
        assert_eq!(sim.now(), 1.0);
        let error = sim.run().unwrap_err();
        assert!(error.to_string().ends_with("kept"), "{error}");
        sim.run().unwrap();
        drop(kept);
    };
    run();
    let before = in_use();
    run();
    assert_eq!(in_use(), before);
}

#[test]
fn an_unguarded_interrupt_stops_the_run_and_gives_everything_back() {
    let sim = Simulation::new();
    let (clerk, queue) = (Resource::new(&sim, 1), Queue::unbounded(&sim));
    queue.try_put(1).unwrap();
    let (env, held, items) = (sim.clone(), clerk.clone(), queue.clone());
    let worker = sim.spawn(async move {
        let _slot = held.acquire().await;
        let _promised = items.get();
        env.timeout(9.0).await;
    });
    let worker = worker.process_ref();
    sim.run_until(3.0).unwrap();
    worker.interrupt("boss");
    assert!(matches!(sim.run(), Err(SimError::Interrupted { time: 3.0, .. })));
    assert_eq!((clerk.count(), queue.len(), worker.done()), (0, 1, true));
    sim.run().unwrap();
    assert_eq!(sim.now(), 3.0);
}

// ---- simulations dropped in the middle

/// A model that holds everything that can be held, and stops in the middle of its work.
fn busy_model() -> Simulation {
    let sim = Simulation::new();
    let (queue, store, heap) =
        (Queue::bounded(&sim, 1), Store::bounded(&sim, 1), PriorityQueue::unbounded(&sim));
    let (clerk, event) = (Resource::new(&sim, 1), sim.event::<Vec<u32>>());
    for id in 0..6 {
        let (env, queue, store, heap) = (sim.clone(), queue.clone(), store.clone(), heap.clone());
        let (clerk, event) = (clerk.clone(), event.clone());
        // Some have a child that they join.
        let child = env.clone();
        sim.spawn(async move {
            let _slot = if id == 0 { clerk.try_acquire() } else { None };
            let wants = store.clone();
            let job = child.clone().spawn(async move {
                wants.get_where(move |&item| item == 100 + id).await;
                child.timeout(50.0).await;
            });
            let _kept = (
                queue.get(),
                queue.get(),
                env.timeout(70.0),
                env.event::<u32>(),
                job.process_ref(),
            );
            let race = asim!(match FirstOf(
                item = queue.get(),
                put = store.put(id),
                heap = all_of([heap.get(), heap.get()]),
                slot = clerk.acquire(),
                event = env.interruptible(event.clone()),
                late = async {
                    env.timeout(f64::from(3 + id)).await;
                    env.timeout(f64::INFINITY).await;
                },
            )
            .await
            {
                FirstOf::Item(()) | FirstOf::Put(()) | FirstOf::Late(()) => 1,
                FirstOf::Heap(items) => items.len(),
                FirstOf::Slot(slot) => {
                    drop(slot);
                    2
                }
                FirstOf::Event(value) => value.map_or(0, |value| value.len()),
            });
            heap.put(id).await;
            futures::join!(env.timeout(9.0).into_future(), queue.get().into_future());
            job.await.ok();
            assert!(race < 10);
        });
    }
    let env = sim.clone();
    sim.spawn(async move {
        env.timeout(4.0).await;
        queue.put(()).await;
        event.succeed(vec![1, 2, 3]);
        std::future::pending::<()>().await;
    });
    sim
}

#[test]
fn a_simulation_dropped_after_any_number_of_steps_leaks_nothing() {
    // The first run makes the names of the lines that spawn. They are kept for ever.
    busy_model().run_until(20.0).unwrap();
    let before = in_use();
    for steps in 0..80 {
        let sim = busy_model();
        for _ in 0..steps {
            sim.step().unwrap();
        }
        drop(sim);
        assert_eq!(in_use(), before, "dropped after {steps} steps");
    }
}

#[test]
fn ten_thousand_simulations_dropped_with_blocked_processes_inside_leak_nothing() {
    let run = || {
        let sim = busy_model();
        sim.run_until(6.0).unwrap();
        assert!(!sim.blocked().is_empty());
    };
    run();
    let before = in_use();
    let ((), one) = peak(run);
    let ((), many) = peak(|| (0..10_000).for_each(|_| run()));
    assert_eq!((in_use(), many), (before, one));
}

#[test]
fn a_server_that_holds_its_own_environment_queue_and_handle_leaks_nothing() {
    let run = || {
        let sim = Simulation::new();
        let queue: Queue<ProcessHandle> = Queue::unbounded(&sim);
        let (env, jobs) = (sim.clone(), queue.clone());
        let server = sim.spawn(async move {
            loop {
                jobs.get().await.await.ok();
                env.timeout(1.0).await;
            }
        });
        let env = sim.clone();
        queue.try_put(sim.spawn(async move { env.timeout(1.0).await })).unwrap();
        // The last job has the server's own handle, so the server waits for itself.
        let server = { server };
        queue.try_put(sim.spawn(async move { drop(server) })).unwrap();
        sim.run().unwrap();
        drop(queue);
    };
    run();
    let before = in_use();
    for _ in 0..100 {
        run();
    }
    assert_eq!(in_use(), before);
}

#[test]
fn what_a_composite_has_been_holding_is_freed_with_its_queue() {
    // The kernel reuses the entries of composites. No entry may keep what it was linked to.
    let count = Rc::new(());
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let getter = queue.clone();
    let env = sim.clone();
    sim.spawn(async move {
        asim!(AllOf(item = getter.get(), timer = env.timeout(1.0))).await;
        let (winner, _) = first_of([getter.get(), getter.get()]).await;
        assert_eq!(winner, 0);
    });
    for _ in 0..4 {
        queue.try_put(Rc::clone(&count)).unwrap();
    }
    sim.run().unwrap();
    drop(queue);
    assert_eq!(Rc::strong_count(&count), 1, "while the simulation is still there");
}

// ---- other threads

#[test]
fn a_thread_wakes_a_process() {
    let sim = Simulation::new();
    let (sender, receiver) = oneshot::channel::<u32>();
    let env = sim.clone();
    let process = sim.spawn(async move {
        assert_eq!(receiver.await, Ok(7));
        env.timeout(2.0).await;
    });
    sim.run().unwrap();
    assert_eq!(sim.blocked().len(), 1);
    std::thread::spawn(move || sender.send(7)).join().unwrap().unwrap();
    assert_eq!(sim.peek(), Some(0.0), "the wake is noticed");
    sim.run().unwrap();
    assert!(process.done());
    assert_eq!(sim.now(), 2.0);
}

#[test]
fn a_thread_wakes_a_process_while_the_simulation_runs() {
    let sim = Simulation::new();
    let (mut sender, mut receiver) = futures::channel::mpsc::channel::<u32>(4);
    let (ask, asked) = mpsc::channel::<u32>();
    // A thread that answers every question, at some time.
    let thread = std::thread::spawn(move || {
        for question in asked {
            while sender.try_send(question * 2).is_err() {
                std::thread::yield_now();
            }
        }
    });
    let (env, heard) = (sim.clone(), Rc::new(Cell::new(0)));
    let count = Rc::clone(&heard);
    let process = sim.spawn(async move {
        for question in 0..200 {
            ask.send(question).unwrap();
            assert_eq!(receiver.next().await, Some(question * 2));
            count.set(count.get() + 1);
            env.timeout(1.0).await;
        }
    });
    // There is nothing else to do, so the owner waits for the thread by itself.
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !process.done() {
        sim.run().unwrap();
        assert!(std::time::Instant::now() < deadline, "a wake was lost: {} heard", heard.get());
        std::thread::yield_now();
    }
    thread.join().unwrap();
    assert_eq!((heard.get(), sim.now()), (200, 200.0));
}

#[test]
fn many_threads_wake_many_processes_and_no_wake_is_lost() {
    let sim = Simulation::new();
    let mut senders = Vec::new();
    let mut processes = Vec::new();
    for _ in 0..100 {
        let (sender, receiver) = oneshot::channel::<()>();
        senders.push(sender);
        let env = sim.clone();
        processes.push(sim.spawn(async move {
            asim!(match FirstOf(wake = receiver, late = env.timeout(1e9)).await {
                FirstOf::Wake(woken) => assert!(woken.is_ok()),
                FirstOf::Late(()) => unreachable!(),
            });
        }));
    }
    sim.run_until(1.0).unwrap();
    let threads: Vec<_> = senders
        .into_iter()
        .map(|sender| std::thread::spawn(move || sender.send(()).unwrap()))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    sim.run().unwrap();
    assert!(processes.iter().all(|process| process.done()));
    assert_eq!(sim.now(), 1.0);
}

#[test]
fn a_thread_may_wake_what_is_gone() {
    let (sender, receiver) = oneshot::channel::<()>();
    let sim = Simulation::new();
    let process = sim.spawn(async move { receiver.await.ok().unwrap_or_default() });
    sim.run().unwrap();
    drop(sim);
    assert!(process.done());
    assert!(
        std::thread::spawn(move || sender.send(())).join().unwrap().is_err(),
        "the receiver is gone"
    );
}

#[test]
fn simulations_run_side_by_side_in_threads() {
    let run = |seed: u32| {
        let sim = busy_model();
        let env = sim.clone();
        sim.spawn(async move { env.timeout(f64::from(seed)).await });
        sim.run_until(10.0).unwrap();
        sim.now()
    };
    let threads: Vec<_> = (0..8).map(|seed| std::thread::spawn(move || run(seed))).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 10.0);
    }
}

// ---- time stands still

#[process]
async fn ping(env: Environment, here: Queue<()>, there: Queue<()>) {
    env.timeout(3.0).await;
    loop {
        there.put(()).await;
        here.get().await;
    }
}

#[test]
fn a_livelock_is_an_error_that_names_the_processes() {
    let sim = Simulation::new();
    let (a, b) = (Queue::unbounded(&sim), Queue::unbounded(&sim));
    sim.process(Ping::new(a.clone(), b.clone()).named("Ping"));
    sim.process(Ping::new(b, a).named("Pong"));
    sim.set_instant_limit(1000);
    let error = sim.run().unwrap_err();
    assert!(error.to_string().starts_with("time stands still at 3"), "{error}");
    let SimError::TimeStandsStill { time, limit, mut processes, .. } = error else { panic!() };
    processes.sort();
    assert_eq!((time, limit), (3.0, 1000));
    assert!(
        processes.iter().any(|name| name == "Ping")
            && processes.iter().all(|name| name.starts_with('P')),
        "{processes:?}"
    );
    // The run may be continued for a longer look, and the drop is safe.
    assert!(matches!(sim.run_until(9.0), Err(SimError::TimeStandsStill { .. })));
    assert!(matches!(sim.run_until_event(sim.timeout(1.0)), Err(SimError::TimeStandsStill { .. })));
}

#[test]
fn timers_without_delay_are_a_livelock_too() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        loop {
            env.timeout(0.0).await;
        }
    });
    sim.set_instant_limit(50);
    assert!(matches!(sim.run(), Err(SimError::TimeStandsStill { limit: 50, .. })));
}

#[test]
fn a_busy_instant_within_the_limit_is_no_livelock() {
    let sim = Simulation::new();
    sim.set_instant_limit(60);
    for _ in 0..50 {
        let env = sim.clone();
        sim.spawn(async move {
            for _ in 0..20 {
                env.timeout(1.0).await;
            }
        });
    }
    sim.run().unwrap();
    assert_eq!(sim.now(), 20.0);
}

#[test]
fn what_a_process_returns_to_nobody_is_dropped_when_it_ends() {
    let sim = Simulation::new();
    let server = Resource::new(&sim, 1);
    let (env, first) = (sim.clone(), server.clone());
    drop(sim.spawn(async move {
        let slot = first.acquire().await;
        env.timeout(1.0).await;
        Ok::<Slot, String>(slot)
    }));
    let env = sim.clone();
    let next = sim.spawn(async move {
        let slot = server.acquire().await;
        drop(slot);
        Ok::<f64, String>(env.now())
    });
    assert_eq!(sim.run_until_event(next).unwrap(), Ok(1.0));
}
