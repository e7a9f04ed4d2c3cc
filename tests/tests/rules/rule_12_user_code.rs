//! Rule 12. User code runs with no borrow held: filters, `Ord`, `Clone`, `Drop` of items and wakers
//! may use the same thing that is calling them.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use asim::prelude::*;

use crate::trace::Trace;

/// Takes all that the store can give at once.
fn drain<T>(store: &Store<T>) -> Vec<T> {
    std::iter::from_fn(|| store.try_get()).collect()
}

// ---- filters

#[test]
fn rule_12_a_filter_may_look_at_its_own_store() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 4);
    for item in 0..3 {
        store.try_put(item).unwrap();
    }
    let look = store.clone();
    let get = store.get_where(move |&item| {
        assert_eq!(
            (look.len(), look.is_full(), look.is_empty(), look.capacity()),
            (3, false, false, Some(4))
        );
        assert!(format!("{look:?}").contains('3'));
        item == 1
    });
    assert_eq!(sim.run_until_event(get).unwrap(), 1);
}

#[test]
fn rule_12_what_a_filter_puts_is_there_when_it_is_done() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    store.try_put(1).unwrap();
    store.try_put(2).unwrap();
    let putter = store.clone();
    let got = store.try_get_where(move |&item| {
        putter.try_put(item + 10).unwrap();
        assert!(putter.try_put(item + 20).is_ok());
        item == 2
    });
    assert_eq!(got, Some(2));
    assert_eq!(drain(&store), [1, 11, 21, 12, 22]);
}

#[test]
fn rule_12_what_a_filter_gets_is_a_request_like_any_other() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let requests = Rc::new(RefCell::new(Vec::new()));
    let (getter, made) = (store.clone(), Rc::clone(&requests));
    store.try_put(1).unwrap();
    store.try_put(2).unwrap();
    let got = store.try_get_where(move |&item| {
        made.borrow_mut().push(getter.get());
        // While the store is searched, it gives nothing at once.
        assert_eq!(getter.try_get(), None);
        item == 9
    });
    assert_eq!(got, None);
    assert_eq!(store.len(), 0, "both items are promised to the two requests");
    let mut items = Vec::new();
    for request in requests.take() {
        items.push(sim.run_until_event(request).unwrap());
    }
    assert_eq!(items, [1, 2]);
}

#[test]
fn rule_12_a_filter_that_puts_what_a_waiting_getter_wants_serves_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let store = Store::unbounded(&sim);
    let (getter, note) = (store.clone(), trace.clone());
    sim.spawn(async move { note.note(getter.get_where(|&item| item == 7).await) });
    sim.run().unwrap();
    store.try_put(1).unwrap();
    let putter = store.clone();
    assert_eq!(store.try_get_where(move |_| putter.try_put(7).is_err()), None);
    sim.run().unwrap();
    trace.is(&["0 7"]);
    assert_eq!(drain(&store), [1]);
}

#[test]
fn rule_12_a_filter_may_drop_the_request_that_asks_it() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let own = Rc::new(RefCell::new(None));
    let slot = Rc::clone(&own);
    let request = store.get_where(move |_| {
        drop(slot.borrow_mut().take());
        true
    });
    *own.borrow_mut() = Some(request);
    store.try_put(5).unwrap();
    assert_eq!(drain(&store), [5]);
}

#[test]
fn rule_12_a_filter_may_drop_the_requests_behind_and_before_it() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let others = Rc::new(RefCell::new(Vec::new()));
    others.borrow_mut().push(store.get_where(|_| false));
    let all = Rc::clone(&others);
    let middle = store.get_where(move |_| {
        let dropped = all.take();
        drop(dropped);
        true
    });
    others.borrow_mut().push(store.get_where(|_| true));
    store.try_put(5).unwrap();
    assert_eq!(sim.run_until_event(middle).unwrap(), 5);
    store.try_put(6).unwrap();
    assert_eq!(drain(&store), [6]);
}

#[test]
fn rule_12_a_filter_may_trigger_events_and_start_and_cancel_processes() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let store = Store::unbounded(&sim);
    let (event, victim_store) = (sim.event::<()>(), store.clone());
    let victim = sim.spawn(async move {
        victim_store.get_where(|&item| item == 100).await;
    });
    let (waits, note) = (event.clone(), trace.clone());
    sim.spawn(async move {
        waits.await;
        note.note("event");
    });
    sim.run().unwrap();
    let (env, note) = (sim.clone(), trace.clone());
    store.try_put(1).unwrap();
    let got = store.try_get_where(move |_| {
        event.try_succeed(()).ok();
        victim.cancel();
        let note = note.clone();
        env.spawn(async move { note.note("started") });
        true
    });
    assert_eq!(got, Some(1));
    sim.run().unwrap();
    trace.is(&["0 event", "0 started"]);
}

