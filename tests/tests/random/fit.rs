//! Each distribution is the one that it is named after: a million draws follow a distribution function
//! that another crate computes in another way.

use asim::prelude::*;
use asim::{Discrete, Empirical};
use statrs::distribution::{
    Beta, Binomial, ContinuousCDF, Discrete as _, Exp, Gamma, Geometric, LogNormal, Normal, Pareto,
    Poisson, Triangular, Weibull,
};

use crate::chi_square::{DRAWS, counts_are, follows, follows_whole};

fn stream(name: &str) -> Stream {
    Stream::seeded(2026, name)
}

#[test]
fn uniform() {
    let s = stream("uniform");
    follows("uniform(-3, 5)", || s.uniform(-3.0, 5.0), |x| (x + 3.0) / 8.0);
}

#[test]
fn integer() {
    let s = stream("integer");
    let share = |of: u64| move |n: u64| if n < of { 1.0 / of as f64 } else { 0.0 };
    follows_whole("integer(1..=6)", || s.integer(1_u64..=6) - 1, share(6));
    follows_whole("integer(-500..500)", || (s.integer(-500..500) + 500) as u64, share(1000));
    follows_whole("integer of a byte", || s.integer::<u8>(..).into(), share(256));
}

/// Without the rejection of a quarter of all numbers, every third number would come twice as often as the
/// others.
#[test]
fn integer_of_an_odd_range() {
    let s = stream("odd");
    let most = (1_u64 << 63) + (1 << 62);
    follows("a range of 3 / 4 of 2^64", || s.integer(0..most) as f64, |x| x / most as f64);
    let third = |n| if n < 3 { 1.0 / 3.0 } else { 0.0 };
    follows_whole("the rest by 3", || s.integer(0..most) % 3, third);
}

#[test]
fn chance_choose_and_shuffle() {
    let s = stream("chance");
    let of = DRAWS as f64;
    let yes = (0..DRAWS).filter(|_| s.chance(0.3)).count() as u32;
    counts_are("chance(0.3)", &[yes, DRAWS as u32 - yes], &[0.3 * of, 0.7 * of]);
    let items = [0_u64, 1, 2, 3, 4, 5, 6];
    follows_whole("choose", || *s.choose(&items), |n| if n < 7 { 1.0 / 7.0 } else { 0.0 });
    let order = || {
        let mut items = [0_u64, 1, 2, 3];
        s.shuffle(&mut items);
        items.iter().fold(0, |number, item| number * 4 + item)
    };
    let mut orders = Vec::new();
    for number in 0..256_u64 {
        let mut digits = [number / 64, number / 16 % 4, number / 4 % 4, number % 4];
        digits.sort_unstable();
        if digits == [0, 1, 2, 3] {
            orders.push(number);
        }
    }
    assert_eq!(orders.len(), 24);
    let rank = || orders.binary_search(&order()).unwrap() as u64;
    follows_whole("shuffle", rank, |n| if n < 24 { 1.0 / 24.0 } else { 0.0 });
}

#[test]
fn exponential() {
    let s = stream("exponential");
    let law = Exp::new(0.1).unwrap();
    follows("exponential(10)", || s.exponential(10.0), |x| law.cdf(x));
}

#[test]
fn weibull_and_pareto() {
    let s = stream("weibull");
    for (shape, scale) in [(0.5, 3.0), (1.0, 3.0), (2.5, 400.0)] {
        let law = Weibull::new(shape, scale).unwrap();
        follows(&format!("weibull({shape}, {scale})"), || s.weibull(shape, scale), |x| law.cdf(x));
    }
    let law = Pareto::new(7.0, 1.5).unwrap();
    follows("pareto(1.5, 7)", || s.pareto(1.5, 7.0), |x| law.cdf(x));
}

#[test]
fn normal() {
    let s = stream("normal");
    let law = Normal::new(-3.0, 12.0).unwrap();
    follows("normal(-3, 12)", || s.normal(-3.0, 12.0), |x| law.cdf(x));
}

#[test]
fn normal_within() {
    let s = stream("within");
    let law = Normal::new(10.0, 3.0).unwrap();
    for (low, high) in [(0.0, f64::INFINITY), (5.0, 8.0), (17.0, 25.0), (f64::NEG_INFINITY, 4.0)] {
        // By the tail that is the smaller one, as differences of probabilities near 1 are not exact.
        let below = |x: f64| {
            if low > 10.0 {
                (law.sf(low) - law.sf(x)) / (law.sf(low) - law.sf(high))
            } else {
                (law.cdf(x) - law.cdf(low)) / (law.cdf(high) - law.cdf(low))
            }
        };
        let what = format!("normal_within(10, 3, {low}..={high})");
        follows(&what, || s.normal_within(10.0, 3.0, low..=high), below);
    }
}

