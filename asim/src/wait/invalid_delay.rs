//! The error of a delay that is refused.

use std::error::Error;

/// The error of `Environment::try_timeout` for a delay that is negative, not a number, or finite but so
/// large that the time would exceed the largest `f64`.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let error = sim.try_timeout(-1.5).unwrap_err();
/// assert_eq!(error.to_string(), "a delay is a number >= 0, not -1.5");
///
/// let sim = Simulation::starting_at(1e308);
/// let error = sim.try_timeout(1e308).unwrap_err();
/// assert_eq!(error.to_string(), "a delay of 1e308 from time 1e308 on leads past the end of time");
/// assert!(sim.try_timeout(f64::INFINITY).is_ok()); // an infinite delay never fires
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct InvalidDelay {
    /// The refused delay.
    pub delay: f64,
    /// The time at which the delay would have begun.
    pub now: f64,
}

impl std::fmt::Display for InvalidDelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let InvalidDelay { delay, now } = *self;
        if delay >= 0.0 {
            write!(f, "a delay of {delay:e} from time {now:e} on leads past the end of time")
        } else {
            write!(f, "a delay is a number >= 0, not {delay}")
        }
    }
}

impl Error for InvalidDelay {}
