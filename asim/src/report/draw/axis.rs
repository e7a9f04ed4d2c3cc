//! An axis: numbers with round ticks, or a row of names.

use crate::experiment::statistics::interval::{exponent, fixed, scaled};
use crate::report::draw::readings::Extent;

/// What is smaller than that is drawn as zero.
const SMALLEST: f64 = 1e-300;

/// If all numbers differ by less than this share of them, they are drawn as equal.
const SAME: f64 = 1e-9;

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    from: f64,
    to: f64,
    pub(crate) ticks: Vec<Tick>,
    /// Whether the ticks are names.
    has_names: bool,
}

/// A tick of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) label: String,
}

/// What an axis is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It ends a little beyond the numbers.
    Close,
    /// It begins and ends with a tick, and has zero if that is not far.
    Round,
    /// The same. If all numbers are whole, the ticks are, too.
    Whole,
}

impl Axis {
    /// Returns an axis for these numbers, with `most` ticks or one or two more. What is not finite is left out.
    pub(crate) fn of_numbers(
        numbers: impl IntoIterator<Item = f64>,
        ends: Ends,
        most: u32,
    ) -> Self {
        let finite: Vec<f64> = numbers.into_iter().filter(|number| number.is_finite()).collect();
        let are_whole = finite.iter().all(|number| number.fract() == 0.0);
        let (mut from, mut to) = stretch(&finite);
        if ends == Ends::Close {
            let margin = 0.04 * to - 0.04 * from;
            (from, to) = ((from - margin).max(f64::MIN), (to + margin).min(f64::MAX));
        } else if from > 0.0 && from < 0.4 * to {
            from = 0.0;
        } else if to < 0.0 && to > 0.4 * from {
            to = 0.0;
        }
        let step = Step::of(from, to, most, ends != Ends::Round && are_whole);
        let numbers = match ends {
            // An end that is hardly beyond a tick gets no tick of its own.
            Ends::Round | Ends::Whole => {
                step.before(from + 0.1 * step.times(1))..=step.after(to - 0.1 * step.times(1))
            }
            Ends::Close => step.after(from)..=step.before(to),
        };
        if ends != Ends::Close {
            from = from.min(step.times(*numbers.start()).max(f64::MIN));
            to = to.max(step.times(*numbers.end()).min(f64::MAX));
        }
        Axis { from, to, ticks: step.ticks(numbers), has_names: false }
    }

    /// Returns an axis with a tick for each name, at 0, 1, 2 and so on.
    pub(crate) fn of_names(names: Vec<String>) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "a count of names")]
        let tick = |(number, label)| Tick { at: number as f64, label };
        let ticks: Vec<Tick> = names.into_iter().enumerate().map(tick).collect();
        let last = ticks.last().map_or(0.0, |tick| tick.at);
        Axis { from: -0.5, to: last + 0.5, ticks, has_names: true }
    }

    /// Returns an axis that ends where it is said, with about `most` ticks, which may have to be whole. The ends are
    /// finite, and the first is less.
    pub(crate) fn between(from: f64, to: f64, most: u32, whole: bool) -> Self {
        let step = Step::of(from, to, most, whole);
        let ticks = step.ticks(step.after(from)..=step.before(to));
        Axis { from, to, ticks, has_names: false }
    }

    /// Returns the number at a share between the ends: what [`share`](Self::share) takes.
    pub(crate) fn number(&self, share: f64) -> f64 {
        self.from * (1.0 - share) + self.to * share
    }

    /// Returns what it reaches, under this name.
    pub(crate) fn extent(&self, name: &str) -> Extent {
        let names = self.ticks.iter().filter(|_| self.has_names).map(|tick| tick.label.clone());
        Extent { from: self.from, to: self.to, name: name.to_owned(), names: names.collect() }
    }

    /// Returns the name at this place of an axis of names.
    #[allow(clippy::float_cmp, reason = "names stand at whole numbers")]
    pub(crate) fn name_at(&self, at: f64) -> Option<String> {
        let tick = self.ticks.iter().find(|tick| self.has_names && tick.at == at)?;
        Some(tick.label.clone())
    }

    /// Returns where a number stands between the ends: 0 is at the first, 1 at the last.
    pub(crate) fn share(&self, number: f64) -> f64 {
        // Quarters, as the whole may be too large for a number.
        let length = 0.25 * self.to - 0.25 * self.from;
        (0.25 * number - 0.25 * self.from) / length
    }
}

