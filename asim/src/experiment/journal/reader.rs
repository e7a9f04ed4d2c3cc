//! Reading a journal, line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::experiment::journal::header::{FORMAT, Header, MARK};
use crate::experiment::journal::journal_error::JournalError;
use crate::experiment::journal::line::{self, Entry};
use crate::experiment::journal::name_lists::NameLists;
use crate::experiment::work::outcome::Outcome;

/// A journal that is read. Has one line in memory at a time. What is written after it was opened is not read, nor is
/// a last line without its newline.
#[derive(Debug)]
pub(crate) struct JournalReader {
    path: PathBuf,
    lines: Lines,
    lists: NameLists,
    /// The place of the first line after the header.
    start: u64,
}

/// The whole lines of the first part of a file.
#[derive(Debug)]
struct Lines {
    part: BufReader<Part>,
    line: Vec<u8>,
    /// How many lines are read.
    number: u64,
    /// Where the last whole line ends.
    end: u64,
}

/// The first part of a file. It keeps its own place, as the writer moves the file's.
#[derive(Debug)]
struct Part {
    file: File,
    at: u64,
    end: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        self.file.seek(SeekFrom::Start(self.at))?;
        let read = self.file.read(&mut buffer[..left])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Lines {
    fn new(part: Part) -> Self {
        Lines { part: BufReader::with_capacity(1 << 16, part), line: Vec::new(), number: 0, end: 0 }
    }

    /// Returns the next line without its newline, `None` if there is no whole one.
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = self.part.read_until(b'\n', &mut self.line)?;
        if self.line.pop_if(|last| *last == b'\n').is_none() {
            return Ok(None);
        }
        self.number += 1;
        self.end += read as u64;
        Ok(Some(&self.line))
    }
}

/// What a file holds that shall be a journal.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Found {
    /// A journal.
    Journal(Header, JournalReader),
    /// Nothing, or the beginning of a header: it was never begun.
    Nothing,
}

impl JournalReader {
    /// Opens a journal, for instance to merge it with others.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is no journal.
    pub(crate) fn open(path: &Path) -> Result<(Header, JournalReader), JournalError> {
        let file = File::open(path)
            .map_err(|source| JournalError::NotRead { path: path.to_owned(), source })?;
        match JournalReader::of(file, path)? {
            Found::Journal(header, reader) => Ok((header, reader)),
            Found::Nothing => {
                let why = "it is empty".to_owned();
                Err(JournalError::NoJournal { path: path.to_owned(), why })
            }
        }
    }

    /// Reads the header of a journal that is open.
    pub(crate) fn of(file: File, path: &Path) -> Result<Found, JournalError> {
        let not_read = |source| JournalError::NotRead { path: path.to_owned(), source };
        let no_journal = |why: String| JournalError::NoJournal { path: path.to_owned(), why };
        let end = file.metadata().map_err(not_read)?.len();
        let mut lines = Lines::new(Part { file, at: 0, end });
        let Some(line) = lines.next().map_err(not_read)? else {
            // After a loss of power there may be zeros where nothing was written.
            let zeros = lines.line.iter().rev().take_while(|byte| **byte == 0).count();
            let begun = &lines.line[..lines.line.len() - zeros];
            let ours = begun.starts_with(MARK) || MARK.starts_with(begun);
            return if ours {
                Ok(Found::Nothing)
            } else {
                Err(no_journal("it begins with something else".to_owned()))
            };
        };
        let header = header(line).map_err(no_journal)?;
        let start = lines.end;
        let reader =
            JournalReader { path: path.to_owned(), lines, lists: NameLists::default(), start };
        Ok(Found::Journal(header, reader))
    }

    /// Returns where the journal is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of the line that was read last. The header is line 1.
    pub(crate) fn line(&self) -> u64 {
        self.lines.number
    }

    /// Returns where the line ends that was read last.
    pub(crate) fn end(&self) -> u64 {
        self.lines.end
    }

    /// Returns the next outcome, `None` at the end.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or a line is not as it was written.
    pub(crate) fn next_outcome(&mut self) -> Result<Option<Outcome>, JournalError> {
        loop {
            let Some(line) = self.lines.next().map_err(|source| not_read(&self.path, source))?
            else {
                return Ok(None);
            };
            match line::read(line, &mut self.lists) {
                Ok(None) => {}
                Ok(outcome) => return Ok(outcome),
                Err(why) => return Err(self.broken(why)),
            }
        }
    }

    /// Returns what the next line has, without its values, `None` at the end. Outcomes that are read so are not
    /// read by [`next_outcome`](JournalReader::next_outcome).
    pub(crate) fn next_entry(&mut self) -> Result<Option<Entry>, JournalError> {
        match self.lines.next() {
            Err(source) => Err(not_read(&self.path, source)),
            Ok(None) => Ok(None),
            Ok(Some(line)) => line::entry(line).map(Some).map_err(|why| self.broken(why)),
        }
    }

    /// Goes back to the first line after the header.
    pub(crate) fn rewind(&mut self) {
        self.lines.part.consume(self.lines.part.buffer().len());
        self.lines.part.get_mut().at = self.start;
        (self.lines.number, self.lines.end) = (1, self.start);
        self.lists = NameLists::default();
    }

    fn broken(&self, why: String) -> JournalError {
        JournalError::Broken { path: self.path.clone(), line: self.lines.number, why }
    }
}

fn not_read(path: &Path, source: io::Error) -> JournalError {
    JournalError::NotRead { path: path.to_owned(), source }
}

/// Reads the line of a header. An error says why it is none.
fn header(line: &[u8]) -> Result<Header, String> {
    #[derive(Deserialize)]
    struct Format {
        asim_journal: u32,
    }

    if !line.starts_with(MARK) {
        return Err("it begins with something else".to_owned());
    }
    let Format { asim_journal: format } = serde_json::from_slice(line)
        .map_err(|error| format!("its first line is broken: {error}"))?;
    if format != FORMAT {
        return Err(format!("its format is {format}, and this program reads format {FORMAT}"));
    }
    serde_json::from_slice(line).map_err(|error| format!("its first line is broken: {error}"))
}
