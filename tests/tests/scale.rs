//! Large numbers without surprise: memory follows what is alive, nothing recurses, nothing scans.
//!
//! No time is measured: a test of code that scans (a million waiters for each of a million) would
//! never end. Memory is counted by an allocator; recursion is caught by running on a small stack.

mod counting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};

use asim::prelude::*;
use futures::FutureExt;

use counting::{in_use, peak};

const MILLION: usize = 1_000_000;
const MEGABYTE: isize = 1 << 20;

/// Runs in a thread whose stack is too small for recursion.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    on_a_stack_of(256 * 1024, work);
}

fn on_a_stack_of(bytes: usize, work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(bytes).spawn(work).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// All that a run held is freed. Only the names of the lines that spawn are kept for ever.
#[track_caller]
fn freed(before: isize) {
    let left = in_use() - before;
    assert!(left < 4096, "{left} bytes are left");
}

#[test]
fn a_million_processes_wait_on_one_event() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let (event, woken) = (sim.event::<usize>(), Rc::new(Cell::new(0)));
        for i in 0..MILLION {
            let (event, woken) = (event.clone(), Rc::clone(&woken));
            sim.spawn(async move {
                event.await;
                // In the order in which they asked.
                assert_eq!(woken.replace(i + 1), i);
            });
        }
        sim.run().unwrap();
        assert_eq!((woken.get(), sim.blocked().len()), (0, MILLION));
        event.succeed(7);
        sim.run().unwrap();
        assert_eq!(woken.get(), MILLION);
        drop((sim, event, woken));
        freed(before);
    });
}

#[test]
fn a_million_processes_wait_at_one_gate() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let (gate, passed) = (Gate::new_closed(&sim), Rc::new(Cell::new(0)));
        let mut processes = Vec::new();
        for i in 0..MILLION {
            let (gate, passed) = (gate.clone(), Rc::clone(&passed));
            processes.push(sim.spawn(async move {
                gate.wait().await;
                // In the order in which they asked.
                assert!(passed.replace(i) < i);
            }));
        }
        sim.run().unwrap();
        assert_eq!((gate.waiting(), sim.blocked().len()), (MILLION, MILLION));
        // The older half from its end, so that each is in the middle of the line.
        for process in processes.iter().take(MILLION / 2).rev() {
            process.cancel();
        }
        assert_eq!((gate.waiting(), passed.get()), (MILLION / 2, 0));
        gate.open();
        gate.close();
        sim.run().unwrap();
        assert_eq!((gate.waiting(), passed.get()), (0, MILLION - 1));
        drop((processes, sim, gate, passed));
        freed(before);
    });
}

/// A chain of processes each of which joins the one before.
fn chain(sim: &Simulation, end: &Event<()>) -> ProcessHandle {
    let end = end.clone();
    let mut last = sim.spawn(async move { end.await });
    for _ in 1..MILLION {
        let before = last;
        last = sim.spawn(async move { before.await.unwrap() });
    }
    last
}

#[test]
fn a_chain_of_a_million_processes_each_joining_the_next_finishes() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let end = sim.event::<()>();
        let last = chain(&sim, &end);
        sim.run().unwrap();
        assert!(!last.done());
        end.succeed(());
        sim.run().unwrap();
        assert!(last.done());
        drop((last, sim, end));
        freed(before);
    });
}

#[test]
fn a_chain_of_a_million_processes_each_joining_the_next_is_dropped_unfinished() {
    on_a_small_stack(|| {
        let before = in_use();
        for runs in [false, true] {
            let sim = Simulation::new();
            let end = sim.event::<()>();
            let last = chain(&sim, &end);
            if runs {
                sim.run().unwrap();
            }
            drop(sim);
            assert!(last.done());
        }
        freed(before);
    });
}

#[test]
fn a_chain_of_a_million_processes_is_cancelled_from_either_end() {
    on_a_small_stack(|| {
        let sim = Simulation::new();
        let end = sim.event::<()>();
        // The last: dropping it drops the handle of the one before, which runs on.
        let last = chain(&sim, &end);
        sim.run().unwrap();
        last.cancel();
        assert_eq!(sim.blocked().len(), MILLION - 1);
        end.succeed(());
        sim.run().unwrap();
        assert!(sim.blocked().is_empty());
        // The first is cancelled: each of the others learns of it by its join.
        let own = sim.spawn(std::future::pending::<()>());
        let first = own.process_ref();
        let mut last = sim.spawn(async move { assert_eq!(own.await, Err(Stopped::Cancelled)) });
        for _ in 1..MILLION {
            let before = last;
            last = sim.spawn(async move { before.await.unwrap() });
        }
        sim.run().unwrap();
        first.cancel();
        sim.run().unwrap();
        assert!(last.done());
    });
}

#[test]
fn a_million_races_whose_losing_timers_are_far_away_leave_nothing_behind() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        for _ in 0..MILLION {
            let (winner, ()) = first_of([env.timeout(1e9), env.timeout(1.0)]).await;
            assert_eq!(winner, 1);
        }
    });
    sim.run_until(10.0).unwrap();
    let (result, peak) = peak(|| sim.run());
    result.unwrap();
    assert!(peak < MEGABYTE / 4, "{peak} bytes");
    assert_eq!(sim.now(), 1e6);
}

#[test]
fn a_million_timers_cancelled_at_one_instant_leave_nothing_behind() {
    let sim = Simulation::new();
    let ((), peak) = peak(|| {
        for i in 1..=1_000_000 {
            drop(sim.timeout(f64::from(i)));
        }
    });
    assert!(peak < MEGABYTE / 4, "{peak} bytes");
    assert_eq!(sim.peek(), None);
}

