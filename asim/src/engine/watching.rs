//! A condition, as the engine sees it.

/// A condition that waits to become true.
pub(crate) trait Watching {
    /// Evaluates the condition, and triggers its request if it is true. This runs user code.
    fn evaluate(&self);
}
