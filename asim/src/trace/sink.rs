//! A sink: where the happenings of a run go.

use std::io;
#[cfg(feature = "report")]
use std::sync::{Arc, Mutex};

#[cfg(feature = "report")]
use crate::trace::kept::Kept;
use crate::trace::names::Names;
use crate::trace::record::Record;

/// Where the happenings of a run go.
pub(crate) trait Sink {
    /// Takes the next happening. This runs no code of the user, and calls nobody else.
    fn take(&mut self, record: &Record, names: &Names);

    /// Passes on what was taken, if it is time for that. This may run code of the user.
    fn pass_on(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Lets others see what was taken. It is called at the end of each run.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Writes the end. Nothing follows.
    fn finish(&mut self) -> io::Result<()> {
        self.flush()
    }

    /// Returns `true` as long as somebody can still see what the sink takes.
    fn is_wanted(&self) -> bool {
        true
    }

    /// Returns what the sink runs.
    fn manner(&self) -> Manner;

    /// Returns what the sink keeps in memory, if it is for that.
    #[cfg(feature = "report")]
    fn kept(&self) -> Option<&Arc<Mutex<Kept>>> {
        None
    }

    /// Returns what an error calls the sink.
    fn name(&self) -> String {
        String::new()
    }
}

/// What a sink runs when it passes on what it has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Nothing: who looks at it sees what it has taken.
    Quiet,
    /// Calls of the operating system.
    File,
    /// Code of the user.
    Foreign,
}
