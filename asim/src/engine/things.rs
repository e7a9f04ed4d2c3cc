//! The things of a simulation: all that a process can wait for and that the tables do not know.
//!
//! They are looked at only when somebody asks why nothing happens. A thing enters when it is made. An event
//! enters when the first process waits for it, as models make many events, and most are triggered
//! before anybody waits.
//!
//! A thing does not say when it goes. Those that are gone are removed when the list is twice as long as
//! it was after the last removal. So the list is never much longer than the things that are alive, and an
//! entry costs the same however many there are.

use std::rc::Weak;

use crate::engine::thing_view::Thing;

/// The shortest list from which things that are gone are removed.
const LEAST: usize = 64;

/// The things that were made, in that order.
pub(crate) struct Things {
    things: Vec<Weak<dyn Thing>>,
    /// The length at which those that are gone are removed.
    full: usize,
}

impl Default for Things {
    fn default() -> Self {
        Things { things: Vec::new(), full: LEAST }
    }
}

impl Things {
    /// Adds a thing.
    #[inline]
    pub(crate) fn add(&mut self, thing: Weak<dyn Thing>) {
        if self.things.len() >= self.full {
            self.sweep();
        }
        self.things.push(thing);
    }

    /// Removes those that are gone. This frees their memory and runs no user code: what was in them was
    /// dropped before.
    #[cold]
    #[inline(never)]
    fn sweep(&mut self) {
        self.things.retain(|thing| thing.strong_count() > 0);
        self.full = LEAST.max(2 * self.things.len());
        self.things.shrink_to(self.full);
    }

    /// Returns the things, with those that are gone.
    pub(crate) fn all(&self) -> &[Weak<dyn Thing>] {
        &self.things
    }
}

#[cfg(test)]
mod tests {
    use std::rc::{Rc, Weak};

    use super::{LEAST, Things};
    use crate::engine::thing_view::{Thing, View};

    struct Nothing;
    impl Thing for Nothing {
        fn show(&self, _view: &mut View) {}
    }

    #[test]
    fn the_list_follows_the_things_that_are_alive() {
        let mut things = Things::default();
        let mut alive = Vec::new();
        for number in 0..10_000 {
            let thing = Rc::new(Nothing);
            things.add(Rc::downgrade(&thing) as Weak<dyn Thing>);
            if number % 10 == 0 {
                alive.push(thing);
            }
            assert!(things.all().len() <= LEAST.max(2 * alive.len() + 1), "{number}");
        }
        let found = things.all().iter().filter(|thing| thing.strong_count() > 0).count();
        assert_eq!(found, 1000);
        alive.clear();
        for _ in 0..10_000 {
            things.add(Rc::downgrade(&Rc::new(Nothing)) as Weak<dyn Thing>);
        }
        assert!(things.all().len() <= LEAST && things.things.capacity() <= 4 * LEAST);
    }
}
