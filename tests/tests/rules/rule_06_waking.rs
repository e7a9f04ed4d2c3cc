//! Rule 6. Whatever changes a level serves the waiters that it can now serve. A put that a waiting
//! getter wants goes straight to the getter, even past a full store.

use asim::prelude::*;

use crate::trace::Trace;

#[test]
fn rule_06_try_get_wakes_a_waiting_put() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(1).unwrap();
    let (putter, note) = (queue.clone(), trace.clone());
    sim.spawn(async move {
        putter.put(2).await;
        note.note("2 is in");
    });
    sim.run().unwrap();
    assert_eq!(queue.try_get(), Some(1));
    sim.run().unwrap();
    trace.is(&["0 2 is in"]);
}

#[test]
fn rule_06_try_put_wakes_a_waiting_get() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::bounded(&sim, 1);
    let (getter, note) = (queue.clone(), trace.clone());
    sim.spawn(async move { note.note(getter.get().await) });
    sim.run().unwrap();
    assert!(queue.try_put("item").is_ok());
    sim.run().unwrap();
    trace.is(&["0 item"]);
}

#[test]
fn rule_06_a_get_that_is_granted_at_the_call_wakes_a_waiting_put() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(1).unwrap();
    let (putter, note) = (queue.clone(), trace.clone());
    sim.spawn(async move {
        putter.put(2).await;
        note.note("2 is in");
    });
    sim.run().unwrap();
    trace.is(&[]);
    let promised = queue.get();
    sim.run().unwrap();
    trace.is(&["0 2 is in"]);
    assert_eq!(sim.run_until_event(promised).unwrap(), 1);
}

#[test]
fn rule_06_every_level_change_serves_all_that_it_can() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::bounded(&sim, 3);
    for item in 0..3 {
        queue.try_put(item).unwrap();
    }
    for item in 3..6 {
        let (putter, note) = (queue.clone(), trace.clone());
        sim.spawn(async move {
            putter.put(item).await;
            note.note(item);
        });
    }
    sim.run().unwrap();
    let holder = queue.clone();
    let process = sim.spawn(async move {
        let requests = all_of([holder.get(), holder.get(), holder.get()]);
        drop(requests.await);
    });
    assert!(sim.step().unwrap());
    assert!(process.done());
    sim.run().unwrap();
    trace.is(&["0 3", "0 4", "0 5"]);
}

#[test]
fn rule_06_a_release_wakes_the_next_in_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let clerk = Resource::new(&sim, 1);
    let slot = clerk.try_acquire().unwrap();
    let (next, note) = (clerk.clone(), trace.clone());
    sim.spawn(async move {
        let _slot = next.acquire().await;
        note.note("has it");
    });
    sim.run().unwrap();
    slot.release();
    sim.run().unwrap();
    trace.is(&["0 has it"]);
}

#[test]
fn rule_06_the_cancellation_of_a_holder_wakes_the_next_in_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let clerk = Resource::new(&sim, 1);
    let held = clerk.clone();
    let holder = sim.spawn(async move {
        let _slot = held.acquire().await;
        std::future::pending::<()>().await;
    });
    let (next, note) = (clerk.clone(), trace.clone());
    sim.spawn(async move {
        let _slot = next.acquire().await;
        note.note("has it");
    });
    sim.run().unwrap();
    holder.cancel();
    sim.run().unwrap();
    trace.is(&["0 has it"]);
}

#[test]
fn rule_06_the_cancellation_of_a_getter_leaves_the_item_to_the_one_behind() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let first = queue.get();
    let (getter, note) = (queue.clone(), trace.clone());
    sim.spawn(async move { note.note(getter.get().await) });
    sim.run().unwrap();
    drop(first);
    queue.try_put("item").unwrap();
    sim.run().unwrap();
    trace.is(&["0 item"]);
}

