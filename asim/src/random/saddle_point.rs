//! The probabilities of Poisson and binomial numbers, exact also where they are very large.
//!
//! Source: Loader, "Fast and accurate computation of binomial probabilities", 2000. The plain formulas
//! subtract logarithms of factorials, which are large and nearly equal; these do not.

use std::f64::consts::TAU;

/// Returns the logarithm of the probability that a Poisson number with this mean is `n`.
pub(crate) fn log_poisson(n: f64, mean: f64) -> f64 {
    if n == 0.0 {
        return -mean;
    }
    -stirling_error(n) - deviance(n, mean) - 0.5 * libm::log(TAU * n)
}

/// Returns the logarithm of the probability that `n` of `trials` succeed, each with the probability `p`,
/// which is neither 0 nor 1.
pub(crate) fn log_binomial(n: f64, trials: f64, p: f64) -> f64 {
    let (q, failed) = (1.0 - p, trials - n);
    if n == 0.0 {
        return trials * libm::log1p(-p);
    }
    if failed == 0.0 {
        return trials * libm::log(p);
    }
    stirling_error(trials)
        - stirling_error(n)
        - stirling_error(failed)
        - deviance(n, trials * p)
        - deviance(failed, trials * q)
        - 0.5 * libm::log(TAU * n * (failed / trials))
}

/// Returns ln n! less Stirling's approximation of it, `0.5 ln(2 pi n) + n ln n - n`, for an `n` of at
/// least 1.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - 0.5 * libm::log(TAU);
    }
    let square = n * n;
    let series = 1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - series / square) / square) / n
}

/// Returns `n ln(n / mean) + mean - n`.
fn deviance(n: f64, mean: f64) -> f64 {
    if (n - mean).abs() >= 0.1 * (n + mean) {
        return n * libm::log(n / mean) + mean - n;
    }
    let v = (n - mean) / (n + mean);
    let mut sum = (n - mean) * v;
    let mut power = 2.0 * n * v;
    let mut odd = 3.0;
    loop {
        power *= v * v;
        let next = sum + power / odd;
        if next == sum {
            return sum;
        }
        sum = next;
        odd += 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with 40 digits.
    #[test]
    fn the_probabilities_are_exact() {
        for (computed, expected) in [
            (log_poisson(0.0, 3.0), -3.0),
            (log_poisson(3.0, 3.5), -1.533_470_563_741_951),
            (log_poisson(15.0, 10.0), -3.360_494_988_930_206_3),
            (log_poisson(16.0, 20.0), -2.740_143_729_216_817),
            (log_poisson(100.0, 80.5), -5.413_657_113_111_721_5),
            (log_poisson(1_000_012_345.0, 1e9), -11.356_776_823_164_052),
            (log_poisson(1e14, 1e14), -17.037_034_184_162_994),
            (log_binomial(0.0, 30.0, 0.25), -8.630_462_173_553_427),
            (log_binomial(30.0, 30.0, 0.25), -41.588_830_833_596_72),
            (log_binomial(7.0, 30.0, 0.25), -1.794_348_774_229_819_2),
            (log_binomial(500.0, 1000.0, 0.5), -3.679_918_992_094_129_3),
            (log_binomial(300_005_000.0, 1e9, 0.3), -10.559_775_960_243_275),
        ] {
            let error = ((computed - expected) / expected).abs();
            assert!(error < 1e-13, "{computed}, not {expected}");
        }
    }
}
