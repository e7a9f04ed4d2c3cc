//! Binomial numbers: how many of some trials succeed.

use crate::random::inner::Inner;
use crate::random::refusal::probability;
use crate::random::saddle_point::log_binomial;
use crate::random::stream::Stream;

/// Above this mean, a draw by rejection is faster than one by inversion.
const LARGE: f64 = 10.0;

/// Above this, not every number is an `f64`.
const MOST: u64 = 1_000_000_000_000_000;

impl Stream {
    /// Draws a binomial number: how many of `trials` succeed, each with the given probability.
    ///
    /// If up to 10 are expected to succeed, or up to 10 to fail, it rises with the uniform number.
    /// Otherwise it does not: then the draw takes one number of the stream as the seed of a generator of
    /// its own.
    ///
    /// # Panics
    ///
    /// If there are more than 10^15 trials, or if the probability is not a number from 0 to 1.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "no-shows");
    /// let missing = stream.binomial(180, 0.05);
    /// assert!(missing <= 180);
    /// assert_eq!((stream.binomial(9, 0.0), stream.binomial(9, 1.0)), (0, 9));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn binomial(&self, trials: u64, success: f64) -> u64 {
        probability("binomial", success);
        assert!(trials <= MOST, "binomial: there must be at most 10^15 trials, not {trials}");
        #[expect(clippy::cast_precision_loss, reason = "it is below 2^53")]
        let number = trials as f64;
        let rare = success.min(1.0 - success);
        if number * rare >= LARGE {
            let count = large(Inner::of(self), number, rare);
            return if success > 0.5 { trials - count } else { count };
        }
        let u = self.open();
        if success > 0.5 {
            // Those that fail are counted, from the other end.
            trials - by_inversion(1.0 - u, trials, number, rare)
        } else {
            by_inversion(u, trials, number, rare)
        }
    }
}

/// Returns the quantile at `u`, by adding up the probabilities. `p` is at most one half.
fn by_inversion(u: f64, trials: u64, number: f64, p: f64) -> u64 {
    let odds = p / (1.0 - p);
    let (mut count, mut done) = (0, 0.0);
    let mut probability = libm::exp(number * libm::log1p(-p));
    let mut sum = probability;
    while u > sum && count < trials {
        probability *= odds * ((number - done) / (done + 1.0));
        count += 1;
        done += 1.0;
        let next = sum + probability;
        // The probabilities may add up to a little less than `u`.
        if next == sum {
            break;
        }
        sum = next;
    }
    count
}

/// Draws a binomial number with a mean of at least 10 and a `p` of at most one half.
///
/// Source: Hörmann, "The generation of binomial random variates", Journal of Statistical Computation and
/// Simulation 46, 1993; its algorithm BTRS.
#[expect(clippy::many_single_char_names, reason = "they are those of the source")]
fn large(mut inner: Inner, trials: f64, p: f64) -> u64 {
    let deviation = (trials * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = trials * p + 0.5;
    let v_r = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * deviation;
    let most_likely = log_binomial(((trials + 1.0) * p).floor(), trials, p);
    loop {
        let u = inner.open() - 0.5;
        let v = inner.open();
        let from_edge = 0.5 - u.abs();
        let count = ((2.0 * a / from_edge + b) * u + c).floor();
        let at_once = from_edge >= 0.07 && v <= v_r;
        if !at_once {
            if !(0.0..=trials).contains(&count) {
                continue;
            }
            let height = v * alpha / (a / (from_edge * from_edge) + b);
            if libm::log(height) > log_binomial(count, trials, p) - most_likely {
                continue;
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a count"
        )]
        return count as u64;
    }
}
