//! Passed-on failures: whose failure an error reports.
//!
//! A process that joins another may return the error of the join, which holds a [`Stopped`]. A `Stopped`
//! does not know which process it is about: it is no more than what its variants show. The handle knows.
//! So a join that fails leaves the name with the joining process. When the run reports the error of that
//! process, it gives the names to the `Stopped`s in it while it shows them.

use std::{convert::Infallible, error::Error};

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{
    failed_join::FailedJoin,
    interrupt::Interrupt,
    kernel::Kernel,
    process_cell::{ProcessCell, RareState},
    run_ended::RunEnded,
    sim_error::SimError,
    stopped::Stopped,
};

impl Kernel {
    /// Notes that the active process has joined a process that did not end well: its name, and what is
    /// left of it.
    #[cold]
    pub(crate) fn note_failed_join(&self, name: &str, left: Option<&RareState>, ended: f64) {
        let mut names = names(left, ended);
        names.insert(0, name.to_owned());
        let mut tables = self.tables.borrow_mut();
        let cell = tables.processes.get_mut(self.active.get());
        let Some(rare) = cell.and_then(ProcessCell::rare_or_new) else { return };
        let others = rare.failed_join.take().filter(|join| join.names != names || join.ambiguous);
        let (time, ambiguous) = (self.now.get(), others.is_some());
        rare.failed_join = Some(FailedJoin { names, time, ambiguous });
    }
}

/// Returns the names that an error of a process that ended at `time` may pass on. Returns none if
/// several joins of the process had failed and it went on after them: the error may come from any of
/// them.
pub(crate) fn names(rare: Option<&RareState>, time: f64) -> Vec<String> {
    let join = rare.and_then(|rare| rare.failed_join.as_ref());
    let join = join.filter(|join| !join.ambiguous || join.time == time);
    join.map_or_else(Vec::new, |join| join.names.clone())
}

/// Returns what the run reports of a process that returned an error: nothing, if the error is that the
/// run has ended.
pub(crate) fn failure(
    process: String,
    time: f64,
    through: Vec<String>,
    source: Box<dyn Error + Send + Sync>,
) -> Option<SimError> {
    let (interrupt, through) = match source.downcast_ref::<Interrupt>() {
        Some(interrupt) => (interrupt, Vec::new()),
        None => match stopped_by(&*source) {
            Some(interrupt) => (interrupt, through),
            None => return Some(SimError::ProcessFailed { process, time, source, through }),
        },
    };
    let has_ended = interrupt.cause::<RunEnded>().is_some();
    let cause = interrupt.to_string();
    (!has_ended).then_some(SimError::Interrupted {
        process,
        time,
        cause,
        through,
        waiting_for: None,
        location: None,
    })
}

/// Returns the interrupt of a [`Stopped::Interrupted`], for any error type of the `Stopped`. It is
/// recognised by its text.
fn stopped_by<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Interrupt> {
    let interrupt = error.source()?.downcast_ref::<Interrupt>()?;
    let stopped = Stopped::<Infallible>::Interrupted(interrupt.clone());
    (error.to_string() == stopped.to_string()).then_some(interrupt)
}

/// Returns what the run reports of an interrupt that ended a process, which waited for this.
pub(crate) fn interrupted(
    process: String,
    time: f64,
    interrupt: &Interrupt,
    (what, location): (WaitName, Option<CallSite>),
) -> SimError {
    SimError::Interrupted {
        process,
        time,
        cause: interrupt.to_string(),
        through: Vec::new(),
        waiting_for: Some(what.text()),
        location: location.filter(|_| what != WaitName::Foreign),
    }
}
