//! Confidence intervals of means, and of differences of means.

use std::fmt;

use crate::answers::figures::{figure, with_commas};
use crate::experiment::statistics::student;
use crate::measure::moments::{Extremes, Moments};

/// What replications say about a mean: the mean of their values, and how far the true mean may be from it.
///
/// The interval is from [`low`](Self::low) to [`high`](Self::high). Of a hundred experiments with other seeds,
/// about 95 have the true mean in their interval, if the confidence is 0.95. It is the interval of Student's
/// t: the half width is t times the deviation, divided by the root of the count. It is exact for values that
/// have a normal distribution. The mean of a long run nearly has one. (A. M. Law, Simulation Modeling and
/// Analysis, 5th edition, sections 4.5 and 9.4.1.)
///
/// An estimate is shown with the digits that matter: two for the half width, and as many decimals for the
/// mean.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// How many values there are.
    pub count: u64,
    /// Their mean; NaN if there is none.
    pub mean: f64,
    /// Their standard deviation; NaN if there are fewer than two, or if one is infinite.
    pub sd: f64,
    /// How far the interval reaches to each side of the mean; NaN where the deviation is. It is zero if all
    /// values are equal.
    pub half_width: f64,
    /// The least value; NaN if there is none.
    pub least: f64,
    /// The largest value; NaN if there is none.
    pub most: f64,
    /// The confidence, between 0 and 1.
    pub confidence: f64,
}

impl Estimate {
    /// Returns the estimate of the mean of values that are independent, such as one of each replication. What is
    /// not known (NaN) is left out. The results of an experiment have their estimates already.
    ///
    /// # Panics
    ///
    /// If the confidence is not between 0 and 1.
    ///
    /// ```
    /// use asim::Estimate;
    ///
    /// let profit = Estimate::of([1.2, 3.4, 2.2, 5.1, 4.0], 0.95);
    /// assert_eq!(profit.to_string(), "3.2 ± 1.9");
    /// // Two settings with common random numbers: the interval of the differences, pair by pair.
    /// let (slow, fast) = ([5.1, 7.9, 6.0], [4.0, 6.5, 4.9]);
    /// let gain = Estimate::of(slow.iter().zip(fast).map(|(slow, fast)| slow - fast), 0.95);
    /// assert_eq!(gain.to_string(), "1.20 ± 0.43");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn of(values: impl IntoIterator<Item = f64>, confidence: f64) -> Estimate {
        assert!(
            confidence > 0.0 && confidence < 1.0,
            "a confidence is between 0 and 1, such as 0.95, not {confidence}"
        );
        values.into_iter().collect::<Sample>().estimate(confidence)
    }

    /// Returns the lower end of the interval; NaN if there are fewer than two values.
    ///
    /// ```
    /// assert_eq!(asim::Estimate::of([3.0, 3.0], 0.95).low(), 3.0);
    /// ```
    #[must_use]
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// Returns the upper end of the interval; NaN if there are fewer than two values.
    ///
    /// ```
    /// assert!(asim::Estimate::of([3.0, 4.0], 0.95).high() > 4.0);
    /// ```
    #[must_use]
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    /// Returns the half width as a share of the mean, regardless of its sign. It is infinite if the mean is
    /// zero and the half width is not; NaN if both are zero, or if there are fewer than two values.
    ///
    /// ```
    /// let waited = asim::Estimate::of([3.0, 5.0, 4.0, 4.0], 0.95);
    /// assert_eq!(waited.to_string(), "4.0 ± 1.3");
    /// assert_eq!((waited.relative() * 1000.0).round(), 325.0);
    /// ```
    #[must_use]
    pub fn relative(&self) -> f64 {
        self.half_width / self.mean.abs()
    }

    /// Returns `true` if the interval contains the number, its ends included. If the interval of a difference
    /// contains zero, the replications do not show which of the two is better.
    ///
    /// ```
    /// let gain = asim::Estimate::of([-1.0, 2.0, 1.0], 0.95);
    /// assert!(gain.contains(0.0));
    /// ```
    #[must_use]
    pub fn contains(&self, number: f64) -> bool {
        self.low() <= number && number <= self.high()
    }
}

