//! Rule 3. A request takes its place in the line when it is made, not when it is awaited. If it can
//! be satisfied at the call, it is satisfied then, and awaiting it does not go through the agenda.
//! What a satisfied request holds is promised: it has left the store, and its room is free.

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
    queue.try_put("a").unwrap();
    queue.try_put("b").unwrap();
    sim.run().unwrap();
    trace.is(&["0 first a, second b"]);
}

#[test]
fn rule_03_a_put_takes_its_place_in_the_line_when_called() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(0).unwrap();
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
    store.try_put(1).unwrap();
    store.try_put(2).unwrap();
    let request = store.get_where(|&item| item == 2);
    assert_eq!(store.len(), 1);
    assert_eq!(store.try_get_where(|&item| item == 2), None);
    drop(request);
    assert_eq!(store.len(), 2);
}

#[test]
fn rule_03_the_room_of_a_promised_item_is_free_at_once() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put("a").unwrap();
    let waiting = queue.put("b");
    let request = queue.get();
    // The put that waits is in before the call returns.
    assert_eq!((queue.len(), queue.is_full(), queue.putters()), (1, true, 0));
    drop(waiting);
    assert_eq!(queue.try_put("c").unwrap_err().into_inner(), "c");
    assert_eq!(sim.run_until_event(request).unwrap(), "a");
    assert_eq!((queue.len(), queue.is_full()), (1, true));
    assert_eq!(queue.try_get(), Some("b"));
}

/// One server waits, and a packet that finds the buffer full is dropped.
#[test]
fn rule_03_a_drop_tail_buffer_of_one_place_takes_two_packets_of_one_instant() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let buffer = Queue::bounded(&sim, 1);
    let (env, packets, note) = (sim.clone(), buffer.clone(), trace.clone());
    sim.spawn(async move {
        for _ in 0..2 {
            let packet = packets.get().await;
            env.timeout(1.0).await;
            note.note(packet);
        }
    });
    sim.run().unwrap();
    assert!(buffer.try_put("first").is_ok(), "the server has it");
    assert!(buffer.try_put("second").is_ok(), "the buffer is empty");
    assert!(buffer.try_put("third").is_err());
    sim.run().unwrap();
    trace.is(&["1 first", "2 second"]);
}

#[test]
fn rule_03_who_has_asked_for_an_item_may_put_another_before_taking_it() {
    let sim = Simulation::new();
    let (queue, tank) = (Queue::bounded(&sim, 1), Container::new(&sim, 1.0));
    let (output, input) = channel(&sim, 1);
    let process = sim.spawn(async move {
        queue.put(1).await;
        let request = queue.get();
        queue.put(2).await;
        assert_eq!((request.await, queue.get().await), (1, 2));
        tank.put(1.0).await;
        let request = tank.get(1.0);
        tank.put(1.0).await;
        request.await;
        assert_eq!(output.send(1).await, Ok(()));
        let request = input.recv();
        assert_eq!(output.send(2).await, Ok(()));
        assert_eq!((request.await, input.recv().await), (Ok(1), Ok(2)));
    });
    sim.run().unwrap();
    assert!(process.done(), "it blocks itself");
}

#[test]
fn rule_03_what_is_granted_to_a_waiter_is_promised_until_it_resumes() {
    let sim = Simulation::new();
    let queue = PriorityQueue::bounded(&sim, 1);
    let getter = queue.clone();
    let process = sim.spawn(async move { assert_eq!(getter.get().await, 5) });
    sim.run().unwrap();
    queue.try_put(5).unwrap();
    assert_eq!((queue.len(), queue.is_full(), queue.try_get()), (0, false, None));
    queue.try_put(4).unwrap();
    assert_eq!((queue.len(), queue.is_full()), (1, true));
    sim.run().unwrap();
    assert!(process.done());
    assert_eq!((queue.len(), queue.is_full()), (1, true));
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
    queue.try_put(1).unwrap();
    assert_eq!(queue.try_get(), None);
    queue.try_put(2).unwrap();
    assert_eq!(sim.run_until_event(second).unwrap(), 2);
    assert_eq!(sim.run_until_event(first).unwrap(), 1);
}
