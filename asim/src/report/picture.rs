//! A picture, as SVG.

use std::path::Path;
use std::{fmt, fs, io};

use crate::experiment::results::csv_file::NotWritten;

/// A picture, as SVG. Returned by `Results::picture` and `WarmUp::picture`.
///
/// It can be read at half its size. It is light, and dark where the page or the reader's system is. Each line has its
/// own colour, dash and mark, so it can be told apart without colours.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    svg: String,
}

impl Picture {
    pub(crate) fn new(svg: String) -> Self {
        Picture { svg }
    }

    /// Returns the picture as a text: a whole SVG document, which can also stand inside a page of HTML.
    #[must_use]
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Writes the picture into a file. A file that is there is replaced when the new one is whole.
    ///
    /// # Errors
    ///
    /// If the file cannot be written. The error names the path.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.write(path.as_ref()).map_err(|error| io::Error::new(error.kind(), error))
    }

    /// Writes the picture into a file, and gives the file its name when it is whole.
    pub(crate) fn write(&self, path: &Path) -> Result<(), NotWritten> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = path.with_file_name(name);
        fs::write(&partial, &self.svg).and_then(|()| fs::rename(&partial, path)).map_err(|source| {
            // It says nothing. If it stays, the next one takes its place.
            let _ = fs::remove_file(&partial);
            NotWritten::new(path, source)
        })
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture").field("bytes", &self.svg.len()).finish()
    }
}