/// Returns from where to where an axis must reach at least.
fn stretch(finite: &[f64]) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (from, to) =
        finite.iter().fold(ends, |(from, to), &number| (number.min(from), number.max(to)));
    let size = from.abs().max(to.abs());
    if from > to || size < SMALLEST {
        return (0.0, 1.0);
    }
    if 0.5 * to - 0.5 * from < size * SAME {
        return ((from - 0.1 * size).max(f64::MIN), (to + 0.1 * size).min(f64::MAX));
    }
    (from, to)
}

/// Returns round numbers of one distance, at most about `most + 2`, of which the first is not above `from` and the last
/// is above `to`. If the numbers are whole, these are, too.
pub(crate) fn round_edges(from: f64, to: f64, most: u32, whole: bool) -> Vec<f64> {
    let step = Step::of(from, to, most, whole);
    let (mut first, mut last) = (step.before(from), step.after(to));
    // The tolerance of these is for ticks.
    while step.times(first) > from {
        first -= 1;
    }
    while step.times(last) <= to {
        last += 1;
    }
    (first..=last).map(|number| step.times(number)).filter(|edge| edge.is_finite()).collect()
}

/// The step from tick to tick: 1, 2 or 5 times a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    digit: i64,
    power: i32,
}

impl Step {
    /// Returns the smallest step that is not taken more than `most` times.
    fn of(from: f64, to: f64, most: u32, whole: bool) -> Self {
        // With one, the step could be too large for a number.
        let most = f64::from(most.max(2));
        let least = to / most - from / most;
        let power = exponent(least, 15);
        let digit = match scaled(least, power) {
            ..1.000_001 => 1,
            ..2.000_001 => 2,
            ..5.000_001 => 5,
            _ => 10,
        };
        let (digit, power) = if digit == 10 { (1, power + 1) } else { (digit, power) };
        if whole && power < 0 { Step { digit: 1, power: 0 } } else { Step { digit, power } }
    }

    /// Returns so many steps, as exactly as a decimal number can be read.
    fn times(self, number: i64) -> f64 {
        format!("{}e{}", number * self.digit, self.power).parse().unwrap_or(f64::NAN)
    }

    /// Returns how many steps lead to a number, or to just before it.
    #[allow(clippy::cast_possible_truncation, reason = "at most 10 divided by `SAME`")]
    fn before(self, number: f64) -> i64 {
        (number / self.times(1) + 1e-6).floor() as i64
    }

    #[allow(clippy::cast_possible_truncation, reason = "at most 10 divided by `SAME`")]
    fn after(self, number: f64) -> i64 {
        (number / self.times(1) - 1e-6).ceil() as i64
    }

