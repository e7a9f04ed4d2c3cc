//! `PreemptiveResource::try_acquire`: it takes what a request would get at the call, and takes no
//! place in line.

use asim::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// The lost slots: who lost each slot, when, to which process, and since when it was held.
type Losses = Rc<RefCell<Vec<(&'static str, f64, Option<String>, f64)>>>;

/// Starts a process that comes at a time and holds a slot until it loses it.
fn hold(
    sim: &Simulation,
    machine: &PreemptiveResource,
    losses: &Losses,
    (name, comes, priority): (&'static str, f64, i32),
) {
    let (env, machine, losses) = (sim.env(), machine.clone(), losses.clone());
    sim.spawn(async move {
        env.timeout(comes).await;
        let slot = machine.acquire_with_priority(priority).await;
        let forever = env.timeout(f64::INFINITY);
        let interrupt = env.interruptible(forever).await.unwrap_err();
        let Preempted { by, usage_since } = interrupt.cause().unwrap();
        assert!(slot.revoked());
        let by = by.as_ref().map(|by| by.name().to_owned());
        losses.borrow_mut().push((name, env.now(), by, *usage_since));
    });
}

fn counts(machine: &PreemptiveResource) -> (usize, usize) {
    (machine.count(), machine.waiting())
}

/// Tries to take a slot, says whether it has one, and holds it for a while.
#[process]
async fn rush(
    env: Environment,
    machine: PreemptiveResource,
    comes: f64,
    priority: i32,
    got: Event<bool>,
) {
    env.timeout(comes).await;
    let slot = machine.try_acquire_with_priority(priority);
    got.succeed(slot.is_some());
    env.timeout(1.0).await;
    assert!(slot.is_none_or(|slot| !slot.revoked()));
}

#[test]
fn a_free_slot_is_taken_and_given_back_by_dropping_it() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 2);
    let first = machine.try_acquire().unwrap();
    let second = machine.without_preemption().try_acquire_with_priority(9).unwrap();
    assert_eq!(counts(&machine), (2, 0));
    assert!(machine.try_acquire_with_priority(-9).is_none(), "both were taken outside: safe");
    first.release();
    assert_eq!(counts(&machine), (1, 0));
    drop((machine.try_acquire_with_priority(3).unwrap(), second));
    assert_eq!(counts(&machine), (0, 0));
}

#[test]
fn a_less_urgent_holder_loses_its_slot_and_is_told_by_whom_and_since_when() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 1);
    hold(&sim, &machine, &losses, ("holder", 1.0, 5));
    let got = sim.event();
    sim.process(Rush::new(machine.clone(), 3.0, 4, got.clone()));
    sim.run().unwrap();
    assert_eq!(got.value(), Some(true));
    assert_eq!(*losses.borrow(), [("holder", 3.0, Some("Rush".to_owned()), 1.0)]);
    assert_eq!(counts(&machine), (0, 0));
}

#[test]
fn the_default_priority_is_0() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 2);
    hold(&sim, &machine, &losses, ("one", 0.0, 1));
    hold(&sim, &machine, &losses, ("zero", 0.0, 0));
    sim.run_until(1.0).unwrap();
    let _first = machine.try_acquire().unwrap();
    assert!(machine.try_acquire().is_none(), "the other has priority 0 too");
    sim.run().unwrap();
    assert_eq!(*losses.borrow(), [("one", 1.0, None, 0.0)]);
}

#[test]
fn of_equals_the_one_that_got_its_slot_last_goes_first() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 3);
    for holder in [("old", 0.0, 5), ("new", 1.0, 5), ("urgent", 2.0, 1)] {
        hold(&sim, &machine, &losses, holder);
    }
    sim.run_until(3.0).unwrap();
    let slots = [machine.try_acquire_with_priority(4), machine.try_acquire_with_priority(4)];
    assert!(slots.iter().flatten().all(|slot| !slot.revoked()));
    assert!(machine.try_acquire_with_priority(1).is_none());
    sim.run().unwrap();
    assert_eq!(*losses.borrow(), [("new", 3.0, None, 1.0), ("old", 3.0, None, 0.0)]);
    assert_eq!(counts(&machine), (3, 0));
}

#[test]
fn a_resource_full_of_equals_gives_nothing_and_keeps_no_place_in_line() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 2);
    for name in ["a", "b"] {
        hold(&sim, &machine, &losses, (name, 0.0, 5));
    }
    let (equal, less) = (sim.event(), sim.event());
    sim.process(Rush::new(machine.clone(), 1.0, 5, equal.clone()));
    sim.process(Rush::new(machine.clone(), 1.0, 6, less.clone()));
    sim.run().unwrap();
    assert_eq!((equal.value(), less.value()), (Some(false), Some(false)));
    assert_eq!(counts(&machine), (2, 0));
    machine.set_capacity(3);
    assert_eq!(counts(&machine), (2, 0), "nobody waits for the new slot");
    assert!(losses.borrow().is_empty());
}

#[test]
fn a_process_takes_no_slot_from_itself() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    sim.spawn(async move {
        let own = machine.acquire_with_priority(9).await;
        assert!(machine.try_acquire().is_none());
        assert!(!own.revoked());
        assert_eq!(counts(&machine), (1, 0));
    });
    sim.run().unwrap();
}

