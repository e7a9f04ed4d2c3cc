//! What a granted request holds: some units of a resource.

use crate::engine::slab::Key;

/// What a granted request holds: the key of its hold in the table of the resource, which knows the units, the
/// process, and since when.
///
/// It is one word, because it lies in every slot and in every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding(pub(crate) Key);

/// A hold of units that nobody can take away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    /// The process that asked for the units; [`Key::NONE`] outside of all processes.
    pub(crate) process: Key,
    /// The time at which they were granted.
    pub(crate) since: f64,
    pub(crate) units: u32,
}

impl Default for Hold {
    fn default() -> Self {
        Hold { process: Key::NONE, since: 0.0, units: 0 }
    }
}
