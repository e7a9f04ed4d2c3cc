//! The errors of a run, and of what depends on data.

mod report;

use std::error::Error;
use std::panic::Location;

use crate::kernel::blocked::Blocked;
use crate::kernel::passed_on;

/// What ends a run early.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn machine(env: Environment) -> Result<(), String> {
///     env.timeout(4.0).await;
///     Err("out of oil".to_string())
/// }
///
/// let sim = Simulation::new();
/// sim.process(Machine::new());
/// let error = sim.run().unwrap_err();
/// assert_eq!(error.to_string(), "process `Machine` failed at time 4: out of oil");
/// // What `main` prints: the same, and whatever more the error's sources say.
/// assert_eq!(format!("{error:?}"), error.to_string());
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A process returned an error and nobody joined it.
    #[error("process `{process}` failed at time {time}: {}", passed_on::with_names(.through, || .source.to_string()))]
    ProcessFailed {
        /// The name of the process.
        process: String,
        /// When it returned.
        time: f64,
        /// What it returned.
        source: Box<dyn Error + Send + Sync>,
        /// Whose failure it passed on, if the error is what a join gave it: the process that it
        /// joined, the one that this had joined, and so on.
        through: Vec<String>,
    },
    /// A process was interrupted where nothing in it was `interruptible`, or returned the interrupt
    /// that it had caught or that a join gave it; and nobody joined it.
    #[error("{}", report::of_interrupt(.process, *.time, .cause, .through))]
    Interrupted {
        /// The name of the process.
        process: String,
        /// When it ended by that.
        time: f64,
        /// The cause as text: see the `Display` of [`Interrupt`](crate::Interrupt).
        cause: String,
        /// Whose interrupt it passed on, as for a [`ProcessFailed`](Self::ProcessFailed).
        through: Vec<String>,
    },
    /// An event was [failed](crate::Event::fail), and nobody received the error.
    #[error(
        "an event failed at time {time} and nobody received it: {source} (failed at {location})"
    )]
    EventFailed {
        /// When it was failed.
        time: f64,
        /// What it was failed with.
        source: Box<dyn Error + Send + Sync>,
        /// The line that failed it.
        location: &'static Location<'static>,
    },
    /// Nothing was left to happen before what `run_until_event` or `run_all` waited for.
    #[error("the agenda ran dry at time {time} before {awaited}{}", report::of_blocked(*.location, .blocked))]
    RanDry {
        /// The time at which nothing was left to happen.
        time: f64,
        /// What was waited for, as [`Blocked::waiting_for`] names it.
        awaited: String,
        /// The line that asked for it; `None` for a future of another crate.
        location: Option<&'static Location<'static>>,
        /// Who waits for something that cannot happen.
        blocked: Vec<Blocked>,
    },
    /// `run_until` was asked to go back, or to a time that is not a number.
    #[error("cannot run until {until}: it is {now} already")]
    TimeInPast {
        /// The time asked for.
        until: f64,
        /// The time that it is.
        now: f64,
    },
    /// More happened at one instant than
    /// [`set_instant_limit`](crate::Simulation::set_instant_limit) allows: the processes keep each
    /// other busy and time stands still.
    #[error("time stands still at {time}: more than {limit} resumptions at one instant, by {}", .processes.join(", "))]
    TimeStandsStill {
        /// The instant.
        time: f64,
        /// The limit.
        limit: u64,
        /// The names of some processes that were about to run.
        processes: Vec<String>,
    },
    /// A strict run in [`RealTime`](crate::RealTime) could not keep up with the clock on the wall.
    #[error("too slow for real time: {behind:.3} s behind at time {time}")]
    TooSlow {
        /// The time of what was to happen next.
        time: f64,
        /// How many seconds too late it would have been.
        behind: f64,
    },
}

/// A delay that is negative, not a number, or leads past the last time that an `f64` can tell: what
/// [`Environment::try_timeout`](crate::Environment::try_timeout) refuses.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let error = sim.try_timeout(-1.5).unwrap_err();
/// assert_eq!(error.to_string(), "a delay is a number >= 0, not -1.5");
///
/// let sim = Simulation::starting_at(1e308);
/// let error = sim.try_timeout(1e308).unwrap_err();
/// assert_eq!(error.to_string(), "a delay of 1e308 from time 1e308 on leads past the end of time");
/// assert!(sim.try_timeout(f64::INFINITY).is_ok()); // never fires, as it says
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct InvalidDelay {
    /// The refused delay.
    pub delay: f64,
    /// The time at which it was to begin.
    pub now: f64,
}

impl std::fmt::Display for InvalidDelay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let InvalidDelay { delay, now } = *self;
        if delay >= 0.0 {
            write!(f, "a delay of {delay:e} from time {now:e} on leads past the end of time")
        } else {
            write!(f, "a delay is a number >= 0, not {delay}")
        }
    }
}

impl Error for InvalidDelay {}

/// An event that has been triggered or cancelled before: what
/// [`Event::try_succeed`](crate::Event::try_succeed) refuses. It gives the value back.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let event = sim.event();
/// event.succeed(1);
/// let refused = event.try_succeed(2).unwrap_err();
/// assert_eq!(refused.to_string(), "the event has been triggered already: an event happens once");
/// assert_eq!(refused.into_inner(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event has been {} already: an event happens once", if *.cancelled { "cancelled" } else { "triggered" })]
pub struct AlreadyTriggered<T> {
    pub(crate) value: T,
    pub(crate) cancelled: bool,
}

