//! Preemptive resources: a more urgent request takes the slot away from a less urgent holder.

use std::{fmt, rc::Rc};

use crate::engine::{kernel::Kernel, wait_name::WaitName, watchers::Watchers};
use crate::environment::Environment;
use crate::shared::resource::acquire::{Acquire, units_of_request};
use crate::shared::resource::{holders::HolderList, slot::Slot, slots::Slots};
use crate::wait::watch::Watched;

/// A resource whose slots can be taken away. If no slot is free, a request evicts a less urgent
/// holder, and the process of that holder is interrupted with the cause [`Preempted`][preempted]. A
/// smaller number is more urgent.
///
/// Clone it freely: all clones are handles of the same resource. Such handles are equal, even if
/// one of them was made by [`without_preemption`](Self::without_preemption).
///
/// Put the `acquire` inside the `interruptible`, not only the work: a slot can be taken away in the
/// same instant in which it was granted, before its process has resumed. A request that is kept as `&mut`
/// through the interrupt then gives a slot that is [`revoked`][revoked]: drop it, and ask again. [`work`](Self::work) does
/// all this for work that goes on after a preemption.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn job(env: Environment, machine: PreemptiveResource) {
///     let mut left = 8.0;
///     while left > 0.0 {
///         let attempt = async {
///             let _slot = machine.acquire_with_priority(2).await;
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
///     let _slot = machine.acquire().await; // with priority 0
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
///
/// [preempted]: crate::shared::resource::preempted::Preempted
/// [revoked]: crate::shared::resource::slot::Slot::revoked
#[derive(Clone)]
pub struct PreemptiveResource {
    slots: Rc<Slots>,
    /// Whether requests that are made through this handle can evict holders.
    preempts: bool,
}

