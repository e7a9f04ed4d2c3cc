//! Tallies, against a sorted list of all values.

use asim::{Simulation, Stream, Tally};

/// Values of several sizes and shapes, each with a name.
fn samples() -> Vec<(&'static str, Vec<f64>)> {
    let stream = Simulation::seeded(7).stream("values");
    let draw =
        |from: &dyn Fn(&Stream) -> f64| (0..5_000).map(|_| from(&stream)).collect::<Vec<_>>();
    vec![
        ("exponential", draw(&|s| s.exponential(3.0))),
        ("uniform, far from zero", draw(&|s| s.uniform(1e6, 1e6 + 1.0))),
        ("of both signs", draw(&|s| s.normal(0.0, 2.0))),
        ("half are zero", draw(&|s| if s.chance(0.5) { 0.0 } else { s.exponential(1.0) })),
        ("over forty octaves", draw(&|s| s.lognormal(1.0, 1e3))),
        ("whole numbers", draw(&|s| f64::from(s.integer(-20..=200)))),
        ("one value", vec![0.1]),
        ("all the same", vec![12.7; 100]),
    ]
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Returns the value at which a share `p` of the values is reached.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let rank = (p * sorted.len() as f64 * (1.0 - 1e-12)).ceil().max(1.0);
    sorted[rank as usize - 1]
}

fn assert_near(found: f64, expected: f64, relative: f64, of: &str) {
    let error = (found - expected).abs() / expected.abs().max(1e-300);
    assert!(
        found == expected || error <= relative,
        "{of}: {found}, not {expected} ({error:e} off)"
    );
}

#[test]
fn mean_deviation_and_extremes_are_those_of_the_values() {
    for (name, values) in samples() {
        let tally: Tally = values.iter().copied().collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sorted = sorted(&values);
        assert_eq!(tally.count(), values.len() as u64, "{name}");
        assert_near(tally.mean(), mean, 1e-12, name);
        if values.len() > 1 {
            let sd = (squares / (count - 1.0)).sqrt();
            assert!(
                (tally.sd() - sd).abs() <= 1e-9 * sd.max(1e-3),
                "{name}: {} for {sd}",
                tally.sd()
            );
        } else {
            assert!(tally.sd().is_nan());
        }
        assert_eq!((tally.least(), tally.most()), (sorted[0], sorted[sorted.len() - 1]), "{name}");
    }
}

#[test]
fn a_quantile_is_off_by_0_4_percent_at_most() {
    for (name, values) in samples() {
        let tally: Tally = values.iter().copied().collect();
        let sorted = sorted(&values);
        for p in [0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let exact = quantile(&sorted, p);
            assert_near(tally.quantile(p), exact, 1.0 / 256.0, &format!("{name}, {p}"));
        }
    }
}

#[test]
fn quantiles_and_shares_of_small_whole_numbers_are_exact() {
    let (_, values) = samples().swap_remove(5);
    let tally: Tally = values.iter().copied().collect();
    let sorted = sorted(&values);
    for percent in 0..=100 {
        let p = f64::from(percent) / 100.0;
        assert_eq!(tally.quantile(p), quantile(&sorted, p), "{p}");
    }
    for bound in [-20.0, -3.0, 0.0, 1.0, 100.5, 200.0] {
        let below = values.iter().filter(|&&value| value < bound).count() as f64;
        let above = values.iter().filter(|&&value| value > bound).count() as f64;
        assert_eq!(tally.share_below(bound), below / 5000.0, "below {bound}");
        assert_eq!(tally.share_above(bound), above / 5000.0, "above {bound}");
    }
}

#[test]
fn a_share_is_off_by_no_more_than_what_is_in_one_bucket() {
    for (name, values) in samples() {
        let tally: Tally = values.iter().copied().collect();
        for bound in [-2.0, 0.0, 0.3, 1.0, 3.3, 1e6 + 0.4] {
            let below = values.iter().filter(|&&value| value < bound).count() as f64;
            let near = |value: &&f64| (**value - bound).abs() <= bound.abs() / 64.0;
            let in_bucket = values.iter().filter(near).count() as f64;
            let off = (tally.share_below(bound) * values.len() as f64 - below).abs();
            assert!(off <= in_bucket + 1e-6, "{name}: {off} off below {bound}");
        }
    }
}

