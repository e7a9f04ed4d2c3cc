//! Evenly distributed numbers, with a fraction or whole.

use std::ops::{Bound, RangeBounds};

use crate::random::inner::Inner;
use crate::random::refusal::finite;
use crate::random::stream::Stream;
use crate::random::whole_number::WholeNumber;

impl Stream {
    /// Draws a number that is evenly distributed between `low` (included) and `high` (excluded; only if
    /// both are equal, it is that number). It has 53 random bits. It rises with the uniform number.
    ///
    /// # Panics
    ///
    /// If one of them is infinite or not a number, if `low` is greater than `high`, or if
    /// `high - low` is greater than any number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "walking");
    /// let minutes = stream.uniform(3.0, 5.0);
    /// assert!((3.0..5.0).contains(&minutes));
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn uniform(&self, low: f64, high: f64) -> f64 {
        let width = high - low;
        if !(0.0..f64::INFINITY).contains(&width) {
            refuse_bounds(low, high);
        }
        let drawn = low + width * self.unit();
        // The sum may be rounded up to `high`.
        if drawn < high || low == high { drawn } else { high.next_down() }
    }

    /// Draws a whole number of a range, each with the same probability: `integer(1..=6)`. It is exact,
    /// also for ranges that do not divide 2^64. It has the type of the bounds, any of up to 64 bits.
    /// Where a bound is left out, the type's own takes its place. It rises with the uniform number.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "dice");
    /// let eyes = stream.integer(1..=6);
    /// assert!((1..=6).contains(&eyes));
    ///
    /// let clerks = ["Ada", "Berta", "Clara"];
    /// let chosen: usize = stream.integer(0..clerks.len());
    /// assert!(chosen < 3);
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn integer<T: WholeNumber>(&self, range: impl RangeBounds<T>) -> T {
        let low = match range.start_bound() {
            Bound::Included(low) => low.widen(),
            Bound::Excluded(low) => low.widen() + 1,
            Bound::Unbounded => T::LEAST,
        };
        let high = match range.end_bound() {
            Bound::Included(high) => high.widen(),
            Bound::Excluded(high) => high.widen() - 1,
            Bound::Unbounded => T::MOST,
        };
        assert!(low <= high, "integer: no whole number is between {low} and {high}");
        #[expect(clippy::cast_sign_loss, reason = "it is positive")]
        let count = (high - low + 1) as u128;
        #[expect(clippy::cast_possible_wrap, reason = "it has 64 bits")]
        let above = self.below(count) as i128;
        T::narrow(low + above)
    }

    /// Draws a whole number below `count`, which is 2^64 at most.
    ///
    /// Source: Lemire, "Fast random integer generation in an interval", ACM Transactions on Modeling and
    /// Computer Simulation 29(1), 2019. What it rejects is drawn again from a generator of its own.
    #[inline]
    fn below(&self, count: u128) -> u128 {
        let bits = self.bits();
        let product = u128::from(bits) * count;
        let rest = product & u128::from(u64::MAX);
        if rest < count && rest < (1 << 64) % count {
            return below_again(&mut Inner::seeded(bits), count);
        }
        product >> 64
    }
}

/// Draws a whole number below `count`, which is 2^64 at most.
pub(crate) fn below_again(inner: &mut Inner, count: u128) -> u128 {
    loop {
        let product = u128::from(inner.bits()) * count;
        if product & u128::from(u64::MAX) >= (1 << 64) % count {
            return product >> 64;
        }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn refuse_bounds(low: f64, high: f64) -> ! {
    finite("uniform", "`low`", low);
    finite("uniform", "`high`", high);
    assert!(low <= high, "uniform: `low` must not be greater than `high`, but {low} > {high}");
    panic!("uniform: the distance from {low} to {high} is greater than any number");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A count that rejects nearly half of all numbers still gives numbers below it, and one draw.
    #[test]
    fn what_is_rejected_takes_nothing_more_of_the_stream() {
        let (stream, twin) = (Stream::seeded(1, "x"), Stream::seeded(1, "x"));
        let count = (1_u128 << 63) + 1;
        let mut rejected = 0;
        for _ in 0..1000 {
            let drawn = stream.below(count);
            assert!(drawn < count);
            rejected += u32::from(drawn != (u128::from(twin.bits()) * count) >> 64);
        }
        assert!((400..600).contains(&rejected), "{rejected}");
        assert_eq!(stream.bits(), twin.bits());
    }
}
