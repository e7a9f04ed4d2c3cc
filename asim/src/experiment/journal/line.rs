//! The lines of a journal: lists of names, and outcomes.

use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};

use crate::experiment::journal::exact::Exact;
use crate::experiment::journal::name_lists::NameLists;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{Failure, Outcome, Row};

/// How a line with names begins.
const NAMES: &[u8] = b"{\"names\":";

/// A line with names. Rows after it name them by their number.
#[derive(Serialize, Deserialize)]
struct NamesLine<L> {
    names: usize,
    are: L,
}

/// A line with an outcome: with rows, or with a failure.
#[derive(Serialize)]
struct OutcomeLine<'a> {
    replication: u64,
    scenario: usize,
    seconds: Exact,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowInLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a Failure>,
}

#[derive(Serialize)]
struct RowInLine<'a> {
    names: usize,
    #[serde(serialize_with = "exactly")]
    values: &'a [f64],
}

#[derive(Deserialize)]
struct ReadOutcome {
    replication: u64,
    scenario: usize,
    seconds: Exact,
    rows: Option<Vec<ReadRow>>,
    failure: Option<Failure>,
}

#[derive(Deserialize)]
struct ReadRow {
    names: usize,
    values: Vec<Exact>,
}

/// What one has to read to know what there is.
#[derive(Deserialize)]
struct ReadJob {
    replication: u64,
    scenario: usize,
    failure: Option<IgnoredAny>,
}

/// What is in a line, without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Names,
    Outcome { job: Job, failed: bool },
}

fn exactly<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|&value| Exact(value)))
}

/// Adds a value as a line of JSON.
pub(crate) fn add_line(text: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *text, value)
        .expect("a line of a journal is made of numbers and texts");
    text.push(b'\n');
}

/// Adds the lines of an outcome: the lists of names that are new, and the outcome.
pub(crate) fn add_outcome(text: &mut Vec<u8>, outcome: &Outcome, lists: &mut NameLists) {
    // Not in between: all lists of an outcome must have their numbers at the same time.
    lists.forget_if_many();
    let rows = outcome.end.as_ref().ok().map(|rows| {
        rows.iter()
            .map(|row| RowInLine { names: number_of(text, &row.names, lists), values: &row.values })
            .collect()
    });
    add_line(
        text,
        &OutcomeLine {
            replication: outcome.job.replication,
            scenario: outcome.job.scenario,
            seconds: Exact(outcome.seconds),
            rows,
            failure: outcome.end.as_ref().err(),
        },
    );
}

fn number_of(text: &mut Vec<u8>, names: &Arc<[String]>, lists: &mut NameLists) -> usize {
    lists.number_of(names).unwrap_or_else(|| {
        let number = lists.add(names);
        add_line(text, &NamesLine { names: number, are: &**names });
        number
    })
}

/// Reads a line: a list of names is kept, an outcome is returned. An error says what is wrong with the line.
pub(crate) fn read(line: &[u8], lists: &mut NameLists) -> Result<Option<Outcome>, String> {
    if line.starts_with(NAMES) {
        let line: NamesLine<Vec<String>> = parsed(line)?;
        if !lists.set(line.names, line.are.into()) {
            return Err(format!("there cannot be a list of names {}", line.names));
        }
        return Ok(None);
    }
    let ReadOutcome { replication, scenario, seconds, rows, failure } = parsed(line)?;
    let end = match (rows, failure) {
        (Some(rows), None) => {
            Ok(rows.iter().map(|row| row_of(row, lists)).collect::<Result<_, _>>()?)
        }
        (None, Some(failure)) => Err(failure),
        _ => return Err("it shall have either rows or a failure".to_owned()),
    };
    Ok(Some(Outcome { job: Job { replication, scenario }, seconds: seconds.0, end }))
}

/// Returns what is in a line, without reading its values.
pub(crate) fn entry(line: &[u8]) -> Result<Entry, String> {
    if line.starts_with(NAMES) {
        return Ok(Entry::Names);
    }
    let ReadJob { replication, scenario, failure } = parsed(line)?;
    Ok(Entry::Outcome { job: Job { replication, scenario }, failed: failure.is_some() })
}

fn row_of(row: &ReadRow, lists: &NameLists) -> Result<Row, String> {
    let names = lists.get(row.names).ok_or_else(|| format!("there are no names {}", row.names))?;
    if names.len() != row.values.len() {
        return Err(format!("it has {} values of {} names", row.values.len(), names.len()));
    }
    let values = row.values.iter().map(|value| value.0).collect();
    Ok(Row { names: Arc::clone(names), values })
}

fn parsed<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| {
        // The error's own line is always 1.
        let text = error.to_string();
        text.split(" at line ").next().unwrap_or_default().to_owned()
    })
}
