//! Catch scopes and masks: the parts of a process in which interrupts are caught, or kept waiting.

use std::task::Waker;

use crate::engine::{composite::BranchScope, slab::Key, wait_list::Line};

/// An `Interruptible` (a catch scope) or an `Uninterruptible` (a mask) that has been polled and is not
/// over, as the kernel knows it.
pub(crate) struct CatchScope {
    /// Whether it is a mask, which keeps interrupts waiting, and not a catch scope, which catches them.
    pub(crate) masks: bool,
    /// Whether a foreign combinator polls it, which need not poll it each time.
    pub(crate) is_foreign: bool,
    /// The waker that makes the foreign combinator poll it.
    pub(crate) waker: Option<Waker>,
    /// The catch scope or mask around it; [`Key::NONE`] if it is the outermost.
    pub(crate) outer: Key,
    /// The catch scopes and masks directly inside it, in the order in which they came to be awaited.
    pub(crate) inner: Line,
    /// The innermost composite around it.
    pub(crate) branch_scope: BranchScope,
    /// The resumption in which it came to be awaited in its present place.
    pub(crate) since: u64,
    /// The resumption in which it was last polled.
    pub(crate) polled: u64,
}

impl CatchScope {
    /// Returns `true` if it is still awaited, as far as the kernel knows. `paused` is the last complete
    /// resumption of its process.
    pub(crate) fn is_awaited(&self, paused: u64) -> bool {
        self.is_foreign || self.polled >= paused
    }

    /// Returns `true` if it is awaited and, unless it is a mask, was so before this resumption.
    #[inline]
    pub(crate) fn is_known(&self, paused: u64, resumption: u64) -> bool {
        (self.since != resumption || self.masks) && self.is_awaited(paused)
    }

    /// Returns `true` if it takes the interrupt that is in delivery in this resumption, in which it is
    /// being polled, because there is nothing around it or in it.
    #[inline]
    pub(crate) fn catches_alone(&self, resumption: u64) -> bool {
        self.is_simple() && self.branch_scope.is_none() && self.since != resumption
    }

    /// Returns `true` if it is an outermost catch scope with nothing inside and without a waker.
    #[inline]
    pub(crate) fn is_simple(&self) -> bool {
        !self.masks && self.outer == Key::NONE && self.inner.is_empty() && self.waker.is_none()
    }
}

/// The registration of a catch scope or mask with a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registration {
    pub(crate) scope: Key,
    pub(crate) process: Key,
}

/// What happens to an interrupt when its process is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// This catch scope catches it, if the polls reach it.
    Caught(Key),
    /// A mask keeps it waiting.
    Waits,
    /// It ends the process.
    Ends,
}
