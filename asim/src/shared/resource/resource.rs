//! Resources: equal slots that processes take and give back.

use std::{fmt, rc::Rc};

use crate::engine::{kernel::Kernel, wait_name::WaitName, watchers::Watchers};
use crate::environment::Environment;
use crate::shared::resource::acquire::{Acquire, units_of_request};
use crate::shared::resource::{slot::Slot, slots::Slots};
use crate::wait::watch::Watched;

/// A number of slots that processes take and give back: clerks, machines, berths. If no slot is
/// free, a request waits in line. [`acquire_many`](Self::acquire_many) takes several units at once. Clone it freely: all clones are handles of the same resource, and
/// such handles are equal.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn customer(env: Environment, clerk: Resource, served: Event<f64>) {
///     let slot = clerk.acquire().await;
///     env.timeout(3.0).await;
///     slot.release();
///     served.succeed(env.now());
/// }
///
/// let sim = Simulation::new();
/// let clerk = Resource::new(&sim, 1);
/// let (first, second) = (sim.event(), sim.event());
/// sim.process(Customer::new(clerk.clone(), first.clone()));
/// sim.process(Customer::new(clerk, second.clone()));
/// sim.run()?;
/// assert_eq!((first.value(), second.value()), (Some(3.0), Some(6.0)));
/// # Ok::<(), SimError>(())
/// ```
#[doc(alias = "PriorityResource")]
#[derive(Clone)]
pub struct Resource {
    slots: Rc<Slots>,
}

impl Resource {
    /// Makes a resource with `capacity` slots, all of them free.
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
    /// let berths = Resource::new(&sim, 3);
    /// assert_eq!((berths.count(), berths.capacity()), (0, 3));
    /// assert_eq!(berths, berths.clone());
    /// assert_ne!(berths, Resource::new(&sim, 3)); // another resource
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(env: &Environment, capacity: usize) -> Self {
        Resource { slots: Slots::new(env, WaitName::ResourceAcquire, capacity, None) }
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
    /// let clerks = Resource::new(&sim, 3).named("clerks");
    /// # let _ = clerks;
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.slots.set_name(name.as_ref(), "Resource");
        self
    }

    pub(crate) fn slots(&self) -> &Rc<Slots> {
        &self.slots
    }

    /// Asks for a slot, with priority 0: see
    /// [`acquire_with_priority`](Self::acquire_with_priority).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn car(env: Environment, pump: Resource) {
    ///     asim!(match FirstOf(slot = pump.acquire(), late = env.timeout(5.0)).await {
    ///         FirstOf::Slot(slot) => {
    ///             env.timeout(2.0).await;
    ///             slot.release();
    ///         }
    ///         FirstOf::Late(()) => unreachable!("the pump is free"),
    ///     })
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.process(Car::new(Resource::new(&sim, 1)));
    /// sim.run()?;
    /// assert_eq!(sim.now(), 2.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[doc(alias = "request")]
    #[inline]
    #[track_caller]
    pub fn acquire(&self) -> Acquire {
        self.slots.acquire(0, false)
    }

    /// Asks for a slot with a priority: a smaller number is more urgent. A free slot is granted at
    /// once.
    ///
    /// The request stands in line from this call on. The smallest number is served first, and equal
    /// numbers are served in the order of their calls.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn patient(env: Environment, doctor: Resource, urgency: i32, seen: Queue<i32>) {
    ///     let slot = doctor.acquire_with_priority(urgency).await;
    ///     seen.put(urgency).await;
    ///     env.timeout(10.0).await;
    ///     slot.release();
    /// }
    ///
    /// let sim = Simulation::new();
    /// let (doctor, seen) = (Resource::new(&sim, 1), Queue::unbounded(&sim));
    /// for urgency in [3, 3, 1, 2] {
    ///     sim.process(Patient::new(doctor.clone(), urgency, seen.clone()));
    /// }
    /// sim.run()?;
    /// let order: Vec<i32> = std::iter::from_fn(|| seen.try_get()).collect();
    /// assert_eq!(order, [3, 1, 2, 3]); // the first found the doctor free
    /// # Ok::<(), SimError>(())
    /// ```
    #[inline]
    #[track_caller]
    pub fn acquire_with_priority(&self, priority: i32) -> Acquire {
        self.slots.acquire(priority, false)
    }

    /// Takes a slot if one is free now and nobody waits for it. Otherwise returns `None`, and
    /// leaves no request in line.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let seat = Resource::new(&sim, 1);
    /// let slot = seat.try_acquire();
    /// assert!(slot.is_some());
    /// assert!(seat.try_acquire().is_none());
    /// ```
    #[inline]
    #[must_use = "a slot is held until it is dropped, and here it is released at once: keep it (`let slot = ..`; `let _ = ..` drops it too)"]
    pub fn try_acquire(&self) -> Option<Slot> {
        self.slots.try_acquire(1, 0, false)
    }

