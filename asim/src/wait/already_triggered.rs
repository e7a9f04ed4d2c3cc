//! The error of an event that is triggered twice.

/// The error of `Event::try_succeed` for an event that has been triggered or cancelled before. It gives
/// the value back.
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
    /// Returns the refused value.
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
    // The text of `Display`, as `unwrap` prints `Debug`. So the value's type need not be `Debug`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
