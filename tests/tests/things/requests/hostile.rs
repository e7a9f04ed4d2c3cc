//! What once went wrong, or goes wrong elsewhere, for a request: that it goes well for one that is kept,
//! boxed or mapped.

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, pending};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use asim::BoxedWaitable;
use asim::prelude::*;
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};

/// Panics, and prints nothing.
fn plant() {
    if !std::thread::panicking() {
        resume_unwind(Box::new("planted"));
    }
}

/// Whether it panics.
fn panics<R>(act: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(|| drop(act()))).is_err()
}

/// Calls a function when it is dropped.
struct AtDrop(Option<Box<dyn FnOnce()>>);

impl AtDrop {
    fn new(act: impl FnOnce() + 'static) -> Self {
        AtDrop(Some(Box::new(act)))
    }
}

impl Drop for AtDrop {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

thread_local! {
    static ON_WAKER: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    static ON_WAKE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// A waker that calls what is in `ON_WAKE` when it wakes, and what is in `ON_WAKER` when it goes.
struct Calls;

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        if let Some(act) = ON_WAKE.take() {
            act();
        }
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        if let Some(act) = ON_WAKER.take() {
            act();
        }
    }
}

/// The request in a race in a join, each in a box.
fn wrapped(request: BoxedWaitable<'_, u32>) -> BoxedWaitable<'_, u32> {
    let race = first_of([request]).mapped(|(_, output)| output).into_boxed();
    all_of([race]).mapped(|outputs| outputs[0]).into_boxed()
}

#[test]
fn a_waker_that_goes_may_decide_the_boxed_race_that_is_awaited() {
    let sim = Simulation::new();
    let (event, queue) = (sim.event::<u32>(), Queue::unbounded(&sim));
    let branches = [queue.get().into_boxed(), (&event).into_boxed()];
    let race = first_of(branches).mapped(|(_, output)| output).into_boxed();
    let race = wrapped(race);
    let process = sim.spawn(async move {
        let mut race = pin!(race.into_future());
        let waker = Waker::from(Arc::new(Calls));
        assert!(race.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        ON_WAKER.set(Some(Box::new(move || event.succeed(4))));
        assert_eq!(race.await, 4);
    });
    sim.run().unwrap();
    assert!(process.done() && queue.getters() == 0);
}

#[test]
fn a_boxed_request_granted_while_its_waker_is_replaced_takes_no_other_waker_along() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let held = desk.try_acquire();
    let mut acquire = desk.acquire().into_boxed().mapped(|slot| slot).into_boxed().into_future();
    let first = Waker::from(Arc::new(Calls));
    assert!(acquire.poll_unpin(&mut Context::from_waker(&first)).is_pending());
    drop(first);
    ON_WAKER.set(Some(Box::new(move || drop(held))));
    let second = Waker::from(Arc::new(Calls));
    let _ = acquire.poll_unpin(&mut Context::from_waker(&second)).is_ready();
    let event = sim.event::<()>();
    let wait = (&event).into_boxed();
    let other = sim.spawn(async move {
        let mut all: FuturesUnordered<_> = [wait.into_future()].into_iter().collect();
        all.next().await;
    });
    sim.run().unwrap();
    drop(acquire);
    event.succeed(());
    sim.run().unwrap();
    assert!(other.done());
    assert_eq!(desk.count(), 0);
}

#[test]
fn what_a_boxed_join_that_panics_as_it_goes_has_left_is_done_by_the_next_run() {
    let sim = Simulation::new();
    let (queue, desk) = (Queue::bounded(&sim, 1), Resource::new(&sim, 1));
    let _now = queue.put(AtDrop(None));
    let put = queue.put(AtDrop::new(plant)).into_boxed();
    let both = all_of([put, desk.acquire().mapped(drop).into_boxed()]).into_boxed();
    let line = desk.acquire().into_boxed().into_future();
    let other = sim.spawn(async move {
        let mut all: FuturesUnordered<_> = [line].into_iter().collect();
        drop(all.next().await);
    });
    sim.run().unwrap();
    assert!(panics(|| drop(both)));
    sim.run().unwrap();
    assert!(other.done());
    assert_eq!((desk.count(), queue.putters()), (0, 0));
}

#[test]
fn a_boxed_composition_whose_branch_panics_as_it_goes_is_freed() {
    let counted = Rc::new(());
    {
        let sim = Simulation::new();
        let (queue, other) = (Queue::bounded(&sim, 1), sim.event::<()>());
        let _now = queue.put(Rc::clone(&counted));
        let local = AtDrop::new(plant);
        let bad = async move {
            let _local = local;
            pending::<()>().await;
        };
        let branches =
            [queue.put(Rc::clone(&counted)).into_boxed(), other.into_boxed(), bad.into_boxed()];
        let mut race = all_of([first_of(branches)]).into_boxed().into_future();
        assert!((&mut race).now_or_never().is_none());
        assert!(panics(|| drop(race)));
    }
    assert_eq!(Rc::strong_count(&counted), 1);
}

#[test]
fn a_panic_caught_inside_a_boxed_race_blinds_no_interruptible() {
    let sim = Simulation::new();
    let env = sim.env();
    let process = sim.spawn(async move {
        for _ in 0..2 {
            let bad = async { resume_unwind(Box::new("bad")) }.into_boxed();
            let inner = first_of([env.timeout(9.0).into_boxed(), bad]).mapped(drop).into_boxed();
            let race = first_of([env.timeout(9.0).into_boxed(), inner]).into_boxed();
            assert!(AssertUnwindSafe(race.into_future()).catch_unwind().await.is_err());
            let part = env.interruptible(async { resume_unwind(Box::new("bad")) });
            let part = part.mapped(|_: Result<(), _>| ()).into_boxed();
            assert!(AssertUnwindSafe(part.into_future()).catch_unwind().await.is_err());
        }
        let part = env.interruptible(env.timeout(5.0).into_boxed());
        assert!(part.into_boxed().await.is_err());
        Ok::<_, String>(env.now())
    });
    sim.run_until(3.0).unwrap();
    process.interrupt("hello");
    assert_eq!(sim.run_until_event(process).unwrap(), Ok(3.0));
}

#[test]
fn an_interruptible_raced_by_reference_in_a_box_catches_after_a_lost_round() {
    let sim = Simulation::new();
    let env = sim.env();
    let worker = sim.spawn(async move {
        let mut shift = pin!(env.interruptible(env.timeout(8.0)));
        loop {
            let shift = shift.as_mut().mapped(|end| Some(end.is_err())).into_boxed();
            let tick = env.timeout(1.0).mapped(|()| None).into_boxed();
            if let (_, Some(interrupted)) = first_of([shift, tick]).into_boxed().await {
                return Ok::<_, String>((interrupted, env.now()));
            }
        }
    });
    sim.run_until(2.5).unwrap();
    worker.interrupt("strike");
    assert_eq!(sim.run_until_event(worker).unwrap(), Ok((true, 2.5)));
}

#[test]
fn boxed_compositions_that_are_dropped_or_taken_let_go_of_the_last_slot() {
    for taken in [false, true] {
        let sim = Simulation::new();
        let desk = Resource::new(&sim, 1);
        let (handed, other) = (sim.event::<Rc<Slot>>(), sim.event::<Rc<Slot>>());
        let branches = [(&handed).into_boxed(), (&other).into_boxed()];
        let wait = if taken {
            first_of(branches).mapped(drop).into_boxed()
        } else {
            all_of(branches).mapped(drop).into_boxed()
        };
        handed.succeed(Rc::new(desk.try_acquire().unwrap()));
        drop((handed, other));
        let next = desk.acquire();
        assert!(!next.triggered());
        if taken {
            sim.run_until_event(wait).unwrap();
        } else {
            drop(wait);
        }
        assert!(next.triggered());
    }
}

#[test]
fn a_boxed_race_that_is_lost_hands_back_within_the_capacity() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put("a").unwrap();
    let get = queue.get().into_boxed();
    queue.try_put("b").unwrap();
    let put = queue.put("c").into_boxed();
    // Decided at the call: the get loses.
    let now = sim.event();
    now.succeed("now");
    let race = first_of([(&now).into_boxed(), get]).into_boxed();
    assert_eq!((queue.len(), queue.putters()), (1, 1));
    assert_eq!(queue.try_get(), Some("a"), "it is the first again");
    assert_eq!(queue.try_get(), Some("b"));
    assert_eq!(queue.try_get(), Some("c"));
    assert!(put.triggered() && race.triggered());
}

