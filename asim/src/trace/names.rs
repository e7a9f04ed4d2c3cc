//! The names that stand for the numbers in the records.

use std::hash::{BuildHasherDefault, Hasher};
use std::{borrow::Cow, collections::HashMap, sync::Arc};

/// The names of the processes that live, and of all things that have one.
#[derive(Debug, Default)]
pub(crate) struct Names {
    processes: HashMap<u32, Arc<str>, BuildHasherDefault<NumberHasher>>,
    /// The name and the kind of each thing. The first has the number 1.
    things: Vec<(Arc<str>, &'static str)>,
    /// The static names, by their addresses and lengths. There are as many as there are in the program.
    fixed: HashMap<(usize, usize), Arc<str>, BuildHasherDefault<NumberHasher>>,
}

impl Names {
    /// Notes the name of a process.
    pub(crate) fn add_process(&mut self, number: u32, name: Cow<'static, str>) {
        let name = match name {
            Cow::Borrowed(name) => {
                let place = (name.as_ptr().addr(), name.len());
                Arc::clone(self.fixed.entry(place).or_insert_with(|| Arc::from(name)))
            }
            Cow::Owned(name) => Arc::from(name),
        };
        self.processes.insert(number, name);
    }

    /// Forgets a process that is gone.
    pub(crate) fn remove_process(&mut self, number: u32) {
        self.processes.remove(&number);
    }

    /// Returns the name of a process, if it is one that lives.
    pub(crate) fn process(&self, number: u32) -> Option<&Arc<str>> {
        if number == 0 { None } else { self.processes.get(&number) }
    }

    /// Notes the name of the next thing, and its kind.
    pub(crate) fn add_thing(&mut self, name: &str, kind: &'static str) {
        self.things.push((Arc::from(name), kind));
    }

    /// Returns how many things are known.
    pub(crate) fn count_things(&self) -> usize {
        self.things.len()
    }

    /// Returns the name of a thing, if it is one.
    pub(crate) fn thing(&self, number: u32) -> Option<&Arc<str>> {
        Some(&self.things.get((number as usize).checked_sub(1)?)?.0)
    }

    /// Returns the kind of a thing, if it is one.
    pub(crate) fn kind(&self, number: u32) -> Option<&'static str> {
        Some(self.things.get((number as usize).checked_sub(1)?)?.1)
    }
}

/// A hasher for numbers that nobody chooses to do harm: one multiplication.
#[derive(Debug, Default)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(byte.into());
        }
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
