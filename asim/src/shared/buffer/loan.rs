//! Loans: units that a pool has lent.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::{fmt, rc::Rc};

use crate::engine::{slab::Key, wait_name::WaitName};
use crate::environment::Environment;
use crate::measure::books::as_level;
use crate::shared::buffer::filtered::{Want, choose, impl_picking};
use crate::shared::buffer::{buffer::Buffer, discipline::Discipline};

/// The order of free units. It is the same as that of a store.
pub(crate) enum Units {}

// The process that asks is known for each getter.
impl_picking!(
    Units,
    Key,
    PoolAcquire,
    PoolAdd,
    const LENDS: bool = true;,
    fn asker(want: &Want<T, Key>) -> Key {
        want.about
    }
);

/// A pool, shared by its handles, its loans and the requests made to it.
pub(crate) struct Core<T: 'static> {
    pub(crate) free: Rc<Buffer<T, Units>>,
    /// The number of units, lent or free.
    pub(crate) capacity: Cell<usize>,
}

impl<T: 'static> Core<T> {
    /// Makes a pool without units.
    pub(crate) fn new(env: &Environment) -> Rc<Self> {
        let core = Rc::new(Core { free: Buffer::unlisted(env), capacity: Cell::new(0) });
        core.free.kernel.add_thing(&core);
        core
    }

    /// Makes a unit free. Drops the unit if the simulation is gone.
    pub(crate) fn bring(&self, unit: T) {
        if !self.free.kernel.closed.get() {
            self.free.bring(unit);
        }
    }

    /// Changes the number of units.
    pub(crate) fn set_capacity(&self, capacity: usize) {
        self.capacity.set(capacity);
        if let Some(probe) = self.free.watchers.probe() {
            probe.capacity(&self.free.kernel, as_level(capacity));
        }
    }

    /// Notes that the unit with this number is not lent any more.
    fn end_hold(&self, number: u64) {
        self.free.end_hold(&mut self.free.state.borrow_mut(), number);
    }
}

/// A unit that a `Pool` has lent. The loan derefs to the unit, and gives the unit back when the
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
    /// The number with which the unit has left the pool.
    number: u64,
    /// `None` only if the loan is over.
    unit: Option<T>,
}

impl<T: 'static> Loan<T> {
    pub(crate) fn new(core: &Rc<Core<T>>, (number, unit): (u64, T)) -> Self {
        Loan { core: Rc::clone(core), number, unit: Some(unit) }
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
        loan.core.end_hold(loan.number);
        loan.core.set_capacity(loan.core.capacity.get() - 1);
        let free = Rc::clone(&loan.core.free);
        drop(loan);
        free.watchers.changed_now(&free.kernel);
        unit
    }
}

impl<T: 'static> Drop for Loan<T> {
    fn drop(&mut self) {
        if let Some(unit) = self.unit.take() {
            self.core.end_hold(self.number);
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
