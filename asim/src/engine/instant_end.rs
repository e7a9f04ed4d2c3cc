//! The end of an instant: the requests that wait until nothing more is due at the present time.
//!
//! They stand in one line, in the order of the calls. The run loop looks at the line only when nothing
//! is left to do at this instant, and lets the first of them go on. What that one sets off comes before
//! the next of them. So for each of them it is true that everything else of the instant has happened.
//!
//! While the line is not empty, no timer of a later time may fire. The loop does not look at the line for
//! that. It has been given the time until which it may go on, and that is the present time as long as
//! somebody waits here. Whoever joins the line stops the loop after the turn (`Kernel::stops`), and then
//! it is given that time anew. So a model that does not use this pays nothing for it.

use crate::engine::awaiter::Awaiter;
use crate::engine::slab::Key;
use crate::engine::wait_list::{Line, WaitList};

/// The requests that wait for the end of the present instant.
#[derive(Debug)]
pub(crate) struct InstantEnd {
    list: WaitList<()>,
    line: Line,
}

impl InstantEnd {
    pub(crate) fn new() -> Self {
        InstantEnd { list: WaitList::new(), line: Line::EMPTY }
    }

    /// Returns `true` if nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Adds a request at the end of the line.
    pub(crate) fn join(&mut self) -> Key {
        self.list.join(&mut self.line, ())
    }

    /// Takes out the request that is first in the line. Returns its awaiter.
    pub(crate) fn pop(&mut self) -> Option<Awaiter> {
        let first = self.list.first(self.line)?;
        self.remove(first)
    }

    /// Takes out a request. Returns its awaiter.
    pub(crate) fn remove(&mut self, request: Key) -> Option<Awaiter> {
        self.list.leave(&mut self.line, request);
        self.list.remove(request).map(|((), awaiter)| awaiter)
    }

    /// Returns `true` if the request waits.
    pub(crate) fn is_waiting(&self, request: Key) -> bool {
        self.list.get(request).is_some()
    }

    /// Returns the awaiters of all requests that wait.
    pub(crate) fn awaiters(&self) -> Vec<Awaiter> {
        self.list.awaiters(self.line).map(|((), awaiter)| awaiter).collect()
    }

    /// Returns the awaiter of a request that waits, to be changed.
    pub(crate) fn awaiter(&mut self, request: Key) -> Option<&mut Awaiter> {
        self.list.waiting_awaiter(request)
    }
}
