//! What comes out of awaiting something, as the driver sees it.

use crate::program::Item;
use crate::trace::{Cause, Ending, Seen};
use asim::prelude::*;
use std::any::Any;
use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

/// What one sees, and the slots that come with it.
pub(super) struct Value {
    pub(super) seen: Seen,
    /// Slots of both kinds of resources. They are only dropped.
    pub(super) slots: Vec<Box<dyn Any>>,
}

impl Value {
    pub(super) fn seen(seen: Seen) -> Self {
        Self { seen, slots: Vec::new() }
    }

    pub(super) fn slot<S: 'static>(slot: S) -> Self {
        Self { seen: Seen::Slot, slots: vec![Box::new(slot)] }
    }

    /// What a race gave.
    pub(super) fn both_slots<S: 'static>([one, other]: [S; 2]) -> Self {
        Self { seen: Seen::Slot, slots: vec![Box::new(one), Box::new(other)] }
    }

    pub(super) fn first((index, value): (usize, Self)) -> Self {
        Self { seen: Seen::First(index, Box::new(value.seen)), slots: value.slots }
    }

    /// What a join of several gave.
    pub(super) fn all(values: Vec<Self>) -> Self {
        let (mut list, mut slots) = (Vec::new(), Vec::new());
        for value in values {
            list.push(value.seen);
            slots.extend(value.slots);
        }
        Self { seen: Seen::All(list), slots }
    }

    /// The outcome of an `interruptible`.
    pub(super) fn guarded(outcome: Result<Self, Interrupt>) -> Self {
        match outcome {
            Ok(value) => Self { seen: Seen::Unhurt(Box::new(value.seen)), slots: value.slots },
            Err(interrupt) => Self::seen(Seen::Interrupted(cause(&interrupt))),
        }
    }
}

/// A process of a program fails with this.
#[derive(Debug)]
pub(super) struct Failure;

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "the program said so")
    }
}

impl std::error::Error for Failure {}

/// How a joined process ended.
pub(super) fn ending(outcome: &Result<(), Stopped<Failure>>) -> Ending {
    match outcome {
        Ok(()) => Ending::Returned,
        Err(Stopped::Failed(Failure)) => Ending::Failed,
        Err(Stopped::Interrupted(interrupt)) => Ending::Interrupted(cause(interrupt)),
        Err(Stopped::Cancelled) => Ending::Cancelled,
        Err(Stopped::Panicked) => unreachable!("no process of a program panics"),
    }
}

/// What an interrupt says.
pub(super) fn cause(interrupt: &Interrupt) -> Cause {
    if let Some(&number) = interrupt.cause::<u32>() {
        return Cause::Said(number);
    }
    let preempted = interrupt.cause::<Preempted>().expect("there are two kinds of causes");
    let by = preempted.by.as_ref().map(|process| number_of(process.name()));
    Cause::Preempted { by, since: whole(preempted.usage_since) }
}

/// Returns the number of the process of this name.
pub(super) fn number_of(name: &str) -> usize {
    name[1..].parse().expect("processes are called P0, P1 and so on")
}

/// Times and amounts are whole numbers here.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn whole(number: f64) -> i64 {
    assert_eq!(number.fract(), 0.0, "{number} is no whole number");
    number as i64
}

/// An item as it goes through asim: it counts how many of its kind there are.
#[derive(Debug)]
pub(super) struct RealItem {
    pub(super) item: Item,
    alive: Rc<Cell<usize>>,
}

impl RealItem {
    pub(super) fn new(item: Item, alive: &Rc<Cell<usize>>) -> Self {
        alive.set(alive.get() + 1);
        Self { item, alive: Rc::clone(alive) }
    }
}

impl Drop for RealItem {
    fn drop(&mut self) {
        self.alive.set(self.alive.get() - 1);
    }
}

impl PartialEq for RealItem {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for RealItem {}

impl PartialOrd for RealItem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RealItem {
    /// Compares the ranks alone: items of one rank are equal, and go in the order of arrival.
    fn cmp(&self, other: &Self) -> Ordering {
        self.item.rank.cmp(&other.item.rank)
    }
}
