//! The request to get or to put an amount.

use std::{cell::RefMut, panic::Location, rc::Rc};

use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key, wait_name::WaitName,
};
use crate::shared::container::amounts::{Amounts, Direction};
use crate::wait::priority::HasPriority;
use crate::wait::request::{Ask, Request, RequestState};

/// A request to get or to put an amount, made by `Container::get` or `Container::put`. Awaiting it
/// waits until it is granted.
///
/// If the request is dropped or loses a race, it leaves the line. A granted get gives its amount
/// back; a granted put is final.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let tank = Container::new(&sim, 60.0).with_level(10.0);
/// let (large, small) = (tank.get(50.0), tank.get(10.0));
/// assert_eq!(tank.level(), 0.0); // the small one was granted at the call
/// drop(small);
/// assert_eq!(tank.level(), 10.0);
/// drop(large);
/// ```
pub type Transfer = Request<AmountAsk>;

/// The container that a [`Transfer`] asks, with the amount.
#[derive(Debug)]
pub struct AmountAsk {
    amounts: Rc<Amounts>,
    direction: Direction,
    amount: f64,
}

impl Amounts {
    /// Makes a request. The amount is within the capacity, so the request can be granted at some
    /// time.
    #[track_caller]
    pub(crate) fn transfer(self: &Rc<Self>, direction: Direction, amount: f64) -> Transfer {
        let state = if self.kernel().closed.get() {
            RequestState::GONE
        } else {
            self.grant_or_join(direction, amount)
                .map_or(RequestState::Held(()), RequestState::Waiting)
        };
        let ask = AmountAsk { amounts: Rc::clone(self), direction, amount };
        let transfer = Request::new(ask, state, Location::caller());
        if let RequestState::Held(()) = state {
            // The grant has made room or raised the level, so other requests may be served. They
            // are served after this request is made: if that panics, this request is dropped, and a
            // get gives its amount back.
            self.serve();
        } else {
            self.watchers.changed_now(self.kernel());
        }
        transfer
    }
}

impl Ask for AmountAsk {
    type Output = ();
    /// Nothing: the ask has the amount.
    type Held = ();

    const GIVES_BACK: bool = true;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.amounts) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        self.amounts.kernel()
    }

    fn name(&self) -> WaitName {
        match self.direction {
            Direction::Get => WaitName::ContainerGet,
            Direction::Put => WaitName::ContainerPut,
        }
    }

    fn is_granted(&self, request: Key) -> bool {
        self.amounts.is_granted(request)
    }

    fn take_granted(&self, request: Key) -> Option<()> {
        self.amounts.take_granted(request).then_some(())
    }

    fn hand_over(&self, (): ()) {
        if self.direction == Direction::Get {
            self.amounts.consume(self.amount);
        }
    }

    /// A put is final.
    fn give_back(&self, (): ()) {
        if self.direction == Direction::Get {
            self.amounts.give_back(self.amount);
        }
    }

    /// A put is final, so nothing of it is kept.
    fn keep(&self, (): ()) -> Result<Key, ()> {
        match self.direction {
            Direction::Get => Ok(self.amounts.keep(self.amount)),
            Direction::Put => Err(()),
        }
    }

    fn cancel(&self, request: Key) {
        self.amounts.kernel().cancel_request(&self.amounts, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.amounts.awaiter(request)
    }
}

impl HasPriority for AmountAsk {
    fn set_priority(&self, request: Key, priority: i32) {
        self.amounts.set_priority(request, priority);
    }
}
