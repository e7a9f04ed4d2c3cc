//! Queues, priority queues, stores and pools: changed capacities, looking without taking, the best by
//! key, withdrawn puts, and lines by priority.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asim::prelude::*;

/// Takes all that the store can give at once.
fn drain<T>(store: &Store<T>) -> Vec<T> {
    std::iter::from_fn(|| store.try_get()).collect()
}

/// Returns the items that `for_each` shows.
fn shown(store: &Store<u32>) -> Vec<u32> {
    let mut items = Vec::new();
    store.for_each(|item| items.push(*item));
    items
}

// ---- the capacity

#[test]
fn growing_lets_the_waiting_puts_in_at_once_and_in_order() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    let puts: Vec<_> = (0..5).map(|item| queue.put(item)).collect();
    queue.set_capacity(3);
    let in_: Vec<_> = puts.iter().map(asim::Put::triggered).collect();
    assert_eq!(in_, [true, true, true, false, false]);
    assert_eq!((queue.len(), queue.putters(), queue.capacity()), (3, 2, Some(3)));
    queue.set_capacity(None);
    assert_eq!((queue.len(), queue.putters(), queue.capacity()), (5, 0, None));
    queue.set_capacity(usize::MAX);
    assert_eq!(queue.capacity(), None);
    queue.set_capacity(5);
    assert!(queue.is_full() && queue.try_put(9).is_err());
    assert_eq!(std::iter::from_fn(|| queue.try_get()).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[test]
fn shrinking_leaves_all_inside_and_lets_nobody_in_until_there_is_room() {
    let sim = Simulation::new();
    let queue = PriorityQueue::unbounded(&sim);
    for item in [3, 1, 2] {
        queue.try_put(item).unwrap();
    }
    queue.set_capacity(1);
    assert_eq!((queue.len(), queue.is_full()), (3, true));
    let put = queue.put(0);
    assert_eq!(queue.try_get(), Some(1));
    assert_eq!(queue.try_get(), Some(2));
    assert!(!put.triggered() && queue.len() == 1);
    assert_eq!(queue.try_get(), Some(3));
    assert!(put.triggered() && queue.len() == 1);
}

#[test]
fn a_closed_queue_hands_items_on_and_keeps_none() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 2);
    queue.set_capacity(0);
    assert!(queue.is_full() && queue.is_empty() && queue.try_put('x').is_err());
    let put = queue.put('a');
    let get = queue.get();
    assert!(put.triggered() && get.triggered());
    let get = queue.get();
    assert!(queue.try_put('b').is_ok() && get.triggered());
    // What comes back waits outside the capacity.
    drop(get);
    assert_eq!((queue.len(), queue.try_get()), (0, Some('b')));
}

#[test]
fn rule_03_what_comes_back_to_a_smaller_store_is_outside() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in 0..3 {
        store.try_put(item).unwrap();
    }
    let promised = store.get();
    store.set_capacity(1);
    assert_eq!(store.len(), 2, "these stay inside");
    drop(promised);
    assert_eq!(store.len(), 2, "and this one is outside");
    assert_eq!(shown(&store), [0, 1, 2]);
    let waiting = store.put(7);
    assert_eq!((store.try_get(), store.len()), (Some(0), 2));
    assert_eq!((store.try_get(), store.len()), (Some(1), 1));
    let promised = store.get();
    assert!(waiting.triggered());
    drop(promised);
    assert_eq!((store.len(), shown(&store)), (1, vec![2, 7]));
    store.set_capacity(2);
    assert_eq!(store.len(), 2, "there is room for it now");
}

