//! Gamma numbers, and what is made of them: Erlang and beta.

use crate::random::inner::Inner;
use crate::random::refusal::{not_negative, positive};
use crate::random::stream::Stream;

impl Stream {
    /// Draws a gamma number. Its mean is `shape * scale`, its standard deviation `sqrt(shape) * scale`.
    /// With a shape near 0 it may be 0, as what is smaller than any `f64` is.
    ///
    /// It has no cheap inverse: it does not rise with the uniform number, and an antithetic stream draws
    /// independently of its mirror image. It takes one number of the stream.
    ///
    /// # Panics
    ///
    /// If the shape is not greater than 0, if the scale is negative, or if one of them is infinite or
    /// not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "demand");
    /// let mean = (0..1000).map(|_| stream.gamma(4.0, 2.5)).sum::<f64>() / 1000.0;
    /// assert!((9.5..10.5).contains(&mean));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn gamma(&self, shape: f64, scale: f64) -> f64 {
        positive("gamma", "the shape", shape);
        not_negative("gamma", "the scale", scale);
        scale * standard_gamma(&mut Inner::of(self), shape)
    }

    /// Draws an Erlang number: the sum of `phases` exponential numbers, whose mean is `mean` (not that
    /// of one phase). Its standard deviation is `mean / sqrt(phases)`.
    ///
    /// As [`gamma`](Self::gamma), it does not rise with the uniform number, and takes one number of the
    /// stream.
    ///
    /// # Panics
    ///
    /// If there are no phases, or if the mean is negative, infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "service");
    /// let mean = (0..1000).map(|_| stream.erlang(3, 6.0)).sum::<f64>() / 1000.0;
    /// assert!((5.6..6.4).contains(&mean));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn erlang(&self, phases: u32, mean: f64) -> f64 {
        not_negative("erlang", "the mean", mean);
        assert!(phases > 0, "erlang: there must be 1 phase or more, not 0");
        let phases = f64::from(phases);
        mean * (standard_gamma(&mut Inner::of(self), phases) / phases)
    }

    /// Draws a beta number, from 0 to 1: a share, such as the part of an order that is defective. Its
    /// mean is `a / (a + b)`; the greater the two, the closer to it. With an `a` or `b` near 0 it may be
    /// exactly 0 or 1.
    ///
    /// As [`gamma`](Self::gamma), it does not rise with the uniform number, and takes one number of the
    /// stream.
    ///
    /// # Panics
    ///
    /// If one of them is not greater than 0, infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "defective");
    /// let share = stream.beta(2.0, 8.0);
    /// assert!((0.0..=1.0).contains(&share));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn beta(&self, a: f64, b: f64) -> f64 {
        positive("beta", "`a`", a);
        positive("beta", "`b`", b);
        // x / (x + y) of two gamma numbers. Their logarithms, as both may be too small for an `f64`.
        let mut inner = Inner::of(self);
        let x = log_gamma_number(&mut inner, a);
        let y = log_gamma_number(&mut inner, b);
        1.0 / (1.0 + libm::exp(y - x))
    }
}

/// Draws a gamma number with a scale of 1.
fn standard_gamma(inner: &mut Inner, shape: f64) -> f64 {
    if shape < 1.0 { libm::exp(log_gamma_number(inner, shape)) } else { at_least_one(inner, shape) }
}

/// Draws the logarithm of a gamma number with a scale of 1.
fn log_gamma_number(inner: &mut Inner, shape: f64) -> f64 {
    if shape < 1.0 {
        // Source: Marsaglia and Tsang, as below, section 6: gamma(a) is gamma(a + 1) times u^(1 / a).
        // A smaller shape gives the same, but could make it infinite.
        let shape = shape.max(1e-300);
        libm::log(at_least_one(inner, shape + 1.0)) - inner.exponential() / shape
    } else {
        libm::log(at_least_one(inner, shape))
    }
}

/// Draws a gamma number with a scale of 1 and a shape of at least 1.
///
/// Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM Transactions on
/// Mathematical Software 26(3), 2000.
#[expect(clippy::many_single_char_names, reason = "they are those of the source")]
fn at_least_one(inner: &mut Inner, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = inner.normal();
        let t = c * x;
        if t <= -1.0 {
            continue;
        }
        let u = inner.open();
        let squared = x * x;
        // The source has 1 - v + ln v here, with v = (1 + t)^3. For a large shape v is 1 but for its last
        // digits, and this keeps them.
        let bend = || 3.0 * (libm::log1p(t) - t) - t * t * (3.0 + t);
        if u < 1.0 - 0.0331 * squared * squared || libm::log(u) < 0.5 * squared + d * bend() {
            let root = 1.0 + t;
            return d * (root * root * root);
        }
    }
}
