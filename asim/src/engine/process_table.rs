//! The processes of a run, and the ready line.
//!
//! The stages in the life of a process are drawn in [`process_cell`](crate::engine::process_cell).

use std::{borrow::Cow, collections::VecDeque, sync::Arc, task::Waker};

use crate::engine::blocked::CallSite;
use crate::engine::name_table::{NameId, NameTable};
use crate::engine::process_cell::{
    Attention, Left, Life, ProcessBody, ProcessCell, ProcessContents, ProcessInfo, RareState, Stop,
    name,
};
use crate::engine::ready_line::ReadyLine;
use crate::engine::slab::{Key, Slab};
use crate::engine::timer_key::TimerKey;
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, body::Body, wait_list::Line, wake_queue::ProcessWake};

/// The table of processes and the ready line.
pub(crate) struct Processes {
    cells: Slab<ProcessCell>,
    names: NameTable,
    ready: ReadyLine,
    /// Processes that ended in an error, which their living handles have not given away yet.
    unclaimed: VecDeque<Key>,
    /// The number of the process that was started last. Each cell has that of its process as its note.
    last_number: u32,
    /// The number from which on a process is not started in the usual way: the last one, or 0 while the
    /// log is on.
    last_usual: u32,
    /// The processes that were started since the log was told, while it is on.
    started: Vec<(u32, Cow<'static, str>)>,
}

impl Processes {
    pub(crate) fn new() -> Self {
        Processes {
            cells: Slab::new(),
            names: NameTable::new(),
            ready: ReadyLine::new(),
            unclaimed: VecDeque::new(),
            last_number: 0,
            last_usual: u32::MAX,
            started: Vec::new(),
        }
    }

    /// Puts a new process at the end of the ready line.
    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    #[inline]
    pub(crate) fn start(&mut self, name: &Cow<'static, str>, body: ProcessBody) -> Key {
        match name {
            Cow::Borrowed(name) => self.start_now(name, body),
            Cow::Owned(name) => self.start_named(name, body, Life::New),
        }
    }

    /// Makes a new process that is not in the ready line: its timer resumes it.
    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    pub(crate) fn start_later(&mut self, name: &Cow<'static, str>, body: ProcessBody) -> Key {
        match name {
            Cow::Borrowed(name) => {
                let key = self.start_as(name, body, Life::Scheduled);
                self.note_started(key);
                key
            }
            Cow::Owned(name) => self.start_named(name, body, Life::Scheduled),
        }
    }

    /// Starts a process with a static name. Its first lines are all that is done as a rule, and call
    /// nothing.
    #[inline(never)]
    fn start_now(&mut self, name: &'static str, body: ProcessBody) -> Key {
        let is_usual = self.last_number < self.last_usual
            && self.names.is_recent(name)
            && self.cells.has_free()
            && self.ready.has_room();
        if !is_usual {
            return self.start_unusual(name, body);
        }
        let key = self.start_as(name, body, Life::New);
        self.ready.push(key);
        key
    }

    #[cold]
    #[inline(never)]
    fn start_unusual(&mut self, name: &'static str, body: ProcessBody) -> Key {
        let key = self.start_as(name, body, Life::New);
        self.ready.push(key);
        self.note_started(key);
        key
    }

    /// While the log is on: notes that a process was started, and has its turns take the slow way.
    fn note_started(&mut self, key: Key) {
        if self.last_usual != u32::MAX
            && let (Some(number), Some(name)) = (self.number(key), self.shared_name(key))
        {
            self.started.push((number, name));
            self.trace_process(key);
        }
    }

    /// Has the turns and the pauses of a process noted in the log.
    pub(crate) fn trace_process(&mut self, key: Key) {
        if let Some(rare) = self.rare(key) {
            rare.at_pause |= RareState::LOGGED;
        }
    }

    /// Takes out the processes that were started since the last call, with their numbers and names.
    pub(crate) fn take_started(&mut self) -> Vec<(u32, Cow<'static, str>)> {
        std::mem::take(&mut self.started)
    }

