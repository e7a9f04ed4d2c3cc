//! Preemptive resources: whoever is more urgent takes the slot away from whoever is less.

mod evictable;

use std::fmt;
use std::rc::Rc;

use evictable::Evictable;

use super::slots::{Acquire, Slots};
use crate::kernel::blocked::What;
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::event::Event;
use crate::kernel::handle::ProcessRef;
use crate::kernel::interrupt::Interrupt;
use crate::kernel::slab::{Key, Slab};

static ACQUIRE: What = What("PreemptiveResource::acquire");

/// A resource whose slots can be taken away: a request that finds none free evicts a holder who is
/// less urgent than itself, whose process is interrupted with the cause [`Preempted`]. The smaller
/// number is the more urgent. Clone it freely; the clones are the same resource.
///
/// Put the `acquire` inside the `interruptible`, not only the work: a slot can be taken away in the
/// very instant in which it was granted, before its process has resumed. For work that is to go on
/// later with what is left of it, [`work`](Self::work) does all this.
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

    pub(super) fn slots(&self) -> &Rc<Slots> {
        &self.slots
    }

    pub(super) fn preempts(&self) -> bool {
        self.preempts
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
    /// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
    /// sim.spawn(async move {
    ///     let slot = machine.acquire(1).await;
    ///     let other = machine.acquire(0); // nobody interrupts itself: this one waits
    ///     slot.release();
    ///     other.await;
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[doc(alias = "request")]
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
    /// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
    /// let polite = machine.without_preemption();
    /// sim.spawn(async move {
    ///     let slot = machine.acquire(7).await;
    ///     env.timeout(4.0).await;
    ///     assert!(!slot.is_revoked());
    /// });
    /// let env = sim.env();
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

    /// How many requests wait in line: those that have been granted do not wait any more.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machine = PreemptiveResource::new(&sim, 1);
    /// let granted = machine.acquire(1);
    /// let _waiting = machine.acquire(2);
    /// assert_eq!(machine.waiting(), 1);
    /// drop(granted);
    /// assert_eq!(machine.waiting(), 0);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.slots.waiting()
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

    /// From now on there are so many slots, 0 included.
    ///
    /// If there are more, those next in line have them at once. If there are fewer than are held,
    /// the least urgent holders lose theirs at this call, among equals those that got theirs last:
    /// each is interrupted with the cause [`Preempted`]. Safe are slots asked for outside of all
    /// processes and those of the process that calls: then [`count`](Self::count) stays above the
    /// capacity until they are given back, and a request that is urgent enough takes away as many
    /// slots as it needs to have one within the capacity, or none.
    ///
    /// Called on the handle [`without_preemption`](Self::without_preemption) it takes nothing away:
    /// those who have a slot keep it until they give it back.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machines) = (sim.env(), PreemptiveResource::new(&sim, 2));
    /// let shop = machines.clone();
    /// sim.spawn(async move {
    ///     let slot = shop.acquire(1).await;
    ///     let breakdown = env.interruptible(env.timeout(9.0)).await.unwrap_err();
    ///     assert!(breakdown.cause::<Preempted>().is_some() && slot.is_revoked());
    ///     let slot = shop.acquire(1).await; // waits for the repair
    ///     assert_eq!(env.now(), 5.0);
    /// });
    /// sim.run_until(3.0)?;
    /// machines.set_capacity(0); // breaks down
    /// sim.run_until(5.0)?;
    /// machines.set_capacity(2); // repaired
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn set_capacity(&self, capacity: usize) {
        self.slots.set_capacity(capacity, self.preempts);
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
/// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
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
    /// The process that took the slot, or that changed the capacity; `None` if that was done outside
    /// of all processes.
    pub by: Option<ProcessRef>,
    /// The time at which the slot was granted that is now lost.
    pub usage_since: f64,
}

impl fmt::Display for Preempted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.usage_since;
        match &self.by {
            Some(by) => write!(
                f,
                "preempted: `{}` took a slot of the PreemptiveResource held since {since}",
                by.name()
            ),
            None => {
                write!(
                    f,
                    "preempted: a slot of the PreemptiveResource held since {since} was taken"
                )
            }
        }
    }
}

