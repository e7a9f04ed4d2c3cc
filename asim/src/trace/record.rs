//! The records of the log, as the engine notes them: numbers stand for names.

use std::{panic::Location, sync::Arc};

/// One thing that happened, as the engine notes it. Who reads it gets the names beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) time: f64,
    /// The number of the process, in the order of their starts; 0 if it is none.
    pub(crate) process: u32,
    /// The number of the thing, in the order in which they got their names; 0 if it is none.
    pub(crate) thing: u32,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// A process was started.
    Started,
    /// A process was there already when the log began.
    Introduced,
    /// A process paused: for this request, made at this line.
    Paused { request: &'static str, site: Option<&'static Location<'static>> },
    /// A process resumed.
    Resumed,
    /// A process received an interrupt.
    Interrupted,
    /// A process ended well.
    Ended,
    /// A process returned an error.
    Failed,
    /// A process was cancelled.
    Cancelled,
    /// A process was ended by an interrupt that nothing caught.
    Stopped,
    /// A process panicked.
    Panicked,
    /// A process had not ended when the simulation was dropped. It waited for this request, if any.
    Unfinished { request: Option<&'static str>, site: Option<&'static Location<'static>> },
    /// A request has joined the line of a thing.
    Waits(Side),
    /// A request was granted.
    Granted(Side),
    /// A request has left the line without being granted.
    Left(Side),
    /// An attempt that does not wait (`try_get` and its like) has failed.
    Refused(Side),
    /// A holder has given back what it held.
    Released,
    /// A holder was evicted.
    Preempted,
    /// The thing shows another level.
    Level(f64),
    /// The thing was set to another value: a state, or an event that was triggered.
    Changed,
    /// The thing has another capacity; infinity if there is no bound.
    Capacity(f64),
    /// The model has written a line of its own.
    Logged(Arc<str>),
}

/// Where a request stands at a thing: among those who take something out, or among those who put something
/// in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Acquire, get, pass, receive.
    Take,
    /// Put, send.
    Put,
}

/// What a `Happening` is about.
///
/// ```
/// use asim::Kind;
///
/// assert_eq!(Kind::Granted.name(), "granted");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A process was started. (One that starts later is started at the call; it resumes at its time.)
    Started = 1,
    /// A process was there already when the log began.
    Introduced = 2,
    /// A process has nothing more to do until something happens: it waits for a request.
    Paused = 3,
    /// A process goes on, or begins.
    Resumed = 4,
    /// A process received an interrupt.
    Interrupted = 5,
    /// A process ended well.
    Ended = 6,
    /// A process returned an error.
    Failed = 7,
    /// A process was cancelled.
    Cancelled = 8,
    /// A process was ended by an interrupt that nothing caught.
    Stopped = 9,
    /// A process panicked.
    Panicked = 10,
    /// A process had not ended when the simulation was dropped.
    Unfinished = 11,
    /// A request has joined the line of a thing.
    Waits = 12,
    /// A request was granted: at the call, or when its turn came.
    Granted = 13,
    /// A request has left the line without being granted.
    Left = 14,
    /// A holder has given back what it held.
    Released = 15,
    /// A holder was evicted.
    Preempted = 16,
    /// A thing shows another level: how much of it is in use, how many items it holds.
    Level = 17,
    /// A thing has another capacity.
    Capacity = 18,
    /// The model has written a line of its own.
    Logged = 19,
    /// An attempt that does not wait (`try_get` and its like) has failed.
    Refused = 20,
    /// A thing was set to another value: a state, or an event that was triggered.
    Changed = 21,
}

impl Kind {
    /// Returns the name of the kind, as it stands in the files.
    ///
    /// ```
    /// use asim::Kind;
    ///
    /// assert_eq!(Kind::Preempted.name(), "preempted");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Started => "started",
            Kind::Introduced => "introduced",
            Kind::Paused => "paused",
            Kind::Resumed => "resumed",
            Kind::Interrupted => "interrupted",
            Kind::Ended => "ended",
            Kind::Failed => "failed",
            Kind::Cancelled => "cancelled",
            Kind::Stopped => "stopped",
            Kind::Panicked => "panicked",
            Kind::Unfinished => "unfinished",
            Kind::Waits => "waits",
            Kind::Granted => "granted",
            Kind::Left => "left",
            Kind::Released => "released",
            Kind::Preempted => "preempted",
            Kind::Level => "level",
            Kind::Capacity => "capacity",
            Kind::Logged => "logged",
            Kind::Refused => "refused",
            Kind::Changed => "changed",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl Record {
    pub(crate) fn kind(&self) -> Kind {
        match self.what {
            What::Started => Kind::Started,
            What::Introduced => Kind::Introduced,
            What::Paused { .. } => Kind::Paused,
            What::Resumed => Kind::Resumed,
            What::Interrupted => Kind::Interrupted,
            What::Ended => Kind::Ended,
            What::Failed => Kind::Failed,
            What::Cancelled => Kind::Cancelled,
            What::Stopped => Kind::Stopped,
            What::Panicked => Kind::Panicked,
            What::Unfinished { .. } => Kind::Unfinished,
            What::Waits(_) => Kind::Waits,
            What::Granted(_) => Kind::Granted,
            What::Left(_) => Kind::Left,
            What::Released => Kind::Released,
            What::Preempted => Kind::Preempted,
            What::Level(_) => Kind::Level,
            What::Capacity(_) => Kind::Capacity,
            What::Logged(_) => Kind::Logged,
            What::Refused(_) => Kind::Refused,
            What::Changed => Kind::Changed,
        }
    }

    pub(crate) fn side(&self) -> Option<Side> {
        match self.what {
            What::Waits(side) | What::Granted(side) | What::Left(side) | What::Refused(side) => {
                Some(side)
            }
            _ => None,
        }
    }

    pub(crate) fn level(&self) -> Option<f64> {
        match self.what {
            What::Level(value) | What::Capacity(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn request(&self) -> Option<&'static str> {
        match self.what {
            What::Paused { request, .. } => Some(request),
            What::Unfinished { request, .. } => request,
            _ => None,
        }
    }

    pub(crate) fn call_site(&self) -> Option<&'static Location<'static>> {
        match self.what {
            What::Paused { site, .. } | What::Unfinished { site, .. } => site,
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        match &self.what {
            What::Logged(text) => Some(text),
            _ => None,
        }
    }
}
