//! Containers: an amount of something uniform, filled and drawn from.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::first_fit::{FirstFit, Ticket};
use super::owed::serve_later;
use crate::error::AmountError;
use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source, Unlinked};
use crate::kernel::wait_list::WaitList;
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

static GET: What = What("Container::get");
static PUT: What = What("Container::put");

/// An amount of something uniform, between nothing and a capacity: fuel in a tank, money in an
/// account, grain in a silo. Amounts are in the model's own unit. Clone it freely; the clones are
/// the same container.
///
/// Whoever cannot be served waits, and is served as soon as it fits: in the order of arrival, but a
/// small request may overtake a large one that does not fit yet. What a granted [`get`](Self::get)
/// was promised and has not yet consumed is not in the [`level`](Self::level) any more, and its room is
/// free. What comes back when there is no room for it any more waits outside the capacity: whoever gets
/// can have it, and nothing is put before it is in.
///
/// The level is counted in `f64`: whole numbers and halves are exact up to 2⁵³, other sums are
/// rounded as always. An amount that is given back while no other is promised restores the level
/// to the last bit.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn car(env: Environment, tank: Container, litres: f64) {
///     tank.get(litres).await;
///     assert_eq!(env.now(), 20.0);
/// }
///
/// #[process]
/// async fn truck(env: Environment, tank: Container) {
///     env.timeout(20.0).await;
///     tank.put(500.0).await;
/// }
///
/// let sim = Simulation::new();
/// let tank = Container::new(&sim, 600.0).with_level(30.0);
/// sim.process(Car::new(tank.clone(), 45.0));
/// sim.process(Truck::new(tank.clone()));
/// sim.run()?;
/// assert_eq!(tank.level(), 485.0);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct Container {
    core: Rc<Core>,
}

struct Core {
    kernel: Rc<Kernel>,
    capacity: f64,
    /// The same; of an infinite one the largest amount that is a number.
    most: f64,
    state: RefCell<State>,
}

struct State {
    /// What can be got now. It is more than the capacity when something has come back and did not fit.
    level: f64,
    /// The level that there would be if all that is promised were given back. Kept besides the level, not
    /// computed from it, so that giving back leaves no trace of rounding.
    stock: f64,
    /// How many granted gets have not been consumed.
    promises: usize,
    list: WaitList<Entry>,
    getters: FirstFit,
    putters: FirstFit,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    direction: Direction,
    amount: f64,
    /// Its place among those who wait; none once it is granted.
    ticket: Option<Ticket>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Get,
    Put,
}

/// Is there room for this amount? An endless level, which a container was given to start with, stays so.
fn has_room(level: f64, amount: f64, capacity: f64) -> bool {
    level + amount <= capacity || level == f64::INFINITY
}

impl State {
    /// Grants what can be granted: a promise, or something final.
    fn grant(&mut self, direction: Direction, amount: f64, capacity: f64) -> bool {
        match direction {
            Direction::Get if amount <= self.level => {
                self.level -= amount;
                self.promises += 1;
                true
            }
            Direction::Put if has_room(self.level, amount, capacity) => {
                let endless = self.stock == f64::INFINITY;
                self.level += amount;
                self.stock += amount;
                if !endless {
                    // What is promised does not make it endless.
                    self.stock = self.stock.min(f64::MAX);
                }
                true
            }
            _ => false,
        }
    }

    /// The amount promised to a get is its owner's now.
    fn consume(&mut self, amount: f64) {
        self.promises -= 1;
        // With nothing else promised the two are the same, and never is the level the larger.
        self.stock =
            if self.promises == 0 { self.level } else { (self.stock - amount).max(self.level) };
    }

    /// The amount promised to a get comes back.
    fn give_back(&mut self, amount: f64) {
        self.promises -= 1;
        self.level =
            if self.promises == 0 { self.stock } else { (self.level + amount).min(self.stock) };
    }