/// Tells whoever has lost a slot.
pub(crate) fn tell(kernel: &Rc<Kernel>, evicted: &Hold) {
    if let Some(lost) = &evicted.lost {
        // It is triggered by nobody else.
        let _ = lost.try_succeed(());
        return;
    }
    let by = Environment::new(Rc::clone(kernel)).active_process();
    let preempted = Preempted { by, usage_since: evicted.since };
    kernel.interrupt(evicted.process, Interrupt::told_by_its_cause(preempted));
}

/// Who has the slots, and in which order they would lose them.
#[derive(Debug)]
pub(crate) struct Holders {
    holds: Slab<Hold>,
    /// Those that can lose theirs.
    evictable: Evictable,
    /// How many slots have been granted in all.
    granted: u64,
    /// Of work that has not been granted its slot yet: what is triggered when that is taken away.
    works: Slab<Option<Event<()>>>,
}

/// A slot in somebody's hands.
#[derive(Debug)]
pub(crate) struct Hold {
    priority: i32,
    /// Its place in the order of the grants.
    number: u64,
    /// The process that asked for it; [`Key::NONE`] outside of all processes.
    process: Key,
    /// What is triggered when it is lost, rather than the process being interrupted.
    lost: Option<Event<()>>,
    since: f64,
}

impl Default for Hold {
    fn default() -> Self {
        Hold { priority: 0, number: 0, process: Key::NONE, lost: None, since: 0.0 }
    }
}

impl Default for Holders {
    fn default() -> Self {
        Holders {
            holds: Slab::new(),
            evictable: Evictable::default(),
            granted: 0,
            works: Slab::new(),
        }
    }
}

impl Holders {
    /// Work is about to ask for a slot: the event is to be triggered if the slot is taken away.
    pub(crate) fn announce(&mut self, lost: Event<()>) -> Key {
        self.works.insert(Some(lost))
    }

    /// It does not ask any more: it has a slot, or has left the line.
    pub(crate) fn withdraw(&mut self, work: Key) -> Option<Event<()>> {
        self.works.remove(work).flatten()
    }

    /// Somebody is given a slot, perhaps for work.
    pub(crate) fn insert(&mut self, priority: i32, process: Key, work: Key, since: f64) -> Key {
        let lost = self.withdraw(work);
        let number = self.granted;
        self.granted += 1;
        let has_somebody_to_tell = process != Key::NONE || lost.is_some();
        let key = self.holds.insert(Hold { priority, number, process, lost, since });
        if has_somebody_to_tell {
            self.evictable.insert((priority, number), process, key);
        }
        key
    }

    /// False if it was evicted before.
    pub(crate) fn remove(&mut self, key: Key) -> bool {
        match self.holds.remove(key) {
            Some(hold) => {
                self.evictable.remove((hold.priority, hold.number), hold.process);
                true
            }
            None => false,
        }
    }

    pub(crate) fn contains(&self, key: Key) -> bool {
        self.holds.contains(key)
    }

    /// Takes the slot away from the least urgent holder, the latest among equals, if one is less
    /// urgent than `priority` (whoever that is if there is none); those of the process itself are
    /// passed over.
    pub(crate) fn evict(&mut self, priority: Option<i32>, process: Key) -> Option<Hold> {
        let key = self.evictable.next(priority, process)?;
        let hold = self.holds.remove(key)?;
        self.evictable.remove((hold.priority, hold.number), hold.process);
        Some(hold)
    }

    /// Are there so many that could be evicted?
    pub(crate) fn can_evict(&mut self, count: usize, priority: i32, process: Key) -> bool {
        self.evictable.has(count, priority, process)
    }
}
