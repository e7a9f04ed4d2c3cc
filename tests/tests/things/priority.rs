//! Priorities: of items in a queue, and of requests for a resource.

use asim::prelude::*;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::rc::Rc;

/// An item without any order.
#[derive(Debug)]
struct Job(&'static str);

fn names<P: Ord>(queue: &PriorityQueue<Prioritized<P, Job>>) -> Vec<&'static str> {
    std::iter::from_fn(|| queue.try_get()).map(|next| next.item.0).collect()
}

#[test]
fn rule_02_equal_priorities_come_out_in_the_order_in_which_they_went_in() {
    let sim = Simulation::new();
    let queue = PriorityQueue::unbounded(&sim);
    for (priority, name) in [(2, "a"), (1, "b"), (2, "c"), (-7, "d"), (1, "e"), (2, "f")] {
        queue.try_put(Prioritized::new(priority, Job(name))).unwrap();
    }
    assert_eq!(names(&queue), ["d", "b", "e", "a", "c", "f"]);
}

#[test]
fn rule_05_what_is_given_back_goes_to_its_place_among_its_equals() {
    let sim = Simulation::new();
    let queue = PriorityQueue::unbounded(&sim);
    for name in ["a", "b", "c"] {
        queue.try_put(Prioritized::new(1, Job(name))).unwrap();
    }
    let (first, second) = (queue.get(), queue.get());
    queue.try_put(Prioritized::new(1, Job("d"))).unwrap();
    drop((first, second));
    assert_eq!(names(&queue), ["a", "b", "c", "d"]);
}

#[test]
fn priorities_may_be_reversed_and_have_several_parts() {
    let sim = Simulation::new();
    let queue = PriorityQueue::unbounded(&sim);
    let jobs = [(1, 5, "a"), (2, 9, "b"), (2, 3, "c"), (1, 5, "d")];
    for (class, due, name) in jobs {
        queue.try_put(Prioritized::new((Reverse(class), due), Job(name))).unwrap();
    }
    assert_eq!(names(&queue), ["c", "b", "a", "d"]);
}

#[test]
fn only_the_priority_is_compared() {
    assert_eq!(Prioritized::new(1, Job("a")), Prioritized::new(1, Job("b")));
    assert!(Prioritized::new(0.5, Job("a")) < Prioritized::new(1.5, Job("b")));
    assert!(Prioritized::new(f64::NAN, ()).partial_cmp(&Prioritized::new(1.0, ())).is_none());
}

#[test]
fn requests_of_all_priorities_are_served_the_smallest_first_and_equals_in_order() {
    let sim = Simulation::new();
    let (desk, order) = (Resource::new(&sim, 1), Rc::new(RefCell::new(Vec::new())));
    let held = desk.try_acquire();
    let priorities = [0, i32::MAX, -1, i32::MIN, 0, -1, i32::MAX, i32::MIN];
    for (number, priority) in priorities.into_iter().enumerate() {
        let (env, desk, order) = (Environment::clone(&sim), desk.clone(), order.clone());
        sim.spawn(async move {
            let _slot = desk.acquire_with_priority(priority).await;
            order.borrow_mut().push(number);
            env.timeout(1.0).await;
        });
    }
    sim.run_until(1.0).unwrap();
    drop(held);
    sim.run().unwrap();
    assert_eq!(*order.borrow(), [3, 7, 2, 5, 0, 4, 1, 6]);
}

#[test]
fn rule_02_an_urgent_request_that_comes_just_before_a_release_of_that_time_goes_first() {
    let sim = Simulation::new();
    let (desk, order) = (Resource::new(&sim, 1), Rc::new(RefCell::new(Vec::new())));
    let held = desk.try_acquire();
    for (time, priority) in [(0.0, 5), (1.0, 9), (2.0, 1)] {
        let (desk, order) = (desk.clone(), order.clone());
        let env = Environment::clone(&sim);
        sim.spawn(async move {
            env.timeout(time).await;
            let _slot = desk.acquire_with_priority(priority).await;
            order.borrow_mut().push((env.now(), priority));
            env.timeout(1.0).await;
        });
    }
    sim.run_until(1.5).unwrap();
    sim.schedule(0.5, move |_| drop(held));
    sim.run().unwrap();
    assert_eq!(*order.borrow(), [(2.0, 1), (3.0, 5), (4.0, 9)]);
}

#[test]
fn rule_03_a_granted_request_does_not_give_way_to_a_more_urgent_one() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let held = desk.try_acquire();
    let waits = desk.acquire_with_priority(5);
    drop(held); // granted to "waits", which nobody has awaited yet
    let urgent = desk.acquire_with_priority(-5);
    let (winner, slot) = sim.run_until_event(first_of([urgent, waits])).unwrap();
    assert_eq!((winner, desk.count()), (1, 1));
    slot.release();
}
