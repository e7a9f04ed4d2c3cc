//! The processes of a run, and the ready line.
//!
//! The stages in the life of a process are drawn in [`process_cell`](crate::engine::process_cell).

use std::{borrow::Cow, collections::VecDeque, pin::Pin, sync::Arc, task::Waker};

use crate::engine::blocked::{Blocked, WaitName};
use crate::engine::process_cell::{Left, Life, ProcessCell, ProcessInfo, RareState, Stop, name};
use crate::engine::slab::{Key, Slab};
use crate::engine::{awaiter::Awaiter, body::Body, wait_list::Line, wake_queue::ProcessWake};

/// The table of processes and the ready line.
pub(crate) struct Processes {
    cells: Slab<ProcessCell>,
    /// The information that belongs to each cell, at the same index.
    infos: Vec<ProcessInfo>,
    ready: VecDeque<Key>,
    /// Processes that ended in an error, which their living handles have not given away yet.
    unclaimed: VecDeque<Key>,
    /// The number of the process that was started last.
    last_number: u64,
}

impl Processes {
    pub(crate) fn new() -> Self {
        Processes {
            cells: Slab::new(),
            infos: Vec::new(),
            ready: VecDeque::new(),
            unclaimed: VecDeque::new(),
            last_number: 0,
        }
    }

    /// Puts a new process at the end of the ready line. [`attach_body`](Self::attach_body) gives it its
    /// body.
    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    #[inline]
    pub(crate) fn start(&mut self, name: &Cow<'static, str>) -> Key {
        let key = self.start_as(name, Life::New);
        self.ready.push_back(key);
        key
    }

    /// Makes a new process that is not in the ready line: its timer resumes it.
    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    pub(crate) fn start_later(&mut self, name: &Cow<'static, str>) -> Key {
        self.start_as(name, Life::Scheduled)
    }

    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    #[inline]
    fn start_as(&mut self, name: &Cow<'static, str>, life: Life) -> Key {
        let (key, cell) = self.cells.occupy();
        // Set field by field: nothing that the last process left in the cell must be dropped.
        cell.waiting_for = None;
        cell.life = life;
        cell.attention = false;
        cell.has_handle = true;
        let index = key.index() as usize;
        if index == self.infos.len() {
            self.infos.push(ProcessInfo::default());
        }
        let info = &mut self.infos[index];
        info.awaiter = Awaiter::NOBODY;
        self.last_number += 1;
        info.number = self.last_number;
        match name {
            Cow::Borrowed(name) => {
                info.name = name;
                if name.is_empty() {
                    // Left there by the last process.
                    info.rare = None;
                }
            }
            Cow::Owned(name) => {
                info.name = "";
                info.rare.get_or_insert_default().name.clone_from(name);
            }
        }
        key
    }

    /// Gives a new process its body.
    #[inline]
    pub(crate) fn attach_body(&mut self, key: Key, body: Pin<Box<dyn Body>>) {
        if let Some(cell) = self.cells.get_mut(key) {
            // There is no old body that must be dropped.
            std::mem::forget(cell.body.replace(body));
        }
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
        self.cells.contains(key).then(|| {
            let info = &self.infos[key.index() as usize];
            name(info.name, info.rare.as_deref())
        })
    }