impl<T> AlreadyTriggered<T> {
    /// The refused value.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let event = sim.event();
    /// event.cancel();
    /// assert_eq!(event.try_succeed("too late").unwrap_err().into_inner(), "too late");
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> std::fmt::Debug for AlreadyTriggered<T> {
    // The text: `unwrap` says it, and asks nothing of the value's type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// A queue or store is full: what `try_put` says. It gives the item back.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let queue = Queue::bounded(&sim, 1);
/// queue.try_put("first").unwrap();
/// let refused = queue.try_put("second").unwrap_err();
/// assert_eq!(refused.to_string(), "the Queue of capacity 1 has no room for another item");
/// assert_eq!(refused.into_inner(), "second");
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", report::of_full(.thing, *.capacity))]
pub struct Full<T> {
    pub(crate) item: T,
    /// What kind of thing it is.
    pub(crate) thing: &'static str,
    /// None if its simulation has gone, after which nothing is taken in.
    pub(crate) capacity: Option<usize>,
}

impl<T> Full<T> {
    /// The refused item.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::bounded(&sim, 1);
    /// queue.try_put(1).unwrap();
    /// assert_eq!(queue.try_put(2).unwrap_err().into_inner(), 2);
    /// ```
    pub fn into_inner(self) -> T {
        self.item
    }
}

impl<T> std::fmt::Debug for Full<T> {
    // The text: `unwrap` says it, and asks nothing of the item's type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// The receiver at the other end of a channel has gone: what [`OutPort::send`](crate::OutPort::send)
/// says. It gives the item back.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 0);
/// let request = output.send("hello?");
/// drop(input);
/// let refused = sim.run_until_event(request)?.unwrap_err();
/// assert_eq!(refused.to_string(), "the receiver has gone");
/// assert_eq!(refused.into_inner(), "hello?");
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the receiver has gone")]
pub struct ReceiverGone<T>(pub(crate) T);

impl<T> ReceiverGone<T> {
    /// The item that was not sent.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, _) = channel(&sim, 0);
    /// let refused = sim.run_until_event(output.send(1))?.unwrap_err();
    /// assert_eq!(refused.into_inner(), 1);
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for ReceiverGone<T> {
    // The text: `unwrap` says it, and asks nothing of the item's type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// The sender at the other end of a channel has gone, and everything that it sent has been received:
/// what [`InPort::recv`](crate::InPort::recv) says.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel::<u32>(&sim, 0);
/// drop(output);
/// let error = sim.run_until_event(input.recv())?.unwrap_err();
/// assert_eq!(error.to_string(), "the sender has gone");
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sender has gone")]
pub struct SenderGone;

/// An item that could not be sent at the call: what [`OutPort::try_send`](crate::OutPort::try_send)
/// says. It gives the item back.
///
/// ```
/// use asim::prelude::*;
/// use asim::NotSent;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 1);
/// assert!(output.try_send(1).is_ok());
/// assert!(matches!(output.try_send(2), Err(NotSent::Full(2))));
/// drop(input);
/// assert!(matches!(output.try_send(3), Err(NotSent::ReceiverGone(3))));
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSent<T> {
    /// Nobody waits for it, and there is no room.
    #[error("the channel has no room for the item, and nobody waits for it")]
    Full(T),
    /// Nobody will ever receive it.
    #[error("the receiver has gone")]
    ReceiverGone(T),
}

impl<T> NotSent<T> {
    /// The item that was not sent.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (output, _input) = channel(&sim, 0);
    /// assert_eq!(output.try_send(1).unwrap_err().into_inner(), 1);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            NotSent::Full(item) | NotSent::ReceiverGone(item) => item,
        }
    }
}

impl<T> std::fmt::Debug for NotSent<T> {
    // The text: `unwrap` says it, and asks nothing of the item's type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// An amount that a container cannot give or take now, or ever: what
/// [`Container::try_get`](crate::Container::try_get) and
/// [`Container::try_put`](crate::Container::try_put) refuse.
///
/// ```
/// use asim::prelude::*;
/// use asim::AmountError;
///
/// let sim = Simulation::new();
/// let tank = Container::new(&sim, 60.0).with_level(10.0);
/// assert_eq!(tank.try_get(12.5), Err(AmountError::NotEnough { wanted: 12.5, level: 10.0 }));
/// assert_eq!(tank.try_put(51.0), Err(AmountError::NoRoom { offered: 51.0, room: 50.0 }));
/// let error = tank.try_put(-2.0).unwrap_err();
/// assert_eq!(error.to_string(), "an amount of a container is a finite number > 0, not -2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// It is zero, negative, infinite or not a number.
    #[error("an amount of a container is a finite number > 0, not {amount}")]
    Invalid {
        /// The refused amount.
        amount: f64,
    },
    /// It is more than the level.
    #[error("{wanted} is more than the level of the container, {level}")]
    NotEnough {
        /// The amount asked for.
        wanted: f64,
        /// The level.
        level: f64,
    },
    /// It is more than there is room for.
    #[error("{offered} is more than the container has room for, {room}")]
    NoRoom {
        /// The amount offered.
        offered: f64,
        /// The capacity less the level.
        room: f64,
    },
}
