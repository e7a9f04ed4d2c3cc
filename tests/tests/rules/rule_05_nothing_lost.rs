//! Rule 5. Every item put is in exactly one place: in the store, in one live request, or consumed
//! once. What a request was promised goes back to its place in the order when it is not consumed,
//! and is offered at once to the waiting requests. Capacity is never exceeded, and the first item
//! in is the first out. A put is final once it is accepted.

use std::cell::Cell;
use std::rc::Rc;

use asim::prelude::*;

use crate::trace::Trace;

/// Takes all that `queue` can give at once.
fn drain<T>(queue: &Queue<T>) -> Vec<T> {
    std::iter::from_fn(|| queue.try_get()).collect()
}

#[test]
fn rule_05_a_dropped_get_gives_its_item_back_to_its_place() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    for item in 0..5 {
        queue.try_put(item).unwrap();
    }
    let mut requests: Vec<_> = (0..4).map(|_| queue.get()).collect();
    // Items 2, 0 and 3 come back in this order, each to its place.
    for index in [2, 0, 1] {
        drop(requests.remove(index));
    }
    assert_eq!(drain(&queue), [0, 2, 3, 4]);
    assert_eq!(sim.run_until_event(requests.remove(0)).unwrap(), 1);
}

#[test]
fn rule_05_in_a_priority_queue_it_goes_back_to_its_place_among_its_equals() {
    /// Equal if the priority is.
    #[derive(Debug)]
    struct Job(u32, &'static str);
    impl PartialEq for Job {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Job {}
    impl PartialOrd for Job {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Job {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.cmp(&other.0)
        }
    }

    let sim = Simulation::new();
    let queue = PriorityQueue::unbounded(&sim);
    for (priority, name) in [(2, "c"), (1, "a"), (2, "d"), (1, "b"), (2, "e")] {
        queue.try_put(Job(priority, name)).unwrap();
    }
    let requests: Vec<_> = (0..4).map(|_| queue.get()).collect();
    for request in requests.into_iter().rev() {
        drop(request);
        queue.try_put(Job(2, "f")).unwrap();
    }
    let order: Vec<_> = std::iter::from_fn(|| queue.try_get()).map(|job| job.1).collect();
    assert_eq!(order, ["a", "b", "c", "d", "e", "f", "f", "f", "f"]);
}

#[test]
fn rule_05_in_a_store_it_goes_back_to_its_place() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in 0..6 {
        store.try_put(item).unwrap();
    }
    let odd = [store.get_where(|item| item % 2 == 1), store.get_where(|item| item % 2 == 1)];
    assert_eq!(store.len(), 4);
    drop(odd);
    let order: Vec<_> = std::iter::from_fn(|| store.try_get()).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn rule_05_a_get_that_loses_gives_its_item_back() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let (env, getter) = (sim.clone(), queue.clone());
    sim.spawn(async move {
        let both = all_of([getter.get(), getter.get(), getter.get()]);
        asim!(match FirstOf(both = both, late = env.timeout(1.0)).await {
            FirstOf::Both(_) => unreachable!(),
            FirstOf::Late(()) => {}
        });
    });
    queue.try_put(1).unwrap();
    sim.run_until(0.5).unwrap();
    queue.try_put(2).unwrap();
    assert_eq!(queue.len(), 0);
    sim.run().unwrap();
    assert_eq!(drain(&queue), [1, 2]);
}

#[test]
fn rule_05_a_get_whose_process_is_interrupted_gives_its_item_back() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let (env, getter) = (sim.clone(), queue.clone());
    let process = sim.spawn(async move {
        assert!(env.interruptible(getter.get()).await.is_err());
    });
    sim.run().unwrap();
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    process.interrupt(());
    sim.run().unwrap();
    assert_eq!(drain(&queue), [1, 2]);
}

#[test]
fn rule_05_a_get_whose_process_is_cancelled_gives_its_item_back() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let getter = queue.clone();
    let process = sim.spawn(async move {
        getter.get().await;
    });
    sim.run().unwrap();
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    process.cancel();
    assert_eq!(drain(&queue), [1, 2], "at once");
    sim.run().unwrap();
}

#[test]
fn rule_05_an_unguarded_interrupt_gives_the_item_back() {
    let sim = Simulation::new();
    let queue = Queue::unbounded(&sim);
    let getter = queue.clone();
    let process = sim.spawn(async move {
        getter.get().await;
    });
    sim.run().unwrap();
    queue.try_put(1).unwrap();
    process.interrupt(());
    assert!(matches!(sim.run_until_event(process).unwrap(), Err(Stopped::Interrupted(_))));
    assert_eq!(drain(&queue), [1]);
}

