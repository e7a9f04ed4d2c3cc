//! Requests that are awaited in the wrong place, or once too often. These are bugs in the model and are
//! reported at once.
//!
//! What processes share belongs to one simulation. A process of another simulation that awaits a request
//! of this one would wait for ever, or the wrong process would resume. Every simulation has a number, by
//! which messages name it, and the thread knows which simulation is running.

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{kernel::Kernel, running::running, running::shown};

impl Kernel {
    /// Panics if a request of this simulation is polled while another simulation runs.
    #[inline]
    pub(crate) fn check_owner(&self, what: WaitName, at: CallSite) {
        let running = running();
        if running != self.number && running != 0 {
            self.refuse_stranger(what, at, running);
        }
    }

    /// Does the same for the request that was last noted as awaited.
    #[cold]
    pub(crate) fn check_owner_of_waiting(&self) {
        if let Some((what, at)) = self.awaited() {
            self.check_owner(what, at);
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse_stranger(&self, what: WaitName, at: CallSite, running: u64) -> ! {
        let gone = if self.closed.get() { ", which is gone," } else { "" };
        panic!(
            "`{}` ({at}) of simulation {}{gone} is awaited in simulation {}: \
             what processes share belongs to one simulation",
            what.text(),
            shown(self.number),
            shown(running)
        );
    }
}

impl Kernel {
    /// Panics if a condition of this simulation watches a thing of another one.
    #[track_caller]
    pub(crate) fn check_watched(&self, other: &Kernel, what: WaitName) {
        assert!(
            self.number == other.number,
            "`{}` of simulation {} watches a thing of simulation {}: \
             what processes share belongs to one simulation",
            what.text(),
            shown(self.number),
            shown(other.number)
        );
    }
}

impl Kernel {
    /// Panics if one request asks things of this simulation and of another one.
    #[track_caller]
    pub(crate) fn check_together(&self, other: &Kernel, what: WaitName) {
        assert!(
            self.number == other.number,
            "`{}` asks things of simulation {} and of simulation {}: \
             what processes share belongs to one simulation",
            what.text(),
            shown(self.number),
            shown(other.number)
        );
    }
}

/// Panics because a request was polled after it gave its output.
#[cold]
#[inline(never)]
pub(crate) fn polled_after_end(what: WaitName, at: CallSite) -> ! {
    panic!("`{}` ({at}) was polled after it had given its output", what.text());
}