    fn ticks(self, numbers: std::ops::RangeInclusive<i64>) -> Vec<Tick> {
        let places: Vec<f64> =
            numbers.map(|number| self.times(number)).filter(|at| at.is_finite()).collect();
        let size = places.iter().fold(0.0, |size: f64, at| size.max(at.abs()));
        let decimals = |power: i32| usize::try_from(power - self.power).unwrap_or(0);
        let label = |at: f64| {
            if at == 0.0 || (1e-3..1e7).contains(&size) {
                return fixed(at, if at == 0.0 { 0 } else { decimals(0) });
            }
            let power = exponent(size, 15);
            format!("{}e{power}", fixed(scaled(at, power), decimals(power)))
        };
        places.into_iter().map(|at| Tick { at, label: label(at) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        let close = |numbers: &[f64]| Axis::of_numbers(numbers.to_vec(), Ends::Close, 6);
        let round = |numbers: &[f64]| Axis::of_numbers(numbers.to_vec(), Ends::Round, 6);
        assert_eq!(labels(&close(&[1.0, 5.0])), ["1", "2", "3", "4", "5"]);
        assert_eq!(labels(&close(&[1.0, 2.0])), ["1", "2"]);
        assert_eq!(labels(&close(&[0.5, 1.0])), ["0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]);
        assert_eq!(labels(&close(&[0.0, 2000.0])), ["0", "500", "1,000", "1,500", "2,000"]);
        assert_eq!(labels(&round(&[0.31, 2.9])), ["0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]);
        assert_eq!(labels(&round(&[10.2, 10.9])), ["10.2", "10.4", "10.6", "10.8", "11.0"]);
        let whole = Axis::of_numbers([0.0, 3.0], Ends::Whole, 6);
        assert_eq!(labels(&whole), ["0", "1", "2", "3"]);
        assert_eq!(
            labels(&Axis::between(0.0, 60.0, 8, false)),
            ["0", "10", "20", "30", "40", "50", "60"]
        );
        assert_eq!(labels(&Axis::between(-3.5, 4.0, 4, false)), ["-2", "0", "2", "4"]);
        assert_eq!(labels(&Axis::between(-0.5, 3.5, 8, true)), ["0", "1", "2", "3"]);
        assert_eq!(labels(&round(&[-3.0, 4.0])), ["-4", "-2", "0", "2", "4"]);
        assert_eq!(
            labels(&round(&[2e7, 3e7])),
            ["2.0e7", "2.2e7", "2.4e7", "2.6e7", "2.8e7", "3.0e7"]
        );
        assert_eq!(labels(&round(&[0.0, 2e-9])), ["0", "0.5e-9", "1.0e-9", "1.5e-9", "2.0e-9"]);
        assert_eq!(close(&[0.5, 1.0]).ticks[2].at.to_bits(), 0.7_f64.to_bits());
    }

    #[test]
    fn every_number_lies_between_the_ends() {
        let extremes = [
            0.0,
            -0.0,
            5e-324,
            1e-300,
            -1e-300,
            1e-9,
            1.0,
            -1.0,
            1.0 + 1e-15,
            1e15,
            1e300,
            -1e300,
            f64::MAX,
            f64::MIN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        for one in extremes {
            for other in extremes {
                for (ends, most) in
                    [(Ends::Close, 1), (Ends::Close, 8), (Ends::Round, 6), (Ends::Whole, 6)]
                {
                    let axis = Axis::of_numbers([one, other], ends, most);
                    let words = format!("{one} {other} {ends:?}: {axis:?}");
                    assert!(axis.from.is_finite() && axis.to.is_finite(), "{words}");
                    for number in [one, other].into_iter().filter(|number| number.is_finite()) {
                        assert!((-1e-6..1.000_001).contains(&axis.share(number)), "{words}");
                    }
                    assert!(axis.ticks.len() <= 11, "{words}");
                    for tick in &axis.ticks {
                        assert!((-1e-6..1.000_001).contains(&axis.share(tick.at)), "{words}");
                        assert!(tick.label.len() <= 20, "{words}");
                    }
                    let distinct: std::collections::HashSet<_> =
                        labels(&axis).into_iter().collect();
                    assert_eq!(distinct.len(), axis.ticks.len(), "{words}");
                }
            }
        }
        assert_eq!(Axis::of_numbers([], Ends::Round, 5).share(0.5), 0.5);
    }

    #[test]
    fn names_stand_in_the_middle_of_their_places() {
        let axis = Axis::of_names(vec!["fifo".to_owned(), "lifo".to_owned()]);
        assert_eq!((axis.share(0.0), axis.share(1.0)), (0.25, 0.75));
        assert_eq!(labels(&axis), ["fifo", "lifo"]);
    }
}