#[test]
fn five_million_processes_started_and_finished_leave_nothing_behind() {
    let sim = Simulation::new();
    let (env, finished) = (sim.clone(), Rc::new(Cell::new(0)));
    let count = Rc::clone(&finished);
    sim.spawn(async move {
        for _ in 0..MILLION {
            for _ in 0..5 {
                let (inner, count) = (env.clone(), Rc::clone(&count));
                env.spawn(async move {
                    inner.timeout(0.5).await;
                    count.set(count.get() + 1);
                });
            }
            env.timeout(1.0).await;
        }
    });
    sim.run_until(10.0).unwrap();
    let (result, peak) = peak(|| sim.run());
    result.unwrap();
    assert!(peak < MEGABYTE / 4, "{peak} bytes");
    assert_eq!(finished.get(), 5 * MILLION);
}

#[test]
fn a_million_joined_processes_leave_nothing_behind() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        for i in 0..MILLION {
            let handle = env.spawn(async move { if i % 2 == 0 { Ok(i) } else { Err("odd") } });
            assert_eq!(handle.await.is_ok(), i % 2 == 0);
        }
    });
    for _ in 0..1000 {
        sim.step().unwrap();
    }
    let (result, peak) = peak(|| sim.run());
    result.unwrap();
    assert!(peak < MEGABYTE / 4, "{peak} bytes");
}

#[test]
fn a_million_errors_that_are_claimed_late_are_forgotten_without_a_scan() {
    let sim = Simulation::new();
    let env = sim.clone();
    sim.spawn(async move {
        let failing = |i: usize| async move {
            Err::<(), _>(if i.is_multiple_of(2) { "even" } else { "odd" })
        };
        let handles: Vec<_> = (0..MILLION).map(|i| env.spawn(failing(i))).collect();
        env.timeout(1.0).await;
        for handle in handles {
            assert!(handle.await.is_err());
        }
    });
    sim.run().unwrap();
}

#[test]
fn requests_leave_the_middle_of_a_line_of_a_million_without_a_scan() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let queue = Queue::unbounded(&sim);
        let requests: Vec<_> = (0..MILLION).map(|_| queue.get()).collect();
        // From the middle outwards, every second one.
        let (mut kept, mut middle) = (Vec::new(), Vec::new());
        for (i, request) in requests.into_iter().enumerate() {
            if i % 2 == 0 { kept.push((i, request)) } else { middle.push(request) }
        }
        let after = middle.split_off(middle.len() / 2);
        for (left, right) in middle.into_iter().rev().zip(after) {
            drop((left, right));
        }
        for item in 0..kept.len() {
            queue.try_put(item).unwrap();
        }
        assert_eq!(queue.len(), 0);
        for (i, request) in kept {
            assert_eq!(sim.run_until_event(request).unwrap(), i / 2);
        }
        drop((sim, queue));
        freed(before);
    });
}

#[test]
fn putters_and_acquirers_leave_the_middle_of_a_long_line_without_a_scan() {
    let sim = Simulation::new();
    let (queue, clerk) = (Queue::bounded(&sim, 1), Resource::new(&sim, 1));
    queue.try_put(usize::MAX).unwrap();
    let slot = clerk.try_acquire();
    let mut puts: Vec<_> = (0..MILLION / 4).map(|i| queue.put(i)).collect();
    let mut acquires: Vec<_> = (0..MILLION / 4).map(|_| clerk.acquire()).collect();
    while puts.len() > 1 {
        let middle = puts.len() / 2;
        drop((puts.swap_remove(middle), acquires.swap_remove(middle)));
    }
    assert_eq!(queue.try_get(), Some(usize::MAX));
    assert_eq!(queue.try_get(), Some(0));
    drop(slot);
    assert_eq!(clerk.count(), 1);
    sim.run_until_event(acquires.remove(0)).unwrap().release();
    assert_eq!(clerk.count(), 0);
}

#[test]
fn a_million_processes_that_wait_on_one_queue_are_cancelled_one_by_one() {
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let mut processes = Vec::new();
    for _ in 0..MILLION {
        let queue = queue.clone();
        processes.push(sim.spawn(async move {
            queue.get().await;
        }));
    }
    sim.run().unwrap();
    // The older half from its end, so that each is in the middle of the line.
    for process in processes.iter().take(MILLION / 2).rev() {
        process.cancel();
    }
    queue.try_put(1).unwrap();
    sim.run().unwrap();
    assert!(processes[MILLION / 2].done());
    assert_eq!(sim.blocked().len(), MILLION / 2 - 1);
}

/// Races of a request against one that is never granted, nested to the given depth.
async fn deep_race(env: Environment, event: Event<()>, levels: usize) -> usize {
    let mut wait: std::pin::Pin<Box<dyn Future<Output = usize>>> = Box::pin(async move {
        event.await;
        0
    });
    for _ in 0..levels {
        let (inner, never) = (wait, env.timeout(f64::INFINITY));
        wait = Box::pin(async move {
            asim!(match FirstOf(inner = inner, never = never).await {
                FirstOf::Inner(depth) => depth + 1,
                FirstOf::Never(()) => 0,
            })
        });
    }
    wait.await
}

#[test]
fn races_nested_as_futures_resolve_as_deep_as_their_polls_go() {
    // Polls of futures within futures are the model's own recursion: a hundred levels are plenty.
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let (env, go) = (sim.clone(), event.clone());
    let process = sim.spawn(async move { assert_eq!(deep_race(env, go, 100).await, 100) });
    sim.run().unwrap();
    event.succeed(());
    sim.run().unwrap();
    assert!(process.done());
}

