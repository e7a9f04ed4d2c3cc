//! The timers, and the agenda that knows which is due next.
//!
//! Most processes have only one timer at a time, so the cell of each process has room for one: its *own*
//! timer. An own timer needs no table, and the code that fires it has the process at hand. All other
//! timers (the second timer of a race, the timers made outside processes) are in a table of *spare*
//! timers. A [`TimerKey`] is the key of either kind.

use crate::engine::slab::{Key, Slab};
use crate::engine::{
    agenda::Agenda, awaiter::Awaiter, prefetch::prefetch, process_cell::ProcessCell,
    process_table::Processes, timer_key::TimerKey,
};

/// How many turns ahead the body of a process is fetched.
const BODY_AHEAD: usize = 8;

/// All timers of a run, except those in the cells of processes. A timer is in its place from the call of
/// `timeout` until it fires or is cancelled. Its owner learns that it fired by not finding it there.
pub(crate) struct Timers {
    spare: Slab<Awaiter>,
    agenda: Agenda<TimerKey>,
}

impl Timers {
    pub(crate) fn new() -> Self {
        Timers { spare: Slab::new(), agenda: Agenda::new(TimerKey::NOTHING) }
    }

    /// Starts a timer that fires at `time`, which is finite. It is the own timer of the process `owner`,
    /// if that process has none at present.
    pub(crate) fn start(&mut self, processes: &mut Processes, owner: Key, time: f64) -> TimerKey {
        let key = start_own(processes, owner)
            .unwrap_or_else(|| TimerKey(self.spare.insert(Awaiter::NOBODY).0));
        self.agenda.insert(time, key);
        key
    }

    /// Does the same as [`start`](Self::start) in the simplest case: the own timer of a process that
    /// fires after all near ones.
    #[inline]
    pub(crate) fn start_simply(
        &mut self,
        processes: &mut Processes,
        owner: Key,
        time: f64,
    ) -> Option<TimerKey> {
        self.agenda.append(time, || start_own(processes, owner))
    }

    /// Returns the awaiter of a timer, to be changed, or `None` if the timer has fired.
    #[inline]
    pub(crate) fn awaiter<'b>(
        &'b mut self,
        processes: &'b mut Processes,
        timer: TimerKey,
    ) -> Option<&'b mut Awaiter> {
        if timer.is_own() {
            let cell = processes.rouse(timer.index())?;
            (cell.timer_mark.owned() == timer.mark()).then_some(&mut cell.timer_awaiter)
        } else {
            self.spare.get_mut(timer.spare())
        }
    }

    /// Removes the awaiter of a timer. Returns it if the timer is pending.
    pub(crate) fn unwatch(&mut self, processes: &mut Processes, timer: TimerKey) -> Awaiter {
        self.awaiter(processes, timer).map(std::mem::take).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn is_pending(&self, processes: &Processes, timer: TimerKey) -> bool {
        is_pending(&self.spare, processes, timer)
    }

    /// Fires the next timer that is due by `until`. Returns its time, its key (now stale) and its
    /// awaiter.
    #[inline]
    pub(crate) fn fire_next(
        &mut self,
        processes: &mut Processes,
        until: f64,
    ) -> Option<(f64, TimerKey, Awaiter)> {
        let (time, timer) =
            self.agenda.pop_due(until, |timer| is_pending(&self.spare, processes, timer))?;
        Some((time, timer, self.end(processes, timer)?))
    }

    /// Fires the next timer if it is due by `until` and its process sleeps. Returns the time, the timer
    /// (now stale), the process and its cell. Otherwise [`fire_next`](Self::fire_next) finds the next timer.
    #[inline]
    pub(crate) fn fire_sleeper<'p>(
        &mut self,
        processes: &'p mut Processes,
        until: f64,
    ) -> Option<(f64, TimerKey, Key, &'p mut ProcessCell)> {
        let (time, (timer, (process, cell))) =
            self.agenda.pop_if(until, |timer| Some((timer, processes.wake_sleeper(timer)?)))?;
        Some((time, timer, process, cell))
    }

    /// Fetches memory that the next turns need while this turn computes. With many processes, a turn
    /// mostly waits for memory. When the agenda has sorted its next few timers, this fetches the cells
    /// of the timers after them. Then it fetches the bodies, one by one.
    #[inline]
    pub(crate) fn look_ahead(&mut self, processes: &Processes) {
        if !self.agenda.is_crowded() {
            return;
        }
        if self.agenda.take_refilled() {
            self.look_far_ahead(processes);
        }
        self.look_at_body(processes, BODY_AHEAD);
    }

    #[inline(never)]
    fn look_far_ahead(&self, processes: &Processes) {
        for turns in 0..BODY_AHEAD {
            self.look_at_body(processes, turns);
        }
        for timer in self.agenda.after(BODY_AHEAD).chain(self.agenda.next_in_line()) {
            if let Some(cell) = cell_of(processes, timer) {
                prefetch(cell);
            }
        }
    }

    #[inline]
    fn look_at_body(&self, processes: &Processes, turns: usize) {
        if let Some(timer) = self.agenda.ahead(turns)
            && let Some(cell) = cell_of(processes, timer)
            && let Some(body) = &cell.body
        {
            body.prefetch();
        }
    }

    pub(crate) fn next_time(&mut self, processes: &Processes) -> Option<f64> {
        self.agenda.peek(|timer| is_pending(&self.spare, processes, timer))
    }

    /// Cancels a timer that has not fired. Returns its awaiter.
    pub(crate) fn cancel(&mut self, processes: &mut Processes, timer: TimerKey) -> Awaiter {
        let Some(awaiter) = self.end(processes, timer) else { return Awaiter::NOBODY };
        self.agenda.note_dead(|timer| is_pending(&self.spare, processes, timer));
        awaiter
    }

    /// Returns the awaiters of the pending timers that are nobody's own.
    pub(crate) fn spare_awaiters(&self) -> impl Iterator<Item = Awaiter> {
        // A free entry has none.
        self.spare.entries().map(|(_, &awaiter)| awaiter)
    }

    /// Ends a timer that has fired or was cancelled. Returns its awaiter if it was pending.
    #[inline]
    fn end(&mut self, processes: &mut Processes, timer: TimerKey) -> Option<Awaiter> {
        if !timer.is_own() {
            return self.spare.remove(timer.spare());
        }
        let cell = processes.rouse(timer.index())?;
        if cell.timer_mark == timer.mark() {
            cell.timer_mark = cell.timer_mark.ended();
            return Some(std::mem::take(&mut cell.timer_awaiter));
        }
        Self::end_orphan(processes, timer)
    }

    /// Does the same as [`end`](Self::end) for a timer whose process has ended.
    #[cold]
    fn end_orphan(processes: &mut Processes, timer: TimerKey) -> Option<Awaiter> {
        let cell = processes.look_mut(timer.index())?;
        if cell.timer_mark.owned() != timer.mark() {
            return None;
        }
        cell.timer_mark = cell.timer_mark.owned().ended();
        let awaiter = std::mem::take(&mut cell.timer_awaiter);
        let is_spent = cell.timer_mark.is_spent();
        if !is_spent {
            processes.release(timer.index());
        }
        Some(awaiter)
    }
}

