//! Rule 8. Dropping the simulation, a handle or a process at any point is safe and releases what
//! was held; no process code runs after its simulation is gone, and the calls that the `Drop`s of a
//! process then make are refused quietly. Only the owner can run. (That nothing leaks is shown in
//! `failure.rs`.)

use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Waker};

use asim::prelude::*;

use crate::trace::Trace;

/// Calls a function when it is dropped.
struct AtDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn rule_08_dropping_the_simulation_drops_every_process() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let event = sim.event::<()>();
    let mut handles = Vec::new();
    let (getter, note) = (queue.clone(), trace.clone());
    handles.push(sim.spawn(async move {
        let _noted = note.drop_of("the getter");
        getter.get().await;
    }));
    let (env, note) = (sim.clone(), trace.clone());
    handles.push(sim.spawn(async move {
        let _noted = note.drop_of("the sleeper");
        env.timeout(9.0).await;
    }));
    let (env, note) = (sim.clone(), trace.clone());
    handles.push(sim.spawn(async move {
        let _noted = note.drop_of("the racer");
        first_of([all_of([event.clone(), event.clone()]), all_of([event.clone()])]).await;
        env.timeout(1.0).await;
    }));
    sim.run_until(1.0).unwrap();
    let note = trace.drop_of("what has never started");
    handles.push(sim.spawn(async move { drop(note) }));
    drop(sim);
    trace.is(&[
        "1 the getter is dropped",
        "1 the sleeper is dropped",
        "1 the racer is dropped",
        "1 what has never started is dropped",
    ]);
    assert!(handles.iter().all(|handle| handle.done()), "whoever still holds a handle");
}

#[test]
fn rule_08_dropping_a_handle_lets_the_process_run_on() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let handle = sim.spawn(async move {
        env.timeout(1.0).await;
        note.note("done");
    });
    sim.run_until(0.5).unwrap();
    drop(handle);
    sim.run().unwrap();
    trace.is(&["1 done"]);
}

#[test]
fn rule_08_a_handle_dropped_while_it_is_awaited_lets_the_process_run_on() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let job = sim.spawn(async move {
        env.timeout(1.0).await;
        note.note("done");
    });
    let joiner = sim.spawn(async move { job.await.unwrap() });
    sim.run_until(0.5).unwrap();
    joiner.cancel();
    sim.run().unwrap();
    trace.is(&["1 done"]);
}

#[test]
fn rule_08_cancelling_a_process_releases_what_it_held() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (clerk, queue) = (Resource::new(&sim, 2), Queue::unbounded(&sim));
    queue.try_put(1).unwrap();
    let (env, held, items, note) = (sim.clone(), clerk.clone(), queue.clone(), trace.clone());
    let process = sim.spawn(async move {
        let _noted = note.drop_of("the process");
        let _slot = held.acquire().await;
        let _unawaited = held.acquire();
        let _item = items.get();
        env.timeout(9.0).await;
    });
    sim.run_until(1.0).unwrap();
    assert_eq!((clerk.count(), queue.len()), (2, 0));
    process.cancel();
    trace.is(&["1 the process is dropped"]);
    assert_eq!((clerk.count(), queue.len()), (0, 1));
    assert!(process.done());
    assert_eq!(sim.peek(), None);
}

#[test]
fn rule_08_a_process_that_cancels_itself_ends_when_it_next_pauses() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    let process = sim.spawn(async move {
        env.active_process().unwrap().cancel();
        note.note("still here");
        env.timeout(1.0).await;
        note.note("never");
    });
    assert!(matches!(sim.run_until_event(process).unwrap(), Err(Stopped::Cancelled)));
    trace.is(&["0 still here"]);
    // A process that cancels itself and then ends without a pause has finished.
    let env = sim.clone();
    let process = sim.spawn(async move {
        env.active_process().unwrap().cancel();
        Ok::<_, String>(3)
    });
    assert_eq!(sim.run_until_event(process).unwrap(), Ok(3));
}

#[test]
fn rule_08_a_cancelled_process_tells_its_joiner_after_it_has_released_what_it_held() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let clerk = Resource::new(&sim, 1);
    let held = clerk.clone();
    let holder = sim.spawn(async move {
        let _slot = held.acquire().await;
        std::future::pending::<()>().await;
    });
    let victim = holder.process_ref();
    let note = trace.clone();
    sim.spawn(async move { note.note(format_args!("joined: {:?}", holder.await)) });
    let (next, note) = (clerk.clone(), trace.clone());
    sim.spawn(async move {
        let _slot = next.acquire().await;
        note.note("next in line");
    });
    sim.run().unwrap();
    victim.cancel();
    sim.run().unwrap();
    trace.is(&["0 next in line", "0 joined: Err(Cancelled)"]);
}

