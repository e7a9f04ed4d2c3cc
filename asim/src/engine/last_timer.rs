//! The last timers: the one that fired last, and the one that the active process started last.
//!
//! Most waits are `env.timeout(d).await`: a process starts its own timer, waits for it at once, and is
//! resumed by it. Three cells make that case cheap. Each of them saves a look into the tables:
//!
//! ```text
//!        start                  wait                 pause               fire
//!  (none) -----> fresh = timer ------> sleeping = timer ------> (in tables) -----> fired = timer
//!           1                     2                        3                  4
//! ```
//!
//! 1. [`start`](LastTimer::start): the timer is *fresh*: it is pending, and nobody awaits it.
//! 2. [`sleep`](LastTimer::sleep): the process starts to wait for its fresh timer. This is only noted
//!    here, because the process may still wait for something else before it pauses.
//! 3. [`asleep`](LastTimer::asleep): the process has paused, and becomes the timer's awaiter in its cell
//!    of the process table.
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
    /// The own timer that was started last, if nothing has fired since; otherwise [`TimerKey::OVER`]. It
    /// is pending or cancelled, and nobody awaits it. It may belong to a process that has paused.
    fresh: Cell<TimerKey>,
    /// The fresh timer that the active process has started to wait for; otherwise [`TimerKey::OVER`].
    /// Read when the process pauses, and cleared before each poll.
    sleeping: Cell<TimerKey>,
}

impl LastTimer {
    pub(crate) fn new() -> Self {
        LastTimer {
            fired: Cell::new(TimerKey::NOTHING),
            fresh: Cell::new(TimerKey::OVER),
            sleeping: Cell::new(TimerKey::OVER),
        }
    }

    /// Notes that an own timer has been started.
    #[inline]
    pub(crate) fn start(&self, timer: TimerKey) {
        self.fresh.set(timer);
    }

    /// Returns `true` if this timer was started last, and nothing has fired since.
    #[inline]
    pub(crate) fn is_fresh(&self, timer: TimerKey) -> bool {
        self.fresh.get() == timer
    }

    /// Notes that the timer has an awaiter other than its process. The next awaiter must look the timer
    /// up.
    pub(crate) fn not_fresh(&self, timer: TimerKey) {
        if self.is_fresh(timer) {
            self.fresh.set(TimerKey::OVER);
        }
    }

    /// Notes that the active process waits for its fresh timer.
    #[inline]
    pub(crate) fn sleep(&self, timer: TimerKey) {
        self.sleeping.set(timer);
    }

    /// Notes that the active process waits for more than this timer, or not for it any more.
    #[inline]
    pub(crate) fn stay_awake(&self, timer: TimerKey) {
        if self.sleeping.get() == timer {
            self.sleeping.set(TimerKey::OVER);
        }
    }

    /// Notes that a process is about to be polled: it waits for nothing yet.
    #[inline]
    pub(crate) fn wake(&self) {
        self.sleeping.set(TimerKey::OVER);
    }

    /// Returns the timer that the active process waits for when it pauses.
    #[inline]
    pub(crate) fn asleep(&self) -> TimerKey {
        self.sleeping.get()
    }

    /// Notes that a timer has fired.
    #[inline]
    pub(crate) fn fire(&self, timer: TimerKey) {
        self.fired.set(timer);
        self.fresh.set(TimerKey::OVER);
    }

    /// Returns `true` if this timer fired last.
    #[inline]
    pub(crate) fn has_fired(&self, timer: TimerKey) -> bool {
        self.fired.get() == timer
    }
}
