//! Facts: short answers, each with its name beside it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::answers::figures::figure;
use crate::report::page::page::escaped;
use crate::report::page::table::Number;

/// A list of facts.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    items: String,
}

impl Facts {
    /// Adds a fact in words.
    pub(crate) fn add(&mut self, name: &str, words: &str) {
        let (name, words) = (escaped(name), escaped(words));
        let _ = writeln!(self.items, "<div><dt>{name}</dt><dd><bdi>{words}</bdi></dd></div>");
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, name: &str, number: &Number) {
        let (name, attributes) = (escaped(name), number.attributes());
        let shown = escaped(&number.shown);
        let _ = writeln!(self.items, "<div><dt>{name}</dt><dd{attributes}>{shown}</dd></div>");
    }

    /// Returns the list as HTML; nothing if there is no fact.
    pub(crate) fn html(&self) -> String {
        if self.items.is_empty() {
            return String::new();
        }
        format!("<dl class=\"facts\">\n{}</dl>\n", self.items)
    }
}

/// Returns how long something took: `25 ms`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn how_long(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0 => format!("{} ms", figure((took.as_secs_f64() * 1e6).round() / 1e3)),
        1..60 => format!("{} s", figure(took.as_secs_f64())),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::how_long;
    use std::time::Duration;

    #[test]
    fn times_are_said_in_the_unit_that_fits() {
        let said =
            [0, 25, 59_900, 200_000, 7_500_000].map(|ms| how_long(Duration::from_millis(ms)));
        assert_eq!(said, ["0 ms", "25 ms", "59.9 s", "3 min 20 s", "2 h 5 min"]);
    }
}
