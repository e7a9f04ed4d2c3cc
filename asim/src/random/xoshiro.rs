//! The generator: Xoshiro256++.
//!
//! Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM Transactions on
//! Mathematical Software 47(4), 2021, and its `xoshiro256plusplus.c`. Its period is 2^256 - 1, and it
//! passes all known batteries of tests.
//!
//! It is ours, and not a crate's: it is ten lines, its state can be in a `Cell`, and no new version of
//! a crate can change the numbers.

use crate::random::seed::SplitMix64;

/// The state of the generator.
pub(crate) type State = [u64; 4];

/// Returns the state that belongs to a key. Its words come from `SplitMix64`, as the authors advise; so
/// they are never all zero.
pub(crate) fn state_of(key: u64) -> State {
    let mut words = SplitMix64::new(key);
    [words.next(), words.next(), words.next(), words.next()]
}

/// Returns the next number and the state after it.
#[inline]
pub(crate) fn next([a, b, c, d]: State) -> (u64, State) {
    let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
    let (c, d) = (c ^ a, d ^ b);
    (drawn, [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the authors' C code prints from the state 1, 2, 3, 4.
    #[test]
    fn it_gives_the_numbers_of_its_authors() {
        let mut state = [1, 2, 3, 4];
        for expected in [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
            14_011_001_112_246_962_877,
            12_406_186_145_184_390_807,
            15_849_039_046_786_891_736,
            10_450_023_813_501_588_000,
        ] {
            let drawn;
            (drawn, state) = next(state);
            assert_eq!(drawn, expected);
        }
    }
}