impl PreemptiveResource {
    /// Makes a preemptive resource with `capacity` slots, all of them free.
    /// [`set_capacity`](Self::set_capacity) changes their number.
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
            slots: Slots::new(
                env,
                WaitName::PreemptiveAcquire,
                capacity,
                Some(HolderList::default()),
            ),
            preempts: true,
        }
    }

    /// Gives the resource a name. What has a name is measured from then on, and stands under its name in
    /// reports, in the log and in errors. The second thing of a name is called `name 2`.
    ///
    /// # Panics
    ///
    /// If it has a name already.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let clerks = PreemptiveResource::new(&sim, 3).named("clerks");
    /// # let _ = clerks;
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.slots.set_name(name.as_ref(), "PreemptiveResource");
        self
    }

    pub(crate) fn slots(&self) -> &Rc<Slots> {
        &self.slots
    }

    pub(crate) fn preempts(&self) -> bool {
        self.preempts
    }

    /// Asks for a slot, with priority 0: see
    /// [`acquire_with_priority`](Self::acquire_with_priority).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machine = PreemptiveResource::new(&sim, 1);
    /// let _slot = sim.run_until_event(machine.acquire())?;
    /// assert_eq!(machine.count(), 1);
    /// # Ok::<(), SimError>(())
    /// ```
    #[doc(alias = "request")]
    #[track_caller]
    pub fn acquire(&self) -> Acquire {
        self.slots.acquire(0, self.preempts)
    }

    /// Asks for a slot with a priority: a smaller number is more urgent. A free slot is granted at
    /// once.
    ///
    /// If no slot is free, this call evicts the least urgent holder whose number is larger than
    /// `priority`; among equals, the holder that asked for its slot last. The process that asked for the
    /// evicted slot is interrupted. A holder can be evicted as soon as it is granted its slot, even
    /// before it has awaited its request. Two kinds of slots are never taken away: slots that were
    /// asked for outside of all processes, and slots of the process that asks now.
    ///
    /// If no holder can be evicted, the request waits in line. The smallest number is served first,
    /// and equal numbers are served in the order of their calls.
    ///
    /// To change the priority later: `set_priority` of the request. It counts as if the request were made
    /// then: one that waits moves behind its new equals, and may evict a holder; one that was granted
    /// keeps its slot, and loses it before its new equals. `acquire().with_priority(3)` is
    /// not the same as `acquire_with_priority(3)`: its `acquire()` has priority 0, and may evict a
    /// holder of priority 2.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
    /// sim.spawn(async move {
    ///     let slot = machine.acquire_with_priority(1).await;
    ///     let other = machine.acquire_with_priority(0); // no process evicts itself: this one waits
    ///     slot.release();
    ///     other.await;
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn acquire_with_priority(&self, priority: i32) -> Acquire {
        self.slots.acquire(priority, self.preempts)
    }

    /// Takes a slot with priority 0 if there is one now, and leaves no request in line. It evicts a less
    /// urgent holder. To take only a free slot: `without_preemption().try_acquire()`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machine = PreemptiveResource::new(&sim, 1);
    /// let slot = machine.try_acquire();
    /// assert!(slot.is_some());
    /// assert!(machine.try_acquire().is_none());
    /// ```
    #[must_use = "a slot is held until it is dropped, and here it is released at once: keep it (`let slot = ..`; `let _ = ..` drops it too)"]
    pub fn try_acquire(&self) -> Option<Slot> {
        self.try_acquire_with_priority(0)
    }

    /// Takes the slot that [`acquire_with_priority`](Self::acquire_with_priority) would be granted
    /// at the call: a free slot, or a slot that a less urgent holder loses. If there is none,
    /// returns `None` and leaves no request in line.
    ///
    /// On a handle made by [`without_preemption`](Self::without_preemption), this takes only a free
    /// slot.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
    /// let shop = machine.clone();
    /// sim.spawn(async move {
    ///     let slot = shop.acquire_with_priority(5).await;
    ///     let interrupt = env.interruptible(env.timeout(9.0)).await.unwrap_err();
    ///     assert!(interrupt.cause::<Preempted>().is_some() && slot.revoked());
    /// });
    /// sim.run_until(1.0)?;
    /// assert!(machine.without_preemption().try_acquire_with_priority(3).is_none());
    /// assert!(machine.try_acquire_with_priority(5).is_none()); // no more urgent than the holder
    /// assert!(machine.try_acquire_with_priority(3).is_some());
    /// assert_eq!(machine.waiting(), 0);
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "a slot is held until it is dropped, and here it is released at once: keep it (`let slot = ..`; `let _ = ..` drops it too)"]
    pub fn try_acquire_with_priority(&self, priority: i32) -> Option<Slot> {
        self.slots.try_acquire(1, priority, self.preempts)
    }

    /// Asks for `units` units at once, with priority 0: see
    /// [`acquire_many_with_priority`](Self::acquire_many_with_priority).
    ///
    /// # Panics
    ///
    /// If `units` is 0, or more than `u32::MAX`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let cores = PreemptiveResource::new(&sim, 8);
    /// let slot = sim.run_until_event(cores.acquire_many(6))?;
    /// assert_eq!((slot.units(), cores.count()), (6, 6));
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn acquire_many(&self, units: usize) -> Acquire {
        self.slots.acquire_many(units, 0, self.preempts)
    }

    /// Asks for `units` units at once, with a priority. Awaiting the request gives one slot that holds all
    /// of them.
    ///
    /// If not enough units are free, this call evicts holders as
    /// [`acquire_with_priority`](Self::acquire_with_priority) does, one after the other, until there are
    /// enough. A holder of several units loses all of them. If all that can be evicted would not be enough,
    /// nobody is evicted, and the request waits in line. Nobody behind it is granted what is free, even if
    /// there is enough for a smaller request. If more units are asked for than there are, it waits until
    /// [`set_capacity`](Self::set_capacity) has made enough.
    ///
    /// # Panics
    ///
    /// If `units` is 0, or more than `u32::MAX`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn batch(env: Environment, cores: PreemptiveResource, needs: usize, ends_well: bool) {
    ///     let attempt = async {
    ///         let _slot = cores.acquire_many_with_priority(needs, 5).await;
    ///         env.timeout(9.0).await;
    ///     };
    ///     assert_eq!(env.interruptible(attempt).await.is_ok(), ends_well);
    /// }
    ///
    /// let sim = Simulation::new();
    /// let cores = PreemptiveResource::new(&sim, 8);
    /// sim.process(Batch::new(cores.clone(), 3, true));
    /// sim.process(Batch::new(cores.clone(), 4, false));
    /// sim.run_until(1.0)?;
    /// let urgent = cores.acquire_many_with_priority(5, 1); // 1 is free, and 4 are taken away
    /// assert!(urgent.triggered());
    /// assert_eq!(cores.count(), 8);
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn acquire_many_with_priority(&self, units: usize, priority: i32) -> Acquire {
        self.slots.acquire_many(units, priority, self.preempts)
    }

    /// Takes the units that [`acquire_many`](Self::acquire_many) would be granted at the call. If there are
    /// not enough, returns `None` and leaves no request in line.
    ///
    /// # Panics
    ///
    /// If `units` is 0, or more than `u32::MAX`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let cores = PreemptiveResource::new(&sim, 8);
    /// let slot = cores.try_acquire_many(6);
    /// assert!(slot.is_some());
    /// assert!(cores.try_acquire_many(3).is_none());
    /// ```
    #[must_use = "a slot is held until it is dropped, and here it is released at once: keep it (`let slot = ..`; `let _ = ..` drops it too)"]
    #[track_caller]
    pub fn try_acquire_many(&self, units: usize) -> Option<Slot> {
        self.slots.try_acquire(units_of_request(units), 0, self.preempts)
    }

    /// Returns a handle of the same resource whose requests evict nobody: they wait in line until a
    /// slot is free. Their slots can be taken away like any others.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
    /// let polite = machine.without_preemption();
    /// assert_eq!(polite, machine); // the same resource
    /// sim.spawn(async move {
    ///     let slot = machine.acquire_with_priority(7).await;
    ///     env.timeout(4.0).await;
    ///     assert!(!slot.revoked());
    /// });
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     let _slot = polite.acquire().await;
    ///     assert_eq!(env.now(), 4.0);
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn without_preemption(&self) -> PreemptiveResource {
        PreemptiveResource { slots: Rc::clone(&self.slots), preempts: false }
    }

    /// Returns the number of slots that are taken: held, or granted to requests that have not been
    /// awaited yet.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machines = PreemptiveResource::new(&sim, 2);
    /// let _granted = machines.acquire();
    /// assert_eq!(machines.count(), 1);
    /// ```
    #[must_use]
    pub fn count(&self) -> usize {
        self.slots.count()
    }

    /// Returns the number of requests that wait in line. A granted request does not wait any more.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machine = PreemptiveResource::new(&sim, 1);
    /// let granted = machine.acquire_with_priority(1);
    /// let _waiting = machine.acquire_with_priority(2);
    /// assert_eq!(machine.waiting(), 1);
    /// drop(granted);
    /// assert_eq!(machine.waiting(), 0);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.slots.waiting()
    }

    /// Returns the number of slots, taken or free.
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

    /// Changes the number of slots, which may also be 0.
    ///
    /// If there are more slots than before, the next requests in line get them at once. If there
    /// are fewer slots than are taken, this call evicts holders: the least urgent first, and among
    /// equals those that asked for their slots last. The process of each is interrupted with the cause
    /// [`Preempted`][preempted].
    ///
    /// Slots that were asked for outside of all processes, and slots of the calling process, are
    /// never taken away. Because of them, [`count`](Self::count) can stay above the capacity until
    /// they are given back. Meanwhile an urgent request evicts holders only if this brings
    /// [`count`](Self::count) within the capacity, with the request's own slot. Otherwise it evicts
    /// nobody and waits.
    ///
    /// On a handle made by [`without_preemption`](Self::without_preemption), this takes nothing
    /// away: every holder keeps its slot until it gives the slot back.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machines) = (sim.env(), PreemptiveResource::new(&sim, 2));
    /// let shop = machines.clone();
    /// sim.spawn(async move {
    ///     let slot = shop.acquire().await;
    ///     let breakdown = env.interruptible(env.timeout(9.0)).await.unwrap_err();
    ///     assert!(breakdown.cause::<Preempted>().is_some() && slot.revoked());
    ///     let slot = shop.acquire().await; // waits for the repair
    ///     assert_eq!(env.now(), 5.0);
    /// });
    /// sim.run_until(3.0)?;
    /// machines.set_capacity(0); // breaks down
    /// sim.run_until(5.0)?;
    /// machines.set_capacity(2); // repaired
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// [preempted]: crate::shared::resource::preempted::Preempted
    pub fn set_capacity(&self, capacity: usize) {
        self.slots.set_capacity(capacity, self.preempts);
    }
}

/// Compares by identity: handles of one resource are equal, with or without preemption.
impl PartialEq for PreemptiveResource {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.slots, &other.slots)
    }
}

impl Eq for PreemptiveResource {}

impl Watched for PreemptiveResource {
    fn watchers(&self) -> &Watchers {
        &self.slots.watchers
    }

    fn watched_kernel(&self) -> &Kernel {
        self.slots.kernel()
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
