//! The streams of a simulation, by name.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::random::seed::key_of;
use crate::random::stream::Stream;

/// The streams that a simulation has been asked for, and what they are seeded with.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    seed: Cell<u64>,
    replication: Cell<u64>,
    mirrored: Cell<bool>,
    by_name: RefCell<BTreeMap<Rc<str>, Stream>>,
}

impl Streams {
    pub(crate) fn seed(&self) -> u64 {
        self.seed.get()
    }

    /// Returns the seed, and the number of the replication.
    #[cfg(feature = "report")]
    pub(crate) fn seeds(&self) -> (u64, u64) {
        (self.seed.get(), self.replication.get())
    }

    /// Seeds all streams of the simulation.
    ///
    /// # Panics
    ///
    /// If there is a stream already.
    #[track_caller]
    pub(crate) fn seed_with(&self, seed: u64, replication: u64) {
        self.refuse_if_begun("with_seed");
        self.seed.set(seed);
        self.replication.set(replication);
    }

    /// Makes all streams of the simulation mirror images.
    ///
    /// # Panics
    ///
    /// If there is a stream already.
    #[track_caller]
    pub(crate) fn mirror(&self) {
        self.refuse_if_begun("antithetic");
        self.mirrored.set(true);
    }

    #[track_caller]
    fn refuse_if_begun(&self, method: &str) {
        if let Some(name) = self.by_name.borrow().keys().next() {
            panic!(
                "{method}: the stream `{name}` has been asked for already; call {method} before that"
            );
        }
    }

    /// Returns the stream of this name. It goes on where it is.
    pub(crate) fn get(&self, name: &str) -> Stream {
        if let Some(stream) = self.by_name.borrow().get(name) {
            return stream.clone();
        }
        let key = key_of(self.seed.get(), self.replication.get(), name);
        let name: Rc<str> = name.into();
        let stream = Stream::at_beginning(key, Rc::clone(&name), self.mirrored.get());
        self.by_name.borrow_mut().insert(name, stream.clone());
        stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_replication_draws_other_numbers() {
        let first = |seed, replication| {
            let streams = Streams::default();
            streams.seed_with(seed, replication);
            streams.get("service").uniform(0.0, 1.0)
        };
        assert_eq!(first(7, 3), first(7, 3));
        let mut all = Vec::new();
        for seed in 0..10 {
            for replication in 0..10 {
                all.push(first(seed, replication).to_bits());
            }
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 100);
    }
}
