//! A setting: the values that a parameter shall take, as written on a command line or in code.

use std::fmt;

use serde::Serialize;

use crate::experiment::parameters::parameter_error::ParameterError;
use crate::experiment::parameters::value::decimal::{Decimal, NoSteps, steps};
use crate::experiment::parameters::value::guided::split;
use crate::experiment::parameters::value::refusal::Refusal;
use crate::experiment::parameters::value::value::Value;

/// So many values a setting can have.
pub(crate) const MOST_VALUES: usize = 1_000_000;

/// The values that a parameter shall take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    /// The dotted path to the parameter.
    pub(crate) name: String,
    pub(crate) values: Vec<Given>,
}

/// A value that a parameter shall take, before its type is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given {
    /// As written on a command line.
    Text(String),
    /// Written as a range. These are its numbers, unless the parameter is text: then the range is meant literally.
    Range { written: String, numbers: Vec<String> },
    /// From code.
    Value(Value),
}

impl Setting {
    /// Reads `clerks=4`, `clerks=1..5`, `service=0.5..1.0:0.1`, `rule=fifo,lifo`.
    pub(crate) fn read(text: &str) -> Result<Self, ParameterError> {
        let malformed =
            |why: &str| ParameterError::Malformed { setting: text.to_owned(), why: why.to_owned() };
        let Some((name, values)) = text.split_once('=') else {
            return Err(malformed("write the name of a parameter, `=`, and its value or values"));
        };
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(malformed("there is no name before the `=`"));
        }
        let mut parts = split(values, ',');
        if parts.is_empty() {
            parts.push("");
        }
        if parts.len() > 1 && parts.iter().any(|part| part.is_empty()) {
            return Err(malformed(
                "there is nothing between two commas; an empty text is written as \"\"",
            ));
        }
        let values = parts.into_iter().map(|part| given(text, part)).collect::<Result<_, _>>()?;
        Ok(Setting { name, values })
    }

    /// Returns the setting that code makes: one value or several.
    ///
    /// # Errors
    ///
    /// If there are no values, or serde cannot write one.
    pub(crate) fn of<T: Serialize>(
        name: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Result<Self, ParameterError> {
        let refused = |refusal: Refusal| ParameterError::NotWritten {
            name: name.to_owned(),
            why: refusal.to_string(),
        };
        let value = |value: T| Value::of(&value).map(Given::Value).map_err(refused);
        let values = values.into_iter().map(value).collect::<Result<Vec<_>, _>>()?;
        if values.is_empty() {
            return Err(ParameterError::Malformed {
                setting: name.to_owned(),
                why: "a sweep needs at least one value".to_owned(),
            });
        }
        Ok(Setting { name: name.to_owned(), values })
    }
}

/// Reads one part of a list of values.
fn given(setting: &str, part: &str) -> Result<Given, ParameterError> {
    let text = || Given::Text(part.to_owned());
    let Some((first, rest)) = part.split_once("..") else { return Ok(text()) };
    let (last, step) = match rest.split_once(':') {
        Some((last, step)) => (last, Some(step)),
        None => (rest, None),
    };
    let last = last.strip_prefix('=').unwrap_or(last);
    let read = |text: &str| Decimal::read(text.trim());
    let (Some(first), Some(last)) = (read(first), read(last)) else { return Ok(text()) };
    let malformed = |why: String| ParameterError::Malformed { setting: setting.to_owned(), why };
    let step = match step {
        Some(step) => read(step)
            .ok_or_else(|| malformed(format!("the step `{}` is no number", step.trim())))?,
        None if first.whole().is_some() && last.whole().is_some() => Decimal::ONE,
        None => {
            let why =
                format!("`{part}` has decimals, so it needs a step, as in `{first}..{last}:0.1`");
            return Err(malformed(why));
        }
    };
    let numbers = steps(first, last, step, MOST_VALUES).map_err(|fault| {
        malformed(match fault {
            NoSteps::WrongWay if step.is_zero() => format!("the step of `{part}` is 0"),
            NoSteps::WrongWay => {
                let other = if step == Decimal::ONE {
                    "; for falling values, write a step of -1"
                } else {
                    ""
                };
                format!("steps of {step} do not lead from {first} to {last}{other}")
            }
            NoSteps::TooMany => format!("`{part}` is more than {MOST_VALUES} values"),
        })
    })?;
    Ok(Given::Range {
        written: part.to_owned(),
        numbers: numbers.iter().map(ToString::to_string).collect(),
    })
}

/// As it was written.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Given::Text(text) | Given::Range { written: text, .. } => f.write_str(text),
            Given::Value(value) => f.write_str(&value.written()),
        }
    }
}

/// As on a command line: `clerks=1..5`.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<_> = self.values.iter().map(ToString::to_string).collect();
        write!(f, "{}={}", self.name, values.join(","))
    }
}

#[cfg(test)]
mod tests;
