//! What can go wrong with a model's random numbers.

use std::path::PathBuf;
use std::{fmt, io};

/// Why a model's random numbers cannot be had, or not be recorded.
#[derive(thiserror::Error)]
pub enum DrawsError {
    /// The command line has a word that is unknown, comes a second time, or lacks what belongs to
    /// it.
    #[error(
        "`{0}` on the command line: it takes `--seed N` or `--draws FILE`, and `--record FILE`"
    )]
    Argument(String),
    /// What follows `--seed` is no seed.
    #[error("the seed is a whole number from 0 to {max}, not `{0}`", max = u64::MAX)]
    Seed(String),
    /// The file cannot be read.
    #[error("cannot read the draws in {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the draws to {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not `function,arguments,value`.
    #[error("line {line} of the draws is not `function,arguments,value`: {text:?}")]
    Line {
        /// Counted from 1; the header is line 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// The model ended before it had asked for every draw on record.
    #[error("the model asked for {asked} of the {recorded} draws on record; next was {next}")]
    LeftOver {
        /// How many draws the model asked for.
        asked: usize,
        /// How many there are.
        recorded: usize,
        /// The first one not asked for.
        next: String,
    },
}

/// As [`Display`](fmt::Display) has it: this is what a `main` prints that returns the error.
impl fmt::Debug for DrawsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
