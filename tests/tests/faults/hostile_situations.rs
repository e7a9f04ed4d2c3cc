//! Situations that hostile user code has caused, one test each: user code that panics while the
//! library serves another request, user code that calls back where nobody looks again, wakers that
//! come and go.

use asim::prelude::*;
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

/// Panics, and prints nothing.
fn plant() {
    if !std::thread::panicking() {
        resume_unwind(Box::new("planted"));
    }
}

/// Returns `true` if the call panics.
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
}

/// A waker that calls the function in `ON_WAKER` when it is dropped.
struct Calls;

impl Wake for Calls {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Calls {
    fn drop(&mut self) {
        if let Some(act) = ON_WAKER.take() {
            act();
        }
    }
}

/// Polls once with a waker that calls a function when it is dropped. Then awaits.
async fn with_a_waker_that_goes<F: Future>(future: F, act: impl FnOnce() + 'static) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Calls));
    assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    ON_WAKER.set(Some(Box::new(act)));
    future.await
}

/// Returns `true` if a process that awaits this comes to its end.
fn ends(sim: &Simulation, work: impl Future<Output = ()> + 'static) -> bool {
    let process = sim.spawn(work);
    sim.run().unwrap();
    process.done()
}

// ---- a waker is dropped where another takes its place, and triggers there what is awaited

#[test]
fn a_waker_that_goes_may_trigger_the_event_that_is_awaited() {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let wait = event.clone().into_future();
    assert!(ends(&sim, with_a_waker_that_goes(wait, move || event.succeed(()))));
}

#[test]
fn a_waker_that_goes_may_put_the_item_that_is_awaited() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let get = queue.get().into_future();
    let work = with_a_waker_that_goes(get, move || drop(queue.put(1)));
    assert!(ends(&sim, async move { assert_eq!(work.await, 1) }));
}

#[test]
fn a_waker_that_goes_may_decide_the_race_that_is_awaited() {
    let sim = Simulation::new();
    let (event, other) = (sim.event::<()>(), sim.event::<()>());
    let race = first_of([event.clone(), other]).into_future();
    let work = with_a_waker_that_goes(race, move || event.succeed(()));
    assert!(ends(&sim, async move { assert_eq!(work.await.0, 0) }));
}

#[test]
fn a_waker_that_goes_may_end_the_process_that_is_joined() {
    let sim = Simulation::new();
    let sleeper = sim.spawn(std::future::pending::<()>());
    let process = sleeper.process_ref();
    let work = with_a_waker_that_goes(sleeper.into_future(), move || process.cancel());
    assert!(ends(&sim, async move { assert!(work.await.is_err()) }));
}

/// The request is granted while its waker is replaced. If it kept a stale key of the waker,
/// dropping the request would free the waker of another process.
#[test]
fn a_request_granted_while_its_waker_is_replaced_takes_no_other_waker_along() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let mut get = Box::pin(queue.get().into_future());
    let first = Waker::from(Arc::new(Calls));
    assert!(get.as_mut().poll(&mut Context::from_waker(&first)).is_pending());
    drop(first);
    let own = queue.clone();
    ON_WAKER.set(Some(Box::new(move || drop(own.put(1)))));
    let second = Waker::from(Arc::new(Calls));
    let _ = get.as_mut().poll(&mut Context::from_waker(&second));
    // Another process awaits an event with a waker, which takes the free entry.
    let event = sim.event::<()>();
    let wait = event.clone();
    let other = sim.spawn(async move {
        let mut all: FuturesUnordered<_> = [wait.into_future()].into_iter().collect();
        all.next().await;
    });
    sim.run().unwrap();
    drop(get);
    event.succeed(());
    sim.run().unwrap();
    assert!(other.done());
}

// ---- a process wakes itself through a combinator

#[test]
fn a_process_may_wake_its_own_combinator_and_then_start_another() {
    let sim = Simulation::new();
    let (event, env) = (sim.event::<()>(), sim.env());
    let wait = event.clone().into_future();
    assert!(ends(&sim, async move {
        let all: FuturesUnordered<_> = [wait].into_iter().collect();
        futures::join!(all.collect::<Vec<()>>(), async move {
            event.succeed(());
            env.spawn(async {});
        });
    }));
}

