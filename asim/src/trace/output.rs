//! An output: text on its way to a file or to a writer of the user.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::trace::sink::Manner;

/// How much text is gathered before it is written.
const GATHERED: usize = 1 << 16;

/// Text on its way to a file or to a writer of the user. It goes there in whole lines.
pub(crate) struct Output {
    name: String,
    text: Vec<u8>,
    target: Target,
}

enum Target {
    /// A file, and how much of it is written well.
    File(File, u64),
    Writer(Box<dyn Write>),
}

impl Output {
    /// Makes the file anew.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let target = Target::File(File::create(path)?, 0);
        Ok(Output { name: format!("`{}`", path.display()), text: Vec::new(), target })
    }

    pub(crate) fn writer(writer: Box<dyn Write>) -> Self {
        Output { name: "a writer".to_owned(), text: Vec::new(), target: Target::Writer(writer) }
    }

    /// Returns what an error calls it.
    pub(crate) fn name(&self) -> String {
        self.name.clone()
    }

    pub(crate) fn manner(&self) -> Manner {
        match self.target {
            Target::File(..) => Manner::File,
            Target::Writer(_) => Manner::Foreign,
        }
    }

    /// Returns the text that is gathered, to be added to.
    pub(crate) fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Writes what is gathered, if that is much. It ends with a whole line.
    pub(crate) fn write_if_much(&mut self) -> io::Result<()> {
        if self.text.len() < GATHERED { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> io::Result<()> {
        // Taken out, so that it is not written twice after an error or a panic.
        let mut text = std::mem::take(&mut self.text);
        let length = text.len() as u64;
        match &mut self.target {
            Target::File(file, written) => {
                if let Err(error) = file.write_all(&text) {
                    // What was begun is no whole line. If it stays, nothing is lost by that.
                    let _ = file.set_len(*written);
                    return Err(error);
                }
                *written += length;
            }
            Target::Writer(writer) => writer.write_all(&text)?,
        }
        text.clear();
        self.text = text;
        Ok(())
    }

    /// Writes all that is gathered, and has the writer pass it on.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if !self.text.is_empty() {
            self.write()?;
        }
        match &mut self.target {
            Target::File(..) => Ok(()),
            Target::Writer(writer) => writer.flush(),
        }
    }
}