/// Nests a native in so many joins and races: 2^`levels` of them, each type inside the next.
macro_rules! nest {
    ($wait:expr; ) => { $wait };
    ($wait:expr; first $($rest:tt)*) => { nest!(first_of([$wait]); $($rest)*) };
    ($wait:expr; all $($rest:tt)*) => { nest!(all_of([$wait]); $($rest)*) };
}

#[test]
fn natives_nested_in_races_and_joins_are_decided_by_one_trigger() {
    let sim = Simulation::new();
    let event = sim.event::<u32>();
    let deep = nest!(event.clone(); first all first all first all first all first all first all first all first all first all first all);
    assert_eq!(sim.peek(), None);
    event.succeed(7);
    sim.run_until_event(deep).unwrap();
    // And one that nobody awaits.
    let event = sim.event::<u32>();
    let deep = nest!(event.clone(); first all first all first all first all first all first all first all first all first all first all);
    drop(deep);
    event.succeed(7);
}

#[test]
fn a_chain_of_a_million_races_each_deciding_the_next_takes_no_stack() {
    on_a_small_stack(|| {
        let sim = Simulation::new();
        // Each race holds an item that it gives back as it loses, whereupon the next is decided.
        let queues: Vec<Queue<usize>> = (0..=MILLION / 4).map(|_| Queue::unbounded(&sim)).collect();
        let event = sim.event::<()>();
        let mut races = Vec::new();
        for i in 0..MILLION / 4 {
            // It holds the item of its own queue, and waits for another that does not come.
            let own = &queues[i];
            let pair = all_of([own.get(), queues[MILLION / 4].get()]);
            own.try_put(i).unwrap();
            if i == 0 {
                races.push(Race::First(asim!(FirstOf::<Either>(pair = pair, go = &event))));
            } else {
                races.push(Race::Next(asim!(FirstOf::<Either>(
                    pair = pair,
                    go = queues[i - 1].get()
                ))));
            }
        }
        event.succeed(());
        // The last item has come back, and lies there.
        let last = MILLION / 4 - 1;
        assert_eq!(queues[last].try_get(), Some(last));
        assert!(queues[..last].iter().all(Queue::is_empty));
        drop(races);
    });
}

#[allow(dead_code, reason = "held, not awaited")]
enum Race<A, B> {
    First(A),
    Next(B),
}

#[allow(dead_code, reason = "held, not awaited")]
enum Either<A, B> {
    Pair(A),
    Go(B),
}

#[test]
fn a_race_and_a_join_of_a_hundred_thousand_branches() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let count = 100_000_u32;
        let env = sim.clone();
        sim.spawn(async move {
            let delays = |env: &Environment| {
                (0..count).map(|i| env.timeout(f64::from(count - i))).collect::<Vec<_>>()
            };
            assert_eq!(first_of(delays(&env)).await.0, 99_999);
            assert_eq!(env.now(), 1.0);
            assert_eq!(all_of(delays(&env)).await.len(), 100_000);
            assert_eq!(env.now(), 1.0 + f64::from(count));
        });
        sim.run().unwrap();
        drop(sim);
        freed(before);
    });
}

#[test]
fn a_hundred_thousand_requests_for_two_things_go_from_line_to_line_without_a_scan() {
    on_a_small_stack(|| {
        let sim = Simulation::new();
        let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
        let (held, busy) = (one.try_acquire(), other.try_acquire());
        let mut waiting: Vec<_> =
            (0..100_000).map(|_| acquire_together([(&one, 1), (&other, 1)])).collect();
        assert_eq!((one.waiting(), other.waiting()), (100_000, 0));
        drop(held); // all of them wait for the other one now
        assert_eq!((one.waiting(), other.waiting()), (0, 100_000));
        for at in (0..waiting.len()).step_by(2).rev() {
            drop(waiting.swap_remove(at));
        }
        drop(busy);
        assert_eq!((one.count(), one.waiting() + other.waiting()), (1, 49_999));
        drop(waiting);
        assert_eq!((one.count(), other.count()), (0, 0));
    });
}

#[test]
fn a_hundred_thousand_requests_for_two_things_find_their_places_between_others_without_a_scan() {
    on_a_small_stack(|| {
        let sim = Simulation::new();
        let (one, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
        let (held, busy) = (one.try_acquire(), other.try_acquire());
        let waiting: Vec<_> = (0..100_000)
            .map(|_| (acquire_together([(&one, 1), (&other, 1)]), other.acquire()))
            .collect();
        drop(held); // all go to the other line, each to the place of its call
        assert_eq!((one.waiting(), other.waiting()), (0, 200_000));
        drop(busy);
        for (together, single) in waiting {
            assert!(together.triggered() && !single.triggered());
            drop(together);
            assert!(single.triggered());
        }
        assert_eq!((one.count(), other.count()), (0, 0));
    });
}

/// Returns a million different priorities, in no order.
fn priorities() -> impl Iterator<Item = i32> {
    (0..1_000_000_i64).map(|i| i32::try_from(i * 48_271 % 1_000_003).unwrap())
}

/// Has half of the requests leave from the middle of their line, and every tenth of the others change its
/// priority. Sets off what grants the first one. Each is granted in its turn, when the one before is dropped.
fn leave_move_and_take_turns<R>(
    mut waiting: Vec<(i32, R)>,
    set_priority: impl Fn(&mut R, i32),
    triggered: impl Fn(&R) -> bool,
    grant_first: impl FnOnce(),
) {
    let half = waiting.len() / 2;
    while waiting.len() > half {
        drop(waiting.swap_remove(waiting.len() / 2));
    }
    for (priority, request) in waiting.iter_mut().step_by(10) {
        *priority = -*priority;
        set_priority(request, *priority);
    }
    waiting.sort_by_key(|&(priority, _)| priority);
    grant_first();
    let mut turns = waiting.into_iter().peekable();
    while let Some((_, request)) = turns.next() {
        assert!(triggered(&request));
        assert!(turns.peek().is_none_or(|(_, next)| !triggered(next)));
        drop(request);
    }
}

#[test]
fn a_million_requests_each_with_a_priority_of_its_own_leave_move_and_take_turns() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let clerk = Resource::new(&sim, 1);
        let busy = clerk.try_acquire();
        let waiting =
            priorities().map(|priority| (priority, clerk.acquire_with_priority(priority)));
        leave_move_and_take_turns(
            waiting.collect(),
            asim::Request::set_priority,
            asim::Request::triggered,
            || drop(busy),
        );
        assert_eq!((clerk.count(), clerk.waiting()), (0, 0));
        drop((sim, clerk));
        freed(before);
    });
}

