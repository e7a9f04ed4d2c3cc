//! Counters: how often something happened.

/// How often something happened.
///
/// ```
/// let mut lost = asim::Counter::new();
/// lost.add(2);
/// assert_eq!(lost.count(), 2);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Counter {
    count: u64,
}

impl Counter {
    /// Returns a counter at zero.
    ///
    /// ```
    /// assert_eq!(asim::Counter::new().count(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Counter { count: 0 }
    }

    /// Counts `more` of them.
    ///
    /// ```
    /// let mut lost = asim::Counter::new();
    /// lost.add(1);
    /// assert_eq!(lost.count(), 1);
    /// ```
    #[inline]
    pub fn add(&mut self, more: u64) {
        self.count += more;
    }

    /// Returns the count.
    ///
    /// ```
    /// assert_eq!(asim::Counter::new().count(), 0);
    /// ```
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds the count of another counter.
    ///
    /// ```
    /// let (mut one, mut other) = (asim::Counter::new(), asim::Counter::new());
    /// one.add(1);
    /// other.add(4);
    /// one.merge(&other);
    /// assert_eq!(one.count(), 5);
    /// ```
    pub fn merge(&mut self, other: &Counter) {
        self.count += other.count;
    }
}
