//! The log as JSON lines: one happening a line.
//!
//! The first line is `{"format":"asim log","version":1}`. Each other line is one object with these keys; a
//! key without a value is left out:
//!
//! | key | value |
//! |---|---|
//! | `time` | a number |
//! | `kind` | the name of the kind |
//! | `process`, `number` | the name of the process, and its number |
//! | `thing` | the name of the thing |
//! | `side` | `"take"` or `"put"`: in which of its lines |
//! | `level` | the new level or capacity; `null` if there is no bound |
//! | `request`, `at` | what a process waits for, and the line that asked for it |
//! | `text` | what the model has logged |

use std::io;

use crate::trace::json::{push_number, push_site, push_text, push_whole};
use crate::trace::names::Names;
use crate::trace::output::Output;
use crate::trace::record::{Record, Side};
use crate::trace::sink::{Manner, Sink};
use crate::trace::view::View;

/// Writes JSON lines.
pub(crate) struct JsonLines {
    output: Output,
    /// The last time, as text: much happens at one time.
    time: (f64, Vec<u8>),
}

impl JsonLines {
    pub(crate) fn new(mut output: Output) -> Self {
        output.text().extend_from_slice(b"{\"format\":\"asim log\",\"version\":1}\n");
        JsonLines { output, time: (f64::NAN, Vec::new()) }
    }
}

impl Sink for JsonLines {
    fn take(&mut self, record: &Record, names: &Names) {
        let (view, to) = (View::new(record, names), self.output.text());
        to.extend_from_slice(b"{\"time\":");
        if self.time.0 != view.time {
            self.time.0 = view.time;
            self.time.1.clear();
            push_number(&mut self.time.1, view.time);
        }
        to.extend_from_slice(&self.time.1);
        to.extend_from_slice(b",\"kind\":");
        push_text(to, view.kind.name());
        if let Some((number, name)) = view.process {
            to.extend_from_slice(b",\"process\":");
            push_text(to, name);
            to.extend_from_slice(b",\"number\":");
            push_whole(to, number.into());
        }
        if let Some(thing) = view.thing {
            to.extend_from_slice(b",\"thing\":");
            push_text(to, thing);
        }
        if let Some(side) = view.side {
            let side: &[u8] = if side == Side::Put { b"\"put\"" } else { b"\"take\"" };
            to.extend_from_slice(b",\"side\":");
            to.extend_from_slice(side);
        }
        if let Some(level) = view.level {
            to.extend_from_slice(b",\"level\":");
            push_number(to, level);
        }
        if let Some(request) = view.request {
            to.extend_from_slice(b",\"request\":");
            push_text(to, request);
        }
        if let Some(at) = view.call_site {
            to.extend_from_slice(b",\"at\":");
            push_site(to, at);
        }
        if let Some(text) = view.text {
            to.extend_from_slice(b",\"text\":");
            push_text(to, text);
        }
        to.extend_from_slice(b"}\n");
    }

    fn pass_on(&mut self) -> io::Result<()> {
        self.output.write_if_much()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn manner(&self) -> Manner {
        self.output.manner()
    }

    fn name(&self) -> String {
        self.output.name()
    }
}
