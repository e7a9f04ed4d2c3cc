//! The log: what has happened since the last look, and the sinks that get it.
//!
//! A [`Record`] goes into a buffer. Between two turns, and at the end of a run, the kernel hands the buffer over
//! to the sinks (`logging`). A *quiet* sink calls nobody, so it can also be brought up to date at any time:
//! whoever looks at it sees all that has happened. The others may run code of the user, which may call the
//! library. So they, and what they get, are taken out of the log while they work.
//!
//! Each sink has the number of the record that it gets next. So no record is lost and none comes twice, if
//! code of the user panics half-way.

use std::cell::{Cell, RefCell};
#[cfg(feature = "report")]
use std::sync::{Arc, Mutex};
use std::{io, mem, thread};

use crate::engine::slab::Key;
use crate::trace::filter::Filter;
#[cfg(feature = "report")]
use crate::trace::kept::Kept;
use crate::trace::names::Names;
use crate::trace::record::Record;
use crate::trace::sink::{Manner, Sink};

/// How many records are gathered before they are handed over.
pub(crate) const GATHERED: usize = 4096;

/// What has happened since the last look, and the sinks that get it.
pub(crate) struct Log {
    records: RefCell<Vec<Record>>,
    /// The number of the first of `records`.
    first: Cell<u64>,
    quiet: RefCell<Vec<Entry>>,
    others: RefCell<Vec<Entry>>,
    pub(crate) names: RefCell<Names>,
    /// Processes that have ended. Their names go when they are gone.
    pub(crate) ended: RefCell<Vec<(u32, Key)>>,
    /// How many of them there are when it is time to look which are gone.
    pub(crate) ended_check: Cell<usize>,
    /// The process that has an interrupt in delivery, or [`Key::NONE`].
    pub(crate) delivery: Cell<Key>,
    /// Whether a hand-over is under way.
    is_handing_over: Cell<bool>,
}

/// A sink and what it gets.
struct Entry {
    sink: Box<dyn Sink>,
    filter: Filter,
    /// What it gets before all others, the first of them last: who is there already.
    introductions: Vec<Record>,
    /// The number of the record that it gets next.
    next: u64,
}

/// Why a sink gets nothing more.
pub(crate) struct Unwritten {
    pub(crate) log: String,
    pub(crate) source: io::Error,
}

/// How far a hand-over goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The sinks take what there is.
    Taken,
    /// Others can see it.
    Flushed,
    /// The end is written.
    Finished,
}

impl Log {
    pub(crate) fn new() -> Self {
        Log {
            records: RefCell::default(),
            first: Cell::new(0),
            quiet: RefCell::default(),
            others: RefCell::default(),
            names: RefCell::default(),
            ended: RefCell::default(),
            ended_check: Cell::new(0),
            delivery: Cell::new(Key::NONE),
            is_handing_over: Cell::new(false),
        }
    }

    /// Adds a record. Returns `true` if it is time to hand over.
    #[inline]
    pub(crate) fn push(&self, record: Record) -> bool {
        let records = &mut *self.records.borrow_mut();
        records.push(record);
        records.len() >= GATHERED
    }

    /// Returns `true` if it is time to hand over.
    pub(crate) fn is_full(&self) -> bool {
        self.records.borrow().len() >= GATHERED
    }