/// One copy of the shared waker goes while another comes, so the number of copies does not change.
#[test]
fn a_copy_of_the_shared_waker_may_go_while_another_comes() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 2.0).with_level(2.0);
    let parked = Rc::new(RefCell::new(None));
    let (fill, bag) = (tank.put(1.0).into_future(), parked.clone());
    sim.spawn(async move {
        let mut all: FuturesUnordered<_> = [fill].into_iter().collect();
        assert!(futures::poll!(all.next()).is_pending());
        bag.replace(Some(all));
    });
    sim.run().unwrap();
    let env = sim.env();
    assert!(ends(&sim, async move {
        let draw = async move { tank.get(1.0).await };
        let waits = [env.timeout(1.0).into_future().boxed_local(), draw.boxed_local()];
        let all: FuturesUnordered<_> = waits.into_iter().collect();
        all.collect::<Vec<()>>().await;
    }));
}

// ---- what a filter or an ordering puts

/// The filter makes a request when it is asked at the call, so all filters are asked again while
/// the line is served. Then it puts an item.
#[test]
fn what_a_filter_puts_while_the_line_is_served_is_offered() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let _now = store.put(0);
    let hundred = store.get_where(|&item| item == 100);
    let (own, asked) = (store.clone(), Cell::new(0));
    let picky = store.get_where(move |_| {
        asked.set(asked.get() + 1);
        match asked.get() {
            1 => drop(own.get_where(|_| false)),
            2 => own.try_put(100).unwrap(),
            _ => {}
        }
        false
    });
    assert_eq!(hundred.into_future().now_or_never(), Some(100));
    drop(picky);
}

/// The same, but the filter asks for an item itself, which is there.
#[test]
fn what_a_filter_asks_for_while_the_line_is_served_is_looked_at() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let _now = store.put(0);
    let (own, asked, bag) = (store.clone(), Cell::new(0), Rc::new(RefCell::new(None)));
    let kept = bag.clone();
    let picky = store.get_where(move |_| {
        asked.set(asked.get() + 1);
        match asked.get() {
            1 => drop(own.get_where(|_| false)),
            2 => drop(kept.replace(Some(own.get()))),
            _ => {}
        }
        false
    });
    let asked_for = bag.take().expect("it was asked twice");
    assert_eq!(asked_for.into_future().now_or_never(), Some(0));
    drop(picky);
}

/// A filter makes a request whenever it is asked, and drops it. This must not ask the filters for
/// ever.
#[test]
fn a_filter_may_always_make_a_request_that_is_dropped_at_once() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let _now = store.put(0);
    let own = store.clone();
    let picky = store.get_where(move |_| {
        drop(own.get_where(|_| false));
        false
    });
    assert_eq!((store.len(), store.getters()), (1, 1));
    drop(picky);
}

/// A filter that panics whenever it is asked must break no calls on other things.
#[test]
fn a_filter_that_always_panics_is_asked_once_more_and_not_by_every_call() {
    let sim = Simulation::new();
    let (store, queue) = (Store::unbounded(&sim), Queue::bounded(&sim, 1));
    let _now = store.put(1);
    let taken = store.get();
    let (is_moody, filter) = moody();
    let _first = store.get_where(filter);
    is_moody.set(true);
    assert!(panics(|| drop(taken)));
    let panicked = (0..9).filter(|_| panics(|| drop(queue.put(AtDrop(None))))).count();
    assert!(panicked <= 1, "{panicked}");
    is_moody.set(false);
}

/// Puts another item of its queue when it is compared.
struct Pushy(u32, Rc<RefCell<Option<PriorityQueue<Pushy>>>>);

