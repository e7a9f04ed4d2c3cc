//! Requests that are awaited where they do not belong, or once too often: bugs in the model, which are
//! told at once and in words.
//!
//! What processes share belongs to one simulation. To await a request of one in a process of another
//! would wait for ever, or resume the wrong process. Every simulation has a number, by which a message
//! can name it, and the thread knows which one runs.

use std::cell::Cell;

use super::blocked::{Place, What};
use super::core::Kernel;

thread_local! {
    /// The number of the simulation that runs on this thread, the innermost if one runs inside
    /// another; 0 if none does.
    static RUNNING: Cell<u64> = const { Cell::new(0) };
    /// How many simulations this thread has made. They never leave it.
    static MADE: Cell<u64> = const { Cell::new(0) };
}

/// The number of a new simulation.
pub(super) fn next_number() -> u64 {
    MADE.set(MADE.get() + 1);
    MADE.get()
}

/// That a simulation runs on this thread, until dropped.
pub(super) struct OnThread {
    outer: u64,
}

impl OnThread {
    pub(super) fn enter(number: u64) -> Self {
        OnThread { outer: RUNNING.replace(number) }
    }
}

impl Drop for OnThread {
    fn drop(&mut self) {
        RUNNING.set(self.outer);
    }
}

impl Kernel {
    /// A request of this simulation is polled: panics if another one runs.
    #[inline]
    pub(crate) fn check_owner(&self, what: &'static What, at: Place) {
        let running = RUNNING.get();
        if running != self.number && running != 0 {
            self.refuse_stranger(what, at, running);
        }
    }

    /// The same, of what has been noted to be awaited last.
    #[cold]
    pub(super) fn check_owner_of_waiting(&self) {
        if let (Some(what), Some(at)) = (self.waiting_for.get(), self.waiting_at.get()) {
            self.check_owner(what, at);
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse_stranger(&self, what: &'static What, at: Place, running: u64) -> ! {
        let gone = if self.closed.get() { ", which is gone," } else { "" };
        panic!(
            "`{}` ({at}) of simulation {}{gone} is awaited in simulation {running}: \
             what processes share belongs to one simulation",
            what.0, self.number
        );
    }
}

/// A request has been polled after it gave its output.
#[cold]
#[inline(never)]
pub(crate) fn polled_after_end(what: &'static What, at: Place) -> ! {
    panic!("`{}` ({at}) was polled after it had given its output", what.0);
}
