//! Tallies: values that come one by one.

use crate::measure::bars::{self, Bar};
use crate::measure::buckets::{Buckets, Weight};
use crate::measure::moments::{Extremes, Moments};

/// Values that were added one by one: how many, their mean and deviation, the least, the most, quantiles and
/// shares. Their unit is that of the model.
///
/// The count, the mean, the deviation and the extremes are exact, up to rounding. Quantiles and shares are
/// found from buckets: a value differs from what stands for it by 0.4 % at most. If each value fits into
/// eight binary digits (whole numbers to 256, quarters to 64), quantiles and shares are exact, too.
///
/// A tally does not keep the values. It takes one kilobyte for each power of two from the smallest value to
/// the largest, without regard to their sign; at most four megabytes, however many values come. Tallies
/// [merge](Self::merge).
///
/// The mean and the deviation are kept up to date by the formulas of Welford (1962), and merged by those of
/// Chan, Golub and `LeVeque` (1983). With the feature `serde` a tally can be written and read. Nothing is lost
/// on the way if the format keeps numbers exactly; for `serde_json`, switch on `float_roundtrip`.
///
/// ```
/// use asim::Tally;
///
/// let mut tally = Tally::new();
/// for minutes in [3.0, 5.0, 10.0] {
///     tally.add(minutes);
/// }
/// assert_eq!((tally.count(), tally.mean(), tally.most()), (3, 6.0, 10.0));
/// assert_eq!(tally.quantile(0.5), 5.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// The sum of the finite values. That of whole numbers has no error of rounding.
    sum: f64,
    /// Of the finite values that are not zero. Many waiting times are zero, and are only counted.
    moments: Moments,
    extremes: Extremes,
    buckets: Buckets<u64>,
    zeros: u64,
    /// How many values were minus infinity and infinity.
    infinite: [u64; 2],
}

impl Default for Tally {
    fn default() -> Self {
        Tally::new()
    }
}