impl PartialEq for Pushy {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Pushy {}

impl PartialOrd for Pushy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pushy {
    fn cmp(&self, other: &Self) -> Ordering {
        let queue = self.1.take();
        if let Some(queue) = queue {
            drop(queue.try_put(Pushy(9, Rc::default())));
        }
        self.0.cmp(&other.0)
    }
}

#[test]
fn an_ordering_that_puts_does_not_exceed_the_capacity() {
    let sim = Simulation::new();
    let queue = PriorityQueue::bounded(&sim, 2);
    let _now = queue.put(Pushy(1, Rc::new(RefCell::new(Some(queue.clone())))));
    let _now = queue.put(Pushy(2, Rc::default()));
    let all: Vec<u32> = std::iter::from_fn(|| queue.try_get()).map(|item| item.0).collect();
    assert_eq!(all.len(), 2, "{all:?}");
}

// ---- a panic while a request is made

/// A filter that panics when it is asked, once the flag is set.
fn moody() -> (Rc<Cell<bool>>, impl FnMut(&u32) -> bool + 'static) {
    let is_moody = Rc::new(Cell::new(false));
    let mood = is_moody.clone();
    (is_moody, move |_: &u32| {
        if mood.get() {
            plant();
        }
        false
    })
}

#[test]
fn a_get_that_panics_for_another_getters_filter_leaves_no_place_in_line() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let (is_moody, filter) = moody();
    let _now = store.put(0);
    let first = store.get_where(filter);
    is_moody.set(true);
    assert!(panics(|| store.try_put(1)), "asked, it panics");
    assert!(panics(|| store.get_where(|&item| item == 5)), "asked again, it panics again");
    is_moody.set(false);
    drop(first);
    assert_eq!(store.getters(), 0);
}

#[test]
fn a_wait_that_panics_for_another_waiters_predicate_leaves_no_place_in_line() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let (is_moody, mut predicate) = moody();
    let first = state.wait_until(move |&value| predicate(&value));
    let held = Rc::new(());
    let (counted, own, mood) = (held.clone(), state.clone(), is_moody.clone());
    // The new predicate sets the state, so that the other one is asked before the call returns.
    let panicked = panics(|| {
        state.wait_until(move |_| {
            assert!(Rc::strong_count(&counted) > 0);
            if !mood.replace(true) {
                own.set(1);
            }
            false
        })
    });
    assert!(panicked);
    is_moody.set(false);
    drop(first);
    assert_eq!(Rc::strong_count(&held), 1, "its predicate has gone");
}

#[test]
fn a_units_filter_that_panics_as_it_goes_loses_no_unit() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, ["truck"]);
    let held = AtDrop::new(plant);
    assert!(panics(|| pool.acquire_where(move |_| {
        let _held = &held;
        true
    })));
    assert_eq!(pool.count(), 0);
}

#[test]
fn a_unit_tried_for_while_another_filter_panics_is_not_lost() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [1, 2]);
    let own = pool.clone();
    let (is_moody, mut filter) = moody();
    let first = pool.acquire_where(move |&unit| filter(&unit));
    is_moody.set(true);
    // The filter makes a request while it is asked, so the line is looked at again.
    let panicked = panics(|| {
        pool.try_acquire_where(move |_| {
            drop(own.acquire_where(|_| false));
            true
        })
    });
    is_moody.set(false);
    drop(first);
    assert!(panicked);
    assert_eq!(pool.count(), 0);
}

#[test]
fn an_item_tried_for_while_a_putters_waker_panics_is_not_lost() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    let _now = queue.put(1);
    let put = queue.put(2).into_future();
    let _putter = polls_with_a_waker_that_panics(&sim, put);
    sim.run().unwrap();
    assert!(panics(|| queue.try_get()));
    assert_eq!(queue.try_get(), Some(1));
    assert_eq!(queue.try_get(), Some(2));
}

#[test]
fn an_amount_tried_for_while_a_putters_waker_panics_is_not_lost() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 2.0).with_level(2.0);
    let _putter = polls_with_a_waker_that_panics(&sim, tank.put(1.0).into_future());
    sim.run().unwrap();
    assert!(panics(|| tank.try_get(2.0)));
    tank.try_get(1.0).unwrap();
    assert_eq!((tank.level(), tank.putters()), (2.0, 0));
    tank.try_get(2.0).unwrap();
    assert_eq!(tank.level(), 0.0);
}

/// The value is shown to all waiting requests, even behind a predicate that panics when it is
/// dropped.
#[test]
fn those_behind_a_predicate_that_panics_as_it_goes_are_served_by_the_next_run() {
    let sim = Simulation::new();
    let state = State::new(&sim, 0);
    let held = AtDrop::new(plant);
    let first = state.wait_until(move |&value| {
        let _held = &held;
        value == 1
    });
    let waits = state.clone();
    let second =
        sim.spawn(async move { assert_eq!(waits.wait_until(|&value| value == 1).await, 1) });
    sim.run().unwrap();
    assert!(panics(|| state.set(1)));
    state.set(2);
    sim.run().unwrap();
    assert!(second.done());
    assert_eq!(first.into_future().now_or_never(), Some(1));
}

