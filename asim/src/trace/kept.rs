//! The log in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::trace::happening::Happening;
use crate::trace::names::Names;
use crate::trace::record::Record;
#[cfg(feature = "report")]
use crate::trace::standing::{RunError, Standing};

/// The happenings that are kept in memory, with the names that stand for their numbers.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The newest stands last.
    noted: VecDeque<Noted>,
    /// The things that have occurred. The first has the number 1.
    things: Vec<KeptThing>,
    /// How many happenings are kept at most.
    most: usize,
    /// How many were dropped, because newer ones came.
    pub(crate) dropped: u64,
    /// Whether happenings are left out that do not pass a filter.
    #[cfg(feature = "report")]
    pub(crate) is_filtered: bool,
    /// When the log began.
    #[cfg(feature = "report")]
    pub(crate) from: f64,
    /// The errors with which runs have ended so far.
    #[cfg(feature = "report")]
    pub(crate) errors: Vec<RunError>,
    /// How the simulation stood when it was dropped; `None` as long as it is there.
    #[cfg(feature = "report")]
    pub(crate) end: Option<Standing>,
    /// Since when it was measured then: the end of the warm-up, if it had one.
    #[cfg(feature = "report")]
    pub(crate) measured_since: Option<f64>,
}

/// A happening as it is kept: the names of processes are forgotten elsewhere when they are gone.
#[derive(Debug)]
pub(crate) struct Noted {
    pub(crate) record: Record,
    /// The name of its process, if there is one.
    pub(crate) process: Option<Arc<str>>,
}

/// A thing that has occurred.
#[derive(Debug, Clone)]
pub(crate) struct KeptThing {
    pub(crate) name: Arc<str>,
    #[cfg(feature = "report")]
    pub(crate) kind: &'static str,
}

impl Kept {
    pub(crate) fn new(most: usize) -> Self {
        Kept {
            noted: VecDeque::new(),
            things: Vec::new(),
            most,
            dropped: 0,
            #[cfg(feature = "report")]
            is_filtered: false,
            #[cfg(feature = "report")]
            from: 0.0,
            #[cfg(feature = "report")]
            errors: Vec::new(),
            #[cfg(feature = "report")]
            end: None,
            #[cfg(feature = "report")]
            measured_since: None,
        }
    }

    /// Returns how many happenings are kept.
    pub(crate) fn len(&self) -> usize {
        self.noted.len()
    }

    /// Returns how many happenings there were, with those that were dropped.
    #[cfg(feature = "report")]
    pub(crate) fn count(&self) -> u64 {
        self.dropped + self.noted.len() as u64
    }

    /// Returns the happenings that are kept, in their order.
    #[cfg(feature = "report")]
    pub(crate) fn noted(&self) -> impl Iterator<Item = &Noted> {
        self.noted.iter()
    }

    /// Returns the things that have occurred, in the order of their numbers: the first has the number 1.
    #[cfg(feature = "report")]
    pub(crate) fn things(&self) -> &[KeptThing] {
        &self.things
    }

    /// Returns the happening with this number, counted from the first that was ever kept.
    pub(crate) fn happening(&self, number: u64) -> Option<Happening> {
        let at = usize::try_from(number.checked_sub(self.dropped)?).ok()?;
        let Noted { record, process } = self.noted.get(at)?;
        let thing = (record.thing as usize).checked_sub(1).and_then(|thing| self.things.get(thing));
        Some(Happening::new(record, process.as_ref(), thing.map(|thing| &thing.name)))
    }

    /// Keeps one more.
    pub(crate) fn take(&mut self, record: &Record, names: &Names) {
        if self.noted.len() == self.most {
            self.dropped += 1;
            if self.noted.pop_front().is_none() {
                return;
            }
        }
        while self.things.len() < record.thing as usize {
            let number = u32::try_from(self.things.len() + 1).unwrap_or(u32::MAX);
            let Some(name) = names.thing(number) else { break };
            self.things.push(KeptThing {
                name: Arc::clone(name),
                #[cfg(feature = "report")]
                kind: names.kind(number).unwrap_or_default(),
            });
        }
        let process = names.process(record.process).cloned();
        self.noted.push_back(Noted { record: record.clone(), process });
    }
}

/// Locks what is kept. No code of the user runs while it is locked, so nothing in it is ever half done.
pub(crate) fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Noted;

    #[test]
    fn a_happening_in_memory_takes_64_bytes() {
        if size_of::<usize>() == 8 {
            assert_eq!(size_of::<Noted>(), 64);
        }
    }
}
