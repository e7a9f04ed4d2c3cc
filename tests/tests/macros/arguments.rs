//! The arguments of a process: where its future keeps them, and when they are dropped.

use std::cell::RefCell;
use std::rc::Rc;

use asim::prelude::*;

type Log = Rc<RefCell<Vec<&'static str>>>;

/// Notes when it is dropped.
struct Noted(&'static str, Log);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

struct Pair {
    left: Noted,
    right: Noted,
}

#[process]
async fn porter(env: Environment, first: Noted, pair: Pair, last: Noted) {
    let _own = Noted("own", last.1.clone());
    // Only a part of this argument is used.
    let _left = &pair.left;
    env.timeout(1.0).await;
    first.1.borrow_mut().push("end");
}

/// Uses none of its arguments.
#[process]
async fn idler(env: Environment, _guard: Noted) {
    env.timeout(1.0).await;
}

#[test]
fn arguments_are_dropped_at_the_end_the_last_one_first() {
    let log = Log::default();
    let noted = |name| Noted(name, log.clone());
    let sim = Simulation::new();
    let pair = Pair { left: noted("left"), right: noted("right") };
    assert_eq!(pair.right.0, "right");
    sim.process(Porter::new(noted("first"), pair, noted("last")));
    assert!(log.borrow().is_empty());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["end", "own", "last", "left", "right", "first"]);
}

#[test]
fn an_argument_that_is_not_used_lives_as_long_as_the_process() {
    let log = Log::default();
    let sim = Simulation::new();
    sim.process(Idler::new(Noted("guard", log.clone())));
    sim.run_until(0.5).unwrap();
    assert!(log.borrow().is_empty());
    sim.run().unwrap();
    assert_eq!(*log.borrow(), ["guard"]);
}

#[test]
fn a_function_that_is_called_and_not_started_drops_its_arguments_too() {
    let log = Log::default();
    let sim = Simulation::new();
    drop(idler(sim.env(), Noted("guard", log.clone())));
    assert_eq!(*log.borrow(), ["guard"]);
}

#[process]
async fn sleeper(env: Environment, bulk: [u64; 100]) {
    env.timeout(1.0).await;
    assert_eq!(bulk[0], 0);
}

/// An `async fn` would have two places for `bulk`.
#[test]
fn the_future_has_one_place_for_each_argument() {
    let sim = Simulation::new();
    let size = size_of_val(&sleeper(sim.env(), [0; 100]));
    assert!((800..900).contains(&size), "{size}");
}

/// Raw names, and names that are only in a text.
#[process]
async fn printer(env: Environment, r#type: u32, copies: u32) {
    assert_eq!((r#type, format!("{copies} copies")), (7, "2 copies".to_owned()));
    env.timeout(1.0).await;
}

#[process]
async fn idle_printer(env: Environment, r#_type: u32) {
    env.timeout(1.0).await;
}

#[test]
fn an_argument_may_have_a_raw_name() {
    let sim = Simulation::new();
    sim.process(Printer::new(7, 2));
    sim.process(IdlePrinter::new(7));
    sim.run().unwrap();
}
