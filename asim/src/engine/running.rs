//! The simulations of a thread: their numbers, and which one is running.

use std::cell::Cell;

thread_local! {
    /// The number of the simulation that is running on this thread; 0 if there is none. If one runs
    /// inside another, it is the inner one.
    static RUNNING: Cell<u64> = const { Cell::new(0) };
    /// How many simulations this thread has made. A simulation never leaves its thread.
    static MADE: Cell<u64> = const { Cell::new(0) };
    /// How many of them messages do not count.
    static BEFORE: Cell<u64> = const { Cell::new(0) };
}

/// Returns the number for a new simulation.
pub(crate) fn next_number() -> u64 {
    MADE.set(MADE.get() + 1);
    MADE.get()
}

/// Lets messages count from the next simulation on. So the messages of a replication do not depend on what else
/// the thread has done.
#[cfg(feature = "experiment")]
pub(crate) fn count_from_here() {
    BEFORE.set(MADE.get());
}

/// Returns the number by which messages name a simulation.
pub(crate) fn shown(number: u64) -> u64 {
    number.saturating_sub(BEFORE.get())
}

/// Returns the number of the simulation that is running on this thread; 0 if there is none.
#[inline]
pub(crate) fn running() -> u64 {
    RUNNING.get()
}

/// Marks a simulation as running on this thread, until it is dropped.
pub(crate) struct OnThread {
    outer: u64,
}

impl OnThread {
    pub(crate) fn enter(number: u64) -> Self {
        OnThread { outer: RUNNING.replace(number) }
    }
}

impl Drop for OnThread {
    fn drop(&mut self) {
        RUNNING.set(self.outer);
    }
}
