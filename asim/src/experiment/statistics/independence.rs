//! Whether the batches of a long run are independent enough.

use std::f64::consts::SQRT_2;

use crate::measure::moments::Moments;

/// Values in the order of time, as they come: how much each resembles the one before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbours {
    moments: Moments,
    first: f64,
    last: f64,
    /// The sum of the squared differences of neighbours.
    steps: f64,
}

/// How much the values of a series resemble the values before them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Independence {
    /// How many values there are.
    pub(crate) count: u64,
    /// The correlation of a value with the one before: 0 if they are independent, 1 if they are all but equal.
    pub(crate) correlation: f64,
    /// Von Neumann's ratio: the mean squared difference of neighbours, divided by the variance. About 2 if they
    /// are independent, less if neighbours resemble each other.
    pub(crate) ratio: f64,
    /// The probability that independent values have a ratio as small as this, or smaller.
    pub(crate) chance: f64,
}

impl Independence {
    /// Returns `false` if neighbours resemble each other more than independent values do in nineteen of twenty
    /// cases. Batches are too short then, and their interval is too narrow.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        self.chance >= 0.05
    }
}

impl Neighbours {
    pub(crate) const NONE: Neighbours =
        Neighbours { moments: Moments::NONE, first: f64::NAN, last: f64::NAN, steps: 0.0 };

    /// Adds the next value. One that is not known (NaN) is left out.
    pub(crate) fn add(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        if self.moments.weight == 0.0 {
            self.first = value;
        } else {
            self.steps += (value - self.last) * (value - self.last);
        }
        self.last = value;
        self.moments.add(value);
    }

    /// Returns how independent the values are. `None` if one cannot say it: there are fewer than ten, or all
    /// are equal, or some are infinite.
    ///
    /// By J. von Neumann, "Distribution of the ratio of the mean square successive difference to the
    /// variance", Annals of Mathematical Statistics 12 (1941), 367-395; as a test of batches by G. S. Fishman,
    /// "Grouping observations in digital simulation", Management Science 24 (1978), 510-521. The ratio is
    /// nearly normal; the sum of the squares is divided by the count less one on both sides.
    pub(crate) fn independence(&self) -> Option<Independence> {
        let Moments { weight: count, mean, squares } = self.moments;
        let usable =
            count >= 10.0 && squares > 0.0 && squares.is_finite() && self.steps.is_finite();
        if !usable {
            return None;
        }
        let ratio = self.steps / squares;
        // The sum of the squared differences is twice the sum of squares, less the squares at the ends, less
        // twice the products of neighbours.
        let square = |value: f64| (value - mean) * (value - mean);
        let ends = square(self.first) + square(self.last);
        let correlation = 1.0 - 0.5 * (ratio + ends / squares);
        let z = (1.0 - 0.5 * ratio) * ((count * count - 1.0) / (count - 2.0)).sqrt();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let count = count as u64;
        Some(Independence { count, correlation, ratio, chance: 0.5 * libm::erfc(z / SQRT_2) })
    }
}

impl FromIterator<f64> for Neighbours {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut neighbours = Neighbours::NONE;
        values.into_iter().for_each(|value| neighbours.add(value));
        neighbours
    }
}

#[cfg(test)]
mod tests {
    use super::Neighbours;

    #[test]
    fn it_is_what_numpy_and_scipy_say() {
        // m = x.mean(); s = ((x - m) ** 2).sum(); n = len(x)
        // correlation = ((x[1:] - m) * (x[:-1] - m)).sum() / s; ratio = (np.diff(x) ** 2).sum() / s
        // scipy.stats.norm.sf((1 - ratio / 2) * np.sqrt((n * n - 1) / (n - 2)))
        let x = [3.1, 2.9, 3.4, 3.0, 3.3, 2.7, 2.8, 3.6, 3.5, 3.2, 2.6, 3.0];
        let found = x.into_iter().collect::<Neighbours>().independence().unwrap();
        assert_eq!(found.count, 12);
        assert!((found.correlation - 0.017_968_945_654_896_06).abs() < 1e-12, "{found:?}");
        assert!((found.ratio - 1.956_423_741_547_708_4).abs() < 1e-12, "{found:?}");
        assert!((found.chance - 0.467_167_278_796_093_65).abs() < 1e-12, "{found:?}");
        assert!(found.is_plausible());
    }

    #[test]
    fn slow_series_are_not_independent() {
        let slow = (0..40).map(|i| libm::sin(f64::from(i) / 6.0)).collect::<Neighbours>();
        let found = slow.independence().unwrap();
        assert!(!found.is_plausible() && found.correlation > 0.9 && found.ratio < 0.1, "{found:?}");
        // Neighbours that differ too much make an interval too wide, never too narrow.
        let zigzag = [1.0, 2.0].into_iter().cycle().take(40).collect::<Neighbours>();
        let found = zigzag.independence().unwrap();
        assert!(found.is_plausible() && found.correlation < -0.9 && found.ratio > 3.8, "{found:?}");
    }

    #[test]
    fn nothing_is_said_of_too_little() {
        assert_eq!(Neighbours::NONE.independence(), None);
        assert_eq!((0..9).map(f64::from).collect::<Neighbours>().independence(), None);
        assert_eq!([3.0; 50].into_iter().collect::<Neighbours>().independence(), None);
        let infinite = (0..20).map(|i| if i == 7 { f64::INFINITY } else { 1.0 });
        assert_eq!(infinite.collect::<Neighbours>().independence(), None);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let all = || (0..12).map(|i| f64::from(i * i % 7));
        let with = all().chain([f64::NAN]).collect::<Neighbours>();
        assert_eq!(with, all().collect::<Neighbours>());
        let first = std::iter::once(f64::NAN).chain(all()).collect::<Neighbours>();
        assert_eq!(first, with);
    }
}
