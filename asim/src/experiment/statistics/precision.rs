//! When there are enough replications: the precision of a measure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answers::figures::{figure, percent};
use crate::experiment::statistics::interval::{Estimate, Sample};

/// Fewer replications never suffice: the deviation of a few values is itself too uncertain.
const FEWEST: u64 = 20;

/// So many further replications must not undo it; a share of a hundredth each above a hundred replications.
const FURTHER: u64 = 5;

/// Nobody makes so many replications.
const BEYOND: f64 = 1e12;

/// How precisely a measure shall be known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Precision {
    pub(crate) measure: String,
    pub(crate) goal: Goal,
}

/// How narrow an interval shall be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// The half width, as a share of the mean. A mean of zero never reaches it, and one near zero hardly.
    Relative(f64),
    /// The half width, in the unit of the measure.
    HalfWidth(f64),
}

impl Goal {
    /// Returns `true` if an interval can be as narrow as that.
    pub(crate) fn is_possible(self) -> bool {
        let (Goal::Relative(width) | Goal::HalfWidth(width)) = self;
        width > 0.0
    }

    /// Returns `true` if the interval is narrow enough.
    pub(crate) fn holds(self, estimate: &Estimate) -> bool {
        estimate.half_width <= self.half_width(estimate.mean) && estimate.count > 1
    }

    /// Returns the half width that is wanted; NaN if there is none that is small enough.
    fn half_width(self, mean: f64) -> f64 {
        match self {
            Goal::Relative(share) if mean != 0.0 && mean.is_finite() => share * mean.abs(),
            Goal::Relative(_) => f64::NAN,
            Goal::HalfWidth(half_width) => half_width,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Goal::Relative(share) => write!(f, "± {}", percent(share)),
            Goal::HalfWidth(half_width) => write!(f, "± {}", figure(half_width)),
        }
    }
}

impl Precision {
    /// Returns what is wrong with the estimate, in words; nothing if it is precise enough.
    pub(crate) fn complaint(&self, estimate: &Estimate) -> Option<String> {
        if self.goal.holds(estimate) {
            return None;
        }
        let (measure, goal) = (&self.measure, self.goal);
        let reached = match goal {
            Goal::Relative(_) if estimate.relative().is_finite() => {
                format!("{estimate}, that is ± {}", percent(estimate.relative()))
            }
            _ => estimate.to_string(),
        };
        let mut text = format!("`{measure}` is {reached}; {goal} was wanted");
        if matches!(goal, Goal::Relative(_)) && (estimate.mean == 0.0 || estimate.contains(0.0)) {
            text += " (the mean may be zero, and no interval is a small share of zero: \
                     ask for a half width in the unit of the measure)";
        }
        Some(text)
    }
}

/// Says when a scenario has enough replications: all its precisions hold, from 20 replications on, and go on to
/// hold for 5 further replications (5 % of them above 100).
///
/// By K. Hoad, S. Robinson and R. Davies, "Automated selection of the number of replications for a
/// discrete-event simulation", Journal of the Operational Research Society 61 (2010), 1632-1644. They start
/// from 3 replications. To stop at the first replication that suffices makes intervals that are too narrow too
/// often: an interval is narrow when the deviation happens to be small.
#[derive(Debug, Clone)]
pub(crate) struct StopRule {
    precisions: Vec<Precision>,
    samples: Vec<Sample>,
    confidence: f64,
    /// How many replications there are.
    replications: u64,
    /// How many of them, with all values known, until all precisions held, if they do now.
    held_from: Option<u64>,
    /// How many there are with all values known.
    whole: u64,
    done: bool,
}

impl StopRule {
    pub(crate) fn new(precisions: Vec<Precision>, confidence: f64) -> StopRule {
        let samples = vec![Sample::NONE; precisions.len()];
        StopRule {
            precisions,
            samples,
            confidence,
            replications: 0,
            held_from: None,
            whole: 0,
            done: false,
        }
    }

