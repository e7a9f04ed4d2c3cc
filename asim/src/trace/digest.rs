//! The digest: a hash over the happenings of a run, the same on every platform and in every build.
//!
//! It is a chain of 64-bit words. Each word `w` changes the state `h`, which is 0 at first, by
//!
//! ```text
//! h = (h xor w) * 0x9E3779B97F4A7C15 mod 2^64;    h = h xor (h >> 32)
//! ```
//!
//! the multiplication of Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4),
//! and a shift that brings the high half into the low one. A text is the word of its length in bytes, and
//! then its bytes, eight a word, the first the lowest, zeros at the end. A happening is the words
//!
//! 1. `kind + 256 * side + 65536 * process`, with the numbers of the kind and of the process (0 for none);
//!    the side is 0 for none, 1 to take, 2 to put;
//! 2. the bits of the time (IEEE 754);
//! 3. the number of the thing (0 for none), and when a number comes for the first time, its name;
//!
//! and then, if it has them, the name of a process that starts, the name of the request, the bits of the
//! level, and the text. The lines of the source are left out, also those in the name of a process.

use std::{cell::RefCell, rc::Rc};

#[cfg(feature = "report")]
use crate::trace::kept::{Kept, Noted};
use crate::trace::names::Names;
use crate::trace::record::{Kind, Record, Side, What};
use crate::trace::sink::{Manner, Sink};

/// The hash so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Digest {
    state: u64,
    /// Which things have occurred, by their numbers.
    known: Vec<bool>,
}

impl Digest {
    pub(crate) fn value(&self) -> u64 {
        self.state
    }

    /// Adds a word.
    #[inline]
    pub(crate) fn word(&mut self, word: u64) {
        let mixed = (self.state ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.state = mixed ^ (mixed >> 32);
    }

    /// Returns the hash over the first so many happenings of a log in memory; `None` if it has not all of them from the
    /// start of the run.
    #[cfg(feature = "report")]
    pub(crate) fn of_kept(kept: &Kept, count: u64) -> Option<u64> {
        let mut digest = Digest::default();
        let first = kept.noted().find(|noted| noted.record.process != 0);
        // The first process of a run has the number 1, and starts.
        let is_late = first.is_some_and(|Noted { record, .. }| {
            record.process != 1 || !matches!(record.what, What::Started)
        });
        if kept.is_filtered || kept.dropped > 0 || is_late {
            return None;
        }
        for Noted { record, process } in kept.noted().take(usize::try_from(count).ok()?) {
            let thing = || {
                let thing = kept.things().get((record.thing as usize).checked_sub(1)?);
                thing.map(|thing| &*thing.name)
            };
            digest.add(record, || process.as_deref(), thing);
        }
        Some(digest.value())
    }

    fn text(&mut self, text: &str) {
        self.word(text.len() as u64);
        for bytes in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            self.word(u64::from_le_bytes(word));
        }
    }

    /// Adds the name of a thing, when it comes for the first time.
    #[cold]
    fn name_thing(&mut self, number: u32, name: Option<&str>) {
        let at = number as usize;
        if self.known.len() <= at {
            self.known.resize(at + 1, false);
        }
        self.known[at] = true;
        self.text(name.unwrap_or_default());
    }

    /// Adds a happening, with the names of its process and of its thing.
    fn add<'n>(
        &mut self,
        record: &Record,
        process: impl FnOnce() -> Option<&'n str>,
        thing: impl FnOnce() -> Option<&'n str>,
    ) {
        let kind = record.kind();
        if matches!(kind, Kind::Introduced | Kind::Unfinished) {
            // It says when one began and ended to look, not what happened.
            return;
        }
        let side = match record.side() {
            None => 0,
            Some(Side::Take) => 1,
            Some(Side::Put) => 2,
        };
        self.word(kind as u64 | side << 8 | u64::from(record.process) << 16);
        self.word(record.time.to_bits());
        self.word(record.thing.into());
        let is_known = self.known.get(record.thing as usize).is_some_and(|&known| known);
        if record.thing != 0 && !is_known {
            self.name_thing(record.thing, thing());
        }
        match &record.what {
            What::Started => {
                self.text(without_line(process().unwrap_or_default()));
            }
            What::Paused { request, .. } => self.text(request),
            What::Level(value) | What::Capacity(value) => self.word(value.to_bits()),
            What::Logged(text) => self.text(text),
            _ => {}
        }
    }
}

/// Returns the name of a process without the line that started it: `main (spawned at src/main.rs:7)` is
/// `main (spawned)`, in effect.
fn without_line(name: &str) -> &str {
    if !name.ends_with(')') {
        return name;
    }
    for how in [" (spawned at ", " (scheduled at "] {
        if let Some((function, _)) = name.split_once(how) {
            return function;
        }
    }
    name
}

/// Adds each happening to a digest. Whoever can still see it has the same one.
pub(crate) struct Digesting(pub(crate) Rc<RefCell<Digest>>);

impl Sink for Digesting {
    fn take(&mut self, record: &Record, names: &Names) {
        let process = || names.process(record.process).map(|name| &**name);
        let thing = || names.thing(record.thing).map(|name| &**name);
        self.0.borrow_mut().add(record, process, thing);
    }

    fn is_wanted(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }

    fn manner(&self) -> Manner {
        Manner::Quiet
    }
}
