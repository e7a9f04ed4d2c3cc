//! Triangular numbers: what experts say of a duration when there are no data.

use crate::random::refusal::finite;
use crate::random::stream::Stream;

impl Stream {
    /// Draws a triangular number: the least, the most likely and the greatest value. Its mean is the
    /// mean of the three. It rises with the uniform number.
    ///
    /// (Python's `random.triangular` takes the most likely value last.)
    ///
    /// # Panics
    ///
    /// If one of them is infinite or not a number, or if they are not in this order.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "repair");
    /// let hours = stream.triangular(1.0, 2.0, 8.0);
    /// assert!((1.0..=8.0).contains(&hours));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn triangular(&self, low: f64, mode: f64, high: f64) -> f64 {
        finite("triangular", "the least value", low);
        finite("triangular", "the most likely value", mode);
        finite("triangular", "the greatest value", high);
        assert!(
            low <= mode && mode <= high,
            "triangular: the least, the most likely and the greatest value must be in this order, not \
             {low}, {mode}, {high}"
        );
        let width = high - low;
        assert!(width.is_finite(), "triangular: the distance from {low} to {high} is too great");
        let u = self.open();
        if width == 0.0 {
            return low;
        }
        let rising = (mode - low) / width;
        let drawn = if u < rising {
            low + width * (u * rising).sqrt()
        } else {
            high - width * ((1.0 - u) * (1.0 - rising)).sqrt()
        };
        drawn.clamp(low, high)
    }
}
