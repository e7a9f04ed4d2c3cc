//! What the names promise beyond the rules: events, queues and stores.

use asim::prelude::*;

use crate::trace::Trace;

#[test]
fn an_event_keeps_its_value_for_whoever_comes_later() {
    let sim = Simulation::new();
    let event = sim.event();
    assert_eq!((event.triggered(), event.value()), (false, None));
    event.succeed("value");
    assert_eq!((event.triggered(), event.value()), (true, Some("value")));
    assert_eq!(sim.run_until_event(&event).unwrap(), "value");
    assert_eq!(sim.run_until_event(event).unwrap(), "value");
}

#[test]
#[should_panic(expected = "the event has been triggered already")]
fn an_event_happens_once() {
    let sim = Simulation::new();
    let event = sim.event();
    event.succeed(1);
    event.succeed(2);
}

#[test]
fn try_succeed_gives_the_value_back() {
    let sim = Simulation::new();
    let (event, cancelled) = (sim.event(), sim.event());
    assert!(event.try_succeed(1).is_ok());
    assert_eq!(event.try_succeed(2).unwrap_err().into_inner(), 2);
    assert_eq!(event.value(), Some(1));
    cancelled.cancel();
    assert_eq!(cancelled.try_succeed(3).unwrap_err().into_inner(), 3);
    assert_eq!((cancelled.triggered(), cancelled.cancelled()), (false, true));
    // What has happened is not cancelled any more.
    event.cancel();
    assert!(!event.cancelled());
}

#[test]
fn the_waiters_of_a_cancelled_event_stay_blocked_and_blocked_says_why() {
    let sim = Simulation::new();
    let event = sim.event::<()>();
    let waits = event.clone();
    sim.spawn(async move { waits.await });
    sim.run().unwrap();
    assert_eq!(sim.blocked()[0].waiting_for, "an event");
    event.cancel();
    let waits = event.clone();
    sim.spawn(async move { waits.await });
    sim.run().unwrap();
    let why: Vec<_> = sim.blocked().iter().map(|blocked| blocked.waiting_for).collect();
    assert_eq!(why, ["an event that was cancelled", "an event that was cancelled"]);
}

#[test]
fn an_event_of_a_result_can_fail() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let event = sim.event::<Result<u32, &str>>();
    for _ in 0..2 {
        let (event, note) = (event.clone(), trace.clone());
        sim.spawn(async move { note.note(format_args!("{:?}", event.await)) });
    }
    sim.run().unwrap();
    event.fail("no");
    sim.run().unwrap();
    trace.is(&["0 Err(\"no\")", "0 Err(\"no\")"]);
}

#[test]
fn the_run_reports_what_it_waits_for_in_vain() {
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let getter = queue.clone();
    sim.spawn(async move {
        getter.get().await;
    });
    let env = sim.clone();
    sim.spawn(async move { env.timeout(3.0).await });
    let error = sim.run_until_event(sim.event::<()>()).unwrap_err();
    assert!(
        matches!(&error, SimError::RanDry { time: 3.0, standstill, .. } if standstill.waits.len() == 1),
        "{error}"
    );
}

#[test]
fn peek_says_when_something_happens_next() {
    let sim = Simulation::starting_at(2.0);
    assert_eq!(sim.peek(), None);
    let timer = sim.timeout(3.0);
    assert_eq!(sim.peek(), Some(5.0));
    sim.spawn(async {});
    assert_eq!(sim.peek(), Some(2.0));
    assert!(sim.step().unwrap());
    assert_eq!(sim.peek(), Some(5.0));
    drop(timer);
}