/// Makes the own timer of a process pending. Returns `None` if it is pending already, or if no marks are
/// left.
#[inline]
fn start_own(processes: &mut Processes, owner: Key) -> Option<TimerKey> {
    let cell = processes.look_mut(owner.index())?;
    if cell.timer_mark.is_pending() {
        return None;
    }
    cell.timer_mark = cell.timer_mark.started()?;
    debug_assert!(cell.timer_awaiter == Awaiter::NOBODY, "the timer before it is over");
    Some(TimerKey::own(owner.index(), cell.timer_mark))
}

/// Returns the cell that holds the timer, if it is an own timer.
#[inline]
fn cell_of(processes: &Processes, timer: TimerKey) -> Option<&ProcessCell> {
    if timer.is_own() { processes.look(timer.index()) } else { None }
}

#[inline]
fn is_pending(spare: &Slab<Awaiter>, processes: &Processes, timer: TimerKey) -> bool {
    if timer.is_own() {
        let mark = processes.look(timer.index()).map(|cell| cell.timer_mark.owned());
        mark == Some(timer.mark())
    } else {
        spare.contains(timer.spare())
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Awaiter, Key, Slab, TimerKey, Timers};
    use crate::engine::body::{Body, Pages};
    use crate::engine::process_cell::ProcessInfo;
    use crate::engine::process_table::Processes;
    use crate::engine::timer_key::{Mark, OWNED};

    #[test]
    fn a_process_whose_marks_are_spent_starts_spare_timers_and_its_cell_is_given_up() {
        let (mut timers, mut processes) = (Timers::new(), Processes::new());
        let pages = Pages::new();
        let body = || Body::new(&pages, ProcessInfo::default(), || async {});
        let process = processes.start_later(&"old".into(), body());
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
        assert_eq!(
            processes.start_later(&"new".into(), body()).index(),
            1,
            "the cell is not used again"
        );
        // An old key finds nothing, whatever its mark.
        for mark in [OWNED | 1, u32::MAX] {
            assert!(!timers.is_pending(&processes, TimerKey::own(0, Mark(mark))));
        }
        assert_ne!(process, Key::NONE);
    }

    #[test]
    fn a_spare_timer_is_whom_it_tells_and_nothing_else() {
        // Its time is in the agenda. An own timer needs no table at all.
        assert_eq!(Slab::<Awaiter>::ENTRY, 16);
        assert_eq!(size_of::<TimerKey>(), 8);
    }
}
