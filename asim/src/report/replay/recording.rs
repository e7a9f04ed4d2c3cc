//! The recording: what happened, in the bytes that the script of the page reads.
//!
//! `README.md` beside this file has the format.

use std::collections::HashMap;
use std::hash::Hash;
use std::panic::Location;
use std::sync::Arc;

use crate::report::replay::type_name::type_of;
use crate::trace::kept::{Kept, Noted};
use crate::trace::record::{Kind, Record, Side, What};

/// The bits of the first byte of a happening, above its kind.
pub(crate) const TIME: u8 = 32;
pub(crate) const PUT: u8 = 64;
pub(crate) const SAME_PROCESS: u8 = 128;

/// The happenings as bytes, and the texts that stand for the numbers in them.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) bytes: Vec<u8>,
    /// How many happenings there are. Those that introduce processes whose start is not kept are counted too.
    pub(crate) count: u64,
    /// How many of them introduce such processes. They stand first.
    pub(crate) introduced: u64,
    /// The time of the first, and of the last. Both are infinite if there is none.
    pub(crate) first: f64,
    pub(crate) last: f64,
    /// The greatest number of a process.
    pub(crate) processes: u32,
    /// The names of processes, each with the number of its type.
    pub(crate) names: Interned<Arc<str>>,
    pub(crate) type_of_name: Vec<u32>,
    pub(crate) types: Interned<String>,
    pub(crate) requests: Interned<&'static str>,
    pub(crate) sites: Interned<&'static Location<'static>>,
    pub(crate) texts: Interned<Arc<str>>,
}