#[test]
fn rule_02_a_put_and_a_change_at_one_time_come_in_their_order() {
    for put_first in [true, false] {
        let sim = Simulation::new();
        let queue = Queue::bounded(&sim, 1);
        let (one, other, done) = (queue.clone(), queue.clone(), Rc::new(Cell::new(None)));
        let noted = Rc::clone(&done);
        let put = async move { noted.set(Some(one.try_put(1).is_ok())) };
        let close = async move { other.set_capacity(0) };
        if put_first {
            sim.spawn(put);
            sim.spawn(close);
        } else {
            sim.spawn(close);
            sim.spawn(put);
        }
        sim.run().unwrap();
        assert_eq!((done.get(), queue.len()), (Some(put_first), usize::from(put_first)));
    }
}

#[test]
fn rule_05_a_change_and_its_opposite_while_a_process_is_dropped() {
    struct Closes(Queue<u32>);
    impl Drop for Closes {
        fn drop(&mut self) {
            self.0.set_capacity(9);
            self.0.set_capacity(1);
        }
    }
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(0).unwrap();
    let shared = queue.clone();
    let victim = sim.spawn(async move {
        let _closes = Closes(shared.clone());
        shared.put(1).await;
    });
    sim.run().unwrap();
    let behind = queue.put(2);
    victim.cancel();
    assert!(!behind.triggered(), "the capacity is 1 again when the line is served");
    assert_eq!((queue.len(), queue.putters()), (1, 1));
    assert_eq!(queue.try_get(), Some(0));
    assert!(behind.triggered());
}

#[test]
fn rule_08_a_change_after_the_simulation_is_gone_does_no_harm() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    let waits = [queue.put(1), queue.put(2)];
    drop(sim);
    queue.set_capacity(3);
    assert_eq!((queue.len(), queue.putters(), queue.capacity()), (1, 1, Some(3)));
    drop(waits);
    assert_eq!(queue.putters(), 0);
}

#[test]
fn rule_12_a_filter_may_change_the_capacity() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 1);
    let puts = [store.put(1), store.put(2)];
    let shared = store.clone();
    let got = store.try_get_where(move |item| {
        shared.set_capacity(2);
        *item == 9
    });
    assert_eq!(got, None);
    assert!(puts[1].triggered());
    assert_eq!(drain(&store), [1, 2]);
}

// ---- looking without taking

#[test]
fn every_kind_shows_its_items_in_the_order_in_which_they_come_out() {
    let sim = Simulation::new();
    let (queue, heap, store) =
        (Queue::unbounded(&sim), PriorityQueue::unbounded(&sim), Store::unbounded(&sim));
    let pool = Pool::new(&sim, [3, 1, 2]);
    for item in [3, 1, 2] {
        queue.try_put(item).unwrap();
        heap.try_put(item).unwrap();
        store.try_put(item).unwrap();
    }
    // The first is promised, and comes back behind later ones.
    let promised = queue.get();
    let mut items = Vec::new();
    queue.for_each(|item| items.push(*item));
    assert_eq!(items, [1, 2]);
    drop(promised);
    queue.for_each(|item| items.push(*item));
    heap.for_each(|item| items.push(*item));
    store.for_each(|item| items.push(*item));
    pool.for_each(|item| items.push(*item));
    assert_eq!(items, [1, 2, 3, 1, 2, 1, 2, 3, 3, 1, 2, 3, 1, 2]);
    assert_eq!((queue.len(), heap.len(), store.len(), pool.count()), (3, 3, 3, 0));
}

#[test]
fn rule_12_who_looks_may_look_again_and_put_and_get() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 3);
    for item in 0..2 {
        queue.try_put(item).unwrap();
    }
    let (mut pairs, mut gets) = (Vec::new(), Vec::new());
    queue.for_each(|one| {
        queue.for_each(|other| pairs.push((*one, *other)));
        assert_eq!(queue.try_get(), None, "nothing is given away meanwhile");
        gets.push(queue.get());
        let room = queue.try_put(10 + *one).is_ok();
        assert_eq!((room, queue.len()), (*one == 0, 3));
    });
    assert_eq!(pairs, [(0, 0), (0, 1), (1, 0), (1, 1)]);
    let got: Vec<_> = gets.into_iter().map(|get| sim.run_until_event(get).unwrap()).collect();
    assert_eq!((got, queue.try_get(), queue.len()), (vec![0, 1], Some(10), 0));
}