#[test]
fn what_is_tried_for_while_a_senders_waker_panics_is_not_lost() {
    let sim = Simulation::new();
    let (output, input) = channel(&sim, 1);
    let _now = output.send(1);
    let send = output.send(2).into_future();
    let _sender = polls_with_a_waker_that_panics(&sim, send);
    sim.run().unwrap();
    assert!(panics(|| input.try_recv()));
    assert_eq!(input.try_recv(), Ok(Some(1)));
    assert_eq!(input.try_recv(), Ok(Some(2)));
}

/// Panics when it is compared, if it is told to.
#[derive(PartialEq, Eq)]
struct Touchy(u32);

thread_local! {
    static TOUCHY: Cell<bool> = const { Cell::new(false) };
}

impl PartialOrd for Touchy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touchy {
    fn cmp(&self, other: &Self) -> Ordering {
        if TOUCHY.get() {
            plant();
        }
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_put_that_is_accepted_while_the_ordering_panics_is_told() {
    let sim = Simulation::new();
    let queue = PriorityQueue::bounded(&sim, 2);
    let _now = queue.put(Touchy(1));
    let _now = queue.put(Touchy(2));
    let puts = queue.clone();
    let putter = sim.spawn(async move { puts.put(Touchy(3)).await });
    sim.run().unwrap();
    TOUCHY.set(true);
    assert!(panics(|| queue.try_get()));
    TOUCHY.set(false);
    sim.run().unwrap();
    assert!(putter.done(), "{} in, {} putters", queue.len(), queue.putters());
}

#[test]
fn an_item_given_back_while_the_ordering_panics_is_not_lost() {
    let sim = Simulation::new();
    let queue = PriorityQueue::unbounded(&sim);
    for number in 1..=3 {
        let _now = queue.put(Touchy(number));
    }
    let get = queue.get();
    TOUCHY.set(true);
    assert!(panics(|| drop(get)));
    TOUCHY.set(false);
    let all: Vec<u32> = std::iter::from_fn(|| queue.try_get()).map(|item| item.0).collect();
    assert_eq!(all.len(), 3, "{all:?}");
}

/// A waker that panics when it wakes.
struct Panicky;

impl Wake for Panicky {
    fn wake(self: Arc<Self>) {
        plant();
    }
}

/// A process that polls this once with a waker that panics, and sleeps.
fn polls_with_a_waker_that_panics<F: Future + 'static>(
    sim: &Simulation,
    future: F,
) -> ProcessHandle<impl Sized> {
    sim.spawn(async move {
        let mut future = Box::pin(future);
        let waker = Waker::from(Arc::new(Panicky));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        std::future::pending::<()>().await;
    })
}

#[test]
fn a_preemption_whose_victims_waker_panics_loses_no_slot() {
    let asks: [fn(&PreemptiveResource); 2] =
        [|chair| drop(chair.acquire()), |chair| drop(chair.try_acquire())];
    for ask in asks {
        let sim = Simulation::new();
        let chair = PreemptiveResource::new(&sim, 1);
        let worker = chair.clone();
        let holder = polls_with_a_waker_that_panics(&sim, async move { worker.work(1, 9.0).await });
        sim.run_until(1.0).unwrap();
        assert!(panics(|| ask(&chair)));
        holder.cancel();
        sim.run().unwrap();
        assert_eq!(chair.count(), 0);
    }
}

#[test]
fn those_who_lose_their_slots_with_one_whose_waker_panics_are_told() {
    let sim = Simulation::new();
    let chair = PreemptiveResource::new(&sim, 2);
    let (worker, other, env) = (chair.clone(), chair.clone(), sim.env());
    let second = sim.spawn(async move {
        let _slot = other.acquire_with_priority(1).await;
        assert!(env.interruptible(env.timeout(9.0)).await.is_err());
    });
    sim.run_until(0.5).unwrap();
    // This holder is evicted first, as its slot was granted later.
    let _first = polls_with_a_waker_that_panics(&sim, async move { worker.work(1, 9.0).await });
    sim.run_until(1.0).unwrap();
    assert!(panics(|| chair.set_capacity(0)));
    sim.run_until(2.0).unwrap();
    assert!(second.done());
}

/// The call that panicked has left deferred steps behind. The next run does them, whatever else
/// there is.
#[test]
fn what_a_panic_left_to_be_settled_is_done_by_the_next_run() {
    let sim = Simulation::new();
    let (queue, desk) = (Queue::bounded(&sim, 1), Resource::new(&sim, 1));
    let _now = queue.put(AtDrop(None));
    // The item of the put panics when it is dropped. The slot goes to a process that is notified by
    // a waker.
    let both = asim!(AllOf(put = queue.put(AtDrop::new(plant)), slot = desk.acquire()));
    let line = desk.acquire().into_future();
    let other = sim.spawn(async move {
        let mut all: FuturesUnordered<_> = [line].into_iter().collect();
        drop(all.next().await);
    });
    sim.run().unwrap();
    assert!(panics(|| drop(both)));
    sim.run().unwrap();
    assert!(other.done());
}

/// The same, but the slot of a cancelled process goes back.
#[test]
fn the_slot_of_a_process_whose_drop_panics_is_served_by_the_next_run() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let held = desk.clone();
    let holder = sim.spawn(async move {
        let _slot = held.acquire().await;
        let _local = AtDrop::new(plant);
        std::future::pending::<()>().await;
    });
    sim.run().unwrap();
    let line = desk.clone();
    let next = sim.spawn(async move { drop(line.acquire().await) });
    sim.run().unwrap();
    assert!(panics(|| holder.cancel()));
    sim.run().unwrap();
    assert!(next.done(), "{} of 1 taken, {} wait", desk.count(), desk.waiting());
}

