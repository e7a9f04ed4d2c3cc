//! The origin of a report: the run that it is of.

use std::sync::{Arc, Mutex};

use crate::engine::kernel::Kernel;
use crate::trace::kept::{Kept, lock};
use crate::trace::standing::Standing;

/// What is known of the run that a report is of, beside its measures. It is nothing for a report of several runs, or
/// for one that was read from a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// How the simulation stood when the report was made.
    pub(crate) standing: Option<Standing>,
    /// The log of the run, if one was kept in memory.
    pub(crate) log: Option<LogSoFar>,
}

/// A log as it was when a report was made.
#[derive(Debug, Clone)]
pub(crate) struct LogSoFar {
    pub(crate) kept: Arc<Mutex<Kept>>,
    /// How many happenings there were, with those that were dropped. Those that came later do not belong to it.
    pub(crate) count: u64,
}

impl Origin {
    pub(crate) fn of(kernel: &Kernel) -> Self {
        kernel.bring_log_up_to_date();
        // A log without a filter, and of them the one that knows most.
        let kept = kernel.log.kept().into_iter().filter(|kept| !lock(kept).is_filtered);
        let log = kept
            .map(|kept| {
                let count = lock(&kept).count();
                LogSoFar { kept, count }
            })
            .max_by_key(|log| log.count);
        Origin { standing: Some(kernel.standing()), log }
    }
}

/// Reports are equal if their measures are.
impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
