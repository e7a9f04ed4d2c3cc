//! One slot of a resource that somebody holds.

use std::{fmt, rc::Rc};

use crate::engine::slab::Key;
use crate::shared::resource::slots::Slots;

/// A slot of a `Resource` or a `PreemptiveResource`, held until it is released or dropped.
///
/// A slot may be kept, returned or handed to another process. When it is given back, the next
/// request in line gets it at once.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, machine) = (sim.env(), Resource::new(&sim, 1));
/// sim.spawn(async move {
///     {
///         let _slot = machine.acquire().await;
///         env.timeout(2.0).await;
///     } // released here
///     assert_eq!(machine.count(), 0);
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a slot is held until it is dropped, and here it is released at once: keep it (`let slot = ..`; `let _ = ..` drops it too)"]
pub struct Slot {
    slots: Rc<Slots>,
    holder: Key,
}

impl Slot {
    #[inline]
    pub(crate) fn new(slots: &Rc<Slots>, holder: Key) -> Self {
        Slot { slots: Rc::clone(slots), holder }
    }

    /// Gives the slot back, and serves the next request in line. Dropping the slot does the same.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let bench = Resource::new(&sim, 2);
    /// let slot = bench.try_acquire().unwrap();
    /// assert_eq!(bench.count(), 1);
    /// slot.release();
    /// assert_eq!(bench.count(), 0);
    /// ```
    #[inline]
    pub fn release(self) {}

    /// Returns `true` if the slot was taken away, by a more urgent request or by a smaller
    /// capacity. Releasing such a slot does nothing. Only a slot of a `PreemptiveResource` can be
    /// taken away.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
    /// let urgent = machine.clone();
    /// sim.spawn(async move {
    ///     let slot = machine.acquire_with_priority(5).await;
    ///     assert!(env.interruptible(env.timeout(9.0)).await.is_err());
    ///     assert!(slot.revoked());
    /// });
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     env.timeout(1.0).await;
    ///     urgent.acquire_with_priority(1).await.release();
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn revoked(&self) -> bool {
        !self.slots.is_held(self.holder)
    }
}

impl Drop for Slot {
    #[inline]
    fn drop(&mut self) {
        self.slots.release(self.holder);
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("revoked", &self.revoked()).finish_non_exhaustive()
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_is_two_words() {
        // It lies in the future of the process that holds it.
        assert_eq!(size_of::<Slot>(), 16);
    }
}
