//! What the kernel keeps about one process, and the life of a process.
//!
//! ```text
//!                                  +--------------- 3 ----------------+
//!                                  v                                  |
//!   start -- 1 --> New --- 3 --> running --- 4 --> waiting --- 5 --> Ready
//!     |                            ^  |               |               |
//!     +----- 2 --> Scheduled - 3 --+  +---- 6 ----+   +------ 7 ------+
//!                                                 v   v
//!                                                 Done --- 8 --> (cell free)
//! ```
//!
//! *Running* and *waiting* are one [`Life`], `Started`: the body of a running process is not in its
//! cell.
//!
//! 1. `Processes::start`: the process gets a place at the end of the ready line.
//! 2. `Processes::start_later`: the process gets no place; its timer resumes it.
//! 3. [`ProcessCell::resume`]: its turn has come. The run loop takes the body out of the cell and polls
//!    it, so the calls of the body find the table free. The loop also resumes a waiting process
//!    directly, when its timer fires.
//! 4. [`ProcessCell::pause`]: the poll is pending, and the body goes back into the cell.
//! 5. `Processes::make_ready`: something that the process waits for was triggered, an interrupt came, or
//!    a waker has woken the process. It gets a place at the end of the ready line, unless it has one.
//! 6. `Kernel::finish`: the body has returned. (`Kernel::note_panic`: the body has panicked.)
//! 7. `Kernel::end`: the process was cancelled, or interrupted where nothing catches that. Its body is
//!    dropped. This can happen at every stage; a running process ends when it pauses.
//! 8. `Processes::remove`: nobody needs the result any more, because the handle has given the result away
//!    or is dropped.
//!
//! A process is in the ready line at most once, with one exception. An interrupt that is sent before the
//! process has started gets a place of its own, that of the call (`Processes::queue_interrupt`). While
//! the process has such places it is `Placed` instead of `Started`, and step 5 resumes it at the next of
//! them. A place whose process has no reason to resume is passed over (`Processes::reach_place`).

use std::{collections::VecDeque, pin::Pin};

use crate::engine::blocked::{CallSite, WaitName};
use crate::engine::timer_key::{Mark, TimerKey};
use crate::engine::{
    awaiter::Awaiter, body::Body, failed_join::FailedJoin, interrupt::Interrupt, slab::Key,
    wait_list::Line, wake_queue::OwnWaker,
};

/// What a turn of the run loop reads of a process. It takes 64 bytes in the table. The rest is in the
/// [`ProcessInfo`].
#[derive(Default)]
pub(crate) struct ProcessCell {
    /// Absent while the process runs, and once it was cancelled or ended by an interrupt.
    pub(crate) body: Option<Pin<Box<dyn Body>>>,
    /// When the process was last resumed.
    pub(crate) since: f64,
    /// What the process waits for, if that is a native, and the line that made the request.
    pub(crate) waiting_for: Option<&'static WaitName>,
    pub(crate) waiting_at: Option<CallSite>,
    /// The awaiter of the process's own timer (see `timers`).
    pub(crate) timer_awaiter: Awaiter,
    pub(crate) timer_mark: Mark,
    pub(crate) life: Life,
    /// Whether a turn must look at more than the cell: the process has ended, or has a [`RareState`].
    pub(crate) attention: bool,
    /// Whether somebody holds the handle of the process.
    pub(crate) has_handle: bool,
}

impl ProcessCell {
    /// Notes that the process resumes now.
    #[inline]
    pub(crate) fn resume(&mut self, now: f64) {
        self.life = Life::Started;
        self.since = now;
    }

