//! Choices: yes or no, one of several, and an order.

use crate::random::inner::Inner;
use crate::random::refusal;
use crate::random::stream::Stream;
use crate::random::uniform::below_again;

impl Stream {
    /// Returns `true` with the given probability. With 0 it never does, with 1 always.
    ///
    /// # Panics
    ///
    /// If the probability is not a number from 0 to 1.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "defects");
    /// let defects = (0..1000).filter(|_| stream.chance(0.1)).count();
    /// assert!((70..130).contains(&defects));
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn chance(&self, probability: f64) -> bool {
        refusal::probability("chance", probability);
        self.unit() < probability
    }

    /// Returns one of the items, each with the same probability. For different probabilities there is
    /// [`discrete`](Self::discrete).
    ///
    /// # Panics
    ///
    /// If there are no items.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "orders");
    /// let order = stream.choose(&["tea", "coffee"]);
    /// assert!(["tea", "coffee"].contains(order));
    /// ```
    #[must_use]
    #[inline]
    #[track_caller]
    pub fn choose<'a, T>(&self, items: &'a [T]) -> &'a T {
        assert!(!items.is_empty(), "choose: there are no items to choose from");
        &items[self.integer(0..items.len())]
    }

    /// Puts the items in a random order; all orders have the same probability.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "orders");
    /// let mut jobs = [1, 2, 3, 4, 5];
    /// stream.shuffle(&mut jobs);
    /// jobs.sort();
    /// assert_eq!(jobs, [1, 2, 3, 4, 5]);
    /// ```
    pub fn shuffle<T>(&self, items: &mut [T]) {
        // Source: Durstenfeld, "Algorithm 235: random permutation", Communications of the ACM 7(7), 1964.
        let mut inner = Inner::of(self);
        for last in (1..items.len()).rev() {
            let other = below_again(&mut inner, last as u128 + 1) as usize;
            items.swap(last, other);
        }
    }
}