#[test]
fn rule_12_a_filter_a_key_and_an_ordering_may_look() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in [4_u32, 2, 6] {
        store.try_put(item).unwrap();
    }
    let shared = store.clone();
    // Only the largest, which the filter finds out by looking at all.
    let largest = store.get_where(move |item| {
        let mut largest = 0;
        shared.for_each(|other| largest = largest.max(*other));
        *item == largest
    });
    assert_eq!(sim.run_until_event(largest).unwrap(), 6);
    let shared = store.clone();
    let get = store.get_min_by_key(move |item| {
        assert_eq!((shared.len(), self::shown(&shared)), (2, vec![4, 2]));
        *item
    });
    assert_eq!(sim.run_until_event(get).unwrap(), 2);
    // A waiting getter is asked about an item that is put: that one is not on the shelf.
    let (shared, looked) = (store.clone(), Rc::new(Cell::new(0)));
    let noted = Rc::clone(&looked);
    let _waits = store.get_where(move |_| {
        noted.set(shown(&shared).len());
        false
    });
    store.try_put(8).unwrap();
    assert_eq!(looked.get(), 1);
    assert_eq!(drain(&store), [4, 8]);
}

#[test]
fn rule_12_a_look_that_panics_leaves_all_in_place_and_serves_what_came() {
    let sim = Simulation::new();
    let (queue, store) = (Queue::unbounded(&sim), Store::unbounded(&sim));
    for item in 0..3 {
        queue.try_put(item).unwrap();
        store.try_put(item).unwrap();
    }
    for round in 0..2 {
        let mut gets = Vec::new();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            queue.for_each(|_| {
                gets.push(queue.get());
                panic!("planted");
            });
        }));
        assert!(panicked.is_err());
        sim.run().unwrap();
        assert!(gets[0].triggered());
        assert_eq!(sim.run_until_event(gets.remove(0)).unwrap(), round);
    }
    assert!(catch_unwind(AssertUnwindSafe(|| store.for_each(|_| panic!("planted")))).is_err());
    assert_eq!((queue.try_get(), drain(&store)), (Some(2), vec![0, 1, 2]));
}

// ---- the best by key

#[test]
fn the_smallest_key_wins_and_the_first_among_equals() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in [("a", 2.5), ("b", 1.5), ("c", 1.5), ("d", 9.0)] {
        store.try_put(item).unwrap();
    }
    let get = store.get_min_by_key(|(_, key)| *key);
    assert_eq!(store.try_get_min_by_key(|(_, key)| -*key).unwrap().0, "d");
    assert_eq!(sim.run_until_event(get).unwrap().0, "b");
    assert_eq!(store.try_get_where_min_by_key(|it| it.0 != "c", |it| it.1).unwrap().0, "a");
    assert_eq!(store.try_get_where_min_by_key(|it| it.0 != "c", |it| it.1), None);
}

#[test]
fn who_waits_takes_the_first_that_comes_and_the_best_of_several() {
    let sim = Simulation::new();
    let pool = Pool::new(&sim, [5, 3, 8]);
    let all = [pool.acquire(), pool.acquire(), pool.acquire()];
    let smallest = pool.acquire_min_by_key(|unit| *unit);
    let largest = pool.acquire_min_by_key(|unit| -*unit);
    drop(all_of(all)); // all three come back in one step
    let units = sim.run_until_event(all_of([smallest, largest])).unwrap();
    assert_eq!([*units[0], *units[1]], [3, 8]);
    let nearest = pool.acquire_min_by_key(|unit| (*unit - 4_i32).abs());
    let next = pool.acquire_min_by_key(|unit| (*unit - 4_i32).abs());
    assert!(nearest.triggered());
    let mut units = units.into_iter();
    units.next_back(); // 8 comes first, and is taken whatever its key
    assert!(next.triggered());
    assert_eq!(*sim.run_until_event(next).unwrap(), 8);
}

