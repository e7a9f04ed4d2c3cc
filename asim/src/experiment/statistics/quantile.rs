//! Intervals of quantiles: what a share of the replications does not exceed.

use std::fmt;

use thiserror::Error;

use crate::answers::figures::figure;

/// A quantile of the values of replications, with its interval.
///
/// Nothing is assumed about the distribution of the values, except that they are independent: the ends of the
/// interval are two of the values, chosen by the binomial distribution. So the true confidence is somewhat
/// more than what was asked for. (W. J. Conover, Practical Nonparametric Statistics, 3rd edition 1999,
/// section 3.2; G. J. Hahn and W. Q. Meeker, Statistical Intervals, 1991, section 5.2.)
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct QuantileEstimate {
    /// How many values there are.
    pub count: u64,
    /// Which quantile: the share of the values that do not exceed it, between 0 and 1.
    pub share: f64,
    /// The quantile: the least value that at least this share of the values does not exceed.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The confidence that was asked for.
    pub confidence: f64,
    /// The confidence that the interval has, at least.
    pub coverage: f64,
}

impl QuantileEstimate {
    /// Returns the quantile of values that are independent, such as one of each replication, with its interval.
    /// What is not known (NaN) is left out. `None` if there are too few values for an interval: at 95 %, the
    /// median needs 6, the 0.9-quantile 36, the 0.95-quantile 72.
    ///
    /// # Panics
    ///
    /// If the share or the confidence is not between 0 and 1.
    ///
    /// ```
    /// use asim::QuantileEstimate;
    ///
    /// let profits = (1..=100).map(f64::from);
    /// let median = QuantileEstimate::of(profits, 0.5, 0.95).expect("there are enough");
    /// assert_eq!((median.low, median.value, median.high), (40.0, 50.0, 61.0));
    /// assert_eq!(QuantileEstimate::of([3.0, 4.0], 0.5, 0.95), None);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn of(
        values: impl IntoIterator<Item = f64>,
        share: f64,
        confidence: f64,
    ) -> Option<QuantileEstimate> {
        for (what, number) in [("share", share), ("confidence", confidence)] {
            assert!(number > 0.0 && number < 1.0, "a {what} is between 0 and 1, not {number}");
        }
        let mut values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        values.sort_unstable_by(f64::total_cmp);
        quantile_interval(&values, share, confidence).ok()
    }
}

/// Shows the quantile and its interval: `50 (40 to 61)`.
impl fmt::Display for QuantileEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [value, low, high] = [self.value, self.low, self.high].map(figure);
        f.pad(&format!("{value} ({low} to {high})"))
    }
}

/// There are too few values for the interval of a quantile.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("the {}-quantile needs {needed} replications for its interval, there are {count}", figure(*.share))]
pub(crate) struct TooFew {
    pub(crate) share: f64,
    pub(crate) count: usize,
    pub(crate) needed: usize,
}

/// Returns the quantile of values that are sorted, the least first, and known (no NaN), with its interval.
/// The share and the confidence are between 0 and 1.
pub(crate) fn quantile_interval(
    sorted: &[f64],
    share: f64,
    confidence: f64,
) -> Result<QuantileEstimate, TooFew> {
    debug_assert!(share > 0.0 && share < 1.0 && confidence > 0.0 && confidence < 1.0);
    let count = sorted.len();
    let too_few = || TooFew { share, count, needed: needed(share, confidence) };
    let (first, chances) = binomial(count, share);
    let tail = 0.5 * (1.0 - confidence);
    // How many of the values lie below the quantile is binomial. The lower end is the value with the number
    // `low`, counted from 1: it lies above the quantile if fewer than `low` lie below. The upper end is the
    // value with the number `high`: it lies below the quantile if at least `high` do.
    let (mut fewer, mut low) = (0.0, first);
    for chance in &chances {
        if fewer + chance > tail {
            break;
        }
        fewer += chance;
        low += 1;
    }
    let (mut more, mut high) = (0.0, first + chances.len());
    for chance in chances.iter().rev() {
        if more + chance > tail {
            break;
        }
        more += chance;
        high -= 1;
    }
    if low == 0 || high > count {
        return Err(too_few());
    }
    Ok(QuantileEstimate {
        count: u64::try_from(count).unwrap_or(u64::MAX),
        share,
        value: sorted[rank(share, count) - 1],
        low: sorted[low - 1],
        high: sorted[high - 1],
        confidence,
        coverage: 1.0 - fewer - more,
    })
}

/// Returns the number of the value, counted from 1, that is the quantile.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]
fn rank(share: f64, count: usize) -> usize {
    // Less than the rounding of the product: 0.55 of 100 is the 55th value, not the 56th.
    let exact = share * count as f64;
    ((exact * (1.0 - 4.0 * f64::EPSILON)).ceil() as usize).clamp(1, count)
}

