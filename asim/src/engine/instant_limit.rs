//! The limit of an instant: how often processes may be resumed while time stands still.
//!
//! Processes that keep each other busy while no time passes would never let a run end. So a run ends
//! with an error when one instant takes more resumptions than any model needs. The usual limit is ten
//! million, or a hundred for each living process if that is more.
//!
//! The usual limit costs nothing, because the clock is looked at only once in that many resumptions. If
//! it has not moved since the last look, all of them were at one instant. A limit that the model sets is
//! exact: each resumption is counted.

use std::cell::Cell;
#[cfg(feature = "experiment")]
use std::cell::OnceCell;
#[cfg(feature = "experiment")]
use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};

/// More resumptions than any model needs at one instant.
const MOST: u64 = 10_000_000;
/// The same, for each living process.
const MOST_A_PROCESS: u64 = 100;

/// After how many resumptions the run looks again whether it was stopped from outside.
#[cfg(feature = "experiment")]
const STOP_LOOK: u64 = 256;

/// The limit of a run.
#[derive(Debug)]
pub(crate) struct InstantLimit {
    /// The number of a resumption. The limit is looked at before each later one.
    look_at: Cell<u64>,
    /// The limit that the model has set, if it has set one.
    set: Cell<Option<u64>>,
    /// The instant of the last look. If a limit is set: the instant of the last resumption.
    time: Cell<f64>,
    /// The number of the last resumption before that look. If a limit is set: before that instant.
    since: Cell<u64>,
    /// What stops the run from outside.
    #[cfg(feature = "experiment")]
    stop: OnceCell<Stop>,
}

/// What stops a run from outside. It is looked at every now and then, at a time that the loop takes for a look at
/// the limit.
#[cfg(feature = "experiment")]
#[derive(Debug)]
struct Stop {
    flag: Arc<AtomicBool>,
    /// When the limit itself is to be looked at, as [`InstantLimit::look_at`] says it otherwise.
    look_at_limit: Cell<u64>,
}

/// What a look for a stop from outside found.
#[cfg(feature = "experiment")]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StopLook {
    /// The run shall stop.
    Stop,
    /// The run goes on.
    GoOn,
    /// The limit must be looked at too.
    Limit,
}

impl InstantLimit {
    pub(crate) fn new(now: f64) -> Self {
        InstantLimit {
            look_at: Cell::new(MOST),
            set: Cell::new(None),
            time: Cell::new(now),
            since: Cell::new(0),
            #[cfg(feature = "experiment")]
            stop: OnceCell::new(),
        }
    }

    /// Sets a limit that counts from this time and resumption on. [`u64::MAX`] means no limit.
    pub(crate) fn set(&self, limit: u64, now: f64, resumption: u64) {
        self.set.set(Some(limit));
        self.time.set(now);
        self.since.set(resumption);
        self.look_at(if limit == u64::MAX { u64::MAX } else { 0 }, resumption);
    }

    /// Lets the run stop, by `SimError::TookTooLong`, soon after this flag is set. The second call does nothing.
    #[cfg(feature = "experiment")]
    pub(crate) fn stop_when(&self, flag: Arc<AtomicBool>, resumption: u64) {
        let stop = Stop { flag, look_at_limit: Cell::new(self.look_at.get()) };
        if self.stop.set(stop).is_ok() {
            self.look_at(self.look_at.get(), resumption);
        }
    }

    /// Looks whether the run shall stop, before the resumption after the one with this number.
    #[cfg(feature = "experiment")]
    pub(crate) fn look_for_stop(&self, resumption: u64) -> StopLook {
        let Some(stop) = self.stop.get() else { return StopLook::Limit };
        if stop.flag.load(Ordering::Relaxed) {
            return StopLook::Stop;
        }
        let limit = stop.look_at_limit.get();
        self.look_at(limit, resumption);
        if resumption >= limit { StopLook::Limit } else { StopLook::GoOn }
    }

    /// Sets when the limit is looked at next. `resumption` is the last that there was.
    fn look_at(&self, next: u64, #[allow(unused, reason = "for a stop")] resumption: u64) {
        self.look_at.set(next);
        #[cfg(feature = "experiment")]
        if let Some(stop) = self.stop.get() {
            stop.look_at_limit.set(next);
            self.look_at.set(next.min(resumption + STOP_LOOK));
        }
    }

    /// Returns `true` if the limit must be looked at before the resumption after the one with this
    /// number.
    #[inline]
    pub(crate) fn is_due(&self, resumption: u64) -> bool {
        resumption >= self.look_at.get()
    }

    /// Looks at the limit before the resumption after the one with this number. Returns the limit if
    /// that resumption is one too many.
    pub(crate) fn exceeded(
        &self,
        now: f64,
        resumption: u64,
        living: impl FnOnce() -> u64,
    ) -> Option<u64> {
        let has_moved = self.time.replace(now) != now;
        if has_moved {
            self.since.set(resumption);
        }
        let since = self.since.get();
        let is_usual = self.set.get().is_none();
        let usual = || MOST.max(living().saturating_mul(MOST_A_PROCESS));
        let limit = self.set.get().unwrap_or_else(usual);
        if is_usual {
            // The resumption at which the clock reached this instant is not known, so the count begins
            // with the first look.
            self.look_at(since + limit, resumption);
        }
        if resumption - since < limit {
            return None;
        }
        // A model that runs on after the error is allowed as many resumptions again.
        self.since.set(resumption);
        if is_usual {
            self.look_at(resumption + limit, resumption);
        }
        Some(limit)
    }
}
