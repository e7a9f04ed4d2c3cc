//! The errors of a run, and of what depends on data.

use std::error::Error;

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
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A process returned an error and nobody joined it.
    #[error("process `{process}` failed at time {time}: {source}")]
    ProcessFailed {
        /// The name of the process.
        process: String,
        /// When it returned.
        time: f64,
        /// What it returned.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A process was interrupted where nothing in it was `interruptible`, and nobody joined it.
    #[error("process `{process}` was interrupted at time {time} outside `interruptible`: {cause}")]
    Interrupted {
        /// The name of the process.
        process: String,
        /// When the interrupt was delivered.
        time: f64,
        /// The cause as text: see the `Display` of [`Interrupt`](crate::Interrupt).
        cause: String,
    },
    /// Nothing was left to happen before what `run_until_event` waited for.
    #[error(
        "the agenda ran dry at time {time} before the awaited event; {blocked} processes are blocked"
    )]
    RanDry {
        /// The time at which nothing was left to happen.
        time: f64,
        /// How many processes wait for something that cannot happen.
        blocked: usize,
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

/// A delay that is negative or not a number: what [`Environment::try_timeout`](crate::Environment::try_timeout)
/// refuses.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let error = sim.try_timeout(-1.5).unwrap_err();
/// assert_eq!(error.to_string(), "a delay is a number >= 0, not -1.5");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a delay is a number >= 0, not {delay}")]
pub struct InvalidDelay {
    /// The refused delay.
    pub delay: f64,
}

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
/// assert_eq!(refused.to_string(), "the event has been triggered or cancelled already");
/// assert_eq!(refused.into_inner(), 2);
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event has been triggered or cancelled already")]
pub struct AlreadyTriggered<T>(pub(crate) T);

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
        self.0
    }
}

impl<T> std::fmt::Debug for AlreadyTriggered<T> {
    // Without the value, so that `unwrap` asks nothing of its type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AlreadyTriggered(..)")
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
/// assert_eq!(refused.to_string(), "there is no room for another item");
/// assert_eq!(refused.into_inner(), "second");
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for another item")]
pub struct Full<T>(pub(crate) T);

impl<T> Full<T> {
    /// The refused item.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::bounded(&sim, 1);
    /// queue.put(1);
    /// assert_eq!(queue.try_put(2).unwrap_err().into_inner(), 2);
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Full<T> {
    // Without the item, so that `unwrap` asks nothing of its type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Full(..)")
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
    // Without the item, so that `unwrap` asks nothing of its type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceiverGone(..)")
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
    #[error("nobody waits for the item, and there is no room for it")]
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
    // Without the item, so that `unwrap` asks nothing of its type.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NotSent::Full(_) => "Full(..)",
            NotSent::ReceiverGone(_) => "ReceiverGone(..)",
        })
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
/// assert_eq!(error.to_string(), "an amount is a finite number > 0, not -2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// It is zero, negative, infinite or not a number.
    #[error("an amount is a finite number > 0, not {amount}")]
    Invalid {
        /// The refused amount.
        amount: f64,
    },
    /// It is more than the level.
    #[error("{wanted} is more than there is: {level}")]
    NotEnough {
        /// The amount asked for.
        wanted: f64,
        /// The level.
        level: f64,
    },
    /// It is more than there is room for.
    #[error("{offered} is more than there is room for: {room}")]
    NoRoom {
        /// The amount offered.
        offered: f64,
        /// The capacity less the level and what is promised.
        room: f64,
    },
}