    /// Returns the name of a process in a form that can be kept.
    pub(crate) fn shared_name(&self, key: Key) -> Option<Cow<'static, str>> {
        let fixed = self.cells.contains(key).then(|| self.infos[key.index() as usize].name)?;
        Some(if fixed.is_empty() { self.name_at(key).into() } else { fixed.into() })
    }

    fn name_at(&self, key: Key) -> String {
        self.name(key).unwrap_or_default().to_owned()
    }

    /// Returns the rare state of a process. From now on each turn looks at it.
    #[inline]
    pub(crate) fn rare(&mut self, key: Key) -> Option<&mut RareState> {
        self.cells.get_mut(key)?.attention = true;
        Some(self.infos[key.index() as usize].rare.get_or_insert_default())
    }

    /// Notes how a process ends that does not end by itself.
    pub(crate) fn note_stop(&mut self, key: Key, stop: Stop) {
        if let Some(rare) = self.rare(key) {
            rare.stopped = Some(stop);
        }
    }

    pub(crate) fn rare_state_if_any(&mut self, key: Key) -> Option<&mut RareState> {
        if !self.cells.contains(key) {
            return None;
        }
        self.infos[key.index() as usize].rare.as_deref_mut()
    }

    #[inline]
    /// Puts a process at the end of the ready line, unless it has a place there already.
    pub(crate) fn make_ready(&mut self, key: Key) {
        if let Some(cell) = self.cells.get_mut(key)
            && cell.life == Life::Started
        {
            cell.life = Life::Ready;
            self.ready.push_back(key);
        } else {
            self.make_ready_at_place(key);
        }
    }

    /// Does the same as [`make_ready`](Self::make_ready) for a process that does not simply wait.
    fn make_ready_at_place(&mut self, key: Key) {
        if let Some(cell) = self.cells.get_mut(key)
            && cell.life == Life::Placed
        {
            cell.life = Life::Ready;
        }
    }

    /// Gives a place to an interrupt of a process that has not started. Returns `false` if the process
    /// has started. A scheduled process is not in the ready line, and its interrupt needs no place.
    pub(crate) fn queue_interrupt(&mut self, key: Key) -> bool {
        let Some(cell) = self.cells.get_mut(key) else { return false };
        match cell.life {
            Life::New => {
                self.ready.push_back(key.marked());
                if let Some(rare) = self.rare_state_if_any(key) {
                    rare.places += 1;
                }
                true
            }
            Life::Scheduled => true,
            _ => false,
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

    /// Does the same as [`ProcessCell::resume`] for a process that has a rare state.
    pub(crate) fn resume(&mut self, key: Key, now: f64) -> Option<&mut RareState> {
        let has_places = self.rare_state_if_any(key)?.places > 0;
        let cell = self.cells.get_mut(key)?;
        cell.resume(now);
        if has_places {
            cell.life = Life::Placed;
        }
        self.rare(key)
    }

    /// Returns the outermost catch scopes of a process, or `None` if it has none or is gone.
    #[inline]
    pub(crate) fn catch_scopes(&self, key: Key) -> Option<Line> {
        if !self.cells.contains(key) {
            return None;
        }
        Some(self.infos[key.index() as usize].rare.as_ref()?.catch_scopes)
    }

    /// Returns the last resumption of a process that is complete.
    pub(crate) fn paused(&self, key: Key) -> u64 {
        if !self.cells.contains(key) {
            return 0;
        }
        let rare = self.infos[key.index() as usize].rare.as_ref();
        rare.map_or(0, |rare| rare.paused)
    }

    #[inline]
    pub(crate) fn next_ready(&mut self) -> Option<Key> {
        self.ready.pop_front()
    }

    /// Puts the process that was next back to the front of the ready line.
    pub(crate) fn put_first(&mut self, key: Key) {
        if let Some(cell) = self.cells.get_mut(key) {
            if matches!(cell.life, Life::Started | Life::Scheduled) {
                cell.life = if cell.life == Life::Started { Life::Ready } else { Life::New };
            }
            self.ready.push_front(key);
        } else if key.unmarked().is_some() {
            self.ready.push_front(key);
        }
    }

    /// Returns `true` if a process is ready. Removes processes that are gone from the front of the line.
    pub(crate) fn any_ready(&mut self) -> bool {
        while let Some(&key) = self.ready.front() {
            if key.unmarked().is_some() || !self.is_done(key) {
                return true;
            }
            self.ready.pop_front();
        }
        false
    }

    /// Returns the names of at most `most` ready processes.
    pub(crate) fn ready_names(&self, most: usize) -> Vec<String> {
        let names = self.ready.iter().filter_map(|&key| self.name(key));
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
        living.sort_unstable_by_key(|key| self.infos[key.index() as usize].number);
        living
    }

    /// Returns the awaiter of the process's end, to be changed. Returns `None` if the process has ended.
    pub(crate) fn end_awaiter(&mut self, key: Key) -> Option<&mut Awaiter> {
        if self.is_done(key) {
            return None;
        }
        Some(&mut self.infos[key.index() as usize].awaiter)
    }

    /// Replaces the awaiter of the process's end. Returns the old one.
    pub(crate) fn watch(&mut self, key: Key, awaiter: Awaiter) -> Awaiter {
        if !self.cells.contains(key) {
            return Awaiter::NOBODY;
        }
        std::mem::replace(&mut self.infos[key.index() as usize].awaiter, awaiter)
    }

    pub(crate) fn rename_waiting(&mut self, key: Key, what: &'static WaitName) {
        if let Some(cell) = self.cells.get_mut(key).filter(|cell| cell.waiting_for.is_some()) {
            cell.waiting_for = Some(what);
        }
    }

    pub(crate) fn is_own_waker(&mut self, key: Key, waker: &Waker) -> bool {
        let rare = self.rare_state_if_any(key);
        rare.and_then(|rare| rare.waker.as_ref()).is_some_and(|own| own.is(waker))
    }

    /// Ends a process. If its handle is alive, its awaiter must be notified. Otherwise nobody needs it
    /// any more, and it is taken out: here, if it ended well and leaves only its body; otherwise by the
    /// caller.
    #[inline]
    pub(crate) fn finish(&mut self, key: Key, ended_well: bool) -> Finished {
        let Some(cell) = self.cells.get_mut(key) else { return Finished::Gone };
        cell.life = Life::Done;
        let is_plain = !std::mem::replace(&mut cell.attention, true);
        if cell.has_handle {
            if !is_plain {
                self.forget_waker(key);
            }
            Finished::Joinable(std::mem::take(&mut self.infos[key.index() as usize].awaiter))
        } else if ended_well && is_plain && !cell.keeps_timer() {
            self.cells.vacate(key);
            Finished::Retired
        } else {
            Finished::Unjoinable
        }
    }

    /// Ends a process from outside. Returns its body, which must be dropped outside any borrow.
    pub(crate) fn end(&mut self, key: Key) -> Option<Pin<Box<dyn Body>>> {
        let cell = self.cells.get_mut(key)?;
        cell.life = Life::Done;
        cell.attention = true;
        let body = cell.body.take();
        self.forget_waker(key);
        body
    }

    /// Drops the own waker of a process that has ended: nobody can wake it any more.
    #[cold]
    fn forget_waker(&mut self, key: Key) {
        if let Some(rare) = &mut self.infos[key.index() as usize].rare {
            rare.waker = None;
        }
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

    /// Notes that nobody holds the handle any more. Returns who waited for the end, and whether the
    /// process is over.
    pub(crate) fn drop_handle(&mut self, key: Key) -> Option<(Awaiter, bool)> {
        let cell = self.cells.get_mut(key)?;
        cell.has_handle = false;
        Some((std::mem::take(&mut self.infos[key.index() as usize].awaiter), cell.is_done()))
    }

    /// Takes out a process. The caller must drop what is left of it outside any borrow.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Left> {
        let cell = self.cells.get_mut(key)?;
        let (body, since) = (cell.body.take(), cell.since);
        self.vacate(key);
        let info = &mut self.infos[key.index() as usize];
        let awaiter = std::mem::take(&mut info.awaiter);
        Some(Left { body, since, rare: info.rare.take(), awaiter, name: info.name })
    }

    #[inline]
    fn vacate(&mut self, key: Key) {
        let Some(cell) = self.cells.get_mut(key) else { return };
        cell.life = Life::Done;
        cell.attention = true;
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

    /// Returns when the process was last resumed. This is the time of its end, unless it was cancelled.
    pub(crate) fn since(&self, key: Key) -> f64 {
        self.cells.get(key).map_or(0.0, |cell| cell.since)
    }

    pub(crate) fn blocked(&self) -> Vec<Blocked> {
        let blocked = |(key, cell): (Key, &ProcessCell)| Blocked {
            process: self.name_at(key),
            waiting_for: cell.waiting_for.map_or(WaitName::FOREIGN, |what| what.0),
            since: cell.since,
            location: cell.waiting_for.and(cell.waiting_at),
        };
        self.cells.entries().filter(|(_, cell)| cell.is_waiting()).map(blocked).collect()
    }
}

/// What must follow the end of a process.
pub(crate) enum Finished {
    /// The process has been taken out already.
    Gone,
    /// The handle is alive, and this awaiter must be notified.
    Joinable(Awaiter),
    /// Nobody can ask for the outcome any more, and the process has been taken out.
    Retired,
    /// Nobody can ask for the outcome any more, and the process must be [removed](Processes::remove).
    Unjoinable,
}
