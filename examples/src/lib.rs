//! The common parts of the examples: random numbers as Python draws them, or recorded ones; a table of
//! what happened when; and a function that gives SimPy's output in SimPy's order.
//!
//! The models are the files in the package's root. Each has its output beside it.

#![forbid(unsafe_code)]

pub mod draws;
mod error;
mod notes;
pub mod python;
mod record;
pub mod simpy;
pub mod trace;

pub use draws::Draws;
pub use trace::Trace;

/// The Rust code in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