#[test]
fn rule_14_of_several_that_come_back_the_first_in_line_picks_first() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    for item in [1, 2, 3] {
        store.try_put(item).unwrap();
    }
    let all = [store.get(), store.get(), store.get()];
    // 1 is only wanted by the second, who prefers 3, which goes to the first.
    let first = store.get_where_min_by_key(|item| *item > 1, |item| -*item);
    let second = store.get_min_by_key(|item| -*item);
    let third = store.get_where(|item| *item == 1);
    drop(all_of(all));
    let got = sim.run_until_event(all_of([first, second, third])).unwrap();
    assert_eq!(got, [3, 2, 1]);
}

#[test]
fn keys_are_asked_for_when_an_item_is_chosen() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let here = Rc::new(Cell::new(0.0_f64));
    let at = Rc::clone(&here);
    let both = [store.get(), store.get()];
    for item in [1.0, 9.0] {
        store.try_put(item).unwrap();
    }
    let nearest = store.get_min_by_key(move |item| (*item - at.get()).abs());
    here.set(10.0);
    drop(all_of(both));
    assert_eq!(sim.run_until_event(nearest).unwrap(), 9.0);
}

#[test]
fn of_several_waiting_puts_the_best_is_taken_past_a_full_store() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 1);
    let puts: Vec<_> = [1, 7, 5, 5].into_iter().map(|item| store.put(item)).collect();
    let best = store.get_where_min_by_key(|item| *item > 1, |item| *item);
    assert_eq!(sim.run_until_event(best).unwrap(), 5);
    assert_eq!(
        puts.iter().map(asim::Put::triggered).collect::<Vec<_>>(),
        [true, false, true, false]
    );
}

#[test]
fn a_key_that_is_nan_is_refused_and_nothing_is_lost() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    store.try_put(1).unwrap();
    let told = catch_unwind(AssertUnwindSafe(|| store.try_get_min_by_key(|_| f64::NAN)));
    let told = told.unwrap_err();
    let told = told.downcast_ref::<String>().unwrap();
    assert!(told.contains("may not be NaN") && told.contains("buffer.rs"), "{told}");
    assert_eq!(drain(&store), [1]);
}

#[test]
fn rule_12_a_key_may_get_put_and_withdraw() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 2);
    let puts = Rc::new(RefCell::new(Vec::new()));
    for item in [4, 2, 3, 1] {
        puts.borrow_mut().push(store.put(item));
    }
    let (shared, others) = (store.clone(), Rc::clone(&puts));
    let got = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&got);
    // While the waiting puts are looked at, the last one, which would be the best, is withdrawn.
    let best = store.get_where_min_by_key(
        |item| *item == 3 || *item == 1,
        move |item| {
            assert_eq!(shared.try_get(), None);
            let last = others.borrow_mut().pop();
            noted.borrow_mut().extend(last.and_then(asim::Put::withdraw));
            *item
        },
    );
    assert_eq!(*got.borrow(), [1]);
    assert_eq!(sim.run_until_event(best).unwrap(), 3);
    assert_eq!(drain(&store), [4, 2]);
}

// ---- withdrawn puts

#[test]
fn a_put_that_waits_gives_its_item_back_and_one_that_was_accepted_does_not() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    let (first, second, third) = (queue.put('a'), queue.put('b'), queue.put('c'));
    assert_eq!(first.withdraw(), None);
    assert_eq!((second.withdraw(), queue.putters()), (Some('b'), 1));
    assert_eq!(queue.try_get(), Some('a'));
    assert_eq!((third.withdraw(), queue.try_get()), (None, Some('c')));
}