    /// Asks for `units` units at once, with priority 0. Awaiting the request gives one [`Slot`][slot] that
    /// holds all of them.
    ///
    /// The request stands in the one line of the resource, and is granted when it is the first there and
    /// has enough units. Nobody behind it overtakes it meanwhile, even if there is enough for a smaller
    /// request. So a large request comes to its turn, and some units may be idle until then. If more units
    /// are asked for than there are, the request waits until [`set_capacity`](Self::set_capacity) has made
    /// enough; `Simulation::blocked` shows it.
    ///
    /// # Panics
    ///
    /// If `units` is 0, or more than `u32::MAX`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn job(env: Environment, cores: Resource, needs: usize, duration: f64, starts: f64) {
    ///     let slot = cores.acquire_many(needs).await;
    ///     assert_eq!((env.now(), slot.units()), (starts, needs));
    ///     env.timeout(duration).await;
    ///     slot.release(); // all of them
    /// }
    ///
    /// let sim = Simulation::new();
    /// let cores = Resource::new(&sim, 8);
    /// sim.process(Job::new(cores.clone(), 4, 10.0, 0.0));
    /// sim.process(Job::new(cores.clone(), 6, 5.0, 10.0)); // 4 are free: waits
    /// sim.process(Job::new(cores.clone(), 2, 1.0, 10.0)); // does not overtake it
    /// sim.run()?;
    /// assert_eq!(cores.count(), 0);
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// [slot]: crate::shared::resource::slot::Slot
    #[track_caller]
    pub fn acquire_many(&self, units: usize) -> Acquire {
        self.slots.acquire_many(units, 0, false)
    }

    /// Asks for `units` units at once, with a priority: see [`acquire_many`](Self::acquire_many) and
    /// [`acquire_with_priority`](Self::acquire_with_priority).
    ///
    /// # Panics
    ///
    /// If `units` is 0, or more than `u32::MAX`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let cores = Resource::new(&sim, 8);
    /// let running = cores.try_acquire_many(5);
    /// let batch = cores.acquire_many_with_priority(6, 2);
    /// let urgent = cores.acquire_many_with_priority(3, 1); // goes before it, and finds enough
    /// assert!(urgent.triggered() && !batch.triggered());
    /// # drop(running);
    /// ```
    #[track_caller]
    pub fn acquire_many_with_priority(&self, units: usize, priority: i32) -> Acquire {
        self.slots.acquire_many(units, priority, false)
    }

    /// Takes `units` units if they are free now and nobody waits before them. Otherwise returns `None`, and
    /// leaves no request in line.
    ///
    /// # Panics
    ///
    /// If `units` is 0, or more than `u32::MAX`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let cores = Resource::new(&sim, 8);
    /// let slot = cores.try_acquire_many(6);
    /// assert!(slot.is_some());
    /// assert!(cores.try_acquire_many(3).is_none());
    /// ```
    #[must_use = "a slot is held until it is dropped, and here it is released at once: keep it (`let slot = ..`; `let _ = ..` drops it too)"]
    #[track_caller]
    pub fn try_acquire_many(&self, units: usize) -> Option<Slot> {
        self.slots.try_acquire(units_of_request(units), 0, false)
    }

    /// Returns the number of slots that are taken: held, or granted to requests that have not been
    /// awaited yet.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let seats = Resource::new(&sim, 4);
    /// let _slot = seats.try_acquire();
    /// let _granted = seats.acquire();
    /// assert_eq!(seats.count(), 2);
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
    /// #[process]
    /// async fn customer(env: Environment, barber: Resource) {
    ///     if barber.waiting() >= 2 {
    ///         return; // the line is too long: goes home at once
    ///     }
    ///     let slot = barber.acquire().await;
    ///     env.timeout(20.0).await;
    ///     slot.release();
    /// }
    ///
    /// let sim = Simulation::new();
    /// let barber = Resource::new(&sim, 1);
    /// for _ in 0..5 {
    ///     sim.process(Customer::new(barber.clone()));
    /// }
    /// sim.run()?;
    /// assert_eq!(sim.now(), 60.0); // one was served at once, and two who waited
    /// # Ok::<(), SimError>(())
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
    /// assert_eq!(Resource::new(&sim, 4).capacity(), 4);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Changes the number of slots: a shift begins or ends, a machine breaks down. With 0 slots the
    /// resource is closed.
    ///
    /// If there are more slots than before, the next requests in line get them at once. If there
    /// are fewer slots than are taken, every holder keeps its slot until it gives the slot back.
    /// [`count`](Self::count) is then above the capacity for a while, and no request is granted
    /// until it is below the capacity.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment, clerks: Resource, served: Event<f64>) {
    ///     let slot = clerks.acquire().await;
    ///     env.timeout(10.0).await;
    ///     slot.release();
    ///     served.succeed(env.now());
    /// }
    ///
    /// let sim = Simulation::new();
    /// let clerks = Resource::new(&sim, 1);
    /// let (first, second) = (sim.event(), sim.event());
    /// sim.process(Customer::new(clerks.clone(), first.clone()));
    /// sim.process(Customer::new(clerks.clone(), second.clone()));
    /// sim.run_until(5.0)?;
    /// clerks.set_capacity(0); // lunch: the first customer is still served to the end
    /// sim.run_until(30.0)?;
    /// clerks.set_capacity(2);
    /// sim.run()?;
    /// assert_eq!((first.value(), second.value()), (Some(10.0), Some(40.0)));
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn set_capacity(&self, capacity: usize) {
        self.slots.set_capacity(capacity, false);
    }
}

/// Compares by identity: clones of one resource are equal, two resources are not.
impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.slots, &other.slots)
    }
}

impl Eq for Resource {}

impl Watched for Resource {
    fn watchers(&self) -> &Watchers {
        &self.slots.watchers
    }

    fn watched_kernel(&self) -> &Kernel {
        self.slots.kernel()
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resource").field(&self.slots).finish()
    }
}
