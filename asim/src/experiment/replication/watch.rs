//! A watch over one replication: all that happens in it, and its report, for the pages that show it.

use std::rc::Weak;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::answers::report::Report;
use crate::answers::trace::Trace;
use crate::simulation::Simulation;
use crate::trace::kept::{Kept, lock};
use crate::trace::standing::RunError;

/// What is known of the one replication that is watched. The replication fills it on its thread; who asked for it
/// reads it on another one.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<Watched>);

#[derive(Debug, Default)]
struct Watched {
    /// The log, from before the model had the simulation. It is there as soon as the model has asked for one.
    kept: Option<Arc<Mutex<Kept>>>,
    /// The report at the end.
    report: Option<Report>,
    /// The model's own results, as far as it has given them.
    own: Vec<(String, f64)>,
}

#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command line reads it"))]
impl Watch {
    /// Begins to keep all that happens in a simulation.
    pub(crate) fn begin(&self, sim: &Simulation) {
        let kept = sim.trace().kept;
        self.watched().kept = Some(kept);
    }

    /// Notes the report of the run and the model's own results, at its end.
    pub(crate) fn end(&self, report: Option<Report>, own: Vec<(String, f64)>) {
        let mut watched = self.watched();
        (watched.report, watched.own) = (report, own);
    }

    /// Notes with which words the replication failed. They stand where the run ended.
    pub(crate) fn note_failure(&self, text: &str) {
        let watched = self.watched();
        let Some(kept) = &watched.kept else { return };
        let count = watched.count();
        let kept = &mut *lock(kept);
        if let Some(last) = kept.errors.last_mut()
            && text.contains(&last.text)
        {
            // The model has passed on the error of its run: its words may say more.
            text.clone_into(&mut last.text);
            return;
        }
        let time = kept.end.as_ref().map(|end| end.time);
        let last = || kept.noted().last().map(|noted| noted.record.time);
        let time = time.or_else(last).unwrap_or(kept.from);
        let after = count.unwrap_or(kept.count());
        kept.errors.push(RunError { after, time, text: text.to_owned() });
    }

    /// Returns the report of the run; `None` if the model has made no simulation, or if it hangs.
    pub(crate) fn report(&self) -> Option<Report> {
        self.watched().report.clone()
    }

    /// Returns the model's own results.
    pub(crate) fn own_results(&self) -> Vec<(String, f64)> {
        self.watched().own.clone()
    }

    /// Returns how many happenings the report is of: all, if there is no report.
    pub(crate) fn count(&self) -> u64 {
        self.watched().count().unwrap_or(u64::MAX)
    }

    /// Returns all that has happened; `None` if the model has made no simulation.
    pub(crate) fn trace(&self) -> Option<Trace> {
        let kept = self.watched().kept.clone();
        // The simulation is gone, or it is on another thread.
        kept.map(|kept| Trace { kept, kernel: Weak::new() })
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        // No code of the user runs while it is locked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command line reads it"))]
impl Watched {
    /// Returns how many happenings the report is of. What the drop of the simulation has added does not count.
    fn count(&self) -> Option<u64> {
        let log = self.report.as_ref()?.origin.log.as_ref()?;
        Some(log.count)
    }
}
