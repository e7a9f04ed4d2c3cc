//! The mean and the standard deviation of each distribution are what its parameters say: to a part in a
//! thousand or so, which is what a million draws can tell.

use asim::Discrete;
use asim::prelude::*;

use crate::chi_square::DRAWS;

/// How many standard errors a million draws may be off. The seed is fixed, so a test passes always or
/// never.
const OFF: f64 = 3.5;

fn has(what: &str, mean: f64, deviation: f64, draw: impl Fn(&Stream) -> f64) {
    let stream = Stream::seeded(11, what);
    let (mut sum, mut squares, mut fourths) = (0.0, 0.0, 0.0);
    for _ in 0..DRAWS {
        let off = (draw(&stream) - mean) / deviation;
        sum += off;
        squares += off * off;
        fourths += off * off * off * off;
    }
    let number = DRAWS as f64;
    let (off, square, fourth) = (sum / number, squares / number, fourths / number);
    let error = 1.0 / number.sqrt();
    assert!(off.abs() < OFF * error, "{what}: the mean is {}, not {mean}", mean + off * deviation);
    let error = ((fourth - square * square) / number).sqrt();
    assert!(
        (square - 1.0).abs() < OFF * error,
        "{what}: the deviation is {}, not {deviation}",
        square.sqrt() * deviation
    );
}

#[test]
fn of_uniform_numbers() {
    has("uniform", 4.0, 2.0 / 12_f64.sqrt(), |s| s.uniform(3.0, 5.0));
    has("integer", 3.5, (35_f64 / 12.0).sqrt(), |s| f64::from(s.integer(1..=6)));
    has("chance", 0.3, 0.21_f64.sqrt(), |s| f64::from(u8::from(s.chance(0.3))));
}

#[test]
fn of_exponential_numbers_and_their_kin() {
    has("exponential", 10.0, 10.0, |s| s.exponential(10.0));
    // Of the shape 2: the square root of pi over 2, and of 1 less pi over 4.
    let quarter = std::f64::consts::FRAC_PI_4;
    has("weibull", 3.0 * quarter.sqrt(), 3.0 * (1.0 - quarter).sqrt(), |s| s.weibull(2.0, 3.0));
    has("pareto", 3.0 * 1.2, 3.0 * (6.0 / (25.0 * 4.0_f64)).sqrt(), |s| s.pareto(6.0, 3.0));
    has("arrivals", 0.5, 0.5, |s| s.arrivals(|_| 2.0, 5.0).next(0.0));
    has("arrivals_per", 5.0, 5.0, |s| s.arrivals_per(10.0, [2.0]).next(0.0));
}

#[test]
fn of_normal_numbers_and_their_kin() {
    has("normal", -3.0, 12.0, |s| s.normal(-3.0, 12.0));
    has("lognormal", 90.0, 30.0, |s| s.lognormal(90.0, 30.0));
    // Half of a normal distribution: the root of 2 over pi, and of 1 less 2 over pi.
    let part = std::f64::consts::FRAC_2_PI;
    has("normal_within", 4.0 * part.sqrt(), 4.0 * (1.0 - part).sqrt(), |s| {
        s.normal_within(0.0, 4.0, 0.0..)
    });
}

#[test]
fn of_triangular_and_gamma_numbers() {
    has("triangular", 11.0 / 3.0, (43_f64 / 18.0).sqrt(), |s| s.triangular(1.0, 2.0, 8.0));
    has("gamma(4.5)", 9.0, 18_f64.sqrt(), |s| s.gamma(4.5, 2.0));
    has("gamma(0.3)", 0.6, 1.2_f64.sqrt(), |s| s.gamma(0.3, 2.0));
    has("gamma(1e12)", 1e12, 1e6, |s| s.gamma(1e12, 1.0));
    has("erlang", 6.0, 6.0 / 3_f64.sqrt(), |s| s.erlang(3, 6.0));
    has("beta", 0.2, (0.16_f64 / 11.0).sqrt(), |s| s.beta(2.0, 8.0));
}

#[test]
fn of_counts() {
    has("geometric", 4.0, 12_f64.sqrt(), |s| s.geometric(0.25) as f64);
    has("poisson(3)", 3.0, 3_f64.sqrt(), |s| s.poisson(3.0) as f64);
    has("poisson(1000)", 1000.0, 1000_f64.sqrt(), |s| s.poisson(1000.0) as f64);
    has("poisson(1e9)", 1e9, 1e9_f64.sqrt(), |s| s.poisson(1e9) as f64);
    has("binomial(10)", 3.0, 2.1_f64.sqrt(), |s| s.binomial(10, 0.3) as f64);
    has("binomial(1000)", 700.0, 210_f64.sqrt(), |s| s.binomial(1000, 0.7) as f64);
    has("binomial(1e9)", 4e8, 2.4e8_f64.sqrt(), |s| s.binomial(1_000_000_000, 0.4) as f64);
}

#[test]
fn of_data() {
    has("discrete", 1.625, 0.484_375_f64.sqrt(), |s| {
        *s.discrete(&[(1.0, 4.0), (2.0, 3.0), (3.0, 1.0)])
    });
    let table = Discrete::new([(1.0, 4.0), (2.0, 3.0), (3.0, 1.0)]);
    has("Discrete", 1.625, 0.484_375_f64.sqrt(), |s| *table.draw(s));
    has("empirical", 4.0, 2.0 / 12_f64.sqrt(), |s| s.empirical(&[5.0, 3.0]));
}