#[test]
fn rule_12_a_filter_that_panics_leaves_the_store_whole() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in 0..3 {
        store.try_put(item).unwrap();
    }
    let looks = store.clone();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        looks.try_get_where(|&item| if item == 1 { panic!("no idea") } else { false })
    }));
    assert!(panic.is_err());
    assert_eq!(drain(&store), [0, 1, 2]);
}

// ---- orderings

/// Asks its queue while it is being compared.
struct Nosy {
    number: u32,
    queue: PriorityQueue<Nosy>,
    asked: Rc<Cell<u32>>,
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Nosy {}

impl PartialOrd for Nosy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Nosy {
    fn cmp(&self, other: &Self) -> Ordering {
        self.asked.set(self.asked.get() + 1);
        assert!(self.queue.try_get().is_none());
        assert!(self.queue.len() <= 10);
        if self.asked.get() == 3 {
            // Puts in the middle of a comparison.
            self.queue
                .try_put(Nosy {
                    number: 4,
                    queue: self.queue.clone(),
                    asked: Rc::clone(&self.asked),
                })
                .unwrap();
            drop(self.queue.get());
        }
        self.number.cmp(&other.number)
    }
}

#[test]
fn rule_12_an_ordering_may_call_back_into_its_priority_queue() {
    let sim = Simulation::new();
    let (queue, asked) = (PriorityQueue::unbounded(&sim), Rc::new(Cell::new(0)));
    for number in [5, 2, 8, 1, 9, 3] {
        queue.try_put(Nosy { number, queue: queue.clone(), asked: Rc::clone(&asked) }).unwrap();
    }
    assert!(asked.get() >= 5);
    let order: Vec<_> = std::iter::from_fn(|| queue.try_get()).map(|item| item.number).collect();
    assert_eq!(order, [1, 2, 3, 4, 5, 8, 9]);
}

// ---- clones

/// Calls back when it is cloned.
struct Echo {
    event: Rc<RefCell<Option<Event<Echo>>>>,
    queue: Queue<u32>,
    clones: Rc<Cell<u32>>,
}

impl Clone for Echo {
    fn clone(&self) -> Self {
        self.clones.set(self.clones.get() + 1);
        if let Some(event) = &*self.event.borrow() {
            assert!(event.triggered());
            assert!(!event.cancelled());
            event.cancel();
            let again = Echo {
                event: Rc::default(),
                queue: self.queue.clone(),
                clones: Rc::clone(&self.clones),
            };
            assert!(event.try_succeed(again).is_err());
            drop(event.into_future());
        }
        self.queue.try_put(self.clones.get()).unwrap();
        Echo {
            event: Rc::clone(&self.event),
            queue: self.queue.clone(),
            clones: Rc::clone(&self.clones),
        }
    }
}

#[test]
fn rule_12_the_clone_of_an_events_value_may_call_back_into_the_event() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (event, queue) = (sim.event::<Echo>(), Queue::unbounded(&sim));
    for _ in 0..2 {
        let waits = event.clone();
        sim.spawn(async move { drop(waits.await) });
    }
    let (getter, note) = (queue.clone(), trace.clone());
    sim.spawn(async move {
        let items = all_of([getter.get(), getter.get(), getter.get()]).await;
        note.note(format_args!("{items:?}"));
    });
    sim.run().unwrap();
    let own = Rc::new(RefCell::new(Some(event.clone())));
    let value = Echo { event: Rc::clone(&own), queue, clones: Rc::default() };
    event.succeed(value);
    drop(event.value());
    sim.run().unwrap();
    trace.is(&["0 [1, 2, 3]"]);
    // The model's own cycle: a value that holds its event.
    own.take();
}

// ---- drops

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

#[test]
fn rule_12_an_items_drop_may_call_back_into_its_queue() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue: Queue<AtDrop> = Queue::bounded(&sim, 1);
    queue.try_put(AtDrop(None)).unwrap();
    let (own, note) = (queue.clone(), trace.clone());
    let waiting = queue.put(AtDrop::new(move || {
        note.note(format_args!("dropped while the queue holds {}", own.len()));
        drop(own.try_get());
        assert!(own.try_put(AtDrop(None)).is_ok());
        drop(own.put(AtDrop(None)));
        drop(own.get());
    }));
    drop(waiting);
    trace.is(&["0 dropped while the queue holds 1"]);
    assert_eq!(queue.len(), 1);
}

