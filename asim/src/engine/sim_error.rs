//! The errors that end a run.

mod report;

use std::{error::Error, panic::Location};

use crate::engine::{shown_names::with_names, standstill::Standstill};

/// The error that ends a run early.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn machine(env: Environment) -> Result<(), String> {
///     env.timeout(4.0).await;
///     Err("out of oil".to_string())
/// }
///
/// let sim = Simulation::new();
/// sim.process(Machine::new());
/// let error = sim.run().unwrap_err();
/// assert_eq!(error.to_string(), "process `Machine` failed at time 4: out of oil");
/// // What `main` prints: the same, and what the error's sources add.
/// assert_eq!(format!("{error:?}"), error.to_string());
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A process returned an error and nobody joined it.
    #[error("process `{process}` failed at time {time}: {}", with_names(.through, || .source.to_string()))]
    ProcessFailed {
        /// The name of the process.
        process: String,
        /// The time at which it returned.
        time: f64,
        /// What it returned.
        source: Box<dyn Error + Send + Sync>,
        /// Whose failure it passed on, if a join gave it the error: the process that it joined, the
        /// process that this one had joined, and so on.
        through: Vec<String>,
    },
    /// A process was interrupted outside every `interruptible`, or returned the interrupt that it had
    /// caught or that a join gave it; and nobody joined the process.
    #[error("{}{}", report::of_interrupt(.process, *.time, .cause, .through), report::of_wait(*.waiting_for, *.location))]
    Interrupted {
        /// The name of the process.
        process: String,
        /// The time at which the interrupt ended it.
        time: f64,
        /// The cause as text: see the `Display` of `Interrupt`.
        cause: String,
        /// Whose interrupt it passed on, as in [`ProcessFailed`](Self::ProcessFailed).
        through: Vec<String>,
        /// What the process waited for when the interrupt ended it, in the words of
        /// [`Blocked::waiting_for`](crate::engine::blocked::Blocked::waiting_for); `None` if it returned
        /// the interrupt by itself.
        waiting_for: Option<&'static str>,
        /// The line that made the request for which it waited; `None` for a future of another crate.
        location: Option<&'static Location<'static>>,
    },
    /// An event failed, and nobody received the error.
    #[error(
        "an event failed at time {time} and nobody received it: {source} (failed at {location})"
    )]
    EventFailed {
        /// The time at which it failed.
        time: f64,
        /// The error with which it failed.
        source: Box<dyn Error + Send + Sync>,
        /// The line that failed it.
        location: &'static Location<'static>,
    },
    /// Nothing was left to happen, but `run_until_event` or `run_all` still waited for something.
    #[error("the agenda ran dry at time {time} before {awaited}{}; {}", report::of_line(*.location), .standstill.list())]
    RanDry {
        /// The time at which nothing was left to happen.
        time: f64,
        /// What the run waited for, in the words of
        /// [`Blocked::waiting_for`](crate::engine::blocked::Blocked::waiting_for).
        awaited: String,
        /// The line that made the request; `None` for a future of another crate.
        location: Option<&'static Location<'static>>,
        /// The processes that wait for something that cannot happen any more, and why.
        standstill: Box<Standstill>,
    },
    /// Nothing was left to happen in a run to the end, but some processes had not ended.
    #[error("nothing is left to happen at time {}; {}", .standstill.time, .standstill.list())]
    Standstill {
        /// The processes that wait for something that cannot happen any more, and why.
        standstill: Box<Standstill>,
    },
    /// `run_until` or `run_before` was asked for a time in the past, or for a time that is not a number.
    #[error("cannot run until {until}: it is {now} already")]
    TimeInPast {
        /// The time asked for.
        until: f64,
        /// The present time.
        now: f64,
    },
    /// More happened at one instant than `set_instant_limit` allows: the processes keep each other busy,
    /// and time stands still.
    #[error("time stands still at {time}: more than {limit} resumptions at one instant, by {}{}", .processes.join(", "), report::of_others(.standstill))]
    TimeStandsStill {
        /// The instant.
        time: f64,
        /// The limit.
        limit: u64,
        /// The names of some processes that were about to run.
        processes: Vec<String>,
        /// The processes that wait.
        standstill: Box<Standstill>,
    },
    /// A log that `trace_to` or `tracing` has begun cannot be written. It is ended; the others go on.
    #[error("the log {log} cannot be written at time {time}: {source}")]
    Log {
        /// The path of the file, or "a writer".
        log: String,
        /// The time of the model.
        time: f64,
        /// What the operating system or the writer says.
        source: std::io::Error,
    },
    /// A page (a report, a replay) cannot be written.
    #[cfg(feature = "report")]
    #[error("the page `{page}` cannot be written: {source}")]
    Page {
        /// The path of the file.
        page: String,
        /// What the operating system says, or what is wrong with the file beside it.
        source: std::io::Error,
    },
    /// A strict run in `RealTime` could not keep up with the clock on the wall.
    #[error("too slow for real time: {behind:.3} s behind at time {time}")]
    TooSlow {
        /// The time of the next happening.
        time: f64,
        /// How many seconds too late it would have been.
        behind: f64,
    },
    /// A replication of an experiment took longer than it may, so the experiment has stopped its run.
    #[cfg(feature = "experiment")]
    #[error("the run was stopped at time {time}: the replication took too long")]
    TookTooLong {
        /// The time of the model.
        time: f64,
    },
}