    /// Who is told, to be changed, if the request still waits.
    fn waiting_watcher(&mut self, request: Key) -> Option<&mut Watcher> {
        self.list.get(request).filter(|entry| entry.ticket.is_some())?;
        self.list.watcher(request)
    }

    fn line(&mut self, direction: Direction) -> &mut FirstFit {
        match direction {
            Direction::Get => &mut self.getters,
            Direction::Put => &mut self.putters,
        }
    }
}

impl Container {
    /// An empty container for amounts up to `capacity`, which may be infinite: then it holds what is a
    /// finite number.
    ///
    /// # Panics
    ///
    /// If the capacity is not a number > 0.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let silo = Container::new(&sim, 1_000.0);
    /// assert_eq!((silo.level(), silo.capacity()), (0.0, 1_000.0));
    /// let account = Container::new(&sim, f64::INFINITY);
    /// assert!(account.try_put(1e12).is_ok());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(env: &Environment, capacity: f64) -> Self {
        assert!(capacity > 0.0, "the capacity of a container is a number > 0, not {capacity}");
        let state = State {
            level: 0.0,
            stock: 0.0,
            promises: 0,
            list: WaitList::new(),
            getters: FirstFit::default(),
            putters: FirstFit::default(),
        };
        Container {
            core: Rc::new(Core {
                kernel: Rc::clone(env.kernel()),
                capacity,
                most: capacity.min(f64::MAX),
                state: RefCell::new(state),
            }),
        }
    }

    /// The same container with this level to start with.
    ///
    /// # Panics
    ///
    /// If the level is not a number from 0 to the capacity, or if the container is shared already:
    /// the level is set before anybody uses it.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let tank = Container::new(&sim, 60.0).with_level(45.5);
    /// assert_eq!(tank.level(), 45.5);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_level(self, level: f64) -> Self {
        let capacity = self.core.capacity;
        assert!(
            (0.0..=capacity).contains(&level),
            "the level of a container is a number from 0 to its capacity {capacity}, not {level}"
        );
        assert!(
            Rc::strong_count(&self.core) == 1,
            "the level of a container is set before it is shared"
        );
        {
            let state = &mut *self.core.state.borrow_mut();
            (state.level, state.stock) = (level, level);
        }
        self
    }

    /// Asks for an amount. The request stands in line from this call on; if the level suffices it
    /// is granted at once, whoever else may wait for more.
    ///
    /// Dropped or cancelled before it is consumed, it gives the amount back.
    ///
    /// # Panics
    ///
    /// If the amount is not a finite number > 0, or is more than the capacity, as it could never be
    /// granted. Where it depends on data, see [`try_get`](Self::try_get).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn driver(env: Environment, tank: Container) {
    ///     asim!(match FirstOf(fuel = tank.get(40.0), closed = env.timeout(8.0)).await {
    ///         FirstOf::Fuel(()) => unreachable!("there are only 30"),
    ///         FirstOf::Closed(()) => assert_eq!(tank.level(), 30.0),
    ///     })
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.process(Driver::new(Container::new(&sim, 100.0).with_level(30.0)));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn get(&self, amount: f64) -> Transfer {
        self.transfer(Direction::Get, amount)
    }

    /// Offers an amount. The request stands in line from this call on; if there is room it is
    /// granted at once, whoever else may wait with more. Once granted it is final.
    ///
    /// # Panics
    ///
    /// If the amount is not a finite number > 0, or is more than the capacity, as it could never be
    /// granted. Where it depends on data, see [`try_put`](Self::try_put).
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, silo) = (sim.env(), Container::new(&sim, 100.0).with_level(80.0));
    /// let mill = silo.clone();
    /// sim.spawn(async move {
    ///     silo.put(50.0).await; // waits for room
    ///     assert_eq!((env.now(), silo.level()), (3.0, 100.0));
    /// });
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     env.timeout(3.0).await;
    ///     mill.get(30.0).await;
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn put(&self, amount: f64) -> Transfer {
        self.transfer(Direction::Put, amount)
    }

    /// Takes an amount, if the level suffices now.
    ///
    /// # Errors
    ///
    /// If the amount is not a finite number > 0, or is more than the level.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let tank = Container::new(&sim, 60.0).with_level(10.0);
    /// assert!(tank.try_get(4.0).is_ok());
    /// let error = tank.try_get(7.0).unwrap_err();
    /// assert_eq!(error.to_string(), "7 is more than the level of the container, 6");
    /// assert!(tank.try_get(-1.0).is_err());
    /// ```
    pub fn try_get(&self, amount: f64) -> Result<(), AmountError> {
        check(amount)?;
        self.core.try_transfer(Direction::Get, amount)
    }

    /// Adds an amount, if there is room now.
    ///
    /// # Errors
    ///
    /// If the amount is not a finite number > 0, or is more than there is room for.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let tank = Container::new(&sim, 60.0).with_level(10.0);
    /// assert!(tank.try_put(45.0).is_ok());
    /// let error = tank.try_put(7.0).unwrap_err();
    /// assert_eq!(error.to_string(), "7 is more than the container has room for, 5");
    /// assert!(tank.try_put(f64::NAN).is_err());
    /// ```
    pub fn try_put(&self, amount: f64) -> Result<(), AmountError> {
        check(amount)?;
        self.core.try_transfer(Direction::Put, amount)
    }

    /// What is in it and promised to nobody.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let tank = Container::new(&sim, 60.0).with_level(10.0);
    /// let promised = tank.get(4.0);
    /// assert_eq!(tank.level(), 6.0);
    /// drop(promised);
    /// assert_eq!(tank.level(), 10.0);
    /// ```
    #[must_use]
    pub fn level(&self) -> f64 {
        self.core.state.borrow().level.min(self.core.capacity)
    }

    /// How many gets wait in line: those that have been granted do not wait any more.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn car(env: Environment, tank: Container) {
    ///     if tank.getters() >= 2 {
    ///         return; // too many wait for fuel already
    ///     }
    ///     tank.get(40.0).await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let tank = Container::new(&sim, 100.0).with_level(50.0);
    /// for _ in 0..5 {
    ///     sim.process(Car::new(tank.clone()));
    /// }
    /// sim.run()?;
    /// assert_eq!((tank.level(), tank.getters()), (10.0, 2));
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn getters(&self) -> usize {
        self.core.state.borrow().getters.len()
    }

    /// How many puts wait in line for room.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let silo = Container::new(&sim, 100.0).with_level(80.0);
    /// let waiting = silo.put(50.0);
    /// let _fits = silo.put(20.0);
    /// assert_eq!(silo.putters(), 1);
    /// drop(waiting);
    /// assert_eq!(silo.putters(), 0);
    /// ```
    #[must_use]
    pub fn putters(&self) -> usize {
        self.core.state.borrow().putters.len()
    }

    /// How much it can hold.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(Container::new(&sim, 60.0).capacity(), 60.0);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> f64 {
        self.core.capacity
    }

    #[track_caller]
    fn transfer(&self, direction: Direction, amount: f64) -> Transfer {
        let capacity = self.core.capacity;
        if let Err(error) = check(amount) {
            panic!("{error}");
        }
        assert!(
            amount <= capacity,
            "an amount of {amount} can never be granted: the capacity of the container is {capacity}"
        );
        let stage = self.core.request(direction, amount);
        let core = Rc::clone(&self.core);
        let transfer = Transfer { core, direction, amount, stage, location: Location::caller() };
        // There is something to get, or room. Somebody owns what was granted before others are served.
        if let Stage::Granted = stage {
            self.core.serve();
        }
        transfer
    }
}

