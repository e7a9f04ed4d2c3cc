//! Pools: units, each with a face of its own, that are lent out and come back.

use std::cell::Cell;
use std::fmt;
use std::future::IntoFuture;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::buffer::{Buffer, Shelf};
use super::get::Get;
use super::store::{Filter, Pick};
use crate::kernel::blocked::What;
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::source::Link;
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

/// Units that processes borrow and give back: ambulances, beds, tools, test rigs. Where a
/// [`Resource`](crate::Resource) counts equal slots, a pool knows which unit it lends: a unit may
/// have a position, a mileage, a skill. Whoever finds no unit free waits in line. Clone it freely; the
/// clones are the same pool.
///
/// Units are lent in the order in which they became free, so the one that has been free the longest
/// goes first. A unit that somebody was promised and has not taken goes back to the place that it
/// had.
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
    free: Rc<Buffer<Units<T>>>,
    /// How many units there are, lent or not.
    capacity: Cell<usize>,
}

impl<T: 'static> Pool<T> {
    /// A pool with these units, all of them free, to be lent in this order.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let beds = Pool::new(&sim, 1..=20);
    /// assert_eq!((beds.count(), beds.capacity()), (0, 20));
    /// ```
    #[must_use]
    pub fn new(env: &Environment, units: impl IntoIterator<Item = T>) -> Self {
        let free = Buffer::unbounded(env);
        let pool = Pool { core: Rc::new(Core { free, capacity: Cell::new(0) }) };
        units.into_iter().for_each(|unit| pool.add(unit));
        pool
    }

    /// Asks for the unit that has been free the longest. The place in the line is taken at the call.
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
        AcquireUnit { get: self.core.free.get(None), core: Rc::clone(&self.core) }
    }

    /// Asks for a unit that the filter accepts, of several the one that has been free the longest.
    /// The place in the line is taken at the call; a unit that it refuses passes to whoever is next.
    ///
    /// The filter is asked once about each unit that is free or becomes free. It may look at other
    /// things, but is not asked again when they change.
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
        AcquireUnit {
            get: self.core.free.get(Some(Box::new(accepts))),
            core: Rc::clone(&self.core),
        }
    }

    /// The unit that has been free the longest, if one is free now.
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

    /// A unit that the filter accepts, if one is free now.
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

    /// Adds a unit, which is offered at once to whoever waits. A unit is taken out of the pool by
    /// whoever has borrowed it: [`Loan::remove`].
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

    /// How many units are lent, or promised to requests that have been granted and not yet been
    /// awaited.
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

    /// How many units there are, lent or not.
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
    /// A unit is free from now on; it is not wanted any more if the simulation is gone.
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

impl<T: 'static> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({} of {} lent)", self.count(), self.capacity())
    }
}

/// A unit of a [`Pool`] that is lent: it derefs to the unit, and gives it back when it is dropped.
///
/// It may be kept, returned or handed to another process. The unit becomes free behind all that are
/// free already, and goes at once to whoever waits for it.
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
    /// Only a loan that is over has none.
    unit: Option<T>,
}

impl<T: 'static> Loan<T> {
    fn new(core: &Rc<Core<T>>, unit: T) -> Self {
        Loan { core: Rc::clone(core), unit: Some(unit) }
    }

    /// Takes the unit out of the pool for good. (Not a method, as that could hide one of the unit's.)
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

/// A request for a unit of a [`Pool`]: what `acquire` returns. Awaiting it gives the [`Loan`].
///
/// It stands in line from the call on. Dropped, it leaves the line; if it has been granted a unit,
/// that goes back to the place that it came from.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let cars = Pool::new(&sim, ["first", "second"]);
/// let request = cars.acquire(); // "first" is promised
/// assert_eq!(cars.count(), 1);
/// drop(request);
/// assert_eq!(cars.try_acquire().as_deref(), Some(&"first"));
/// ```
#[must_use = "a request that is dropped is cancelled: await it, race it, join it, or use `try_acquire` (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct AcquireUnit<T: 'static> {
    get: Get<Units<T>>,
    core: Rc<Core<T>>,
}

impl<T: 'static> fmt::Debug for AcquireUnit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcquireUnit").field("granted", &self.is_triggered()).finish_non_exhaustive()
    }
}

/// Nothing in it is pinned.
impl<T: 'static> Unpin for AcquireUnit<T> {}

impl<T: 'static> Waitable for AcquireUnit<T> {
    type Output = Loan<T>;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<T: 'static> IntoFuture for AcquireUnit<T> {
    type Output = Loan<T>;
    type IntoFuture = Wait<Self>;

    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<T: 'static> Request for AcquireUnit<T> {
    type Output = Loan<T>;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.get.kernel()
    }

    fn is_triggered(&self) -> bool {
        self.get.is_triggered()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        self.get.link(watcher)
    }

    fn take(self: Pin<&mut Self>) -> Loan<T> {
        let this = self.get_mut();
        Loan::new(&this.core, Pin::new(&mut this.get).take())
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Loan<T>> {
        let this = self.get_mut();
        let core = &this.core;
        Pin::new(&mut this.get).poll(context).map(|unit| Loan::new(core, unit))
    }
}

/// Free units, as [`Pick`] keeps the items of a store.
struct Units<T>(Pick<T>);

impl<T> Default for Units<T> {
    fn default() -> Self {
        Units(Pick::default())
    }
}

impl<T: 'static> Shelf for Units<T> {
    type Item = T;
    type Want = Filter<T>;

    const CALLS_USER: bool = true;
    const PICKS: bool = true;
    const GET: &'static What = &What("Pool::acquire");
    const PUT: &'static What = &What("Pool::add");

    fn insert(&mut self, number: u64, unit: T) {
        self.0.insert(number, unit);
    }

    fn take(&mut self, want: &mut Filter<T>) -> Option<(u64, T)> {
        self.0.take(want)
    }

    fn wants(want: &mut Filter<T>, unit: &T) -> bool {
        Pick::wants(want, unit)
    }

    fn count(&self) -> usize {
        self.0.count()
    }
}
