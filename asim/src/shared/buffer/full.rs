//! The error of a put that finds no room.

/// The error of `try_put`: the queue or store is full, or its simulation is gone. It holds the
/// refused item.
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
#[error("{}", describe(.thing, *.capacity))]
pub struct Full<T> {
    pub(crate) item: T,
    /// The kind of thing that refused the item.
    pub(crate) thing: &'static str,
    /// The capacity of that thing; `None` if its simulation is gone, after which it accepts
    /// nothing.
    pub(crate) capacity: Option<usize>,
}

impl<T> Full<T> {
    /// Returns the refused item.
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
    // Writes the message, so that `unwrap` shows it and the type of the item need not be `Debug`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Returns the message: why the item is refused.
fn describe(thing: &str, capacity: Option<usize>) -> String {
    match capacity {
        Some(capacity) => {
            format!("the {thing} of capacity {capacity} has no room for another item")
        }
        None => format!("the simulation of the {thing} has gone: nothing is taken in any more"),
    }
}