#[test]
fn lognormal() {
    let s = stream("lognormal");
    for (mean, deviation) in [(90.0_f64, 30.0_f64), (2.0, 10.0)] {
        let variance = (1.0 + (deviation / mean).powi(2)).ln();
        let law = LogNormal::new(mean.ln() - variance / 2.0, variance.sqrt()).unwrap();
        let what = format!("lognormal({mean}, {deviation})");
        follows(&what, || s.lognormal(mean, deviation), |x| law.cdf(x));
    }
}

#[test]
fn triangular() {
    let s = stream("triangular");
    for (low, mode, high) in [(1.0, 2.0, 8.0), (-4.0, -4.0, 1.0), (0.0, 3.0, 3.0)] {
        let law = Triangular::new(low, high, mode).unwrap();
        let what = format!("triangular({low}, {mode}, {high})");
        follows(&what, || s.triangular(low, mode, high), |x| law.cdf(x));
    }
}

#[test]
fn gamma_and_erlang() {
    let s = stream("gamma");
    for (shape, scale) in [(0.2, 5.0), (1.0, 2.0), (4.5, 0.5), (300.0, 2.0)] {
        let law = Gamma::new(shape, 1.0 / scale).unwrap();
        follows(&format!("gamma({shape}, {scale})"), || s.gamma(shape, scale), |x| law.cdf(x));
    }
    let law = Gamma::new(3.0, 0.5).unwrap();
    follows("erlang(3, 6)", || s.erlang(3, 6.0), |x| law.cdf(x));
}

/// With a shape of 0.001, nearly half of all numbers are too small for an `f64`: for these, the logarithm
/// of a share is compared.
#[test]
fn beta() {
    let s = stream("beta");
    for (a, b) in [(2.0, 5.0), (0.5, 0.5), (0.1, 3.0), (80.0, 40.0)] {
        let law = Beta::new(a, b).unwrap();
        follows(&format!("beta({a}, {b})"), || s.beta(a, b), |x| law.cdf(x));
    }
}

#[test]
fn geometric() {
    let s = stream("geometric");
    for p in [0.9, 0.3, 0.01] {
        let law = Geometric::new(p).unwrap();
        let what = format!("geometric({p})");
        follows_whole(&what, || s.geometric(p), |n| if n == 0 { 0.0 } else { law.pmf(n) });
    }
}

#[test]
fn poisson() {
    let s = stream("poisson");
    for mean in [0.1, 3.0, 9.99, 10.0, 15.0, 250.0] {
        let law = Poisson::new(mean).unwrap();
        follows_whole(&format!("poisson({mean})"), || s.poisson(mean), |n| law.pmf(n));
    }
}

/// Where the mean is large, the numbers are nearly normal. The correction is the first of Edgeworth's.
#[test]
fn poisson_with_a_large_mean() {
    let s = stream("large");
    for mean in [1e9, 1e15] {
        let (law, root) = (Normal::new(0.0, 1.0).unwrap(), f64::sqrt(mean));
        let draw = || (s.poisson(mean) as f64 + s.uniform(-0.5, 0.5) - mean) / root;
        follows(&format!("poisson({mean})"), draw, |x| law.cdf(x));
    }
}

#[test]
fn binomial() {
    let s = stream("binomial");
    let cases =
        [(10, 0.5), (30, 0.02), (30, 0.97), (40, 0.3), (40, 0.7), (1000, 0.45), (200_000, 0.9)];
    for (trials, p) in cases {
        let law = Binomial::new(p, trials).unwrap();
        let probability = |n| if n <= trials { law.pmf(n) } else { 0.0 };
        follows_whole(&format!("binomial({trials}, {p})"), || s.binomial(trials, p), probability);
    }
}

#[test]
fn discrete() {
    let s = stream("discrete");
    let weights = [(0_u64, 1.0), (1, 0.0), (2, 2.5), (3, 0.5), (4, 0.0)];
    let probability = |n: u64| weights.get(n as usize).map_or(0.0, |(_, weight)| weight / 4.0);
    follows_whole("discrete", || *s.discrete(&weights), probability);
    let table = Discrete::new(weights);
    follows_whole("Discrete", || *table.draw(&s), probability);
}

#[test]
fn empirical() {
    let s = stream("empirical");
    let table = Empirical::new([6.0, 1.0, 2.0, 2.0, 4.0]);
    // A quarter up to 2, a quarter at 2, and so on.
    let below = |x: f64| match x {
        x if x < 2.0 => (x - 1.0) / 4.0,
        x if x < 4.0 => 0.5 + (x - 2.0) / 8.0,
        x => 0.75 + (x - 4.0) / 8.0,
    };
    follows("Empirical", || table.draw(&s), below);
    let table = Empirical::from_points([(5.0, 0.0), (10.0, 50.0), (15.0, 90.0), (60.0, 100.0)]);
    let below = |x: f64| match x {
        x if x < 10.0 => (x - 5.0) / 10.0,
        x if x < 15.0 => 0.5 + (x - 10.0) * 0.08,
        x => 0.9 + (x - 15.0) / 450.0,
    };
    follows("from_points", || table.draw(&s), below);
}