/// Shows the mean and the half width: `2.413 ± 0.052`.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mean, half_width) = (self.mean, self.half_width);
        let size = mean.abs().max(half_width);
        // Without an interval, or one beyond the digits that a number has.
        let plain = !mean.is_finite()
            || !half_width.is_finite()
            || half_width == 0.0
            || half_width < size * 1e-15;
        if plain {
            return f.pad(&format!("{} ± {}", figure(mean), figure(half_width)));
        }
        if (1e-4..1e15).contains(&size) {
            let decimals = usize::try_from(1 - exponent(half_width, 1)).unwrap_or(0);
            return f.pad(&format!("{} ± {}", fixed(mean, decimals), fixed(half_width, decimals)));
        }
        let power = exponent(size, 15);
        let (mean, half_width) = (scaled(mean, power), scaled(half_width, power));
        let decimals = usize::try_from(1 - exponent(half_width, 1)).unwrap_or(0);
        f.pad(&format!("({} ± {})e{power}", fixed(mean, decimals), fixed(half_width, decimals)))
    }
}

/// Returns the power of ten of a number's first digit, after it is rounded to `digits` digits behind that.
pub(crate) fn exponent(number: f64, digits: usize) -> i32 {
    split(&format!("{number:.digits$e}")).1
}

/// Returns a number divided by a power of ten. The power itself may be too large for a number, or too small.
pub(crate) fn scaled(number: f64, power: i32) -> f64 {
    let text = format!("{number:e}");
    let (digits, exponent) = split(&text);
    format!("{digits}e{}", exponent - power).parse().unwrap_or(f64::NAN)
}

/// Returns the digits of a number and its power of ten.
fn split(text: &str) -> (&str, i32) {
    let (digits, power) = text.split_once('e').unwrap_or((text, "0"));
    (digits, power.parse().unwrap_or(0))
}

/// Returns a number with so many decimals, and commas from a thousand on.
pub(crate) fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let minus = if number < 0.0 && text.contains(|c| matches!(c, '1'..='9')) { "-" } else { "" };
    format!("{minus}{}{rest}", with_commas(whole.parse().unwrap_or(0.0)))
}

/// The values of a measure, one of each replication, as they come: what their estimate needs, and no more.
/// Two samples of equal values in equal order are equal to the bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    moments: Moments,
    extremes: Extremes,
    /// How many values were minus infinity and infinity.
    infinite: [u64; 2],
    unknown: u64,
}

impl Sample {
    pub(crate) const NONE: Sample =
        Sample { moments: Moments::NONE, extremes: Extremes::NONE, infinite: [0; 2], unknown: 0 };

    /// Adds a value. What is not known (NaN) is left out, and only counted.
    pub(crate) fn add(&mut self, value: f64) {
        if value.is_nan() {
            self.unknown += 1;
            return;
        }
        self.extremes.add(value);
        if value.is_infinite() {
            self.infinite[usize::from(value > 0.0)] += 1;
        } else {
            self.moments.add(value);
        }
    }

    /// Returns how many values are known.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a count")]
    pub(crate) fn count(&self) -> u64 {
        self.moments.weight as u64 + self.infinite[0] + self.infinite[1]
    }

    /// Returns how many values are not known.
    #[cfg(test)]
    pub(crate) fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Returns the mean of what is known; NaN if nothing is.
    pub(crate) fn mean(&self) -> f64 {
        match self.infinite {
            [0, 0] if self.moments.weight == 0.0 => f64::NAN,
            [0, 0] => self.moments.mean,
            [_, 0] => f64::NEG_INFINITY,
            [0, _] => f64::INFINITY,
            [_, _] => f64::NAN,
        }
    }

    /// Returns the variance; NaN if there are fewer than two values, or if one is infinite.
    pub(crate) fn variance(&self) -> f64 {
        if self.infinite != [0; 2] || self.moments.weight < 2.0 {
            return f64::NAN;
        }
        self.moments.squares / (self.moments.weight - 1.0)
    }

    /// Returns the mean with its interval, by Student's t.
    pub(crate) fn estimate(&self, confidence: f64) -> Estimate {
        let error = (self.variance() / self.moments.weight).sqrt();
        self.estimate_with(confidence, error, self.moments.weight - 1.0)
    }

    fn estimate_with(&self, confidence: f64, error: f64, degrees: f64) -> Estimate {
        Estimate {
            count: self.count(),
            mean: self.mean(),
            sd: self.variance().sqrt(),
            half_width: half_width(confidence, error, degrees),
            least: self.extremes.least(),
            most: self.extremes.most(),
            confidence,
        }
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sample = Sample::NONE;
        values.into_iter().for_each(|value| sample.add(value));
        sample
    }
}

/// Returns the half width: t times the standard error of the mean.
fn half_width(confidence: f64, error: f64, degrees: f64) -> f64 {
    if error == 0.0 || !error.is_finite() {
        return error;
    }
    error * student::critical(confidence, degrees)
}