impl Tally {
    /// Returns a tally without values.
    ///
    /// ```
    /// assert_eq!(asim::Tally::new().count(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Tally {
            sum: 0.0,
            moments: Moments::NONE,
            extremes: Extremes::NONE,
            buckets: Buckets::new(),
            zeros: 0,
            infinite: [0; 2],
        }
    }

    /// Adds a value. Infinite values are allowed: then the mean is infinite too, and the deviation is NaN.
    ///
    /// # Panics
    ///
    /// If the value is NaN.
    ///
    /// ```
    /// let mut tally = asim::Tally::new();
    /// tally.add(2.5);
    /// assert_eq!(tally.mean(), 2.5);
    /// ```
    #[inline]
    #[track_caller]
    pub fn add(&mut self, value: f64) {
        if !self.buckets.add_known(value, 1) && !self.add_to_new_bucket(value) {
            return;
        }
        self.sum += value;
        self.moments.add(value);
        self.extremes.add(value);
    }

    /// Adds a value whose bucket is not there, or that is in no bucket. Returns `false` if all is done.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn add_to_new_bucket(&mut self, value: f64) -> bool {
        assert!(!value.is_nan(), "a tally takes no NaN");
        if value == 0.0 {
            self.zeros += 1;
        } else if value.is_infinite() {
            self.infinite[usize::from(value > 0.0)] += 1;
        } else {
            self.buckets.add(value, 1);
            return true;
        }
        false
    }

    /// Adds a zero.
    #[inline]
    pub(crate) fn add_zero(&mut self) {
        self.zeros += 1;
    }

    /// Returns how many values were added.
    ///
    /// ```
    /// let tally: asim::Tally = [2.0, 0.0, -3.0].into_iter().collect();
    /// assert_eq!(tally.count(), 3);
    /// ```
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a count")]
    pub fn count(&self) -> u64 {
        self.moments.weight as u64 + self.zeros + self.infinite[0] + self.infinite[1]
    }

    /// Returns `true` if there is no value.
    ///
    /// ```
    /// assert!(asim::Tally::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Returns the sum of the values; zero if there is none. The sum of whole numbers is exact.
    ///
    /// ```
    /// let tally: asim::Tally = [2.0, 5.0].into_iter().collect();
    /// assert_eq!(tally.sum(), 7.0);
    /// ```
    #[must_use]
    pub fn sum(&self) -> f64 {
        match self.infinite {
            [0, 0] => self.sum,
            [_, 0] => f64::NEG_INFINITY,
            [0, _] => f64::INFINITY,
            [_, _] => f64::NAN,
        }
    }

    /// Returns the mean; NaN if there is no value.
    ///
    /// ```
    /// let tally: asim::Tally = [2.0, 5.0].into_iter().collect();
    /// assert_eq!(tally.mean(), 3.5);
    /// ```
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum() / self.count().to_f64()
    }

    /// Returns the variance of a sample: the sum of the squared differences from the mean, divided by the
    /// count less one. NaN if there are fewer than two values, or if one is infinite.
    ///
    /// ```
    /// let tally: asim::Tally = [2.0, 5.0, 8.0].into_iter().collect();
    /// assert_eq!(tally.variance(), 9.0);
    /// ```
    #[must_use]
    pub fn variance(&self) -> f64 {
        if self.infinite != [0; 2] || self.count() < 2 {
            return f64::NAN;
        }
        let zeros = Moments { weight: self.zeros.to_f64(), ..Moments::NONE };
        let all = self.moments.merged(zeros);
        all.squares / (all.weight - 1.0)
    }

    /// Returns the standard deviation: the root of the [variance](Self::variance).
    ///
    /// ```
    /// let tally: asim::Tally = [2.0, 5.0, 8.0].into_iter().collect();
    /// assert_eq!(tally.sd(), 3.0);
    /// ```
    #[doc(alias = "standard_deviation")]
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.variance().sqrt()
    }

    /// Returns the least value; NaN if there is none.
    ///
    /// ```
    /// let tally: asim::Tally = [2.0, 5.0].into_iter().collect();
    /// assert_eq!(tally.least(), 2.0);
    /// ```
    #[doc(alias = "min")]
    #[must_use]
    pub fn least(&self) -> f64 {
        self.extremes().least()
    }

    /// Returns the largest value; NaN if there is none.
    ///
    /// ```
    /// let tally: asim::Tally = [2.0, 5.0].into_iter().collect();
    /// assert_eq!(tally.most(), 5.0);
    /// ```
    #[doc(alias = "max")]
    #[must_use]
    pub fn most(&self) -> f64 {
        self.extremes().most()
    }

    fn extremes(&self) -> Extremes {
        let mut extremes = self.extremes;
        let others = [
            (self.infinite[0], f64::NEG_INFINITY),
            (self.zeros, 0.0),
            (self.infinite[1], f64::INFINITY),
        ];
        for (count, value) in others {
            if count > 0 {
                extremes.add(value);
            }
        }
        extremes
    }

    /// Returns the `p`-quantile: the least value that at least a share `p` of the values does not exceed.
    /// `quantile(0.5)` is the median, `quantile(0.95)` is not exceeded by 95 % of the values. It is 0.4 % off
    /// at most, and never outside the extremes. NaN if there is no value.
    ///
    /// # Panics
    ///
    /// If `p` is not from 0 to 1.
    ///
    /// ```
    /// let tally: asim::Tally = (1..=100).map(f64::from).collect();
    /// assert_eq!((tally.quantile(0.5), tally.quantile(0.95)), (50.0, 95.0));
    /// ```
    #[doc(alias = "percentile")]
    #[must_use]
    #[track_caller]
    pub fn quantile(&self, p: f64) -> f64 {
        let middle = self.quick_quantile(p).unwrap_or_else(|| bars::quantile(self.bars(), p));
        if middle.is_nan() { middle } else { middle.clamp(self.least(), self.most()) }
    }

    /// Returns the share of the values that are less than `value`, from 0 to 1; NaN if there is none. Inside
    /// a bucket the values are taken to be spread evenly.
    ///
    /// ```
    /// let tally: asim::Tally = [0.0, 0.0, 3.0, 8.0].into_iter().collect();
    /// assert_eq!(tally.share_below(5.0), 0.75);
    /// ```
    #[must_use]
    pub fn share_below(&self, value: f64) -> f64 {
        bars::share_below(self.bars(), value)
    }

    /// Returns the share of the values that are greater than `value`, from 0 to 1; NaN if there is none.
    ///
    /// ```
    /// let tally: asim::Tally = [0.0, 0.0, 3.0, 8.0].into_iter().collect();
    /// assert_eq!(tally.share_above(0.0), 0.5); // so many had to wait
    /// ```
    #[must_use]
    pub fn share_above(&self, value: f64) -> f64 {
        bars::share_above(self.bars(), value)
    }

    /// Returns the buckets that have values, the least first: from where, to where, and how many values.
    /// Both ends are equal if all the values of a bucket are known to be equal.
    ///
    /// ```
    /// let tally: asim::Tally = [0.0, 3.0, 0.0].into_iter().collect();
    /// assert!(tally.histogram().eq([(0.0, 0.0, 2), (3.0, 3.0, 1)]));
    /// ```
    pub fn histogram(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        self.counted_bars().map(|(bar, count)| (bar.low, bar.high, count))
    }

    /// Returns what [`bars::quantile`] does, for numbers of which none is negative or infinite, in a tenth of the time.
    fn quick_quantile(&self, p: f64) -> Option<f64> {
        let is_plain = self.infinite == [0, 0] && !self.buckets.has_negative();
        if !is_plain || !(0.0..=1.0).contains(&p) {
            return None;
        }
        let wanted = bars::wanted(p, self.count().to_f64());
        if self.zeros > 0 && self.zeros.to_f64() >= wanted {
            return Some(0.0);
        }
        self.buckets.middle_at(self.zeros, wanted)
    }

    fn bars(&self) -> impl Iterator<Item = Bar> + Clone {
        self.counted_bars().map(|(bar, _)| bar).collect::<Vec<_>>().into_iter()
    }

    fn counted_bars(&self) -> impl Iterator<Item = (Bar, u64)> {
        let exact = |value: f64, count: u64| {
            (count > 0).then_some((Bar::exact(value, count.to_f64()), count))
        };
        let (negative, positive): (Vec<_>, Vec<_>) =
            self.buckets.bars().partition(|(bar, _)| bar.middle < 0.0);
        exact(f64::NEG_INFINITY, self.infinite[0])
            .into_iter()
            .chain(negative)
            .chain(exact(0.0, self.zeros))
            .chain(positive)
            .chain(exact(f64::INFINITY, self.infinite[1]))
    }

    /// Adds all values of another tally. The counts, the extremes, the quantiles and the shares are exactly
    /// those of a tally of all values, in whatever order tallies merge; the sum and the deviation are, up to
    /// rounding.
    ///
    /// ```
    /// let mut first: asim::Tally = [2.0, 5.0].into_iter().collect();
    /// let second: asim::Tally = [8.0].into_iter().collect();
    /// first.merge(&second);
    /// assert_eq!((first.count(), first.mean(), first.sd()), (3, 5.0, 3.0));
    /// ```
    pub fn merge(&mut self, other: &Tally) {
        self.sum += other.sum;
        self.moments = self.moments.merged(other.moments);
        self.extremes = self.extremes.merged(other.extremes);
        self.buckets.merge(&other.buckets);
        self.zeros += other.zeros;
        self.infinite[0] += other.infinite[0];
        self.infinite[1] += other.infinite[1];
    }
}

