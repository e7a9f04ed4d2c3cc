//! The log as text for people: one happening a line, in columns.

use std::io::{self, Write};

use crate::trace::names::Names;
use crate::trace::output::Output;
use crate::trace::record::Record;
use crate::trace::sink::{Manner, Sink};
use crate::trace::view::{View, heading};

/// Writes text for people.
pub(crate) struct Text(Output);

impl Text {
    pub(crate) fn new(mut output: Output) -> Self {
        output.text().extend_from_slice(heading().as_bytes());
        output.text().push(b'\n');
        Text(output)
    }
}

impl Sink for Text {
    fn take(&mut self, record: &Record, names: &Names) {
        // Writing to a vector does not fail.
        let _ = writeln!(self.0.text(), "{}", View::new(record, names));
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.0.write_if_much()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn manner(&self) -> Manner {
        self.0.manner()
    }

    fn name(&self) -> String {
        self.0.name()
    }
}