    /// Begins or ends to note which processes are started.
    pub(crate) fn trace(&mut self, begins: bool) {
        self.last_usual = if begins { 0 } else { u32::MAX };
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that `start_now` calls nothing")]
    fn start_as(&mut self, name: &'static str, mut body: ProcessBody, life: Life) -> Key {
        body.set_name(self.names.id_of(name));
        self.enter(body, life)
    }

    /// Starts a process that has a name of its own.
    #[cold]
    #[inline(never)]
    fn start_named(&mut self, name: &str, mut body: ProcessBody, life: Life) -> Key {
        body.rare_or_new().name.push_str(name);
        let key = self.enter(body, life);
        if life == Life::New {
            self.ready.push(key);
        }
        self.note_started(key);
        key
    }

    /// Gives a new process its cell.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that `start_now` calls nothing")]
    fn enter(&mut self, body: ProcessBody, life: Life) -> Key {
        if self.last_number == u32::MAX {
            self.renumber();
        }
        self.last_number += 1;
        let (key, cell) = self.cells.occupy_noted(self.last_number);
        // Set field by field, as the marks of the timers go on. The cell was free, so there is no old body
        // that must be dropped.
        let nothing = cell.body.replace(body);
        debug_assert!(nothing.is_none(), "a free cell has no body");
        std::mem::forget(nothing);
        cell.waiting_for = WaitName::Foreign;
        cell.life = life;
        cell.attention = Attention::default();
        cell.has_handle = true;
        key
    }

    /// Numbers the living processes again, from 1 on, because the numbers are used up.
    #[cold]
    #[inline(never)]
    fn renumber(&mut self) {
        self.last_number = 0;
        for key in self.living() {
            self.last_number += 1;
            self.cells.note(key.index(), self.last_number);
        }
    }

    #[inline]
    fn info(&self, key: Key) -> Option<&ProcessInfo> {
        Some(self.cells.get(key)?.body.as_ref()?)
    }

    #[inline]
    fn info_mut(&mut self, key: Key) -> Option<&mut ProcessInfo> {
        Some(self.cells.get_mut(key)?.body.as_mut()?)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut ProcessCell> {
        self.cells.get_mut(key)
    }

    /// Returns `true` if the process has ended.
    pub(crate) fn is_done(&self, key: Key) -> bool {
        self.cells.get(key).is_none_or(ProcessCell::is_done)
    }

    /// Returns the name of a process, or `None` if it is gone.
    pub(crate) fn name(&self, key: Key) -> Option<&str> {
        let info = self.info(key)?;
        Some(name(self.names.name(info.fixed_name()), info.rare()))
    }

    /// Returns the number of a process, in the order of their starts, or `None` if it is gone.
    pub(crate) fn number(&self, key: Key) -> Option<u32> {
        self.cells.contains(key).then(|| self.cells.noted(key.index()))
    }

    /// Returns the number and the text of the name of a process, if that is static.
    pub(crate) fn fixed_name(&self, key: Key) -> Option<(NameId, &'static str)> {
        let id = self.info(key)?.fixed_name();
        let name = self.names.name(id);
        (!name.is_empty()).then_some((id, name))
    }

    /// Returns `true` if this is a static name that some process has: `counts` says how many have each.
    pub(crate) fn is_fixed_name(&self, name: &str, counts: &[u32]) -> bool {
        let id = self.names.known(name);
        id.and_then(|NameId(id)| counts.get(id)).is_some_and(|&count| count > 0)
    }

    /// Returns all cells, also free ones, with the keys of the processes in them.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Key, &ProcessCell)> {
        self.cells.entries()
    }

    /// Returns the name of a process in a form that can be kept.
    pub(crate) fn shared_name(&self, key: Key) -> Option<Cow<'static, str>> {
        let fixed = self.names.name(self.info(key)?.fixed_name());
        Some(if fixed.is_empty() { self.name_at(key).into() } else { fixed.into() })
    }

