//! A condition, as the engine sees it.

use crate::engine::awaiter::Awaiter;

/// A condition that waits to become true.
pub(crate) trait Watching {
    /// Evaluates the condition, and triggers its request if it is true. This runs user code.
    fn evaluate(&self);

    /// Returns who awaits the condition, or `None` if it does not wait any more.
    fn awaiter(&self) -> Option<Awaiter>;
}
