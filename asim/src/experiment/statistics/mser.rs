//! The end of the warm-up: MSER-5, and Welch's moving average.

use crate::measure::moments::Moments;

/// So many values of the series make a batch.
const BATCH: usize = 5;

/// With fewer batches nothing is said.
const FEWEST: usize = 10;

/// The last batches are no choice: the mean of a few values has a small error by chance.
const LAST: usize = 5;

/// Where the warm-up ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suggestion {
    /// So many values of the series, from its start, belong to the warm-up.
    Cut(usize),
    /// The series is too short to say it, or not all of its numbers are finite.
    NotLongEnough,
}

/// Returns where the warm-up ends, by MSER-5: the cut after which the standard error of the mean, as if the
/// batches of five values were independent, is the least. The series is best the mean over several
/// replications, value by value. If the cut is in the second half, the series is not long enough.
///
/// By K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69
/// (1997), 323-334; K. P. White, M. J. Cobb and S. C. Spratt, "A comparison of five steady-state truncation
/// heuristics for simulation", Winter Simulation Conference 2000, 755-760. K. Hoad, S. Robinson and R. Davies,
/// "Automating warm-up length estimation", Journal of the Operational Research Society 61 (2010), 1389-1403,
/// found it the best of 44 methods, and ignore the last five batches.
pub(crate) fn suggest(series: &[f64]) -> Suggestion {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(mean).collect();
    let count = batches.len();
    if count < FEWEST || batches.iter().any(|mean| !mean.is_finite()) {
        return Suggestion::NotLongEnough;
    }
    let mut kept = Moments::NONE;
    let (mut least, mut cut) = (f64::INFINITY, count);
    for (number, batch) in batches.iter().enumerate().rev() {
        kept.add(*batch);
        let error = kept.squares / (kept.weight * kept.weight);
        if count - number >= LAST && error <= least {
            (least, cut) = (error, number);
        }
    }
    if cut <= count / 2 { Suggestion::Cut(cut * BATCH) } else { Suggestion::NotLongEnough }
}

/// Returns the moving average of a series: each value becomes the mean of itself and `window` values on each
/// side; near the start, of as many on each side as there are before it. It is shorter by `window`.
///
/// By P. D. Welch, "The statistical analysis of simulation results", in: S. S. Lavenberg (ed.), Computer
/// Performance Modeling Handbook, 1983. (Law, section 9.5.1.)
pub(crate) fn welch(series: &[f64], window: usize) -> Vec<f64> {
    let count = series.len().saturating_sub(window);
    (0..count).map(|at| mean(&series[at - window.min(at)..=at + window.min(at)])).collect()
}

fn mean(values: &[f64]) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a count of values")]
    let count = values.len() as f64;
    values.iter().sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::{Suggestion, suggest, welch};

    /// A series that starts at 20 and settles at 10, with a disturbance that has no pattern.
    fn settling(count: u32, slowness: f64) -> Vec<f64> {
        let noise = |i: u32| libm::sin(f64::from(i) * 12.9898) * 43_758.545_3;
        (0..count)
            .map(|i| {
                10.0 + 10.0 * libm::exp(-f64::from(i) / slowness) + noise(i) - noise(i).floor()
            })
            .collect()
    }

    #[test]
    fn the_cut_is_what_numpy_finds() {
        // b = y[:len(y) // 5 * 5].reshape(-1, 5).mean(axis=1); k = len(b)
        // np.argmin([np.var(b[d:]) / (k - d) for d in range(k - 4)])
        let table = [(500, 20.0, 12), (1000, 40.0, 35), (503, 10.0, 17), (2000, 100.0, 104)];
        for (count, slowness, batches) in table {
            let found = suggest(&settling(count, slowness));
            assert_eq!(found, Suggestion::Cut(batches * 5), "{count} {slowness}");
        }
        // 53 of 60 batches: that is in the second half.
        assert_eq!(suggest(&settling(300, 200.0)), Suggestion::NotLongEnough);
    }

    #[test]
    fn a_series_that_is_settled_from_the_start_is_not_cut() {
        assert_eq!(suggest(&[7.0; 50]), Suggestion::Cut(0));
        let alternating: Vec<f64> = [1.0, 2.0].into_iter().cycle().take(1000).collect();
        assert_eq!(suggest(&alternating), Suggestion::Cut(0));
    }

    #[test]
    fn short_and_broken_series_say_nothing() {
        for series in [vec![], vec![1.0; 49], vec![f64::NAN; 100], vec![f64::INFINITY; 100]] {
            assert_eq!(suggest(&series), Suggestion::NotLongEnough);
        }
        // What grows for ever never settles.
        let growing: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(suggest(&growing), Suggestion::NotLongEnough);
    }

    #[test]
    fn the_moving_average_narrows_at_the_start() {
        let series = [1.0, 2.0, 6.0, 4.0, 7.0, 10.0];
        assert_eq!(welch(&series, 0), series);
        assert_eq!(welch(&series, 1), [1.0, 3.0, 4.0, 17.0 / 3.0, 7.0]);
        assert_eq!(welch(&series, 2), [1.0, 3.0, 4.0, 29.0 / 5.0]);
        assert_eq!(welch(&series, 3), [1.0, 3.0, 4.0]);
        assert_eq!(welch(&series, 7), [0.0; 0]);
    }
}
