//! What can be wrong with a journal.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::experiment::journal::header::Difference;
use crate::experiment::work::job::Job;

/// What is wrong with a journal.
#[derive(Debug, Error)]
pub(crate) enum JournalError {
    /// There is a journal in the folder, and the experiment shall begin anew.
    #[error(
        "`{}` holds a journal of {replications} replications already: go on with it (`--resume`) or choose another folder",
        folder(path)
    )]
    AlreadyThere {
        /// The journal.
        path: PathBuf,
        /// How many replications are in it.
        replications: u64,
    },
    /// Another process has the journal.
    #[error("another process writes `{}`", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// It is the journal of another experiment.
    #[error(
        "`{}` is the journal of another experiment: its {} is {}, not {}",
        path.display(), difference.what, difference.first, difference.second
    )]
    Another {
        /// The journal.
        path: PathBuf,
        /// What differs.
        difference: Difference,
    },
    /// The file is something else.
    #[error("`{}` is no journal of an experiment: {why}", path.display())]
    NoJournal {
        /// The file.
        path: PathBuf,
        /// Why it is none.
        why: String,
    },
    /// A line in the middle is not as it was written.
    #[error("line {line} of `{}` is broken: {why}", path.display())]
    Broken {
        /// The journal.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A replication is there twice.
    #[error(
        "replication {} of scenario {} is there twice, the second time {}`{}`. Did two processes write it?",
        job.replication, job.scenario, place(*line), path.display()
    )]
    Twice {
        /// The journal with the second one.
        path: PathBuf,
        /// The number of its line, from 1, if the first one is in the same journal.
        line: Option<u64>,
        /// What is there twice.
        job: Job,
    },
    /// It could not be written.
    #[error(
        "`{}` could not be written: {source}{}", path.display(), what_is_kept(*kept)
    )]
    NotWritten {
        /// The journal.
        path: PathBuf,
        /// How many outcomes it holds.
        kept: u64,
        /// Why not.
        source: io::Error,
    },
    /// It could not be read.
    #[error("`{}` could not be read: {source}", path.display())]
    NotRead {
        /// The journal.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl JournalError {
    /// Returns whether the file could not be written, for instance because the disk is full.
    pub(crate) fn is_of_writing(&self) -> bool {
        matches!(self, JournalError::NotWritten { .. })
    }
}

fn what_is_kept(outcomes: u64) -> String {
    match outcomes {
        0 => String::new(),
        1 => ". One replication is in it, and `--resume` goes on from there".to_owned(),
        _ => format!(". {outcomes} replications are in it, and `--resume` goes on from there"),
    }
}

fn place(line: Option<u64>) -> String {
    line.map_or("in ".to_owned(), |line| format!("at line {line} of "))
}

/// Returns the folder that a file is in, in the words of who named it.
fn folder(path: &Path) -> String {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.display().to_string(),
        _ => ".".to_owned(),
    }
}
