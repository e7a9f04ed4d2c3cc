//! Bins: a distribution, cut at round numbers for a histogram.

use crate::report::draw::axis::round_edges;

/// How many bars there are at most.
const MOST: u32 = 40;
/// What is farther out than so many times the body, at either side, is put into one bar.
const FAR: f64 = 2.0;

/// A distribution in bins.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Bins {
    pub(crate) inside: Vec<Bin>,
    /// What lies below and above all bins.
    pub(crate) below: f64,
    pub(crate) above: f64,
    /// Whether all numbers are whole. Then a bin has its ends.
    pub(crate) are_whole: bool,
}

/// What lies between two numbers: the lower one belongs to it, the upper one does not; to the last bin it does. If all
/// numbers are whole, or there is only one, both do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bin {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) weight: f64,
}

impl Bins {
    /// Cuts pieces of a distribution, the least first: from where, to where, and how much. A piece goes to the bin of its
    /// middle as a whole, so nothing is lost or counted twice. `least` and `most` are the extremes.
    pub(crate) fn of(pieces: &[(f64, f64, f64)], least: f64, most: f64) -> Self {
        let middle = |&(low, high, weight): &(f64, f64, f64)| {
            (f64::midpoint(low, high).clamp(least, most), weight)
        };
        if pieces.is_empty() {
            return Bins::default();
        }
        let middles: Vec<(f64, f64)> = pieces.iter().map(middle).collect();
        let is_whole = |&(low, high, _): &(f64, f64, f64)| {
            low.to_bits() == high.to_bits() && (low.fract() == 0.0 || low.is_infinite())
        };
        let are_whole = pieces.iter().all(is_whole);
        let finite: Vec<(f64, f64)> =
            middles.iter().copied().filter(|(number, _)| number.is_finite()).collect();
        let mut bins = Bins { are_whole, ..Bins::default() };
        if let Some((from, to)) = body(&finite, least, most) {
            bins.inside = edges(from, to, are_whole);
        }
        for (number, weight) in middles {
            let after = bins.inside.partition_point(|bin| bin.from <= number);
            let last = bins.inside.len();
            match bins.inside.get_mut(after.wrapping_sub(1)) {
                Some(bin) if after < last || number <= bin.to => bin.weight += weight,
                Some(_) => bins.above += weight,
                None if number > 0.0 && number.is_infinite() => bins.above += weight,
                None => bins.below += weight,
            }
        }
        bins
    }
}

/// Returns from where to where the bins go: all that is finite, without tails that would leave no room for the rest.
fn body(finite: &[(f64, f64)], least: f64, most: f64) -> Option<(f64, f64)> {
    let first = finite.first()?.0;
    let last = finite.last()?.0;
    let (least, most) =
        (if least.is_finite() { least } else { first }, if most.is_finite() { most } else { last });
    let total: f64 = finite.iter().map(|(_, weight)| weight).sum();
    let reach = |share: f64| {
        let mut sum = 0.0;
        let found = finite.iter().find(|(_, weight)| {
            sum += weight;
            sum >= share * total
        });
        found.map_or(last, |(number, _)| *number)
    };
    let (low, high) = (reach(0.01), reach(0.99));
    let width = FAR * high - FAR * low;
    if width <= 0.0 {
        return Some((least, most));
    }
    let from = if low - least > width { low } else { least };
    let to = if most - high > width { high } else { most };
    Some((from, to))
}

/// Returns empty bins that reach from the one number to the other.
fn edges(from: f64, to: f64, are_whole: bool) -> Vec<Bin> {
    let bin = |from: f64, to: f64| Bin { from, to, weight: 0.0 };
    // Numbers that hardly differ have no round numbers between them.
    if 0.5 * to - 0.5 * from <= from.abs().max(to.abs()) * 1e-9 {
        return vec![bin(from, to)];
    }
    let edges = round_edges(from, to, MOST, are_whole);
    let mut bins: Vec<Bin> = edges.windows(2).map(|pair| bin(pair[0], pair[1])).collect();
    if are_whole {
        // The last of each is the number before the next one.
        for bin in &mut bins {
            bin.to -= 1.0;
        }
        while bins.last().is_some_and(|bin| bin.from > to) {
            bins.pop();
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::{Bin, Bins};
    use crate::measure::tally::Tally;

    fn of(tally: &Tally) -> Bins {
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let pieces: Vec<(f64, f64, f64)> =
            tally.histogram().map(|(low, high, count)| (low, high, count as f64)).collect();
        Bins::of(&pieces, tally.least(), tally.most())
    }

    #[test]
    fn every_value_is_in_one_bin() {
        let mut state = 5_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            #[allow(clippy::cast_precision_loss, reason = "it is a share")]
            let share = (state >> 11) as f64 / (1_u64 << 53) as f64;
            share
        };
        for round in 0..400_u32 {
            let mut tally = Tally::new();
            let many = round * 31 % 2_000;
            for _ in 0..many {
                tally.add(match round % 8 {
                    0 => -libm::log(1.0 - draw()),
                    1 => (draw() * 30.0).floor(),
                    2 => (draw() * 30_000.0).floor() - 7_000.0,
                    3 => libm::exp(24.0 * draw() - 12.0),
                    4 if draw() < 0.1 => f64::INFINITY,
                    5 if draw() < 0.1 => f64::NEG_INFINITY,
                    6 => 1e300 * (draw() - 0.5),
                    7 => 5.0 + 1e-12 * draw(),
                    _ => draw() * 1e-3,
                });
            }
            let bins = of(&tally);
            let sum: f64 = bins.inside.iter().map(|bin| bin.weight).sum();
            #[allow(clippy::cast_precision_loss, reason = "a small number")]
            let count = tally.count() as f64;
            assert_eq!(sum + bins.below + bins.above, count, "{bins:?}");
            assert!(bins.inside.len() <= 42, "{}", bins.inside.len());
            assert!(bins.inside.is_sorted_by(|one, other| one.to <= other.from));
            let is_wide = round % 8 == 0 && many > 20;
            assert!(!is_wide || bins.inside.len() >= 10, "{bins:?}");
            // A tail is one bar, and it is small.
            if round % 8 < 4 && many > 0 {
                assert!(bins.below + bins.above <= 0.021 * count.max(50.0), "{bins:?}");
            }
        }
    }

    #[test]
    fn whole_numbers_have_a_bin_each() {
        let tally: Tally = [0.0, 1.0, 1.0, 3.0].into_iter().collect();
        let bin = |number: f64, weight: f64| Bin { from: number, to: number, weight };
        assert_eq!(of(&tally).inside, [bin(0.0, 1.0), bin(1.0, 2.0), bin(2.0, 0.0), bin(3.0, 1.0)]);
        let tally: Tally = (0..200).map(f64::from).collect();
        let bins = of(&tally);
        assert_eq!(bins.inside[0], Bin { from: 0.0, to: 4.0, weight: 5.0 });
        assert_eq!(bins.inside.len(), 40);
        let one: Tally = [2.5, 2.5].into_iter().collect();
        assert_eq!(of(&one).inside, [bin(2.5, 2.0)]);
        let endless: Tally = [f64::INFINITY].into_iter().collect();
        assert_eq!((of(&endless).above, of(&Tally::new())), (1.0, Bins::default()));
    }
}
