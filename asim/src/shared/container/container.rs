//! The public handle of a container.

use std::{fmt, rc::Rc};

use crate::engine::{kernel::Kernel, watchers::Watchers};
use crate::environment::Environment;
use crate::shared::container::amounts::{Amounts, Direction};
use crate::shared::container::{amount_error::AmountError, transfer::Transfer};
use crate::wait::watch::Watched;

/// An amount of something uniform, from zero to a capacity: fuel in a tank, money in an account,
/// grain in a silo. Amounts are in the model's own unit. Clone it freely: all clones are handles of
/// the same container, and such handles are equal.
///
/// A request that does not fit waits, and is granted as soon as it fits. Requests are granted in
/// the order of arrival, but a small request may overtake a large one that does not fit yet. Made
/// [`in_order`](Self::in_order), nobody overtakes. A request with a
/// priority (`tank.get(40.0).with_priority(-1)`) goes before all that are less urgent.
///
/// An amount that is granted to a [`get`](Self::get) leaves the [`level`](Self::level) at once, and
/// its room is free, even before the get is awaited. If the get is dropped, the amount comes back.
/// If there is no room for it any more, it waits outside the capacity: any get can have it, and no
/// put is granted until it fits in.
///
/// # Tenths and cents
///
/// The sums are not rounded. Ten puts of 0.1 are exactly 1: an amount that is the number nearest to a
/// short decimal or to a fraction (a third, a seventh, a sixtieth) counts as exactly that. So do whole
/// numbers up to 2⁵³. Every other amount counts as the number that it is. The order of the puts and gets
/// makes no difference.
///
/// The amounts themselves may be rounded, as `x + y` is. So an amount fits if it is too large by a rounding
/// error only: 10⁻¹⁵ of the largest level since the container was empty, and never more than 10⁻⁹ of the
/// amount, nor than one half. If as little as that is missing to zero or to the capacity, the level
/// is set to it. So the level is never below zero, and no put makes it more than the capacity.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let cup = Container::new(&sim, 1.0);
/// let full = cup.get(1.0);
/// for _ in 0..10 {
///     cup.try_put(0.1).unwrap(); // the sum of ten `f64` is 0.9999999999999999
/// }
/// assert!(full.triggered());
/// assert_eq!(cup.level(), 0.0);
/// ```
///
/// # A tank
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
    amounts: Rc<Amounts>,
}

