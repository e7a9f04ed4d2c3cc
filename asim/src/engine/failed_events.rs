//! Failed events: an error reaches a receiver or stops the run, as an error of a process does.
//!
//! An error is *claimed* when somebody receives it: waits for the event, or reads its value. Until then
//! two notes exist. The event keeps one, to report the error when its last handle goes. The kernel keeps
//! the other, a weak reference to the event, to report the error when the run ends.

use std::{collections::VecDeque, error::Error, rc::Weak};

use crate::engine::{blocked::CallSite, sim_error::SimError};

/// The error of an event that nobody has received yet.
pub(crate) struct Unclaimed<T> {
    pub(crate) time: f64,
    /// The line that failed the event.
    pub(crate) location: CallSite,
    /// Finds the error in the value of the event.
    pub(crate) error: fn(&T) -> Option<Box<dyn Error + Send + Sync>>,
}

impl<T> Unclaimed<T> {
    /// Returns what the run reports.
    pub(crate) fn failure(&self, value: &T) -> Option<SimError> {
        let source = (self.error)(value)?;
        Some(SimError::EventFailed { time: self.time, source, location: self.location })
    }
}

/// An event with its type erased, whose error may be unclaimed.
pub(crate) trait MayFail {
    /// Returns `true` if nobody has claimed the error of the event.
    fn is_unclaimed(&self) -> bool;

    /// Takes the error, which is claimed by this call.
    fn claim(&self) -> Option<SimError>;
}

/// The failed events, in the order in which they failed.
#[derive(Default)]
pub(crate) struct FailedEvents {
    events: VecDeque<Weak<dyn MayFail>>,
}

impl FailedEvents {
    /// Notes an event that has been failed.
    pub(crate) fn note(&mut self, event: Weak<dyn MayFail>) {
        if self.events.len() == self.events.capacity() {
            // Most have been claimed long ago. The list is checked only when it would grow. The check
            // drops no event and so runs no user code: somebody else holds each event, too.
            self.events.retain(is_unclaimed);
        }
        self.events.push_back(event);
    }

    /// Takes out the event that failed first, whether or not its error has been claimed.
    pub(crate) fn pop(&mut self) -> Option<Weak<dyn MayFail>> {
        self.events.pop_front()
    }
}

fn is_unclaimed(event: &Weak<dyn MayFail>) -> bool {
    event.upgrade().is_some_and(|event| event.is_unclaimed())
}