#[test]
fn rule_06_a_put_that_a_waiting_getter_wants_goes_straight_to_it_past_a_full_store() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let store = Store::bounded(&sim, 1);
    store.try_put("grey").unwrap();
    let (getter, note) = (store.clone(), trace.clone());
    sim.spawn(async move { note.note(getter.get_where(|&colour| colour == "red").await) });
    sim.run().unwrap();
    assert!(store.try_put("blue").is_err());
    assert!(store.try_put("red").is_ok());
    sim.run().unwrap();
    trace.is(&["0 red"]);
    assert_eq!((store.len(), store.try_get()), (1, Some("grey")));
}

#[test]
fn rule_06_a_get_takes_what_it_wants_from_a_waiting_put_past_a_full_store() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let store = Store::bounded(&sim, 1);
    store.try_put("grey").unwrap();
    for colour in ["blue", "red"] {
        let (putter, note) = (store.clone(), trace.clone());
        sim.spawn(async move {
            putter.put(colour).await;
            note.note(colour);
        });
    }
    sim.run().unwrap();
    let request = store.get_where(|&colour| colour == "red");
    assert_eq!(sim.run_until_event(request).unwrap(), "red");
    sim.run().unwrap();
    trace.is(&["0 red"]);
    assert_eq!([store.try_get(), store.try_get()], [Some("grey"), Some("blue")]);
}

#[test]
fn rule_06_a_getter_that_nothing_suits_does_not_hold_up_those_behind_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let store = Store::unbounded(&sim);
    for wanted in [1, 2, 1] {
        let (getter, note) = (store.clone(), trace.clone());
        sim.spawn(async move { note.note(getter.get_where(move |&item| item == wanted).await) });
    }
    sim.run().unwrap();
    store.try_put(2).unwrap();
    store.try_put(1).unwrap();
    sim.run().unwrap();
    trace.is(&["0 2", "0 1"]);
    assert_eq!(sim.blocked().len(), 1);
}

#[test]
fn rule_06_a_join_wakes_its_process_once() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let getter = queue.clone();
    sim.spawn(async move {
        assert_eq!(all_of([getter.get(), getter.get()]).await, [1, 2]);
    });
    sim.run().unwrap();
    queue.try_put(1).unwrap();
    assert_eq!(sim.peek(), None, "one branch is missing: nobody is woken");
    queue.try_put(2).unwrap();
    let mut steps = 0;
    while sim.step().unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 1);
}

/// The first grant of a release decides a race, by which something goes back to another thing. The thing that
/// was released serves the rest of its own line first.
#[test]
fn rule_06_what_changed_first_serves_its_line_before_what_got_something_back() {
    #[process]
    async fn holder(env: Environment, desk: Resource) {
        let both = desk.acquire_many(2).await;
        env.timeout(1.0).await;
        both.release();
    }

    #[process]
    async fn racer(env: Environment, desk: Resource, phone: Resource, trace: Trace) {
        let call = env.event::<()>();
        // The phone is promised at the call. It goes back when the race is decided.
        let talk = asim!(AllOf(phone = phone.acquire(), call = call));
        asim!(match FirstOf(desk = desk.acquire(), talk = talk).await {
            FirstOf::Desk(_slot) => {
                trace.note("racer");
                env.timeout(1.0).await;
            }
            FirstOf::Talk(_) => unreachable!("nobody calls"),
        });
    }

    #[process]
    async fn waiter(env: Environment, thing: Resource, name: &'static str, trace: Trace) {
        let _slot = thing.acquire().await;
        trace.note(name);
        env.timeout(1.0).await;
    }

    let sim = Simulation::new();
    let (desk, phone) = (Resource::new(&sim, 2), Resource::new(&sim, 1));
    let trace = Trace::of(&sim);
    sim.process(Holder::new(desk.clone()));
    sim.process(Racer::new(desk.clone(), phone.clone(), trace.clone()));
    sim.process(Waiter::new(phone, "phone", trace.clone()));
    sim.process(Waiter::new(desk, "desk", trace.clone()));
    sim.run_until(1.0).unwrap();
    trace.is(&["1 racer", "1 desk", "1 phone"]);
}
