//! What is kept in the folder of the results: the journal of an experiment that is run or resumed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::experiment::conduct::Memory;
use crate::experiment::experiment_error::ExperimentError;
use crate::experiment::journal::header::Header;
use crate::experiment::journal::journal_error::JournalError;
use crate::experiment::journal::ordered::Ordered;
use crate::experiment::journal::reader::JournalReader;
use crate::experiment::journal::writer::JournalWriter;
use crate::experiment::model_changed::ModelChanged;
use crate::experiment::work::job::Job;
use crate::experiment::work::outcome::{FailureKind, Outcome, is_same};
use crate::experiment::work::shard::Shard;

/// A journal that an experiment writes, and what was in it before.
#[derive(Debug)]
pub(crate) struct Kept {
    writer: JournalWriter,
    before: Option<Ordered>,
    /// The first replication of each scenario that was known. It is made again, to see whether the model is still the
    /// same. What the journal has of it, until it is made.
    checks: BTreeMap<usize, Option<Outcome>>,
}

/// Returns the path of the journal in a folder.
pub(crate) fn journal_of(folder: &Path, shard: Option<Shard>) -> PathBuf {
    folder.join(match shard {
        None => "journal.jsonl".to_owned(),
        Some(shard) => format!("journal-{}-of-{}.jsonl", shard.number(), shard.of()),
    })
}

impl Kept {
    /// Begins a journal.
    pub(crate) fn begin(path: &Path, header: &Header) -> Result<Self, JournalError> {
        let writer = JournalWriter::create(path, header)?;
        Ok(Kept { writer, before: None, checks: BTreeMap::new() })
    }

    /// Goes on with a journal.
    pub(crate) fn resume(path: &Path, header: &Header) -> Result<Self, JournalError> {
        let (writer, reader) = JournalWriter::resume(path, header)?;
        let before = Ordered::new(vec![reader])?;
        Ok(Kept { writer, before: Some(before), checks: BTreeMap::new() })
    }

    /// Returns what to say if the journal could not be locked.
    pub(crate) fn warning(&self) -> Option<String> {
        self.writer.warning()
    }

    /// Has the disk keep all, and returns what reads the journal.
    pub(crate) fn finish(&mut self) -> Result<JournalReader, JournalError> {
        self.writer.sync()?;
        self.writer.reader()
    }
}

impl Memory for Kept {
    fn known(&mut self, job: Job) -> Result<Option<Outcome>, ExperimentError> {
        let Some(before) = &mut self.before else { return Ok(None) };
        let Some(outcome) = before.wanted(job)? else { return Ok(None) };
        match &outcome.end {
            // It may have more time now.
            Err(failure) if failure.kind == FailureKind::TookTooLong => Ok(None),
            Ok(_) if !self.checks.contains_key(&job.scenario) => {
                self.checks.insert(job.scenario, Some(outcome));
                Ok(None)
            }
            _ => Ok(Some(outcome)),
        }
    }

    fn keep(&mut self, outcome: Outcome) -> Result<Outcome, ExperimentError> {
        if let Some(check) = self.checks.get_mut(&outcome.job.scenario)
            && let Some(known) = check.take_if(|known| known.job == outcome.job)
        {
            let is_late =
                matches!(&outcome.end, Err(failure) if failure.kind == FailureKind::TookTooLong);
            let replication = outcome.job.replication;
            return match difference(&known, &outcome) {
                // It had more time before, and nobody knows what it would have given.
                Some(difference) if !is_late => {
                    Err(ModelChanged { replication, difference }.into())
                }
                _ => Ok(known),
            };
        }
        self.writer.add(&outcome)?;
        Ok(outcome)
    }
}

/// Returns in words what a replication gives now and did not give before.
fn difference(known: &Outcome, now: &Outcome) -> Option<String> {
    let (known, now) = match (&known.end, &now.end) {
        (Ok(known), Ok(now)) => (known, now),
        (_, Err(failure)) => return Some(format!("it fails now ({failure})")),
        (Err(_), Ok(_)) => return Some("it fails no more".to_owned()),
    };
    if known == now {
        return None;
    }
    for (known, now) in known.iter().zip(now) {
        for (name, value) in known.names.iter().zip(&known.values) {
            let Some(place) = now.names.iter().position(|other| other == name) else {
                return Some(format!("there is no `{name}` any more"));
            };
            let other = now.values[place];
            if !is_same(*value, other) {
                return Some(format!("`{name}` was {value:?}, and is {other:?} now"));
            }
        }
        if let Some(new) = now.names.iter().find(|name| !known.names.contains(name)) {
            return Some(format!("there was no `{new}`"));
        }
    }
    Some("the order of the results is another one, or their number".to_owned())
}
