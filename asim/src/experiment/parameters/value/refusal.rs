//! A refusal: why values cannot be written or read, and where.

use std::fmt;

use serde::de::{Expected, Unexpected};
use serde::{de, ser};

use crate::experiment::parameters::value::value::whole_numbers;

/// Why a value cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The names on the way to what is at fault.
    way: Vec<String>,
    pub(crate) words: String,
    /// Whether the type of the value is at fault, or its range, and not what it means.
    pub(crate) is_of_type: bool,
}

impl Refusal {
    pub(crate) fn new(words: impl fmt::Display) -> Self {
        Refusal { way: Vec::new(), words: words.to_string(), is_of_type: false }
    }

    fn of_type(words: impl fmt::Display) -> Self {
        Refusal { is_of_type: true, ..Refusal::new(words) }
    }

    /// Returns it as seen from one step above.
    pub(crate) fn within(mut self, name: &str) -> Self {
        self.way.insert(0, name.to_owned());
        self
    }

    /// Returns the dotted path to what is at fault.
    pub(crate) fn path(&self) -> String {
        self.way.join(".")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.way.is_empty() {
            return f.write_str(&self.words);
        }
        write!(f, "`{}`: {}", self.path(), self.words)
    }
}

impl std::error::Error for Refusal {}

impl ser::Error for Refusal {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Refusal::new(words)
    }
}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Refusal::new(words)
    }

    fn invalid_type(is: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Refusal::of_type(format!("it must be {}, not {is}", plain(expected)))
    }

    fn invalid_value(is: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Refusal::of_type(format!("it must be {}, not {is}", plain(expected)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Refusal::new(format!("it has {length} items, and must be {expected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        if expected.is_empty() {
            return Refusal::new(format!("there is no `{variant}`"));
        }
        Refusal::new(format!("there is no `{variant}`; there are: {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Refusal::new(format!("there is no field `{field}`; there are: {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Refusal::new(format!("the field `{field}` is missing"))
    }
}

/// Returns what serde expects, in plain words.
fn plain(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let whole = |least, most: i128| whole_numbers(least, most);
    match words.as_str() {
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" | "u128" | "usize" => whole(0, i128::MAX),
        "i8" => whole(i8::MIN.into(), i8::MAX.into()),
        "i16" => whole(i16::MIN.into(), i16::MAX.into()),
        "i32" => whole(i32::MIN.into(), i32::MAX.into()),
        "i64" | "i128" | "isize" => whole(i64::MIN.into(), i128::MAX),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" => "text".to_owned(),
        "a nonzero u8" => whole(1, u8::MAX.into()),
        "a nonzero u16" => whole(1, u16::MAX.into()),
        "a nonzero u32" => whole(1, u32::MAX.into()),
        "a nonzero u64" | "a nonzero u128" | "a nonzero usize" => whole(1, i128::MAX),
        _ => words,
    }
}