#[test]
fn rule_05_what_is_given_back_is_offered_at_once_to_whoever_waits() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    queue.try_put("a").unwrap();
    queue.try_put("b").unwrap();
    let requests = [queue.get(), queue.get()];
    for name in ["first", "second"] {
        let (getter, note) = (queue.clone(), trace.clone());
        sim.spawn(async move { note.note(format_args!("{name} gets {}", getter.get().await)) });
    }
    sim.run().unwrap();
    let [a, b] = requests;
    drop(b);
    assert_eq!(queue.len(), 0, "it has a new owner already");
    drop(a);
    sim.run().unwrap();
    trace.is(&["0 first gets b", "0 second gets a"]);
}

#[test]
fn rule_05_several_items_given_back_as_one_go_in_their_order() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let getter = queue.clone();
    let holder = sim.spawn(async move {
        let (a, b, c) = (getter.get(), getter.get(), getter.get());
        // Dropped in the order c, a, b.
        let _requests = (c, a, b);
        std::future::pending::<()>().await;
    });
    for item in ["a", "b", "c"] {
        queue.try_put(item).unwrap();
    }
    sim.run().unwrap();
    for name in ["first", "second"] {
        let (getter, note) = (queue.clone(), trace.clone());
        sim.spawn(async move { note.note(format_args!("{name} gets {}", getter.get().await)) });
    }
    sim.run().unwrap();
    holder.cancel();
    sim.run().unwrap();
    trace.is(&["0 first gets a", "0 second gets b"]);
    assert_eq!(drain(&queue), ["c"]);
}

#[test]
fn rule_05_several_items_given_back_to_a_store_go_in_their_order() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let store = Store::unbounded(&sim);
    let getter = store.clone();
    let holder = sim.spawn(async move {
        let (a, b, c) = (getter.get(), getter.get(), getter.get());
        let _requests = (c, a, b);
        std::future::pending::<()>().await;
    });
    for item in ["a", "b", "c"] {
        store.try_put(item).unwrap();
    }
    sim.run().unwrap();
    for name in ["first", "second"] {
        let (getter, note) = (store.clone(), trace.clone());
        sim.spawn(async move { note.note(format_args!("{name} gets {}", getter.get().await)) });
    }
    sim.run().unwrap();
    holder.cancel();
    sim.run().unwrap();
    trace.is(&["0 first gets a", "0 second gets b"]);
}

#[test]
fn rule_05_an_item_given_back_twice_still_has_its_place() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in [1, 2, 3] {
        store.try_put(item).unwrap();
    }
    let first = store.get_where(|&item| item == 1);
    let second = store.get_where(|&item| item == 1);
    drop(first); // to the second
    drop(second); // and to its place
    let order: Vec<_> = std::iter::from_fn(|| store.try_get()).collect();
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn rule_05_what_an_interrupt_gives_back_goes_in_its_order_too() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let (env, getter) = (sim.clone(), queue.clone());
    let holder = sim.spawn(async move {
        let (a, b) = (getter.get(), getter.get());
        let held = async move {
            let _requests = (b, a); // dropped in this order
            std::future::pending::<()>().await;
        };
        assert!(env.interruptible(held).await.is_err());
    });
    queue.try_put("a").unwrap();
    queue.try_put("b").unwrap();
    sim.run().unwrap();
    for name in ["first", "second"] {
        let (getter, note) = (queue.clone(), trace.clone());
        sim.spawn(async move { note.note(format_args!("{name} gets {}", getter.get().await)) });
    }
    sim.run().unwrap();
    holder.interrupt(());
    sim.run().unwrap();
    trace.is(&["0 first gets a", "0 second gets b"]);
}

#[test]
fn rule_05_what_a_dropped_join_gives_back_goes_in_its_order_too() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::unbounded(&sim);
    let (a, b) = (queue.get(), queue.get());
    let never = Queue::unbounded(&sim);
    let join = all_of([b, a, never.get()]); // dropped in this order
    queue.try_put("a").unwrap();
    queue.try_put("b").unwrap();
    for name in ["first", "second", "third"] {
        let (getter, note) = (queue.clone(), trace.clone());
        sim.spawn(async move { note.note(format_args!("{name} gets {}", getter.get().await)) });
    }
    sim.run().unwrap();
    drop(join);
    sim.run().unwrap();
    trace.is(&["0 first gets a", "0 second gets b"]);
}

