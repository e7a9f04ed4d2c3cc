//! Amounts in tenths, thirds and cents: the level is what it would be on paper.
#![allow(clippy::cast_precision_loss, reason = "the books are small whole numbers")]

use asim::prelude::*;

/// Random numbers, the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed >> 33) % end
    }

    /// A number from 0 to 1.
    fn share(&mut self) -> f64 {
        self.below(1 << 31) as f64 / (1_u64 << 31) as f64
    }
}

/// Puts and gets random tenths, thirds and cents, and keeps books in units of 1/300, where all of them are
/// whole. The level must be the number nearest to the books at every step. Some gets are dropped, so that
/// they come back. Returns how often the container was empty and how often it was full.
fn keep_books(operations: u32, capacity: Option<u64>, seed: u64) -> (u32, u32) {
    let sim = Simulation::new();
    let most = capacity.unwrap_or(u64::MAX);
    let tank = Container::new(&sim, capacity.map_or(f64::INFINITY, |units| units as f64 / 300.0));
    let (mut random, mut books, mut empty, mut full) = (Random(seed), 0_u64, 0, 0);
    for _ in 0..operations {
        let amount = match random.below(12) {
            0..4 => 30 * (1 + random.below(40)),
            4..7 => 100 * (1 + random.below(12)),
            7..10 => 3 * (1 + random.below(400)),
            10 => books.max(1),
            _ => (most - books).clamp(1, 1_000),
        };
        let real = amount as f64 / 300.0;
        if random.below(2) == 0 {
            assert_eq!(tank.try_put(real).is_ok(), amount <= most - books);
            books += if amount <= most - books { amount } else { 0 };
        } else if random.below(8) == 0 && amount <= books {
            let promised = tank.get(real);
            assert_eq!(tank.level().to_bits(), ((books - amount) as f64 / 300.0).to_bits());
            drop(promised);
        } else {
            assert_eq!(tank.try_get(real).is_ok(), amount <= books);
            books -= if amount <= books { amount } else { 0 };
        }
        assert_eq!(tank.level().to_bits(), (books as f64 / 300.0).to_bits());
        empty += u32::from(books == 0);
        full += u32::from(books == most);
    }
    if books > 0 {
        tank.try_get(books as f64 / 300.0).unwrap();
    }
    assert_eq!(tank.level().to_bits(), 0.0_f64.to_bits(), "everything was got");
    (empty, full)
}

#[test]
fn ten_puts_of_a_tenth_are_one() {
    for count in [3, 7, 10, 60, 100, 365, 1000] {
        let sim = Simulation::new();
        let tank = Container::new(&sim, 1.0);
        let get = tank.get(1.0);
        for _ in 0..count {
            assert!(!get.triggered());
            tank.try_put(1.0 / f64::from(count)).unwrap();
        }
        assert!(get.triggered(), "1/{count}");
        drop(get);
        assert_eq!(tank.level(), 1.0);
        assert!(tank.try_put(1e-6).is_err(), "full");
        for _ in 0..count {
            tank.try_get(1.0 / f64::from(count)).unwrap();
        }
        assert_eq!(tank.level().to_bits(), 0.0_f64.to_bits());
        assert!(tank.try_get(1e-6).is_err(), "empty");
    }
}

#[test]
fn the_level_is_what_stands_in_the_books() {
    for (seed, capacity) in [(1, Some(300)), (2, Some(1_000)), (3, Some(333)), (4, None)] {
        let (empty, full) = keep_books(20_000, capacity, seed);
        assert!(empty > 20 && (full > 20 || capacity.is_none()), "{empty} {full}");
    }
}

/// Puts random amounts that are no simple fractions, one by one, and gets the sum of some of them as the
/// model computes it, rounded. Returns the largest distance of the level from what is on paper.
fn round_sums(operations: u32, seed: u64) -> f64 {
    let sim = Simulation::new();
    let tank = Container::new(&sim, 10.0);
    let (mut random, mut drift) = (Random(seed), 0.0_f64);
    let mut cycles = 0;
    while cycles < operations {
        let parts: Vec<f64> = (0..=random.below(5)).map(|_| random.share() + 1e-3).collect();
        for &part in &parts {
            tank.try_put(part).unwrap();
        }
        let sum: f64 = parts.iter().sum();
        drift = drift.max((tank.level() - sum).abs());
        assert!(tank.try_get(sum).is_ok(), "{parts:?} are {sum}, and there is {}", tank.level());
        assert_eq!(tank.level().to_bits(), 0.0_f64.to_bits());
        cycles += 1;
    }
    drift
}

#[test]
fn what_the_model_rounds_does_not_keep_it_waiting_and_does_not_add_up() {
    assert!(round_sums(20_000, 7) < 1e-14);
}

#[test]
fn the_order_of_the_puts_makes_no_difference() {
    let sim = Simulation::new();
    let mut random = Random(5);
    for _ in 0..200 {
        let amounts: Vec<f64> = (0..50)
            .map(|_| {
                (random.share() * 6.0).exp()
                    * [1.0, 1e-9, 1e6][usize::try_from(random.below(3)).unwrap()]
            })
            .collect();
        let level = |amounts: &[f64]| {
            let tank = Container::new(&sim, f64::INFINITY);
            for &amount in amounts {
                tank.try_put(amount).unwrap();
            }
            tank.level()
        };
        let mut sorted = amounts.clone();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(level(&amounts).to_bits(), level(&sorted).to_bits());
    }
}

#[test]
fn what_is_too_much_by_more_than_a_rounding_error_is_refused() {
    let sim = Simulation::new();
    for level in [1.0, 0.1, 1e-30, 1e12, 123_456.789] {
        let tank = Container::new(&sim, level).with_level(level);
        let more = level * (1.0 + 1e-14);
        assert!(tank.try_get(more).is_err());
        tank.try_get(level).unwrap();
        assert!(tank.try_put(more).is_err());
        tank.try_put(level * (1.0 + f64::EPSILON)).unwrap();
        assert_eq!(tank.level(), level, "the capacity is not exceeded");
    }
    // A small amount beside a large one is not lost.
    let account = Container::new(&sim, f64::INFINITY);
    account.try_put(1e12).unwrap();
    account.try_put(0.01).unwrap();
    account.try_get(1e12).unwrap();
    assert_eq!(account.level(), 0.01);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ten million operations take long if they are not optimised")]
fn the_level_is_what_stands_in_the_books_after_ten_million_operations() {
    keep_books(5_000_000, Some(3_000), 11);
    keep_books(5_000_000, None, 12);
    assert!(round_sums(2_000_000, 13) < 1e-14);
}
