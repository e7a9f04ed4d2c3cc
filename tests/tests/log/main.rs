//! The log of a run: what happens is in it, in its order, in each of its forms.
//!
//! Read in this order: `bank` (whole logs of a small model, in all forms), `kinds` (each kind of happening),
//! `spans` (how the spans of a process nest), `begun_late` (a log that begins or ends in the middle of a run), `filters`, `sinks` (functions and writers of
//! the user, errors, panics, memory), `fingerprint`. That the log changes nothing is shown by the random
//! programs: half of them run with it.

#[path = "../counting/mod.rs"]
#[allow(dead_code, reason = "not every group needs all of it")]
mod counting;

mod bank;
mod spans;

mod begun_late;
mod kinds;

mod filters;
mod fingerprint;
mod sinks;

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// A writer that keeps what is written.
#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("logs are text")
    }

    fn add_line(&self, line: &str) {
        writeln!(self.0.borrow_mut(), "{line}").expect("memory can be written");
    }
}

impl Write for Written {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the path of a file that a test may write.
fn temporary(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"))
}
