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
//! *Running* and *waiting* are one [`Life`], `Started`: the contents of a running process are out of its
//! body. A process that waits for its own timer and nothing else is `Asleep` instead: when its timer
//! fires, this is all that the run loop has to see. Whoever touches a sleeper otherwise
//! [rouses](ProcessCell::rouse) it first. Then it is `Started`, and the awaiter of its timer.
//!
//! 1. `Processes::start`: the process gets a place at the end of the ready line.
//! 2. `Processes::start_later`: the process gets no place; its timer resumes it.
//! 3. [`ProcessCell::resume`]: its turn has come. The run loop takes the contents of the body out and
//!    polls them, so the calls of the process find the table free. The loop also resumes a waiting
//!    process directly, when its timer fires.
//! 4. [`ProcessCell::pause`]: the poll is pending, and the contents are back in the body.
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

use std::collections::VecDeque;

use crate::engine::blocked::CallSite;
use crate::engine::body::{Body, Contents, NumberOrBox, Running};
use crate::engine::timer_key::Mark;
use crate::engine::wait_name::WaitName;
use crate::engine::{
    awaiter::Awaiter, failed_join::FailedJoin, interrupt::Interrupt, name_table::NameId, slab::Key,
    wait_list::Line, wake_queue::OwnWaker,
};

/// The body of a process, with what a turn of the run loop does not read.
pub(crate) type ProcessBody = Body<ProcessInfo>;
/// What was in the body of a process.
pub(crate) type ProcessContents = Contents<ProcessInfo>;

/// What a turn of the run loop reads of a process. It takes 48 bytes in the table. The rest is in the
/// [`ProcessInfo`].
#[derive(Default)]
pub(crate) struct ProcessCell {
    /// Absent only in a free cell. Its contents are out while the process runs, and it is empty once the
    /// process was cancelled or ended by an interrupt.
    pub(crate) body: Option<ProcessBody>,
    /// When the process was last resumed.
    pub(crate) since: f64,
    /// What the process waits for, if that is a native, and the line that made the request.
    pub(crate) waiting_for: WaitName,
    pub(crate) waiting_at: Option<CallSite>,
    /// The awaiter of the process's own timer (see `timers`), except of a sleeper: nobody.
    pub(crate) timer_awaiter: Awaiter,
    pub(crate) timer_mark: Mark,
    pub(crate) life: Life,
    pub(crate) attention: Attention,
    /// Whether somebody holds the handle of the process.
    pub(crate) has_handle: bool,
}

impl ProcessCell {
    /// Notes that the process resumes now.
    #[inline]
    pub(crate) fn resume(&mut self, now: f64) {
        debug_assert!(
            self.life != Life::Asleep || !self.timer_mark.is_pending(),
            "a sleeper that its own timer does not resume is roused before"
        );
        self.life = Life::Started;
        self.since = now;
    }

    /// Returns `true` if the process has not been resumed yet.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self.life, Life::New | Life::Scheduled)
    }

    /// Returns `true` if a turn must look at more than the cell.
    #[inline]
    pub(crate) fn wants_attention(&self) -> bool {
        self.attention.has(Attention::TURN)
    }

    /// Returns `true` if its pauses are noted in its [`RareState`].
    #[inline]
    pub(crate) fn notes_pauses(&self) -> bool {
        self.attention.has(Attention::PAUSE)
    }

    /// Has the next turn look at more than the cell. `process` is its key.
    #[inline]
    pub(crate) fn attend(&mut self, process: Key) {
        self.rouse(process);
        self.attention.set(Attention::TURN);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.life == Life::Done
    }

    /// Returns the rare state, which is made if there is none. If the next turn must look at it, the
    /// caller [notes](Self::attend) that. Returns `None` for a free cell.
    #[inline]
    pub(crate) fn rare_or_new(&mut self) -> Option<&mut RareState> {
        Some(self.body.as_mut()?.rare_or_new())
    }

    /// Takes out the body to poll it.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<Running<ProcessInfo>> {
        self.body.as_mut()?.begin()
    }

    /// Notes that the process pauses, and what it waits for, if that is a native.
    #[inline]
    pub(crate) fn pause(&mut self, waiting_for: WaitName, waiting_at: Option<CallSite>) {
        self.waiting_for = waiting_for;
        self.waiting_at = waiting_at;
    }

    /// Notes that the process, which pauses, waits for its own timer and nothing else. It may have got a
    /// place in the ready line while it ran: then it does not sleep. `process` is its key.
    #[inline]
    pub(crate) fn sleep(&mut self, process: Key) {
        debug_assert!(self.timer_awaiter == Awaiter::NOBODY && self.timer_mark.is_pending());
        if self.life == Life::Started {
            self.life = Life::Asleep;
        } else {
            self.timer_awaiter = Awaiter::process(process);
        }
    }

    /// Makes a sleeper a process that waits. `process` is its key.
    #[inline]
    pub(crate) fn rouse(&mut self, process: Key) {
        if self.life == Life::Asleep {
            self.life = Life::Started;
            self.timer_awaiter = Awaiter::process(process);
        }
    }

    /// Returns `true` if the cell must be kept for its timer: the timer is pending, or the marks are
    /// spent.
    #[inline]
    pub(crate) fn keeps_timer(&self) -> bool {
        !self.timer_mark.is_quiet()
    }

    /// Returns `true` if the process runs, or its body is just being dropped.
    pub(crate) fn is_running(&self) -> bool {
        self.body.as_ref().is_some_and(Body::is_out)
    }

    /// Returns `true` if a timer resumes it for the first time.
    pub(crate) fn is_scheduled(&self) -> bool {
        self.life == Life::Scheduled
    }

    /// Returns `true` if somebody outside the simulation has a waker of the process.
    pub(crate) fn is_wakeable(&self) -> bool {
        let rare = self.body.as_ref().and_then(|body| body.rare());
        rare.and_then(|rare| rare.waker.as_ref()).is_some_and(|own| own.waker().is_some())
    }

    /// Returns the awaiter of its own timer, if that is pending and the process is alive. `process` is its key.
    pub(crate) fn own_timer(&self, process: Key) -> Option<Awaiter> {
        if self.is_done() || !self.timer_mark.is_pending() {
            return None;
        }
        let is_asleep = self.life == Life::Asleep;
        Some(if is_asleep { Awaiter::process(process) } else { self.timer_awaiter })
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.life, Life::Started | Life::Asleep | Life::Placed) && !self.is_running()
    }
}