#[test]
fn a_quarter_of_a_million_requests_for_an_amount_leave_move_and_take_turns_by_priority() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let tank = Container::new(&sim, 1.0);
        let waiting =
            priorities().map(|priority| (priority, tank.get(1.0).with_priority(priority)));
        let waiting = waiting.take(MILLION / 4);
        leave_move_and_take_turns(
            waiting.collect(),
            asim::Request::set_priority,
            asim::Request::triggered,
            || tank.try_put(1.0).unwrap(),
        );
        assert_eq!((tank.level(), tank.getters()), (1.0, 0));
        drop((sim, tank));
        freed(before);
    });
}

#[test]
fn one_change_evaluates_each_of_a_hundred_thousand_conditions_once() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let (tank, other) = (Container::new(&sim, 10.0), Container::new(&sim, 10.0));
        let (evaluated, passed) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let mut processes = Vec::new();
        for i in 1..=MILLION / 10 {
            let (env, tank) = (sim.env(), tank.clone());
            let (evaluated, passed) = (Rc::clone(&evaluated), Rc::clone(&passed));
            processes.push(sim.spawn(async move {
                let is_high = move |tank: &Container| {
                    evaluated.set(evaluated.get() + 1);
                    tank.level() >= 5.0
                };
                env.wait_until(&tank, is_high).await;
                // In the order in which they asked.
                assert!(passed.replace(i) < i);
            }));
        }
        sim.run().unwrap();
        assert_eq!(evaluated.take(), MILLION / 10);
        tank.try_put(1.0).unwrap();
        assert_eq!(evaluated.take(), MILLION / 10);
        other.try_put(9.0).unwrap();
        // The older half from its end, so that each is in the middle.
        for process in processes.iter().take(MILLION / 20).rev() {
            process.cancel();
        }
        assert_eq!(evaluated.take(), 0);
        tank.try_put(4.0).unwrap();
        tank.try_put(1.0).unwrap(); // nobody looks at this any more
        assert_eq!((evaluated.take(), passed.get()), (MILLION / 20, 0));
        sim.run().unwrap();
        assert_eq!((passed.get(), sim.blocked().len()), (MILLION / 10, 0));
        drop((processes, sim, tank, other, evaluated, passed));
        freed(before);
    });
}

#[test]
fn a_million_processes_wait_for_the_end_of_one_instant() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let (processes, passed) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(0)));
        for i in 0..MILLION {
            let (env, passed) = (sim.env(), Rc::clone(&passed));
            processes.borrow_mut().push(sim.spawn(async move {
                env.timeout(1.0).await;
                env.settled().await;
                // In the order in which they asked.
                assert!(passed.replace(i) < i && env.now() == 1.0);
            }));
        }
        let (env, cancelled, seen) = (sim.env(), Rc::clone(&processes), Rc::clone(&passed));
        sim.spawn(async move {
            env.timeout(1.0).await;
            env.timeout(0.0).await;
            // The older half from its end, so that each is in the middle of the line.
            for process in cancelled.borrow().iter().take(MILLION / 2).rev() {
                process.cancel();
            }
            assert_eq!(seen.get(), 0);
        });
        sim.run().unwrap();
        assert_eq!((passed.get(), sim.blocked().len()), (MILLION - 1, 0));
        drop((processes, sim, passed));
        freed(before);
    });
}

#[test]
fn a_request_that_loses_a_million_races_by_reference_leaves_nothing_behind() {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1);
    let _busy = clerk.try_acquire();
    let (env, waited_for) = (sim.env(), clerk.clone());
    sim.spawn(async move {
        let mut turn = waited_for.acquire();
        for _ in 0..MILLION {
            asim!(match FirstOf(turn = &mut turn, late = env.timeout(1.0)).await {
                FirstOf::Turn(_) => unreachable!("the clerk is busy"),
                FirstOf::Late(()) => {}
            });
        }
    });
    sim.run_until(1000.0).unwrap();
    let (result, more) = peak(|| sim.run_until(1e6 - 0.5));
    result.unwrap();
    assert!(more < 4096, "{more} bytes");
    assert_eq!(clerk.waiting(), 1);
}

