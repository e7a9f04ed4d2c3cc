//! The crates of the `rand` family draw from a stream.

use asim::prelude::*;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Gumbel};

#[test]
fn a_stream_is_a_generator_of_rand() {
    let mut stream = Stream::seeded(42, "x");
    assert!((3..9).contains(&stream.random_range(3..9)));
    assert!([1, 2, 3].choose(&mut stream).is_some());
    let gumbel = Gumbel::new(5.0, 2.0).unwrap();
    let mean = (0..10_000).map(|_| gumbel.sample(&mut stream)).sum::<f64>() / 10_000.0;
    assert!((6.05..6.26).contains(&mean), "{mean}"); // 5 + 2 * 0.5772
}

#[test]
fn so_is_a_reference_to_one() {
    let stream = Stream::seeded(42, "x");
    let gumbel = Gumbel::new(5.0, 2.0).unwrap();
    let first = gumbel.sample(&mut &stream);
    assert_ne!(gumbel.sample(&mut &stream), first);
    assert_eq!(gumbel.sample(&mut Stream::seeded(42, "x")), first);
}

#[test]
fn bytes_and_halves_are_those_of_the_numbers() {
    let (mut stream, mut twin) = (Stream::seeded(1, "x"), Stream::seeded(1, "x"));
    let mut bytes = [0; 19];
    stream.fill_bytes(&mut bytes);
    let words = [twin.next_u64(), twin.next_u64(), twin.next_u64()];
    let expected: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert_eq!(bytes, expected[..19]);
    assert_eq!(u64::from(stream.next_u32()), twin.next_u64() >> 32);
}
