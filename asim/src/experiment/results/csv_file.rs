//! A file of results: it is there when it is whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A CSV file that is being written. It has another name until it is whole.
#[derive(Debug)]
pub(crate) struct CsvFile {
    path: PathBuf,
    /// Where it is until it is whole; `None` when it is.
    partial: Option<PathBuf>,
    writer: csv::Writer<File>,
}

/// A file of results could not be written.
#[derive(Debug, thiserror::Error)]
#[error("`{}` could not be written: {source}", path.display())]
pub(crate) struct NotWritten {
    path: PathBuf,
    source: io::Error,
}

#[cfg(feature = "report")]
impl NotWritten {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        NotWritten { path: path.to_owned(), source }
    }

    /// Returns what the system says.
    pub(crate) fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl CsvFile {
    /// Begins a file. One of this name stays until the new one is whole.
    pub(crate) fn create(path: &Path) -> Result<Self, NotWritten> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = path.with_file_name(name);
        let file = File::create(&partial)
            .map_err(|source| NotWritten { path: path.to_owned(), source })?;
        let writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(file);
        Ok(CsvFile { path: path.to_owned(), partial: Some(partial), writer })
    }

    /// Writes a line.
    pub(crate) fn line<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), NotWritten> {
        self.writer
            .write_record(cells.into_iter().map(str::as_bytes))
            .map_err(|error| self.not_written(error.into()))
    }

    /// Gives the file its name.
    pub(crate) fn finish(mut self) -> Result<(), NotWritten> {
        let whole = self.writer.flush().and_then(|()| match &self.partial {
            Some(partial) => fs::rename(partial, &self.path),
            None => Ok(()),
        });
        whole.map_err(|error| self.not_written(error))?;
        self.partial = None;
        Ok(())
    }

    fn not_written(&self, source: io::Error) -> NotWritten {
        NotWritten { path: self.path.clone(), source }
    }
}

impl Drop for CsvFile {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // It says nothing. If it stays, the next one takes its place.
            let _ = fs::remove_file(partial);
        }
    }
}

/// Returns a number so that it is read as it was, and never as a whole number: `3.0`, `1e300`, `inf`. What is not
/// known is empty.
pub(crate) fn number(number: f64) -> String {
    if number.is_nan() { String::new() } else { ryu::Buffer::new().format(number).to_owned() }
}

/// Returns these names, each once: one that is there already is `profit (2)`.
pub(crate) fn distinct<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let mut distinct = Vec::new();
    for name in names {
        let other = |number: u64| format!("{name} ({number})");
        let tries = std::iter::once(name.to_owned()).chain((2..).map(other));
        distinct.extend(tries.into_iter().find(|name| seen.insert(name.clone())));
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::{CsvFile, distinct, number};
    use std::fs;

    #[test]
    fn numbers_are_short_and_exact() {
        let numbers = [0.1 + 0.2, 3.0, -0.0, 1e300, 5e-324, 1e15, f64::INFINITY, -f64::INFINITY];
        let texts = numbers.map(number);
        let expected = [
            "0.30000000000000004",
            "3.0",
            "-0.0",
            "1e300",
            "5e-324",
            "1000000000000000.0",
            "inf",
            "-inf",
        ];
        assert_eq!(texts, expected);
        for (number, text) in numbers.into_iter().zip(texts) {
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
        assert_eq!(number(f64::NAN), "");
    }

    #[test]
    fn no_two_columns_have_one_name() {
        let names = distinct(["clerks", "error", "clerks", "clerks (2)", "clerks"]);
        assert_eq!(names, ["clerks", "error", "clerks (2)", "clerks (2) (2)", "clerks (3)"]);
    }

    #[test]
    fn a_file_that_is_not_finished_does_not_touch_the_one_that_is_there() {
        let folder = std::env::temp_dir().join(format!("asim-csv-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("results.csv");
        let mut file = CsvFile::create(&path).unwrap();
        file.line(["a", "b, \"c\"\nd"]).unwrap();
        assert!(!path.exists());
        file.finish().unwrap();
        let text = "a,\"b, \"\"c\"\"\nd\"\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        CsvFile::create(&path).unwrap().line(["x"]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let refused = CsvFile::create(&folder.join("none/results.csv")).unwrap_err().to_string();
        assert!(refused.contains("results.csv` could not be written: No such file"), "{refused}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