#[test]
fn a_million_slots_change_hands_without_recursion() {
    on_a_small_stack(|| {
        let sim = Simulation::new();
        let (clerk, served) = (Resource::new(&sim, 1), Rc::new(Cell::new(0)));
        let mut processes = Vec::new();
        for _ in 0..MILLION / 4 {
            let (clerk, served) = (clerk.clone(), Rc::clone(&served));
            processes.push(sim.spawn(async move {
                let slot = clerk.acquire().await;
                served.set(served.get() + 1);
                slot.release();
            }));
        }
        sim.run().unwrap();
        assert_eq!(served.get(), MILLION / 4);
        // And when every holder in turn is cancelled before it resumes.
        let holder = clerk.try_acquire();
        let mut processes = Vec::new();
        for _ in 0..MILLION / 4 {
            let clerk = clerk.clone();
            processes.push(sim.spawn(async move { drop(clerk.acquire().await) }));
        }
        sim.run().unwrap();
        drop(holder);
        for process in &processes {
            process.cancel();
        }
        assert_eq!(clerk.count(), 0);
    });
}

#[test]
fn a_million_items_through_a_channel_allocate_nothing() {
    for capacity in [0, 1, 100] {
        let sim = Simulation::new();
        let (output, input) = channel(&sim, capacity);
        let env = sim.clone();
        sim.spawn(async move {
            for start in [0, 1000] {
                for item in start..start + if start == 0 { 1000 } else { MILLION } {
                    output.send(item).await.unwrap();
                }
                env.timeout(1.0).await;
            }
            env.timeout(9.0).await;
        });
        let received = Rc::new(Cell::new(0));
        let count = Rc::clone(&received);
        sim.spawn(async move {
            while let Ok(item) = input.recv().await {
                assert_eq!(item, count.replace(item + 1));
            }
        });
        sim.run_until(0.5).unwrap();
        assert_eq!(received.get(), 1000);
        let (result, more) = peak(|| sim.run_until(1.5));
        result.unwrap();
        assert_eq!((received.get(), more), (1000 + MILLION, 0));
    }
}

#[test]
fn races_between_channels_leave_nothing_behind() {
    let sim = Simulation::new();
    let ((left_out, left), (right_out, right)) = (channel(&sim, 0), channel(&sim, 0));
    for (output, offset) in [(left_out, 0), (right_out, 1)] {
        let env = sim.clone();
        sim.spawn(async move {
            for item in 0..MILLION / 10 {
                output.send(2 * item + offset).await.unwrap();
                if item.is_multiple_of(3) {
                    env.timeout(1.0).await;
                }
            }
        });
    }
    let received = Rc::new(Cell::new(0));
    let count = Rc::clone(&received);
    sim.spawn(async move {
        let (mut next_left, mut next_right) = (0, 1);
        loop {
            asim!(match FirstOf(left = left.recv(), right = right.recv()).await {
                FirstOf::Left(Ok(item)) => {
                    assert_eq!(item, next_left);
                    next_left += 2;
                }
                FirstOf::Right(Ok(item)) => {
                    assert_eq!(item, next_right);
                    next_right += 2;
                }
                FirstOf::Left(Err(_)) | FirstOf::Right(Err(_)) => break,
            });
            count.set(count.get() + 1);
        }
        while left.recv().await.is_ok() || right.recv().await.is_ok() {
            count.set(count.get() + 1);
        }
    });
    sim.run_until(100.0).unwrap();
    let (result, more) = peak(|| sim.run());
    result.unwrap();
    assert_eq!(received.get(), MILLION / 5);
    assert!(more < 4096, "{more} bytes");
}

#[test]
fn the_end_goes_down_a_pipeline_of_a_hundred_thousand_processes() {
    on_a_small_stack(|| {
        for ends in ["returns", "is cancelled", "is dropped"] {
            let before = in_use();
            let sim = Simulation::new();
            let (output, mut input) = channel(&sim, 0);
            for _ in 0..MILLION / 10 {
                let (out, next) = channel::<u32>(&sim, 0);
                let input = std::mem::replace(&mut input, next);
                sim.spawn(async move {
                    while let Ok(item) = input.recv().await {
                        if out.send(item).await.is_err() {
                            break;
                        }
                    }
                });
            }
            let env = sim.clone();
            let source = sim.spawn(async move {
                for item in 0..5 {
                    output.send(item).await.unwrap();
                }
                env.timeout(1.0).await;
            });
            let received = sim.spawn(async move {
                let mut count = 0;
                while input.recv().await.is_ok() {
                    count += 1;
                }
                Ok::<u32, String>(count)
            });
            sim.run_until(0.5).unwrap();
            if ends == "is cancelled" {
                source.cancel();
            }
            if ends == "is dropped" {
                drop(received);
            } else {
                assert_eq!(sim.run_until_event(received).unwrap(), Ok(5));
                assert!(sim.blocked().is_empty());
            }
            drop((source, sim));
            freed(before);
        }
    });
}

#[test]
fn a_million_sends_leave_their_line_or_are_refused_without_a_scan() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let (output, input) = channel(&sim, 0);
        let mut sends: Vec<_> = (0..MILLION).map(|item| output.send(item)).collect();
        for at in (MILLION / 4..MILLION / 2).rev() {
            drop(sends.swap_remove(at));
        }
        drop(input);
        for send in sends {
            assert!(sim.run_until_event(send).unwrap().is_err());
        }
        drop(output);
        let (output, input) = channel::<u32>(&sim, 0);
        let receives: Vec<_> = (0..MILLION).map(|_| input.recv()).collect();
        drop(output);
        for receive in receives {
            assert!(sim.run_until_event(receive).unwrap().is_err());
        }
        drop((sim, input));
        freed(before);
    });
}