/// Returns the mean of the first sample less that of the second, with its interval. The samples are
/// independent: they have no random numbers in common. (With common random numbers, the differences of the
/// pairs are one sample.) The deviation is that of the difference of a value of each; the count is that of
/// the smaller sample; the extremes are not known.
///
/// By B. L. Welch, "The generalization of Student's problem when several different population variances are
/// involved", Biometrika 34 (1947), 28-35. (Law, section 10.2.2.)
pub(crate) fn welch_difference(first: &Sample, second: &Sample, confidence: f64) -> Estimate {
    let part = |sample: &Sample| sample.variance() / sample.moments.weight;
    let (one, two) = (part(first), part(second));
    let squared = one + two;
    // Divided by the sum first: the square of a small number may be zero.
    let (share, other) = (one / squared, two / squared);
    let degrees = 1.0
        / (share * share / (first.moments.weight - 1.0)
            + other * other / (second.moments.weight - 1.0));
    Estimate {
        count: first.count().min(second.count()),
        mean: first.mean() - second.mean(),
        sd: (first.variance() + second.variance()).sqrt(),
        half_width: half_width(confidence, squared.sqrt(), degrees.max(1.0)),
        least: f64::NAN,
        most: f64::NAN,
        confidence,
    }
}

/// Returns the confidence that each of several intervals needs, so that all of them together hold with
/// `confidence`: Bonferroni's inequality. (Law, section 9.7.)
pub(crate) fn simultaneous(confidence: f64, how_many: usize) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a count of comparisons")]
    let how_many = how_many.max(1) as f64;
    1.0 - (1.0 - confidence) / how_many
}

#[cfg(test)]
mod tests {
    use super::{Estimate, Sample, simultaneous, welch_difference};

    const SOME: [f64; 5] = [1.2, 3.4, 2.2, 5.1, 4.0];

    fn close(found: f64, wanted: f64) {
        assert!((found / wanted - 1.0).abs() < 1e-12, "{found} for {wanted}");
    }

    fn shown(mean: f64, half_width: f64) -> String {
        Estimate { mean, half_width, ..Sample::NONE.estimate(0.95) }.to_string()
    }

    #[test]
    fn the_interval_is_that_of_student() {
        // a = [1.2, 3.4, 2.2, 5.1, 4.0]; np.mean(a), np.std(a, ddof=1),
        // scipy.stats.t.interval(confidence, 4, np.mean(a), scipy.stats.sem(a))
        let sample: Sample = SOME.into_iter().collect();
        let estimate = sample.estimate(0.95);
        close(estimate.mean, 3.18);
        close(estimate.sd, 1.523_811_011_903_935_1);
        close(estimate.half_width, 1.892_061_273_547_687_6);
        close(sample.estimate(0.99).half_width, 3.137_547_934_771_884_4);
        assert_eq!((estimate.count, estimate.least, estimate.most), (5, 1.2, 5.1));
        close(estimate.low(), 3.18 - 1.892_061_273_547_687_6);
        close(estimate.high(), 3.18 + 1.892_061_273_547_687_6);
        close(estimate.relative(), 1.892_061_273_547_687_6 / 3.18);
        assert!(estimate.contains(2.0) && !estimate.contains(1.0) && !estimate.contains(6.0));
        assert_eq!(estimate.to_string(), "3.2 ± 1.9");
    }

    #[test]
    fn few_values_have_no_interval() {
        let none = Sample::NONE.estimate(0.95);
        assert_eq!(none.count, 0);
        assert!(none.mean.is_nan() && none.half_width.is_nan() && none.least.is_nan());
        assert_eq!(none.to_string(), "- ± -");
        let one = Sample::from_iter([7.25]).estimate(0.95);
        assert_eq!((one.count, one.mean, one.least, one.most), (1, 7.25, 7.25, 7.25));
        assert!(one.sd.is_nan() && one.half_width.is_nan() && !one.contains(7.25));
        assert_eq!(one.to_string(), "7.25 ± -");
    }

    #[test]
    fn equal_values_have_an_interval_of_one_number() {
        let estimate = Sample::from_iter([0.1; 50]).estimate(0.95);
        assert_eq!((estimate.sd, estimate.half_width, estimate.low()), (0.0, 0.0, 0.1));
        assert_eq!(estimate.to_string(), "0.1 ± 0");
        assert!(Sample::from_iter([0.0; 9]).estimate(0.95).relative().is_nan());
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let with = [1.2, f64::NAN, 3.4, 2.2, f64::NAN, 5.1, 4.0].into_iter().collect::<Sample>();
        assert_eq!(with.estimate(0.9), SOME.into_iter().collect::<Sample>().estimate(0.9));
        assert_eq!((with.count(), with.unknown()), (5, 2));
    }

