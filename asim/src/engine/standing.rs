//! How the simulation stands: what is told to those who keep the log in memory, for the pages that show it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::engine::kernel::Kernel;
use crate::engine::sim_error::SimError;
use crate::trace::kept::lock;
use crate::trace::standing::{RunError, Standing};

impl Kernel {
    /// Returns how the simulation stands. It takes time in proportion to the processes.
    pub(crate) fn standing(&self) -> Standing {
        let mut standstill = self.standstill();
        if !standstill.is_complete {
            // Those that only wait for the time go on by themselves.
            standstill.waits.retain(|blocked| !blocked.waits_for_time_only());
        }
        let (seed, replication) = self.streams.seeds();
        Standing {
            time: self.now.get(),
            seed,
            replication,
            took: self.made.elapsed(),
            blocked: standstill.waits.len(),
            standstill: standstill.list(),
            is_complete: standstill.is_complete,
        }
    }

    /// Tells those who keep the log in memory the error with which a run ends.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_error(&self, error: &SimError) {
        let all_kept = self.log.kept();
        if all_kept.is_empty() {
            return;
        }
        // The text of an error is code of the user. If it panics, the run still ends with its error.
        let Ok(text) = catch_unwind(AssertUnwindSafe(|| error.to_string())) else { return };
        self.bring_log_up_to_date();
        for kept in all_kept {
            let kept = &mut *lock(&kept);
            let after = kept.count();
            kept.errors.push(RunError { after, time: self.now.get(), text: text.clone() });
        }
    }

    /// Tells those who keep the log in memory how the simulation stands when it is dropped.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_standing(&self) {
        let all_kept = self.log.kept();
        if all_kept.is_empty() {
            return;
        }
        let standing = self.standing();
        for kept in all_kept {
            let kept = &mut *lock(&kept);
            kept.end = Some(standing.clone());
            kept.measured_since = Some(self.measured.since.get());
        }
    }
}
