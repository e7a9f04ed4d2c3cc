//! Writing a journal: each outcome goes to the file at once.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::experiment::journal::header::Header;
use crate::experiment::journal::journal_error::JournalError;
use crate::experiment::journal::line::{self, Entry};
use crate::experiment::journal::lock::Lock;
use crate::experiment::journal::name_lists::NameLists;
use crate::experiment::journal::reader::{Found, JournalReader};
use crate::experiment::work::outcome::Outcome;

/// How often the disk is asked to keep what is written. A kill loses nothing in between; a loss of power may.
const BETWEEN_SYNCS: Duration = Duration::from_secs(1);

/// A slow disk gets at most this part of the time: one in a hundred.
const SHARE_OF_SYNCS: u32 = 100;

/// A journal that is written. It is locked as long as this lives.
#[derive(Debug)]
pub(crate) struct JournalWriter {
    path: PathBuf,
    file: File,
    lists: NameLists,
    /// What is on the way to the file. Kept, as it is as long the next time.
    text: Vec<u8>,
    /// How long the file is: it ends with a whole line.
    written: u64,
    /// How many outcomes are in it.
    outcomes: u64,
    /// Why nobody can lock files there.
    unlocked: Option<io::Error>,
    /// Whether an error left the file in a state that is not known.
    spoilt: bool,
    /// Whether the disk keeps all that is written.
    synced: bool,
    next_sync: Instant,
}

impl JournalWriter {
    /// Begins a journal.
    ///
    /// # Errors
    ///
    /// If there is a journal already, or another file that is not empty; if another process writes it; if it cannot
    /// be written.
    pub(crate) fn create(path: &Path, header: &Header) -> Result<JournalWriter, JournalError> {
        let (file, unlocked) = opened(path)?;
        match JournalReader::of(copy(&file, path)?, path)? {
            Found::Nothing => JournalWriter::begun(path, file, unlocked, header),
            Found::Journal(_, mut reader) => {
                let replications = count(&mut reader)?;
                Err(JournalError::AlreadyThere { path: path.to_owned(), replications })
            }
        }
    }

    /// Goes on with a journal. One that is missing or was never begun is begun. Returns what reads what is there.
    ///
    /// # Errors
    ///
    /// If it is the journal of another experiment, or no journal; if a line is broken; if another process writes
    /// it; if it cannot be read or written.
    pub(crate) fn resume(
        path: &Path,
        header: &Header,
    ) -> Result<(JournalWriter, JournalReader), JournalError> {
        let (file, unlocked) = opened(path)?;
        let writer = match JournalReader::of(copy(&file, path)?, path)? {
            Found::Nothing => JournalWriter::begun(path, file, unlocked, header)?,
            Found::Journal(there, mut reader) => {
                if let Some(difference) = there.difference(header) {
                    return Err(JournalError::Another { path: path.to_owned(), difference });
                }
                let outcomes = count(&mut reader)?;
                let mut writer = JournalWriter::at(path, file, unlocked);
                (writer.outcomes, writer.written) = (outcomes, reader.end());
                // What follows the last whole line never happened.
                writer.file.set_len(writer.written).map_err(|source| writer.not_written(source))?;
                writer
            }
        };
        let reader = writer.reader()?;
        Ok((writer, reader))
    }

    fn at(path: &Path, file: File, unlocked: Option<io::Error>) -> Self {
        JournalWriter {
            path: path.to_owned(),
            file,
            lists: NameLists::default(),
            text: Vec::new(),
            written: 0,
            outcomes: 0,
            unlocked,
            spoilt: false,
            synced: false,
            next_sync: Instant::now() + BETWEEN_SYNCS,
        }
    }

    fn begun(
        path: &Path,
        file: File,
        unlocked: Option<io::Error>,
        header: &Header,
    ) -> Result<Self, JournalError> {
        let mut writer = JournalWriter::at(path, file, unlocked);
        // Of a header that was begun. Not every file has a length: `/dev/full` has none.
        let _ = writer.file.set_len(0);
        line::add_line(&mut writer.text, header);
        writer.write()?;
        Ok(writer)
    }

    /// Writes an outcome.
    ///
    /// # Errors
    ///
    /// If the file cannot be written. The outcomes before are kept, and no others are taken.
    pub(crate) fn add(&mut self, outcome: &Outcome) -> Result<(), JournalError> {
        line::add_outcome(&mut self.text, outcome, &mut self.lists);
        self.write()?;
        self.outcomes += 1;
        if Instant::now() >= self.next_sync {
            self.sync()?;
        }
        Ok(())
    }

