//! Rule 15: conditions.

use super::World;
use super::objects::{Event, Place};
use super::requests::{RequestId, Stage, What};
use crate::program::{Fact, Watched};

impl World<'_> {
    /// A condition: evaluated at the call.
    pub(super) fn ask_until(&mut self, facts: &[Fact]) -> RequestId {
        let id = self.request(What::Until { facts: facts.to_vec() });
        if self.all_hold(facts) {
            self.requests[id].stage = Stage::Granted;
        }
        id
    }

    /// Evaluates the conditions that wait, in the order in which they began, as the last part of an
    /// operation. What one of them sets off comes before the next.
    pub(super) fn evaluate(&mut self) {
        while let Some(id) = self.first_that_is_true() {
            self.grant(id);
            self.serve_lines();
        }
    }

    fn first_that_is_true(&self) -> Option<RequestId> {
        self.waiting().into_iter().find(|&id| match &self.requests[id].what {
            What::Until { facts } => self.all_hold(facts),
            _ => false,
        })
    }

    fn all_hold(&self, facts: &[Fact]) -> bool {
        facts.iter().all(|fact| fact.holds(self.shown(fact.of)))
    }

    /// What an object shows to a condition.
    fn shown(&self, of: Watched) -> i64 {
        let count = |number: usize| i64::try_from(number).expect("small numbers");
        match of {
            Watched::Shelf(shelf) => count(self.shelf_len(shelf)),
            Watched::Tank(tank) => self.tank_level(tank),
            Watched::Resource(index) => count(self.taken_units(Place::Resource(index))),
            Watched::Preemptive(index) => count(self.taken_units(Place::Preemptive(index))),
            Watched::Barrier(barrier) => count(self.waiting_at_barrier(barrier).len()),
            Watched::Gate(gate) => {
                10 * i64::from(self.gates[gate].is_open) + count(self.waiting_at_gate(gate).len())
            }
            Watched::Event(event) => match self.events[event] {
                Event::Pending => 0,
                Event::Triggered(_) => 1,
                Event::Cancelled => 2,
            },
        }
    }
}