#[test]
fn rule_05_each_line_is_served_to_its_end_in_the_order_in_which_they_changed() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let (apples, pears) = (Queue::unbounded(&sim), Queue::unbounded(&sim));
    let held = (apples.clone(), pears.clone());
    let holder = sim.spawn(async move {
        let (apples, pears) = held;
        let _requests = [apples.get(), pears.get(), apples.get(), pears.get()];
        std::future::pending::<()>().await;
    });
    for queue in [&apples, &pears] {
        queue.try_put(()).unwrap();
        queue.try_put(()).unwrap();
    }
    sim.run().unwrap();
    for (name, queue) in
        [("pear 1", &pears), ("pear 2", &pears), ("apple 1", &apples), ("apple 2", &apples)]
    {
        let (getter, note) = (queue.clone(), trace.clone());
        sim.spawn(async move {
            getter.get().await;
            note.note(name);
        });
    }
    sim.run().unwrap();
    holder.cancel();
    sim.run().unwrap();
    trace.is(&["0 apple 1", "0 apple 2", "0 pear 1", "0 pear 2"]);
}

#[test]
fn rule_05_a_slot_given_back_goes_to_the_next_in_line() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let clerk = Resource::new(&sim, 1);
    let holder = clerk.try_acquire();
    let mut waiters = Vec::new();
    for name in ["a", "b", "c"] {
        let (env, clerk, note) = (sim.clone(), clerk.clone(), trace.clone());
        waiters.push(sim.spawn(async move {
            let slot = clerk.acquire().await;
            note.note(format_args!("{name} has the slot"));
            env.timeout(1.0).await;
            slot.release();
        }));
    }
    sim.run().unwrap();
    drop(holder); // promised to a
    waiters[0].cancel(); // on to b
    assert_eq!(clerk.count(), 1);
    sim.run().unwrap();
    trace.is(&["0 b has the slot", "1 c has the slot"]);
    assert_eq!(clerk.count(), 0);
}

#[test]
fn rule_05_capacity_is_never_exceeded_on_the_way() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 2);
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let waiting = [queue.put(3), queue.put(4)];
    let request = queue.get();
    assert_eq!((queue.len(), queue.is_full(), queue.putters()), (2, true, 1));
    // Its room is taken, so it waits outside the capacity.
    drop(request);
    assert_eq!((queue.len(), queue.is_full(), queue.putters()), (2, true, 1));
    assert_eq!(queue.try_get(), Some(1));
    assert_eq!((queue.len(), queue.is_full(), queue.putters()), (2, true, 1));
    assert_eq!(drain(&queue), [2, 3, 4]);
    drop(waiting);
}

#[test]
fn rule_05_a_promise_that_comes_back_to_a_full_store_is_offered_in_its_place() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 1);
    store.try_put("red").unwrap();
    let red = store.get();
    store.try_put("blue").unwrap();
    let green = store.put("green");
    let waiting = store.get_where(|&item| item == "red");
    drop(red);
    // It went to the getter that wants it, and was never in the way.
    assert_eq!((store.len(), store.getters(), store.putters()), (1, 0, 1));
    drop(waiting);
    assert_eq!((store.len(), store.is_full(), store.putters()), (1, true, 1));
    assert_eq!(store.try_get(), Some("red"));
    assert_eq!((store.len(), store.putters()), (1, 1));
    assert_eq!(store.try_get(), Some("blue"));
    assert_eq!((store.len(), store.putters()), (1, 0));
    drop(green);
    assert_eq!(store.try_get(), Some("green"));
}

#[test]
fn rule_05_what_is_in_a_store_counts_while_an_item_that_went_past_it_is_promised() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 1);
    let red = store.get_where(|&item| item == "red");
    store.try_put("blue").unwrap();
    store.try_put("red").unwrap();
    assert_eq!((store.len(), store.is_full()), (1, true));
    drop(red);
    assert_eq!((store.len(), store.is_full()), (1, true));
}

#[test]
fn rule_05_first_in_is_first_out_also_among_waiting_puts() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(0).unwrap();
    let mut waiting: Vec<_> = (1..=4).map(|item| queue.put(item)).collect();
    drop(waiting.remove(1)); // 2 is withdrawn
    assert_eq!(drain(&queue), [0, 1, 3, 4]);
}

#[test]
fn rule_05_a_withdrawn_put_takes_its_item_with_it() {
    let sim = Simulation::new();
    let trace = Trace::of(&sim);
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(trace.drop_of("the item inside")).unwrap();
    let waiting = queue.put(trace.drop_of("the withdrawn item"));
    trace.is(&[]);
    drop(waiting);
    trace.is(&["0 the withdrawn item is dropped"]);
    drop(queue);
    trace.is(&["0 the item inside is dropped"]);
}