/// Different values, each of which has a number.
#[derive(Debug)]
pub(crate) struct Interned<T> {
    numbers: HashMap<T, u32>,
    /// The values, by their numbers.
    pub(crate) all: Vec<T>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Interned { numbers: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interned<T> {
    /// Returns the number of a value, if it has one.
    pub(crate) fn get(&self, value: &T) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    /// Returns the number of a value. The first has 0.
    pub(crate) fn number(&mut self, value: &T) -> u32 {
        if let Some(&number) = self.numbers.get(value) {
            return number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.numbers.insert(value.clone(), number);
        self.all.push(value.clone());
        number
    }
}

/// Returns the happenings that are kept, without those that came after the first `count`.
pub(crate) fn noted_until(kept: &Kept, count: u64) -> impl Iterator<Item = &Noted> {
    let most = usize::try_from(count.saturating_sub(kept.dropped)).unwrap_or(usize::MAX);
    kept.noted().take(most)
}

impl Recording {
    /// Records what is kept, without what came after the first `count` happenings.
    pub(crate) fn of(kept: &Kept, count: u64) -> Self {
        let mut recording = Recording {
            bytes: Vec::with_capacity(kept.len().saturating_mul(6)),
            first: f64::INFINITY,
            last: f64::INFINITY,
            ..Recording::default()
        };
        let mut before = None;
        if kept.dropped > 0 || kept.is_filtered {
            // The processes that are met without a beginning were there at the first happening.
            for (time, process, name) in without_beginning(kept, count) {
                let record = Record { time, process, thing: 0, what: What::Introduced };
                recording.add(&record, Some(&name), before);
                before = Some((time, process));
            }
            recording.introduced = recording.count;
        }
        for Noted { record, process } in noted_until(kept, count) {
            recording.add(record, process.as_ref(), before);
            before = Some((record.time, record.process));
        }
        recording
    }

    /// Adds a happening. `before` has the time and the process of the one before it.
    fn add(&mut self, record: &Record, name: Option<&Arc<str>>, before: Option<(f64, u32)>) {
        let (mut first, kind) = (record.kind() as u8, record.kind());
        let is_later = before.is_none_or(|(time, _)| time.to_bits() != record.time.to_bits());
        let is_same = before.is_some_and(|(_, process)| process == record.process);
        for (bit, is_set) in
            [(TIME, is_later), (PUT, record.side() == Some(Side::Put)), (SAME_PROCESS, is_same)]
        {
            first |= if is_set { bit } else { 0 };
        }
        self.bytes.push(first);
        if is_later {
            self.bytes.extend_from_slice(&record.time.to_le_bytes());
        }
        if !is_same {
            push_number(&mut self.bytes, record.process);
        }
        if is_at_a_thing(kind) {
            push_number(&mut self.bytes, record.thing);
        }
        match &record.what {
            What::Level(value) | What::Capacity(value) => push_value(&mut self.bytes, *value),
            What::Started | What::Introduced => {
                let number = self.name(name);
                push_number(&mut self.bytes, number);
            }
            What::Paused { .. } | What::Unfinished { .. } => {
                let request = record.request().map_or(0, |it| self.requests.number(&it) + 1);
                let site = record.call_site().map_or(0, |it| self.sites.number(&it) + 1);
                push_number(&mut self.bytes, request);
                push_number(&mut self.bytes, site);
            }
            What::Logged(text) => {
                let number = self.texts.number(text);
                push_number(&mut self.bytes, number);
            }
            _ => {}
        }
        if self.count == 0 {
            self.first = record.time;
        }
        self.last = record.time;
        self.count += 1;
        self.processes = self.processes.max(record.process);
    }

    /// Returns the number of the name of a process. A process whose name is not known has an empty one.
    fn name(&mut self, name: Option<&Arc<str>>) -> u32 {
        let name = name.map_or_else(|| Arc::from(""), Arc::clone);
        let number = self.names.number(&name);
        if number as usize == self.type_of_name.len() {
            let type_number = self.types.number(&type_of(&name).to_owned());
            self.type_of_name.push(type_number);
        }
        number
    }

    /// Returns the sum over the bytes, by which the script sees whether they are whole.
    pub(crate) fn sum(&self) -> u32 {
        self.bytes.iter().fold(0, |sum: u32, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
    }
}

/// Returns the processes of which something is kept, but not how they began: each with the time of the first
/// happening that is kept. They stand in the order of their numbers.
fn without_beginning(kept: &Kept, count: u64) -> Vec<(f64, u32, Arc<str>)> {
    let mut is_known = HashMap::new();
    let mut time = f64::INFINITY;
    for Noted { record, process } in noted_until(kept, count) {
        time = time.min(record.time);
        let Some(name) = process else { continue };
        let begins = matches!(record.what, What::Started | What::Introduced);
        is_known.entry(record.process).or_insert_with(|| (!begins).then(|| Arc::clone(name)));
    }
    let mut all: Vec<_> =
        is_known.into_iter().filter_map(|(process, name)| Some((time, process, name?))).collect();
    all.sort_unstable_by_key(|&(_, process, _)| process);
    all
}

/// Returns whether happenings of this kind are at a thing.
pub(crate) fn is_at_a_thing(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Waits
            | Kind::Granted
            | Kind::Left
            | Kind::Released
            | Kind::Preempted
            | Kind::Level
            | Kind::Capacity
            | Kind::Refused
            | Kind::Changed
    )
}

/// Adds a number with seven bits a byte, the lowest first (LEB128).
fn push_number(to: &mut Vec<u8>, mut number: u32) {
    loop {
        let seven = number.to_le_bytes()[0] & 127;
        number >>= 7;
        to.push(if number > 0 { seven | 128 } else { seven });
        if number == 0 {
            return;
        }
    }
}

/// Adds a value: most are whole and small.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it comes back the same, or is not used"
)]
fn push_value(to: &mut Vec<u8>, value: f64) {
    let whole = value as u32;
    if whole < 1 << 30 && f64::from(whole).to_bits() == value.to_bits() {
        push_number(to, 2 * whole);
    } else {
        to.push(1);
        to.extend_from_slice(&value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests;
