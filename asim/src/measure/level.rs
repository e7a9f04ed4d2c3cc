//! Levels: a value that holds for some time.

use crate::measure::bars::{self, Bar};
use crate::measure::rough::Rough;

/// Whole values below this have a time of their own. Above, they are kept as values that are not whole.
const LIMIT: usize = 1 << 14;
/// The place of a value that is not whole.
const NOT_WHOLE: usize = usize::MAX;

/// A value over time: the length of a line, the machines in use, the amount in a tank. The value is in the
/// model's unit, times are in its unit of time.
///
/// It keeps the time that was spent at each whole value from 0 to 16,383, so all that it says of such values
/// is exact, up to rounding. Of other values the mean, the deviation and the extremes are exact; quantiles and
/// shares are found from buckets, and are 0.4 % off at most. It takes eight bytes for each whole value up to
/// the largest, and what a [`Tally`](crate::measure::tally::Tally) takes for the others.
///
/// A value that holds for no time has no weight: it is not among the extremes either.
///
/// A level of a simulation is read as at the time of reading. A `Level` by itself has no clock: each change
/// names its time, and [`advance`](Self::advance) says how long the last value holds.
///
/// ```
/// use asim::Level;
///
/// let mut line = Level::new(0.0, 0.0);
/// line.set(4.0, 2.0); // at time 4 there are two
/// line.add(6.0, -1.0); // at time 6 one of them goes
/// line.advance(10.0);
/// assert_eq!(line.mean(), (2.0 * 2.0 + 1.0 * 4.0) / 10.0);
/// assert_eq!((line.share_at(0), line.quantile(0.8), line.most()), (0.4, 1.0, 2.0));
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "Written", try_from = "Written"))]
pub struct Level {
    /// Since when it is measured.
    start: f64,
    /// Until when the time at the values is counted.
    last: f64,
    /// The present value, if it is whole; or [`NOT_WHOLE`].
    whole: usize,
    /// The present value, if it is not whole.
    other: f64,
    /// The time spent at each whole value.
    times: Vec<f64>,
    /// The time spent at other values.
    rough: Option<Box<Rough>>,
    /// How long the levels were measured that were merged into this one.
    merged: f64,
}

