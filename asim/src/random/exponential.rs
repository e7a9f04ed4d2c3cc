//! Exponential numbers, and the families that are an exponential number bent: Weibull and Pareto.

use crate::random::refusal::{not_negative, positive};
use crate::random::stream::Stream;

impl Stream {
    /// Draws an exponential number with the given mean: the gap between arrivals that come independently
    /// of each other. It is greater than 0, and 36.8 times the mean at most. With a mean of 0 it is 0. It
    /// rises with the uniform number.
    ///
    /// (Python's `expovariate` takes the rate, which is one over the mean.)
    ///
    /// # Panics
    ///
    /// If the mean is negative, infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn source(env: Environment, arrivals: Stream) {
    ///     for _ in 0..1000 {
    ///         env.timeout(arrivals.exponential(10.0)).await;
    ///     }
    /// }
    ///
    /// let sim = Simulation::seeded(42);
    /// sim.process(Source::new(sim.stream("arrivals")));
    /// sim.run()?;
    /// assert!((9_000.0..11_000.0).contains(&sim.now()));
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn exponential(&self, mean: f64) -> f64 {
        not_negative("exponential", "the mean", mean);
        mean * self.standard_exponential()
    }

    /// Draws an exponential number with a mean of 1. It rises with the uniform number.
    #[inline]
    pub(crate) fn standard_exponential(&self) -> f64 {
        // One minus an open number is exact.
        -libm::log(1.0 - self.open())
    }

    /// Draws a number of the Weibull distribution: a time to failure. With a `shape` under 1, what has
    /// lived long fails less often; with 1, it is `exponential(scale)`; above 1, things wear out. 63 % of
    /// all numbers are below `scale`. It rises with the uniform number. With a shape near 0 it may be too
    /// large for an `f64`, which is `f64::INFINITY`.
    ///
    /// # Panics
    ///
    /// If the shape is not greater than 0, if the scale is negative, or if one of them is infinite or
    /// not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "bearings");
    /// let early = (0..1000).filter(|_| stream.weibull(2.0, 500.0) < 500.0).count();
    /// assert!((590..670).contains(&early));
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn weibull(&self, shape: f64, scale: f64) -> f64 {
        positive("weibull", "the shape", shape);
        not_negative("weibull", "the scale", scale);
        let power = libm::pow(self.standard_exponential(), 1.0 / shape);
        // Zero times infinity is not a number.
        if scale == 0.0 { 0.0 } else { scale * power }
    }

    /// Draws a number of the Pareto distribution: `least` or more, and now and then very much more. It
    /// describes the size of files, orders, losses. The smaller the `shape`, the more extreme; the mean
    /// is `least * shape / (shape - 1)`, and there is none if the shape is 1 or less. It rises with the
    /// uniform number. With a shape near 0 it may be too large for an `f64`, which is `f64::INFINITY`.
    ///
    /// # Panics
    ///
    /// If one of them is not greater than 0, infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "files");
    /// let size = stream.pareto(2.5, 4096.0);
    /// assert!(size >= 4096.0);
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn pareto(&self, shape: f64, least: f64) -> f64 {
        positive("pareto", "the shape", shape);
        positive("pareto", "`least`", least);
        least * libm::exp(self.standard_exponential() / shape)
    }
}