    /// Has the disk keep what is written, also if the power fails.
    ///
    /// # Errors
    ///
    /// If the disk cannot.
    pub(crate) fn sync(&mut self) -> Result<(), JournalError> {
        if self.synced {
            return Ok(());
        }
        let start = Instant::now();
        if let Err(error) = self.file.sync_data() {
            // Some files cannot be kept: `/dev/stdout`.
            let cannot = [io::ErrorKind::InvalidInput, io::ErrorKind::Unsupported];
            if !cannot.contains(&error.kind()) {
                self.spoilt = true;
                return Err(self.not_written(error));
            }
        }
        self.synced = true;
        self.next_sync = Instant::now() + BETWEEN_SYNCS.max(start.elapsed() * SHARE_OF_SYNCS);
        Ok(())
    }

    /// Returns what reads all that is written up to now.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub(crate) fn reader(&self) -> Result<JournalReader, JournalError> {
        // The same open file: where locks bind, another one could not read it.
        match JournalReader::of(copy(&self.file, &self.path)?, &self.path)? {
            Found::Journal(_, reader) => Ok(reader),
            Found::Nothing => {
                let why = "it is empty".to_owned();
                Err(JournalError::NoJournal { path: self.path.clone(), why })
            }
        }
    }

    /// Returns how many outcomes are in the journal.
    #[cfg(test)]
    pub(crate) fn outcomes(&self) -> u64 {
        self.outcomes
    }

    /// Returns what to say if the file could not be locked.
    pub(crate) fn warning(&self) -> Option<String> {
        self.unlocked.as_ref().map(|error| {
            let path = self.path.display();
            format!(
                "`{path}` cannot be locked there ({error}): see to it that no other process writes it"
            )
        })
    }

    /// Writes the lines that are gathered.
    fn write(&mut self) -> Result<(), JournalError> {
        let written = self.write_or_cut();
        self.text.clear();
        written.map_err(|source| self.not_written(source))
    }

    fn write_or_cut(&mut self) -> io::Result<()> {
        if self.spoilt {
            return Err(io::Error::other("an earlier line could not be written"));
        }
        if self.unlocked.is_some() && self.file.metadata()?.len() != self.written {
            self.spoilt = true;
            return Err(io::Error::other("another process has changed it"));
        }
        let place = SeekFrom::Start(self.written);
        if let Err(error) = self.file.seek(place).and_then(|_| self.file.write_all(&self.text)) {
            self.spoilt = true;
            // What was begun is no whole line. If it stays, it is cut off when the experiment goes on.
            let _ = self.file.set_len(self.written);
            return Err(error);
        }
        self.written += self.text.len() as u64;
        self.synced = false;
        Ok(())
    }

    /// As if nobody could lock the file.
    #[cfg(test)]
    pub(crate) fn unlock_for_test(&mut self) {
        self.file.unlock().unwrap();
        self.unlocked = Some(io::ErrorKind::Unsupported.into());
    }

    /// Writes to another file from now on.
    #[cfg(test)]
    pub(crate) fn fail_for_test(&mut self, file: File) {
        self.file = file;
    }

    fn not_written(&self, source: io::Error) -> JournalError {
        JournalError::NotWritten { path: self.path.clone(), kept: self.outcomes, source }
    }
}

/// Opens a file to read and to write it, and locks it. Returns why it could not be locked, if nobody can.
fn opened(path: &Path) -> Result<(File, Option<io::Error>), JournalError> {
    let mut options = OpenOptions::new();
    let file =
        options.read(true).write(true).create(true).truncate(false).open(path).map_err(
            |source| JournalError::NotWritten { path: path.to_owned(), kept: 0, source },
        )?;
    match Lock::on(&file) {
        Lock::Ours => Ok((file, None)),
        Lock::Taken => Err(JournalError::Locked { path: path.to_owned() }),
        Lock::Impossible(error) => Ok((file, Some(error))),
    }
}

fn copy(file: &File, path: &Path) -> Result<File, JournalError> {
    file.try_clone().map_err(|source| JournalError::NotRead { path: path.to_owned(), source })
}

/// Returns how many outcomes are in a journal, and reads it to its end.
fn count(reader: &mut JournalReader) -> Result<u64, JournalError> {
    let mut outcomes = 0;
    while let Some(entry) = reader.next_entry()? {
        outcomes += u64::from(matches!(entry, Entry::Outcome { .. }));
    }
    Ok(outcomes)
}
