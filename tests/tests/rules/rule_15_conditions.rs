//! Rule 15. `wait_until` evaluates its condition at the call, and again after each change of a thing that
//! it watches, when that change and all that it set off at once are done. Several conditions are evaluated
//! in the order in which they began to wait.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asim::prelude::*;

use crate::trace::Trace;

#[test]
fn rule_15_a_condition_that_is_true_at_the_call_takes_no_time() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0).with_level(3.0);
    let low = sim.wait_until(&tank, |tank| tank.level() < 5.0);
    assert!(low.triggered());
    tank.try_put(7.0).unwrap();
    assert!(low.triggered(), "what was true at the call stays granted");
    assert!(!sim.wait_until(&tank, |tank| tank.level() < 5.0).triggered());
}

#[test]
fn rule_15_never_fires_on_a_conjunction_that_was_not_true_at_one_moment() {
    let sim = Simulation::new();
    let (light, bridge) = (State::new(&sim, "red"), State::new(&sim, "down"));
    let both = sim.wait_until((&light, &bridge), |(light, bridge)| {
        light.get() == "green" && bridge.get() == "up"
    });
    light.set("green");
    light.set("red");
    bridge.set("up");
    assert!(!both.triggered(), "each was so once, but not both at one time");
    bridge.set("down");
    light.set("green");
    assert!(!both.triggered());
    bridge.set("up");
    assert!(both.triggered());
}

/// What each thing shows, and what makes it change.
#[test]
fn rule_15_every_change_of_every_thing_is_seen() {
    let sim = Simulation::new();
    let changes = Rc::new(Cell::new(0));
    // A condition that only counts how often it is asked.
    macro_rules! seen_by {
        ($thing:expr; $($change:expr),+ $(,)?) => {{
            let thing = $thing.clone();
            let count = Rc::clone(&changes);
            let never = sim.wait_until(&thing, move |_| {
                count.set(count.get() + 1);
                false
            });
            $(
                let before = changes.get();
                let _kept = $change;
                assert!(changes.get() > before, "not seen: {}", stringify!($change));
            )+
            drop(never);
            let before = changes.get();
            assert_eq!(Rc::strong_count(&changes), 1, "a condition that is dropped is gone");
            assert_eq!(before, changes.get());
        }};
    }
    let queue = Queue::bounded(&sim, 1);
    seen_by!(queue;
        queue.try_put(1), drop(queue.get()), drop(queue.put(2)), drop(queue.put(3)), queue.try_get(),
        queue.get(), queue.put(4),
    );
    let queue = PriorityQueue::bounded(&sim, 1);
    seen_by!(queue; queue.try_put(1), drop(queue.get()), drop(queue.put(3)), queue.try_get(), queue.get());
    let store = Store::bounded(&sim, 1);
    seen_by!(store;
        store.try_put(1), drop(store.get_where(|_| true)), drop(store.put(3)), store.try_get(),
        store.get(),
    );
    let pool = Pool::new(&sim, [1]);
    seen_by!(pool;
        drop(pool.try_acquire()), drop(pool.acquire()), pool.add(2), pool.acquire(), pool.acquire(),
        pool.acquire(),
    );
    let pool = Pool::new(&sim, [1]);
    let loan = pool.try_acquire().unwrap();
    seen_by!(pool; Loan::remove(loan));
    let tank = Container::new(&sim, 10.0);
    seen_by!(tank;
        tank.try_put(5.0), tank.try_get(1.0), tank.put(1.0), drop(tank.get(1.0)), tank.get(9.0),
        tank.put(9.0),
    );
    let clerks = Resource::new(&sim, 1);
    seen_by!(clerks;
        drop(clerks.try_acquire()), drop(clerks.acquire()), clerks.set_capacity(2),
        (clerks.acquire(), clerks.acquire()), clerks.acquire(),
    );
    let machine = PreemptiveResource::new(&sim, 1);
    seen_by!(machine;
        drop(machine.try_acquire()), drop(machine.acquire()), machine.set_capacity(2),
        (machine.acquire(), machine.acquire()), machine.acquire(),
    );
    let state = State::new(&sim, 1);
    seen_by!(state; state.set(2), drop(state.wait_until(|_| false)), state.wait_until(|_| false));
    let gate = Gate::new_closed(&sim);
    seen_by!(gate; gate.open(), gate.close(), drop(gate.wait()), gate.wait(), gate.let_one_pass());
    let barrier = Barrier::new(&sim);
    seen_by!(barrier; drop(barrier.wait()), barrier.wait(), barrier.release_one(), barrier.wait(), barrier.release());
    let event = sim.event();
    seen_by!(event; event.succeed(1));
    let event: Event<u32> = sim.event();
    seen_by!(event; event.cancel());
    let event: Event<Result<u32, &str>> = sim.event();
    seen_by!(event; event.fail("lost"));
    let _ = event.value();
}

