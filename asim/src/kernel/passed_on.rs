//! Whose failure an error passes on.
//!
//! A process that joins another may return what the join gave it: an error that holds a [`Stopped`],
//! which does not know whose it is, as it is no more than what its variants show. The handle knows. So
//! a join that fails leaves the name with the process that joined, and the run, when it reports the
//! error of that process, gives the names to the [`Stopped`]s in it while they are shown.

use std::cell::Cell;
use std::convert::Infallible;
use std::error::Error;

use super::core::Kernel;
use super::ending::RunEnded;
use super::handle::Stopped;
use super::interrupt::Interrupt;
use super::process_table::Extras;
use crate::error::SimError;

/// What a process knows of the failures that it was given by joins.
pub(crate) struct FailedJoin {
    /// The process that it joined last, the one whose failure that passed on, and so on.
    names: Vec<String>,
    time: f64,
    /// Have there been others before, with other names?
    ambiguous: bool,
}

/// The names that an error of a process that ended at `time` may pass on. None if the process went on
/// after a join had failed, and there were several: it may be any.
pub(super) fn names(extras: Option<&Extras>, time: f64) -> Vec<String> {
    let join = extras.and_then(|extras| extras.failed_join.as_ref());
    let join = join.filter(|join| !join.ambiguous || join.time == time);
    join.map_or_else(Vec::new, |join| join.names.clone())
}

impl Kernel {
    /// The active process has joined one that did not end well: its name, and what it left.
    #[cold]
    pub(super) fn note_failed_join(&self, name: &str, left: Option<&Extras>, ended: f64) {
        let mut names = names(left, ended);
        names.insert(0, name.to_owned());
        let mut books = self.books.borrow_mut();
        let Some(extras) = books.processes.extras(self.active.get()) else { return };
        let others = extras.failed_join.take().filter(|join| join.names != names || join.ambiguous);
        let (time, ambiguous) = (self.now.get(), others.is_some());
        extras.failed_join = Some(FailedJoin { names, time, ambiguous });
    }
}

/// What a process that returned an error leaves to the run: nothing if the error is that the run has
/// ended.
pub(super) fn failure(
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
    (!has_ended).then_some(SimError::Interrupted { process, time, cause, through })
}

/// The interrupt of a [`Stopped::Interrupted`], whatever other errors that type has: known by what it
/// says.
fn stopped_by<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Interrupt> {
    let interrupt = error.source()?.downcast_ref::<Interrupt>()?;
    let stopped = Stopped::<Infallible>::Interrupted(interrupt.clone());
    (error.to_string() == stopped.to_string()).then_some(interrupt)
}

thread_local! {
    /// The names for the [`Stopped`]s that are shown next, the last one first.
    static NAMES: Cell<Vec<String>> = const { Cell::new(Vec::new()) };
}

/// Shows an error with the names of those whose failure it passes on.
pub(crate) fn with_names(names: &[String], show: impl FnOnce() -> String) -> String {
    /// Puts back the names that were there, also when what is shown panics.
    struct Earlier(Vec<String>);
    impl Drop for Earlier {
        fn drop(&mut self) {
            NAMES.set(std::mem::take(&mut self.0));
        }
    }
    let _earlier = Earlier(NAMES.replace(names.iter().rev().cloned().collect()));
    show()
}

/// The next of the names: of the process that a [`Stopped`] that is being shown is about.
pub(super) fn next_name() -> Option<String> {
    let mut names = NAMES.take();
    let name = names.pop();
    NAMES.set(names);
    name
}