    /// Returns `true` if nothing has happened since the last look.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.borrow().is_empty()
    }

    /// Adds a sink, which gets these records first, and then what happens from now on.
    pub(crate) fn add(&self, sink: Box<dyn Sink>, filter: Filter, mut first: Vec<Record>) {
        first.reverse();
        let next = self.first.get() + self.records.borrow().len() as u64;
        let is_quiet = sink.manner() == Manner::Quiet;
        let entry = Entry { sink, filter, introductions: first, next };
        let entries = if is_quiet { &self.quiet } else { &self.others };
        entries.borrow_mut().push(entry);
    }

    /// Brings the quiet sinks up to date.
    pub(crate) fn bring_up_to_date(&self) {
        let (records, names) = (self.records.borrow(), self.names.borrow());
        for entry in &mut *self.quiet.borrow_mut() {
            while let Some(record) = entry.introductions.pop() {
                entry.give(&record, &names);
            }
            for record in entry.left(&records, self.first.get()) {
                entry.give(record, &names);
            }
            entry.next = self.first.get() + records.len() as u64;
        }
    }

    /// Returns what is kept in memory.
    #[cfg(feature = "report")]
    pub(crate) fn kept(&self) -> Vec<Arc<Mutex<Kept>>> {
        let quiet = self.quiet.borrow();
        quiet.iter().filter_map(|entry| entry.sink.kept().cloned()).collect()
    }

    /// Returns `true` while the sinks are at work.
    pub(crate) fn is_handing_over(&self) -> bool {
        self.is_handing_over.get()
    }

    /// Hands all records over, and forgets them. The quiet sinks have got them already. Returns the first error of a sink.
    ///
    /// This runs code of the user. What that causes to happen is handed over the next time; and so is what a
    /// sink has not got when a panic passes through.
    pub(crate) fn hand_over(&self, extent: Extent) -> Option<Unwritten> {
        let mut taken = Taken {
            log: self,
            first: self.first.get(),
            records: mem::take(&mut *self.records.borrow_mut()),
            at: 0,
            entries: mem::take(&mut *self.others.borrow_mut()),
        };
        self.first.set(taken.first + taken.records.len() as u64);
        self.is_handing_over.set(true);
        let unwritten = taken.work(extent);
        taken.records.clear();
        unwritten
    }

    /// Drops the sinks that nobody can see any more. Returns `true` if some are left.
    pub(crate) fn drop_unwanted(&self) -> bool {
        self.quiet.borrow_mut().retain(|entry| entry.sink.is_wanted());
        !(self.quiet.borrow().is_empty() && self.others.borrow().is_empty())
    }

    /// Takes out everything at the end of the simulation, to be dropped outside of any borrow.
    pub(crate) fn close(&self) -> impl Sized + use<> {
        self.records.borrow_mut().clear();
        *self.names.borrow_mut() = Names::default();
        let quiet = mem::take(&mut *self.quiet.borrow_mut());
        (quiet, mem::take(&mut *self.others.borrow_mut()))
    }
}

impl Entry {
    /// Returns the records, of which the first has the number `first`, that the sink has not got yet.
    fn left<'r>(&self, records: &'r [Record], first: u64) -> &'r [Record] {
        let got = usize::try_from(self.next.saturating_sub(first)).unwrap_or(usize::MAX);
        records.get(got..).unwrap_or_default()
    }

    #[inline]
    fn give(&mut self, record: &Record, names: &Names) {
        if self.filter.passes(record, names) {
            self.sink.take(record, names);
        }
    }

    /// Gives the sink what it has not got yet. This runs code of the user.
    fn work(
        &mut self,
        records: &[Record],
        first: u64,
        names: &RefCell<Names>,
        extent: Extent,
    ) -> io::Result<()> {
        if self.sink.manner() == Manner::Foreign && thread::panicking() {
            // A second panic would end the program.
            return Ok(());
        }
        while let Some(record) = self.introductions.pop() {
            self.give(&record, &names.borrow());
            self.sink.pass_on()?;
        }
        for record in self.left(records, first) {
            self.next += 1;
            self.give(record, &names.borrow());
            self.sink.pass_on()?;
        }
        match extent {
            Extent::Taken => Ok(()),
            Extent::Flushed => self.sink.flush(),
            Extent::Finished => self.sink.finish(),
        }
    }
}

/// What is taken out of the log during a hand-over. It goes back when this is dropped: also when the code of
/// the user panics.
struct Taken<'l> {
    log: &'l Log,
    first: u64,
    records: Vec<Record>,
    /// Which of the entries is at work.
    at: usize,
    entries: Vec<Entry>,
}

impl Taken<'_> {
    fn work(&mut self, extent: Extent) -> Option<Unwritten> {
        let mut unwritten = None;
        while let Some(entry) = self.entries.get_mut(self.at) {
            match entry.work(&self.records, self.first, &self.log.names, extent) {
                Ok(()) if extent == Extent::Finished => drop(self.entries.remove(self.at)),
                Ok(()) => self.at += 1,
                Err(source) => {
                    let gone = self.entries.remove(self.at);
                    let log = gone.sink.name();
                    unwritten.get_or_insert(Unwritten { log, source });
                }
            }
        }
        unwritten
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.log.is_handing_over.set(false);
        {
            // Sinks that were added meanwhile stand behind these.
            let others = &mut *self.log.others.borrow_mut();
            self.entries.append(others);
            mem::swap(&mut self.entries, others);
        }
        let records = &mut *self.log.records.borrow_mut();
        if !self.records.is_empty() {
            // A panic passes through. What came meanwhile stands behind what was left.
            self.log.first.set(self.first);
        }
        self.records.append(records);
        mem::swap(&mut self.records, records);
    }
}
