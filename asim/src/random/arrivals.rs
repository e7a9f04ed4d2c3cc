//! Arrivals at a rate that changes with time.

use std::fmt;

use crate::random::inner::Inner;
use crate::random::refusal::{finite, not_negative, positive};
use crate::random::stream::Stream;

impl Stream {
    /// Returns arrivals that come independently of each other, at a rate that changes with time: a
    /// Poisson process that is not homogeneous. The function says how many arrive in a unit of time at a
    /// given time, and `at_most` is the greatest that it ever returns. The closer `at_most` is to the
    /// rate, the faster it is.
    ///
    /// For rates that change by the hour, [`arrivals_per`](Self::arrivals_per) is simpler and exact.
    ///
    /// Each arrival takes one number of the stream.
    ///
    /// # Panics
    ///
    /// If `at_most` is not greater than 0, infinite or not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// /// Guests come from 12 to 15 o'clock; most come in the middle. Time is in hours.
    /// #[process]
    /// async fn guests(env: Environment, stream: Stream, kitchen: Queue<f64>) {
    ///     let mut arrivals = stream.arrivals(|time| 30.0 * (time - 12.0) * (15.0 - time), 67.5).until(15.0);
    ///     loop {
    ///         env.timeout_until(arrivals.next(env.now())).await;
    ///         kitchen.put(env.now()).await;
    ///     }
    /// }
    ///
    /// let sim = Simulation::starting_at(12.0).with_seed(42);
    /// let kitchen = Queue::unbounded(&sim);
    /// sim.process(Guests::new(sim.stream("guests"), kitchen.clone()));
    /// sim.run_until(15.0)?;
    /// assert!((105..165).contains(&kitchen.len())); // 135 are expected
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn arrivals(&self, rate: impl FnMut(f64) -> f64 + 'static, at_most: f64) -> Arrivals {
        positive("arrivals", "`at_most`", at_most);
        Arrivals::new(self, Rate::Changing { rate: Box::new(rate), at_most })
    }

    /// Returns arrivals that come independently of each other, at a rate that changes from slot to slot:
    /// by the hour of the day, by the day of the week. A slot lasts `slot` units of time; `expected` are
    /// the numbers of arrivals that are expected in each slot. The first slot begins at time 0, and
    /// after the last one it begins again with the first.
    ///
    /// Each arrival takes one number of the stream, and rises with it.
    ///
    /// # Panics
    ///
    /// If the length of a slot is not greater than 0, if an expected number is negative, if one of them
    /// is infinite or not a number, or if the expected numbers add up to 0 or to more than any number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// /// Patients in each hour of the day, from midnight on.
    /// const PER_HOUR: [f64; 24] = [
    ///     2.1, 1.8, 1.5, 1.2, 1.0, 1.1, 1.7, 2.9, 4.6, 6.2, 7.1, 7.3, //
    ///     6.9, 6.5, 6.3, 6.2, 6.4, 6.6, 6.5, 6.1, 5.2, 4.3, 3.4, 2.6,
    /// ];
    ///
    /// /// Time is in minutes.
    /// #[process]
    /// async fn emergency_department(env: Environment, stream: Stream, patients: Queue<f64>) {
    ///     let mut arrivals = stream.arrivals_per(60.0, PER_HOUR);
    ///     loop {
    ///         env.timeout_until(arrivals.next(env.now())).await;
    ///         patients.put(env.now()).await;
    ///     }
    /// }
    ///
    /// let sim = Simulation::seeded(42);
    /// let patients = Queue::unbounded(&sim);
    /// sim.process(EmergencyDepartment::new(sim.stream("patients"), patients.clone()));
    /// sim.run_until(7.0 * 24.0 * 60.0)?;
    /// assert!((660..820).contains(&patients.len())); // 738.5 are expected in a week
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn arrivals_per(&self, slot: f64, expected: impl IntoIterator<Item = f64>) -> Arrivals {
        positive("arrivals_per", "the length of a slot", slot);
        let expected = Vec::from_iter(expected);
        let mut in_all = 0.0;
        for number in &expected {
            not_negative("arrivals_per", "an expected number", *number);
            in_all += number;
        }
        assert!(
            in_all > 0.0 && in_all < f64::INFINITY,
            "arrivals_per: the expected numbers must add up to a finite number greater than 0, not \
             {in_all}"
        );
        Arrivals::new(self, Rate::Slots { slot, expected, in_all })
    }
}

/// Arrivals at a rate that changes with time: [`next`](Self::next) says when the next one is due. Made by
/// [`Stream::arrivals`] and [`Stream::arrivals_per`].
///
/// ```
/// use asim::prelude::*;
///
/// // Two an hour in the first half of the day, six in the second.
/// let mut arrivals = Stream::seeded(42, "customers").arrivals_per(12.0, [24.0, 72.0]);
/// let mut time = 0.0;
/// let mut count = 0;
/// while time < 240.0 {
///     time = arrivals.next(time);
///     count += 1;
/// }
/// assert!((870..1050).contains(&count)); // 960 are expected in ten days
/// ```
pub struct Arrivals {
    stream: Stream,
    rate: Rate,
    end: f64,
}

