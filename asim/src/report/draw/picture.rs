//! A picture, as SVG.

use std::path::Path;
use std::{fmt, io};

use crate::experiment::results::csv_file::NotWritten;
use crate::report::draw::readings::Readings;
use crate::report::whole_file::write_whole;

/// A picture, as SVG. Returned by `Results::picture`, `Report::picture`, `Trace::picture_of_level` and their like.
///
/// It can be read at half its size. It is light, and dark where the page or the reader's system is. Each line has its
/// own colour, dash and mark, so it can be told apart without colours.
#[derive(Clone)]
pub struct Picture {
    svg: String,
    readings: Option<Box<Readings>>,
}

impl Picture {
    /// Returns a picture with its numbers.
    pub(crate) fn with_readings(svg: String, readings: Readings) -> Self {
        Picture { svg, readings: Some(Box::new(readings)) }
    }

    /// Returns the numbers of the picture, if it has some.
    pub(crate) fn readings(&self) -> Option<&Readings> {
        self.readings.as_deref()
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
        write_whole(path, &self.svg).map_err(|source| NotWritten::new(path, source))
    }
}

/// Pictures are equal if they look the same.
impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        self.svg == other.svg
    }
}

impl Eq for Picture {}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture").field("bytes", &self.svg.len()).finish_non_exhaustive()
    }
}