    /// Adds the values of the next replication, one for each precision, in their order; NaN where one is not
    /// known. Returns `true` if there are enough replications now. Values after that count for nothing.
    pub(crate) fn add(&mut self, values: &[f64]) -> bool {
        debug_assert_eq!(values.len(), self.precisions.len());
        if self.done {
            return true;
        }
        self.replications += 1;
        for (sample, value) in self.samples.iter_mut().zip(values) {
            sample.add(*value);
        }
        if values.iter().any(|value| value.is_nan()) {
            return false; // Nothing was learned that could confirm it.
        }
        self.whole += 1;
        let holds = self.estimates().all(|(precision, estimate)| {
            estimate.count >= FEWEST && precision.goal.holds(&estimate)
        });
        self.held_from = if holds { self.held_from.or(Some(self.whole)) } else { None };
        self.done = self.held_from.is_some_and(|from| self.whole >= from + further(from));
        self.done
    }

    /// Returns `true` if there are enough replications.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Returns how many replications will do in all, as far as one can say now. `None` if one cannot say it:
    /// there are fewer than two values, or a mean is zero, up to rounding.
    pub(crate) fn needed(&self) -> Option<u64> {
        if self.done {
            return Some(self.replications);
        }
        let mut most = FEWEST;
        for (precision, estimate) in self.estimates() {
            let ratio = estimate.half_width / precision.goal.half_width(estimate.mean);
            #[allow(clippy::cast_precision_loss, reason = "a guess")]
            let needed = (estimate.count as f64 * ratio * ratio).ceil();
            if needed.is_nan() || needed > BEYOND {
                return None;
            }
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a guess")]
            let needed = needed as u64;
            most = most.max(needed);
        }
        Some(most.saturating_add(further(most)).max(self.replications + 1))
    }

    /// Returns what is not precise enough, in words.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.estimates()
            .filter_map(|(precision, estimate)| precision.complaint(&estimate))
            .collect()
    }

    fn estimates(&self) -> impl Iterator<Item = (&Precision, Estimate)> {
        let estimates = self.samples.iter().map(|sample| sample.estimate(self.confidence));
        self.precisions.iter().zip(estimates)
    }
}

/// Returns how many further replications must confirm that `count` suffice.
fn further(count: u64) -> u64 {
    if count > 100 { count.saturating_mul(FURTHER) / 100 } else { FURTHER }
}

#[cfg(test)]
mod tests {
    use super::{FEWEST, FURTHER, Goal, Precision, StopRule};
    use crate::experiment::statistics::interval::Sample;

    fn precision(measure: &str, goal: Goal) -> Precision {
        Precision { measure: measure.to_owned(), goal }
    }

    fn rule(goal: Goal) -> StopRule {
        StopRule::new(vec![precision("waited", goal)], 0.95)
    }

    /// Returns how many replications the rule takes.
    fn taken(rule: &mut StopRule, values: impl IntoIterator<Item = f64>) -> Option<u64> {
        let mut values = values.into_iter();
        values.position(|value| rule.add(&[value])).map(|at| at as u64 + 1)
    }

    /// 10 + 1, 10 - 1, and so on.
    fn zigzag() -> impl Iterator<Item = f64> {
        [11.0, 9.0].into_iter().cycle().take(100_000)
    }

    #[test]
    fn fewer_than_twenty_never_suffice() {
        let mut rule = rule(Goal::Relative(0.05));
        assert_eq!(taken(&mut rule, [3.0; 100]), Some(FEWEST + FURTHER));
        assert!(rule.is_done() && rule.complaints().is_empty());
        assert_eq!(rule.needed(), Some(25));
    }

    #[test]
    fn it_goes_on_to_hold_for_a_share_of_the_replications() {
        for goal in [Goal::HalfWidth(0.3), Goal::HalfWidth(0.1), Goal::Relative(0.02)] {
            // The first even number of replications, and all after it, whose interval is narrow enough.
            let mut sample = Sample::NONE;
            let mut held_from = 0;
            for (n, value) in (1_u64..).zip(zigzag().take(3000)) {
                sample.add(value);
                if n < 20 || !goal.holds(&sample.estimate(0.95)) {
                    held_from = n + 1;
                }
            }
            let further = if held_from > 100 { held_from * 5 / 100 } else { 5 };
            assert_eq!(taken(&mut rule(goal), zigzag()), Some(held_from + further), "{goal}");
        }
    }