/// Returns how many values the interval of a quantile needs: so many that the least of all lies above the
/// quantile with a chance that is small enough, and the largest below it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
pub(crate) fn needed(share: f64, confidence: f64) -> usize {
    let farther = share.max(1.0 - share);
    let tail = 0.5 * (1.0 - confidence);
    (libm::log(tail) / libm::log(farther)).ceil().max(2.0) as usize
}

/// Returns the chances of the binomial distribution, from the first number that has one beyond rounding.
/// They are found from the most likely number by their ratios, and so need no factorials.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]
fn binomial(count: usize, share: f64) -> (usize, Vec<f64>) {
    const NOTHING: f64 = 1e-30;
    let odds = share / (1.0 - share);
    let likely = (((count + 1) as f64 * share) as usize).min(count);
    let mut below = Vec::new();
    let mut chance = 1.0;
    for number in (1..=likely).rev() {
        chance *= number as f64 / ((count - number + 1) as f64 * odds);
        if chance < NOTHING {
            break;
        }
        below.push(chance);
    }
    let first = likely - below.len();
    let mut chances: Vec<f64> = below.into_iter().rev().collect();
    chances.push(1.0);
    chance = 1.0;
    for number in likely + 1..=count {
        chance *= (count - number + 1) as f64 * odds / number as f64;
        if chance < NOTHING {
            break;
        }
        chances.push(chance);
    }
    let sum: f64 = chances.iter().sum();
    for chance in &mut chances {
        *chance /= sum;
    }
    (first, chances)
}

#[cfg(test)]
mod tests {
    use super::{needed, quantile_interval, rank};

    #[test]
    fn the_ends_are_those_that_the_binomial_distribution_says() {
        // B = scipy.stats.binom(n, share); the largest low with B.cdf(low - 1) <= (1 - confidence) / 2, the least
        // high with B.sf(high - 1) <= (1 - confidence) / 2; coverage = 1 - B.cdf(low - 1) - B.sf(high - 1)
        let table = [
            (100_u32, 0.5, 0.95, 40.0, 61.0, 0.964_799_799_782_295_2),
            (100, 0.9, 0.95, 84.0, 96.0, 0.955_690_107_191_223),
            (200, 0.95, 0.9, 185.0, 196.0, 0.929_197_570_823_818_7),
            (20, 0.5, 0.99, 4.0, 17.0, 0.997_423_171_997_070_3),
            (73, 0.95, 0.95, 65.0, 73.0, 0.965_857_560_698_025),
            (1_000_000, 0.5, 0.95, 499_020.0, 500_981.0, 0.950_121_031_347_631_4),
        ];
        for (count, share, confidence, low, high, coverage) in table {
            let values: Vec<f64> = (1..=count).map(f64::from).collect();
            let found = quantile_interval(&values, share, confidence).unwrap();
            assert_eq!((found.low, found.high), (low, high), "{count} {share} {confidence}");
            assert!((found.coverage - coverage).abs() < 1e-9, "{} for {coverage}", found.coverage);
            assert_eq!(found.value, (share * f64::from(count)).ceil());
            assert_eq!((found.count, found.share), (u64::from(count), share));
        }
    }

    #[test]
    fn too_few_values_say_how_many_are_needed() {
        // The least n with share ** n and (1 - share) ** n both at most (1 - confidence) / 2.
        for (share, confidence, least) in
            [(0.5, 0.95, 6), (0.9, 0.95, 36), (0.1, 0.95, 36), (0.95, 0.95, 72), (0.99, 0.99, 528)]
        {
            assert_eq!(needed(share, confidence), least, "{share} {confidence}");
            let mut values = vec![1.0; least];
            assert!(quantile_interval(&values, share, confidence).is_ok(), "{share} {confidence}");
            values.pop();
            let error = quantile_interval(&values, share, confidence).unwrap_err();
            assert_eq!((error.count, error.needed), (least - 1, least));
        }
        let error = quantile_interval(&[], 0.95, 0.95).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the 0.95-quantile needs 72 replications for its interval, there are 0"
        );
    }

    #[test]
    fn the_quantile_is_the_least_value_that_the_share_does_not_exceed() {
        let ranks = [
            (0.5, 5, 3),
            (0.5, 4, 2),
            (0.55, 100, 55),
            (0.07, 100, 7),
            (0.29, 100, 29),
            (0.001, 5, 1),
        ];
        for (share, count, number) in ranks {
            assert_eq!(rank(share, count), number, "{share} of {count}");
        }
    }

    #[test]
    fn infinite_values_are_ends_like_others() {
        let mut values = vec![1.0; 30];
        values.resize(60, f64::INFINITY);
        let found = quantile_interval(&values, 0.5, 0.95).unwrap();
        assert_eq!((found.low, found.value, found.high), (1.0, 1.0, f64::INFINITY));
        assert_eq!(found.to_string(), "1 (1 to inf)");
    }
}