fn check(amount: f64) -> Result<(), AmountError> {
    if amount > 0.0 && amount < f64::INFINITY {
        Ok(())
    } else {
        Err(AmountError::Invalid { amount })
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({} of {})", self.level(), self.capacity())
    }
}

impl Core {
    /// Grants a request at the call, or puts it in line.
    fn request(self: &Rc<Self>, direction: Direction, amount: f64) -> Stage {
        if self.kernel.closed.get() {
            return Stage::Listed(Key::NONE);
        }
        let state = &mut *self.state.borrow_mut();
        if state.grant(direction, amount, self.most) {
            return Stage::Granted;
        }
        let key = state.list.hold(Entry { direction, amount, ticket: None });
        let ticket = state.line(direction).join(amount, key);
        if let Some(entry) = state.list.get_mut(key) {
            entry.ticket = Some(ticket);
        }
        Stage::Listed(key)
    }

    fn try_transfer(self: &Rc<Self>, direction: Direction, amount: f64) -> Result<(), AmountError> {
        {
            let state = &mut *self.state.borrow_mut();
            // At no time can more be got than it can hold.
            let is_too_much = direction == Direction::Get && amount > self.capacity;
            if is_too_much || !state.grant(direction, amount, self.most) {
                let level = state.level.min(self.capacity);
                return Err(match direction {
                    Direction::Get => AmountError::NotEnough { wanted: amount, level },
                    Direction::Put => AmountError::NoRoom {
                        offered: amount,
                        room: self.most - level.min(self.most),
                    },
                });
            }
        }
        if direction == Direction::Put {
            self.serve();
            return Ok(());
        }
        let taken = Taken { core: self, amount };
        self.serve();
        std::mem::forget(taken);
        self.state.borrow_mut().consume(amount);
        Ok(())
    }