    fn name_at(&self, key: Key) -> String {
        self.name(key).unwrap_or_default().to_owned()
    }

    /// Returns the rare state of a process. The next turn looks at it.
    #[inline]
    pub(crate) fn rare(&mut self, key: Key) -> Option<&mut RareState> {
        let cell = self.cells.get_mut(key)?;
        cell.attend(key);
        cell.rare_or_new()
    }

    /// Returns the rare state of the active process, if it has one. No other process has its cell.
    #[inline]
    pub(crate) fn active_rare(&mut self, active: Key) -> Option<&mut RareState> {
        self.cells.look_mut(active.index())?.body.as_mut()?.rare_mut()
    }

    /// Notes how a process ends that does not end by itself.
    pub(crate) fn note_stop(&mut self, key: Key, stop: Stop) {
        if let Some(rare) = self.rare(key) {
            rare.stopped = Some(stop);
        }
    }

    pub(crate) fn rare_state_if_any(&mut self, key: Key) -> Option<&mut RareState> {
        self.info_mut(key)?.rare_mut()
    }

    /// Puts a process at the end of the ready line, unless it has a place there already.
    #[inline]
    pub(crate) fn make_ready(&mut self, key: Key) {
        if let Some(cell) = self.cells.get_mut(key)
            && cell.life == Life::Started
        {
            cell.life = Life::Ready;
            self.ready.push(key);
        } else {
            self.make_ready_at_place(key);
        }
    }

    /// Does the same as [`make_ready`](Self::make_ready) in the usual case: the process waits, and the ready
    /// line needs no memory. Otherwise does nothing, and returns `false`.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn make_ready_plainly(&mut self, key: Key) -> bool {
        if let Some(cell) = self.cells.get_mut(key)
            && cell.life == Life::Started
            && self.ready.push_plainly(key)
        {
            cell.life = Life::Ready;
            return true;
        }
        false
    }

    /// Does the same as [`make_ready`](Self::make_ready) for a process that does not simply wait.
    #[cold]
    fn make_ready_at_place(&mut self, key: Key) {
        let Some(cell) = self.cells.get_mut(key) else { return };
        match cell.life {
            Life::Placed => cell.life = Life::Ready,
            Life::Asleep => {
                cell.rouse(key);
                cell.life = Life::Ready;
                self.ready.push(key);
            }
            _ => {}
        }
    }

    /// Gives a place to an interrupt of a process that has not started. A scheduled process is not in
    /// the ready line, and its interrupt needs no place.
    #[cold]
    pub(crate) fn queue_interrupt(&mut self, key: Key) {
        if self.cells.get(key).is_some_and(|cell| cell.life == Life::New) {
            self.ready.push(key.marked());
            if let Some(rare) = self.rare_state_if_any(key) {
                rare.places += 1;
            }
        }
    }

    /// Handles an entry of the ready line that is not the key of a process. If it is the place of an
    /// interrupt, and its process resumes there, returns that process.
    #[cold]
    pub(crate) fn reach_place(&mut self, key: Key) -> Option<Key> {
        let key = key.unmarked()?;
        let cell = self.cells.get_mut(key)?;
        // Otherwise the interrupt of this place was delivered at an earlier place, or it waits.
        let is_due = cell.life == Life::Ready;
        let was_last = {
            let rare = self.rare_state_if_any(key)?;
            rare.places -= 1;
            rare.places == 0
        };
        if was_last
            && let Some(cell) = self.cells.get_mut(key)
            && cell.life == Life::Placed
        {
            cell.life = Life::Started;
        }
        is_due.then_some(key)
    }

    /// Returns the outermost catch scopes of a process, or `None` if it has none or is gone.
    #[inline]
    pub(crate) fn catch_scopes(&self, key: Key) -> Option<Line> {
        Some(self.info(key)?.rare()?.catch_scopes)
    }