#[test]
fn rule_12_an_item_dropped_by_a_lost_race_may_call_back_into_what_decided_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (queue, event) = (Queue::bounded(&sim, 1), sim.event::<()>());
    queue.try_put(AtDrop(None)).unwrap();
    let (own, decider, note) = (queue.clone(), event.clone(), trace.clone());
    let item = AtDrop::new(move || {
        note.note("the losing put's item");
        assert!(decider.triggered());
        assert!(decider.try_succeed(()).is_err());
        drop(own.get());
        drop(own.put(AtDrop(None)));
    });
    let (putter, go, note) = (queue.clone(), event.clone(), trace.clone());
    sim.spawn(async move {
        asim!(match FirstOf(put = putter.put(item), go = go).await {
            FirstOf::Put(()) => note.note("put"),
            FirstOf::Go(()) => note.note("go"),
        });
    });
    sim.run().unwrap();
    event.succeed(());
    trace.is(&["0 the losing put's item"]);
    sim.run().unwrap();
    trace.is(&["0 go"]);
    assert_eq!(queue.len(), 1);
}

#[test]
fn rule_12_drops_that_cause_drops_take_no_stack() {
    // Each item, as it is dropped, drops the request of the next.
    let sim = Simulation::new();
    let queue: Queue<AtDrop> = Queue::bounded(&sim, 1);
    queue.try_put(AtDrop(None)).unwrap();
    let mut next = queue.put(AtDrop(None));
    let deepest = Rc::new(Cell::new((0, 0)));
    for _ in 0..1000 {
        let (behind, deepest) = (next, Rc::clone(&deepest));
        next = queue.put(AtDrop::new(move || {
            let (depth, most) = deepest.get();
            deepest.set((depth + 1, most.max(depth + 1)));
            drop(behind);
            deepest.set((depth, deepest.get().1));
        }));
    }
    drop(next);
    assert_eq!(deepest.get(), (0, 1));
}

#[test]
fn rule_12_a_filters_drop_may_call_back_into_its_store() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let store = Store::unbounded(&sim);
    let (own, note) = (store.clone(), trace.clone());
    let held = AtDrop::new(move || {
        own.try_put(1).unwrap();
        note.note(format_args!("the store holds {}", own.len()));
    });
    let request = store.get_where(move |_| {
        let _ = &held;
        false
    });
    drop(request);
    trace.is(&["0 the store holds 1"]);
}

#[test]
fn rule_12_the_drop_of_an_interrupts_cause_may_call_back() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let env = sim.clone();
    let sleeper = sim.spawn(async move { env.timeout(9.0).await });
    let (victim, note) = (sleeper.process_ref(), trace.clone());
    sleeper.interrupt(AtDrop::new(move || {
        victim.interrupt(());
        note.note(format_args!("done: {}", victim.done()));
    }));
    sim.run().unwrap_or_else(|_| trace.note("interrupted"));
    sleeper.cancel();
    drop(sleeper);
    drop(sim);
    assert_eq!(trace.take().len(), 2);
}

#[test]
fn rule_12_a_processs_drop_may_call_back_into_everything() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (queue, event) = (Queue::unbounded(&sim), sim.event::<()>());
    let (env, own, note) = (sim.clone(), queue.clone(), trace.clone());
    let process = sim.spawn(async move {
        let me = env.active_process().unwrap();
        let at_drop = env.clone();
        let _dropped = AtDrop::new(move || {
            me.cancel();
            me.interrupt(());
            event.succeed(());
            own.try_put(1).unwrap();
            let (note, env) = (note.clone(), at_drop.clone());
            at_drop.spawn(async move {
                env.timeout(1.0).await;
                note.note("started by a drop");
            });
        });
        env.timeout(9.0).await;
    });
    sim.run_until(1.0).unwrap();
    process.cancel();
    assert_eq!(queue.len(), 1);
    sim.run().unwrap();
    trace.is(&["2 started by a drop"]);
}

#[test]
fn rule_12_a_drop_in_the_middle_of_a_cancellation_does_not_overtake_the_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (clerk, queue) = (Resource::new(&sim, 1), Queue::unbounded(&sim));
    queue.try_put("item").unwrap();
    let (held, items, note) = (clerk.clone(), queue.clone(), trace.clone());
    let holder = sim.spawn(async move {
        let (free, left) = (held.clone(), items.clone());
        // Dropped last: by then the slot is free and the item is back, but the lines have not been
        // served.
        let _at_drop = AtDrop::new(move || {
            note.note(format_args!("{:?} {:?}", free.try_acquire().is_some(), left.try_get()));
        });
        let _slot = held.acquire().await;
        let _item = items.get();
        std::future::pending::<()>().await;
    });
    sim.run().unwrap();
    let (next, items, note) = (clerk.clone(), queue.clone(), trace.clone());
    sim.spawn(async move {
        let both = asim!(AllOf(slot = next.acquire(), item = items.get())).await;
        note.note(format_args!("the next in line has {} and a slot", both.item));
        both.slot.release();
    });
    sim.run().unwrap();
    holder.cancel();
    sim.run().unwrap();
    trace.is(&["0 false None", "0 the next in line has item and a slot"]);
}

