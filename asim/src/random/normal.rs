//! Normal numbers, cut or not, and lognormal ones.

use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::{Bound, RangeBounds};

use crate::random::normal_quantile::quantile;
use crate::random::refusal::{finite, not_negative, positive};
use crate::random::stream::Stream;

impl Stream {
    /// Draws a normal number with the given mean and standard deviation. It may be negative, which no
    /// duration is: see [`normal_within`](Self::normal_within), [`lognormal`](Self::lognormal),
    /// [`gamma`](Self::gamma). It rises with the uniform number. No draw is further than 8.3 deviations
    /// from the mean.
    ///
    /// # Panics
    ///
    /// If the deviation is negative, or if one of them is infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "height");
    /// let tall = (0..1000).filter(|_| stream.normal(175.0, 7.0) > 182.0).count();
    /// assert!((125..195).contains(&tall)); // 15.9 % are more than one deviation above the mean
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn normal(&self, mean: f64, deviation: f64) -> f64 {
        finite("normal", "the mean", mean);
        not_negative("normal", "the deviation", deviation);
        mean + deviation * quantile(self.open())
    }

    /// Draws a normal number of which only the values within a range count: `normal_within(10.0, 3.0,
    /// 0.0..)` is never negative. The mean and the standard deviation are those before the cut; the cut
    /// moves both. It rises with the uniform number.
    ///
    /// (To replace negative draws by 0 is something else: then 0 itself has a probability.)
    ///
    /// # Panics
    ///
    /// If the range is empty or has a bound that is not a number, if none of the normal distribution is
    /// in the range (as far as an `f64` can tell: it is 38 deviations away), if the deviation is
    /// negative, or if the mean or the deviation is infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "service");
    /// let service = stream.normal_within(10.0, 3.0, 0.0..);
    /// assert!(service >= 0.0);
    /// let tyres = stream.normal_within(4.0, 2.0, 3.0..=6.0);
    /// assert!((3.0..=6.0).contains(&tyres));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn normal_within(&self, mean: f64, deviation: f64, range: impl RangeBounds<f64>) -> f64 {
        finite("normal_within", "the mean", mean);
        not_negative("normal_within", "the deviation", deviation);
        let low = match range.start_bound() {
            Bound::Included(&low) => low,
            Bound::Excluded(&low) => low.next_up(),
            Bound::Unbounded => f64::NEG_INFINITY,
        };
        let high = match range.end_bound() {
            Bound::Included(&high) => high,
            Bound::Excluded(&high) => high.next_down(),
            Bound::Unbounded => f64::INFINITY,
        };
        let is_range = low <= high && low < f64::INFINITY && high > f64::NEG_INFINITY;
        assert!(is_range, "normal_within: no number is between {low} and {high}");
        if deviation == 0.0 || low == high {
            // One number is left, if it is within the range.
            let left = if deviation == 0.0 { mean } else { low };
            let _ = self.open();
            if (low..=high).contains(&left) {
                return left;
            }
            refuse_range(mean, deviation, low, high);
        }
        let (least, most) = ((low - mean) / deviation, (high - mean) / deviation);
        let u = self.open();
        // In the upper tail, probabilities near 1 have few digits. There, the lower tail is its mirror
        // image.
        let drawn = if least > 0.0 { -cut(-most, -least, 1.0 - u) } else { cut(least, most, u) };
        if drawn.is_nan() {
            refuse_range(mean, deviation, low, high);
        }
        (mean + deviation * drawn).clamp(low, high)
    }

    /// Draws a lognormal number with the given mean and standard deviation, *its own* ones, not those of
    /// its logarithm. It is greater than 0 and leans to the left, as many durations do. It rises with
    /// the uniform number.
    ///
    /// # Panics
    ///
    /// If the mean is not greater than 0, if the deviation is negative, or if one of them is infinite or
    /// not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "surgery");
    /// let minutes: f64 = (0..1000).map(|_| stream.lognormal(90.0, 30.0)).sum::<f64>() / 1000.0;
    /// assert!((87.0..93.0).contains(&minutes));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn lognormal(&self, mean: f64, deviation: f64) -> f64 {
        positive("lognormal", "the mean", mean);
        not_negative("lognormal", "the deviation", deviation);
        // Of the logarithm: its variance is ln(1 + (s / m)^2), its mean is ln m less half of that.
        let ratio = deviation / mean;
        let variance = if ratio < 1e100 {
            libm::log1p(ratio * ratio)
        } else {
            2.0 * (libm::log(deviation) - libm::log(mean))
        };
        let exponent = variance.sqrt() * quantile(self.open()) - variance / 2.0;
        mean * libm::exp(exponent)
    }
}

/// The quantile at `u` of the standard normal distribution between two numbers, of which the smaller is
/// not positive. It is not a number if there is nothing between them.
fn cut(least: f64, most: f64, u: f64) -> f64 {
    let (below, up_to) = (probability_below(least), probability_below(most));
    if below == up_to {
        // Either they are too close to each other to tell, or too far from the middle.
        let share = least + (most - least) * u;
        return if up_to > 0.0 { share } else { f64::NAN };
    }
    let probability = below + (up_to - below) * u;
    if probability <= 0.0 {
        least
    } else if probability >= 1.0 {
        most
    } else {
        quantile(probability)
    }
}

/// The probability that a standard normal number is below this one.
fn probability_below(number: f64) -> f64 {
    0.5 * libm::erfc(-number * FRAC_1_SQRT_2)
}

#[cold]
#[inline(never)]
#[track_caller]
fn refuse_range(mean: f64, deviation: f64, low: f64, high: f64) -> ! {
    panic!(
        "normal_within: nothing of a normal distribution with the mean {mean} and the deviation \
         {deviation} is between {low} and {high}"
    )
}
