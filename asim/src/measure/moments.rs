//! Moments: the mean and the deviation of numbers, kept up to date one by one; and the least and the largest.

/// The mean of numbers with weights, and how far they spread round it.
///
/// By B. P. Welford, "Note on a method for calculating corrected sums of squares and products",
/// Technometrics 4 (1962), 419-420; with weights by D. H. D. West, Communications of the ACM 22 (1979),
/// 532-535. They lose no digits when the deviation is small beside the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Moments {
    pub(crate) weight: f64,
    pub(crate) mean: f64,
    /// The sum of the squared differences from the mean, each by its weight. It is infinite if the numbers are
    /// so large that their squares are.
    #[cfg_attr(feature = "serde", serde(with = "or_infinite"))]
    pub(crate) squares: f64,
}

impl Moments {
    pub(crate) const NONE: Moments = Moments { weight: 0.0, mean: 0.0, squares: 0.0 };

    /// Adds a number with the weight 1.
    #[inline]
    pub(crate) fn add(&mut self, number: f64) {
        self.weight += 1.0;
        let off = number - self.mean;
        self.mean += off / self.weight;
        self.squares += off * (number - self.mean);
    }

    /// Adds a number with a weight, which is positive.
    #[inline]
    pub(crate) fn add_weighted(&mut self, number: f64, weight: f64) {
        self.weight += weight;
        let off = number - self.mean;
        self.mean += off * (weight / self.weight);
        self.squares += weight * off * (number - self.mean);
    }

    /// Returns the moments of both.
    ///
    /// By T. F. Chan, G. H. Golub and R. J. `LeVeque`, "Algorithms for computing the sample variance",
    /// The American Statistician 37 (1983), 242-247.
    #[must_use]
    pub(crate) fn merged(self, other: Moments) -> Moments {
        if self.weight == 0.0 {
            return other;
        }
        if other.weight == 0.0 {
            return self;
        }
        let weight = self.weight + other.weight;
        let off = other.mean - self.mean;
        let share = other.weight / weight;
        Moments {
            weight,
            mean: self.mean + off * share,
            squares: self.squares + other.squares + off * off * self.weight * share,
        }
    }
}

/// The least and the largest of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "Option<(f64, f64)>", from = "Option<(f64, f64)>"))]
pub(crate) struct Extremes {
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Extremes {
    pub(crate) const NONE: Extremes = Extremes { least: f64::INFINITY, most: f64::NEG_INFINITY };

    #[inline]
    pub(crate) fn add(&mut self, number: f64) {
        if number < self.least || number > self.most {
            self.widen(number);
        }
    }

    // This happens seldom: as often as a record is broken.
    #[cold]
    #[inline(never)]
    fn widen(&mut self, number: f64) {
        self.least = self.least.min(number);
        self.most = self.most.max(number);
    }

    /// Returns the extremes of both.
    #[must_use]
    pub(crate) fn merged(self, other: Extremes) -> Extremes {
        Extremes { least: self.least.min(other.least), most: self.most.max(other.most) }
    }

    /// Returns the least; NaN if there is no number.
    pub(crate) fn least(self) -> f64 {
        if self.least <= self.most { self.least } else { f64::NAN }
    }

    /// Returns the largest; NaN if there is no number.
    pub(crate) fn most(self) -> f64 {
        if self.least <= self.most { self.most } else { f64::NAN }
    }
}

/// JSON has no infinity, so no numbers are written as nothing.
#[cfg(feature = "serde")]
impl From<Extremes> for Option<(f64, f64)> {
    fn from(extremes: Extremes) -> Self {
        (extremes.least <= extremes.most).then_some((extremes.least, extremes.most))
    }
}

#[cfg(feature = "serde")]
impl From<Option<(f64, f64)>> for Extremes {
    fn from(extremes: Option<(f64, f64)>) -> Self {
        extremes.map_or(Extremes::NONE, |(least, most)| Extremes { least, most })
    }
}

/// A number that may be infinite. JSON has no infinity, so it is written as nothing then.
#[cfg(feature = "serde")]
mod or_infinite {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        number.is_finite().then_some(*number).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or(f64::INFINITY))
    }
}
