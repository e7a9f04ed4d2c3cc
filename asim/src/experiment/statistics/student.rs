//! Student's t: how many standard errors an interval must reach to each side.
//!
//! It is computed here, from additions, divisions, roots and the logarithms of `libm`: the last bit of an
//! interval, and so the replication at which an experiment stops, is the same on every machine.

use std::f64::consts::PI;

use crate::random::normal_quantile;

/// From so many degrees of freedom on, the series of Cornish and Fisher is used: its error is less than 1e-12.
const MANY: f64 = 1000.0;

/// Returns the t that a variable of Student's distribution exceeds in size with the probability
/// 1 - `confidence`: the two-sided quantile. The degrees of freedom are 1 or more, and may be broken numbers.
///
/// By Student, "The probable error of a mean", Biometrika 6 (1908), 1-25. From 1000 degrees on by the series
/// of R. A. Fisher and E. A. Cornish, "The percentile points of distributions having known cumulants",
/// Technometrics 2 (1960), 209-225; below by Newton's method on the incomplete beta function. The error is
/// less than 1e-12 of the result, for a confidence from 0.5 to 0.999999.
pub(crate) fn critical(confidence: f64, degrees: f64) -> f64 {
    debug_assert!(confidence > 0.0 && confidence < 1.0 && degrees >= 1.0);
    let beyond = 1.0 - confidence;
    let z = -normal_quantile::quantile(0.5 * beyond);
    if degrees >= MANY {
        return from_normal(z, degrees);
    }
    // Newton's method, with the logarithms of t and of what lies beyond it. The curve is concave and falls, so
    // after the first step each step comes nearer from above.
    let (log_scale, log_beyond) = (log_scale(degrees), libm::log(beyond));
    let mut t = if degrees > 4.0 { from_normal(z, degrees) } else { z };
    for _ in 0..60 {
        let rest = both_tails(t, degrees, log_scale);
        let density = libm::exp(log_scale - 0.5 * (degrees + 1.0) * libm::log1p(t * t / degrees));
        let step = (libm::log(rest) - log_beyond) * rest / (2.0 * density * t);
        t *= libm::exp(step);
        if step.abs() < 1e-14 {
            break;
        }
    }
    t
}

/// Returns the quantile of Student's distribution from that of the normal one.
fn from_normal(z: f64, degrees: f64) -> f64 {
    let z2 = z * z;
    let series = [
        (z2 + 1.0) / 4.0,
        ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0,
        (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0,
        ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0,
    ];
    let sum = series.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees);
    z * (1.0 + sum)
}

/// Returns the logarithm of the density at zero.
fn log_scale(degrees: f64) -> f64 {
    let half = 0.5 * degrees;
    let ratio = if half < 50.0 {
        libm::lgamma(half + 0.5) - libm::lgamma(half)
    } else {
        // The difference of two large numbers would lose digits. (F. G. Tricomi and A. Erdelyi, "The asymptotic
        // expansion of a ratio of gamma functions", Pacific Journal of Mathematics 1 (1951), 133-142.)
        let square = half * half;
        0.5 * libm::log(half)
            + (-1.0 / 8.0
                + (1.0 / 192.0 + (-1.0 / 640.0 + 17.0 / 14336.0 / square) / square) / square)
                / half
    };
    ratio - 0.5 * libm::log(degrees * PI)
}

/// Returns the probability of more than t, or less than -t.
fn both_tails(t: f64, degrees: f64, log_scale: f64) -> f64 {
    let (half, square) = (0.5 * degrees, t * t);
    let (inner, outer) = (square / (degrees + square), degrees / (degrees + square));
    // The front of the incomplete beta function: x^a (1 - x)^b / B(a, b), with B(1/2, degrees / 2).
    let front =
        libm::exp(log_scale + 0.5 * libm::log(degrees) - half * libm::log1p(square / degrees))
            * libm::sqrt(inner);
    if outer < (half + 1.0) / (half + 2.5) {
        front * beta_fraction(half, 0.5, outer) / half
    } else {
        1.0 - front * beta_fraction(0.5, half, inner) / 0.5
    }
}

/// Returns the continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8), by the
/// method of W. J. Lentz, "Generating Bessel functions in Mie scattering calculations using continued
/// fractions", Applied Optics 15 (1976), 668-671.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let not_zero = |number: f64| if number.abs() < 1e-300 { 1e-300 } else { number };
    let mut above = 1.0;
    let mut below = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = below;
    // Near the middle it takes a few times the root of the larger of a and b, which is below 500 here.
    for m in 1..1000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            below = 1.0 / not_zero(1.0 + term * below);
            above = not_zero(1.0 + term / above);
            fraction *= above * below;
        }
        if (fraction - before).abs() < 1e-16 * fraction.abs() {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::critical;

    #[test]
    fn t_is_what_scipy_says() {
        // from scipy.stats import t; t.isf((1 - confidence) / 2, degrees), SciPy 1.17.1
        let degrees = [1.0, 2.0, 5.0, 7.5, 19.0, 99.0, 1000.0, 1e6];
        let table = [
            (
                0.5,
                [
                    1.000_000_000_000_000_2,
                    0.816_496_580_927_726_1,
                    0.726_686_843_800_422_6,
                    0.708_599_580_444_259_6,
                    0.687_621_460_203_960_2,
                    0.676_975_985_546_153_1,
                    0.674_735_164_607_009_3,
                    0.674_489_995_531_087_5,
                ],
            ),
            (
                0.95,
                [
                    12.706_204_736_174_694,
                    4.302_652_729_749_462,
                    2.570_581_835_636_314_6,
                    2.333_039_626_864_974,
                    2.093_024_054_408_308_7,
                    1.984_216_951_586_417_4,
                    1.962_339_080_826_408_3,
                    1.959_966_356_814_107,
                ],
            ),
            (
                0.999_999,
                [
                    636_619.772_348_751_3,
                    999.999_249_985_465_9,
                    28.478_473_462_819_565,
                    14.363_286_244_926_993,
                    7.069_118_187_044_322,
                    5.217_164_206_642_669,
                    4.922_289_523_423_825,
                    4.891_668_960_704_727,
                ],
            ),
        ];
        for (confidence, row) in table {
            for (degrees, t) in degrees.into_iter().zip(row) {
                let found = critical(confidence, degrees);
                assert!((found / t - 1.0).abs() < 1e-12, "{confidence} {degrees}: {found} for {t}");
            }
        }
    }

    #[test]
    fn few_degrees_have_closed_forms() {
        // One degree: the Cauchy distribution. Two: Student's own formula.
        for confidence in [1e-6, 0.1, 0.5, 0.9, 0.99, 0.999_999_9] {
            let one = libm::tan(std::f64::consts::FRAC_PI_2 * confidence);
            let two = confidence * (2.0 / (1.0 - confidence * confidence)).sqrt();
            for (degrees, t) in [(1.0, one), (2.0, two)] {
                let found = critical(confidence, degrees);
                assert!((found / t - 1.0).abs() < 1e-9, "{confidence} {degrees}: {found} for {t}");
            }
        }
    }

    #[test]
    fn t_falls_with_the_degrees_and_rises_with_the_confidence() {
        for confidence in [0.1, 0.8, 0.95, 0.999_999] {
            let z = critical(confidence, 1e15);
            let mut above = f64::INFINITY;
            for degrees in (1..1200).map(f64::from) {
                let t = critical(confidence, degrees);
                assert!(t < above && t > z, "{confidence} {degrees}: {t}");
                assert!(t < critical(confidence + 1e-7, degrees), "{confidence} {degrees}");
                above = t;
            }
        }
    }
}