    /// Returns the last resumption of a process that is complete.
    pub(crate) fn paused(&self, key: Key) -> u64 {
        self.info(key).and_then(ProcessInfo::rare).map_or(0, |rare| rare.paused)
    }

    /// Returns `true` if the ready line is not empty.
    #[inline]
    pub(crate) fn is_any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    #[inline]
    pub(crate) fn next_ready(&mut self) -> Option<Key> {
        self.ready.pop()
    }

    /// Puts the process that was next back to the front of the ready line.
    pub(crate) fn put_first(&mut self, key: Key) {
        if let Some(cell) = self.cells.get_mut(key) {
            if matches!(cell.life, Life::Started | Life::Scheduled) {
                cell.life = if cell.life == Life::Started { Life::Ready } else { Life::New };
            }
            self.ready.push_first(key);
        } else if key.unmarked().is_some() {
            self.ready.push_first(key);
        }
    }

    /// Returns `true` if a process is ready. Removes processes that are gone from the front of the line.
    pub(crate) fn any_ready(&mut self) -> bool {
        while let Some(key) = self.ready.first() {
            if key.unmarked().is_some() || !self.is_done(key) {
                return true;
            }
            self.ready.pop();
        }
        false
    }

    /// Returns the names of at most `most` ready processes.
    pub(crate) fn ready_names(&self, most: usize) -> Vec<String> {
        let names = self.ready.iter().filter_map(|key| self.name(key));
        names.take(most).map(str::to_owned).collect()
    }

    /// Returns the number of processes that have not ended.
    pub(crate) fn count_living(&self) -> u64 {
        self.cells.entries().map(|(_, cell)| u64::from(!cell.is_done())).sum()
    }

    /// Returns all processes that have not ended, in the order in which they were started.
    pub(crate) fn living(&self) -> Vec<Key> {
        let cells = self.cells.entries().filter(|(_, cell)| !cell.is_done());
        let mut living: Vec<Key> = cells.map(|(key, _)| key).collect();
        living.sort_unstable_by_key(|&key| self.cells.noted(key.index()));
        living
    }

    /// Returns the awaiter of the process's end, to be changed. Returns `None` if the process has ended.
    pub(crate) fn end_awaiter(&mut self, key: Key) -> Option<&mut Awaiter> {
        if self.is_done(key) {
            return None;
        }
        Some(&mut self.info_mut(key)?.awaiter)
    }

    /// Replaces the awaiter of the process's end. Returns the old one.
    pub(crate) fn watch(&mut self, key: Key, awaiter: Awaiter) -> Awaiter {
        let Some(info) = self.info_mut(key) else { return Awaiter::NOBODY };
        std::mem::replace(&mut info.awaiter, awaiter)
    }

    pub(crate) fn rename_waiting(&mut self, key: Key, what: WaitName) {
        if let Some(cell) = self.cells.get_mut(key)
            && cell.waiting_for != WaitName::Foreign
        {
            cell.waiting_for = what;
        }
    }

    pub(crate) fn is_own_waker(&mut self, key: Key, waker: &Waker) -> bool {
        let rare = self.rare_state_if_any(key);
        rare.and_then(|rare| rare.waker.as_ref()).is_some_and(|own| own.is(waker))
    }

    /// Takes out a process that has ended well, if that is all: nobody holds its handle, and it leaves
    /// nothing that must be dropped. Otherwise does nothing and returns `false`.
    #[inline]
    pub(crate) fn retire(&mut self, key: Key) -> bool {
        let left = self.cells.vacate_if(key, |cell| {
            let is_over = !cell.has_handle
                && cell.attention.is_none()
                && !cell.keeps_timer()
                && Body::free_bare(&mut cell.body, |info| info.rare().is_none());
            if is_over {
                cell.life = Life::Done;
                cell.attention.set(Attention::TURN);
            }
            is_over.then_some(())
        });
        left.is_some()
    }

