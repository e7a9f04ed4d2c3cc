//! How much there is in a container, and how much of it is promised.

use crate::shared::container::sum::Sum;

/// The level of a container, and what is promised.
///
/// The sums are not rounded, but what a model asks for may be: `x + y` is, even if `x` and `y` were put
/// one by one. So an amount fits if it is too large by a [rounding error](Self::slack) only, and a level
/// that is as near as that to zero or to the capacity is set to it. So the level is never below zero, and
/// a put never makes it more than the capacity.
#[derive(Debug)]
pub(crate) struct Level {
    /// The amount that can be got now. It is above the capacity if a promised amount came back and
    /// did not fit.
    available: Sum,
    /// The amount that would be available if all promised amounts came back. It is stored and not
    /// computed from `available`, so that what comes back leaves no trace.
    stock: Sum,
    /// The number of granted gets that have not been consumed.
    promises: usize,
    /// The largest level since the container was empty: the amounts since then were rounded to digits of
    /// this size, or smaller ones.
    peak: f64,
}

/// Returns how much an amount may be off where levels are of a certain size: a few rounding errors of that
/// size, but never so much that it matters beside the amount, nor as much as one half, as whole numbers
/// are not rounded.
#[inline]
pub(crate) fn slack(amount: f64, size: f64) -> f64 {
    /// Eight times the relative error of one rounding.
    const ERRORS: f64 = 4.0 * f64::EPSILON;
    /// What does not matter beside the amount: about a thousand-millionth of it.
    const SMALL: f64 = 1.0 / 1_073_741_824.0;
    (size * ERRORS).min(amount * SMALL).min(0.4375)
}

impl Level {
    /// Makes a level with nothing promised.
    pub(crate) fn new(level: f64) -> Self {
        let level = Sum::read(level);
        Level { available: level, stock: level, promises: 0, peak: level.nearest() }
    }

    pub(crate) fn available(&self) -> f64 {
        self.available.nearest()
    }

    /// Returns how much could be got if all that is promised came back.
    pub(crate) fn stock(&self) -> f64 {
        self.stock.nearest()
    }

    /// Returns `true` if the amount can be got now.
    #[inline]
    pub(crate) fn has(&self, amount: f64) -> bool {
        -self.available.above(amount) <= slack(amount, self.peak)
    }

    /// Returns `true` if the amount can be put now. A container that starts with an infinite level
    /// has room for every amount, as its level stays the same.
    #[inline]
    pub(crate) fn has_room(&self, amount: f64, capacity: f64) -> bool {
        let excess = amount + self.available.above(capacity);
        excess <= slack(amount, self.peak.max(capacity + excess))
            || self.available() == f64::INFINITY
    }

    /// Promises an amount to a get. The amount must be available.
    pub(crate) fn promise(&mut self, amount: f64) {
        self.available = self.available.minus(Sum::read(amount));
        if self.available.nearest().abs() <= slack(amount, self.peak) {
            self.available = Sum::ZERO;
        }
        self.promises += 1;
    }

    /// Adds an amount. There must be room for it.
    pub(crate) fn add(&mut self, amount: f64, capacity: f64) {
        let read = Sum::read(amount);
        self.available = self.available.plus(read);
        self.peak = self.peak.max(self.available());
        if self.available.above(capacity).abs() <= slack(amount, self.peak) {
            self.available = Sum::read(capacity);
        }
        self.stock = if self.promises == 0 {
            self.available
        } else {
            self.stock.plus(read).max(self.available)
        };
    }

    /// Notes that the promised amount now belongs to the process that asked for it.
    pub(crate) fn consume(&mut self, amount: f64) {
        self.promises -= 1;
        // If nothing else is promised, `stock` is equal to `available`. It is never smaller.
        self.stock = if self.promises == 0 {
            self.available
        } else {
            self.stock.minus(Sum::read(amount)).max(self.available)
        };
        if self.stock == Sum::ZERO {
            self.peak = 0.0;
        }
    }

    /// Takes a promised amount back.
    pub(crate) fn give_back(&mut self, amount: f64) {
        self.promises -= 1;
        self.available = if self.promises == 0 {
            self.stock
        } else {
            self.available.plus(Sum::read(amount)).min(self.stock)
        };
        self.peak = self.peak.max(self.available());
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the level is exact")]
mod tests {
    use super::Level;

    #[test]
    fn what_comes_back_leaves_no_trace_of_rounding() {
        let mut level = Level::new(0.1 + 0.2);
        level.promise(0.3);
        assert_eq!(level.available(), 0.0, "the rest is a rounding error");
        level.give_back(0.3);
        assert_eq!(level.available(), 0.1 + 0.2);
    }

    #[test]
    fn a_promise_leaves_room_and_comes_back_on_top() {
        let mut level = Level::new(10.0);
        level.promise(4.0);
        assert!(level.has_room(4.0, 10.0));
        level.add(4.0, 10.0);
        level.give_back(4.0);
        assert_eq!(level.available(), 14.0, "it waits outside the capacity");
        assert!(level.has(14.0) && !level.has_room(0.5, 14.0));
    }

    #[test]
    fn only_an_infinite_level_is_infinite() {
        let mut level = Level::new(f64::INFINITY);
        level.promise(5.0);
        level.consume(5.0);
        assert!(level.has_room(1.0, f64::MAX) && level.has(f64::MAX));
        let mut level = Level::new(f64::MAX);
        level.promise(f64::MAX);
        level.add(f64::MAX, f64::MAX);
        level.give_back(f64::MAX);
        assert_eq!(level.available(), f64::MAX);
    }

    #[test]
    fn a_rounding_error_more_than_the_level_is_got_and_nothing_is_left() {
        let (x, y) = (0.123_456_789_012, 0.765_432_109_876_543);
        let mut level = Level::new(0.0);
        level.add(x, 10.0);
        level.add(y, 10.0);
        assert!(level.has(x + y) && level.has((x + y) * (1.0 + f64::EPSILON)));
        assert!(!level.has((x + y) * (1.0 + 1e-14)));
        level.promise((x + y) * (1.0 + f64::EPSILON));
        assert_eq!(level.available(), 0.0);
        level.consume((x + y) * (1.0 + f64::EPSILON));
        level.add(10.0 * (1.0 - f64::EPSILON), 10.0);
        assert_eq!(level.available(), 10.0, "and a rounding error less than full is full");
    }

    #[test]
    fn whole_numbers_are_exact_to_the_last_that_there_is() {
        let most = 9_007_199_254_740_992.0_f64;
        let mut level = Level::new(most - 1.0);
        assert!(!level.has(most) && level.has(most - 1.0));
        level.promise(most - 2.0);
        assert_eq!(level.available(), 1.0);
        assert!(level.has_room(most - 1.0, most) && !level.has_room(most - 1.0, most - 1.0));
    }
}