impl Level {
    /// Returns a level with this value from this time on.
    ///
    /// # Panics
    ///
    /// If the time or the value is infinite or NaN.
    ///
    /// ```
    /// let level = asim::Level::new(8.0, 2.5);
    /// assert_eq!((level.start(), level.value()), (8.0, 2.5));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(now: f64, value: f64) -> Self {
        assert!(now.is_finite(), "a level begins at a finite time, not {now}");
        check_value(value);
        let mut level = Level {
            start: now,
            last: now,
            whole: NOT_WHOLE,
            other: value,
            times: Vec::new(),
            rough: None,
            merged: 0.0,
        };
        level.put(now, value);
        level
    }

    /// Notes a new value, from now on.
    ///
    /// # Panics
    ///
    /// If the value is infinite or NaN, or if `now` is before the last change.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 1.0);
    /// level.set(2.0, 7.5);
    /// level.advance(4.0);
    /// assert_eq!((level.value(), level.mean()), (7.5, 4.25));
    /// ```
    #[track_caller]
    pub fn set(&mut self, now: f64, value: f64) {
        self.check_time(now);
        check_value(value);
        self.put(now, value);
    }

    /// Adds to the value, from now on. A negative number is subtracted.
    ///
    /// # Panics
    ///
    /// As [`set`](Self::set).
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 1.0);
    /// level.add(2.0, 3.0);
    /// level.add(2.0, -0.5);
    /// assert_eq!(level.value(), 3.5);
    /// ```
    #[track_caller]
    pub fn add(&mut self, now: f64, more: f64) {
        self.set(now, self.value() + more);
    }

    /// Notes that the value has held until now.
    ///
    /// # Panics
    ///
    /// If `now` is before the last change.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 1.0);
    /// level.advance(3.0);
    /// assert_eq!(level.time(), 3.0);
    /// ```
    #[track_caller]
    pub fn advance(&mut self, now: f64) {
        self.check_time(now);
        self.pass(now);
    }

    #[track_caller]
    fn check_time(&self, now: f64) {
        let last = self.last;
        assert!(
            now >= last && now.is_finite(),
            "a level that is known to time {last} cannot change at {now}"
        );
    }

    /// Notes a new value, which is finite. Does not check that time goes forward.
    #[inline]
    pub(crate) fn put(&mut self, now: f64, value: f64) {
        // 2^52 added to a number from 0 on rounds it to a whole one, which is in the lowest bits then. A
        // negative number gives bits that are less than those of 2^52, so a place that is too large.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        let rounded = value + WHOLE;
        let whole = rounded.to_bits().wrapping_sub(WHOLE.to_bits());
        self.pass(now);
        if rounded - WHOLE == value && whole < LIMIT as u64 {
            #[allow(clippy::cast_possible_truncation, reason = "it is below the limit")]
            let whole = whole as usize;
            self.whole = whole;
        } else {
            self.whole = NOT_WHOLE;
            self.other = value;
        }
    }

    /// Notes that a whole value is one more from now on.
    #[inline]
    pub(crate) fn raise(&mut self, now: f64) {
        if self.whole < LIMIT - 1 {
            self.pass(now);
            self.whole += 1;
        } else {
            self.put_more(now, 1.0);
        }
    }

    /// Notes that a whole value is one less from now on.
    #[inline]
    pub(crate) fn lower(&mut self, now: f64) {
        if self.whole.wrapping_sub(1) < LIMIT {
            self.pass(now);
            self.whole -= 1;
        } else {
            self.put_more(now, -1.0);
        }
    }

    /// Adds to a value that is not simply whole.
    #[cold]
    #[inline(never)]
    fn put_more(&mut self, now: f64, more: f64) {
        self.put(now, self.value() + more);
    }

    /// Counts the time at the present value until now.
    #[inline]
    pub(crate) fn pass(&mut self, now: f64) {
        let time = now - self.last;
        match self.times.get_mut(self.whole) {
            Some(spent) => *spent += time,
            None => self.pass_elsewhere(time),
        }
        self.last = now;
    }

    #[cold]
    #[inline(never)]
    fn pass_elsewhere(&mut self, time: f64) {
        if time <= 0.0 {
            return;
        }
        if self.whole == NOT_WHOLE {
            self.rough.get_or_insert_default().add(self.other, time);
        } else {
            self.times.resize(self.whole + 1, 0.0);
            self.times[self.whole] += time;
        }
    }

    /// Returns this level as it is at a time.
    pub(crate) fn at(&self, now: f64) -> Level {
        let mut level = self.clone();
        level.pass(now.max(self.last));
        level
    }

    /// Starts again at this time. The value stays.
    ///
    /// # Panics
    ///
    /// If `now` is before the last change.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 1.0);
    /// level.set(5.0, 3.0);
    /// level.reset(6.0);
    /// level.advance(8.0);
    /// assert_eq!((level.start(), level.time(), level.mean()), (6.0, 2.0, 3.0));
    /// ```
    #[track_caller]
    pub fn reset(&mut self, now: f64) {
        self.check_time(now);
        self.start = now;
        self.last = now;
        self.times.clear();
        self.rough = None;
        self.merged = 0.0;
    }

    /// Returns the present value.
    ///
    /// ```
    /// assert_eq!(asim::Level::new(0.0, -1.5).value(), -1.5);
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "it is below the limit")]
    pub fn value(&self) -> f64 {
        if self.whole == NOT_WHOLE { self.other } else { self.whole as f64 }
    }

    /// Returns since when it is measured.
    ///
    /// ```
    /// assert_eq!(asim::Level::new(3.0, 0.0).start(), 3.0);
    /// ```
    #[must_use]
    pub fn start(&self) -> f64 {
        self.start
    }

    /// Returns how long it is measured, with the time of the levels that were merged into it.
    ///
    /// ```
    /// let mut level = asim::Level::new(3.0, 0.0);
    /// level.advance(10.0);
    /// assert_eq!(level.time(), 7.0);
    /// ```
    #[must_use]
    pub fn time(&self) -> f64 {
        self.last - self.start + self.merged
    }

    /// Returns the sum of the values, each multiplied by its time: machine hours, the area under the curve.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 2.0);
    /// level.set(3.0, 0.5);
    /// level.advance(4.0);
    /// assert_eq!(level.integral(), 6.5);
    /// ```
    #[must_use]
    pub fn integral(&self) -> f64 {
        let rough = self.rough.as_ref().map_or(0.0, |rough| rough.integral());
        self.whole_times().map(|(value, time)| value * time).sum::<f64>() + rough
    }

    /// Returns the mean over time: a value counts as long as it holds. NaN if no time has passed.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 2.0);
    /// level.set(3.0, 0.0);
    /// level.advance(4.0);
    /// assert_eq!(level.mean(), 1.5);
    /// ```
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.integral() / self.known_time()
    }

    /// Returns the variance over time; NaN if no time has passed.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 2.0);
    /// level.set(1.0, 6.0);
    /// level.advance(2.0);
    /// assert_eq!(level.variance(), 4.0);
    /// ```
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        let whole: f64 =
            self.whole_times().map(|(value, time)| time * (value - mean) * (value - mean)).sum();
        let rough = self.rough.as_ref().map_or(0.0, |rough| rough.squares_round(mean));
        (whole + rough) / self.known_time()
    }

    /// Returns the standard deviation over time: the root of the [variance](Self::variance).
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 2.0);
    /// level.set(1.0, 6.0);
    /// level.advance(2.0);
    /// assert_eq!(level.sd(), 2.0);
    /// ```
    #[doc(alias = "standard_deviation")]
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.variance().sqrt()
    }

    /// Returns the least value that has held for some time; NaN if no time has passed.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 2.0);
    /// level.set(1.0, 6.0);
    /// level.advance(2.0);
    /// assert_eq!(level.least(), 2.0);
    /// ```
    #[doc(alias = "min")]
    #[must_use]
    pub fn least(&self) -> f64 {
        let whole = self.whole_times().next().map_or(f64::NAN, |(value, _)| value);
        self.rough.as_ref().map_or(whole, |rough| rough.extremes.least().min(whole))
    }

    /// Returns the largest value that has held for some time; NaN if no time has passed.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 2.0);
    /// level.set(1.0, 6.0);
    /// level.advance(2.0);
    /// assert_eq!(level.most(), 6.0);
    /// ```
    #[doc(alias = "max")]
    #[must_use]
    pub fn most(&self) -> f64 {
        let whole = self.whole_times().next_back().map_or(f64::NAN, |(value, _)| value);
        self.rough.as_ref().map_or(whole, |rough| rough.extremes.most().max(whole))
    }

    /// Returns the `p`-quantile: the least value that the level does not exceed for a share `p` of the time;
    /// NaN if no time has passed.
    ///
    /// # Panics
    ///
    /// If `p` is not from 0 to 1.
    ///
    /// ```
    /// let mut level = asim::Level::new(0.0, 2.0);
    /// level.set(9.0, 6.0);
    /// level.advance(10.0);
    /// assert_eq!((level.quantile(0.9), level.quantile(0.95)), (2.0, 6.0));
    /// ```
    #[doc(alias = "percentile")]
    #[must_use]
    #[track_caller]
    pub fn quantile(&self, p: f64) -> f64 {
        let middle = bars::quantile(self.bars(), p);
        if middle.is_nan() { middle } else { middle.clamp(self.least(), self.most()) }
    }

    /// Returns the share of the time at this whole value, from 0 to 1; NaN if no time has passed. How long a
    /// level was at a value from 16,384 on is not known exactly: that counts as no time here.
    ///
    /// ```
    /// let mut line = asim::Level::new(0.0, 0.0);
    /// line.set(3.0, 2.0);
    /// line.advance(4.0);
    /// assert_eq!((line.share_at(0), line.share_at(1)), (0.75, 0.0));
    /// ```
    #[must_use]
    pub fn share_at(&self, value: usize) -> f64 {
        self.times.get(value).copied().unwrap_or(0.0) / self.known_time()
    }

    /// Returns the share of the time below this value, from 0 to 1; NaN if no time has passed.
    ///
    /// ```
    /// let mut line = asim::Level::new(0.0, 0.0);
    /// line.set(3.0, 2.0);
    /// line.advance(4.0);
    /// assert_eq!((line.share_below(2.0), line.share_below(2.5)), (0.75, 1.0));
    /// ```
    #[must_use]
    pub fn share_below(&self, value: f64) -> f64 {
        bars::share_below(self.bars(), value)
    }

    /// Returns the share of the time above this value, from 0 to 1; NaN if no time has passed.
    ///
    /// ```
    /// let mut line = asim::Level::new(0.0, 0.0);
    /// line.set(3.0, 2.0);
    /// line.advance(4.0);
    /// assert_eq!((line.share_above(0.0), line.share_above(2.0)), (0.25, 0.0));
    /// ```
    #[must_use]
    pub fn share_above(&self, value: f64) -> f64 {
        bars::share_above(self.bars(), value)
    }

    /// Returns where the level was, the least first: from which value, to which value, and how long. Both are
    /// equal for whole values.
    ///
    /// ```
    /// let mut line = asim::Level::new(0.0, 0.0);
    /// line.set(3.0, 2.0);
    /// line.advance(4.0);
    /// assert!(line.histogram().eq([(0.0, 0.0, 3.0), (2.0, 2.0, 1.0)]));
    /// ```
    pub fn histogram(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.bars().map(|bar| (bar.low, bar.high, bar.weight))
    }

    /// Adds the times of another level: of the same thing in another replication. The value stays.
    ///
    /// ```
    /// let mut first = asim::Level::new(0.0, 1.0);
    /// first.advance(10.0);
    /// let mut second = asim::Level::new(0.0, 4.0);
    /// second.advance(5.0);
    /// first.merge(&second);
    /// assert_eq!((first.time(), first.mean(), first.most()), (15.0, 2.0, 4.0));
    /// ```
    pub fn merge(&mut self, other: &Level) {
        if self.times.len() < other.times.len() {
            self.times.resize(other.times.len(), 0.0);
        }
        for (time, more) in self.times.iter_mut().zip(&other.times) {
            *time += more;
        }
        if let Some(rough) = &other.rough {
            self.rough.get_or_insert_default().merge(rough);
        }
        self.merged += other.time();
    }

    /// Returns the whole values at which time was spent, with the time.
    #[allow(clippy::cast_precision_loss, reason = "they are below the limit")]
    fn whole_times(&self) -> impl DoubleEndedIterator<Item = (f64, f64)> {
        let all = self.times.iter().enumerate();
        all.filter(|&(_, &time)| time > 0.0).map(|(value, &time)| (value as f64, time))
    }

    /// Returns the time at all values. It may differ from [`time`](Self::time) by rounding.
    fn known_time(&self) -> f64 {
        let rough = self.rough.as_ref().map_or(0.0, |rough| rough.moments.weight);
        self.times.iter().sum::<f64>() + rough
    }

    fn bars(&self) -> impl Iterator<Item = Bar> + Clone {
        let mut bars: Vec<Bar> =
            self.whole_times().map(|(value, time)| Bar::exact(value, time)).collect();
        if let Some(rough) = &self.rough {
            bars.extend(rough.bars());
            bars.sort_by(|a, b| a.middle.total_cmp(&b.middle));
        }
        bars.into_iter()
    }
}

/// Two levels are equal if they have the same value now, and the same times at the same values.
impl PartialEq for Level {
    fn eq(&self, other: &Self) -> bool {
        let times = |level: &Level| (level.start, level.last, level.merged, level.value());
        times(self) == times(other) && self.times == other.times && self.rough == other.rough
    }
}

#[track_caller]
fn check_value(value: f64) {
    assert!(value.is_finite(), "a level is a finite number, not {value}");
}

/// A level as it is written.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "Level")]
struct Written {
    start: f64,
    last: f64,
    value: f64,
    times: Vec<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rough: Option<Box<Rough>>,
    merged: f64,
}

#[cfg(feature = "serde")]
impl From<Level> for Written {
    fn from(level: Level) -> Self {
        let value = level.value();
        let Level { start, last, times, rough, merged, .. } = level;
        Written { start, last, value, times, rough, merged }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Written> for Level {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { start, last, value, times, rough, merged } = written;
        if !(start.is_finite() && value.is_finite() && last >= start) || times.len() > LIMIT {
            return Err(format!("no level has the value {value} from {start} to {last}"));
        }
        let mut level = Level::new(start, value);
        level.last = last;
        Ok(Level { times, rough, merged, ..level })
    }
}
