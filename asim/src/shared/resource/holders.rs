//! The holders of the slots of a preemptive resource, and which of them loses its slot first.

use std::{rc::Rc, vec};

use crate::engine::slab::{Key, Slab};
use crate::engine::{interrupt::Interrupt, kernel::Kernel};
use crate::environment::Environment;
use crate::shared::resource::{evictable::Evictable, preempted::Preempted};
use crate::wait::event::Event;

/// The holders of the slots, and the order in which they lose them.
#[derive(Debug)]
pub(crate) struct HolderList {
    holders: Slab<Holder>,
    /// The holders that can lose their slot.
    evictable: Evictable,
    /// The number of slots that have ever been granted.
    granted: u64,
    /// An entry for each work that waits for its slot: the event that is triggered if the slot is
    /// taken away.
    works: Slab<Option<Event<()>>>,
}

/// The holder of one slot.
#[derive(Debug)]
pub(crate) struct Holder {
    priority: i32,
    /// Its place in the order of the grants.
    number: u64,
    /// The process that asked for the slot; [`Key::NONE`] outside of all processes.
    process: Key,
    /// The event that is triggered if the slot is lost. The process is then not interrupted.
    lost: Option<Event<()>>,
    /// The time at which the slot was granted.
    since: f64,
}

impl Default for Holder {
    fn default() -> Self {
        Holder { priority: 0, number: 0, process: Key::NONE, lost: None, since: 0.0 }
    }
}

impl Default for HolderList {
    fn default() -> Self {
        HolderList {
            holders: Slab::new(),
            evictable: Evictable::default(),
            granted: 0,
            works: Slab::new(),
        }
    }
}

impl HolderList {
    /// Notes that work asks for a slot. Returns the key of the work. The event is triggered if the
    /// slot is taken away.
    pub(crate) fn announce(&mut self, lost: Event<()>) -> Key {
        self.works.insert(Some(lost))
    }

    /// Notes that this work no longer asks: it has its slot, or has left the line. Returns its
    /// event.
    pub(crate) fn withdraw(&mut self, work: Key) -> Option<Event<()>> {
        self.works.remove(work).flatten()
    }

    /// Adds a holder. If its slot is for work, `work` is the key of that work.
    pub(crate) fn insert(&mut self, priority: i32, process: Key, work: Key, since: f64) -> Key {
        let lost = self.withdraw(work);
        let number = self.granted;
        self.granted += 1;
        let can_be_told = process != Key::NONE || lost.is_some();
        let key = self.holders.insert(Holder { priority, number, process, lost, since });
        if can_be_told {
            self.evictable.insert((priority, number), process, key);
        }
        key
    }

    /// Removes a holder that gives its slot back. Returns `false` if it was evicted before.
    pub(crate) fn remove(&mut self, key: Key) -> bool {
        match self.holders.remove(key) {
            Some(holder) => {
                self.evictable.remove((holder.priority, holder.number), holder.process);
                true
            }
            None => false,
        }
    }

    pub(crate) fn contains(&self, key: Key) -> bool {
        self.holders.contains(key)
    }

    /// Removes the least urgent holder, among equals the latest. The holder must be less urgent
    /// than `priority` (if there is one), and must not belong to the asking process.
    pub(crate) fn evict(&mut self, priority: Option<i32>, process: Key) -> Option<Holder> {
        let key = self.evictable.next(priority, process)?;
        let holder = self.holders.remove(key)?;
        self.evictable.remove((holder.priority, holder.number), holder.process);
        Some(holder)
    }

    /// Returns `true` if `evict` could remove `count` holders.
    pub(crate) fn can_evict(&mut self, count: usize, priority: i32, process: Key) -> bool {
        self.evictable.has(count, priority, process)
    }
}

impl Holder {
    /// Tells an evicted holder that its slot is lost. This may run user code.
    pub(crate) fn tell(&self, kernel: &Rc<Kernel>) {
        if let Some(lost) = &self.lost {
            // Nothing else triggers it, so this cannot fail.
            let _ = lost.try_succeed(());
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
    evicted: vec::IntoIter<Holder>,
}

impl<'k> Untold<'k> {
    pub(crate) fn new(kernel: &'k Rc<Kernel>, evicted: Vec<Holder>) -> Self {
        Untold { kernel, evicted: evicted.into_iter() }
    }

    pub(crate) fn tell(&mut self) {
        for evicted in self.evicted.by_ref() {
            evicted.tell(self.kernel);
        }
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}
