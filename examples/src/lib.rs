//! What the examples share: random numbers, recorded or seeded, and a table of what happened when.
//!
//! The models themselves are the files in the package's root, one each, with its output beside it.

#![forbid(unsafe_code)]

pub mod draws;
pub mod random;
pub mod trace;

pub use draws::Draws;
pub use random::Random;
pub use trace::Trace;

/// The Rust code in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