    /// Serves those in line after a change.
    fn serve(self: &Rc<Self>) {
        let waiting = {
            let state = self.state.borrow();
            !state.getters.is_empty() || !state.putters.is_empty()
        };
        if waiting && !self.kernel.closed.get() {
            self.kernel.serve(self);
        }
    }
}

/// An amount that has been taken out, until the call that took it returns. If what that settles panics,
/// it goes back.
struct Taken<'c> {
    core: &'c Rc<Core>,
    amount: f64,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.core.state.borrow_mut().give_back(self.amount);
        // Those in line are served by the next call that settles anything: not here, where that might
        // panic again.
        let source = Rc::clone(self.core) as Rc<dyn Source>;
        serve_later(&self.core.kernel, source);
    }
}

impl Source for Core {
    fn unlink(&self, request: Key) -> Unlinked {
        let watcher = {
            let state = &mut *self.state.borrow_mut();
            let Some(&Entry { direction, ticket, .. }) = state.list.get(request) else {
                return Unlinked::Gone;
            };
            match ticket {
                Some(ticket) => state.line(direction).leave(ticket),
                None if direction == Direction::Get => return Unlinked::Promised,
                // A put that was granted is final.
                None => {}
            }
            state.list.remove(request).map_or(Watcher::NOBODY, |(_, watcher)| watcher)
        };
        self.kernel.forget(watcher);
        Unlinked::Gone
    }

    fn restore(&self, request: Key) {
        let state = &mut *self.state.borrow_mut();
        if let Some((Entry { amount, .. }, _)) = state.list.remove(request) {
            state.give_back(amount);
        }
    }

    fn serve_one(&self) -> bool {
        let watcher = {
            let state = &mut *self.state.borrow_mut();
            let (level, capacity) = (state.level, self.most);
            let key = state.getters.first(|amount| amount <= level);
            let Some(key) =
                key.or_else(|| state.putters.first(|amount| has_room(level, amount, capacity)))
            else {
                return false;
            };
            let Some(entry) = state.list.get_mut(key) else { return false };
            let (direction, amount, ticket) = (entry.direction, entry.amount, entry.ticket.take());
            if let Some(ticket) = ticket {
                state.line(direction).leave(ticket);
            }
            state.grant(direction, amount, capacity);
            state.list.watcher(key).map(std::mem::take).unwrap_or_default()
        };
        self.kernel.notify(watcher);
        true
    }
}

