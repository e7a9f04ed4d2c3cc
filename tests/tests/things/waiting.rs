//! How many wait in line: `Resource::waiting`, `Queue::getters` and the like. A request that was
//! granted or dropped, has lost a race or was interrupted does not wait any more.

use std::cell::RefCell;
use std::rc::Rc;

use asim::prelude::*;

/// A process that makes one request, and waits for it until its patience ends, if ever.
fn waits<W>(sim: &Simulation, request: W, patience: f64) -> ProcessRef
where
    W: Waitable<Output: 'static> + 'static,
{
    let env = Environment::clone(sim);
    let process = sim.spawn(async move {
        let race = async {
            asim!(match FirstOf(got = request, tired = env.timeout(patience)).await {
                FirstOf::Got(_) => env.timeout(f64::INFINITY).await,
                FirstOf::Tired(()) => {}
            });
        };
        let _ = env.interruptible(race).await;
    });
    process.process_ref()
}

#[test]
fn lost_races_interrupts_and_cancelled_processes_leave_a_resources_line() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let holder = desk.try_acquire().unwrap();
    let priorities = [3, -1, 0, 0, 7];
    let processes: Vec<ProcessRef> = (1_u8..)
        .zip(priorities)
        .map(|(place, priority)| {
            waits(&sim, desk.acquire_with_priority(priority), 10.0 * f64::from(place))
        })
        .collect();
    assert_eq!(desk.waiting(), 5, "a request stands in line from its call on");
    sim.run_until(9.0).unwrap();
    assert_eq!(desk.waiting(), 5);
    sim.run_until(10.0).unwrap();
    assert_eq!(desk.waiting(), 4, "the first lost its race");
    processes[1].interrupt("go");
    assert_eq!(desk.waiting(), 4, "an interrupt is delivered at the next resumption");
    sim.run_until(11.0).unwrap();
    assert_eq!(desk.waiting(), 3);
    processes[2].cancel();
    sim.run_until(12.0).unwrap();
    assert_eq!(desk.waiting(), 2);
    holder.release();
    assert_eq!((desk.waiting(), desk.count()), (1, 1), "granted, and not yet resumed");
    processes[3].cancel();
    sim.run_until(13.0).unwrap();
    assert_eq!((desk.waiting(), desk.count()), (0, 1), "what it gave back went to the last");
}

#[test]
fn a_race_lost_at_the_very_instant_does_not_wait() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    let holder = desk.try_acquire().unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (env, shared) = (Environment::clone(&sim), desk.clone());
    sim.spawn(async move {
        asim!(match FirstOf(slot = shared.acquire(), late = env.timeout(5.0)).await {
            FirstOf::Slot(_) => unreachable!("the timer was made first"),
            FirstOf::Late(()) => {}
        });
    });
    let (env, shared, notes) = (Environment::clone(&sim), desk.clone(), Rc::clone(&seen));
    sim.spawn(async move {
        env.timeout(5.0).await;
        notes.borrow_mut().push((shared.waiting(), shared.count()));
        holder.release();
        notes.borrow_mut().push((shared.waiting(), shared.count()));
    });
    sim.run().unwrap();
    assert_eq!(*seen.borrow(), [(0, 1), (0, 0)]);
}

#[test]
fn an_evicted_holder_stands_in_line_again_only_if_it_asks_again() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let polite = machine.without_preemption();
    let (env, shared) = (Environment::clone(&sim), machine.clone());
    sim.spawn(async move {
        let work = async {
            let _slot = shared.acquire_with_priority(5).await;
            env.timeout(9.0).await;
        };
        env.interruptible(work).await.unwrap_err();
        assert_eq!(shared.waiting(), 1, "the polite one");
        let again = shared.acquire_with_priority(5);
        assert_eq!(shared.waiting(), 2);
        again.await.release();
    });
    sim.run_until(1.0).unwrap();
    let waiting = polite.acquire_with_priority(0);
    assert_eq!((machine.waiting(), polite.waiting()), (1, 1), "one line for both handles");
    let evicting = machine.acquire_with_priority(1);
    assert_eq!((machine.waiting(), machine.count()), (1, 1));
    sim.run_until(2.0).unwrap();
    assert_eq!(machine.waiting(), 2);
    drop(evicting);
    assert_eq!(machine.waiting(), 1);
    drop(waiting);
    assert_eq!(machine.waiting(), 0);
    sim.run().unwrap();
}

#[test]
fn getters_and_putters_of_a_queue_are_two_lines() {
    let sim = Simulation::new();
    let queue: Queue<u32> = Queue::bounded(&sim, 1);
    let getters: Vec<ProcessRef> =
        [3.0, 1.0, 9.0].map(|patience| waits(&sim, queue.get(), patience)).into();
    assert_eq!((queue.getters(), queue.putters()), (3, 0));
    sim.run_until(1.0).unwrap();
    assert_eq!(queue.getters(), 2);
    queue.try_put(7).unwrap();
    assert_eq!((queue.getters(), queue.len()), (1, 0));
    getters[0].cancel();
    assert_eq!(queue.getters(), 0, "the item went on to the last");
    sim.run_until(2.0).unwrap();

    let puts = [queue.put(1), queue.put(2), queue.put(3)];
    assert_eq!((queue.putters(), queue.len()), (2, 1));
    let [_, second, _] = puts;
    drop(second);
    assert_eq!((queue.putters(), queue.len()), (1, 1));
    let raced = waits(&sim, queue.put(4), 1.0);
    assert_eq!(queue.putters(), 2);
    sim.run_until(3.0).unwrap();
    assert_eq!(queue.putters(), 1);
    assert_eq!(queue.try_get(), Some(1));
    assert_eq!((queue.putters(), queue.try_get(), queue.try_get()), (0, Some(3), None));
    assert!(raced.done());
}

