//! The last timers: the one that fired last, and the one that the active process started last.
//!
//! Most waits are `env.timeout(d).await`: a process starts its own timer, waits for it at once, and is
//! resumed by it. Three cells make that case cheap. Each of them saves a look into the tables:
//!
//! ```text
//!        start                 wait                pause                    fire
//!  (none) -----> fresh = timer -----> asleep = true -----> Life::Asleep -----> fired = timer
//!           1                    2                    3                    4
//! ```
//!
//! 1. [`start`](LastTimer::start): the timer is *fresh*: the active process has started it in this
//!    resumption as its own, it is pending, and it has no awaiter.
//! 2. [`sleep`](LastTimer::sleep): the process starts to wait for its fresh timer. This is only noted
//!    here, because the process may still wait for something else before it pauses.
//! 3. The process pauses and *sleeps* (see `process_cell`). Its timer needs no awaiter.
//! 4. [`fire`](LastTimer::fire): the timer fires and its process resumes at once. The process sees that
//!    it was this timer without a look into the tables.

use std::cell::Cell;

use crate::engine::timer_key::TimerKey;

/// The timers that were started and fired last.
#[derive(Debug)]
pub(crate) struct LastTimer {
    /// The timer that fired last; [`TimerKey::NOTHING`] if none has fired yet. No other timer is taken
    /// for it, because a key is never used twice.
    fired: Cell<TimerKey>,
    /// The own timer that the active process has started last in this resumption, as long as it is
    /// pending and nobody awaits it (except the process itself, if `asleep`). Otherwise
    /// [`TimerKey::UNUSED`]. Nothing fires during a resumption, so only its owner can end it.
    fresh: Cell<TimerKey>,
    /// Whether the active process has started to wait for its fresh timer. Never without a fresh timer.
    asleep: Cell<bool>,
}

impl LastTimer {
    pub(crate) fn new() -> Self {
        LastTimer {
            fired: Cell::new(TimerKey::NOTHING),
            fresh: Cell::new(TimerKey::UNUSED),
            asleep: Cell::new(false),
        }
    }

    /// Notes that the active process has started its own timer.
    #[inline]
    pub(crate) fn start(&self, timer: TimerKey) {
        debug_assert!(!self.asleep.get(), "the timer before it is over");
        self.fresh.set(timer);
    }

    /// Returns `true` if the active process has started this timer in this resumption, and nobody else
    /// awaits it.
    #[inline]
    pub(crate) fn is_fresh(&self, timer: TimerKey) -> bool {
        self.fresh.get() == timer
    }

    /// Notes that the timer gets an awaiter in the tables, or is over.
    #[inline]
    pub(crate) fn not_fresh(&self, timer: TimerKey) {
        if self.is_fresh(timer) {
            self.wake();
        }
    }

    /// Notes that the active process waits for its fresh timer.
    #[inline]
    pub(crate) fn sleep(&self) {
        self.asleep.set(true);
    }

    /// Notes that a process is about to be polled: it has started no timer and waits for nothing yet.
    #[inline]
    pub(crate) fn wake(&self) {
        self.fresh.set(TimerKey::UNUSED);
        self.asleep.set(false);
    }

    /// Returns `true` if the active process waits for its fresh timer when it pauses.
    #[inline]
    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.get()
    }

    /// Notes that a timer has fired.
    #[inline]
    pub(crate) fn fire(&self, timer: TimerKey) {
        self.fired.set(timer);
    }

    /// Returns `true` if this timer fired last.
    #[inline]
    pub(crate) fn has_fired(&self, timer: TimerKey) -> bool {
        self.fired.get() == timer
    }
}
