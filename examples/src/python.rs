//! The numbers that Python's `random` draws from a seed, so that a model can be compared with its Python
//! original.
//!
//! Each function follows the one of the same name in Python's `Lib/random.py`, versions 3.11 to 3.13: a
//! generator seeded with the same number gives the same numbers. Seeding and `random()` follow
//! `Modules/_randommodule.c`: the Mersenne Twister MT19937, started by `init_by_array`.
//!
//! Logarithms come from `libm`, so a run is the same on every platform. Python uses the platform's
//! logarithm, which may round the last bit differently. So a few in a hundred draws of `expovariate` and
//! `normalvariate` differ from Python's by one unit in the last place, and seldom by two. The other
//! functions are exact.

use rand_mt::Mt;

/// Python's `random.Random`: one generator and its state.
///
/// ```
/// use asim_examples::python::Random;
///
/// let mut random = Random::seeded(42);
/// assert_eq!(random.random(), 0.6394267984578837);
/// assert_eq!(random.randint(1, 6), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    twister: Mt,
}

/// `NV_MAGICCONST`: 4 exp(-½) / √2.
const MAGIC: f64 = 1.715_527_769_921_413_5;

impl Random {
    /// Returns the generator after `random.seed(seed)`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the seed is taken apart into its words")]
    pub fn seeded(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        // Python's key has no leading zeros, but at least one word.
        let words = if high == 0 { 1 } else { 2 };
        Random { twister: Mt::new_with_key([low, high].into_iter().take(words)) }
    }

    /// Draws a number that is evenly distributed in `0.0 .. 1.0`.
    pub fn random(&mut self) -> f64 {
        let high = f64::from(self.twister.next_u32() >> 5);
        let low = f64::from(self.twister.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0 // 2²⁶, 2⁵³
    }

    /// Draws this number of random bits, from 0 to 64.
    ///
    /// # Panics
    ///
    /// If `bits` is more than 64.
    #[track_caller]
    pub fn getrandbits(&mut self, bits: u32) -> u64 {
        assert!(bits <= 64, "{bits} bits do not fit a u64");
        let mut word = |bits: u32| match bits {
            0 => 0,
            bits => u64::from(self.twister.next_u32() >> (32 - bits)),
        };
        let low = word(bits.min(32));
        low | word(bits.saturating_sub(32)) << 32
    }

    /// Draws a whole number in `0 .. end`, as Python's `_randbelow_with_getrandbits` does.
    ///
    /// # Panics
    ///
    /// If `end` is 0.
    #[track_caller]
    pub fn randbelow(&mut self, end: u64) -> u64 {
        assert!(end > 0, "there is no number below 0 to be drawn");
        let bits = u64::BITS - end.leading_zeros();
        loop {
            let drawn = self.getrandbits(bits);
            if drawn < end {
                return drawn;
            }
        }
    }

    /// Draws a whole number between two numbers, both included.
    ///
    /// # Panics
    ///
    /// If `low` is greater than `high`.
    #[track_caller]
    #[expect(clippy::cast_possible_truncation, reason = "at most `high`")]
    pub fn randint(&mut self, low: i32, high: i32) -> i32 {
        assert!(low <= high, "there is no number from {low} to {high} to be drawn");
        let width = i64::from(low).abs_diff(i64::from(high) + 1);
        i64::from(low).wrapping_add_unsigned(self.randbelow(width)) as i32
    }

    /// Draws one of these items.
    ///
    /// # Panics
    ///
    /// If there are no items.
    #[track_caller]
    #[expect(clippy::cast_possible_truncation, reason = "less than a length")]
    pub fn choice<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        assert!(!of.is_empty(), "there is nothing to choose from");
        &of[self.randbelow(of.len() as u64) as usize]
    }

    /// Draws a number that is evenly distributed between two numbers.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random()
    }

    /// Draws an exponentially distributed number with the given rate (one over the mean).
    pub fn expovariate(&mut self, rate: f64) -> f64 {
        -libm::log(1.0 - self.random()) / rate
    }

    /// Draws a normally distributed number with the given mean and standard deviation, by the method of
    /// Kinderman and Monahan.
    pub fn normalvariate(&mut self, mean: f64, deviation: f64) -> f64 {
        loop {
            let first = self.random();
            let second = 1.0 - self.random();
            let z = MAGIC * (first - 0.5) / second;
            if z * z / 4.0 <= -libm::log(second) {
                return mean + z * deviation;
            }
        }
    }
}

/// The expected numbers were printed by Python 3.11.
#[cfg(test)]
mod tests {
    use super::*;

    fn draw<T, const N: usize>(seed: u64, mut draw: impl FnMut(&mut Random) -> T) -> [T; N] {
        let mut random = Random::seeded(seed);
        std::array::from_fn(|_| draw(&mut random))
    }