/// Why the run loop must look at more than the cell of a process: a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attention(u8);

impl Attention {
    /// The process has ended, was cancelled, has an interrupt to receive, or has a waker of its own.
    pub(crate) const TURN: u8 = 1;
    /// The process has catch scopes: its pauses are noted.
    pub(crate) const PAUSE: u8 = 2;

    /// Returns `true` if it has one of these bits.
    #[inline]
    pub(crate) fn has(self, bits: u8) -> bool {
        self.0 & bits != 0
    }

    #[inline]
    pub(crate) fn set(&mut self, bits: u8) {
        self.0 |= bits;
    }

    #[inline]
    pub(crate) fn clear(&mut self, bits: u8) {
        self.0 &= !bits;
    }

    /// Returns `true` if it has no bit.
    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
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
    /// Waiting for its own timer and nothing else. The timer is pending and has no awaiter in the cell,
    /// the body is there, and no turn must look at more than the cell.
    Asleep,
    /// Running or waiting, with a place in the ready line: that of an interrupt that came before the
    /// process started.
    Placed,
    /// Over. Its places in the ready line are passed over.
    #[default]
    Done,
}

/// What a turn of the run loop does not read. It lies in front of the body.
pub(crate) struct ProcessInfo {
    /// Who is notified of the end of the process.
    pub(crate) awaiter: Awaiter,
    /// The number of its name or, if it has one, its rare state.
    name_or_rare: NumberOrBox<RareState>,
}

impl Default for ProcessInfo {
    #[inline]
    fn default() -> Self {
        ProcessInfo { awaiter: Awaiter::NOBODY, name_or_rare: NumberOrBox::number(0) }
    }
}

impl ProcessInfo {
    /// Sets the name of a new process, if it is static. Such a process has no rare state yet.
    #[inline]
    pub(crate) fn set_name(&mut self, name: NameId) {
        let before = std::mem::replace(&mut self.name_or_rare, NumberOrBox::number(name.0));
        debug_assert!(before.get().is_none());
        std::mem::forget(before);
    }

    pub(crate) fn fixed_name(&self) -> NameId {
        let number = self.name_or_rare.as_number();
        number.map(NameId).or_else(|| Some(self.rare()?.fixed_name)).unwrap_or_default()
    }

    /// Returns the state that only few processes need.
    #[inline]
    pub(crate) fn rare(&self) -> Option<&RareState> {
        self.name_or_rare.get()
    }

    #[inline]
    pub(crate) fn rare_mut(&mut self) -> Option<&mut RareState> {
        self.name_or_rare.get_mut()
    }

    /// Returns the rare state, which is made if there is none.
    #[inline]
    pub(crate) fn rare_or_new(&mut self) -> &mut RareState {
        self.name_or_rare.get_or_insert_with(|name| RareState {
            fixed_name: NameId(name),
            ..RareState::default()
        })
    }

    /// Takes the rare state out of a process that is gone.
    pub(crate) fn take_rare(&mut self) -> Option<Box<RareState>> {
        self.name_or_rare.take_box()
    }
}

#[derive(Default)]
/// The state that only few processes need: an owned name, interrupts, catch scopes, a waker of its own.
pub(crate) struct RareState {
    /// The name, if it is static; otherwise the empty name.
    fixed_name: NameId,
    /// The name, if it is not static.
    pub(crate) name: String,
    /// What there is to do when the process next pauses: a set of [`CANCELLED`](Self::CANCELLED) and
    /// [`LOGGED`](Self::LOGGED). The usual pause tests both at once.
    pub(crate) at_pause: u8,
    /// The interrupts that it has not received yet. The first may be in delivery: then it stays here
    /// until a catch scope takes it.
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

impl RareState {
    /// The process has cancelled itself: it ends when it next pauses.
    pub(crate) const CANCELLED: u8 = 1;
    /// The log is on: the pause is noted.
    pub(crate) const LOGGED: u8 = 2;
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
    /// Its body. An awaiter of the end in it has not been notified: the end is still under way.
    pub(crate) body: ProcessBody,
    /// When the process was last resumed: the time of its end, unless it was cancelled.
    pub(crate) since: f64,
    /// What it waited for last, and the line that made the request.
    pub(crate) waited: (WaitName, Option<CallSite>),
    pub(crate) name: &'static str,
}

impl Left {
    pub(crate) fn name(&self) -> String {
        name(self.name, self.body.rare()).to_owned()
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
    fn the_cell_of_a_process_takes_48_bytes() {
        // Every resumption, and every own timer of a process, touches this cell and no other.
        assert_eq!(Slab::<ProcessCell>::ENTRY, 48);
    }

    #[test]
    fn the_info_of_a_process_takes_16_bytes() {
        // These are read only to start, join or name a process: the joiner, and the number of the name or
        // the rare state behind a pointer.
        assert_eq!(size_of::<ProcessInfo>(), 16);
    }
}
