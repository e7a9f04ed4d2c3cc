//! The timers, and the agenda that knows which is due next.
//!
//! Most timers are the only one that their process has at the time, so each process has room for
//! one: its *own* timer, in the process's slot, where it costs no table of its own and where
//! whoever fires it has the process at hand. All others (the second timer of a race, the timers made
//! outside of processes) are in a table of *spare* timers. A [`TimerKey`] names either.

use super::agenda::Agenda;
use super::prefetch::prefetch;
use super::process_table::{Processes, Slot};
use super::slab::{Key, Slab};
use super::watcher::Watcher;

/// Names a timer; stale once that has fired or was cancelled.
///
/// One word. A spare timer's is its key in the table; an own one's is the slot of the process and,
/// above it, the mark of the timer there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimerKey(u64);

/// What tells one own timer of a slot from the next, and its state: a count, odd while a timer is
/// pending. The highest bit is set (a spare timer's key has none there), unless the timer is
/// orphaned: pending, while the process that it belonged to has ended; then its slot is reused only
/// once the timer is over, too.
///
/// A mark is never used twice: after a billion own timers a slot has none left. Its process starts
/// spare ones from then on, and the slot is not used again after it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u32);

impl Default for Mark {
    /// Of a slot that has had no timer.
    fn default() -> Self {
        Mark(OWNED)
    }
}

const OWNED: u32 = 1 << 31;

/// What comes after the last mark, and is not owned: no timer is started any more.
const SPENT: Mark = Mark(0);

impl Mark {
    #[inline]
    pub(super) fn is_pending(self) -> bool {
        self.0 & 1 != 0
    }

    /// Are there no marks left for another timer?
    #[inline]
    pub(super) fn is_spent(self) -> bool {
        self == SPENT
    }

    /// The mark of the timer that is started next; none if they are spent.
    #[inline]
    fn started(self) -> Option<Mark> {
        let mark = Mark(self.0 | 1);
        (mark.0 & OWNED != 0).then_some(mark)
    }

    /// The mark when this timer is over.
    #[inline]
    fn ended(self) -> Mark {
        Mark(self.0.wrapping_add(1))
    }

    pub(super) fn orphaned(self) -> Mark {
        Mark(self.0 & !OWNED)
    }

    fn owned(self) -> Mark {
        Mark(self.0 | OWNED)
    }
}

impl TimerKey {
    /// The key of a timer that has fired.
    pub(super) const OVER: TimerKey = TimerKey(Key::NONE.0);

    /// The key of a timer that never fires: no slot ever has its index.
    pub(super) const NEVER: TimerKey = TimerKey(Key::new(u32::MAX, 0).0);

    /// The key of a timer that has fired and whose wait is over, too.
    pub(super) const GIVEN: TimerKey = TimerKey(Key::new(u32::MAX, 2).0);

    /// Is, or was, there such a timer?
    #[inline]
    pub(super) fn is_a_timer(self) -> bool {
        self.index() != u32::MAX
    }

    /// What has fired before anything has: no timer's key.
    pub(super) const NOTHING: TimerKey = TimerKey(Key::new(u32::MAX, 1).0);

    #[inline]
    fn own(index: u32, mark: Mark) -> TimerKey {
        TimerKey(u64::from(mark.0) << 32 | u64::from(index))
    }

    #[inline]
    #[allow(clippy::cast_possible_wrap, reason = "the highest bit is the sign")]
    pub(super) fn is_own(self) -> bool {
        (self.0 as i64) < 0
    }

    /// The key of a spare timer.
    #[inline]
    fn spare(self) -> Key {
        Key(self.0)
    }

    /// The slot of an own timer.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the word is taken apart into its fields")]
    pub(super) fn index(self) -> u32 {
        self.0 as u32
    }

    /// The mark of an own timer; of others, what no slot has.
    #[inline]
    pub(super) fn mark(self) -> Mark {
        Mark((self.0 >> 32) as u32)
    }
}

impl std::fmt::Debug for TimerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_own() {
            write!(f, "TimerKey(own timer of slot {}, mark {:x})", self.index(), self.mark().0)
        } else {
            write!(f, "TimerKey({:?})", self.spare())
        }
    }
}