impl Container {
    /// Makes an empty container that holds at most `capacity`, in the model's own unit. A container
    /// of infinite capacity holds every finite amount.
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
    /// assert!(account == account.clone() && account != silo);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn new(env: &Environment, capacity: f64) -> Self {
        assert!(capacity > 0.0, "the capacity of a container is a number > 0, not {capacity}");
        Container { amounts: Amounts::new(env.kernel(), capacity) }
    }

    /// Sets the level at the start, and returns the same container.
    ///
    /// # Panics
    ///
    /// If the level is not a number from 0 to the capacity, or if the container is shared already,
    /// by a clone or by a request.
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
        let capacity = self.capacity();
        assert!(
            (0.0..=capacity).contains(&level),
            "the level of a container is a number from 0 to its capacity {capacity}, not {level}"
        );
        assert!(
            Rc::strong_count(&self.amounts) == 1,
            "the level of a container is set before it is shared"
        );
        self.amounts.start_with(level);
        self
    }

    /// Makes the container serve strictly first come, first served, as SimPy does, and returns the
    /// same container. Nobody overtakes: while the first get in line waits for its amount, no other
    /// get is granted, even if there is enough for it; and the same for puts. (Gets and puts stand in
    /// two lines, which do not wait for each other.)
    ///
    /// [`try_get`](Self::try_get) and [`try_put`](Self::try_put) do not overtake either: they are
    /// refused while a request of the same kind waits in line. Only requests of priority 1 and
    /// more let them go first, as they are less urgent.
    ///
    /// # Panics
    ///
    /// If the container is shared already, by a clone or by a request.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use asim::AmountError;
    ///
    /// let sim = Simulation::new();
    /// let tank = Container::new(&sim, 100.0).with_level(30.0).in_order();
    /// let (truck, car) = (tank.get(80.0), tank.get(20.0));
    /// assert!(!car.triggered()); // there is enough, but the truck was first
    /// assert_eq!(tank.try_get(20.0), Err(AmountError::NotInTurn { waiting: 2 }));
    /// tank.try_put(70.0).unwrap();
    /// assert!(truck.triggered() && car.triggered());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn in_order(self) -> Self {
        assert!(
            Rc::strong_count(&self.amounts) == 1,
            "a container is made `in_order` before it is shared"
        );
        self.amounts.serve_in_order();
        self
    }

    /// Gives the container a name. What has a name is measured from then on, and stands under its name in
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
    /// let tank = Container::new(&sim, 60.0).named("tank");
    /// tank.try_put(45.0).unwrap();
    /// assert_eq!(format!("{tank:?}"), "Container(`tank`, 45 of 60)");
    /// ```
    #[must_use]
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.amounts.set_name(name.as_ref());
        self
    }

    /// Asks for an amount. The request stands in line from this call on. It is granted at once if
    /// the level suffices, even if other requests wait for more (unless the container is
    /// [`in_order`](Self::in_order)).
    ///
    /// A request that is dropped or cancelled before its await is over gives its amount back.
    ///
    /// # Panics
    ///
    /// If the amount is not a finite number > 0, or is more than the capacity and the level, so that
    /// it could never be granted. If the amount depends on data, use [`try_get`](Self::try_get), which
    /// returns an error.
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

    /// Offers an amount. The request stands in line from this call on. It is granted at once if
    /// there is room, even if other requests wait with more (unless the container is
    /// [`in_order`](Self::in_order)). A granted put is final.
    ///
    /// # Panics
    ///
    /// If the amount is not a finite number > 0, or is more than the capacity, so that it could
    /// never be granted. If the amount depends on data, use [`try_put`](Self::try_put), which
    /// returns an error.
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
    /// Returns [`AmountError::Invalid`] if the amount is not a finite number > 0,
    /// [`AmountError::NotEnough`] if it is more than the level, and [`AmountError::NotInTurn`] if the
    /// container is [`in_order`](Self::in_order) and a get waits.
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
        self.amounts.try_transfer(Direction::Get, amount)
    }

    /// Adds an amount, if there is room now.
    ///
    /// # Errors
    ///
    /// Returns [`AmountError::Invalid`] if the amount is not a finite number > 0,
    /// [`AmountError::NoRoom`] if it is more than the room, and [`AmountError::NotInTurn`] if the
    /// container is [`in_order`](Self::in_order) and a put waits.
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
        self.amounts.try_transfer(Direction::Put, amount)
    }

    /// Returns how much can be got now: the amount in the container that has not been granted to a
    /// get.
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
        self.amounts.level()
    }

    /// Returns the number of gets that wait in line. A granted get does not wait any more.
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
        self.amounts.getters()
    }

    /// Returns the number of puts that wait in line for room.
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
        self.amounts.putters()
    }

    /// Returns how much the container can hold. [`set_capacity`](Self::set_capacity) changes it.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert_eq!(Container::new(&sim, 60.0).capacity(), 60.0);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> f64 {
        self.amounts.capacity()
    }

    /// Changes how much the container can hold. If it is more than before, the puts that fit now are
    /// granted at once. If it is less than the level, the level stays as it is, and no put is granted
    /// until there is room again. A request in line for more than the new capacity goes on waiting. (To close a
    /// container for a while, have those who put and get pass a `Gate`.)
    ///
    /// # Panics
    ///
    /// If the capacity is not a number > 0.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let silo = Container::new(&sim, 100.0).with_level(80.0);
    /// let harvest = silo.put(50.0);
    /// silo.set_capacity(150.0); // an annexe was built
    /// assert!(harvest.triggered());
    /// silo.set_capacity(60.0); // for repairs
    /// assert_eq!(silo.level(), 130.0);
    /// assert!(silo.try_put(1.0).is_err());
    /// ```
    #[track_caller]
    pub fn set_capacity(&self, capacity: f64) {
        assert!(capacity > 0.0, "the capacity of a container is a number > 0, not {capacity}");
        self.amounts.set_capacity(capacity);
    }

    #[track_caller]
    fn transfer(&self, direction: Direction, amount: f64) -> Transfer {
        if let Err(error) = check(amount) {
            panic!("{error}");
        }
        let capacity = self.capacity();
        if !self.amounts.is_possible(direction, amount) {
            let name = self.amounts.watchers.name().map(|name| format!(" `{name}`"));
            let name = name.unwrap_or_default();
            panic!(
                "an amount of {amount} can never be granted: the capacity of the container{name} is {capacity}"
            );
        }
        self.amounts.transfer(direction, amount)
    }
}

fn check(amount: f64) -> Result<(), AmountError> {
    if amount > 0.0 && amount < f64::INFINITY {
        Ok(())
    } else {
        Err(AmountError::Invalid { amount })
    }
}

/// Compares by identity: clones of one container are equal, two containers are not.
impl PartialEq for Container {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.amounts, &other.amounts)
    }
}

impl Eq for Container {}

impl Watched for Container {
    fn watchers(&self) -> &Watchers {
        &self.amounts.watchers
    }

    fn watched_kernel(&self) -> &Kernel {
        self.amounts.kernel()
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Container(")?;
        if let Some(name) = self.amounts.watchers.name() {
            write!(f, "`{name}`, ")?;
        }
        write!(f, "{:?})", self.amounts)
    }
}
