//! Preemptive resources: whoever is more urgent takes the slot away from whoever is less.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::rc::Rc;

use super::slots::{Acquire, Slots};
use crate::kernel::blocked::What;
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::handle::ProcessRef;
use crate::kernel::interrupt::Interrupt;
use crate::kernel::slab::{Key, Slab};

static ACQUIRE: What = What("PreemptiveResource::acquire");

/// A resource whose slots can be taken away: a request that finds none free evicts a holder who is
/// less urgent than itself, whose process is interrupted with the cause [`Preempted`]. The smaller
/// number is the more urgent. Clone it freely; the clones are the same resource.
///
/// Put the `acquire` inside the `interruptible`, not only the work: a slot can be taken away in the
/// very instant in which it was granted, before its process has resumed.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn job(env: Environment, machine: PreemptiveResource) {
///     let mut left = 8.0;
///     while left > 0.0 {
///         let attempt = async {
///             let _slot = machine.acquire(2).await;
///             env.timeout(left).await;
///         };
///         match env.interruptible(attempt).await {
///             Ok(()) => left = 0.0,
///             Err(interrupt) => {
///                 let preempted: &Preempted = interrupt.cause().unwrap();
///                 left -= env.now() - preempted.usage_since;
///             }
///         }
///     }
///     assert_eq!(env.now(), 10.0);
/// }
///
/// #[process]
/// async fn rush_job(env: Environment, machine: PreemptiveResource) {
///     env.timeout(3.0).await;
///     let _slot = machine.acquire(0).await;
///     assert_eq!(env.now(), 3.0);
///     env.timeout(2.0).await;
/// }
///
/// let sim = Simulation::new();
/// let machine = PreemptiveResource::new(&sim, 1);
/// sim.process(Job::new(machine.clone()));
/// sim.process(RushJob::new(machine));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct PreemptiveResource {
    slots: Rc<Slots>,
    /// Do requests made through this handle evict?
    preempts: bool,
}

impl PreemptiveResource {
    /// A preemptive resource with so many slots, all of them free.
    ///
    /// # Panics
    ///
    /// If the capacity is 0.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machines = PreemptiveResource::new(&sim, 2);
    /// assert_eq!((machines.count(), machines.capacity()), (0, 2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(env: &Environment, capacity: usize) -> Self {
        PreemptiveResource {
            slots: Slots::new(env, &ACQUIRE, capacity, Some(Holders::default())),
            preempts: true,
        }
    }

    /// Asks for a slot; the smaller the number, the more urgent. A free slot is granted at once.
    ///
    /// If none is free, the least urgent holder loses its slot at this call, if its number is larger
    /// than `priority`; among equals the one that got its slot last. Evicted is whoever was granted
    /// a slot, also if it has not awaited it yet; interrupted is the process that asked for it.
    /// Safe are slots asked for outside of all processes and those of the process that asks now.
    ///
    /// If nobody can be evicted the request waits in line: the smallest number first, equals in the
    /// order of their calls.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machine) = (sim.clone(), PreemptiveResource::new(&sim, 1));
    /// sim.spawn(async move {
    ///     let slot = machine.acquire(1).await;
    ///     let other = machine.acquire(0); // nobody interrupts itself: this one waits
    ///     slot.release();
    ///     other.await;
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn acquire(&self, priority: i32) -> Acquire {
        self.slots.acquire(priority, self.preempts)
    }

    /// The same resource, for requests that evict nobody: they wait in line for a slot to be free.
    /// Once granted, they can be evicted like any other.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machine) = (sim.clone(), PreemptiveResource::new(&sim, 1));
    /// let polite = machine.without_preemption();
    /// sim.spawn(async move {
    ///     let slot = machine.acquire(7).await;
    ///     env.timeout(4.0).await;
    ///     assert!(!slot.is_revoked());
    /// });
    /// let env = sim.clone();
    /// sim.spawn(async move {
    ///     let _slot = polite.acquire(0).await;
    ///     assert_eq!(env.now(), 4.0);
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn without_preemption(&self) -> PreemptiveResource {
        PreemptiveResource { slots: Rc::clone(&self.slots), preempts: false }
    }

    /// How many slots are held, or promised to requests that have been granted and not yet been
    /// awaited.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machines = PreemptiveResource::new(&sim, 2);
    /// let _granted = machines.acquire(0);
    /// assert_eq!(machines.count(), 1);
    /// ```
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.count()
    }

    /// How many slots there are.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(PreemptiveResource::new(&sim, 2).capacity(), 2);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }
}