#[test]
fn rule_05_a_put_is_final_once_it_is_accepted_at_the_call() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 2);
    drop(queue.put(1));
    let event = sim.event::<()>();
    event.succeed(());
    let putter = queue.clone();
    sim.spawn(async move {
        asim!(match FirstOf(event = event, put = putter.put(2)).await {
            FirstOf::Event(()) => {}
            FirstOf::Put(()) => unreachable!("the event is written first"),
        });
    });
    sim.run().unwrap();
    assert_eq!(drain(&queue), [1, 2]);
}

#[test]
fn rule_05_a_put_is_final_once_space_opens() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(1).unwrap();
    let (env, putter) = (sim.clone(), queue.clone());
    let process = sim.spawn(async move {
        assert!(env.interruptible(putter.put(2)).await.is_err());
    });
    sim.run().unwrap();
    assert_eq!(queue.try_get(), Some(1));
    // The put is accepted, and its process is interrupted before it resumes.
    process.interrupt(());
    sim.run().unwrap();
    assert_eq!(drain(&queue), [2]);
}

#[test]
fn rule_05_a_put_accepted_in_a_join_that_loses_stays_in() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(1).unwrap();
    let (env, putter) = (sim.clone(), queue.clone());
    sim.spawn(async move {
        let puts = all_of([putter.put(2), putter.put(3)]);
        asim!(match FirstOf(puts = puts, late = env.timeout(1.0)).await {
            FirstOf::Puts(_) => unreachable!(),
            FirstOf::Late(()) => {}
        });
    });
    sim.run_until(0.5).unwrap();
    assert_eq!(queue.try_get(), Some(1));
    sim.run().unwrap();
    assert_eq!(drain(&queue), [2], "and 3 was withdrawn");
}

#[test]
fn rule_05_what_went_past_a_full_store_and_comes_back_is_not_lost() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 1);
    store.try_put(1).unwrap();
    let getter = store.get_where(|&item| item == 2);
    assert!(store.try_put(2).is_ok(), "straight to the getter");
    let waiting = store.put(3);
    drop(getter);
    assert!(store.is_full());
    assert!(store.len() <= 1, "{}", store.len());
    let order: Vec<_> = std::iter::from_fn(|| store.try_get()).collect();
    assert_eq!(order, [1, 2, 3]);
    drop(waiting);
}

/// An item that is counted while it exists.
struct Counted(Rc<Cell<i32>>, u32);

impl Counted {
    fn new(count: &Rc<Cell<i32>>, number: u32) -> Self {
        count.set(count.get() + 1);
        Counted(Rc::clone(count), number)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn rule_05_every_item_is_in_exactly_one_place() {
    let sim = Simulation::new();
    let count = Rc::new(Cell::new(0));
    let consumed = Rc::new(Cell::new(0));
    let queue = Queue::bounded(&sim, 3);
    let (env, putter, counter) = (sim.clone(), queue.clone(), Rc::clone(&count));
    sim.spawn(async move {
        for number in 0..300 {
            putter.put(Counted::new(&counter, number)).await;
            env.timeout(f64::from(number % 3)).await;
        }
    });
    // Getters give up, are interrupted or cancelled, many of them at the same instant as a grant.
    for id in 0..5_u32 {
        let (env, getter, consumed) = (sim.clone(), queue.clone(), Rc::clone(&consumed));
        let process = sim.spawn(async move {
            loop {
                let race = asim!(FirstOf::<Got>(
                    item = getter.get(),
                    late = env.timeout(f64::from(id % 3))
                ));
                match env.interruptible(race).await {
                    Ok(Got::Item(item)) => {
                        consumed.set(consumed.get() + 1);
                        assert!(item.1 < 300);
                    }
                    Ok(Got::Late(())) | Err(_) => {}
                }
                env.interruptible(env.timeout(1.0)).await.ok();
            }
        });
        let (env, process) = (sim.clone(), process.process_ref());
        sim.spawn(async move {
            for round in 0..100 {
                env.timeout(f64::from(1 + (round + id) % 2)).await;
                process.interrupt(round);
            }
            if id == 4 {
                process.cancel();
            }
        });
    }
    for time in 0..700 {
        sim.run_until(f64::from(time)).unwrap();
        assert!(queue.len() <= 3);
    }
    let left = drain(&queue);
    let numbers: Vec<_> = left.iter().map(|item| item.1).collect();
    assert!(numbers.is_sorted());
    assert_eq!(consumed.get() + count.get(), 300);
    drop((left, sim, queue));
    assert_eq!(count.get(), 0);
}

enum Got {
    Item(Counted),
    Late(()),
}
