//! Random numbers that are the same, to the bit, on every platform.
//!
//! The generator is PCG with a fixed seed. Logarithms come from `libm`, which computes them in Rust. The
//! standard library would use the platform's.

use std::cell::RefCell;
use std::rc::Rc;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// One stream of random numbers. Clones draw from the same stream.
#[derive(Clone, Debug)]
pub struct Random(Rc<RefCell<Pcg64>>);

impl Random {
    /// Returns the stream of this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Random(Rc::new(RefCell::new(Pcg64::seed_from_u64(seed))))
    }

    /// Draws a number that is evenly distributed in `0.0 .. 1.0`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
    pub fn unit(&self) -> f64 {
        let bits = self.0.borrow_mut().next_u64() >> 11;
        bits as f64 / (1_u64 << 53) as f64
    }

    /// Draws a number that is evenly distributed in `low .. high`.
    #[must_use]
    pub fn uniform(&self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Draws an exponentially distributed number with the given mean.
    #[must_use]
    pub fn exponential(&self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }

    /// Returns `true` with the given probability.
    #[must_use]
    pub fn chance(&self, probability: f64) -> bool {
        self.unit() < probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If this fails, the recorded outputs are not those of this platform.
    #[test]
    fn the_stream_is_the_same_everywhere() {
        let random = Random::seeded(42);
        let drawn = [random.unit(), random.uniform(1.0, 3.0), random.exponential(10.0)];
        assert_eq!(
            drawn.map(f64::to_bits),
            [4_597_328_993_821_229_068, 4_609_336_100_402_858_683, 4_624_243_151_622_531_954]
        );
    }
}
