//! Poisson numbers: how many events there are in a stretch of time.

use crate::random::inner::Inner;
use crate::random::refusal::{not_negative, refuse};
use crate::random::saddle_point::log_poisson;
use crate::random::stream::Stream;

/// Above this mean, a draw by rejection is faster than one by inversion.
const LARGE: f64 = 10.0;

/// Above this mean, not every count is an `f64`.
const MOST: f64 = 1e15;

impl Stream {
    /// Draws a Poisson number: how many events there are, if `mean` are expected and they come
    /// independently of each other. With a mean of 0 there are none.
    ///
    /// With a mean of up to 10 it rises with the uniform number. With a larger one it does not: then the
    /// draw takes one number of the stream as the seed of a generator of its own.
    ///
    /// # Panics
    ///
    /// If the mean is negative, greater than 10^15 or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "passengers");
    /// let mean = (0..1000).map(|_| stream.poisson(4.5) as f64).sum::<f64>() / 1000.0;
    /// assert!((4.3..4.7).contains(&mean));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn poisson(&self, mean: f64) -> u64 {
        not_negative("poisson", "the mean", mean);
        if mean > MOST {
            refuse("poisson", "the mean", "at most 10^15", mean);
        }
        if mean < LARGE { by_inversion(self.open(), mean) } else { large(Inner::of(self), mean) }
    }
}

/// Returns the quantile at `u`, by adding up the probabilities.
fn by_inversion(u: f64, mean: f64) -> u64 {
    let (mut count, mut probability) = (0, libm::exp(-mean));
    let mut sum = probability;
    let mut number = 0.0;
    while u > sum {
        count += 1;
        number += 1.0;
        probability *= mean / number;
        let next = sum + probability;
        // The probabilities may add up to a little less than `u`.
        if next == sum {
            break;
        }
        sum = next;
    }
    count
}

/// Draws a Poisson number with a mean of at least 10.
///
/// Source: Hörmann, "The transformed rejection method for generating Poisson random variables",
/// Insurance: Mathematics and Economics 12(1), 1993; its algorithm PTRS.
fn large(mut inner: Inner, mean: f64) -> u64 {
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let v_r = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = inner.open() - 0.5;
        let v = inner.open();
        let from_edge = 0.5 - u.abs();
        let count = ((2.0 * a / from_edge + b) * u + mean + 0.43).floor();
        let at_once = from_edge >= 0.07 && v <= v_r;
        if !at_once {
            if count < 0.0 || (from_edge < 0.013 && v > from_edge) {
                continue;
            }
            let height = v * inverse_alpha / (a / (from_edge * from_edge) + b);
            if libm::log(height) > log_poisson(count, mean) {
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