impl fmt::Debug for PreemptiveResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.preempts {
            "PreemptiveResource"
        } else {
            "PreemptiveResource, without preemption"
        };
        f.debug_tuple(name).field(&self.slots).finish()
    }
}

/// Why a process was interrupted: somebody more urgent took its slot. The cause of the
/// [`Interrupt`].
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, machine) = (sim.clone(), PreemptiveResource::new(&sim, 1));
/// let holder = machine.clone();
/// sim.spawn(async move {
///     env.timeout(1.0).await;
///     let _slot = holder.acquire(5).await;
///     let interrupt = env.interruptible(env.timeout(9.0)).await.unwrap_err();
///     let preempted: &Preempted = interrupt.cause().unwrap();
///     assert_eq!(preempted.usage_since, 1.0);
///     assert!(preempted.by.is_none()); // it was asked for outside of all processes
/// });
/// sim.run_until(3.0)?;
/// let _slot = machine.acquire(0);
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Preempted {
    /// The process that took the slot; `None` if that was asked for outside of all processes.
    pub by: Option<ProcessRef>,
    /// The time at which the slot was granted that is now lost.
    pub usage_since: f64,
}

/// Tells the process that has lost its slot.
pub(crate) fn interrupt(kernel: &Rc<Kernel>, evicted: &Hold) {
    let by = Environment::new(Rc::clone(kernel)).active_process();
    let preempted = Preempted { by, usage_since: evicted.since };
    kernel.interrupt(evicted.process, Interrupt::new(preempted));
}

/// Who has the slots, and in which order they would lose them.
#[derive(Debug)]
pub(crate) struct Holders {
    holds: Slab<Hold>,
    /// Those that can lose theirs, by priority and then by number: the last one goes first.
    evictable: BTreeMap<(i32, u64), Key>,
    /// How many slots have been granted in all.
    granted: u64,
}

/// A slot in somebody's hands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    priority: i32,
    /// Its place in the order of the grants.
    number: u64,
    /// The process that asked for it; [`Key::NONE`] outside of all processes.
    process: Key,
    since: f64,
}

impl Default for Hold {
    fn default() -> Self {
        Hold { priority: 0, number: 0, process: Key::NONE, since: 0.0 }
    }
}

impl Default for Holders {
    fn default() -> Self {
        Holders { holds: Slab::new(), evictable: BTreeMap::new(), granted: 0 }
    }
}

impl Holders {
    pub(crate) fn insert(&mut self, priority: i32, process: Key, since: f64) -> Key {
        let number = self.granted;
        self.granted += 1;
        let key = self.holds.insert(Hold { priority, number, process, since });
        if process != Key::NONE {
            self.evictable.insert((priority, number), key);
        }
        key
    }

    /// False if it was evicted before.
    pub(crate) fn remove(&mut self, key: Key) -> bool {
        match self.holds.remove(key) {
            Some(hold) => {
                self.evictable.remove(&(hold.priority, hold.number));
                true
            }
            None => false,
        }
    }

    pub(crate) fn contains(&self, key: Key) -> bool {
        self.holds.contains(key)
    }

    /// Takes the slot away from the least urgent holder, the latest among equals, if one is less
    /// urgent than `priority`; those of the process itself are passed over.
    pub(crate) fn evict(&mut self, priority: i32, process: Key) -> Option<Hold> {
        let less_urgent = (Bound::Excluded((priority, u64::MAX)), Bound::Unbounded);
        let mut from_the_last = self.evictable.range(less_urgent).rev();
        let key = *from_the_last
            .find(|&(_, &key)| self.holds.get(key).is_some_and(|hold| hold.process != process))?
            .1;
        let hold = self.holds.remove(key)?;
        self.evictable.remove(&(hold.priority, hold.number));
        Some(hold)
    }
}
