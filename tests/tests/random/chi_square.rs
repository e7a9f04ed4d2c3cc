//! How draws are compared with the distribution that they shall follow. The seeds are fixed, so a test
//! passes always or never.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// How many numbers are drawn for each comparison.
pub(crate) const DRAWS: usize = 1_000_000;

/// The draws are refused if they would be this unlikely.
const UNLIKELY: f64 = 0.001;

/// Compares numbers with a distribution function, by the counts in a thousand intervals (chi-square) and
/// by the greatest distance between the two functions (Kolmogorov and Smirnov).
pub(crate) fn follows(what: &str, mut draw: impl FnMut() -> f64, below: impl Fn(f64) -> f64) {
    let mut edges: Vec<f64> = (0..999).map(|_| draw()).collect();
    edges.sort_unstable_by(f64::total_cmp);
    let mut counts = vec![0_u32; edges.len() + 1];
    for _ in 0..DRAWS {
        let number = draw();
        counts[edges.partition_point(|edge| *edge < number)] += 1;
    }
    let number = DRAWS as f64;
    let (mut expected, mut before, mut seen, mut distance) = (Vec::new(), 0.0, 0.0, 0.0_f64);
    for (place, count) in counts.iter().enumerate() {
        let up_to = edges.get(place).map_or(1.0, |edge| below(*edge));
        assert!(up_to >= before, "{what}: the distribution function falls");
        expected.push((up_to - before) * number);
        seen += f64::from(*count) / number;
        distance = distance.max((seen - up_to).abs());
        before = up_to;
    }
    // 1.95 / sqrt(n) is exceeded once in a thousand samples.
    assert!(distance * number.sqrt() < 1.95, "{what}: the functions differ by {distance}");
    counts_are(what, &counts, &expected);
}

/// Compares whole numbers with their probabilities.
pub(crate) fn follows_whole(
    what: &str,
    mut draw: impl FnMut() -> u64,
    probability: impl Fn(u64) -> f64,
) {
    let mut counts = Vec::new();
    for _ in 0..DRAWS {
        let place = usize::try_from(draw()).unwrap();
        if place >= counts.len() {
            counts.resize(place + 1, 0_u32);
        }
        counts[place] += 1;
    }
    let mut expected: Vec<f64> =
        (0..counts.len() as u64).map(|count| probability(count) * DRAWS as f64).collect();
    // What is greater than all that was drawn.
    expected.push(DRAWS as f64 - expected.iter().sum::<f64>());
    counts.push(0);
    counts_are(what, &counts, &expected);
}

/// Compares counts with expected ones by the chi-square test. Neighbours of which too few are expected
/// count as one.
pub(crate) fn counts_are(what: &str, counts: &[u32], expected: &[f64]) {
    let (mut statistic, mut cells) = (0.0, 0);
    let (mut count, mut expect) = (0.0, 0.0);
    let mut left: f64 = expected.iter().sum();
    for (number, wanted) in counts.iter().zip(expected) {
        count += f64::from(*number);
        expect += wanted;
        left -= wanted;
        if expect >= 10.0 && left >= 10.0 {
            statistic += (count - expect) * (count - expect) / expect;
            cells += 1;
            (count, expect) = (0.0, 0.0);
        }
    }
    statistic += (count - expect) * (count - expect) / expect;
    assert!(cells > 0, "{what}: nothing to compare");
    let chance = ChiSquared::new(f64::from(cells)).unwrap().sf(statistic);
    assert!(
        (UNLIKELY..1.0 - UNLIKELY).contains(&chance),
        "{what}: a chi-square of {statistic} with {cells} degrees of freedom has a probability of {chance}"
    );
}
