//! Happenings: what the log tells to those who read it.

use std::sync::Arc;
use std::{fmt, panic::Location};

use crate::trace::record::Kind;
use crate::trace::record::{Record, Side};
use crate::trace::view::View;

/// A process in a [`Happening`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Who {
    /// The number of the process: the first that the simulation started has 1.
    pub number: u32,
    /// The name of the process, which others may have too.
    pub name: Arc<str>,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", self.name, self.number)
    }
}

/// One thing that happened: when, to whom, at which thing.
///
/// As text it is a line of the file that `trace_to("run.log")` writes.
///
/// ```
/// use asim::prelude::*;
/// use asim::Kind;
///
/// #[process]
/// async fn customer(env: Environment, clerks: Resource) {
///     let _clerk = clerks.acquire().await;
///     env.timeout(4.0).await;
/// }
///
/// let sim = Simulation::new();
/// let trace = sim.trace();
/// let clerks = Resource::new(&sim, 1).named("clerks");
/// sim.process(Customer::new(clerks.clone()));
/// sim.process(Customer::new(clerks));
/// sim.run()?;
///
/// let second = trace.of_thing("clerks").filter(|happening| happening.kind == Kind::Granted).nth(1);
/// let second = second.expect("two customers are served");
/// assert_eq!(second.time, 4.0);
/// assert_eq!(second.process.expect("a customer is served").number, 2);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Happening {
    /// When it happened.
    pub time: f64,
    /// What happened.
    pub kind: Kind,
    /// The process that it happened to, or that caused it; `None` outside of all processes, and for a
    /// holder that is gone.
    pub process: Option<Who>,
    /// The name of the thing at which it happened. Only things that have a name are in the log.
    pub thing: Option<Arc<str>>,
    /// In which line of the thing a request stands that waits, was granted, or has left.
    pub side: Option<Side>,
    /// The new level or capacity of the thing.
    pub level: Option<f64>,
    /// What a process that paused waits for: the call that made the request.
    pub request: Option<&'static str>,
    /// The line that made this request.
    pub call_site: Option<&'static Location<'static>>,
    /// What the model has logged.
    pub text: Option<Arc<str>>,
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl Happening {
    /// Makes it of a record, and of the names of its process and of its thing.
    pub(crate) fn new(
        record: &Record,
        process: Option<&Arc<str>>,
        thing: Option<&Arc<str>>,
    ) -> Self {
        let number = record.process;
        Happening {
            time: record.time,
            kind: record.kind(),
            process: process.map(|name| Who { number, name: Arc::clone(name) }),
            thing: thing.cloned(),
            side: record.side(),
            level: record.level(),
            request: record.request(),
            call_site: record.call_site(),
            text: record.text().cloned(),
        }
    }

    fn view(&self) -> View<'_> {
        View {
            time: self.time,
            kind: self.kind,
            process: self.process.as_ref().map(|who| (who.number, &*who.name)),
            thing: self.thing.as_deref(),
            side: self.side,
            level: self.level,
            request: self.request,
            call_site: self.call_site,
            text: self.text.as_deref(),
        }
    }
}
