//! A record of draws that is replayed: each line has a call and what it returned.

use std::fmt;
use std::str::FromStr;

use crate::error::DrawsError;

/// The first line of a record.
pub(crate) const HEADER: &str = "function,arguments,value";

/// A record that is being replayed.
#[derive(Debug)]
pub(crate) struct Record {
    draws: Vec<Draw>,
    next: usize,
}

impl Record {
    /// Returns what the function returned.
    #[track_caller]
    pub(crate) fn number(&mut self, function: &str, arguments: &[f64]) -> f64 {
        self.number_and_line(function, arguments).0
    }

    /// Returns what the function returned, if that is a whole number.
    #[track_caller]
    #[expect(clippy::cast_possible_truncation, reason = "whole, and checked to be")]
    pub(crate) fn whole_number(&mut self, function: &str, arguments: &[f64]) -> i32 {
        let (value, line) = self.number_and_line(function, arguments);
        let whole = value as i32;
        assert!(
            value == f64::from(whole),
            "line {line} of the draws: {function} gave {value}, which is no whole number"
        );
        whole
    }

    #[track_caller]
    fn number_and_line(&mut self, function: &str, arguments: &[f64]) -> (f64, usize) {
        let asked = Numbers { function, arguments };
        let draw = self.next(&asked, |draw| match &draw.call {
            Call::Number { function: f, arguments: a, .. } => f == function && a == arguments,
            Call::Choice { .. } => false,
        });
        let Call::Number { value, .. } = draw.call else { unreachable!("the next draw is one") };
        (value, draw.line)
    }

    /// Returns the item that was chosen.
    #[track_caller]
    pub(crate) fn choice<'a, T: fmt::Display>(&mut self, of: &'a [T]) -> &'a T {
        let draw = self.next(&"choice(..)", |draw| matches!(draw.call, Call::Choice { .. }));
        let Call::Choice { value } = &draw.call else { unreachable!("the next draw is one") };
        let by_place = || value.parse().ok().and_then(|place: usize| of.get(place));
        match of.iter().find(|item| item.to_string() == *value).or_else(by_place) {
            Some(item) => item,
            None => panic!(
                "line {} of the draws: choice gave {value:?}, which is neither the text nor the place \
                 of one of {:?}",
                draw.line,
                of.iter().map(T::to_string).collect::<Vec<_>>(),
            ),
        }
    }

    /// Checks that every draw has been asked for.
    pub(crate) fn finish(&self) -> Result<(), DrawsError> {
        match self.draws.get(self.next) {
            None => Ok(()),
            Some(next) => Err(DrawsError::LeftOver {
                asked: self.next,
                recorded: self.draws.len(),
                next: format!("{next} (line {})", next.line),
            }),
        }
    }

    /// Takes the next draw on record, if it is the one that the model asks for.
    #[track_caller]
    fn next(&mut self, asked: &dyn fmt::Display, is_it: impl Fn(&Draw) -> bool) -> &Draw {
        let place = self.next;
        let Some(draw) = self.draws.get(place) else {
            panic!("the model asks for {asked}, but all {place} draws on record are spent");
        };
        assert!(
            is_it(draw),
            "the model asks for {asked}, but draw {} on record (line {}) is {draw}",
            place + 1,
            draw.line,
        );
        self.next += 1;
        draw
    }
}

/// Reads the text of a record. The header may be missing.
impl FromStr for Record {
    type Err = DrawsError;

    fn from_str(text: &str) -> Result<Record, DrawsError> {
        let draws: Result<_, _> = (1..)
            .zip(text.lines())
            .filter(|&(line, text)| !text.trim().is_empty() && (line, text.trim()) != (1, HEADER))
            .map(|(line, text)| {
                Draw::parse(line, text).ok_or_else(|| DrawsError::Line { line, text: text.into() })
            })
            .collect();
        Ok(Record { draws: draws?, next: 0 })
    }
}

/// One draw on record.
#[derive(Debug)]
struct Draw {
    /// The number of its line in the record.
    line: usize,
    call: Call,
}

/// The arguments of a function of Python's `random`, and what it returned.
#[derive(Debug)]
enum Call {
    /// A function whose arguments are all numbers.
    Number { function: String, arguments: Vec<f64>, value: f64 },
    /// A `choice` from a list: the text of the item, or its index. The list itself is not kept, as it can
    /// be written in many ways.
    Choice { value: String },
}

impl Draw {
    fn parse(line: usize, text: &str) -> Option<Draw> {
        let fields = fields(text)?;
        let [function, arguments @ .., value] = fields.as_slice() else { return None };
        let call = match (function.as_str(), arguments) {
            // Commas in the list may be unquoted.
            ("choice", [_, ..]) => Call::Choice { value: value.trim_matches('\'').into() },
            (function, [arguments]) => {
                let arguments: Result<_, _> =
                    arguments.split_whitespace().map(str::parse).collect();
                Call::Number {
                    function: function.into(),
                    arguments: arguments.ok()?,
                    value: value.parse().ok()?,
                }
            }
            _ => return None,
        };
        Some(Draw { line, call })
    }
}

/// The draw as it would be written in Python.
impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.call {
            Call::Number { function, arguments, .. } => Numbers { function, arguments }.fmt(f),
            Call::Choice { .. } => f.write_str("choice(..)"),
        }
    }
}

/// A call with numbers, as it would be written in Python.
struct Numbers<'a> {
    function: &'a str,
    arguments: &'a [f64],
}

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<String> = self.arguments.iter().map(f64::to_string).collect();
        write!(f, "{}({})", self.function, arguments.join(", "))
    }
}

/// Splits a line into its fields, without the quotes around them. Returns `None` if a quote is left open.
fn fields(text: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.trim().chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut()?;
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => field.push(character),
        }
    }
    let trimmed = fields.iter().map(|field| field.trim().to_string());
    (!quoted).then(|| trimmed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_be_quoted() {
        let line = r#"choice,"['a ""b""', 'c']",c"#;
        assert_eq!(fields(line).unwrap(), ["choice", r#"['a "b"', 'c']"#, "c"]);
        assert_eq!(fields(r#""randint","5 9","7""#).unwrap(), ["randint", "5 9", "7"]);
        assert!(fields(r#"choice,"['a'],a"#).is_none());
    }

    fn count(text: &str) -> usize {
        text.parse::<Record>().unwrap().draws.len()
    }

    #[test]
    fn the_header_may_be_missing() {
        assert_eq!(count("function,arguments,value\r\nrandint,5 9,7\r\n"), 1);
        assert_eq!(count("randint,5 9,7\n"), 1);
        assert_eq!(count(""), 0);
    }

    #[test]
    fn a_broken_line_is_named() {
        for line in ["uniform,1 x,2.5", "uniform,1 3,", "uniform,1 3", "uniform", "uniform,1,3,2.5"]
        {
            let text = format!("{HEADER}\nuniform,1 3,2.5\n{line}\n");
            let broken = text.parse::<Record>();
            assert_eq!(
                broken.unwrap_err().to_string(),
                format!("line 3 of the draws is not `function,arguments,value`: {line:?}")
            );
        }
    }
}