// ---- wakers

/// A waker that calls back when it wakes. Wakers are `Send`, so it reaches the model through a
/// thread-local.
struct Callback;

thread_local! {
    static ON_WAKE: RefCell<Option<Box<dyn FnMut()>>> = const { RefCell::new(None) };
}

impl Wake for Callback {
    fn wake(self: Arc<Self>) {
        let act = ON_WAKE.take();
        if let Some(mut act) = act {
            act();
            ON_WAKE.set(Some(act));
        }
    }
}

#[test]
fn rule_12_a_waker_may_call_back_into_what_wakes_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (queue, event) = (Queue::bounded(&sim, 1), sim.event::<()>());
    let waker = Waker::from(Arc::new(Callback));
    let mut context = Context::from_waker(&waker);
    let mut get = Box::pin(queue.get().into_future());
    let mut wait = Box::pin((&event).into_future());
    assert!(get.as_mut().poll(&mut context).is_pending());
    assert!(wait.as_mut().poll(&mut context).is_pending());
    let (own, shared, note) = (queue.clone(), event.clone(), trace.clone());
    ON_WAKE.set(Some(Box::new(move || {
        note.note(format_args!(
            "woken: {} in, full: {}, event: {}",
            own.len(),
            own.is_full(),
            shared.triggered()
        ));
        drop(own.put(9));
        drop(own.get());
        shared.try_succeed(()).ok();
    })));
    queue.try_put(1).unwrap();
    trace.is(&[
        "0 woken: 0 in, full: false, event: false",
        "0 woken: 1 in, full: true, event: true",
    ]);
    assert_eq!(get.as_mut().poll(&mut context), Poll::Ready(1));
    assert!(wait.as_mut().poll(&mut context).is_ready());
    ON_WAKE.set(None);
}

#[test]
fn rule_12_dropping_a_waker_may_call_back() {
    struct Counting(Arc<AtomicUsize>);
    impl Wake for Counting {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Counting {
        fn drop(&mut self) {
            self.0.fetch_add(1, Relaxed);
            DROPPED_WITH.with_borrow(|queue| queue.as_ref().map(Queue::len));
        }
    }
    thread_local! {
        static DROPPED_WITH: RefCell<Option<Queue<u32>>> = const { RefCell::new(None) };
    }
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::unbounded(&sim);
    DROPPED_WITH.set(Some(queue.clone()));
    let count = Arc::new(AtomicUsize::new(0));
    let mut get = Box::pin(queue.get().into_future());
    for _ in 0..3 {
        let waker = Waker::from(Arc::new(Counting(Arc::clone(&count))));
        assert!(get.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(count.load(Relaxed), 2, "the last of them is kept");
    drop(get);
    assert_eq!(count.load(Relaxed), 3);
    DROPPED_WITH.set(None);
}

#[test]
fn rule_12_a_process_may_change_what_it_waits_for_while_it_is_polled() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (queue, note) = (Queue::unbounded(&sim), trace.clone());
    let getter = queue.clone();
    sim.spawn(async move {
        let mut get = Some(Box::pin(getter.get().into_future()));
        let item = poll_fn(move |context| {
            // Makes a new request at every poll, and puts the item itself.
            if let Some(mut get) = get.replace(Box::pin(getter.get().into_future()))
                && let Poll::Ready(item) = get.as_mut().poll(context)
            {
                return Poll::Ready(item);
            }
            getter.try_put("item").unwrap();
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        note.note(item);
    });
    sim.run().unwrap();
    trace.is(&["0 item"]);
}

#[test]
fn rule_12_what_a_filter_holds_is_dropped_with_no_borrow_held() {
    struct Nosy(Store<u32>);
    impl Drop for Nosy {
        fn drop(&mut self) {
            drop(self.0.get_where(|_| false));
            assert!(self.0.len() < 100);
        }
    }
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let nosy = Nosy(store.clone());
    let get = store.get_where(move |item| nosy.0.len() < 100 && *item == 1);
    store.try_put(1).unwrap();
    assert_eq!(sim.run_until_event(get).unwrap(), 1);
    let nosy = Nosy(store.clone());
    drop(store.get_where(move |item| nosy.0.len() < 100 && *item == 1));
}