    #[test]
    fn an_infinite_value_leaves_no_interval() {
        let infinite = Sample::from_iter([1.0, f64::INFINITY, 3.0, f64::INFINITY]).estimate(0.95);
        assert_eq!((infinite.count, infinite.mean, infinite.least), (4, f64::INFINITY, 1.0));
        assert!(infinite.sd.is_nan() && infinite.half_width.is_nan());
        assert_eq!(infinite.to_string(), "inf ± -");
        let both = Sample::from_iter([f64::NEG_INFINITY, f64::INFINITY]).estimate(0.95);
        assert!(both.mean.is_nan());
        assert_eq!((both.least, both.most), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn huge_values_have_a_mean() {
        let huge = Sample::from_iter([1e200, 3e200]).estimate(0.95);
        close(huge.mean, 2e200);
        assert_eq!((huge.sd, huge.half_width), (f64::INFINITY, f64::INFINITY));
        assert_eq!(huge.to_string(), "2e200 ± inf");
        // A small deviation beside a large mean is not lost.
        let offset =
            Sample::from_iter([1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).estimate(0.95);
        close(offset.sd, 30.0_f64.sqrt());
    }

    #[test]
    fn independent_samples_differ_as_welch_says() {
        // b = [2.0, 2.9, 3.1, 8.2, 7.7, 1.5, 0.3]; r = scipy.stats.ttest_ind(a, b, equal_var=False);
        // r.df = 9.209893703255704; r.confidence_interval(0.95)
        let first: Sample = SOME.into_iter().collect();
        let second = Sample::from_iter([2.0, 2.9, 3.1, 8.2, 7.7, 1.5, 0.3]);
        let difference = welch_difference(&first, &second, 0.95);
        close(difference.mean, -0.491_428_571_428_571_55);
        close(difference.half_width, 3.033_261_763_484_612_4);
        close(difference.sd, 3.427_007_579_854_61);
        assert_eq!(difference.count, 5);
        let (one, none) = (Sample::from_iter([1.0]), Sample::NONE);
        assert!(welch_difference(&first, &one, 0.95).half_width.is_nan());
        assert!(welch_difference(&none, &first, 0.95).mean.is_nan());
        let (two, three) = (Sample::from_iter([2.0; 4]), Sample::from_iter([3.0; 4]));
        let exact = welch_difference(&three, &two, 0.95);
        assert_eq!((exact.mean, exact.half_width), (1.0, 0.0));
    }

    #[test]
    fn several_intervals_need_more_confidence_each() {
        close(simultaneous(0.95, 5), 0.99);
        assert_eq!((simultaneous(0.9, 1), simultaneous(0.9, 0)), (0.9, 0.9));
    }

    #[test]
    fn estimates_are_shown_with_the_digits_that_matter() {
        let table = [
            (2.413_27, 0.052_4, "2.413 ± 0.052"),
            (2.413_27, 0.099_6, "2.41 ± 0.10"),
            (2.413_27, 0.5, "2.41 ± 0.50"),
            (-0.001, 0.5, "0.00 ± 0.50"),
            (-3.0, 0.5, "-3.00 ± 0.50"),
            (28_412.34, 1234.5, "28,412 ± 1,234"),
            (28_412.34, 12.34, "28,412 ± 12"),
            (28_412.34, 1.234, "28,412.3 ± 1.2"),
            (-28_412.34, 1.234, "-28,412.3 ± 1.2"),
            (0.000_412_3, 0.000_012, "0.000412 ± 0.000012"),
            (0.000_041_23, 0.000_001_2, "(4.12 ± 0.12)e-5"),
            (4.123e20, 1e18, "(4.123 ± 0.010)e20"),
            (-4.123e-310, 1e-311, "(-4.12 ± 0.10)e-310"),
            (1.0, 1e-20, "1 ± 1e-20"),
            (0.0, 0.25, "0.00 ± 0.25"),
            (5.0, f64::INFINITY, "5 ± inf"),
        ];
        for (mean, half_width, text) in table {
            assert_eq!(shown(mean, half_width), text, "{mean} {half_width}");
        }
        let sample: Sample = SOME.into_iter().collect();
        assert_eq!(format!("{:>12}|", sample.estimate(0.95)), "   3.2 ± 1.9|");
    }
}
