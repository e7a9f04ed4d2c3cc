//! Generated programs that are run and checked step by step. `tests/src` has the code that makes,
//! runs, checks and shrinks them.
//!
//! Read in this order: `one_instant` (every order of the few things that can hit one waiter at one
//! time), then `random_programs` (random programs over everything public). Both are checked against
//! the reference model. Then `hostile_programs`: user code that calls back and panics. It has no
//! model; the checks are rules that must hold whatever happens.
//!
//! The name of a module selects it. For a million programs:
//!
//! `ASIM_PROGRAMS=1000000 cargo test --release -p asim-tests --test programs random_programs`

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

mod one_instant;

mod hostile_programs;
mod measures;
mod random_programs;

/// Returns the number in a variable of the environment, if the variable is set.
fn number(variable: &str, otherwise: u64) -> u64 {
    let Ok(text) = std::env::var(variable) else { return otherwise };
    text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}"))
}

/// Checks the seeds from `ASIM_SEED` on, `ASIM_PROGRAMS` of them or as many as usual, on all cores. Returns the
/// first seed and how many they are. Panics with the report on one of them for which `holds` is false.
fn for_seeds(
    usually: u64,
    holds: impl Fn(u64) -> bool + Sync,
    report: impl Fn(u64) -> String + Sync,
) -> (u64, u64) {
    let first = number("ASIM_SEED", 0);
    let count = number("ASIM_PROGRAMS", usually);
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
                    if !holds(seed) {
                        // One failure is enough: the other threads stop while this thread shrinks
                        // the program.
                        next.fetch_add(count, Ordering::Relaxed);
                        panic!("{}", report(seed));
                    }
                }
            });
        }
    });
    (first, count)
}
