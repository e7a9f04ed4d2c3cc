//! Levels, against the list of all their changes.

use asim::{Level, Simulation};

/// The times of the changes, and the values from then on; the last is the end.
type History = Vec<(f64, f64)>;

fn histories() -> Vec<(&'static str, History)> {
    let stream = Simulation::seeded(11).stream("levels");
    let walk = |step: &mut dyn FnMut(f64) -> f64| {
        let (mut now, mut value) = (5.0, 0.0);
        let mut history = vec![(now, value)];
        for _ in 0..2_000 {
            // Some changes come at one time.
            now += if stream.chance(0.3) { 0.0 } else { stream.exponential(1.0) };
            value = step(value);
            history.push((now, value));
        }
        history
    };
    let up = |value: f64| stream.chance(if value > 5.0 { 0.4 } else { 0.6 });
    vec![
        ("a line", walk(&mut |value| if up(value) { value + 1.0 } else { (value - 1.0).max(0.0) })),
        ("a tank", walk(&mut |value| if up(value) { value + 3.7 } else { (value - 1.1).max(0.0) })),
        ("below zero", walk(&mut |value| value + f64::from(stream.integer(-3..=3)) / 2.0)),
        ("very large", walk(&mut |value| value + stream.integer(0..=40) as f64)),
        ("no change", vec![(5.0, 3.0), (25.0, 3.0)]),
        ("no time", vec![(5.0, 3.0), (5.0, 4.0)]),
    ]
}

fn level(history: &[(f64, f64)]) -> Level {
    let mut level = Level::new(history[0].0, history[0].1);
    for &(now, value) in &history[1..] {
        level.set(now, value);
    }
    level
}

/// Returns the values with the times for which they held.
fn held(history: &[(f64, f64)]) -> Vec<(f64, f64)> {
    history
        .windows(2)
        .map(|pair| (pair[0].1, pair[1].0 - pair[0].0))
        .filter(|held| held.1 > 0.0)
        .collect()
}

fn share(held: &[(f64, f64)], of: impl Fn(f64) -> bool) -> f64 {
    let total: f64 = held.iter().map(|held| held.1).sum();
    held.iter().filter(|held| of(held.0)).map(|held| held.1).sum::<f64>() / total
}

#[test]
fn mean_deviation_extremes_and_shares_are_those_of_the_history() {
    for (name, history) in histories() {
        let (level, held) = (level(&history), held(&history));
        let total: f64 = held.iter().map(|held| held.1).sum();
        assert!((level.time() - (history.last().unwrap().0 - 5.0)).abs() < 1e-9, "{name}");
        if held.is_empty() {
            assert!(
                level.mean().is_nan() && level.sd().is_nan() && level.most().is_nan(),
                "{name}"
            );
            assert!(level.quantile(0.5).is_nan() && level.share_at(3).is_nan(), "{name}");
            continue;
        }
        let mean = held.iter().map(|(value, time)| value * time).sum::<f64>() / total;
        let squares: f64 = held.iter().map(|(value, time)| time * (value - mean).powi(2)).sum();
        assert!(
            (level.mean() - mean).abs() < 1e-9 * mean.abs().max(1.0),
            "{name}: {}",
            level.mean()
        );
        let sd = (squares / total).sqrt();
        assert!((level.sd() - sd).abs() < 1e-6 * sd.max(1.0), "{name}: {} for {sd}", level.sd());
        let values = || held.iter().map(|held| held.0);
        assert_eq!(level.least(), values().fold(f64::INFINITY, f64::min), "{name}");
        assert_eq!(level.most(), values().fold(f64::NEG_INFINITY, f64::max), "{name}");
        for value in 0..10 {
            let exact = share(&held, |held| held == f64::from(value));
            assert!((level.share_at(value as usize) - exact).abs() < 1e-9, "{name}: at {value}");
        }
        for bound in [-1.0, 0.0, 2.0, 5.0, 16_384.0] {
            let exact = share(&held, |held| held > bound);
            let near = share(&held, |held| {
                held.fract() != 0.0 && (held - bound).abs() <= bound.abs() / 64.0
            });
            let off = (level.share_above(bound) - exact).abs();
            assert!(off <= near + 1e-9, "{name}: {off} off above {bound}");
        }
    }
}