#[test]
fn a_hundred_thousand_processes_are_told_and_ended_when_the_run_ends() {
    on_a_small_stack(|| {
        let before = in_use();
        let sim = Simulation::new();
        let told = Rc::new(Cell::new(0));
        for i in 0..MILLION / 10 {
            let (env, told) = (sim.clone(), Rc::clone(&told));
            sim.spawn(async move {
                if i.is_multiple_of(2) {
                    let _ = env.interruptible(std::future::pending::<()>()).await;
                    told.set(told.get() + 1);
                } else {
                    env.timeout(f64::INFINITY).await;
                }
            });
        }
        let env = sim.clone();
        let producer = sim.spawn(async move { env.timeout(1.0).await });
        sim.run_all([producer]).unwrap();
        assert_eq!((told.get(), sim.blocked().len()), (MILLION / 20, 0));
        drop((sim, told));
        freed(before);
    });
}

/// Returns how many bytes a process takes, without its future, if that many processes wait for
/// ever.
#[allow(clippy::cast_precision_loss, reason = "counts of bytes as figures")]
fn bytes_a_process<F>(count: usize, wait: impl Fn(Environment) -> F) -> f64
where
    F: Future<Output = ()> + 'static,
{
    let sim = Simulation::new();
    let before = in_use();
    for _ in 0..count {
        sim.spawn(wait(sim.clone()));
    }
    sim.run_until(1.0).unwrap();
    assert_eq!(sim.blocked().len(), count);
    (in_use() - before) as f64 / count as f64 - size_of::<F>() as f64
}

#[test]
#[cfg(target_pointer_width = "64")]
fn an_idle_process_takes_at_most_100_bytes_beside_its_future() {
    const FULL: usize = 1 << 20;
    let idle = |_| async { std::future::pending::<()>().await };
    let asleep = |env: Environment| async move { env.timeout(1e6).await };
    // 48 bytes for its cell, 24 for the head of its body, and up to 7 by which the body is rounded up.
    let bytes = bytes_a_process(FULL, idle);
    assert!(bytes <= 80.0, "{bytes} bytes each, where the tables are full");
    let bytes = bytes_a_process(MILLION, idle);
    assert!(bytes <= 82.0, "{bytes} bytes each");
    // Tables grow by doubling. With the next process they are twice the size, half of them empty.
    let bytes = bytes_a_process(FULL + 1, idle);
    assert!(bytes <= 128.0, "{bytes} bytes each, where the tables have just grown");
    // One that waits for time to pass has an entry of the agenda as well.
    let bytes = bytes_a_process(FULL, asleep);
    assert!(bytes <= 80.0 + 17.0, "{bytes} bytes each, asleep");
    let bytes = bytes_a_process(MILLION, asleep);
    assert!(bytes <= 82.0 + 17.0, "{bytes} bytes each, asleep");
}

#[test]
fn the_bodies_of_ended_processes_go_with_the_simulation_whoever_holds_its_environment() {
    let sim = Simulation::new();
    let env = Environment::clone(&sim);
    let before = in_use();
    for _ in 0..1000 {
        let env = env.clone();
        sim.spawn(async move {
            let large = [0_u8; 1000];
            env.timeout(1.0).await;
            assert_eq!(large.len(), 1000);
        });
    }
    sim.run().unwrap();
    drop(sim);
    assert!(in_use() < before + 500_000, "{} bytes are left", in_use() - before);
    assert_eq!(env.now(), 1.0);
}

/// A future that shows the waker with which it was polled last, and is never over.
fn shows(waker: &Rc<RefCell<Option<Waker>>>) -> impl Future<Output = ()> + 'static {
    let waker = Rc::clone(waker);
    std::future::poll_fn(move |context| {
        *waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    })
}

#[test]
fn a_process_that_is_woken_a_million_times_between_two_turns_is_noted_once() {
    let sim = Simulation::new();
    let shown = Rc::default();
    sim.spawn(shows(&shown));
    sim.run().unwrap();
    let waker = shown.borrow().clone().unwrap();
    let ((), more) = peak(|| {
        for _ in 0..MILLION {
            waker.wake_by_ref();
        }
    });
    assert!(more < 4096, "{more} bytes");
    let (result, more) = peak(|| sim.run());
    result.unwrap();
    assert!(more < 4096, "{more} bytes");
}

#[test]
fn timeouts_that_are_polled_by_hand_and_then_awaited_leave_nothing_behind() {
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        for _ in 0..MILLION {
            let mut timeout = env.timeout(1.0);
            assert!((&mut timeout).into_future().now_or_never().is_none());
            timeout.await;
        }
    });
    sim.run_until(1000.0).unwrap();
    let (result, more) = peak(|| sim.run());
    result.unwrap();
    assert_eq!(sim.peek(), None);
    assert!(more < 4096, "{more} bytes");
}

#[test]
#[allow(clippy::large_stack_arrays, reason = "there is a stack for them")]
fn of_ended_processes_with_large_bodies_the_memory_goes_back() {
    // The bodies pass through the stack when the processes are started.
    on_a_stack_of(256 << 20, || {
        const MEBIBYTE: usize = 1 << 20;
        let sim = Simulation::new();
        let before = in_use();
        let ((), more) = peak(|| {
            for _ in 0..512 {
                sim.spawn(holds(sim.env(), [0_u8; MEBIBYTE]));
            }
            sim.run().unwrap();
        });
        assert!(more > 512 * MEGABYTE, "{more} bytes at most");
        let left = in_use() - before;
        assert!(left < MEGABYTE / 4, "{left} bytes are left");
        // Smaller bodies are kept, up to a quarter of that.
        for _ in 0..10_000 {
            sim.spawn(holds(sim.env(), [0_u8; 1000]));
        }
        sim.run().unwrap();
        let left = in_use() - before - left;
        assert!(left < 2 * MEGABYTE, "{left} bytes are left");
    });
}

