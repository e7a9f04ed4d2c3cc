//! The books of one thing that processes share.

use crate::measure::{level::Level, tally::Tally};
use crate::trace::record::Side;

/// What is counted for one thing. Which parts it has depends on its kind.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Books {
    /// The requests that wait for their turn: to acquire, to get, to pass.
    pub(crate) line: LineBooks,
    /// The requests that wait to put something in, if there are such.
    pub(crate) put_line: Option<LineBooks>,
    /// What the thing shows: the units in use, the number of items, the amount, whether it is open.
    pub(crate) level: Option<Level>,
    /// How much there can be of that. Absent if there is no bound.
    pub(crate) capacity: Option<Level>,
    /// How long units were held, or items stayed.
    pub(crate) held: Option<Tally>,
    /// How many holders were evicted.
    pub(crate) preempted: u64,
    /// How much was put in, and how much was got and kept, of something that is measured in amounts.
    pub(crate) amount_in: f64,
    pub(crate) amount_out: f64,
    /// How often it was set: a state to a value, an event to its only one.
    pub(crate) changes: u64,
}

/// What is counted for one line.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct LineBooks {
    /// How many wait.
    pub(crate) length: Level,
    /// How long those waited who were served, those served at once too.
    pub(crate) waited: Tally,
    /// How many of them were served at once.
    pub(crate) at_once: u64,
    /// How long those waited who left without being served.
    pub(crate) left: Tally,
    /// How many attempts failed that do not wait (`try_get` and its like).
    pub(crate) refused: u64,
}

impl Books {
    /// Returns the books of a line.
    #[inline]
    pub(crate) fn line_mut(&mut self, side: Side) -> &mut LineBooks {
        match (side, &mut self.put_line) {
            (Side::Put, Some(line)) => line,
            _ => &mut self.line,
        }
    }

    /// Starts all again at this time. Levels keep their values.
    pub(crate) fn reset(&mut self, now: f64) {
        for line in [Some(&mut self.line), self.put_line.as_mut()].into_iter().flatten() {
            line.length.reset(now);
            line.waited = Tally::new();
            line.at_once = 0;
            line.left = Tally::new();
            line.refused = 0;
        }
        for level in [self.level.as_mut(), self.capacity.as_mut()].into_iter().flatten() {
            level.reset(now);
        }
        if let Some(held) = &mut self.held {
            *held = Tally::new();
        }
        self.preempted = 0;
        self.amount_in = 0.0;
        self.amount_out = 0.0;
        self.changes = 0;
    }
}

impl LineBooks {
    /// Notes that a request that came at this time is served now.
    #[inline]
    pub(crate) fn served_after(&mut self, now: f64, arrival: f64) {
        self.length.lower(now);
        self.waited.add(now - arrival);
    }

    pub(crate) fn new(now: f64) -> Self {
        LineBooks {
            length: Level::new(now, 0.0),
            waited: Tally::new(),
            at_once: 0,
            left: Tally::new(),
            refused: 0,
        }
    }
}

impl Books {
    pub(crate) fn new(now: f64) -> Self {
        Books {
            line: LineBooks::new(now),
            put_line: None,
            level: None,
            capacity: None,
            held: None,
            preempted: 0,
            amount_in: 0.0,
            amount_out: 0.0,
            changes: 0,
        }
    }
}

/// Returns a number of units, items or requests as a level.
#[allow(clippy::cast_precision_loss, reason = "nobody has 2^53 of anything")]
pub(crate) fn as_level(count: usize) -> f64 {
    count as f64
}
