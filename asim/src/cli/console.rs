//! Where a program prints: results on the one side, what it says about itself on the other.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Where a program prints.
pub(crate) struct Console<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    /// Why results could not be printed.
    fault: Option<io::Error>,
}

impl<'a> Console<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Console { out, err, fault: None }
    }

    /// Prints results. A reader that has gone (`| head`) is no fault.
    pub(crate) fn print(&mut self, text: impl Display) {
        let printed = write!(self.out, "{text}").and_then(|()| self.out.flush());
        if let Err(error) = printed
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.fault.get_or_insert(error);
        }
    }

    /// Prints a line beside the results. If that is not possible, nobody reads it.
    pub(crate) fn say(&mut self, text: impl Display) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Returns why results could not be printed.
    pub(crate) fn fault(&mut self) -> Option<io::Error> {
        self.fault.take()
    }
}
