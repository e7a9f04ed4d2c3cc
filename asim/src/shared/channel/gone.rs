//! The errors of a channel: one end has gone, or there is no room.

/// The error of `OutPort::send` when the receiver at the other end of the channel has gone. It
/// holds the item.
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
    /// Returns the item that was not sent.
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
    // Writes the message, so that `unwrap` shows it and the type of the item need not be `Debug`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// The error of `InPort::recv` when the sender at the other end of the channel has gone, and everything
/// that it sent has been received.
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

/// The error of `OutPort::try_send` when the item cannot be sent at the call. It holds the item.
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
    /// No receiver waits, and there is no room.
    #[error("the channel has no room for the item, and nobody waits for it")]
    Full(T),
    /// The receiver has gone, so nobody will ever receive the item.
    #[error("the receiver has gone")]
    ReceiverGone(T),
}

impl<T> NotSent<T> {
    /// Returns the item that was not sent.
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
    // Writes the message, so that `unwrap` shows it and the type of the item need not be `Debug`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