    /// Returns `true` if the process has not been resumed yet.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self.life, Life::New | Life::Scheduled)
    }

    /// Returns `true` if a turn must look at more than the cell: the process has ended, or has a
    /// [`RareState`].
    #[inline]
    pub(crate) fn wants_attention(&self) -> bool {
        self.attention
    }

    pub(crate) fn is_done(&self) -> bool {
        self.life == Life::Done
    }

    /// Notes that the process pauses, and what it waits for, if that is a native.
    #[inline]
    pub(crate) fn pause(
        &mut self,
        body: Pin<Box<dyn Body>>,
        waiting_for: Option<&'static WaitName>,
        waiting_at: Option<CallSite>,
    ) {
        // There is no old body that must be dropped.
        std::mem::forget(self.body.replace(body));
        self.waiting_for = waiting_for;
        self.waiting_at = waiting_at;
    }

    /// Notes that the process pauses and waits for the timer with this key, if that is its own timer.
    #[inline]
    pub(crate) fn sleep(&mut self, process: Key, timer: TimerKey) {
        if timer.mark() == self.timer_mark {
            self.timer_awaiter = Awaiter::process(process);
        }
    }

    /// Returns `true` if the cell must be kept for its timer: the timer is pending, or the marks are
    /// spent.
    #[inline]
    pub(crate) fn keeps_timer(&self) -> bool {
        self.timer_mark.is_pending() || self.timer_mark.is_spent()
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.life, Life::Started | Life::Placed) && self.body.is_some()
    }
}

/// The stage in the life of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Life {
    /// Not in the ready line. Its timer resumes it for the first time.
    Scheduled,
    /// In the ready line for the first time.
    New,
    /// In the ready line.
    Ready,
    /// Running or waiting.
    Started,
    /// Running or waiting, with a place in the ready line: that of an interrupt that came before the
    /// process started.
    Placed,
    /// Over. Its places in the ready line are passed over.
    #[default]
    Done,
}

/// What a turn of the run loop does not read.
#[derive(Default)]
pub(crate) struct ProcessInfo {
    pub(crate) name: &'static str,
    /// Who is notified of the end of the process.
    pub(crate) awaiter: Awaiter,
    /// The state that only few processes need.
    pub(crate) rare: Option<Box<RareState>>,
    /// The number of the process, in the order of the starts.
    pub(crate) number: u64,
}

#[derive(Default)]
/// The state that only few processes need: an owned name, interrupts, catch scopes, a waker of its own.
pub(crate) struct RareState {
    /// The name, if it is not static.
    pub(crate) name: String,
    /// Set when the process has cancelled itself: it ends when it next pauses.
    pub(crate) cancelled: bool,
    /// The interrupts that it has not received yet.
    pub(crate) interrupts: VecDeque<Interrupt>,
    /// How many of its catch scopes are masks.
    pub(crate) masks: usize,
    /// The number of its places in the ready line for interrupts that came before it started.
    pub(crate) places: usize,
    /// The last resumption of the process that is complete.
    pub(crate) paused: u64,
    /// Its outermost catch scopes and masks, in the order in which they came to be awaited.
    pub(crate) catch_scopes: Line,
    /// Its own waker, if it has awaited something foreign.
    pub(crate) waker: Option<OwnWaker>,
    /// How it ended, if not by itself.
    pub(crate) stopped: Option<Stop>,
    /// What it knows about the failures that its joins have given it.
    pub(crate) failed_join: Option<FailedJoin>,
}

/// How a process ended that did not end by itself.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    Cancelled,
    Interrupted(Interrupt),
    Panicked,
}

/// What is left of a process that was taken out of the table.
pub(crate) struct Left {
    pub(crate) body: Option<Pin<Box<dyn Body>>>,
    /// When the process was last resumed: the time of its end, unless it was cancelled.
    pub(crate) since: f64,
    pub(crate) rare: Option<Box<RareState>>,
    /// The awaiter of its end that has not been notified: the end is still under way.
    pub(crate) awaiter: Awaiter,
    pub(crate) name: &'static str,
}

impl Left {
    pub(crate) fn name(&self) -> String {
        name(self.name, self.rare.as_deref()).to_owned()
    }
}

pub(crate) fn name<'a>(fixed: &'static str, rare: Option<&'a RareState>) -> &'a str {
    match rare {
        Some(rare) if fixed.is_empty() => &rare.name,
        _ => fixed,
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{ProcessCell, ProcessInfo};
    use crate::engine::slab::Slab;

    #[test]
    fn the_cell_of_a_process_is_one_cache_line() {
        // Every resumption, and every own timer of a process, touches this cache line and no other.
        assert_eq!(Slab::<ProcessCell>::ENTRY, 64);
    }

    #[test]
    fn the_info_of_a_process_is_40_bytes() {
        // These are read only to start, join or name a process: a name, the joiner, the rare state
        // behind a pointer, and the number.
        assert_eq!(size_of::<ProcessInfo>(), 40);
    }
}
