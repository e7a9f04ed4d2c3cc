//! The generator inside one draw, for distributions that have no cheap inverse.
//!
//! Such a draw needs a number of uniform numbers that is not known beforehand. It takes one number of its
//! stream, and this generator makes of it as many as the draw needs. So the stream moves on by one,
//! whatever happened inside.

use crate::random::normal_quantile::quantile;
use crate::random::seed::SplitMix64;
use crate::random::stream::{Stream, open};

/// A generator that lives for one draw.
#[derive(Debug)]
pub(crate) struct Inner(SplitMix64);

impl Inner {
    /// Takes one number of the stream.
    #[inline]
    pub(crate) fn of(stream: &Stream) -> Self {
        Inner::seeded(stream.bits())
    }

    #[inline]
    pub(crate) fn seeded(seed: u64) -> Self {
        Inner(SplitMix64::new(seed))
    }

    #[inline]
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next()
    }

    /// Draws a uniform number that is neither 0 nor 1.
    #[inline]
    pub(crate) fn open(&mut self) -> f64 {
        open(self.bits())
    }

    /// Draws an exponential number with a mean of 1.
    #[inline]
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(self.open())
    }

    /// Draws a normal number with a mean of 0 and a deviation of 1.
    #[inline]
    pub(crate) fn normal(&mut self) -> f64 {
        quantile(self.open())
    }
}
