//! The diagnosis: why nothing happens, or why some processes do not go on.
//!
//! It is made only when somebody asks, or when a run ends with an error that it explains. A run that
//! nobody asks pays for a list of its things and for nothing else.
//!
//! 1. [`waits`] asks all things and tables who waits and who holds what, and finds which process each
//!    request belongs to.
//! 2. [`stuck`] finds the processes that can never go on by themselves.
//! 3. [`circles`] finds those among them that wait for each other.
//! 4. [`report`] writes down what was found.
//!
//! All steps take time in proportion to the requests, holds and processes, and none uses recursion.

mod circles;
mod report;
mod stuck;
mod waits;

use crate::engine::{blocked::Blocked, kernel::Kernel, standstill::Standstill};

impl Kernel {
    /// Returns who waits for what, and who waits for whom.
    pub(crate) fn standstill(&self) -> Standstill {
        let waits = waits::Waits::of(self);
        let stuck = stuck::Stuck::of(&waits);
        let circles = circles::find(&waits, &stuck);
        report::Report::new(self, &waits, &stuck).write(&circles)
    }

    /// Returns who waits for what.
    pub(crate) fn blocked(&self) -> Vec<Blocked> {
        let waits = waits::Waits::of(self);
        let stuck = stuck::Stuck::of(&waits);
        report::Report::new(self, &waits, &stuck).write(&[]).waits
    }
}