/// The body of a process is fetched so many turns ahead.
const BODY_AHEAD: usize = 4;

/// All timers of a run but for those in the processes' slots. A timer is in its place from the call
/// of `timeout` until it fires or is cancelled; that it is there no more is how its owner learns
/// that it fired.
pub(crate) struct Timers {
    spare: Slab<Watcher>,
    agenda: Agenda<TimerKey>,
}

impl Timers {
    pub(crate) fn new() -> Self {
        Timers { spare: Slab::new(), agenda: Agenda::new() }
    }

    /// A timer that fires at `time`, which is finite: the own timer of the process `owner`, if that
    /// has none at present.
    pub(crate) fn start(&mut self, processes: &mut Processes, owner: Key, time: f64) -> TimerKey {
        let key = start_own(processes, owner)
            .unwrap_or_else(|| TimerKey(self.spare.insert(Watcher::NOBODY).0));
        self.agenda.insert(time, key);
        key
    }

    /// As [`start`](Self::start), in the simplest case: the own timer of a process, to fire after all
    /// that is near.
    #[inline]
    pub(crate) fn start_simply(
        &mut self,
        processes: &mut Processes,
        owner: Key,
        time: f64,
    ) -> Option<TimerKey> {
        self.agenda.append(time, || start_own(processes, owner))
    }

    /// Who is told when the timer fires, to be changed; `None` if it has fired.
    #[inline]
    pub(crate) fn watcher<'b>(
        &'b mut self,
        processes: &'b mut Processes,
        timer: TimerKey,
    ) -> Option<&'b mut Watcher> {
        if timer.is_own() {
            let slot = processes.look_mut(timer.index())?;
            (slot.timer_mark.owned() == timer.mark()).then_some(&mut slot.timer_watcher)
        } else {
            self.spare.get_mut(timer.spare())
        }
    }

    /// Nobody is told any more when the timer fires: who was to be, if it is pending.
    pub(crate) fn unwatch(&mut self, processes: &mut Processes, timer: TimerKey) -> Watcher {
        self.watcher(processes, timer).map(std::mem::take).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn is_pending(&self, processes: &Processes, timer: TimerKey) -> bool {
        is_pending(&self.spare, processes, timer)
    }

    /// The next timer due by `until` fires: its time, its key (now stale), and who is to be told.
    #[inline]
    pub(crate) fn fire_next(
        &mut self,
        processes: &mut Processes,
        until: f64,
    ) -> Option<(f64, TimerKey, Watcher)> {
        let (time, timer) =
            self.agenda.pop_due(until, |timer| is_pending(&self.spare, processes, timer))?;
        Some((time, timer, self.end(processes, timer)?))
    }

    /// Fetches what the next turns will need while this one computes: with many processes a turn is
    /// spent waiting for memory. When the agenda has sorted its next few timers, the slots of those
    /// that come after them; then, slot by slot, the bodies.
    #[inline]
    pub(crate) fn look_ahead(&self, processes: &Processes) {
        if !self.agenda.is_crowded() {
            return;
        }
        if self.agenda.is_refilled() {
            self.look_far_ahead(processes);
        }
        self.look_at_body(processes, BODY_AHEAD);
    }

    #[inline(never)]
    fn look_far_ahead(&self, processes: &Processes) {
        for turns in 0..BODY_AHEAD {
            self.look_at_body(processes, turns);
        }
        for timer in self.agenda.next_in_line() {
            if let Some(slot) = slot_of(processes, timer) {
                prefetch(slot);
            }
        }
    }

    #[inline]
    fn look_at_body(&self, processes: &Processes, turns: usize) {
        if let Some(timer) = self.agenda.ahead(turns)
            && let Some(slot) = slot_of(processes, timer)
            && let Some(body) = &slot.body
        {
            prefetch(&**body);
        }
    }

    pub(crate) fn next_time(&mut self, processes: &Processes) -> Option<f64> {
        self.agenda.peek(|timer| is_pending(&self.spare, processes, timer))
    }

    /// Cancels a timer, if it has not fired: who was to be told.
    pub(crate) fn cancel(&mut self, processes: &mut Processes, timer: TimerKey) -> Watcher {
        let Some(watcher) = self.end(processes, timer) else { return Watcher::NOBODY };
        self.agenda.note_dead(|timer| is_pending(&self.spare, processes, timer));
        watcher
    }

    /// The timer has fired or was cancelled: who was to be told, if it was pending.
    #[inline]
    fn end(&mut self, processes: &mut Processes, timer: TimerKey) -> Option<Watcher> {
        if !timer.is_own() {
            return self.spare.remove(timer.spare());
        }
        let slot = processes.look_mut(timer.index())?;
        if slot.timer_mark == timer.mark() {
            slot.timer_mark = slot.timer_mark.ended();
            return Some(slot.timer_watcher);
        }
        Self::end_orphan(processes, timer)
    }

    /// As [`end`](Self::end), if the timer's process has ended.
    #[cold]
    fn end_orphan(processes: &mut Processes, timer: TimerKey) -> Option<Watcher> {
        let slot = processes.look_mut(timer.index())?;
        if slot.timer_mark.owned() != timer.mark() {
            return None;
        }
        slot.timer_mark = slot.timer_mark.owned().ended();
        let (watcher, is_spent) = (slot.timer_watcher, slot.timer_mark.is_spent());
        if !is_spent {
            processes.bury(timer.index());
        }
        Some(watcher)
    }
}