#[test]
fn without_preemption_it_takes_only_what_is_free() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 1);
    let polite = machine.without_preemption();
    hold(&sim, &machine, &losses, ("holder", 0.0, 9));
    sim.run_until(1.0).unwrap();
    assert!(polite.try_acquire_with_priority(-1).is_none());
    assert_eq!(counts(&machine), (1, 0));
    machine.set_capacity(2);
    let slot = polite.try_acquire().unwrap();
    assert!(!slot.revoked());
    assert!(losses.borrow().is_empty());
}

#[test]
fn requests_in_line_go_first_unless_a_holder_is_less_urgent() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 1);
    hold(&sim, &machine, &losses, ("holder", 0.0, 5));
    sim.run_until(1.0).unwrap();
    let waits = machine.acquire_with_priority(5);
    assert!(!waits.triggered());
    let slot = machine.try_acquire_with_priority(4).unwrap();
    assert_eq!(counts(&machine), (1, 1), "as `acquire` it evicts the holder, past the line");
    drop(slot);
    assert!(waits.triggered(), "it was next in line");
    sim.run().unwrap();
    assert_eq!(losses.borrow().len(), 1);
}

#[test]
fn an_evicted_grant_that_nobody_has_awaited_gives_a_slot_that_is_revoked() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let (env, shared) = (sim.env(), machine.clone());
    let holder = sim.spawn(async move {
        let granted = shared.acquire_with_priority(5);
        assert!(env.interruptible(env.timeout(9.0)).await.is_err());
        assert!(granted.await.revoked());
    });
    sim.run_until(1.0).unwrap();
    let slot = machine.try_acquire_with_priority(4).unwrap();
    sim.run().unwrap();
    assert!(holder.done() && !slot.revoked());
    assert_eq!(counts(&machine), (1, 0));
}

#[test]
fn work_that_is_evicted_goes_on_when_the_slot_is_dropped() {
    let sim = Simulation::new();
    let machine = PreemptiveResource::new(&sim, 1);
    let (work, done) = (machine.work(5, 10.0), sim.event());
    let worker = done.clone();
    sim.spawn(async move { worker.succeed(work.await) });
    sim.run_until(4.0).unwrap();
    let slot = machine.try_acquire_with_priority(4).unwrap();
    sim.run_until(6.0).unwrap();
    drop(slot);
    let worked = sim.run_until_event(done).unwrap();
    assert_eq!((sim.now(), worked.preemptions, worked.suspended), (12.0, 1, 2.0));
}

#[test]
fn a_closed_resource_gives_nothing() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 1);
    hold(&sim, &machine, &losses, ("holder", 0.0, 5));
    sim.run_until(1.0).unwrap();
    machine.without_preemption().set_capacity(0);
    assert!(machine.try_acquire_with_priority(-1).is_none(), "no slot is within the capacity");
    assert_eq!(counts(&machine), (1, 0));
    machine.set_capacity(0);
    sim.run().unwrap();
    assert_eq!(losses.borrow().len(), 1);
    assert!(machine.try_acquire_with_priority(-1).is_none());
    assert_eq!(counts(&machine), (0, 0));
}

#[test]
fn below_a_lowered_capacity_it_takes_all_that_it_needs_or_nothing() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let machine = PreemptiveResource::new(&sim, 3);
    for holder in [("a", 0.0, 5), ("b", 0.0, 4), ("c", 0.0, 1)] {
        hold(&sim, &machine, &losses, holder);
    }
    sim.run_until(1.0).unwrap();
    machine.without_preemption().set_capacity(2);
    assert!(machine.try_acquire_with_priority(4).is_none(), "two would have to go");
    assert_eq!(counts(&machine), (3, 0));
    let _slot = machine.try_acquire_with_priority(3).unwrap();
    sim.run().unwrap();
    let lost: Vec<_> = losses.borrow().iter().map(|loss| loss.0).collect();
    assert_eq!((lost, counts(&machine)), (vec!["a", "b"], (2, 0)));
}

#[test]
fn after_the_end_of_the_simulation_it_gives_nothing() {
    let (sim, losses) = (Simulation::new(), Losses::default());
    let (machine, full) = (PreemptiveResource::new(&sim, 1), PreemptiveResource::new(&sim, 1));
    hold(&sim, &machine, &losses, ("holder", 0.0, 5));
    let kept = full.acquire();
    sim.run().unwrap();
    drop(sim);
    for machine in [&machine, &full] {
        assert!(machine.try_acquire_with_priority(-1).is_none());
        assert!(machine.without_preemption().try_acquire().is_none());
    }
    assert_eq!((counts(&machine), counts(&full)), ((0, 0), (1, 0)));
    drop(kept);
    assert!(losses.borrow().is_empty());
}

#[test]
fn handles_are_equal_if_they_are_of_the_same_thing() {
    let sim = Simulation::new();
    let (desk, other) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
    assert!(desk == desk.clone() && desk != other);
    let (machine, other) = (PreemptiveResource::new(&sim, 1), PreemptiveResource::new(&sim, 1));
    assert!(machine == machine.clone() && machine == machine.without_preemption());
    assert!(machine != other && machine.without_preemption() != other.without_preemption());
    let (tank, other) = (Container::new(&sim, 1.0), Container::new(&sim, 1.0));
    assert!(tank == tank.clone() && tank != other);
}