/// Waits with the given bytes in its future.
async fn holds<const SIZE: usize>(env: Environment, bytes: [u8; SIZE]) {
    env.timeout(1.0).await;
    assert_eq!(bytes.len(), SIZE);
}

/// Cancels a process as it is dropped.
struct Cancels(Option<ProcessRef>);

impl Drop for Cancels {
    fn drop(&mut self) {
        if let Some(next) = self.0.take() {
            next.cancel();
        }
    }
}

#[test]
fn a_hundred_thousand_processes_each_cancelling_the_next_as_it_is_dropped_take_no_stack() {
    on_a_small_stack(|| {
        for dropped in ["the first", "the simulation"] {
            let before = in_use();
            let sim = Simulation::new();
            let mut next = Cancels(None);
            for _ in 0..MILLION / 10 {
                let (env, held) = (sim.env(), next);
                let process = sim.spawn(async move {
                    let _held = held;
                    env.timeout(f64::INFINITY).await;
                });
                next = Cancels(Some(process.process_ref()));
            }
            sim.run().unwrap();
            assert_eq!(sim.blocked().len(), MILLION / 10);
            if dropped == "the first" {
                drop(next);
                assert!(sim.blocked().is_empty());
                drop(sim);
            } else {
                drop(sim);
                drop(next);
            }
            freed(before);
        }
    });
}

type Chained = Result<Link, std::convert::Infallible>;

/// The handle of the next process.
#[allow(dead_code, reason = "held, not joined")]
struct Link(Option<ProcessHandle<Chained>>);

#[test]
fn a_hundred_thousand_results_each_holding_the_handle_of_the_next_take_no_stack() {
    on_a_small_stack(|| {
        for dropped in ["the first", "the simulation"] {
            let before = in_use();
            let sim = Simulation::new();
            let mut next = Link(None);
            for _ in 0..MILLION / 10 {
                let link = next;
                next = Link(Some(sim.spawn(async move { Chained::Ok(link) })));
            }
            sim.run().unwrap();
            if dropped == "the first" {
                drop(next);
                drop(sim);
            } else {
                drop(sim);
                drop(next);
            }
            freed(before);
        }
    });
}

#[test]
fn whoever_holds_a_hundred_thousand_slots_asks_for_as_many_more_without_a_scan() {
    let sim = Simulation::new();
    let server = PreemptiveResource::new(&sim, MILLION / 10);
    let (env, asker) = (sim.env(), server.clone());
    sim.spawn(async move {
        let own: Vec<_> = (0..MILLION / 10).map(|_| asker.acquire_with_priority(9)).collect();
        env.timeout(1.0).await;
        let more: Vec<_> = (0..MILLION / 10).map(|_| asker.acquire_with_priority(0)).collect();
        env.timeout(1.0).await;
        // None of its own slots has been taken away: the first one goes to the first waiting
        // request.
        drop(own);
        env.timeout(1.0).await;
        drop(more);
    });
    for (time, waiting) in [(0.5, 0), (1.5, MILLION / 10), (2.5, 0)] {
        sim.run_until(time).unwrap();
        assert_eq!((server.count(), server.waiting()), (MILLION / 10, waiting));
    }
    sim.run().unwrap();
    assert_eq!((server.count(), server.waiting()), (0, 0));
}

#[test]
fn a_wake_of_nobody_in_particular_leaves_nothing_behind_among_those_who_wait() {
    let sim = Simulation::new();
    sim.lift_instant_limit();
    let first: Rc<RefCell<Option<Waker>>> = Rc::default();
    let kept = Rc::clone(&first);
    sim.spawn(std::future::poll_fn(move |context| {
        // It keeps the first waker for ever, and this waker does not belong to its process alone.
        kept.borrow_mut().get_or_insert_with(|| context.waker().clone());
        Poll::<()>::Pending
    }));
    for _ in 0..MILLION / 10 {
        let env = sim.env();
        sim.spawn(async move { env.timeout(f64::INFINITY).await });
    }
    sim.run().unwrap();
    let waker = first.borrow().clone().unwrap();
    let ((), more) = peak(|| {
        for _ in 0..MILLION / 10 {
            waker.wake_by_ref();
            sim.run().unwrap();
        }
    });
    assert!(more < 4096, "{more} bytes");
    assert_eq!(sim.blocked().len(), 1 + MILLION / 10);
}

/// How many processes an entry of the table has in turn before it is given up.
const REUSES: u64 = 1 << 30;
/// How many processes are looked at before and after that number.
const NEAR: u64 = 64;

// ---- why nothing happens

/// Starts a ring of philosophers, each of whom waits for the fork of the next, and others who wait for one
/// desk, for orders, and in races.
fn a_deadlock_of(sim: &Simulation, philosophers: usize, others: usize) {
    let forks: Vec<_> = (0..philosophers).map(|_| Resource::new(sim, 1)).collect();
    for at in 0..philosophers {
        let (env, left) = (sim.env(), forks[at].clone());
        let right = forks[(at + 1) % philosophers].clone();
        sim.spawn(async move {
            let _left = left.acquire().await;
            env.timeout(1.0).await;
            let _right = right.acquire().await;
        });
    }
    let desks = Resource::new(sim, 1000).named("desks");
    let orders = Queue::<u32>::unbounded(sim);
    for at in 0..others {
        let (desks, orders, fork) = (desks.clone(), orders.clone(), forks[0].clone());
        sim.spawn(async move {
            let _desk = desks.acquire().await;
            if at % 2 == 0 {
                let _fork = fork.acquire().await;
            } else {
                asim!(match FirstOf(order = orders.get(), fork = fork.acquire()).await {
                    FirstOf::Order(_) | FirstOf::Fork(_) => {}
                });
            }
        });
    }
    sim.run().unwrap();
}

