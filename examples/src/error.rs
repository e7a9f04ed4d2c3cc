//! The errors of a model's random numbers.

use std::path::PathBuf;
use std::{fmt, io};

/// The reason why a model's random numbers cannot be read or recorded.
#[derive(thiserror::Error)]
pub enum DrawsError {
    /// The command line has a word that is unknown, comes a second time, or has no value after it.
    #[error(
        "`{0}` on the command line: it takes `--seed N` or `--draws FILE`, and `--record FILE`"
    )]
    Argument(String),
    /// The word after `--seed` is not a seed.
    #[error("the seed is a whole number from 0 to {max}, not `{0}`", max = u64::MAX)]
    Seed(String),
    /// The file cannot be read.
    #[error("cannot read the draws in {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the draws to {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A line is not `function,arguments,value`.
    #[error("line {line} of the draws is not `function,arguments,value`: {text:?}")]
    Line {
        /// The number of the line, counted from 1; the header is line 1.
        line: usize,
        /// The text of the line.
        text: String,
    },
    /// The model ended before it had asked for every draw on record.
    #[error("the model asked for {asked} of the {recorded} draws on record; next was {next}")]
    LeftOver {
        /// The number of draws that the model asked for.
        asked: usize,
        /// The number of draws on record.
        recorded: usize,
        /// The first draw that was not asked for.
        next: String,
    },
}

/// The text of [`Display`](fmt::Display), as a `main` that returns the error prints its `Debug`.
impl fmt::Debug for DrawsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
