//! Pools: units that differ from one another, are lent out and come back.

use std::cell::{Cell, RefMut};
use std::ops::{Deref, DerefMut};
use std::{fmt, panic::Location, rc::Rc};

use crate::engine::{
    awaiter::Awaiter, blocked::WaitName, kernel::Kernel, provider::Provider, slab::Key,
};
use crate::environment::Environment;
use crate::shared::buffer::filtered::{Filter, Filtered};
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline};
use crate::wait::request::{Ask, Request};

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

struct Core<T: 'static> {
    free: Rc<Buffer<T, Units>>,
    /// The number of units, lent or free.
    capacity: Cell<usize>,
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
        let free = Buffer::unbounded(env);
        let pool = Pool { core: Rc::new(Core { free, capacity: Cell::new(0) }) };
        units.into_iter().for_each(|unit| pool.add(unit));
        pool
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
        self.ask(Some(Box::new(accepts)))
    }

    #[track_caller]
    fn ask(&self, accepts: Filter<T>) -> AcquireUnit<T> {
        let state = self.core.free.request_item(accepts);
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
        self.core.free.try_get(None).map(|unit| Loan::new(&self.core, unit))
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
        let unit = self.core.free.try_get(Some(Box::new(accepts)))?;
        Some(Loan::new(&self.core, unit))
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
        self.core.capacity.set(self.core.capacity.get() + 1);
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

impl<T: 'static> Core<T> {
    /// Makes a unit free. Drops the unit if the simulation is gone.
    fn bring(&self, unit: T) {
        if !self.free.kernel.closed.get() {
            self.free.bring(unit);
        }
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

impl<T: 'static> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({} of {} lent)", self.count(), self.capacity())
    }
}

/// A unit that a [`Pool`] has lent. The loan derefs to the unit, and gives the unit back when the
/// loan is dropped.
///
/// A loan may be kept, returned or handed to another process. A unit that comes back is offered at
/// once to the waiting requests. If nobody takes it, it stands behind all units that are free
/// already.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, drills) = (sim.env(), Pool::new(&sim, ["red", "blue"]));
/// let shared = drills.clone();
/// let worker = sim.spawn(async move {
///     let drill = shared.acquire().await;
///     assert_eq!(*drill, "red");
///     env.timeout(f64::INFINITY).await;
/// });
/// sim.run()?;
/// assert_eq!(drills.count(), 1);
/// worker.cancel();
/// assert_eq!(drills.count(), 0);
/// assert_eq!(drills.try_acquire().as_deref(), Some(&"blue")); // free for longer than "red"
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a unit is lent until the loan is dropped, and here it is given back at once: keep it (`let loan = ..`; `let _ = ..` drops it too)"]
pub struct Loan<T: 'static> {
    core: Rc<Core<T>>,
    /// `None` only if the loan is over.
    unit: Option<T>,
}

impl<T: 'static> Loan<T> {
    fn new(core: &Rc<Core<T>>, unit: T) -> Self {
        Loan { core: Rc::clone(core), unit: Some(unit) }
    }

    /// Takes the unit out of the pool for good. (This is not a method, as a method could hide a
    /// method of the unit.)
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let buses = Pool::new(&sim, ["old", "new"]);
    /// let old = buses.try_acquire().map(Loan::remove);
    /// assert_eq!((old, buses.capacity()), (Some("old"), 1));
    /// ```
    pub fn remove(mut loan: Self) -> T {
        let Some(unit) = loan.unit.take() else { unreachable!("this ends the loan") };
        loan.core.capacity.set(loan.core.capacity.get() - 1);
        unit
    }
}

impl<T: 'static> Drop for Loan<T> {
    fn drop(&mut self) {
        if let Some(unit) = self.unit.take() {
            self.core.bring(unit);
        }
    }
}

impl<T: 'static> Deref for Loan<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.unit.as_ref().expect("a loan has a unit until it is over")
    }
}

impl<T: 'static> DerefMut for Loan<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.unit.as_mut().expect("a loan has a unit until it is over")
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Loan<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loan").field(&**self).finish()
    }
}

/// A request for a unit of a [`Pool`], made by `acquire` or `acquire_where`. Awaiting it gives the
/// [`Loan`].
///
/// The request stands in line from the call on. If it is dropped or loses a race, it leaves the
/// line. If it was granted a unit, the unit goes back to its old place.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let cars = Pool::new(&sim, ["first", "second"]);
/// let request: asim::AcquireUnit<&str> = cars.acquire(); // "first" is promised
/// assert_eq!(cars.count(), 1);
/// drop(request);
/// assert_eq!(cars.try_acquire().as_deref(), Some(&"first"));
/// ```
pub type AcquireUnit<T> = Request<UnitAsk<T>>;

/// The pool that an [`AcquireUnit`] asks for a unit.
pub struct UnitAsk<T: 'static> {
    core: Rc<Core<T>>,
}

impl<T: 'static> fmt::Debug for UnitAsk<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnitAsk").finish_non_exhaustive()
    }
}

impl<T: 'static> Ask for UnitAsk<T> {
    type Output = Loan<T>;
    /// The unit with its number, which is its place among the others.
    type Held = (u64, T);

    const GIVES_BACK: bool = true;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.core.free) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.core.free.kernel
    }

    fn name(&self) -> &'static WaitName {
        <Units as Discipline<T>>::GET
    }

    fn is_granted(&self, request: Key) -> bool {
        self.core.free.is_granted(request)
    }

    fn take_granted(&self, request: Key) -> Option<(u64, T)> {
        self.core.free.take_granted(request)
    }

    fn hand_over(&self, (_, unit): (u64, T)) -> Loan<T> {
        Loan::new(&self.core, unit)
    }

    fn give_back(&self, (number, unit): (u64, T)) {
        self.core.free.give_back(number, unit);
    }

    fn keep(&self, held: (u64, T)) -> Result<Key, (u64, T)> {
        Ok(self.core.free.keep(held))
    }

    fn cancel(&self, request: Key) {
        self.core.free.kernel.cancel_request(&self.core.free, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.core.free.awaiter(request)
    }
}

/// The order of free units. It is the same as that of a store.
enum Units {}

impl<T: 'static> Discipline<T> for Units {
    type Shelf = <Filtered as Discipline<T>>::Shelf;
    type Want = Filter<T>;

    const CALLS_USER: bool = true;
    const PICKS: bool = true;
    const GET: &'static WaitName = &WaitName("Pool::acquire");
    const PUT: &'static WaitName = &WaitName("Pool::add");

    fn insert(shelf: &mut Self::Shelf, number: u64, unit: T) {
        Filtered::insert(shelf, number, unit);
    }

    fn take(shelf: &mut Self::Shelf, want: &mut Filter<T>) -> Option<(u64, T)> {
        Filtered::take(shelf, want)
    }

    fn wants(want: &mut Filter<T>, unit: &T) -> bool {
        Filtered::wants(want, unit)
    }

    fn count(shelf: &Self::Shelf) -> usize {
        <Filtered as Discipline<T>>::count(shelf)
    }
}