#[test]
fn rule_05_a_part_is_delivered_once_whatever_hits_its_maker_in_the_instant_of_its_put() {
    for interrupt_first in [true, false] {
        let sim = Simulation::new();
        let belt = Queue::bounded(&sim, 1);
        belt.try_put("old").unwrap();
        let (env, shared) = (sim.env(), belt.clone());
        let maker = sim.spawn(async move {
            let mut put = shared.put("part");
            if env.interruptible(&mut put).await.is_err() {
                env.timeout(1.0).await; // repairs
                if let Some(part) = put.withdraw() {
                    shared.put(part).await;
                }
            }
            shared.put("next").await;
        });
        sim.run().unwrap();
        if interrupt_first {
            maker.interrupt("breakdown");
            assert_eq!(belt.try_get(), Some("old"));
        } else {
            assert_eq!(belt.try_get(), Some("old"));
            maker.interrupt("breakdown");
        }
        sim.run().unwrap();
        assert_eq!((belt.try_get(), belt.putters()), (Some("part"), 0));
        sim.run().unwrap();
        assert_eq!((belt.try_get(), belt.len()), (Some("next"), 0));
    }
}

#[test]
fn rule_08_a_put_keeps_its_item_when_the_simulation_is_gone() {
    let item = Rc::new(());
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    let (accepted, waits) = (queue.put(Rc::clone(&item)), queue.put(Rc::clone(&item)));
    drop(sim);
    let late = queue.put(Rc::clone(&item));
    let dropped = queue.put(Rc::clone(&item));
    assert_eq!((Rc::strong_count(&item), queue.putters()), (5, 1));
    drop(dropped);
    assert_eq!(Rc::strong_count(&item), 4);
    assert!(accepted.withdraw().is_none() && waits.withdraw().is_some());
    assert!(late.withdraw().is_some());
    assert_eq!((Rc::strong_count(&item), queue.putters()), (2, 0));
    drop(queue);
    assert_eq!(Rc::strong_count(&item), 1);
}

#[test]
fn rule_12_a_filter_that_withdraws_the_put_it_looks_at_has_it_accepted() {
    let sim = Simulation::new();
    let store = Store::bounded(&sim, 1);
    store.try_put(0).unwrap();
    let put = Rc::new(RefCell::new(Some(store.put(1))));
    let (own, behind) = (Rc::clone(&put), store.put(2));
    let got = store.get_where(move |item| {
        let withdrawn = own.borrow_mut().take().filter(|_| *item == 1).map(asim::Put::withdraw);
        assert!(withdrawn.is_none_or(|item| item.is_none()));
        *item == 1
    });
    assert!(put.borrow().is_none());
    // The filter has dropped the put when it was asked about item 0.
    assert!(!got.triggered() && store.putters() == 1);
    drop((got, behind));

    let put = Rc::new(RefCell::new(Some(store.put(1))));
    let (own, behind) = (Rc::clone(&put), store.put(2));
    let got = store.get_where(move |item| {
        if *item == 1 {
            let withdrawn = own.borrow_mut().take().map(asim::Put::withdraw);
            assert!(withdrawn.is_none_or(|item| item.is_none()));
        }
        *item == 1
    });
    assert_eq!(sim.run_until_event(got).unwrap(), 1);
    assert_eq!((store.putters(), store.try_get(), drain(&store)), (1, Some(0), vec![2]));
    assert!(behind.triggered());
}

// ---- lines by priority

#[test]
fn rule_14_gets_and_puts_stand_by_priority_and_then_by_arrival() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    let gets: Vec<_> = [2, 0, 1, 0].map(|urgency| queue.get().with_priority(urgency)).into();
    for item in 0..4 {
        queue.try_put(item).unwrap();
    }
    let got: Vec<_> = gets.into_iter().map(|get| sim.run_until_event(get).unwrap()).collect();
    assert_eq!(got, [3, 0, 2, 1]);
    queue.try_put(9).unwrap();
    let _puts: Vec<_> = [2, 0, 1, 0]
        .into_iter()
        .zip(0..)
        .map(|(urgency, item)| queue.put(item).with_priority(urgency))
        .collect();
    assert_eq!(std::iter::from_fn(|| queue.try_get()).collect::<Vec<_>>(), [9, 1, 3, 2, 0]);
}