#[test]
fn an_amount_that_comes_back_from_a_boxed_race_wakes_the_next() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let (big, small) = (tank.get(8.0).into_boxed(), tank.get(5.0).into_boxed());
    let lost = first_of([big, sim.timeout(f64::INFINITY).into_boxed()]).into_boxed();
    tank.try_put(9.0).unwrap();
    assert!(lost.triggered() && !small.triggered());
    drop(lost);
    assert!(small.triggered());
    assert_eq!(tank.level(), 4.0);
}

#[test]
fn those_behind_a_boxed_unit_request_whose_filter_panics_are_served_by_the_next_run() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [1]);
    let taken = pool.acquire().into_boxed();
    let is_moody = Rc::new(Cell::new(false));
    let mood = Rc::clone(&is_moody);
    let _first = pool
        .acquire_where(move |_| {
            if mood.get() {
                plant();
            }
            false
        })
        .into_boxed();
    let gets = pool.clone();
    let second = sim.spawn(async move { drop(gets.acquire().into_boxed().await) });
    sim.run().unwrap();
    is_moody.set(true);
    assert!(panics(|| drop(taken)));
    is_moody.set(false);
    sim.run().unwrap();
    assert!(second.done());
    assert_eq!((pool.count(), pool.waiting()), (0, 1), "the moody one waits on");
}