#[test]
fn the_histogram_has_every_value_once_and_in_order() {
    for (name, values) in samples() {
        let tally: Tally = values.iter().copied().collect();
        let bars: Vec<_> = tally.histogram().collect();
        assert_eq!(bars.iter().map(|bar| bar.2).sum::<u64>(), values.len() as u64, "{name}");
        assert!(bars.is_sorted_by(|one, next| one.1 <= next.0), "{name}");
        for (low, high, count) in bars {
            let is_in = |value: &f64| {
                if low < 0.0 {
                    low < *value && *value <= high
                } else {
                    low <= *value && *value < high
                }
            };
            let inside =
                values.iter().filter(|value| is_in(value) || (low == high && **value == low));
            assert_eq!(inside.count() as u64, count, "{name}: {low} to {high}");
        }
    }
}

#[test]
fn merged_in_any_order_it_is_the_tally_of_all() {
    let samples = samples();
    let all: Tally = samples.iter().flat_map(|(_, values)| values.iter().copied()).collect();
    let parts: Vec<Tally> =
        samples.iter().map(|(_, values)| values.iter().copied().collect()).collect();
    let merge = |order: &mut dyn Iterator<Item = &Tally>| {
        let mut merged = Tally::new();
        order.for_each(|part| merged.merge(part));
        merged
    };
    for merged in [merge(&mut parts.iter()), merge(&mut parts.iter().rev())] {
        assert_eq!(merged.count(), all.count());
        assert_near(merged.mean(), all.mean(), 1e-12, "the mean");
        assert_near(merged.sd(), all.sd(), 1e-9, "the deviation");
        assert_eq!((merged.least(), merged.most()), (all.least(), all.most()));
        assert!(merged.histogram().eq(all.histogram()));
        assert_eq!(merged.quantile(0.95), all.quantile(0.95));
    }
}

#[test]
fn nothing_merges_with_something() {
    let some: Tally = [1.0, 2.0].into_iter().collect();
    let mut merged = Tally::new();
    merged.merge(&some);
    assert_eq!(merged, some);
    merged.merge(&Tally::new());
    assert_eq!(merged, some);
}

#[test]
fn the_sum_of_whole_numbers_is_exact() {
    let tally: Tally = (1..=100_000).map(f64::from).collect();
    assert_eq!(tally.sum(), 5_000_050_000.0);
}

#[test]
fn without_values_nothing_is_known() {
    let tally = Tally::new();
    assert!(tally.is_empty() && tally.count() == 0 && tally.sum() == 0.0);
    for unknown in [
        tally.mean(),
        tally.sd(),
        tally.least(),
        tally.most(),
        tally.quantile(0.5),
        tally.share_above(0.0),
    ] {
        assert!(unknown.is_nan());
    }
}

#[test]
fn infinite_values_count_and_have_quantiles() {
    let tally: Tally = [1.0, f64::INFINITY, 2.0, f64::INFINITY].into_iter().collect();
    assert_eq!((tally.count(), tally.mean(), tally.most()), (4, f64::INFINITY, f64::INFINITY));
    assert_eq!(
        (tally.least(), tally.quantile(0.5), tally.quantile(0.6)),
        (1.0, 2.0, f64::INFINITY)
    );
    assert_eq!(tally.share_above(1e300), 0.5);
    assert!(tally.sd().is_nan());
    let both: Tally = [f64::INFINITY, f64::NEG_INFINITY].into_iter().collect();
    assert_eq!((both.least(), both.most()), (f64::NEG_INFINITY, f64::INFINITY));
    assert!(both.mean().is_nan());
    let only: Tally = [f64::INFINITY].into_iter().collect();
    assert_eq!(
        (only.least(), only.most(), only.quantile(0.3)),
        (f64::INFINITY, f64::INFINITY, f64::INFINITY)
    );
}

#[test]
#[should_panic(expected = "a tally takes no NaN")]
fn nan_is_refused() {
    Tally::new().add(f64::NAN);
}

#[test]
#[should_panic(expected = "a quantile is asked for with a share from 0 to 1, not 95")]
fn a_quantile_of_95_is_refused() {
    let _ = Tally::new().quantile(95.0);
}