    /// Ends a process. If its handle is alive, its awaiter must be notified. Otherwise nobody needs it
    /// any more, and the caller must take it out.
    pub(crate) fn finish(&mut self, key: Key) -> Finished {
        let Some(cell) = self.cells.get_mut(key) else { return Finished::Gone };
        cell.life = Life::Done;
        cell.attention.set(Attention::TURN);
        let has_handle = cell.has_handle;
        let Some(info) = &mut cell.body else { return Finished::Gone };
        if !has_handle {
            return Finished::Unjoinable;
        }
        // Nobody can wake it any more.
        if let Some(rare) = info.rare_mut() {
            rare.waker = None;
        }
        Finished::Joinable(std::mem::take(&mut info.awaiter))
    }

    /// Ends a process from outside. Returns what is in its body, which must be dropped outside any
    /// borrow.
    pub(crate) fn end(&mut self, key: Key) -> Option<ProcessContents> {
        let cell = self.cells.get_mut(key)?;
        cell.life = Life::Done;
        cell.attention.set(Attention::TURN);
        let body = cell.body.as_mut()?;
        // Nobody can wake it any more.
        if let Some(rare) = body.rare_mut() {
            rare.waker = None;
        }
        body.take_contents()
    }

    /// Leaves the own waker of a process that pauses to others, unless the process is ready again.
    pub(crate) fn leave_waker(&mut self, key: Key) {
        if self.cells.get(key).is_some_and(ProcessCell::is_waiting)
            && let Some(own) = self.rare_state_if_any(key).and_then(|rare| rare.waker.as_mut())
        {
            own.leave();
        }
    }

    /// Notes that this waker has woken its process.
    pub(crate) fn keep_waker(&mut self, key: Key, wake: Arc<ProcessWake>) {
        if let Some(own) = self.rare_state_if_any(key).and_then(|rare| rare.waker.as_mut()) {
            own.keep(wake);
        }
    }

    /// Notes that nobody holds the handle any more. Returns `true` if nothing follows: the process is
    /// not over, and nobody waits for its end.
    #[inline]
    pub(crate) fn drop_handle(&mut self, key: Key) -> bool {
        let Some(cell) = self.cells.get_mut(key) else { return true };
        cell.has_handle = false;
        let Some(body) = &cell.body else { return true };
        cell.life != Life::Done && body.awaiter == Awaiter::NOBODY
    }

