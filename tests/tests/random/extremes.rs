//! Parameters at the limit: what they give is a number, and the right one.

use asim::prelude::*;
use asim::{Discrete, Empirical};

const TINY: f64 = f64::MIN_POSITIVE;

fn stream() -> Stream {
    Stream::seeded(7, "extremes")
}

#[test]
fn without_spread_a_draw_is_its_mean() {
    let s = stream();
    for _ in 0..100 {
        assert_eq!(s.exponential(0.0), 0.0);
        assert_eq!(s.erlang(4, 0.0), 0.0);
        assert_eq!(s.uniform(2.5, 2.5), 2.5);
        assert_eq!(s.normal(3.0, 0.0), 3.0);
        assert_eq!(s.normal_within(3.0, 0.0, 0.0..), 3.0);
        assert_eq!(s.normal_within(3.0, 5.0, 1.0..=1.0), 1.0);
        assert_eq!(s.lognormal(3.0, 0.0), 3.0);
        assert_eq!(s.triangular(4.0, 4.0, 4.0), 4.0);
        assert_eq!(s.weibull(2.0, 0.0), 0.0);
        assert_eq!(s.gamma(2.0, 0.0), 0.0);
        assert_eq!(s.poisson(0.0), 0);
        assert_eq!(s.integer(9..=9), 9);
        assert_eq!((s.binomial(0, 0.5), s.binomial(12, 0.0), s.binomial(12, 1.0)), (0, 0, 12));
        assert_eq!(s.binomial(1_000_000_000_000_000, 1.0), 1_000_000_000_000_000);
        assert_eq!(s.geometric(1.0), 1);
        assert!(s.chance(1.0) && !s.chance(0.0));
        assert_eq!(*s.choose(&["only"]), "only");
        assert_eq!(*s.discrete(&[("never", 0.0), ("always", 1e-300), ("nor", 0.0)]), "always");
        assert_eq!(s.empirical(&[7.0, 7.0]), 7.0);
    }
}

#[test]
fn whatever_is_drawn_is_a_number_within_its_range() {
    let s = stream();
    for _ in 0..10_000 {
        assert!(s.exponential(TINY) >= 0.0 && s.exponential(f64::MAX) > 0.0);
        assert!(s.exponential(1.0) > 0.0 && s.exponential(1.0) < 37.0);
        let next = 1.0_f64.next_up();
        assert_eq!(s.uniform(1.0, next), 1.0);
        assert!((-8e307..8e307).contains(&s.uniform(-8e307, 8e307)));
        for shape in [TINY, 0.001, 1000.0, 1e300] {
            assert!(s.weibull(shape, 1.0) >= 0.0);
            assert!(s.pareto(shape, 1.0) >= 1.0);
            let gamma = s.gamma(shape, 1.0);
            assert!((0.0..f64::INFINITY).contains(&gamma), "gamma({shape}) gave {gamma}");
            for other in [TINY, 0.001, 1000.0, 1e300] {
                let beta = s.beta(shape, other);
                assert!((0.0..=1.0).contains(&beta), "beta({shape}, {other}) gave {beta}");
            }
        }
        assert!((6.0..6.5).contains(&s.normal_within(0.0, 1.0, 6.0..6.5)));
        assert!((30.0..31.0).contains(&s.normal_within(0.0, 1.0, 30.0..)));
        assert!((-31.0..=-30.0).contains(&s.normal_within(0.0, 1.0, ..=-30.0)));
        assert!((1e-20..=2e-20).contains(&s.normal_within(0.0, 1.0, 1e-20..=2e-20)));
        assert!(s.lognormal(TINY, f64::MAX) >= 0.0 && s.lognormal(1e300, 1.0) > 9e299);
        assert!((0.0..=f64::MAX / 2.0).contains(&s.triangular(0.0, 1.0, f64::MAX / 2.0)));
        assert!(s.geometric(TINY) == u64::MAX && s.geometric(1e-15) > 0);
        assert!(s.binomial(1_000_000_000_000_000, 1e-15) < 40);
        let numbers = [-f64::MAX, f64::MAX];
        assert!((-f64::MAX..=f64::MAX).contains(&s.empirical(&numbers)));
        assert!((i64::MIN..=i64::MAX).contains(&s.integer(..)));
    }
}

/// The mean of a large number of draws, and its standard error.
fn mean_of(mut draw: impl FnMut() -> f64) -> (f64, f64) {
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..100_000 {
        let number = draw();
        sum += number;
        squares += number * number;
    }
    let mean = sum / 1e5;
    (mean, ((squares / 1e5 - mean * mean) / 1e5).sqrt())
}

#[test]
fn a_gamma_and_a_beta_of_a_tiny_shape_have_their_mean() {
    let s = stream();
    let near = |what: &str, (mean, error): (f64, f64), expected: f64| {
        assert!((mean - expected).abs() < 4.0 * error, "{what}: {mean} +- {error}, not {expected}");
        assert!(error < 0.2 * expected, "{what}: {error} is no precision");
    };
    near("gamma(0.001)", mean_of(|| s.gamma(0.001, 1000.0)), 1.0);
    near("beta(0.001, 0.003)", mean_of(|| s.beta(0.001, 0.003)), 0.25);
}

/// In the tail, the standard deviations of a very large shape: (x - a) / sqrt(a) is nearly normal.
#[test]
fn a_gamma_of_a_very_large_shape_is_normal() {
    let s = stream();
    for shape in [1e8, 1e14] {
        let mut beyond = [0_u32; 3];
        for _ in 0..200_000 {
            let z = (s.gamma(shape, 1.0) - shape) / f64::sqrt(shape);
            for (place, limit) in [1.0, 2.0, 3.0].into_iter().enumerate() {
                beyond[place] += u32::from(z.abs() > limit);
            }
        }
        for (count, share) in beyond.into_iter().zip([0.317_310_5, 0.045_500_3, 0.002_699_8]) {
            let expected = 200_000.0 * share;
            let off = (f64::from(count) - expected) / f64::sqrt(expected);
            assert!(off.abs() < 4.0, "shape {shape}: {count}, not {expected}");
        }
    }
}

#[test]
fn prepared_tables_draw_what_the_lists_draw() {
    let (one, other) = (stream(), stream());
    let weights = [('a', 0.1), ('b', 0.0), ('c', 0.7), ('d', 1e-9), ('e', 0.2), ('f', 0.0)];
    let numbers = [3.5, -1.0, 8.25, 8.25, 0.1];
    let (letters, observed) = (Discrete::new(weights), Empirical::new(numbers));
    for _ in 0..10_000 {
        assert_eq!(letters.draw(&one), other.discrete(&weights));
        assert_eq!(observed.draw(&one), other.empirical(&numbers));
    }
}

#[test]
fn a_value_without_weight_is_never_drawn() {
    let s = stream();
    for _ in 0..10_000 {
        assert_eq!(*s.discrete(&[(0, 0.0), (1, 1.0), (2, 0.0), (3, 1e-320), (4, 0.0)]) % 2, 1);
    }
}
