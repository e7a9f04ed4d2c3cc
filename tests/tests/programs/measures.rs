//! Random programs: what is measured of each object is what a slow recomputation says, and to be measured
//! changes nothing. `drive/audit.rs` says what is compared.
//!
//! `ASIM_PROGRAMS` and `ASIM_SEED` as for the other random programs.

use asim_tests::compare;
use asim_tests::drive::audit::audit;
use asim_tests::generate::from_seed;
use asim_tests::program::Program;
use asim_tests::shrink::shrink;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::number;

/// The usual number of programs: they take a few seconds in a debug build.
const USUALLY: u64 = 2_000;

fn wrong(program: &Program, seed: u64) -> Option<String> {
    let restart = usize::try_from(seed % 17).expect("small");
    match catch_unwind(AssertUnwindSafe(|| audit(program, restart))) {
        Ok(outcome) => outcome.err(),
        Err(_) => Some("a panic".to_owned()),
    }
}

/// Runs programs from the first seed on, on all cores.
fn for_programs(check: impl Fn(u64, &Program) + Sync) {
    let first = number("ASIM_SEED", 0);
    let count = number("ASIM_PROGRAMS", USUALLY);
    let next = AtomicU64::new(first);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - first >= count {
                        break;
                    }
                    check(seed, &from_seed(seed));
                }
            });
        }
    });
}

#[test]
fn the_books_are_what_a_slow_recomputation_says() {
    for_programs(|seed, program| {
        if wrong(program, seed).is_some() {
            let small = shrink(program, |program| wrong(program, seed).is_some());
            let text = wrong(&small, seed).expect("it was shrunk as long as it failed");
            panic!(
                "seed {seed} fails, and so does this:\n\n{small}\n{text}\nas code: {}",
                small.as_code()
            );
        }
    });
}

#[test]
fn names_and_the_log_change_nothing() {
    for_programs(|seed, program| {
        if let Err(text) = compare::compare_named(program) {
            panic!("seed {seed}, named and with the log: {text}");
        }
    });
}
