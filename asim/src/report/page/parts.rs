//! The parts of what was measured under one name: levels and times with their six figures, and single numbers.

use crate::answers::report::{Entry, Report};

/// The figures of a level or of times, as their names end, and as a table calls them.
pub(crate) const SIX: [(&str, &str); 6] = [
    ("mean", "mean"),
    ("sd", "sd"),
    ("least", "least"),
    ("median", "median"),
    ("p95", "95 %"),
    ("most", "most"),
];

/// What was measured under one name.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Parts {
    pub(crate) rows: Vec<Part>,
    pub(crate) singles: Vec<Single>,
}

/// A level, or times: `waited` of `clerks`.
#[derive(Debug, PartialEq)]
pub(crate) struct Part {
    /// The name of it all: `clerks.waited`.
    pub(crate) name: String,
    /// What it is of the thing, in words; empty if it is all that there is.
    pub(crate) label: String,
    /// How many values there are. A level has none.
    pub(crate) count: Option<f64>,
    /// As [`SIX`].
    pub(crate) six: [f64; 6],
}

/// A number that stands alone: `served` of `clerks`.
#[derive(Debug, PartialEq)]
pub(crate) struct Single {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) value: f64,
}

impl Parts {
    /// Returns the parts of an entry. Each of its values is in one of them.
    pub(crate) fn of(entry: &Entry) -> Self {
        let mut values = Vec::new();
        Report::each_value_of(entry, &mut |name, value| values.push((name.to_owned(), value)));
        let mut parts = Parts::default();
        let mut rest = &values[..];
        while let Some(((name, value), others)) = rest.split_first() {
            if let Some((part, length)) = part(entry, rest) {
                parts.rows.push(part);
                rest = &rest[length..];
            } else {
                let label = label(entry, name);
                parts.singles.push(Single { name: name.clone(), label, value: *value });
                rest = others;
            }
        }
        parts
    }
}

/// Returns the part that begins here, if there is one, and how many values it has.
fn part(entry: &Entry, values: &[(String, f64)]) -> Option<(Part, usize)> {
    let (first, last) = values.first()?.0.rsplit_once('.')?;
    let has_count = usize::from(last == "count");
    let mut six = [f64::NAN; 6];
    for (number, (end, _)) in SIX.iter().enumerate() {
        let (name, value) = values.get(has_count + number)?;
        if name.strip_prefix(first)?.strip_prefix('.')? != *end {
            return None;
        }
        six[number] = *value;
    }
    let count = (has_count == 1).then(|| values[0].1);
    let part = Part { name: first.to_owned(), label: label(entry, first), count, six };
    Some((part, has_count + SIX.len()))
}

/// Returns what a name says beside that of its thing: `waited`, `in use`, `waits: clerks`.
fn label(entry: &Entry, name: &str) -> String {
    let rest = name.strip_prefix(entry.name.as_str()).unwrap_or(name);
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    match rest.split_once('.') {
        // What follows is a name of the model.
        Some(("waits", what)) => format!("waits: {what}"),
        _ => rest.replace(['.', '_'], " "),
    }
}
