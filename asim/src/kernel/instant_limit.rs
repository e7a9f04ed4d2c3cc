//! How often processes may be resumed at one instant.
//!
//! Processes that keep each other busy while no time passes would never let a run end. So a run ends
//! with an error when one instant takes more resumptions than any model needs: unless another limit is
//! set, ten million or a hundred for each living process, whichever is more.
//!
//! That limit costs nothing, as the clock is looked at only every so many resumptions: if it has not
//! moved since the last look, all of them were at one instant. A limit that is set is exact, and each
//! resumption is counted.

use std::cell::Cell;

use super::core::{Books, Kernel};
use super::slab::Key;
use crate::error::SimError;

/// What no model needs at one instant.
const MOST: u64 = 10_000_000;
/// The same, for each living process.
const MOST_A_PROCESS: u64 = 100;

/// The limit of a run.
#[derive(Debug)]
pub(crate) struct InstantLimit {
    /// None if it is the usual one.
    set: Cell<Option<u64>>,
    /// The instant at which was looked last. If a limit is set: that of the last resumption.
    time: Cell<f64>,
    /// The number of the last resumption before that look. If a limit is set: before that instant.
    since: Cell<u64>,
}

impl InstantLimit {
    pub(crate) fn new(now: f64) -> Self {
        InstantLimit { set: Cell::new(None), time: Cell::new(now), since: Cell::new(0) }
    }

    /// The number of the resumption before which the usual limit is looked at for the first time.
    pub(crate) const FIRST_LOOK: u64 = MOST;
}

impl Kernel {
    /// Sets a limit; [`u64::MAX`] is none.
    pub(crate) fn set_instant_limit(&self, limit: u64) {
        self.limit.set.set(Some(limit));
        self.limit.time.set(self.now.get());
        self.limit.since.set(self.resumption.get());
        self.look_at.set(if limit == u64::MAX { u64::MAX } else { 0 });
    }

    /// Looks at the limit before a resumption: if that is one too many, the process stays the next, and
    /// the run fails.
    #[cold]
    #[inline(never)]
    pub(super) fn is_over_limit(&self, books: &mut Books, key: Key) -> bool {
        let (time, resumption) = (self.now.get(), self.resumption.get());
        let has_moved = self.limit.time.replace(time) != time;
        if has_moved {
            self.limit.since.set(resumption);
        }
        let since = self.limit.since.get();
        let limit = self.limit.set.get().unwrap_or_else(|| {
            MOST.max(books.processes.count_living().saturating_mul(MOST_A_PROCESS))
        });
        if self.limit.set.get().is_none() {
            // When the clock came to this instant is not known: it counts from the first look on.
            self.look_at.set(since + limit);
        }
        if resumption - since < limit {
            return false;
        }
        let name = books.processes.name(key).map(str::to_owned);
        let mut processes: Vec<String> = name.into_iter().collect();
        processes.extend(books.processes.ready_names(9));
        books.processes.put_first(key);
        // A run that goes on all the same is given as many again.
        self.limit.since.set(resumption);
        if self.limit.set.get().is_none() {
            self.look_at.set(resumption + limit);
        }
        books.failures.push_back(SimError::TimeStandsStill { time, limit, processes });
        self.failed.set(true);
        self.stops.set(true);
        true
    }
}
