//! One slot of a resource that somebody holds.

use std::{fmt, rc::Rc};

use crate::shared::resource::{holding::Holding, slots::Slots};

/// A slot of a `Resource` or a `PreemptiveResource`, held until it is released or dropped. It is one unit
/// of the resource, or the [several](Self::units) that one request asked for.
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
    holding: Holding,
}

impl Slot {
    #[inline]
    pub(crate) fn new(slots: &Rc<Slots>, holding: Holding) -> Self {
        Slot { slots: Rc::clone(slots), holding }
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

    /// Returns how many units of the resource the slot holds: 1, or the number that was asked for with
    /// `acquire_many`, without those that were [released](Self::release_some). A slot that was taken away
    /// holds 0.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let cores = Resource::new(&sim, 8);
    /// let slot = cores.try_acquire_many(6).unwrap();
    /// assert_eq!((slot.units(), cores.count()), (6, 6));
    /// ```
    #[must_use]
    pub fn units(&self) -> usize {
        self.slots.units(self.holding)
    }

    /// Gives some units back, keeps the others, and serves the next requests in line. A slot that was taken
    /// away has nothing to give back.
    ///
    /// # Panics
    ///
    /// If the slot holds fewer units.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn ship(env: Environment, crew: Resource) {
    ///     let mut hands = crew.acquire_many(6).await;
    ///     env.timeout(1.0).await; // all of them moor the ship
    ///     hands.release_some(4);
    ///     env.timeout(10.0).await; // two of them unload it
    ///     hands.release();
    /// }
    ///
    /// let sim = Simulation::new();
    /// let crew = Resource::new(&sim, 8);
    /// sim.process(Ship::new(crew.clone()));
    /// sim.process(Ship::new(crew.clone())); // waits for 6 of 8
    /// sim.run_until(5.0)?;
    /// assert_eq!(crew.count(), 4);
    /// sim.run()?;
    /// assert_eq!((sim.now(), crew.count()), (12.0, 0));
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn release_some(&mut self, units: usize) {
        self.slots.release_some(self.holding, units);
    }

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
        !self.slots.is_held(self.holding)
    }
}

impl Drop for Slot {
    #[inline]
    fn drop(&mut self) {
        self.slots.release(self.holding);
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
