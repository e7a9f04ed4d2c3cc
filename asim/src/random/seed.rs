//! From a seed and a name to the state of a generator.
//!
//! Every stream has a *key* of 64 bits: a mix of the simulation's seed, the number of the replication and
//! the stream's name. The key alone decides which numbers the stream draws. So the order in which
//! streams are asked for does not matter, and one stream more changes no other.
//!
//! Nothing here may change: a change gives every model other numbers. That is why the hash of the name is
//! not the standard library's, which promises nothing of the kind.

/// The increment of `SplitMix64`: 2^64 over the golden ratio, made odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The generator `SplitMix64`: one word of state, which it counts up and scrambles.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; the
/// constants are those of Vigna's `splitmix64.c`.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        SplitMix64(seed)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        scrambled(self.0)
    }
}

/// The scrambling step of `SplitMix64`. No two words give the same.
#[inline]
fn scrambled(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Returns the key that belongs to a word below this key. No two words give the same.
pub(crate) fn key_below(key: u64, word: u64) -> u64 {
    scrambled(scrambled(key.wrapping_add(GOLDEN)) ^ word)
}

/// Returns the key of the stream of this name.
pub(crate) fn key_of(seed: u64, replication: u64, name: &str) -> u64 {
    key_below(key_below(key_below(0, seed), replication), hash(name))
}

/// The hash FNV-1a of 64 bits.
///
/// Source: Fowler, Noll, Vo and Eastlake, "The FNV non-cryptographic hash algorithm", RFC 9923.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Vigna's `splitmix64.c` prints.
    #[test]
    fn splitmix64_gives_the_numbers_of_its_authors() {
        let mut generator = SplitMix64::new(1_234_567);
        let drawn: Vec<u64> = (0..5).map(|_| generator.next()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    /// From the table of test vectors of the FNV hash.
    #[test]
    fn the_hash_gives_the_published_values() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }
}
