//! Bars: a distribution, cut into pieces. What is read of tallies and levels alike.

/// One piece of a distribution: what lies between two numbers. They are equal if it is all at one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bar {
    pub(crate) low: f64,
    /// The number that stands for all of them.
    pub(crate) middle: f64,
    pub(crate) high: f64,
    /// How many values, or how much time.
    pub(crate) weight: f64,
}

impl Bar {
    /// Returns a bar of values that are all equal.
    pub(crate) fn exact(value: f64, weight: f64) -> Bar {
        Bar { low: value, middle: value, high: value, weight }
    }

    /// Returns the part of the weight that is below a number. Inside a bar it is taken to be spread evenly.
    fn below(&self, number: f64) -> f64 {
        if self.high < number || (self.high <= number && self.low < self.high) {
            self.weight
        } else if number <= self.low {
            0.0
        } else {
            self.weight * (number - self.low) / (self.high - self.low)
        }
    }

    /// Returns the part of the weight that is above a number.
    fn above(&self, number: f64) -> f64 {
        if self.low > number {
            self.weight
        } else if self.low == self.high {
            0.0
        } else {
            self.weight - self.below(number)
        }
    }
}

/// Returns the share of the weight below a number; NaN if there is no weight.
pub(crate) fn share_below(bars: impl Iterator<Item = Bar>, number: f64) -> f64 {
    share(bars, |bar| bar.below(number))
}

/// Returns the share of the weight above a number; NaN if there is no weight.
pub(crate) fn share_above(bars: impl Iterator<Item = Bar>, number: f64) -> f64 {
    share(bars, |bar| bar.above(number))
}

fn share(bars: impl Iterator<Item = Bar>, part: impl Fn(&Bar) -> f64) -> f64 {
    let (mut parts, mut total) = (0.0, 0.0);
    for bar in bars {
        parts += part(&bar);
        total += bar.weight;
    }
    parts / total
}

/// Returns the least number that at least a share `p` of the weight does not exceed (type 1 of Hyndman and
/// Fan 1996); NaN if there is no weight. The bars go from the least to the largest.
///
/// # Panics
///
/// If `p` is not from 0 to 1.
#[track_caller]
pub(crate) fn quantile(bars: impl Iterator<Item = Bar> + Clone, p: f64) -> f64 {
    assert!((0.0..=1.0).contains(&p), "a quantile is asked for with a share from 0 to 1, not {p}");
    let total: f64 = bars.clone().map(|bar| bar.weight).sum();
    let wanted = wanted(p, total);
    let (mut sum, mut last) = (0.0, f64::NAN);
    for bar in bars {
        sum += bar.weight;
        last = bar.middle;
        if sum >= wanted {
            break;
        }
    }
    last
}

/// Returns how much of the weight a quantile has to reach.
pub(crate) fn wanted(p: f64, total: f64) -> f64 {
    // A little less: 0.07 of 100 values are 7 of them, although 0.07 * 100.0 is above 7.
    p * total * (1.0 - 1e-12)
}

#[cfg(test)]
mod tests {
    use super::{Bar, quantile, share_above, share_below};

    #[test]
    fn shares_and_quantiles_of_three_bars() {
        let bars = [
            Bar::exact(0.0, 5.0),
            Bar { low: 2.0, middle: 3.0, high: 4.0, weight: 4.0 },
            Bar::exact(7.0, 1.0),
        ];
        let bars = || bars.into_iter();
        let below = [0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 8.0].map(|at| share_below(bars(), at));
        assert_eq!(below, [0.0, 0.5, 0.5, 0.7, 0.9, 0.9, 1.0]);
        let above = [-1.0, 0.0, 2.0, 3.0, 4.0, 7.0].map(|at| share_above(bars(), at));
        assert_eq!(above, [1.0, 0.5, 0.5, 0.3, 0.1, 0.0]);
        let quantiles = [0.0, 0.5, 0.501, 0.9, 0.91, 1.0].map(|p| quantile(bars(), p));
        assert_eq!(quantiles, [0.0, 0.0, 3.0, 3.0, 7.0, 7.0]);
        assert!(
            quantile([].into_iter(), 0.5).is_nan() && share_below([].into_iter(), 0.5).is_nan()
        );
    }
}
