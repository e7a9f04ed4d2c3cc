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

use crate::for_seeds;

/// The usual number of programs: they take a few seconds in a debug build.
const USUALLY: u64 = 2_000;

fn wrong(program: &Program, seed: u64) -> Option<String> {
    let restart = usize::try_from(seed % 17).expect("small");
    match catch_unwind(AssertUnwindSafe(|| audit(program, restart))) {
        Ok(outcome) => outcome.err(),
        Err(_) => Some("a panic".to_owned()),
    }
}

#[test]
fn the_books_are_what_a_slow_recomputation_says() {
    let holds = |seed| wrong(&from_seed(seed), seed).is_none();
    for_seeds(USUALLY, holds, |seed| {
        let small = shrink(&from_seed(seed), |program| wrong(program, seed).is_some());
        let text = wrong(&small, seed).expect("it was shrunk as long as it failed");
        format!(
            "seed {seed} fails, and so does this:\n\n{small}\n{text}\nas code: {}",
            small.as_code()
        )
    });
}

#[test]
fn names_and_the_log_change_nothing() {
    let holds = |seed| compare::compare_named(&from_seed(seed)).is_ok();
    for_seeds(USUALLY, holds, |seed| {
        let text = compare::compare_named(&from_seed(seed)).err().unwrap_or_default();
        format!("seed {seed}, named and with the log: {text}")
    });
}