enum Rate {
    Changing { rate: Box<dyn FnMut(f64) -> f64>, at_most: f64 },
    Slots { slot: f64, expected: Vec<f64>, in_all: f64 },
}

impl Arrivals {
    fn new(stream: &Stream, rate: Rate) -> Self {
        Arrivals { stream: stream.clone(), rate, end: f64::INFINITY }
    }

    /// Returns the same arrivals, of which none is due after `time`: the shop closes.
    ///
    /// # Panics
    ///
    /// If the time is not a number.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "customers");
    /// let mut arrivals = stream.arrivals(|_| 1.0, 1.0).until(50.0);
    /// assert!(arrivals.next(0.0) < 50.0);
    /// assert_eq!(arrivals.next(50.0), f64::INFINITY);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn until(self, time: f64) -> Self {
        assert!(!time.is_nan(), "until: the time must be a number, not {time}");
        Arrivals { end: time, ..self }
    }

    /// Returns the time of the first arrival after `now`, in the unit of the rate. It is
    /// `f64::INFINITY` if there is none any more, because the time given by [`until`](Self::until) has
    /// come; a timeout until then never fires.
    ///
    /// Ask at the time of each arrival for the next one: `env.timeout_until(arrivals.next(env.now()))`.
    /// To ask at another time is right too, as the arrivals are independent of each other.
    ///
    /// # Panics
    ///
    /// If `now` is infinite or not a number. If the rate function returns a negative number, not a
    /// number, or more than `at_most`. If it returns 0 at ten million times in a row; `until` is for
    /// arrivals that end.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "customers");
    /// let mut arrivals = stream.arrivals(|time| if time < 10.0 { 0.0 } else { 1.0 }, 1.0);
    /// assert!(arrivals.next(3.0) > 10.0);
    /// ```
    #[track_caller]
    pub fn next(&mut self, now: f64) -> f64 {
        finite("arrivals", "the time", now);
        let time = match &mut self.rate {
            Rate::Changing { rate, at_most } => {
                by_thinning(Inner::of(&self.stream), rate, *at_most, now, self.end)
            }
            Rate::Slots { slot, expected, in_all } => {
                in_slots(self.stream.standard_exponential(), *slot, expected, *in_all, now)
            }
        };
        if time > self.end { f64::INFINITY } else { time }
    }
}

/// How often the rate may be 0 in a row.
const IDLE: u32 = 10_000_000;

/// Returns the next arrival after `now`, or something later than `end`.
///
/// Source: Lewis and Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", Naval
/// Research Logistics Quarterly 26(3), 1979.
#[track_caller]
fn by_thinning(
    mut inner: Inner,
    rate: &mut dyn FnMut(f64) -> f64,
    at_most: f64,
    now: f64,
    end: f64,
) -> f64 {
    let mut time = now;
    let mut idle = 0;
    while time <= end {
        time += inner.exponential() / at_most;
        if time > end {
            break;
        }
        let there = rate(time);
        assert!(there >= 0.0, "arrivals: the rate must be 0 or more, not {there} at time {time}");
        assert!(
            there <= at_most,
            "arrivals: the rate is {there} at time {time}, but it was said to be {at_most} at most"
        );
        if inner.open() * at_most < there {
            return time;
        }
        idle = if there > 0.0 { 0 } else { idle + 1 };
        assert!(
            idle < IDLE,
            "arrivals: the rate was 0 at {IDLE} times in a row, from time {now} to {time}; \
             `until(time)` says when arrivals end"
        );
    }
    f64::INFINITY
}

/// Returns the time at which `ahead` more arrivals are expected than at `now`: the inverse of the
/// expected number, which grows evenly within a slot.
fn in_slots(ahead: f64, slot: f64, expected: &[f64], in_all: f64, now: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "so many slots fit in no memory")]
    let count = expected.len() as f64;
    // Whole rounds change nothing but the time.
    let rounds = (ahead / in_all).floor();
    let mut ahead = ahead - rounds * in_all;
    let mut time = now + rounds * (count * slot);
    let mut number = (time / slot).floor();
    // The rest is less than one round; one slot more is for what is rounded.
    for _ in 0..=expected.len() + 1 {
        let in_round = number - (number / count).floor() * count;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is an index"
        )]
        let here = expected[(in_round as usize).min(expected.len() - 1)];
        let end = (number + 1.0) * slot;
        let left = here * ((end - time) / slot).max(0.0);
        if ahead < left {
            return time + ahead / here * slot;
        }
        ahead -= left;
        time = time.max(end);
        number += 1.0;
    }
    time
}

impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrivals").field("stream", &self.stream).finish_non_exhaustive()
    }
}
