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

mod one_instant;

mod hostile_programs;
mod measures;
mod random_programs;

/// Returns the number in a variable of the environment, if the variable is set.
fn number(variable: &str, otherwise: u64) -> u64 {
    let Ok(text) = std::env::var(variable) else { return otherwise };
    text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text:?}"))
}