    /// Takes out a process. The caller must drop what is left of it outside any borrow.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Left> {
        let cell = self.cells.get_mut(key)?;
        let (body, since) = (cell.body.take()?, cell.since);
        let waited = (cell.waiting_for, cell.waiting_at);
        self.vacate(key);
        let name = self.names.name(body.fixed_name());
        Some(Left { body, since, waited, name })
    }

    #[inline]
    fn vacate(&mut self, key: Key) {
        let Some(cell) = self.cells.get_mut(key) else { return };
        cell.life = Life::Done;
        cell.attention.set(Attention::TURN);
        if cell.timer_mark.is_pending() {
            cell.timer_mark = cell.timer_mark.orphaned();
            self.cells.vacate_later(key);
        } else if cell.timer_mark.is_spent() {
            // For good: nothing reuses the cell.
            self.cells.vacate_later(key);
        } else {
            self.cells.vacate(key);
        }
    }

    /// Returns the process whose own timer has just fired, and its cell, if it sleeps. `timer` is the key
    /// of any timer.
    #[inline]
    pub(crate) fn wake_sleeper(&mut self, timer: TimerKey) -> Option<(Key, &mut ProcessCell)> {
        if !timer.is_own() {
            return None;
        }
        let (generation, cell) = self.cells.look_entry(timer.index())?;
        if cell.timer_mark != timer.mark() || cell.life != Life::Asleep {
            return None;
        }
        cell.timer_mark = cell.timer_mark.ended();
        Some((Key::new(timer.index(), generation), cell))
    }

    /// Returns a cell for its timer, without checking its occupant. A sleeper is roused.
    #[inline]
    pub(crate) fn rouse(&mut self, index: u32) -> Option<&mut ProcessCell> {
        let (generation, cell) = self.cells.look_entry(index)?;
        cell.rouse(Key::new(index, generation));
        Some(cell)
    }

    /// Returns a cell without checking its occupant. For timers, which may outlive their processes.
    #[inline]
    pub(crate) fn look(&self, index: u32) -> Option<&ProcessCell> {
        self.cells.look(index)
    }

    #[inline]
    pub(crate) fn look_mut(&mut self, index: u32) -> Option<&mut ProcessCell> {
        self.cells.look_mut(index)
    }

    /// Frees the cell of a process that has ended: its timer is over, too.
    #[cold]
    pub(crate) fn release(&mut self, index: u32) {
        self.cells.reuse(index);
    }

    pub(crate) fn note_unclaimed(&mut self, key: Key) {
        if self.unclaimed.len() == self.unclaimed.capacity() {
            // Most have been claimed long ago. The list is checked only when it would grow.
            let cells = &self.cells;
            self.unclaimed.retain(|&key| cells.contains(key));
        }
        self.unclaimed.push_back(key);
    }

    /// Returns the process that ended first among those whose error nobody has claimed.
    pub(crate) fn next_unclaimed(&mut self) -> Option<Key> {
        let cells = &self.cells;
        std::iter::from_fn(|| self.unclaimed.pop_front()).find(|&key| cells.contains(key))
    }

    /// Returns what the process waited for last, and the line that made the request.
    pub(crate) fn waited(&self, key: Key) -> (WaitName, Option<CallSite>) {
        self.cells
            .get(key)
            .map_or_else(Default::default, |cell| (cell.waiting_for, cell.waiting_at))
    }

    /// Returns when the process was last resumed. This is the time of its end, unless it was cancelled.
    pub(crate) fn since(&self, key: Key) -> f64 {
        self.cells.get(key).map_or(0.0, |cell| cell.since)
    }

    /// Returns what a process waits for, and the line that made the request; `None` if it does not wait.
    pub(crate) fn waits_for(&self, key: Key) -> Option<(&'static str, Option<CallSite>)> {
        let cell = self.cells.get(key).filter(|cell| cell.is_waiting())?;
        let is_known = cell.waiting_for != WaitName::Foreign;
        Some((cell.waiting_for.text(), cell.waiting_at.filter(|_| is_known)))
    }
}

/// What must follow the end of a process.
pub(crate) enum Finished {
    /// The process has been taken out already.
    Gone,
    /// The handle is alive, and this awaiter must be notified.
    Joinable(Awaiter),
    /// Nobody can ask for the outcome any more, and the process must be [removed](Processes::remove).
    Unjoinable,
}

#[cfg(test)]
mod tests {
    use super::Processes;
    use crate::engine::body::{Body, Pages};
    use crate::engine::process_cell::ProcessInfo;

    #[test]
    fn the_living_stay_in_the_order_of_their_starts_when_the_numbers_are_used_up() {
        let (pages, mut processes) = (Pages::new(), Processes::new());
        let body = || Body::new(&pages, ProcessInfo::default(), || async {});
        let mut started: Vec<_> = (0..5).map(|_| processes.start(&"old".into(), body())).collect();
        // The first cells are free again, and the next processes come into them.
        for key in started.drain(..3) {
            processes.remove(key);
        }
        processes.last_number = u32::MAX - 2;
        for name in ["a", "b", "c", "d"] {
            started.push(processes.start(&name.to_owned().into(), body()));
            assert_eq!(processes.living(), started);
        }
        assert_eq!(processes.last_number, 6, "numbered again, once");
        let names: Vec<_> = started.iter().map(|&key| processes.name(key).unwrap()).collect();
        assert_eq!(names, ["old", "old", "a", "b", "c", "d"]);
    }
}