#[test]
fn rule_08_what_a_drop_tries_when_its_simulation_is_gone_is_refused_quietly() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (queue, full) = (Queue::unbounded(&sim), Queue::bounded(&sim, 1));
    full.try_put(0).unwrap();
    queue.try_put(0).unwrap();
    let (store, heap) = (Store::unbounded(&sim), PriorityQueue::unbounded(&sim));
    let (event, clerk) = (sim.event(), Resource::new(&sim, 1));
    let (env, note) = (sim.clone(), trace.clone());
    let sleeper = sim.spawn({
        let env = env.clone();
        async move { env.timeout(5.0).await }
    });
    let (waiter, shared) = (trace.clone(), event.clone());
    sim.spawn(async move {
        shared.await;
        waiter.note("code of a process runs");
    });
    sim.spawn(async move {
        let _at_drop = AtDrop(|| {
            let env = env.clone();
            let note = note.clone();
            let code = note.clone();
            drop(env.spawn(async move { code.note("code of a process runs") }));
            drop(env.timeout(1.0));
            drop(all_of([env.timeout(1.0), env.timeout(2.0)]));
            drop(first_of([queue.get(), queue.get()]));
            drop((queue.get(), full.put(1), store.put(1), heap.put(1)));
            drop((store.get_where(|_| true), heap.get()));
            drop((queue.try_get(), full.try_put(2), store.try_put(1), heap.try_put(2)));
            drop((clerk.acquire(), clerk.try_acquire()));
            drop((&event).into_future());
            drop(env.interruptible(env.timeout(1.0)));
            event.try_succeed(()).ok();
            sleeper.interrupt(());
            sleeper.cancel();
            assert!(env.active_process().is_none());
            note.note(format_args!("tried at {}", env.now()));
        });
        env.timeout(9.0).await;
    });
    sim.run_until(1.0).unwrap();
    drop(sim);
    trace.is(&["1 tried at 1"]);
}

#[test]
fn rule_08_handles_outlive_the_simulation() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let env = sim.clone();
    let (queue, store, event) = (Queue::unbounded(&sim), Store::bounded(&sim, 1), sim.event());
    let clerk = Resource::new(&sim, 1);
    queue.try_put(1).unwrap();
    store.try_put(1).unwrap();
    let (promised, waiting, timer) = (queue.get(), store.put(2), sim.timeout(1.0));
    let slot = clerk.try_acquire();
    let race = first_of([queue.get(), queue.get()]);
    let wait = (&event).into_future();
    let note = trace.clone();
    let handle = sim.spawn(async move { note.note("never runs") });
    drop(sim);
    assert_eq!(env.now(), 0.0);
    assert!(handle.done());
    assert_eq!((queue.len(), store.len(), clerk.count()), (0, 1, 1));
    assert!(queue.try_put(5).is_err());
    drop((promised, waiting, timer, slot, race, wait, handle));
    event.succeed(());
    assert!(event.triggered());
    env.spawn(async {}).cancel();
    trace.is(&[]);
}

#[test]
fn rule_08_a_simulation_dropped_in_the_middle_of_an_instant_runs_no_more_code() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<()>();
    for id in 0..4 {
        let (event, note) = (event.clone(), trace.clone());
        sim.spawn(async move {
            event.await;
            note.note(id);
        });
    }
    sim.run().unwrap();
    event.succeed(());
    assert!(sim.step().unwrap());
    assert!(sim.step().unwrap());
    drop(sim);
    trace.is(&["0 0", "0 1"]);
}

#[test]
fn rule_08_a_process_cannot_run_the_simulation_that_runs_it() {
    let sim = Rc::new(Simulation::new());
    let trace = Trace::of(&sim);
    let (own, note) = (Rc::downgrade(&sim), trace.clone());
    sim.spawn(async move {
        let sim = own.upgrade().unwrap();
        let panic = catch_unwind(AssertUnwindSafe(|| sim.run())).unwrap_err();
        note.note(panic.downcast_ref::<&str>().unwrap());
        assert!(catch_unwind(AssertUnwindSafe(|| sim.step())).is_err());
    });
    sim.run().unwrap();
    trace.is(&["0 a process cannot run the simulation that runs it"]);
    sim.run().unwrap();
}

#[test]
fn rule_08_one_simulation_may_run_inside_another() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        env.timeout(1.0).await;
        let inner = Simulation::starting_at(100.0);
        let inside = inner.clone();
        inner.spawn(async move { inside.timeout(5.0).await });
        inner.run().unwrap();
        note.note(inner.now());
        env.timeout(1.0).await;
        note.note("outer");
    });
    sim.run().unwrap();
    trace.is(&["1 105", "2 outer"]);
}

#[test]
fn rule_08_requests_that_await_by_foreign_wakers_may_outlive_the_simulation() {
    let mut context = Context::from_waker(Waker::noop());
    for (polled_after, triggered_after) in
        [(false, false), (true, false), (false, true), (true, true)]
    {
        let sim = Simulation::new();
        let (queue, event) = (Queue::<u32>::bounded(&sim, 1), sim.event::<()>());
        let mut get = Box::pin(queue.get().into_future());
        let mut wait = Box::pin(event.clone().into_future());
        assert!(get.as_mut().poll(&mut context).is_pending());
        assert!(wait.as_mut().poll(&mut context).is_pending());
        drop(sim);
        if polled_after {
            assert!(get.as_mut().poll(&mut context).is_pending());
            assert!(wait.as_mut().poll(&mut context).is_pending());
        }
        if triggered_after {
            assert!(event.try_succeed(()).is_ok());
            assert!(queue.try_put(1).is_err());
        }
        drop((get, wait));
    }
}
