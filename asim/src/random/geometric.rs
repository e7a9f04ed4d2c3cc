//! How many trials it takes.

use crate::random::refusal::{probability, refuse};
use crate::random::stream::Stream;

impl Stream {
    /// Draws a geometric number: how many trials it takes until one succeeds, each with the given
    /// probability. It is 1 or more; its mean is one over the probability. It rises with the uniform
    /// number.
    ///
    /// (As in `numpy`. Some other libraries count only those that fail, which is one less.)
    ///
    /// # Panics
    ///
    /// If the probability is not greater than 0 and at most 1.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "calls");
    /// let mean = (0..1000).map(|_| stream.geometric(0.25) as f64).sum::<f64>() / 1000.0;
    /// assert!((3.6..4.4).contains(&mean));
    /// assert_eq!(stream.geometric(1.0), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn geometric(&self, success: f64) -> u64 {
        probability("geometric", success);
        if success == 0.0 {
            refuse("geometric", "the probability", "greater than 0", success);
        }
        // More than 1 - (1 - p)^(n - 1) and at most 1 - (1 - p)^n gives n.
        let trials = (self.standard_exponential() / -libm::log1p(-success)).ceil();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let trials = trials as u64;
        trials.max(1)
    }
}
