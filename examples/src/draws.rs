//! Random draws recorded from another run of a model, handed out again in the same order.
//!
//! A record is a CSV file with a header and one line a draw: the function of Python's `random`
//! that was called, its arguments, and what it returned.
//!
//! ```text
//! function,arguments,value
//! expovariate,0.1,10.200602872748009
//! uniform,1 3,1.0500215104453339
//! ```

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;

/// The draws of SimPy's documented bank model, seed 42.
pub const BANK_RENEGE: &str = include_str!("../bank_renege.draws.csv");

/// The draws of SimPy's documented car wash, seed 42.
pub const CARWASH: &str = include_str!("../carwash.draws.csv");

/// A recorded run's draws. Clones share one place in the record.
///
/// A draw that is not the one on record at that place means that the model asks in another order
/// than the recorded one did, and everything after it would be meaningless: it panics, at the
/// line of the model that asked.
///
/// ```
/// use asim_examples::Draws;
///
/// let draws: Draws = "function,arguments,value\nuniform,1 3,2.5\nrandint,5 9,7\n".parse()?;
/// assert_eq!(draws.uniform(1.0, 3.0), 2.5);
/// assert_eq!(draws.randint(5, 9), 7);
/// draws.finish()?;
/// # Ok::<(), asim_examples::draws::BadRecord>(())
/// ```
#[derive(Clone, Debug)]
pub struct Draws {
    record: Rc<[Draw]>,
    next: Rc<Cell<usize>>,
}

#[derive(Debug)]
struct Draw {
    line: usize,
    function: String,
    arguments: Vec<f64>,
    value: f64,
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// The command line is not `--draws FILE`.
    #[error("unknown argument `{0}`; the only one is `--draws FILE`")]
    Argument(String),
    /// The file cannot be read.
    #[error("cannot read the draws in {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
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

impl Draws {
    /// The draws in the file that the command line names with `--draws FILE`, or else `bundled`.
    ///
    /// # Errors
    ///
    /// If there are other arguments, if the file cannot be read, or if it is not a record.
    pub fn from_args(bundled: &str) -> Result<Self, BadRecord> {
        let mut args = std::env::args_os().skip(1);
        let Some(flag) = args.next() else {
            return bundled.parse();
        };
        if flag != "--draws" {
            return Err(BadRecord::Argument(flag.display().to_string()));
        }
        let Some(path) = args.next().map(PathBuf::from) else {
            return Err(BadRecord::Argument("--draws, without a file".into()));
        };
        if let Some(extra) = args.next() {
            return Err(BadRecord::Argument(extra.display().to_string()));
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => text.parse(),
            Err(source) => Err(BadRecord::Unreadable { path, source }),
        }
    }

    /// Exponentially distributed, with the given rate (one over the mean).
    ///
    /// # Panics
    ///
    /// If this is not the draw on record here.
    #[track_caller]
    #[must_use]
    pub fn expovariate(&self, rate: f64) -> f64 {
        self.draw("expovariate", &[rate])
    }

    /// Evenly distributed between two numbers.
    ///
    /// # Panics
    ///
    /// If this is not the draw on record here.
    #[track_caller]
    #[must_use]
    pub fn uniform(&self, low: f64, high: f64) -> f64 {
        self.draw("uniform", &[low, high])
    }

    /// A whole number between two, both included.
    ///
    /// # Panics
    ///
    /// If this is not the draw on record here.
    #[track_caller]
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "whole, and checked to be")]
    pub fn randint(&self, low: i32, high: i32) -> i32 {
        let value = self.draw("randint", &[low.into(), high.into()]);
        assert!(
            value == f64::from(value as i32),
            "the record's randint gave {value}, which is no whole number"
        );
        value as i32
    }

    /// Checks that the model has asked for every draw on record.
    ///
    /// # Errors
    ///
    /// [`BadRecord::LeftOver`], with the first draw that was not asked for.
    pub fn finish(&self) -> Result<(), BadRecord> {
        let asked = self.next.get();
        match self.record.get(asked) {
            None => Ok(()),
            Some(next) => Err(BadRecord::LeftOver {
                asked,
                recorded: self.record.len(),
                next: format!("{} (line {})", call(&next.function, &next.arguments), next.line),
            }),
        }
    }

    #[track_caller]
    fn draw(&self, function: &str, arguments: &[f64]) -> f64 {
        let asked = call(function, arguments);
        let place = self.next.get();
        let Some(draw) = self.record.get(place) else {
            panic!("the model asks for {asked}, but all {place} draws on record are spent");
        };
        assert!(
            draw.function == function && draw.arguments == arguments,
            "the model asks for {asked}, but draw {} on record (line {}) is {}",
            place + 1,
            draw.line,
            call(&draw.function, &draw.arguments),
        );
        self.next.set(place + 1);
        draw.value
    }
}

/// Reads the text of a record.
impl FromStr for Draws {
    type Err = BadRecord;

    fn from_str(text: &str) -> Result<Self, BadRecord> {
        let record: Result<Vec<Draw>, BadRecord> = (1..)
            .zip(text.lines())
            .skip(1) // the header
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(line, text)| {
                Draw::parse(line, text).ok_or_else(|| BadRecord::Line { line, text: text.into() })
            })
            .collect();
        Ok(Draws { record: record?.into(), next: Rc::default() })
    }
}

impl Draw {
    fn parse(line: usize, text: &str) -> Option<Draw> {
        let mut fields = text.trim().split(',');
        let (function, arguments, value) = (fields.next()?, fields.next()?, fields.next()?);
        let arguments = arguments.split_whitespace().map(str::parse).collect::<Result<_, _>>();
        match fields.next() {
            Some(_) => None,
            None => Some(Draw {
                line,
                function: function.into(),
                arguments: arguments.ok()?,
                value: value.parse().ok()?,
            }),
        }
    }
}

fn call(function: &str, arguments: &[f64]) -> String {
    let arguments: Vec<String> = arguments.iter().map(f64::to_string).collect();
    format!("{function}({})", arguments.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws() -> Draws {
        "function,arguments,value\nuniform,1 3,2.5\n".parse().unwrap()
    }

    #[test]
    #[should_panic(
        expected = "asks for uniform(1, 4), but draw 1 on record (line 2) is uniform(1, 3)"
    )]
    fn another_draw_is_told_apart() {
        let _ = draws().uniform(1.0, 4.0);
    }

    #[test]
    #[should_panic(expected = "asks for randint(5, 9), but all 1 draws on record are spent")]
    fn a_draw_too_many_is_told() {
        let draws = draws();
        assert_eq!(draws.uniform(1.0, 3.0), 2.5);
        let _ = draws.randint(5, 9);
    }

    #[test]
    fn a_draw_too_few_is_told() {
        assert_eq!(
            draws().finish().unwrap_err().to_string(),
            "the model asked for 0 of the 1 draws on record; next was uniform(1, 3) (line 2)"
        );
    }

    #[test]
    fn a_broken_line_is_named() {
        let broken = "function,arguments,value\nuniform,1 x,2.5\n".parse::<Draws>();
        assert_eq!(
            broken.unwrap_err().to_string(),
            "line 2 of the draws is not `function,arguments,value`: \"uniform,1 x,2.5\""
        );
    }
}