/// A request to get or to put an amount: what [`Container::get`] and [`Container::put`] return.
/// Awaiting it waits until it is granted.
///
/// Dropped, it leaves the line; a granted get gives the amount back, a granted put is final.
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
#[must_use = "a request that is dropped is cancelled: await it, race it, join it, or use `try_get` or `try_put` (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct Transfer {
    core: Rc<Core>,
    direction: Direction,
    amount: f64,
    stage: Stage,
    location: Place,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Granted at the call.
    Granted,
    /// It has a place in the list; none if the simulation was gone.
    Listed(Key),
    /// Its owner has seen the grant.
    Over,
}

impl Transfer {
    /// Consumes the grant, if it has been granted.
    fn complete(&mut self) -> bool {
        {
            let state = &mut *self.core.state.borrow_mut();
            match self.stage {
                Stage::Granted => {}
                Stage::Listed(key) => {
                    if state.list.get(key).is_none_or(|entry| entry.ticket.is_some()) {
                        return false;
                    }
                    state.list.remove(key);
                }
                Stage::Over => return false,
            }
            if self.direction == Direction::Get {
                state.consume(self.amount);
            }
        }
        self.stage = Stage::Over;
        true
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        match self.stage {
            Stage::Granted if self.direction == Direction::Get => {
                self.core.state.borrow_mut().give_back(self.amount);
                self.core.serve();
            }
            Stage::Listed(key) => {
                self.core.kernel.cancel_request(&self.core, key);
            }
            Stage::Granted | Stage::Over => {}
        }
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("direction", &self.direction)
            .field("amount", &self.amount)
            .field("granted", &self.is_triggered())
            .finish_non_exhaustive()
    }
}

impl Waitable for Transfer {
    type Output = ();
    type Request = Transfer;

    fn into_request(self) -> Transfer {
        self
    }
}

impl IntoFuture for Transfer {
    type Output = ();
    type IntoFuture = Wait<Transfer>;

    fn into_future(self) -> Wait<Transfer> {
        Wait::new(self)
    }
}

impl Request for Transfer {
    type Output = ();

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.core.kernel)
    }

    fn is_triggered(&self) -> bool {
        match self.stage {
            Stage::Granted => true,
            Stage::Listed(key) => {
                self.core.state.borrow().list.get(key).is_some_and(|entry| entry.ticket.is_none())
            }
            Stage::Over => false,
        }
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        let list = &mut self.core.state.borrow_mut().list;
        let key = match self.stage {
            // A put that was granted cannot be taken back.
            Stage::Granted if self.direction == Direction::Put => return Link::Nothing,
            Stage::Granted => {
                // Into the list, where the kernel can reach it.
                let key = list.hold(Entry {
                    direction: self.direction,
                    amount: self.amount,
                    ticket: None,
                });
                self.stage = Stage::Listed(key);
                key
            }
            Stage::Listed(key) => {
                if list.get(key).is_some_and(|entry| entry.ticket.is_some())
                    && let Some(told) = list.watcher(key)
                {
                    *told = watcher;
                }
                key
            }
            Stage::Over => return Link::Nothing,
        };
        Link::Request(Rc::clone(&self.core) as Rc<dyn Source>, key)
    }

    fn take(self: Pin<&mut Self>) {
        let granted = self.get_mut().complete();
        debug_assert!(granted, "a granted request is taken once");
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let what = if this.direction == Direction::Get { &GET } else { &PUT };
        this.core.kernel.check_owner(what, this.location);
        if this.complete() {
            return Poll::Ready(());
        }
        let Stage::Listed(key) = this.stage else { polled_after_end(what, this.location) };
        let core = &*this.core;
        core.kernel.await_request(context, what, this.location, || {
            RefMut::filter_map(core.state.borrow_mut(), |state| state.waiting_watcher(key)).ok()
        });
        Poll::Pending
    }
}