#[test]
fn rule_15_evaluates_when_all_that_the_change_set_off_is_done() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(1).unwrap();
    let _second = queue.put(2);
    // The get makes room, and the waiting put takes it: the queue is empty at no time that can be seen.
    let empty = sim.wait_until(&queue, Queue::is_empty);
    assert_eq!(queue.try_get(), Some(1));
    assert!(!empty.triggered());
    assert_eq!(queue.try_get(), Some(2));
    assert!(empty.triggered());
}

#[test]
fn rule_15_a_line_is_shorter_than_three() {
    #[process]
    async fn customer(env: Environment, barber: Resource, trace: Trace) {
        env.wait_until(&barber, |barber| barber.waiting() < 3).await;
        trace.note("joins");
        let slot = barber.acquire().await;
        env.timeout(10.0).await;
        slot.release();
    }
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let barber = Resource::new(&sim, 1);
    for _ in 0..6 {
        sim.process(Customer::new(barber.clone(), trace.clone()));
    }
    sim.run().unwrap();
    // One is served and three wait. As one of them is served, one more joins, though two were told.
    trace.is(&["0 joins", "0 joins", "0 joins", "0 joins", "10 joins", "10 joins"]);
}

#[test]
fn rule_15_several_are_evaluated_in_the_order_in_which_they_began_to_wait() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (first, second) = (State::new(&sim, 0), State::new(&sim, 0));
    for name in ["one", "two", "three"] {
        let (env, trace) = (sim.env(), trace.clone());
        let watched = (first.clone(), second.clone());
        sim.spawn(async move {
            // The order of the things, and which of them changes, makes no difference.
            if name == "two" {
                env.wait_until((&watched.1, &watched.0), |(two, one)| two.get() + one.get() > 1)
                    .await;
            } else {
                env.wait_until((&watched.0, &watched.1), |(one, two)| two.get() + one.get() > 1)
                    .await;
            }
            trace.note(name);
        });
    }
    sim.run().unwrap();
    first.set(1);
    second.set(1);
    sim.run().unwrap();
    trace.is(&["0 one", "0 two", "0 three"]);
}

#[test]
fn rule_15_is_evaluated_before_the_ready_line_goes_on() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let level = State::new(&sim, 0);
    let (env, watched, note) = (sim.env(), level.clone(), trace.clone());
    sim.spawn(async move {
        env.wait_until(&watched, |level| level.get() == 1).await;
        note.note(format_args!("resumes, and it is {}", watched.get()));
    });
    let (setter, note) = (level.clone(), trace.clone());
    sim.spawn(async move {
        setter.set(1);
        note.note("set");
    });
    let note = trace.clone();
    sim.spawn(async move {
        // It was ready before the condition became true, so it goes first.
        level.set(2);
        note.note("set again");
    });
    sim.run().unwrap();
    trace.is(&["0 set", "0 set again", "0 resumes, and it is 2"]);
}

#[test]
fn rule_15_a_condition_loses_races_and_is_joined_like_any_request() {
    let sim = Simulation::new();
    let (env, tank) = (sim.env(), Container::new(&sim, 10.0));
    let filler = tank.clone();
    let waiter = sim.spawn(async move {
        let full = || env.wait_until(&tank, |tank| tank.level() >= 10.0);
        asim!(match FirstOf(full = full(), late = env.timeout(1.0)).await {
            FirstOf::Full(()) => unreachable!(),
            FirstOf::Late(()) => assert_eq!(env.now(), 1.0),
        });
        let some = env.wait_until(&tank, |tank| tank.level() > 0.0);
        asim!(AllOf(full = full(), some = some)).await;
        assert_eq!(env.now(), 3.0);
        let mut empty = env.wait_until(&tank, |tank| tank.level() == 0.0);
        for _ in 0..2 {
            assert!(env.interruptible(&mut empty).await.is_err());
        }
        empty.await;
        assert_eq!(env.now(), 6.0);
    });
    let (env, filler2) = (sim.env(), filler.clone());
    sim.spawn(async move {
        env.timeout(2.0).await;
        filler2.put(4.0).await;
        env.timeout(1.0).await;
        filler2.put(6.0).await;
    });
    sim.run_until(3.5).unwrap();
    let waiting = sim.blocked();
    assert_eq!(waiting[0].waiting_for, "Environment::wait_until");
    assert!(waiting[0].location.unwrap().file().ends_with("rule_15_conditions.rs"));
    for _ in 0..2 {
        waiter.interrupt("look up");
        sim.run_until(sim.now() + 1.0).unwrap();
    }
    sim.run_until(6.0).unwrap();
    filler.try_get(10.0).unwrap();
    sim.run().unwrap();
    assert!(waiter.done());
}

