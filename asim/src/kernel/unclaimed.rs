//! Events that were failed: their errors are claimed or loud, as those of processes are.
//!
//! An error is claimed when somebody receives it: who waits for the event, or reads its value. Until
//! then it is noted twice. The event keeps the note of it, to report it when its last handle goes; and
//! the kernel keeps a weak reference to the event, to report it when the run ends.

use std::collections::VecDeque;
use std::error::Error;
use std::rc::Weak;

use super::blocked::Place;
use super::core::{Books, Kernel};
use crate::error::SimError;

/// The error of an event that nobody has received yet.
pub(super) struct Unclaimed<T> {
    pub(super) time: f64,
    /// The line that failed it.
    pub(super) location: Place,
    /// The error in the value of the event.
    pub(super) error: fn(&T) -> Option<Box<dyn Error + Send + Sync>>,
}

impl<T> Unclaimed<T> {
    /// What it leaves to the run.
    pub(super) fn failure(&self, value: &T) -> Option<SimError> {
        let source = (self.error)(value)?;
        Some(SimError::EventFailed { time: self.time, source, location: self.location })
    }
}

/// An event whose error may be unclaimed, its type forgotten.
pub(crate) trait MayFail {
    /// Is there an error that nobody has claimed?
    fn is_unclaimed(&self) -> bool;

    /// The error, which is claimed by that.
    fn claim(&self) -> Option<SimError>;
}

/// The events that were failed, in that order.
pub(crate) type FailedEvents = VecDeque<Weak<dyn MayFail>>;

impl Books {
    /// Notes an event that has been failed.
    pub(super) fn note_failed_event(&mut self, event: Weak<dyn MayFail>) {
        let events = &mut self.failed_events;
        if events.len() == events.capacity() {
            // Most have been claimed long since; looked at only when the list would grow. To look runs no
            // code of the user's: what is held for a moment is held by somebody else too.
            events.retain(is_unclaimed);
        }
        events.push_back(event);
    }
}

fn is_unclaimed(event: &Weak<dyn MayFail>) -> bool {
    event.upgrade().is_some_and(|event| event.is_unclaimed())
}

impl Kernel {
    /// At the end of a run: the first error of an event that nobody has claimed.
    pub(super) fn claim_event_failure(&self) -> Option<SimError> {
        loop {
            let event = self.books.borrow_mut().failed_events.pop_front()?;
            let failure = event.upgrade().and_then(|event| event.claim());
            if failure.is_some() {
                return failure;
            }
        }
    }
}