impl Extend<f64> for Tally {
    #[track_caller]
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        for value in values {
            self.add(value);
        }
    }
}

impl FromIterator<f64> for Tally {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut tally = Tally::new();
        tally.extend(values);
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, bars};

    #[test]
    fn the_quick_quantile_is_the_quantile() {
        let mut state = 7_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let mut quick = 0;
        for _ in 0..2_000 {
            let mut tally = Tally::new();
            for _ in 0..draw() % 40 {
                #[allow(clippy::cast_precision_loss, reason = "small numbers")]
                let number = draw() as f64;
                tally.add(match draw() % 8 {
                    0 => 0.0,
                    1 => number % 5.0,
                    2 => number * 1e-20,
                    3 if draw() % 10 == 0 => -number,
                    3 if draw() % 10 == 0 => f64::INFINITY,
                    _ => number % 977.0 * 0.013,
                });
            }
            for p in [0.0, 0.05, 0.5, 0.501, 0.95, 1.0] {
                let Some(given) = tally.quick_quantile(p) else { continue };
                assert_eq!(
                    given.to_bits(),
                    bars::quantile(tally.bars(), p).to_bits(),
                    "{tally:?}, {p}"
                );
                quick += 1;
            }
        }
        assert!(quick > 5_000);
    }
}
