//! How long to sleep between two looks at the link, and how many jobs to send ahead.
//!
//! An MPI library that waits for a message keeps a core busy, and that core is one that a worker needs. So
//! nobody waits inside MPI: a rank sleeps, looks, and sleeps again. A worker has a second job in hand while
//! it makes the first, and goes on without a pause if the two looks that its next job takes (rank 0 at the
//! outcome, the rank at the job) come before it has made the second.

use std::time::Duration;

/// The least and the longest sleep. The first is about what a system can do; the second is 500 looks a second,
/// of some microseconds each.
const SLEEPS: (f64, f64) = (50e-6, 2e-3);
/// From this duration of a job on, a worker has no second job in hand: it would only be late at the end,
/// and waiting for the next one costs far less than it takes.
const LONG: f64 = 1.0;

/// How long the jobs take, as far as they are known.
#[derive(Debug, Default, Clone)]
pub(crate) struct Pace {
    seconds: Option<f64>,
}

impl Pace {
    /// Notes how long a job took.
    pub(crate) fn saw(&mut self, seconds: f64) {
        let mean = self.seconds.get_or_insert(seconds);
        *mean += (seconds - *mean) / 8.0;
    }

    /// Returns how long to sleep: a quarter of a job, within limits.
    pub(crate) fn sleep(&self) -> Duration {
        let (least, longest) = SLEEPS;
        // As long as nothing is known, jobs may be short.
        let seconds = self.seconds.map_or(least, |seconds| seconds / 4.0);
        Duration::from_secs_f64(seconds.max(least).min(longest))
    }

    /// Returns how many jobs a worker should have in hand: the one that it makes, and what it makes next.
    pub(crate) fn jobs_a_worker(&self) -> usize {
        match self.seconds {
            Some(seconds) if seconds < LONG => 2,
            // Unknown: it may be long.
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: f64) -> Pace {
        let mut pace = Pace::default();
        pace.saw(seconds);
        pace
    }

    #[test]
    fn the_sleep_is_a_quarter_of_a_job_within_limits() {
        assert_eq!(Pace::default().sleep(), Duration::from_micros(50));
        assert_eq!(after(0.0).sleep(), Duration::from_micros(50));
        assert_eq!(after(0.001).sleep(), Duration::from_micros(250));
        assert_eq!(after(3600.0).sleep(), Duration::from_millis(2));
        assert_eq!(after(f64::NAN).sleep(), Duration::from_micros(50), "a clock gone mad");
    }

    #[test]
    fn short_jobs_are_sent_ahead_and_long_ones_are_not() {
        assert_eq!(Pace::default().jobs_a_worker(), 1);
        assert_eq!(after(0.01).jobs_a_worker(), 2);
        assert_eq!(after(2.0).jobs_a_worker(), 1);
    }

    #[test]
    fn the_pace_follows_the_jobs() {
        let mut pace = after(2.0);
        for _ in 0..100 {
            pace.saw(0.004);
        }
        assert_eq!(pace.jobs_a_worker(), 2);
        assert!(pace.sleep() < Duration::from_micros(1010), "{:?}", pace.sleep());
    }
}
