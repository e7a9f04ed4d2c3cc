//! Pools: units that differ from one another, are lent out and come back.

use std::{fmt, panic::Location, rc::Rc};

use crate::engine::{kernel::Kernel, slab::Key, watchers::Watchers};
use crate::environment::Environment;
use crate::shared::buffer::acquire_unit::{AcquireUnit, UnitAsk};
use crate::shared::buffer::filtered::Want;
use crate::shared::buffer::loan::{Core, Loan};
use crate::shared::buffer::pick::{MinByKey, Pick, Where};
use crate::wait::request::Request;
use crate::wait::watch::Watched;

/// Units that processes borrow and give back: ambulances, beds, tools, test rigs. A `Resource` only
/// counts equal slots. A pool knows which unit it lends: a unit may have a position, a mileage, a
/// skill. If no unit is free, a request waits in line. Clone it freely: all clones are handles of
/// the same pool, and such handles are equal.
///
/// Units are lent in the order in which they became free, so the one that has been free the longest
/// goes first. A unit that was promised to a request and not taken goes back to its old place.
///
/// ```
/// use asim::prelude::*;
///
/// struct Ambulance {
///     name: &'static str,
///     trips: u32,
/// }
///
/// #[process]
/// async fn emergency(env: Environment, ambulances: Pool<Ambulance>) {
///     let mut ambulance = ambulances.acquire().await;
///     ambulance.trips += 1;
///     println!("{:2} {} makes trip {}", env.now(), ambulance.name, ambulance.trips);
///     env.timeout(30.0).await;
/// } // the ambulance is back
///
/// let sim = Simulation::new();
/// let fleet = ["north", "south"].map(|name| Ambulance { name, trips: 0 });
/// let ambulances = Pool::new(&sim, fleet);
/// for _ in 0..5 {
///     sim.process(Emergency::new(ambulances.clone()));
/// }
/// sim.run()?;
/// assert_eq!(sim.now(), 90.0);
/// assert_eq!(ambulances.try_acquire_where(|it| it.name == "north").unwrap().trips, 3);
/// # Ok::<(), SimError>(())
/// ```
#[doc(alias = "FilterStore")]
pub struct Pool<T: 'static> {
    core: Rc<Core<T>>,
}

