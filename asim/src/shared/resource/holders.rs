//! The holders of the slots of a preemptive resource, and which of them loses its slot first.

use std::{rc::Rc, vec};

use crate::engine::slab::{Key, Slab};
use crate::engine::{awaiter::Awaiter, interrupt::Interrupt, kernel::Kernel};
use crate::environment::Environment;
use crate::shared::resource::{evictable::Evictable, preempted::Preempted};

/// The holders of the slots, and the order in which they lose them.
#[derive(Debug)]
pub(crate) struct HolderList {
    holders: Slab<Holder>,
    /// The holders that can lose their slot.
    evictable: Evictable,
}

/// The holder of one slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) priority: i32,
    /// Its place in the order in which the slots were asked for.
    pub(crate) number: u64,
    pub(crate) units: u32,
    /// The process that asked for the slot; [`Key::NONE`] outside of all processes.
    pub(crate) process: Key,
    /// The request of the work that the slot is for; [`Key::NONE`] if it is for no work. If work loses
    /// its slot, its request waits again, and no process is interrupted.
    pub(crate) work: Key,
    /// The time at which the slot was granted.
    pub(crate) since: f64,
}

impl Default for Holder {
    fn default() -> Self {
        let (process, work) = (Key::NONE, Key::NONE);
        Holder { priority: 0, number: 0, units: 0, process, work, since: 0.0 }
    }
}

impl Default for HolderList {
    fn default() -> Self {
        HolderList { holders: Slab::new(), evictable: Evictable::default() }
    }
}

impl Holder {
    /// Returns `true` if there is somebody who can be told of a loss.
    fn can_be_told(&self) -> bool {
        self.process != Key::NONE || self.work != Key::NONE
    }
}

impl HolderList {
    /// Adds a holder.
    pub(crate) fn insert(&mut self, holder: Holder) -> Key {
        let key = self.holders.insert(holder);
        if holder.can_be_told() {
            self.evictable.insert((holder.priority, holder.number), holder.process, key);
        }
        key
    }

    /// Removes a holder that gives its slot back. Returns it, unless it was evicted before.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Holder> {
        let holder = self.holders.remove(key)?;
        self.evictable.remove((holder.priority, holder.number), holder.process);
        Some(holder)
    }

    /// Returns all holders.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Holder> {
        self.holders.occupied()
    }

    pub(crate) fn contains(&self, key: Key) -> bool {
        self.holders.contains(key)
    }

    /// Returns the number of units that a holder holds; 0 if it was evicted.
    pub(crate) fn units(&self, key: Key) -> u32 {
        self.holders.get(key).map_or(0, |holder| holder.units)
    }

    /// Takes some units from a holder, which keeps the rest. Returns how many were taken: none if it was
    /// evicted.
    pub(crate) fn take_some(&mut self, key: Key, units: u32) -> u32 {
        let Some(holder) = self.holders.get_mut(key) else { return 0 };
        holder.units -= units;
        units
    }

    /// Gives a holder another priority, and a new place in the order of asking.
    pub(crate) fn set_priority(&mut self, key: Key, priority: i32, number: u64) {
        if let Some(mut holder) = self.remove_to_move(key) {
            (holder.priority, holder.number) = (priority, number);
            if let Some(place) = self.holders.get_mut(key) {
                *place = holder;
            }
            if holder.can_be_told() {
                self.evictable.insert((priority, number), holder.process, key);
            }
        }
    }

    fn remove_to_move(&mut self, key: Key) -> Option<Holder> {
        let holder = *self.holders.get(key)?;
        self.evictable.remove((holder.priority, holder.number), holder.process);
        Some(holder)
    }

    /// Removes the least urgent holder, among equals the one that asked last. The holder must be less
    /// urgent than `priority` (if there is one), and must not belong to the asking process.
    pub(crate) fn evict(&mut self, priority: Option<i32>, process: Key) -> Option<Holder> {
        let key = self.evictable.next(priority, process)?;
        self.remove(key)
    }

    /// Returns `true` if `evict` could free this number of units.
    pub(crate) fn can_evict(&mut self, units: usize, priority: i32, process: Key) -> bool {
        let holders = &self.holders;
        let units_of = |key| holders.get(key).map_or(0, |holder| holder.units as usize);
        self.evictable.has(units, priority, process, units_of)
    }
}

/// A holder that has lost its slot and has to be told.
#[derive(Debug)]
pub(crate) struct Evicted {
    pub(crate) process: Key,
    pub(crate) since: f64,
    /// The request of the work that the slot was for, if it is back in line.
    pub(crate) waits_again: Option<Key>,
    /// Who waits for the end of the work that the slot was for; `None` if it was for no work.
    work: Option<Awaiter>,
}

impl Evicted {
    pub(crate) fn new(holder: &Holder, work: Option<Awaiter>, waits_again: Option<Key>) -> Self {
        Evicted { process: holder.process, since: holder.since, waits_again, work }
    }

    /// Tells the holder that its slot is lost.
    pub(crate) fn tell(self, kernel: &Rc<Kernel>) {
        if let Some(awaiter) = self.work {
            kernel.notify(awaiter);
            return;
        }
        let by = Environment::new(Rc::clone(kernel)).active_process();
        let preempted = Preempted { by, usage_since: self.since };
        kernel.interrupt(self.process, Interrupt::told_by_its_cause(preempted));
    }
}

/// Evicted holders that have not been told yet. If user code panics while one holder is told, the
/// others are still told.
pub(crate) struct Untold<'k> {
    kernel: &'k Rc<Kernel>,
    first: Option<Evicted>,
    others: vec::IntoIter<Evicted>,
}

impl<'k> Untold<'k> {
    pub(crate) fn new(
        kernel: &'k Rc<Kernel>,
        (first, others): (Option<Evicted>, Vec<Evicted>),
    ) -> Self {
        Untold { kernel, first, others: others.into_iter() }
    }

    pub(crate) fn tell(&mut self) {
        while let Some(evicted) = self.first.take().or_else(|| self.others.next()) {
            evicted.tell(self.kernel);
        }
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}
