//! Numbers that are distributed as observed ones are.

use crate::random::refusal::{finite, not_negative};
use crate::random::stream::Stream;

impl Stream {
    /// Draws a number that is distributed as the observed ones are, *also between them*: the quantile of
    /// the data at a uniform number, by linear interpolation of the sorted data. So it is neither below
    /// the least nor above the greatest one. It rises with the uniform number. To draw only values that
    /// were observed, use [`choose`](Self::choose).
    ///
    /// It sorts a copy at each draw. For more than a few draws make an [`Empirical`] once: it draws the
    /// same numbers.
    ///
    /// # Panics
    ///
    /// If there are no numbers, or if one is infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "service");
    /// let minutes = stream.empirical(&[4.1, 6.3, 5.0, 12.8]);
    /// assert!((4.1..=12.8).contains(&minutes));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn empirical(&self, observed: &[f64]) -> f64 {
        Empirical::of_numbers("empirical", observed.to_vec()).draw(self)
    }
}

/// A distribution that is given by data, prepared for many draws: one draw takes a search by halves, of
/// ten steps for a thousand numbers. Between the numbers it is interpolated. A draw rises with the
/// uniform number.
///
/// ```
/// use asim::prelude::*;
/// use asim::Empirical;
///
/// let observed = [4.1, 6.3, 5.0, 12.8, 5.5, 4.9];
/// let service = Empirical::new(observed);
/// let stream = Stream::seeded(42, "service");
/// let minutes = service.draw(&stream);
/// assert!((4.1..=12.8).contains(&minutes));
/// ```
#[derive(Clone, Debug)]
pub struct Empirical {
    /// From the least to the greatest.
    numbers: Vec<f64>,
    /// How much of the distribution is up to each number, in any unit. The first is where the
    /// distribution begins; they rise.
    sums: Vec<f64>,
}

impl Empirical {
    /// Prepares observed numbers, in any order. The least is the quantile at 0, the greatest that at 1,
    /// and the others lie at equal distances between.
    ///
    /// # Panics
    ///
    /// If there are no numbers, or if one is infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use asim::Empirical;
    ///
    /// let list = [4.1, 6.3, 5.0];
    /// let (one, other) = (Stream::seeded(42, "service"), Stream::seeded(42, "service"));
    /// assert_eq!(Empirical::new(list).draw(&one), other.empirical(&list));
    /// ```
    #[track_caller]
    pub fn new(observed: impl IntoIterator<Item = f64>) -> Self {
        Empirical::of_numbers("Empirical", observed.into_iter().collect())
    }

    #[track_caller]
    fn of_numbers(method: &str, mut numbers: Vec<f64>) -> Self {
        assert!(!numbers.is_empty(), "{method}: there are no observed numbers");
        for number in &numbers {
            finite(method, "an observed number", *number);
        }
        numbers.sort_unstable_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "so many numbers fit in no memory")]
        let sums = (0..numbers.len()).map(|place| place as f64).collect();
        Empirical { numbers, sums }
    }

    /// Prepares points of a distribution function: pairs of a number and of how much of the distribution
    /// is up to it, in per cent, as a share, or as a count. Between the points the numbers are evenly
    /// distributed. The second number of the first point is 0, and that of the last point stands for
    /// all.
    ///
    /// # Panics
    ///
    /// If there are fewer than two points, if the first does not begin at 0, if the points do not rise,
    /// if the last does not rise above 0, or if one of the numbers is infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use asim::Empirical;
    ///
    /// // Half of all calls end within 2 minutes, nine of ten within 5, and none takes more than 20.
    /// let calls = Empirical::from_points([(0.0, 0.0), (2.0, 50.0), (5.0, 90.0), (20.0, 100.0)]);
    /// let stream = Stream::seeded(42, "calls");
    /// let short = (0..1000).filter(|_| calls.draw(&stream) <= 2.0).count();
    /// assert!((450..550).contains(&short));
    /// ```
    #[track_caller]
    pub fn from_points(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (numbers, sums): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
        assert!(
            numbers.len() >= 2,
            "from_points: there must be 2 points or more, not {}",
            numbers.len()
        );
        for number in &numbers {
            finite("from_points", "a number", *number);
        }
        for sum in &sums {
            not_negative("from_points", "how much is up to a number", *sum);
        }
        assert!(sums[0] == 0.0, "from_points: the first point must begin at 0, not {}", sums[0]);
        for list in [&numbers, &sums] {
            for pair in list.windows(2) {
                assert!(
                    pair[0] <= pair[1],
                    "from_points: the points must rise, but {} stands before {}",
                    pair[0],
                    pair[1]
                );
            }
        }
        let last = sums[sums.len() - 1];
        assert!(last > 0.0, "from_points: the last point must rise above 0");
        Empirical { numbers, sums }
    }

    /// Draws a number.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use asim::Empirical;
    ///
    /// let stream = Stream::seeded(42, "service");
    /// assert_eq!(Empirical::new([3.0]).draw(&stream), 3.0);
    /// ```
    #[must_use]
    pub fn draw(&self, stream: &Stream) -> f64 {
        let last = self.numbers.len() - 1;
        let target = stream.unit() * self.sums[last];
        // The last point that is not above the target; the next one is.
        let place = self.sums.partition_point(|sum| *sum <= target).max(1) - 1;
        if place == last {
            return self.numbers[last];
        }
        let share = (target - self.sums[place]) / (self.sums[place + 1] - self.sums[place]);
        let (low, high) = (self.numbers[place], self.numbers[place + 1]);
        // Not `low + (high - low) * share`: the difference may be greater than any number.
        (low * (1.0 - share) + high * share).clamp(low, high)
    }
}