    #[test]
    fn what_does_not_go_on_to_hold_begins_anew() {
        let steady = || std::iter::repeat_n(3.0, 23);
        let mut rule = rule(Goal::HalfWidth(0.1));
        // One value far off after 23: a long way to go.
        let values = steady().chain([8.0]).chain(std::iter::repeat(3.0));
        let n = taken(&mut rule, values.take(100_000)).unwrap();
        let mut sample = Sample::NONE;
        steady().chain([8.0]).for_each(|value| sample.add(value));
        let mut held_from = 24;
        while !Goal::HalfWidth(0.1).holds(&sample.estimate(0.95)) {
            sample.add(3.0);
            held_from += 1;
        }
        assert!(held_from > 60, "{held_from}");
        assert_eq!(n, held_from + if held_from > 100 { held_from * 5 / 100 } else { 5 });
    }

    #[test]
    fn several_hold_over_the_same_stretch() {
        let goals =
            vec![precision("a", Goal::HalfWidth(0.5)), precision("b", Goal::HalfWidth(0.2))];
        let mut both = StopRule::new(goals, 0.95);
        let n = (1_u64..).zip(zigzag()).find(|(_, value)| both.add(&[*value, *value])).unwrap().0;
        assert_eq!(Some(n), taken(&mut rule(Goal::HalfWidth(0.2)), zigzag()));
        assert!(Some(n) > taken(&mut rule(Goal::HalfWidth(0.5)), zigzag()));
    }

    #[test]
    fn a_value_that_is_not_known_confirms_nothing() {
        let mut rule = rule(Goal::Relative(0.05));
        let values = [3.0, f64::NAN].into_iter().cycle().take(1000);
        assert_eq!(taken(&mut rule, values), Some(2 * (FEWEST + FURTHER) - 1));
        assert_eq!(taken(&mut self::rule(Goal::Relative(0.05)), [f64::NAN; 1000]), None);
    }

    #[test]
    fn a_mean_of_zero_has_no_relative_precision() {
        for values in [[0.0; 2], [1.0, -1.0]] {
            let mut rule = rule(Goal::Relative(0.5));
            assert_eq!(taken(&mut rule, values.into_iter().cycle().take(1000)), None);
            assert_eq!(rule.needed(), None);
            let text = rule.complaints().join("\n");
            assert!(text.contains("ask for a half width"), "{text}");
        }
        let mut rule = rule(Goal::HalfWidth(0.5));
        assert_eq!(taken(&mut rule, [0.0; 1000]), Some(25));
        assert_eq!(taken(&mut self::rule(Goal::Relative(0.5)), [f64::INFINITY; 1000]), None);
    }

    #[test]
    fn how_many_are_needed_is_estimated() {
        let mut rule = rule(Goal::HalfWidth(0.1));
        assert_eq!(rule.needed(), None);
        assert!(!rule.add(&[11.0]));
        assert_eq!(rule.needed(), None);
        assert_eq!(taken(&mut rule, zigzag().take(49)), None);
        let early = rule.needed().unwrap();
        let n = 50 + taken(&mut rule, zigzag().skip(1)).unwrap();
        #[allow(clippy::cast_precision_loss)]
        let ratio = early as f64 / n as f64;
        assert!((0.9..1.1).contains(&ratio), "{early} for {n}");
        assert_eq!(rule.needed(), Some(n));
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut rule = rule(Goal::Relative(0.01));
        taken(&mut rule, zigzag().take(30));
        let text = "`waited` is 10.00 ± 0.38, that is ± 3.8 %; ± 1 % was wanted";
        assert_eq!(rule.complaints(), [text]);
    }

    #[test]
    fn goals_are_written_and_read() {
        let goals =
            vec![precision("a", Goal::Relative(0.05)), precision("b", Goal::HalfWidth(0.1))];
        let text = serde_json::to_string(&goals).unwrap();
        assert_eq!(
            text,
            r#"[{"measure":"a","goal":{"relative":0.05}},{"measure":"b","goal":{"half_width":0.1}}]"#
        );
        assert_eq!(serde_json::from_str::<Vec<Precision>>(&text).unwrap(), goals);
    }
}