/// The own timer of a process, from now on pending; `None` if it is so already.
#[inline]
fn start_own(processes: &mut Processes, owner: Key) -> Option<TimerKey> {
    let slot = processes.look_mut(owner.index())?;
    if slot.timer_mark.is_pending() {
        return None;
    }
    slot.timer_mark = slot.timer_mark.started()?;
    slot.timer_watcher = Watcher::NOBODY;
    Some(TimerKey::own(owner.index(), slot.timer_mark))
}

/// The slot in which a timer is, if it is a process's own.
#[inline]
fn slot_of(processes: &Processes, timer: TimerKey) -> Option<&Slot> {
    if timer.is_own() { processes.look(timer.index()) } else { None }
}

#[inline]
fn is_pending(spare: &Slab<Watcher>, processes: &Processes, timer: TimerKey) -> bool {
    if timer.is_own() {
        let mark = processes.look(timer.index()).map(|slot| slot.timer_mark.owned());
        mark == Some(timer.mark())
    } else {
        spare.contains(timer.spare())
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Key, Mark, OWNED, Slab, TimerKey, Timers, Watcher};
    use crate::kernel::process_table::Processes;

    #[test]
    fn a_process_whose_marks_are_spent_starts_spare_timers_and_its_slot_is_given_up() {
        let (mut timers, mut processes) = (Timers::new(), Processes::new());
        let process = processes.start_later(&"old".into());
        assert_eq!(process.index(), 0);
        processes.look_mut(0).unwrap().timer_mark = Mark(u32::MAX - 1); // one is left
        let last = timers.start(&mut processes, process, 1.0);
        assert!(last.is_own());
        let spare = timers.start(&mut processes, process, 2.0);
        assert!(!spare.is_own(), "it has its own already");
        timers.cancel(&mut processes, last);
        let next = timers.start(&mut processes, process, 3.0);
        assert!(!next.is_own(), "no marks are left");
        assert!(!timers.is_pending(&processes, last));
        assert!(timers.is_pending(&processes, next) && timers.is_pending(&processes, spare));
        processes.remove(process);
        assert_eq!(processes.start_later(&"new".into()).index(), 1, "the slot is not used again");
        // An old key finds nothing, whatever its mark.
        for mark in [OWNED | 1, u32::MAX] {
            assert!(!timers.is_pending(&processes, TimerKey::own(0, Mark(mark))));
        }
        assert_ne!(process, Key::NONE);
    }

    #[test]
    fn a_spare_timer_is_whom_it_tells_and_nothing_else() {
        // Its time is in the agenda. A process's own timer costs no table at all.
        assert_eq!(Slab::<Watcher>::SLOT, 16);
        assert_eq!(size_of::<TimerKey>(), 8);
    }
}
