//! Rule 3. A request takes its place in the line when it is made, not when it is awaited. If it can
//! be satisfied at the call it is, and awaiting it costs no trip through the agenda. What a
//! satisfied request holds is promised: it counts against capacity and is not in the store any more.

use asim::prelude::*;

use crate::trace::Trace;

#[test]
fn rule_03_a_get_takes_its_place_in_the_line_when_called() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let (first, second) = (queue.get(), queue.get());
    let note = trace.clone();
    sim.spawn(async move {
        // Awaited the other way round.
        let later = second.await;
        let sooner = first.await;
        note.note(format_args!("first {sooner}, second {later}"));
    });
    queue.put("a");
    queue.put("b");
    sim.run().unwrap();
    trace.is(&["0 first a, second b"]);
}

#[test]
fn rule_03_a_put_takes_its_place_in_the_line_when_called() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.put(0);
    let first = queue.put(1);
    let second = queue.put(2);
    let order: Vec<_> = std::iter::from_fn(|| queue.try_get()).collect();
    assert_eq!(order, [0, 1, 2]);
    drop((second, first));
}

#[test]
fn rule_03_an_event_is_waited_for_from_the_call() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<()>();
    let first = (&event).into_future();
    let second = (&event).into_future();
    let (note, other) = (trace.clone(), trace.clone());
    // The second is awaited before the first.
    sim.spawn(async move {
        second.await;
        note.note("second");
    });
    sim.spawn(async move {
        first.await;
        other.note("first");
    });
    sim.run().unwrap();
    event.succeed(());
    sim.run().unwrap();
    trace.is(&["0 first", "0 second"]);
}

#[test]
fn rule_03_a_timeout_runs_from_the_call() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        let tea = env.timeout(3.0);
        env.timeout(2.0).await;
        tea.await;
        note.note("tea");
    });
    sim.run().unwrap();
    trace.is(&["3 tea"]);
}

#[test]
fn rule_03_awaiting_what_is_satisfied_already_costs_no_trip() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::bounded(&sim, 1);
    let store = Store::unbounded(&sim);
    let event = sim.event();
    event.succeed(7);
    let counter = Resource::new(&sim, 1);
    let (env, note) = (sim.clone(), trace.clone());
    sim.spawn(async move {
        queue.put(1).await;
        let got = queue.get().await;
        store.put(2).await;
        let picked = store.get_where(|&item| item == 2).await;
        let value = (&event).await;
        let slot = counter.acquire().await;
        let raced = asim!(match FirstOf(event = event.clone(), timer = env.timeout(1.0)).await {
            FirstOf::Event(value) => value,
            FirstOf::Timer(()) => 0,
        });
        let all = all_of([event.clone(), event]).await;
        note.note(format_args!("{got} {picked} {value} {raced} {all:?}"));
        slot.release();
    });
    let note = trace.clone();
    sim.spawn(async move { note.note("whoever is ready behind it") });
    assert!(sim.step().unwrap());
    trace.is(&["0 1 2 7 7 [7, 7]"]);
    assert!(sim.step().unwrap());
    trace.is(&["0 whoever is ready behind it"]);
    assert!(!sim.step().unwrap());
}

#[test]
fn rule_03_a_promised_item_is_not_in_the_store_any_more() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    store.put(1);
    store.put(2);
    let request = store.get_where(|&item| item == 2);
    assert_eq!(store.len(), 1);
    assert_eq!(store.try_get_where(|&item| item == 2), None);
    drop(request);
    assert_eq!(store.len(), 2);
}

#[test]
fn rule_03_a_promised_item_counts_against_capacity() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.put("a");
    let request = queue.get();
    assert_eq!((queue.len(), queue.is_empty(), queue.is_full()), (0, true, true));
    assert_eq!(queue.try_put("b").unwrap_err().into_inner(), "b");
    let waiting = queue.put("c");
    // Consumed: now there is room, and the put that waits goes first.
    assert_eq!(sim.run_until_event(request).unwrap(), "a");
    assert_eq!((queue.len(), queue.is_full()), (1, true));
    drop(waiting);
    assert_eq!(queue.try_get(), Some("c"));
}

#[test]
fn rule_03_what_is_granted_to_a_waiter_is_promised_until_it_resumes() {
    let sim = Simulation::new();
    let queue = PriorityQueue::bounded(&sim, 1);
    let getter = queue.clone();
    let process = sim.spawn(async move { assert_eq!(getter.get().await, 5) });
    sim.run().unwrap();
    queue.put(5);
    assert_eq!((queue.len(), queue.is_full()), (0, true));
    assert!(queue.try_put(6).is_err());
    sim.run().unwrap();
    assert!(process.done());
    assert_eq!((queue.len(), queue.is_full()), (0, false));
}

#[test]
fn rule_03_a_promised_slot_is_taken() {
    let sim = Simulation::new();
    let clerk = Resource::new(&sim, 1);
    let request = clerk.acquire();
    assert_eq!(clerk.count(), 1);
    assert!(clerk.try_acquire().is_none());
    drop(request);
    assert_eq!(clerk.count(), 0);
}

#[test]
fn rule_03_nobody_overtakes_the_line() {
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let first = queue.get();
    // There is nothing that a newcomer could take before it.
    assert_eq!(queue.try_get(), None);
    let second = queue.get();
    queue.put(1);
    assert_eq!(queue.try_get(), None);
    queue.put(2);
    assert_eq!(sim.run_until_event(second).unwrap(), 2);
    assert_eq!(sim.run_until_event(first).unwrap(), 1);
}