#[test]
fn a_priority_queue_gives_the_smallest_first_and_equals_in_their_order() {
    #[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy, Debug)]
    struct Urgent(u32);
    let sim = Simulation::new();
    let queue = PriorityQueue::bounded(&sim, 3);
    for number in [5, 3, 4] {
        queue.try_put(Urgent(number)).unwrap();
    }
    let waiting = queue.put(Urgent(1));
    // What waits outside is not in the queue.
    assert_eq!(queue.try_get(), Some(Urgent(3)));
    assert_eq!(queue.try_get(), Some(Urgent(1)));
    drop(waiting);
    assert_eq!(
        [queue.try_get(), queue.try_get(), queue.try_get()],
        [Some(Urgent(4)), Some(Urgent(5)), None]
    );
}

#[test]
fn several_items_given_back_to_a_priority_queue_go_smallest_first() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = PriorityQueue::unbounded(&sim);
    let getter = queue.clone();
    let holder = sim.spawn(async move {
        let _held = [getter.get(), getter.get()];
        std::future::pending::<()>().await;
    });
    sim.run().unwrap();
    queue.try_put(9).unwrap(); // the older
    queue.try_put(1).unwrap();
    for name in ["first", "second"] {
        let (getter, note) = (queue.clone(), trace.clone());
        sim.spawn(async move { note.note(format_args!("{name} {}", getter.get().await)) });
    }
    sim.run().unwrap();
    holder.cancel();
    sim.run().unwrap();
    trace.is(&["0 first 1", "0 second 9"]);
}

#[test]
fn a_store_gives_the_oldest_that_is_wanted() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 3);
    for colour in ["grey", "red 1", "red 2"] {
        store.try_put(colour).unwrap();
    }
    assert_eq!(store.try_get_where(|colour| colour.starts_with("red")), Some("red 1"));
    assert_eq!(store.try_get_where(|colour| colour.starts_with("blue")), None);
    assert_eq!(store.try_get(), Some("grey"));
    assert_eq!((store.len(), store.capacity(), store.is_full()), (1, Some(3), false));
}

#[test]
#[should_panic(expected = "a capacity is at least 1, not 0")]
fn a_capacity_of_nothing_is_refused() {
    let _queue: Queue<u32> = Queue::bounded(&Simulation::new(), 0);
}

#[test]
fn processes_have_names() {
    #[process]
    async fn customer(env: Environment, id: u32) {
        env.timeout(1.0).await;
        let own = env.active_process().unwrap();
        assert_eq!(own.name(), if id == 0 { "Customer" } else { "Customer 3" });
    }
    let sim = Simulation::new();
    sim.process(Customer::new(0));
    let handle = sim.process(Customer::new(3).named("Customer 3"));
    assert_eq!(handle.name(), "Customer 3");
    sim.run().unwrap();
    assert!(sim.active_process().is_none());
}

#[test]
fn a_refusal_names_the_thing_and_gives_the_item_back() {
    let sim = Simulation::new();
    let (queue, store) = (Queue::bounded(&sim, 2), Store::bounded(&sim, 1));
    let heap = PriorityQueue::bounded(&sim, 1);
    let fill = [queue.try_put(1), queue.try_put(2), store.try_put(1), heap.try_put(1)];
    assert!(fill.iter().all(Result::is_ok));
    let refused = [queue.try_put(7), store.try_put(7), heap.try_put(7)].map(Result::unwrap_err);
    let texts = refused.each_ref().map(ToString::to_string);
    let things = ["Queue of capacity 2", "Store of capacity 1", "PriorityQueue of capacity 1"];
    assert_eq!(texts, things.map(|thing| format!("the {thing} has no room for another item")));
    assert_eq!(format!("{:?}", refused[0]), texts[0], "what `unwrap` says");
    assert_eq!(refused.map(asim::Full::into_inner), [7, 7, 7]);

    let event = sim.event();
    event.cancel();
    let already = event.try_succeed(3).unwrap_err();
    assert_eq!(already.to_string(), "the event has been cancelled already: an event happens once");

    let unbounded = Queue::unbounded(&sim);
    drop(sim);
    assert_eq!(
        unbounded.try_put(1).unwrap_err().to_string(),
        "the simulation of the Queue has gone: nothing is taken in any more"
    );
}