/// A filter panics while the line is served, and the requests behind it have not been asked.
#[test]
fn those_behind_a_filter_that_panics_are_served_by_the_next_run() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let _now = store.put(1);
    let taken = store.get();
    let (is_moody, filter) = moody();
    let _first = store.get_where(filter);
    let gets = store.clone();
    let second = sim.spawn(async move {
        gets.get().await;
    });
    sim.run().unwrap();
    is_moody.set(true);
    assert!(panics(|| drop(taken)));
    is_moody.set(false);
    sim.run().unwrap();
    assert!(second.done());
}

// ---- memory

/// Returns `true` if the value that was given away is freed when all is dropped.
fn freed(leaves: impl FnOnce(Simulation, Rc<()>)) -> bool {
    let counted = Rc::new(());
    leaves(Simulation::new(), counted.clone());
    Rc::strong_count(&counted) == 1
}

#[test]
fn a_composition_whose_branch_panics_as_it_goes_is_freed() {
    assert!(freed(|sim, counted| {
        let (queue, other) = (Queue::bounded(&sim, 1), sim.event::<()>());
        let _now = queue.put(counted.clone());
        let (own, local) = (queue.clone(), AtDrop::new(plant));
        let race = async move {
            let bad = async move {
                let _local = local;
                std::future::pending::<()>().await;
            };
            asim!(match FirstOf(put = own.put(counted), other = other, bad = bad).await {
                FirstOf::Put(()) | FirstOf::Other(()) | FirstOf::Bad(()) => {}
            });
        };
        let mut race = Box::pin(race);
        assert!(race.as_mut().now_or_never().is_none());
        assert!(panics(|| drop(race)));
    }));
}

#[test]
fn a_simulation_whose_process_panics_as_it_goes_is_freed() {
    assert!(freed(|sim, counted| {
        let queue = Queue::bounded(&sim, 1);
        let _now = queue.put(counted.clone());
        let (own, local) = (queue.clone(), AtDrop::new(plant));
        sim.spawn(async move {
            let bad = async move {
                let _local = local;
                std::future::pending::<()>().await;
            };
            asim!(AllOf(put = own.put(counted), bad = bad)).await;
        });
        sim.run().unwrap();
        assert!(panics(|| drop(sim)));
    }));
}

#[test]
fn a_state_whose_predicate_panics_as_it_goes_keeps_no_value() {
    assert!(freed(|sim, counted| {
        let state = State::new(&sim, counted);
        let held = AtDrop::new(plant);
        assert!(panics(|| state.wait_until(move |_| {
            let _held = &held;
            true
        })));
    }));
}