#[test]
fn rule_14_a_changed_priority_moves_a_request_behind_its_new_equals() {
    let sim = Simulation::new();
    let heap = PriorityQueue::unbounded(&sim);
    let (mut first, mut second, third) = (heap.get(), heap.get(), heap.get());
    first.set_priority(0); // behind the third
    second.set_priority(-1);
    heap.try_put(1).unwrap();
    assert!(second.triggered());
    second.set_priority(7); // too late
    heap.try_put(2).unwrap();
    assert!(third.triggered() && !first.triggered());
}

#[test]
fn rule_14_the_most_urgent_whose_filter_accepts_gets_the_bed() {
    let sim = Simulation::new();
    let beds: Pool<&str> = Pool::new(&sim, []);
    let light = beds.acquire_where(|bed| *bed != "icu").with_priority(3);
    let severe = beds.acquire_where(|bed| *bed == "icu").with_priority(1);
    let urgent = beds.acquire_min_by_key(|bed| bed.len()).with_priority(2);
    beds.add("ward");
    assert!(urgent.triggered() && !severe.triggered() && !light.triggered());
    beds.add("icu");
    assert!(severe.triggered() && !light.triggered());
    drop(urgent); // the ward bed comes back, and the next one wants it
    assert!(light.triggered());
}

#[test]
fn rule_05_what_comes_back_goes_in_before_the_most_urgent_put() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(0).unwrap();
    let promised = queue.get();
    queue.try_put(1).unwrap();
    let urgent = queue.put(2).with_priority(-9);
    drop(promised);
    assert_eq!(queue.try_get(), Some(0));
    assert!(!urgent.triggered(), "the room is taken");
    assert_eq!((queue.try_get(), queue.try_get()), (Some(1), Some(2)));
}

#[test]
fn rule_14_a_filter_may_change_priorities_and_all_are_served() {
    let sim = Simulation::new();
    let store = Store::unbounded(&sim);
    let first = Rc::new(RefCell::new(None::<asim::Get<char, asim::Filtered>>));
    let own = Rc::clone(&first);
    *first.borrow_mut() = Some(store.get_where(move |_| {
        if let Ok(mut own) = own.try_borrow_mut()
            && let Some(request) = &mut *own
        {
            request.set_priority(5); // moves behind the others while the line is looked through
        }
        false
    }));
    let others = [store.get(), store.get()];
    store.try_put('a').unwrap();
    store.try_put('b').unwrap();
    assert!(others.iter().all(asim::Get::triggered));
    assert_eq!(store.getters(), 1);
    // It has moved: whoever comes with the priority that it had before goes first.
    let before = store.get();
    store.try_put('c').unwrap();
    assert!(before.triggered());
    first.take();
}

#[test]
fn rule_15_a_changed_capacity_and_a_withdrawn_put_are_seen_by_conditions() {
    let sim = Simulation::new();
    let queue = Queue::bounded(&sim, 1);
    queue.try_put(1).unwrap();
    let put = queue.put(2);
    let (env, seen) = (sim.env(), queue.clone());
    let done = sim.spawn(async move {
        env.wait_until(&seen, |queue| queue.putters() == 0).await;
        env.wait_until(&seen, |queue| !queue.is_full()).await;
    });
    sim.run().unwrap();
    assert_eq!(put.withdraw(), Some(2));
    sim.run().unwrap();
    assert!(!done.done());
    queue.set_capacity(2);
    sim.run().unwrap();
    assert!(done.done());
}
