//! The time that a level spent at values that are not whole.

use crate::measure::bars::Bar;
use crate::measure::buckets::Buckets;
use crate::measure::moments::{Extremes, Moments};

/// The time at values that are not whole numbers: in buckets, as those of a tally.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Rough {
    pub(crate) moments: Moments,
    pub(crate) extremes: Extremes,
    buckets: Buckets<f64>,
}

impl Default for Rough {
    fn default() -> Self {
        Rough { moments: Moments::NONE, extremes: Extremes::NONE, buckets: Buckets::new() }
    }
}

impl Rough {
    /// Adds some time at a value that is not zero.
    pub(crate) fn add(&mut self, value: f64, time: f64) {
        self.moments.add_weighted(value, time);
        self.extremes.add(value);
        if !self.buckets.add_known(value, time) {
            self.buckets.add(value, time);
        }
    }

    pub(crate) fn merge(&mut self, other: &Rough) {
        self.moments = self.moments.merged(other.moments);
        self.extremes = self.extremes.merged(other.extremes);
        self.buckets.merge(&other.buckets);
    }

    /// Returns the sum of the values, each multiplied by its time.
    pub(crate) fn integral(&self) -> f64 {
        self.moments.mean * self.moments.weight
    }

    /// Returns the sum of the squared differences from a number, each multiplied by its time.
    pub(crate) fn squares_round(&self, number: f64) -> f64 {
        let off = self.moments.mean - number;
        self.moments.squares + self.moments.weight * off * off
    }

    pub(crate) fn bars(&self) -> impl Iterator<Item = Bar> {
        self.buckets.bars().map(|(bar, _)| bar)
    }
}