#[track_caller]
fn assert_told(sim: &Simulation, philosophers: usize, others: usize) {
    let standstill = sim.standstill();
    assert_eq!(standstill.waits.len(), philosophers + others);
    assert!(standstill.is_complete && standstill.waits.iter().all(|blocked| blocked.is_stuck));
    assert_eq!(standstill.circles.len(), 1);
    assert_eq!(standstill.circles[0].links.len(), philosophers);
    let text = standstill.to_string();
    assert_eq!(text.lines().count(), 1 + 1 + 100 + 1, "{text}");
    assert!(text.len() < 100_000, "{text}");
}

#[test]
fn a_large_deadlock_is_found_without_recursion_and_without_looking_at_all_pairs() {
    on_a_small_stack(|| {
        let sim = Simulation::new();
        a_deadlock_of(&sim, 50_000, 50_000);
        assert_told(&sim, 50_000, 50_000);
    });
}

#[test]
#[ignore = "it measures time, and is for a release build"]
fn a_million_blocked_processes_are_told_within_a_second() {
    let sim = Simulation::new();
    let (philosophers, others) = (MILLION / 10, MILLION * 9 / 10);
    a_deadlock_of(&sim, philosophers, others);
    let begun = std::time::Instant::now();
    let standstill = sim.standstill();
    let text = standstill.to_string();
    let took = begun.elapsed();
    println!("{took:?} for {} characters", text.len());
    assert_told(&sim, philosophers, others);
    assert!(took.as_secs_f64() <= 1.0, "{took:?}");
}

#[test]
fn things_that_come_and_go_leave_nothing_in_the_list_of_things() {
    let before = in_use();
    let sim = Simulation::new();
    let env = sim.env();
    sim.spawn(async move {
        for _ in 0..MILLION / 10 {
            let (queue, gate) = (Queue::<u32>::unbounded(&env), Gate::new_closed(&env));
            let event = env.event::<()>();
            let wait = event.wait();
            event.succeed(());
            wait.await;
            drop((queue, gate));
        }
    });
    sim.run().unwrap();
    let used = in_use() - before;
    assert!(used < MEGABYTE / 4, "{used} bytes for things that have gone");
    drop(sim);
    freed(before);
}

#[test]
#[ignore = "it takes a minute, and is for a release build"]
fn the_ref_of_a_process_that_is_over_reaches_none_of_the_billion_in_its_place() {
    let sim = Simulation::new();
    sim.lift_instant_limit();
    let dead = sim.spawn(async {}).process_ref();
    sim.run().unwrap();
    for _ in 0..REUSES - NEAR {
        sim.spawn(async {});
        sim.run().unwrap();
    }
    for _ in 0..2 * NEAR {
        let env = sim.env();
        let stranger = sim.spawn(async move { env.timeout(f64::INFINITY).await });
        sim.run().unwrap();
        assert!(dead.done());
        dead.interrupt(());
        dead.cancel();
        sim.run().unwrap();
        assert!(!stranger.done());
        stranger.cancel();
    }
}

#[test]
#[ignore = "it takes half a minute, and is for a release build"]
fn an_old_timeout_is_none_of_the_billion_that_its_process_starts_after_it() {
    let sim = Simulation::new();
    let env = sim.env();
    let process = sim.spawn(async move {
        // They fire while another one is awaited.
        let mut old = Vec::new();
        for _ in 0..8 {
            old.push(env.timeout(1.0));
            env.timeout(1.0).await;
        }
        for _ in 0..REUSES - NEAR {
            env.timeout(1.0).await;
        }
        for i in 0..2 * NEAR {
            let next = env.timeout(1.0);
            for old in &old {
                assert_eq!(format!("{old:?}"), "Timeout { pending: false, .. }");
            }
            if i % 16 == 0 {
                drop(old.pop());
            }
            let now = env.now();
            next.await;
            assert_eq!(env.now(), now + 1.0);
        }
    });
    sim.run().unwrap();
    assert!(process.done());
}

#[test]
#[ignore = "it takes half a minute, and is for a release build"]
fn an_old_timeout_of_no_process_is_none_of_the_billion_after_it() {
    let sim = Simulation::new();
    let old = sim.timeout(1.0);
    sim.run().unwrap();
    for _ in 0..REUSES - NEAR {
        drop(sim.timeout(1.0));
    }
    for _ in 0..2 * NEAR {
        let _next = sim.timeout(1.0);
        assert_eq!(format!("{old:?}"), "Timeout { pending: false, .. }");
    }
    let next = sim.timeout(1.0);
    drop(old);
    sim.run_until_event(next).unwrap();
}

#[test]
#[ignore = "it takes half a minute, and is for a release build"]
fn a_slot_that_was_taken_away_is_none_of_the_billion_granted_after_it() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let (env, shared) = (sim.env(), machine.clone());
    let holder = sim.spawn(async move {
        let slot = shared.acquire_with_priority(9).await;
        env.interruptible(env.timeout(f64::INFINITY)).await.unwrap_err();
        Ok::<_, std::convert::Infallible>(slot)
    });
    sim.run().unwrap();
    drop(machine.acquire_with_priority(0));
    let old = sim.run_until_event(holder).unwrap().unwrap();
    for _ in 0..REUSES - NEAR {
        drop(machine.acquire_with_priority(9));
    }
    for _ in 0..2 * NEAR {
        let _next = machine.acquire_with_priority(9);
        assert!(old.revoked());
    }
    let _next = machine.acquire_with_priority(9);
    drop(old);
    assert_eq!(machine.count(), 1);
}