#[test]
fn a_quantile_of_whole_values_is_exact_and_of_others_nearly() {
    for (name, history) in histories() {
        let (level, mut held) = (level(&history), held(&history));
        held.sort_by(|one, other| one.0.total_cmp(&other.0));
        let total: f64 = held.iter().map(|held| held.1).sum();
        for p in [0.003, 0.1, 0.5, 0.77, 0.95, 0.999] {
            let mut sum = 0.0;
            let reached = held.iter().find(|held| {
                sum += held.1;
                sum >= p * total
            });
            let Some(&(exact, _)) = reached else { continue };
            let found = level.quantile(p);
            let allowed = if name == "a line" { 0.0 } else { exact.abs() / 256.0 + 1e-12 };
            assert!((found - exact).abs() <= allowed, "{name}, {p}: {found}, not {exact}");
        }
    }
}

#[test]
fn merged_levels_are_those_of_both_histories() {
    let histories = histories();
    let mut merged = level(&histories[0].1);
    let mut all = held(&histories[0].1);
    for (_, history) in &histories[1..] {
        merged.merge(&level(history));
        all.extend(held(history));
    }
    let total: f64 = all.iter().map(|held| held.1).sum();
    assert!((merged.time() - total).abs() < 1e-6);
    let mean = all.iter().map(|(value, time)| value * time).sum::<f64>() / total;
    assert!((merged.mean() - mean).abs() < 1e-9 * mean.abs());
    let squares: f64 = all.iter().map(|(value, time)| time * (value - mean).powi(2)).sum();
    assert!((merged.sd() / (squares / total).sqrt() - 1.0).abs() < 1e-9);
    assert!((merged.share_at(3) - share(&all, |value| value == 3.0)).abs() < 1e-9);
    assert_eq!(merged.value(), histories[0].1.last().unwrap().1);
}

#[test]
fn a_value_that_holds_for_no_time_does_not_count() {
    let mut line = Level::new(0.0, 0.0);
    line.set(3.0, 50.0);
    line.set(3.0, 1.0);
    line.advance(4.0);
    assert_eq!((line.most(), line.least(), line.mean()), (1.0, 0.0, 0.25));
}

#[test]
fn a_reset_keeps_the_value_and_nothing_else() {
    let mut level = Level::new(0.0, 2.0);
    level.set(4.0, 0.5);
    level.set(5.0, 7.0);
    level.reset(6.0);
    assert!(level.mean().is_nan() && level.time() == 0.0 && level.value() == 7.0);
    level.advance(8.0);
    assert_eq!((level.start(), level.mean(), level.share_at(7), level.sd()), (6.0, 7.0, 1.0, 0.0));
}

#[test]
fn a_level_that_grows_without_end_takes_bounded_memory() {
    let mut level = Level::new(0.0, 0.0);
    for value in 1..200_000 {
        level.set(f64::from(value), f64::from(value));
    }
    assert_eq!(level.share_below(16_384.0), 16_384.0 / 199_999.0);
    let median = level.quantile(0.5);
    assert!((median / 100_000.0 - 1.0).abs() < 1.0 / 256.0, "{median}");
    assert!(level.histogram().count() < 16_384 + 4 * 128 + 1);
}

#[test]
#[should_panic(expected = "a level is a finite number, not NaN")]
fn nan_is_refused() {
    Level::new(0.0, 0.0).set(1.0, f64::NAN);
}

#[test]
#[should_panic(expected = "a level that is known to time 5 cannot change at 4")]
fn time_does_not_go_back() {
    let mut level = Level::new(0.0, 0.0);
    level.set(5.0, 1.0);
    level.set(4.0, 2.0);
}
