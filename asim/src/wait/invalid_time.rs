//! The error of a time that is refused.

use std::error::Error;

/// The error of `Environment::try_timeout_until` for a time that has passed already or is not a number.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::starting_at(5.0);
/// let error = sim.try_timeout_until(3.5).unwrap_err();
/// assert_eq!(error.to_string(), "a time to wait for is a number >= 5, the time now, not 3.5");
/// assert!(sim.try_timeout_until(f64::INFINITY).is_ok()); // never comes
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct InvalidTime {
    /// The refused time.
    pub time: f64,
    /// The time on the clock.
    pub now: f64,
}

impl std::fmt::Display for InvalidTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let InvalidTime { time, now } = *self;
        write!(f, "a time to wait for is a number >= {now}, the time now, not {time}")
    }
}

impl Error for InvalidTime {}
