//! Providers: the things that requests are made to, as the kernel sees them.

use std::{cell::RefMut, rc::Rc};

use crate::engine::{awaiter::Awaiter, slab::Key, timer_key::TimerKey};

/// A thing that keeps requests in a line and grants them: an event, a queue, a resource.
///
/// The kernel calls none of these methods while the provider is borrowed. No method calls the kernel
/// while it borrows the provider. All methods do nothing on a stale key.
pub trait Provider {
    /// Takes a request out of its line, or marks its grant as void. Returns what must follow. Runs no
    /// user code, and changes nothing that another request could see.
    fn unlink(&self, request: Key) -> Unlinked;

    /// Puts what an unlinked grant held back to its place. Serves nobody yet.
    fn restore(&self, request: Key);

    /// Drops what an unlinked request held. This may run user code.
    fn discard(&self, _request: Key) {}

    /// Returns the awaiter of a request, to be changed, while the request waits.
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>>;

    /// Grants the one request that is next in turn. Returns `false` if none can be granted.
    fn serve_one(&self) -> bool;
}

/// What must follow when a request was taken out of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// Nothing: the request is gone.
    Gone,
    /// It held a promise: [`Provider::restore`] must follow, then the provider serves its line.
    Promised,
    /// It held a value of the user: [`Provider::discard`] must follow.
    Held,
}

/// The cancel handle of a branch: with it a composite cancels a request while the owner sleeps.
#[derive(Default)]
pub enum CancelHandle {
    /// Nothing to cancel: a future of another crate, or a request that is over.
    #[default]
    Nothing,
    /// A timer.
    Timer(TimerKey),
    /// A timer that runs on for its owner when this composite does not wait for it any more.
    BorrowedTimer(TimerKey),
    /// A join: waiting for the end of a process.
    Join(Key),
    /// A composite, with all its branches.
    Composite(Key),
    /// A request in the line of a provider. If it is borrowed, it stays in line for its owner when this
    /// composite does not wait for it any more.
    Request {
        /// The provider.
        provider: Rc<dyn Provider>,
        /// The key of the request.
        key: Key,
        /// Whether it is borrowed.
        borrowed: bool,
    },
}

impl CancelHandle {
    /// Returns `true` if what it cancels is in the tables of the kernel, and nothing follows.
    #[inline]
    pub(crate) fn is_in_tables(&self) -> bool {
        match self {
            CancelHandle::Nothing
            | CancelHandle::Timer(_)
            | CancelHandle::BorrowedTimer(_)
            | CancelHandle::Join(_) => true,
            CancelHandle::Composite(_) | CancelHandle::Request { .. } => false,
        }
    }
}

impl std::fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CancelHandle::Nothing => f.write_str("Nothing"),
            CancelHandle::Timer(key) => write!(f, "Timer({key:?})"),
            CancelHandle::BorrowedTimer(key) => write!(f, "BorrowedTimer({key:?})"),
            CancelHandle::Join(key) => write!(f, "Join({key:?})"),
            CancelHandle::Composite(key) => write!(f, "Composite({key:?})"),
            CancelHandle::Request { key, borrowed: false, .. } => write!(f, "Request({key:?})"),
            CancelHandle::Request { key, .. } => write!(f, "BorrowedRequest({key:?})"),
        }
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::CancelHandle;

    #[test]
    fn a_cancel_handle_is_four_words() {
        // A composition has one for each branch: the provider (two words), the key of the request, and
        // the kind of handle.
        assert_eq!(size_of::<CancelHandle>(), 32);
    }
}
