//! Borrowing a unit: the request that `acquire` makes.

use std::{cell::RefMut, fmt, rc::Rc};

use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key, wait_name::WaitName,
};
use crate::shared::buffer::discipline::Discipline;
use crate::shared::buffer::loan::{Core, Loan, Units};
use crate::wait::priority::HasPriority;
use crate::wait::request::{Ask, Request};

/// A request for a unit of a `Pool`, made by `acquire` or `acquire_where`. Awaiting it gives the
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
    pub(crate) core: Rc<Core<T>>,
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

    fn name(&self) -> WaitName {
        <Units as Discipline<T>>::GET
    }

    fn is_granted(&self, request: Key) -> bool {
        self.core.free.is_granted(request)
    }

    fn take_granted(&self, request: Key) -> Option<(u64, T)> {
        self.core.free.take_granted(request)
    }

    fn hand_over(&self, unit: (u64, T)) -> Loan<T> {
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

impl<T: 'static> HasPriority for UnitAsk<T> {
    fn set_priority(&self, request: Key, priority: i32) {
        self.core.free.set_priority(request, priority);
    }
}