impl<T: 'static> Pool<T> {
    /// Makes a pool with these units. All of them are free, and are lent in this order.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let beds = Pool::new(&sim, 1..=20);
    /// assert_eq!((beds.count(), beds.capacity()), (0, 20));
    /// assert!(beds == beds.clone() && beds != Pool::new(&sim, 1..=20));
    /// ```
    #[must_use]
    pub fn new(env: &Environment, units: impl IntoIterator<Item = T>) -> Self {
        let pool = Pool { core: Core::new(env) };
        units.into_iter().for_each(|unit| pool.add(unit));
        pool
    }

    /// Gives the pool a name. What has a name is measured from then on, and stands under its name in
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
    /// let beds = Pool::new(&sim, 1..=4).named("beds");
    /// let bed = beds.try_acquire();
    /// assert_eq!(format!("{beds:?}"), "Pool(`beds`, 1 of 4 lent)");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.core.free.set_name(name.as_ref(), "Pool", Some(self.capacity()));
        self
    }

    /// Asks for the unit that has been free the longest. The request takes its place in line at the
    /// call.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn guest(env: Environment, rooms: Pool<u32>) {
    ///     asim!(match FirstOf(room = rooms.acquire(), late = env.timeout(3.0)).await {
    ///         FirstOf::Room(room) => assert_eq!(*room, 101),
    ///         FirstOf::Late(()) => unreachable!("one is free"),
    ///     })
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.process(Guest::new(Pool::new(&sim, [101, 102])));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn acquire(&self) -> AcquireUnit<T> {
        self.ask(None)
    }

    /// Asks for a unit that the filter accepts; if there are several, for the one that has been
    /// free the longest. The request takes its place in line at the call. A unit that the filter
    /// refuses is offered to the next request in line.
    ///
    /// The filter is asked once about each unit that is free or becomes free. The filter may also
    /// look at other things, but it is not asked again when those change.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let crew = Pool::new(&sim, [("Ada", "welder"), ("Ben", "fitter"), ("Cleo", "fitter")]);
    /// let fitter = crew.acquire_where(|(_, trade)| *trade == "fitter");
    /// assert_eq!(sim.run_until_event(fitter)?.0, "Ben");
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn acquire_where(&self, accepts: impl FnMut(&T) -> bool + 'static) -> AcquireUnit<T> {
        self.ask(Some(Box::new(Where(accepts))))
    }

    /// Asks for the unit with the smallest key: the nearest, the cheapest, the one with the least
    /// work so far. Among equals it is the one that has been free the longest. The request takes
    /// its place in line at the call.
    ///
    /// If no unit is free, the request waits, and takes the first unit that comes to its turn; if
    /// several come back in one step, the one of them with the smallest key. The keys are asked
    /// for when a unit is chosen, so they may depend on what changes meanwhile.
    ///
    /// A key may be an `f64`, but not NaN.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// struct Ambulance {
    ///     name: &'static str,
    ///     at: f64,
    /// }
    ///
    /// let sim = Simulation::new();
    /// let stations = [("north", 9.0), ("centre", 4.0), ("south", -3.0)];
    /// let fleet = Pool::new(&sim, stations.map(|(name, at)| Ambulance { name, at }));
    /// let accident: f64 = 2.5;
    /// let nearest = fleet.acquire_min_by_key(move |it| (it.at - accident).abs());
    /// assert_eq!(sim.run_until_event(nearest)?.name, "centre");
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN, where the unit is chosen.
    #[track_caller]
    pub fn acquire_min_by_key<K: PartialOrd + 'static>(
        &self,
        key: impl FnMut(&T) -> K + 'static,
    ) -> AcquireUnit<T> {
        self.acquire_where_min_by_key(|_| true, key)
    }

    /// Asks for the unit with the smallest key among those that the filter accepts. This is
    /// [`acquire_where`](Self::acquire_where) and [`acquire_min_by_key`](Self::acquire_min_by_key)
    /// in one.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trucks = Pool::new(&sim, [7.5, 40.0, 12.0]);
    /// let smallest_that_fits = trucks.acquire_where_min_by_key(|tons| *tons >= 10.0, |tons| *tons);
    /// assert_eq!(*sim.run_until_event(smallest_that_fits)?, 12.0);
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN, where the unit is chosen.
    #[track_caller]
    pub fn acquire_where_min_by_key<K: PartialOrd + 'static>(
        &self,
        accepts: impl FnMut(&T) -> bool + 'static,
        key: impl FnMut(&T) -> K + 'static,
    ) -> AcquireUnit<T> {
        self.ask(Some(Box::new(MinByKey::new(accepts, key, Location::caller()))))
    }

    #[track_caller]
    fn ask(&self, pick: Option<Box<dyn Pick<T>>>) -> AcquireUnit<T> {
        let state = self.core.free.request_item(self.want(pick));
        Request::new(UnitAsk { core: Rc::clone(&self.core) }, state, Location::caller())
    }

    /// Borrows the unit that has been free the longest, if one is free now.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let keys = Pool::new(&sim, ["only"]);
    /// let key = keys.try_acquire();
    /// assert!(key.is_some());
    /// assert!(keys.try_acquire().is_none());
    /// ```
    #[must_use = "a unit is lent until the loan is dropped, and here it is given back at once: keep it (`let loan = ..`; `let _ = ..` drops it too)"]
    pub fn try_acquire(&self) -> Option<Loan<T>> {
        self.try_ask(None)
    }

    /// Borrows a unit that the filter accepts, if one is free now.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trucks = Pool::new(&sim, [7.5, 12.0, 40.0]);
    /// assert_eq!(trucks.try_acquire_where(|tons| *tons >= 10.0).as_deref(), Some(&12.0));
    /// assert!(trucks.try_acquire_where(|tons| *tons >= 50.0).is_none());
    /// ```
    #[must_use = "a unit is lent until the loan is dropped, and here it is given back at once: keep it (`let loan = ..`; `let _ = ..` drops it too)"]
    pub fn try_acquire_where(&self, accepts: impl FnMut(&T) -> bool + 'static) -> Option<Loan<T>> {
        self.try_ask(Some(Box::new(Where(accepts))))
    }

    /// Borrows the unit with the smallest key, if one is free now; among equals the one that has
    /// been free the longest.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let machines = Pool::new(&sim, [("new", 120), ("old", 15)]);
    /// let least_used = machines.try_acquire_min_by_key(|(_, hours)| *hours);
    /// assert_eq!(least_used.unwrap().0, "old");
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN.
    #[must_use = "a unit is lent until the loan is dropped, and here it is given back at once: keep it (`let loan = ..`; `let _ = ..` drops it too)"]
    #[track_caller]
    pub fn try_acquire_min_by_key<K: PartialOrd + 'static>(
        &self,
        key: impl FnMut(&T) -> K + 'static,
    ) -> Option<Loan<T>> {
        self.try_acquire_where_min_by_key(|_| true, key)
    }

    /// Borrows the unit with the smallest key among those that the filter accepts, if one is free
    /// now.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trucks = Pool::new(&sim, [7.5, 40.0, 12.0]);
    /// let truck = trucks.try_acquire_where_min_by_key(|tons| *tons >= 10.0, |tons| *tons);
    /// assert_eq!(truck.as_deref(), Some(&12.0));
    /// ```
    ///
    /// # Panics
    ///
    /// If a key is NaN.
    #[must_use = "a unit is lent until the loan is dropped, and here it is given back at once: keep it (`let loan = ..`; `let _ = ..` drops it too)"]
    #[track_caller]
    pub fn try_acquire_where_min_by_key<K: PartialOrd + 'static>(
        &self,
        accepts: impl FnMut(&T) -> bool + 'static,
        key: impl FnMut(&T) -> K + 'static,
    ) -> Option<Loan<T>> {
        self.try_ask(Some(Box::new(MinByKey::new(accepts, key, Location::caller()))))
    }

    fn try_ask(&self, pick: Option<Box<dyn Pick<T>>>) -> Option<Loan<T>> {
        self.core.free.try_take(self.want(pick)).map(|unit| Loan::new(&self.core, unit))
    }

    /// Returns who has each unit that is lent.
    #[cfg(test)]
    pub(crate) fn holds(&self) -> Vec<crate::shared::buffer::state::Hold> {
        self.core.free.state.borrow().holds.values().copied().collect()
    }

    /// Returns what the active process wants.
    fn want(&self, pick: Option<Box<dyn Pick<T>>>) -> Want<T, Key> {
        Want { pick, about: self.core.free.kernel.active.get() }
    }

    /// Shows all free units, in the order in which they would be lent, without taking them.
    ///
    /// The closure may use the pool. Meanwhile no unit is lent: what it asks for is served when it
    /// is done.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trucks = Pool::new(&sim, [7.5, 40.0, 12.0]);
    /// let _away = trucks.try_acquire();
    /// let mut tons = 0.0;
    /// trucks.for_each(|truck| tons += truck);
    /// assert_eq!(tons, 52.0);
    /// ```
    pub fn for_each(&self, look: impl FnMut(&T)) {
        self.core.free.for_each(look);
    }

    /// Adds a unit, and offers it at once to the waiting requests. To take a unit out of the pool,
    /// borrow it and call [`Loan::remove`].
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let taxis = Pool::new(&sim, []);
    /// let taxi = taxis.acquire();
    /// taxis.add("new");
    /// assert_eq!(*sim.run_until_event(taxi)?, "new");
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn add(&self, unit: T) {
        self.core.set_capacity(self.core.capacity.get() + 1);
        self.core.bring(unit);
    }

    /// Returns how many units are taken: lent, or promised to requests that have been granted and
    /// not been awaited yet.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let beds = Pool::new(&sim, 1..=4);
    /// let _bed = beds.try_acquire();
    /// let _promised = beds.acquire();
    /// assert_eq!(beds.count(), 2);
    /// ```
    #[must_use]
    pub fn count(&self) -> usize {
        self.capacity().saturating_sub(self.core.free.len())
    }

    /// Returns how many requests wait in line. A granted request does not wait any more.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let beds = Pool::new(&sim, [1]);
    /// let bed = beds.try_acquire();
    /// let _waits = beds.acquire();
    /// assert_eq!(beds.waiting(), 1);
    /// drop(bed);
    /// assert_eq!(beds.waiting(), 0);
    /// ```
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.core.free.getters()
    }

    /// Returns how many units there are, lent or free.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let beds = Pool::new(&sim, 1..=4);
    /// let bed = beds.try_acquire();
    /// assert_eq!(beds.capacity(), 4);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.core.capacity.get()
    }
}

impl<T: 'static> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Pool { core: Rc::clone(&self.core) }
    }
}

impl<T: 'static> PartialEq for Pool<T> {
    /// Returns `true` if both are handles of the same pool, whatever is in it.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.core, &other.core)
    }
}

impl<T: 'static> Eq for Pool<T> {}

impl<T: 'static> Watched for Pool<T> {
    fn watchers(&self) -> &Watchers {
        &self.core.free.watchers
    }

    fn watched_kernel(&self) -> &Kernel {
        &self.core.free.kernel
    }
}

impl<T: 'static> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool(")?;
        if let Some(name) = self.core.free.watchers.name() {
            write!(f, "`{name}`, ")?;
        }
        write!(f, "{} of {} lent)", self.count(), self.capacity())
    }
}
