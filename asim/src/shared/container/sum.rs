//! Sums of amounts that are not rounded.
//!
//! A sum is kept in two floating-point numbers, so it has about 106 bits instead of 53. That alone is not
//! enough: the number 0.1 of the machine is not a tenth, and ten of them are more than 1. So an amount is
//! *read* before it is added: if it is the number nearest to a short decimal, a third, a seventh or the
//! like, it counts as exactly that. Every other amount counts as it is.

/// A sum of amounts: the number nearest to it, and the small rest.
///
/// A sum is compared by `high` first. The rest is at most half of the last digit of `high`, so this is the
/// order of the sums.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

/// The parts of a whole that are read exactly, each for amounts below the limit beside it: multiples of
/// 1 / (2520 · 10⁶), and of coarser parts for larger amounts. 2520 is a multiple of all numbers up to 10.
/// Each of these units is a multiple of the next, so only the first that fits has to be tried. Above the
/// limit, the product of amount and unit would not be exact enough to find the multiple.
const UNITS: [(f64, f64); 3] =
    [(2_520_000_000.0, 400_000.0), (2_520_000.0, 400_000_000.0), (25_200.0, 40_000_000_000.0)];

impl Sum {
    pub(crate) const ZERO: Sum = Sum { high: 0.0, low: 0.0 };

    /// Reads an amount: zero, a number > 0, or infinity.
    #[inline]
    pub(crate) fn read(amount: f64) -> Self {
        let rest = if is_whole(amount) { 0.0 } else { rest(amount) };
        Sum { high: amount, low: rest }
    }

    /// Returns the number nearest to the sum.
    #[inline]
    pub(crate) fn nearest(self) -> f64 {
        self.high
    }

    /// Returns how far the sum is above a number.
    #[inline]
    pub(crate) fn above(self, number: f64) -> f64 {
        (self.high - number) + self.low
    }

    /// Adds to the sum. Finite sums do not add up to infinity, and an infinite one stays infinite.
    #[inline]
    pub(crate) fn plus(self, other: Sum) -> Self {
        let (high, error) = two_sum(self.high, other.high);
        if !high.is_finite() {
            let endless = self.high.is_infinite() || other.high.is_infinite();
            return Sum { high: if endless { high } else { f64::MAX }, low: 0.0 };
        }
        if self.low == 0.0 && other.low == 0.0 {
            return Sum { high, low: error };
        }
        let (low, rest) = two_sum(self.low, other.low);
        let (high, low) = two_sum(high, error + low);
        let (high, low) = two_sum(high, low + rest);
        Sum { high, low }
    }

    /// Subtracts from the sum.
    #[inline]
    pub(crate) fn minus(self, other: Sum) -> Self {
        if self.high.is_infinite() {
            return self;
        }
        self.plus(Sum { high: -other.high, low: -other.low })
    }

    /// Returns the larger of two sums.
    pub(crate) fn max(self, other: Sum) -> Self {
        if self < other { other } else { self }
    }

    /// Returns the smaller of two sums.
    pub(crate) fn min(self, other: Sum) -> Self {
        if other < self { other } else { self }
    }
}

/// Returns `true` for whole numbers that are not too large for the usual test. Larger ones have no digits
/// behind the point either, and are [read](rest) as they are.
#[inline]
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "it is the test")]
#[allow(clippy::float_cmp, reason = "whole numbers are exact")]
fn is_whole(amount: f64) -> bool {
    amount as i64 as f64 == amount
}

/// Returns what is missing from an amount to the multiple of a unit that it stands for: zero if it stands
/// for none.
#[allow(
    clippy::float_cmp,
    reason = "the amount is the number nearest to the multiple, or it is not"
)]
fn rest(amount: f64) -> f64 {
    /// Numbers of this size have no digits behind the point: adding it rounds.
    const ROUNDS: f64 = 4_503_599_627_370_496.0;
    let Some(&(unit, _)) = UNITS.iter().find(|&&(_, limit)| amount < limit) else { return 0.0 };
    let product = amount * unit;
    let multiple = (product + ROUNDS) - ROUNDS;
    if multiple / unit != amount {
        return 0.0;
    }
    ((multiple - product) - product_error(amount, unit, product)) / unit
}

/// Returns the rounded sum, and the error of the rounding, which is exact.
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// Returns the error of a product, which is exact. The fused instruction would be one line, but is a slow
/// call where the processor has none.
fn product_error(a: f64, b: f64, product: f64) -> f64 {
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
}

/// Splits a number into two of half the digits.
fn halves(number: f64) -> (f64, f64) {
    const SPLIT: f64 = 134_217_729.0;
    let scaled = SPLIT * number;
    let high = scaled - (scaled - number);
    (high, number - high)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the sums are exact")]
mod tests {
    use super::Sum;

    fn sum(amounts: impl IntoIterator<Item = f64>) -> Sum {
        amounts.into_iter().fold(Sum::ZERO, |sum, amount| sum.plus(Sum::read(amount)))
    }

    #[test]
    fn an_amount_is_read_as_the_fraction_that_it_stands_for() {
        for denominator in [3, 7, 10, 12, 60, 100, 360, 1000, 2520, 3600, 10_000_000] {
            let all = sum((0..denominator).map(|_| 1.0 / f64::from(denominator)));
            assert_eq!(all.nearest(), 1.0, "{denominator}");
            assert!(all.above(1.0).abs() < 1e-24, "{denominator}: {all:?}");
        }
        for (amount, whole) in [(99_999.99, 9_999_999.0), (12_345_678.9, 1_234_567_890.0 / 10.0)] {
            let hundred = sum((0..100).map(|_| amount));
            assert_eq!(hundred.nearest(), whole * if amount > 1e6 { 10.0 } else { 1.0 });
        }
    }

    #[test]
    fn the_nearest_number_of_an_amount_is_the_amount() {
        for amount in [0.1, 0.1 + 0.2, 1.0 / 3.0, 1e-300, 5e-324, 1e15 + 0.1, 1e300, f64::MAX] {
            assert_eq!(Sum::read(amount).nearest(), amount);
            assert_eq!(Sum::read(amount).minus(Sum::read(amount)), Sum::ZERO);
        }
    }

    #[test]
    fn a_sum_does_not_depend_on_the_order() {
        let amounts = [0.1, 1e6, 1.0 / 3.0, 0.7, 123_456.789, 1e-9, 2.0 / 7.0];
        let there = sum(amounts);
        let back = sum(amounts.into_iter().rev());
        assert_eq!(there.nearest(), back.nearest());
        assert!(there.minus(back).nearest().abs() < 1e-25);
    }

    #[test]
    fn only_infinity_is_infinite() {
        let most = Sum::read(f64::MAX);
        assert_eq!(most.plus(most).nearest(), f64::MAX);
        let endless = Sum::read(f64::INFINITY);
        assert_eq!(endless.minus(most).plus(Sum::read(0.1)).minus(endless), endless);
    }
}
