//! Steps: a value over time, which holds until the next one.

/// A value over time. It has a point only where the value changes.
///
/// A value that holds for no time is left out: of several changes at one instant, the last one counts. So the steps show
/// what the measures count.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Steps {
    points: Vec<(f64, f64)>,
}

impl Steps {
    /// Notes the value from this time on. Times do not go back.
    #[allow(clippy::float_cmp, reason = "any other value is a change")]
    pub(crate) fn set(&mut self, at: f64, value: f64) {
        match self.points.last() {
            Some(&(_, last)) if last == value => return,
            Some(&(time, _)) if time == at => {
                self.points.pop();
                return self.set(at, value);
            }
            _ => {}
        }
        self.points.push((at, value));
    }

    /// Notes the value from this time on, if it is the first one.
    pub(crate) fn set_if_none(&mut self, at: f64, value: f64) {
        if self.points.is_empty() {
            self.points.push((at, value));
        }
    }

    /// Returns the present value, if there is one.
    pub(crate) fn last(&self) -> Option<f64> {
        self.points.last().map(|point| point.1)
    }

    /// Returns where it changes, and to which value.
    pub(crate) fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Returns the value at a time, if it is known.
    #[cfg(test)]
    pub(crate) fn at(&self, time: f64) -> Option<f64> {
        let after = self.points.partition_point(|point| point.0 <= time);
        Some(self.points.get(after.checked_sub(1)?)?.1)
    }

    /// Returns the mean over the time from `from` (or from where it is known) to `until`; NaN if no time has passed.
    pub(crate) fn mean(&self, from: f64, until: f64) -> f64 {
        let (mut sum, mut time) = (0.0, 0.0);
        for (value, length) in self.held(from, until) {
            sum += value * length;
            time += length;
        }
        sum / time
    }

    /// Returns the largest value from `from` (or from where it is known) to `until`; NaN if no time has passed.
    pub(crate) fn most(&self, from: f64, until: f64) -> f64 {
        self.held(from, until).map(|(value, _)| value).fold(f64::NAN, f64::max)
    }

    /// Returns each value with how long it holds from `from` to `until`.
    fn held(&self, from: f64, until: f64) -> impl Iterator<Item = (f64, f64)> {
        let ends = self.points.iter().skip(1).map(|point| point.0).chain([f64::INFINITY]);
        self.points
            .iter()
            .zip(ends)
            .map(move |(&(at, value), end)| (value, end.min(until) - at.max(from)))
            .filter(|(_, length)| *length > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Steps;

    #[test]
    fn a_value_that_holds_for_no_time_is_left_out() {
        let mut steps = Steps::default();
        assert!(steps.is_empty() && steps.last().is_none() && steps.mean(0.0, 9.0).is_nan());
        for (at, value) in [(0.0, 1.0), (2.0, 1.0), (3.0, 7.0), (3.0, 1.0), (4.0, 2.0), (4.0, 5.0)]
        {
            steps.set(at, value);
        }
        assert_eq!(steps.points(), [(0.0, 1.0), (4.0, 5.0)]);
        assert_eq!(
            [-1.0, 0.0, 3.9, 4.0, 99.0].map(|at| steps.at(at)),
            [None, Some(1.0), Some(1.0), Some(5.0), Some(5.0)]
        );
        assert_eq!((steps.mean(0.0, 8.0), steps.mean(2.0, 5.0)), (3.0, 7.0 / 3.0));
        assert_eq!((steps.most(0.0, 4.0), steps.most(0.0, 5.0)), (1.0, 5.0));
        assert!(steps.mean(8.0, 8.0).is_nan());
    }
}
