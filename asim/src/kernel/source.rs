//! What the kernel asks of the things that requests are made to.

use std::rc::Rc;

use super::slab::Key;
use super::timers::TimerKey;

/// A thing that keeps requests in a line and grants them: an event, a queue, a resource.
///
/// None of these is called while the source is borrowed, and none calls back into the kernel's
/// books while it borrows itself. All four are no-ops on a stale key.
pub trait Source {
    /// Takes a request out of its line, or marks its grant as void; says what must follow. Runs no
    /// code of the user's and changes nothing that another request could see.
    fn unlink(&self, request: Key) -> Unlinked;

    /// Puts what an unlinked grant held back to its place. Serves nobody yet.
    fn restore(&self, request: Key);

    /// Drops what an unlinked request held: this may run code of the user's.
    fn discard(&self, _request: Key) {}

    /// Grants the one request that is next in turn, if any can be granted; false if none.
    fn serve_one(&self) -> bool;
}

/// What must follow after a request was taken out of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// Nothing: it is gone.
    Gone,
    /// It held a promise: [`Source::restore`], then the source serves its line.
    Promised,
    /// It held something of the user's: [`Source::discard`].
    Held,
}

/// How a composite reaches a request of its own, to cancel it while their process sleeps.
#[derive(Default)]
pub enum Link {
    /// Nothing to cancel: a future of another crate, or what is over.
    #[default]
    Nothing,
    /// A timer.
    Timer(TimerKey),
    /// A timer that runs on for its owner when it is not waited for any more.
    Borrowed(TimerKey),
    /// Waiting for the end of a process.
    Join(Key),
    /// A composite, with all its branches.
    Composite(Key),
    /// A request in the line of some thing.
    Request(Rc<dyn Source>, Key),
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Link::Nothing => f.write_str("Nothing"),
            Link::Timer(key) => write!(f, "Timer({key:?})"),
            Link::Borrowed(key) => write!(f, "Borrowed({key:?})"),
            Link::Join(key) => write!(f, "Join({key:?})"),
            Link::Composite(key) => write!(f, "Composite({key:?})"),
            Link::Request(_, key) => write!(f, "Request({key:?})"),
        }
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::Link;

    #[test]
    fn a_link_is_four_words() {
        // A composition has one for each branch: the source (two words), the request's key, and
        // which kind of link it is.
        assert_eq!(size_of::<Link>(), 32);
    }
}
