//! The lock on a journal: one process writes it.

use std::fs::{File, TryLockError};
use std::io;

/// What became of the wish to be the only one who writes a file.
#[derive(Debug)]
pub(crate) enum Lock {
    /// The file is ours until it is closed, also by a kill.
    Ours,
    /// Another process has it.
    Taken,
    /// Nobody can lock files there: some network file systems cannot.
    Impossible(io::Error),
}

impl Lock {
    /// Asks for the file. Does not wait.
    pub(crate) fn on(file: &File) -> Lock {
        match file.try_lock() {
            Ok(()) => Lock::Ours,
            Err(TryLockError::WouldBlock) => Lock::Taken,
            Err(TryLockError::Error(error)) => Lock::Impossible(error),
        }
    }
}