#[test]
fn an_item_tried_for_with_a_filter_that_panics_as_it_goes_is_freed() {
    assert!(freed(|sim, counted| {
        let store = Store::unbounded(&sim);
        let _now = store.put(counted);
        let held = AtDrop::new(plant);
        assert!(panics(|| store.try_get_where(move |_| {
            let _held = &held;
            true
        })));
    }));
}

// ---- a process panics

#[test]
fn a_process_that_panics_tells_a_joiner_in_a_combinator() {
    let sim = Simulation::new();
    let env = sim.env();
    let panics_later = sim.spawn(async move {
        env.timeout(1.0).await;
        plant();
    });
    let join = panics_later.into_future();
    let joiner = sim.spawn(async move {
        let mut all: FuturesUnordered<_> = [join].into_iter().collect();
        assert!(all.next().await.is_some_and(|end| end.is_err()));
    });
    assert!(panics(|| sim.run()));
    sim.run().unwrap();
    assert!(joiner.done());
}

/// The entry of the waker is freed before the waker is dropped. It must not be freed again when the
/// request goes.
#[test]
fn a_waker_that_panics_as_it_goes_frees_its_place_once() {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let unlucky = event.clone().into_future();
    sim.spawn(async move { with_a_waker_that_goes(unlucky, plant).await });
    assert!(panics(|| sim.run()));
    let env = sim.env();
    assert!(ends(&sim, async move {
        let all = [env.timeout(1.0).into_future(), env.timeout(1.0).into_future()];
        all.into_iter().collect::<FuturesUnordered<_>>().collect::<Vec<()>>().await;
    }));
}

#[test]
fn a_slot_is_served_by_the_next_run_when_run_all_panics() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let slot = desk.try_acquire();
    sim.spawn(async move {
        // Dropped in this order: the panic first.
        let _slot = slot;
        let _local = AtDrop::new(plant);
        std::future::pending::<()>().await;
    });
    let line = desk.clone();
    let next = sim.spawn(async move { drop(line.acquire().await) });
    let producer = sim.spawn(async {});
    assert!(panics(|| sim.run_all([producer])));
    sim.run().unwrap();
    assert!(next.done(), "{} of 1 taken, {} wait", desk.count(), desk.waiting());
}

#[test]
fn a_combinator_is_woken_by_the_next_run_when_an_items_drop_panics_after_the_trigger() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 1.0);
    let draw = tank.get(1.0).into_future();
    let drawer = sim.spawn(async move {
        [draw].into_iter().collect::<FuturesUnordered<_>>().collect::<Vec<()>>().await;
    });
    sim.run().unwrap();
    let queue = Queue::bounded(&sim, 1);
    let _now = queue.put(AtDrop(None));
    let item = AtDrop::new(move || {
        tank.try_put(1.0).unwrap();
        plant();
    });
    let put = queue.put(item);
    assert!(panics(|| drop(put)));
    sim.run().unwrap();
    assert!(drawer.done());
}

#[test]
fn a_join_that_panics_for_an_undelivered_cause_keeps_no_cause() {
    assert!(freed(|sim, counted| {
        let env = sim.env();
        let sleeper = sim.spawn(async move { env.timeout(9.0).await });
        sim.run_until(1.0).unwrap();
        sleeper.interrupt(counted);
        sleeper.interrupt(AtDrop::new(plant));
        let process = sleeper.process_ref();
        let mut join = pin!(sleeper.into_future());
        assert!(join.as_mut().now_or_never().is_none());
        assert!(sim.run_until(2.0).is_err(), "nobody claims it");
        assert!(process.done());
        assert!(panics(|| join.as_mut().now_or_never()));
    }));
}

#[test]
fn a_state_that_is_got_while_it_is_set_keeps_no_value() {
    /// Sets its state when it is cloned, and panics when its last part is dropped.
    #[allow(dead_code, reason = "it is held to be dropped")]
    struct Value(Option<State<Value>>, Rc<()>, Option<AtDrop>);
    impl Clone for Value {
        fn clone(&self) -> Self {
            if let Some(state) = &self.0 {
                state.set(Value(None, Rc::default(), None));
            }
            Value(None, Rc::clone(&self.1), None)
        }
    }
    assert!(freed(|sim, counted| {
        let state = State::new(&sim, Value(None, Rc::default(), None));
        state.set(Value(Some(state.clone()), counted, Some(AtDrop::new(plant))));
        assert!(panics(|| state.get()));
    }));
}