// ---- `try_acquire_with_priority` where a slot is just lost

#[test]
fn a_slot_is_tried_for_in_the_waker_of_who_loses_it() {
    for urgent in [false, true] {
        let sim = Simulation::new();
        let chair = PreemptiveResource::new(&sim, 1);
        let worker = chair.clone();
        sim.spawn(async move {
            let mut work = pin!(async move { worker.work(5, 9.0).await });
            let waker = Waker::from(Arc::new(Calls));
            assert!(work.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            pending::<()>().await;
        });
        sim.run_until(1.0).unwrap();
        let (own, had) = (chair.clone(), Rc::new(Cell::new(None)));
        let tells = Rc::clone(&had);
        ON_WAKE.set(Some(Box::new(move || {
            // The slot is the evictor's already, who cannot be told here and so cannot be evicted.
            let slot = own.try_acquire_with_priority(if urgent { -9 } else { 9 });
            tells.set(Some((slot.is_some(), own.count())));
        })));
        let evictor = chair.acquire_with_priority(1);
        assert_eq!(had.get(), Some((false, 1)));
        assert!(evictor.triggered());
        assert_eq!(chair.count(), 1);
        drop(evictor);
        assert!(chair.count() <= 1);
        drop(sim);
    }
}

#[test]
fn a_slot_is_tried_for_in_a_drop_and_in_the_instant_of_the_eviction() {
    let sim = Simulation::new();
    let chair = PreemptiveResource::new(&sim, 1);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (env, own, notes) = (sim.env(), chair.clone(), Rc::clone(&seen));
    sim.spawn(async move {
        let slot = own.acquire_with_priority(5).await;
        let (in_drop, at_end) = (own.clone(), Rc::clone(&notes));
        let _last = AtDrop::new(move || {
            let had = in_drop.try_acquire_with_priority(5).is_some();
            at_end.borrow_mut().push(("in the drop", had));
        });
        assert!(env.interruptible(env.timeout(9.0)).await.is_err());
        assert!(slot.revoked());
        for (name, priority) in [("equal", 1), ("less urgent", 7)] {
            let had = own.try_acquire_with_priority(priority).is_some();
            notes.borrow_mut().push((name, had));
        }
        let had = own.without_preemption().try_acquire_with_priority(-1).is_some();
        notes.borrow_mut().push(("polite", had));
        let back = own.try_acquire_with_priority(0);
        notes.borrow_mut().push(("more urgent", back.is_some()));
        assert_eq!(own.count(), 1);
        drop((slot, back));
        assert_eq!(own.count(), 0, "a revoked slot gives nothing back");
    });
    let (env, own) = (sim.env(), chair.clone());
    let evictor = sim.spawn(async move {
        env.timeout(1.0).await;
        let slot = own.acquire_with_priority(1).into_boxed().await;
        assert!(env.interruptible(env.timeout(9.0)).await.is_err());
        assert!(slot.revoked());
    });
    sim.run().unwrap();
    assert!(evictor.done());
    let expected = [
        ("equal", false),
        ("less urgent", false),
        ("polite", false),
        ("more urgent", true),
        ("in the drop", true),
    ];
    assert_eq!(*seen.borrow(), expected);
    assert_eq!((chair.count(), chair.waiting()), (0, 0));
}