    #[test]
    fn random_is_pythons() {
        assert_eq!(
            draw(42, Random::random),
            [0.639_426_798_457_883_7, 0.025_010_755_222_666_936, 0.275_029_318_369_119_26]
        );
        let mut random = Random::seeded(42);
        let far = (0..=100_000).map(|_| random.random()).last();
        assert_eq!((far, random.getrandbits(32)), (Some(0.575_586_384_458_254_6), 2_196_326_077));
    }

    #[test]
    fn every_bit_of_the_seed_counts() {
        let words = |seed| draw(seed, |random| random.getrandbits(32));
        assert_eq!(words(0), [3_626_764_237, 1_654_615_998, 3_255_389_356]);
        assert_eq!(words(1 << 32), [485_306_839, 1_508_871_100, 1_794_561_286]);
        assert_eq!(words(u64::MAX), [93_740_670, 1_068_495_656, 1_452_108_352]);
    }

    #[test]
    fn getrandbits_is_pythons() {
        let mut random = Random::seeded(42);
        assert_eq!(random.getrandbits(0), 0, "which draws nothing");
        assert_eq!(
            [1, 7, 32, 33, 53, 64].map(|bits| random.getrandbits(bits)),
            [1, 14, 107_420_369, 3_184_935_163, 2_010_501_012_863_888, 13_585_496_030_504_862_185]
        );
    }

    #[test]
    fn uniform_is_pythons() {
        assert_eq!(
            draw(42, |random| random.uniform(1.0, 3.0)),
            [2.278_853_596_915_767_3, 1.050_021_510_445_333_9, 1.550_058_636_738_238_5]
        );
    }

    #[test]
    fn randint_is_pythons() {
        let mut random = Random::seeded(42);
        assert_eq!([(); 12].map(|()| random.randint(5, 9)), [5, 5, 7, 6, 6, 6, 5, 9, 5, 9, 8, 5]);
        assert_eq!(
            [(); 3].map(|()| random.randint(i32::MIN, i32::MAX)),
            [-2_019_505_554, -1_208_440_693, 193_022_198]
        );
        assert_eq!(random.randint(7, 7), 7);
    }

    #[test]
    fn choice_is_pythons() {
        let drinks = ["tea", "milk", "coffee"];
        assert_eq!(
            draw(42, |random| *random.choice(&drinks)),
            ["coffee", "tea", "tea", "coffee", "milk", "tea", "tea", "tea"]
        );
    }

    #[test]
    fn expovariate_is_pythons() {
        near(
            draw(42, |random| random.expovariate(0.1)),
            [
                10.200_602_872_748_009,
                0.253_288_390_427_388_9,
                3.216_240_640_749_655_5,
                2.525_861_856_701_135_3,
            ],
        );
    }

    #[test]
    fn normalvariate_is_pythons() {
        near(
            draw(42, |random| random.normalvariate(10.0, 2.0)),
            [
                10.490_652_683_415_727,
                9.006_311_053_177_594,
                12.509_571_862_114_925,
                9.723_881_874_514_376,
                8.048_359_333_409_35,
                11.130_100_434_689_929,
            ],
        );
        assert_eq!(MAGIC, 4.0 * libm::exp(-0.5) / libm::sqrt(2.0));
    }

    /// Compares all but the last bit, which depends on the platform's logarithm.
    fn near<const N: usize>(drawn: [f64; N], python: [f64; N]) {
        for (ours, pythons) in drawn.iter().zip(python) {
            assert!(ours.to_bits().abs_diff(pythons.to_bits()) <= 1, "{ours} is not {pythons}");
        }
    }

    /// If this fails, the same seed gives another run on this platform.
    #[test]
    fn logarithms_are_the_same_everywhere() {
        let mut random = Random::seeded(42);
        let sum = |random: &mut Random, draw: fn(&mut Random) -> f64| {
            (0..10_000).fold(0, |sum: u64, _| sum.rotate_left(1) ^ draw(random).to_bits())
        };
        assert_eq!(sum(&mut random, |random| random.expovariate(0.1)), 4_300_829_231_609_764_784);
        assert_eq!(
            sum(&mut random, |random| random.normalvariate(10.0, 2.0)),
            8_817_404_239_639_582_028
        );
    }

    #[test]
    #[should_panic(expected = "there is no number from 9 to 5 to be drawn")]
    fn an_empty_range_is_refused() {
        Random::seeded(42).randint(9, 5);
    }

    #[test]
    #[should_panic(expected = "there is nothing to choose from")]
    fn nothing_is_refused() {
        Random::seeded(42).choice::<u8>(&[]);
    }
}