#[test]
fn a_priority_queue_counts_its_lines() {
    let sim = Simulation::new();
    let queue = PriorityQueue::bounded(&sim, 1);
    let interrupted = waits(&sim, queue.get(), f64::INFINITY);
    sim.run().unwrap();
    assert_eq!(queue.getters(), 1);
    interrupted.interrupt("go");
    sim.run().unwrap();
    assert_eq!(queue.getters(), 0);
    let _puts = [queue.put(2), queue.put(1)];
    assert_eq!((queue.getters(), queue.putters()), (0, 1));
    assert_eq!((queue.try_get(), queue.try_get()), (Some(2), Some(1)));
    assert_eq!(queue.putters(), 0);
}

#[test]
fn a_filter_may_ask_who_waits_while_it_is_asked_itself() {
    let sim = Simulation::new();
    let store: Store<u32> = Store::bounded(&sim, 1);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (shared, notes) = (store.clone(), Rc::clone(&seen));
    let picky = store.get_where(move |_| {
        notes.borrow_mut().push((shared.getters(), shared.putters()));
        false
    });
    let even = store.get_where(|number| number % 2 == 0);
    assert_eq!(store.getters(), 2);
    store.try_put(1).unwrap();
    let waiting = store.put(3);
    assert_eq!((store.getters(), store.putters()), (2, 1));
    store.try_put(4).unwrap();
    assert_eq!((store.getters(), store.putters()), (1, 1), "wanted, and past the full shelf");
    assert_eq!(*seen.borrow(), [(2, 0), (2, 0), (2, 1)]);
    drop((picky, waiting, even));
    assert_eq!((store.getters(), store.putters()), (0, 0));
}

#[test]
fn a_getter_that_leaves_while_its_filter_is_asked_is_counted_once() {
    let sim = Simulation::new();
    let store: Store<u32> = Store::unbounded(&sim);
    let own = Rc::new(RefCell::new(None));
    let (slot, shared) = (Rc::clone(&own), store.clone());
    let get = store.get_where(move |_| {
        drop(slot.take());
        assert_eq!(shared.getters(), 1, "the one behind it");
        true
    });
    *own.borrow_mut() = Some(get);
    let _behind = store.get_where(|_| false);
    assert_eq!(store.getters(), 2);
    store.try_put(1).unwrap();
    assert_eq!((store.getters(), store.len()), (1, 1));
}

#[test]
fn getters_and_putters_of_a_container_are_two_lines() {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let gets = [8.0, 3.0, 5.0].map(|amount| waits(&sim, tank.get(amount), f64::INFINITY));
    assert_eq!((tank.getters(), tank.putters()), (3, 0));
    let _granted = tank.put(4.0);
    assert_eq!((tank.getters(), tank.level()), (2, 1.0), "the small one overtook");
    sim.run().unwrap();
    gets[0].interrupt("go");
    gets[2].cancel();
    sim.run().unwrap();
    assert_eq!(tank.getters(), 0);
    let raced = waits(&sim, tank.put(10.0), 2.0);
    assert_eq!(tank.putters(), 1);
    sim.run().unwrap();
    assert!(raced.done());
    assert_eq!(tank.putters(), 0);
}

#[test]
fn nobody_waits_when_the_simulation_is_gone() {
    let sim = Simulation::new();
    let (desk, queue) = (Resource::new(&sim, 1), Queue::<u32>::unbounded(&sim));
    let (tank, gate) = (Container::new(&sim, 1.0), Barrier::new(&sim));
    let slot = desk.try_acquire().unwrap();
    waits(&sim, desk.acquire(), 1.0);
    waits(&sim, queue.get(), 1.0);
    waits(&sim, tank.get(1.0), 1.0);
    waits(&sim, gate.wait(), 1.0);
    sim.run_until(0.5).unwrap();
    let waiting = || (desk.waiting(), queue.getters(), tank.getters(), gate.waiting());
    assert_eq!(waiting(), (1, 1, 1, 1));
    drop(sim);
    assert_eq!(waiting(), (0, 0, 0, 0));
    drop(slot);
}

#[test]
fn a_long_line_is_counted_at_once() {
    let sim = Simulation::new();
    let desk = Resource::new(&sim, 1);
    // There is a line for each priority. Visiting all lines at each call would take minutes.
    let mut requests = Vec::new();
    for priority in 0..200_000 {
        requests.push(desk.acquire_with_priority(-priority));
        assert_eq!(desk.waiting(), requests.len() - 1);
    }
    requests.truncate(1);
    assert_eq!((desk.waiting(), desk.count()), (0, 1));
}
