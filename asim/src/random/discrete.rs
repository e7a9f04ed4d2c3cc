//! One of several values, each with a weight.

use crate::random::refusal::not_negative;
use crate::random::stream::Stream;

impl Stream {
    /// Returns one of the values, each with a probability in proportion to its weight. The weights need
    /// not add up to 1. A value with the weight 0 is never returned.
    ///
    /// It goes through the list at each draw. For a long list make a [`Discrete`] once: it draws the same
    /// values.
    ///
    /// # Panics
    ///
    /// If there are no values, if a weight is negative, infinite or not a number, or if the weights add
    /// up to 0 or to more than any number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "triage");
    /// let colour = stream.discrete(&[("red", 0.1), ("yellow", 0.3), ("green", 0.6)]);
    /// assert!(["red", "yellow", "green"].contains(colour));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn discrete<'a, T>(&self, values: &'a [(T, f64)]) -> &'a T {
        let total = total_weight("discrete", values);
        let target = self.unit() * total;
        let mut sum = 0.0;
        let mut chosen = None;
        for (value, weight) in values {
            sum += weight;
            if *weight > 0.0 {
                chosen = Some(value);
            }
            if target < sum {
                break;
            }
        }
        chosen.expect("the weights add up to more than 0")
    }
}

/// Values with weights, prepared for many draws: one draw takes a search by halves, of ten steps for a
/// thousand values. A draw rises with the uniform number, in the order of the list.
///
/// ```
/// use asim::prelude::*;
/// use asim::Discrete;
///
/// let sizes = Discrete::new([(1, 0.55), (2, 0.25), (4, 0.15), (8, 0.05)]);
/// let stream = Stream::seeded(42, "parties");
/// let guests: u32 = (0..1000).map(|_| sizes.draw(&stream)).sum();
/// assert!((1900..2200).contains(&guests)); // 2.05 each
/// ```
#[derive(Clone, Debug)]
pub struct Discrete<T> {
    values: Vec<T>,
    /// The sum of the weights up to each value; the last is greater than the one before it.
    sums: Vec<f64>,
}

impl<T> Discrete<T> {
    /// Prepares values with their weights, which need not add up to 1.
    ///
    /// # Panics
    ///
    /// If there are no values, if a weight is negative, infinite or not a number, or if the weights add
    /// up to 0 or to more than any number.
    ///
    /// ```
    /// use asim::Discrete;
    ///
    /// let urgency = Discrete::new([("urgent", 1.0), ("routine", 3.0)]);
    /// # let _ = urgency;
    /// ```
    #[track_caller]
    pub fn new(values: impl IntoIterator<Item = (T, f64)>) -> Self {
        let values = Vec::from_iter(values);
        let _ = total_weight("Discrete", &values);
        let mut sum = 0.0;
        let (values, sums) = values
            .into_iter()
            .filter(|(_, weight)| *weight > 0.0)
            .map(|(value, weight)| {
                sum += weight;
                (value, sum)
            })
            .unzip();
        Discrete { values, sums }
    }

    /// Returns one of the values, as [`Stream::discrete`] does.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use asim::Discrete;
    ///
    /// let list = [("red", 0.1), ("yellow", 0.3), ("green", 0.6)];
    /// let (one, other) = (Stream::seeded(42, "triage"), Stream::seeded(42, "triage"));
    /// assert_eq!(Discrete::new(list).draw(&one), other.discrete(&list));
    /// ```
    #[must_use]
    pub fn draw(&self, stream: &Stream) -> &T {
        let last = self.sums.len() - 1;
        let target = stream.unit() * self.sums[last];
        &self.values[self.sums.partition_point(|sum| *sum <= target).min(last)]
    }
}

/// Returns the sum of the weights, if it makes sense.
#[track_caller]
fn total_weight<T>(method: &str, values: &[(T, f64)]) -> f64 {
    assert!(!values.is_empty(), "{method}: there are no values to choose from");
    let mut total = 0.0;
    for (_, weight) in values {
        not_negative(method, "a weight", *weight);
        total += weight;
    }
    assert!(
        total > 0.0 && total < f64::INFINITY,
        "{method}: the weights must add up to a finite number greater than 0, not {total}"
    );
    total
}