#[test]
fn rule_15_a_panic_in_a_condition_goes_through_the_call_that_made_the_change() {
    let sim = Simulation::new();
    let level = State::new(&sim, 0);
    let picky = sim.wait_until(&level, |level| {
        assert_ne!(level.get(), 13, "unlucky");
        level.get() > 20
    });
    let other = sim.wait_until(&level, |level| level.get() == 13);
    assert!(catch_unwind(AssertUnwindSafe(|| level.set(13))).is_err());
    assert!(!picky.triggered(), "it still waits");
    // The other one is evaluated by the next call that settles, with what is true then.
    level.set(13 + 8);
    assert!(picky.triggered() && !other.triggered());
}

#[test]
fn rule_15_a_condition_may_call_back_and_drop_its_own_request() {
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::unbounded(&sim);
    let kept: Rc<RefCell<Option<asim::ConditionWait>>> = Rc::default();
    let (inner, log) = (Rc::clone(&kept), Queue::unbounded(&sim));
    let seen = log.clone();
    let wait = sim.wait_until(&queue, move |queue| {
        seen.try_put(queue.len()).unwrap();
        if queue.len() == 2 {
            drop(inner.take());
        }
        false
    });
    *kept.borrow_mut() = Some(wait);
    queue.try_put(1).unwrap();
    queue.try_put(1).unwrap();
    assert!(kept.borrow().is_none());
    queue.try_put(1).unwrap();
    let seen: Vec<usize> = std::iter::from_fn(|| log.try_get()).collect();
    assert_eq!(seen, [0, 1, 2]);
    assert_eq!(Rc::strong_count(&kept), 1, "the condition is dropped with its request");
}

#[test]
fn rule_15_a_condition_that_changes_what_it_watches_ends() {
    let sim = Simulation::new();
    let counter = State::new(&sim, 0);
    let start = sim.event();
    let wait = sim.wait_until((&counter, &start), |(counter, start)| {
        if start.triggered() {
            counter.set(counter.get() + 1);
        }
        false
    });
    start.succeed(());
    assert_eq!(counter.get(), 1);
    assert!(!wait.triggered());
}

#[test]
fn rule_15_a_list_of_things_is_watched() {
    let sim = Simulation::new();
    let lines: Vec<Resource> = (0..3).map(|_| Resource::new(&sim, 1)).collect();
    let slots: Vec<Slot> = lines.iter().map(|line| line.try_acquire().unwrap()).collect();
    let any_free = sim.wait_until(&lines, |lines| lines.iter().any(|line| line.count() == 0));
    let all_free = sim.wait_until(&lines[..], |lines| lines.iter().all(|line| line.count() == 0));
    assert!(!any_free.triggered());
    for (freed, slot) in slots.into_iter().enumerate() {
        drop(slot);
        assert!(any_free.triggered());
        assert_eq!(all_free.triggered(), freed == 2);
    }
}

#[test]
fn rule_15_a_thing_of_another_simulation_is_refused() {
    let (ours, theirs) = (Simulation::new(), Simulation::new());
    let level = State::new(&theirs, 0);
    let panic = catch_unwind(AssertUnwindSafe(|| ours.wait_until(&level, |_| true))).unwrap_err();
    let told = panic.downcast_ref::<String>().unwrap();
    assert!(told.contains("`Environment::wait_until` of simulation"), "{told}");
    assert!(told.contains("watches a thing of simulation"), "{told}");
}

#[test]
fn rule_15_a_signal_for_one_wakes_only_one() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let call = Barrier::new(&sim);
    let mut waiters = Vec::new();
    for name in ["one", "two", "three"] {
        let (call, trace) = (call.clone(), trace.clone());
        waiters.push(sim.spawn(async move {
            call.wait().await;
            trace.note(name);
        }));
    }
    sim.run().unwrap();
    assert!(call.release_one());
    sim.run().unwrap();
    trace.is(&["0 one"]);
    // Who is cancelled in the same instant hands the signal on.
    assert!(call.release_one());
    waiters[1].cancel();
    sim.run().unwrap();
    trace.is(&["0 three"]);
    assert!(!call.release_one(), "nobody waits, and no signal is kept");
    let late = call.wait();
    assert!(!late.triggered());
}
