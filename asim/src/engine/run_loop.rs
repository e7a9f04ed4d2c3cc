//! The run loop: it fires timers and resumes processes.

use std::cell::RefMut;
use std::task::{Context, Poll};

use crate::engine::awaiter::{Awaiter, AwaiterKind};
#[cfg(feature = "experiment")]
use crate::engine::instant_limit::StopLook;
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::wait_name::WaitName;
use crate::engine::{
    body::Running, process_cell::ProcessInfo, process_end::PanicNote, sim_error::SimError,
    slab::Key, trigger::Counted, wake_queue::SharedWaker,
};

/// The result of a turn of the loop.
pub(crate) enum Turn {
    /// A process was resumed or a timer fired.
    Done,
    /// Nothing is due.
    Idle,
    /// The run ends with an error: the first of the tables' `failures`.
    Failed,
}

/// What a fired timer leads to.
enum Fired {
    /// This process resumes at once: nobody is before it.
    Resumes(Key),
    /// A composite has counted the timer, and nobody resumes yet.
    Counts,
    /// More than the tables show: this awaiter is notified.
    Notifies(Awaiter),
    /// No timer is due.
    Nothing,
}

impl Kernel {
    /// Takes turns until nothing is due by `until`, the run fails, or `more` returns `false` after a
    /// turn.
    ///
    /// A turn resumes the process that is next in the ready line. If the line is empty, it fires the
    /// next timer that is due and resumes its process at once, because no process is before it.
    #[inline]
    pub(crate) fn take_turns(&self, until: f64, mut more: impl FnMut() -> bool) -> Turn {
        // Does what a panic has left undone.
        self.settle();
        let _note = PanicNote { kernel: self };
        let last = until;
        loop {
            if self.tracing.get() && !self.hand_over_if_full() {
                return Turn::Failed;
            }
            let until = self.before_warm_up(last);
            // While somebody waits for the end of this instant, no later timer fires.
            let is_held = !self.instant_end.borrow().is_empty();
            let until = if is_held { self.now.get() } else { until };
            let shared = self.shared_waker.borrow().clone();
            let _polled_with = self.poll_with(shared.waker());
            match self.take_turns_with(&shared, until, &mut more) {
                None => {}
                Some(Turn::Idle) if is_held => {
                    if let Some(turn) = self.end_instant(&mut more) {
                        return turn;
                    }
                }
                Some(Turn::Idle) if self.tracing.get() => match self.end_turns_with_log(until) {
                    None => {}
                    Some(true) => return Turn::Failed,
                    Some(false) if self.end_warm_up(last) => {}
                    Some(false) => return Turn::Idle,
                },
                Some(Turn::Idle) if self.end_warm_up(last) => {}
                Some(turn) => return turn,
            }
        }
    }

    /// Lets the first request go on that waits for the end of the present instant. A process that awaits
    /// it resumes in the next turn of the loop, which belongs to this one: nobody is before it.
    #[cold]
    #[inline(never)]
    fn end_instant(&self, more: &mut dyn FnMut() -> bool) -> Option<Turn> {
        let Some(awaiter) = self.instant_end.borrow_mut().pop() else {
            // Those that waited do not any more.
            return None;
        };
        if awaiter.as_process().is_some() {
            self.notify(awaiter);
            return None;
        }
        self.fire_for_others(awaiter);
        if self.stops.replace(false) {
            self.settle();
            if self.failed.get() {
                return Some(Turn::Failed);
            }
        }
        if more() { None } else { Some(Turn::Done) }
    }

    /// Does the same, as long as nobody keeps a copy of the shared waker.
    #[inline]
    fn take_turns_with(
        &self,
        shared: &SharedWaker,
        until: f64,
        more: &mut impl FnMut() -> bool,
    ) -> Option<Turn> {
        let mut context = Context::from_waker(shared.waker());
        // Borrowed from the pause of one process to the poll of the next.
        let mut borrow = self.open_tables();
        'turns: loop {
            'turn: {
                let tables = &mut *borrow;
                let resumption = self.resumption.get();
                let is_plain = !tables.processes.is_any_ready() && !self.limit.is_due(resumption);
                if is_plain {
                    tables.timers.look_ahead(&tables.processes);
                }
                let (key, cell) = if is_plain
                    && let Some((time, timer, process, cell)) =
                        tables.timers.fire_sleeper(&mut tables.processes, until)
                {
                    self.now.set(time);
                    self.last_timer.fire(timer);
                    (process, cell)
                } else {
                    let key = if let Some(key) = tables.processes.next_ready() {
                        key
                    } else {
                        match self.fire(tables, until) {
                            Fired::Resumes(key) => key,
                            Fired::Counts => {
                                self.count_as_resumption(tables);
                                break 'turn;
                            }
                            Fired::Notifies(awaiter) => {
                                drop(borrow);
                                self.fire_for_others(awaiter);
                                borrow = self.open_tables();
                                break 'turn;
                            }
                            Fired::Nothing => {
                                if !self.wake_queue.has_woken() {
                                    return Some(Turn::Idle);
                                }
                                drop(borrow);
                                borrow = self.open_tables();
                                continue 'turns;
                            }
                        }
                    };
                    if self.limit.is_due(resumption) && self.is_over_limit(tables, key) {
                        return Some(Turn::Failed);
                    }
                    match tables.processes.get_mut(key) {
                        Some(cell) if !cell.wants_attention() => (key, cell),
                        _ => {
                            drop(borrow);
                            let turned = self.turn_with_care(key, shared);
                            borrow = self.open_tables();
                            if turned {
                                break 'turn;
                            }
                            continue 'turns;
                        }
                    }
                };
                cell.resume(self.now.get());
                self.resumption.set(resumption + 1);
                let Some(body) = cell.begin() else { continue 'turns };
                drop(borrow);
                let poll = self.poll(key, body, &mut context, shared);
                borrow = self.tables.borrow_mut();
                if let Poll::Ready(ended_well) = poll {
                    if !(ended_well && borrow.processes.retire(key)) {
                        drop(borrow);
                        self.finish(key, ended_well);
                        borrow = self.open_tables();
                    }
                    break 'turn;
                }
                borrow = self.pause(borrow, key);
            }
            if self.stops.get() {
                drop(borrow);
                self.settle();
                if self.failed.get() {
                    return Some(Turn::Failed);
                }
                self.stops.set(false);
                return if more() { None } else { Some(Turn::Done) };
            }
            if !more() {
                return Some(Turn::Done);
            }
        }
    }

    /// Notes that the active process pauses.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a part of each turn")]
    fn pause<'k>(&'k self, mut borrow: RefMut<'k, Tables>, key: Key) -> RefMut<'k, Tables> {
        // The cell of a running process is not freed, so nobody else can be in it.
        let Some(cell) = borrow.processes.look_mut(key.index()) else { return borrow };
        cell.pause(self.waiting_for.get(), self.waiting_at.get());
        let is_asleep = self.last_timer.is_asleep();
        if cell.wants_attention() {
            if is_asleep {
                cell.timer_awaiter = Awaiter::process(key);
            }
            self.pause_with_delivery(borrow, key);
            return self.open_tables();
        }
        if is_asleep {
            cell.sleep(key);
        }
        if cell.notes_pauses() {
            borrow.note_pause(key, self.resumption.get());
        }
        borrow
    }

    /// Fires the next timer that is due by `until`.
    #[inline(never)]
    fn fire(&self, tables: &mut Tables, until: f64) -> Fired {
        let next = tables.timers.fire_next(&mut tables.processes, until);
        let Some((time, timer, awaiter)) = next else { return Fired::Nothing };
        self.now.set(time);
        self.last_timer.fire(timer);
        let fired = tables.resumed_simply(awaiter);
        if let Fired::Resumes(process) = fired {
            // Another timer may resume a sleeper: its own one must find it later.
            tables.processes.rouse(process.index());
        }
        fired
    }

    /// Takes a turn for an entry of the ready line that needs a closer look. Returns `false` if no
    /// process is resumed.
    #[cold]
    #[inline(never)]
    fn turn_with_care(&self, key: Key, shared: &SharedWaker) -> bool {
        let key = {
            let processes = &mut self.tables.borrow_mut().processes;
            // If not, it is the place of an interrupt, or its process is gone.
            let is_there = processes.get_mut(key).is_some();
            if is_there { Some(key) } else { processes.reach_place(key) }
        };
        let Some(key) = key else { return false };
        self.turn_with_delivery(key, shared);
        true
    }

    /// Notifies the awaiter of a fired timer that is more than one process waiting for it alone.
    #[cold]
    #[inline(never)]
    fn fire_for_others(&self, awaiter: Awaiter) {
        self.notify_all(awaiter);
        self.settle();
        self.count_as_resumption(&mut self.tables.borrow_mut());
    }

    /// Counts a fired timer as a resumption, although no process resumes: an event may be triggered that
    /// ends the run.
    #[inline]
    fn count_as_resumption(&self, tables: &mut Tables) {
        let resumption = self.resumption.get() + 1;
        self.resumption.set(resumption);
        if self.limit.is_due(resumption) {
            self.is_over_limit(tables, Key::NONE);
        }
    }

    /// Looks at the limit of an instant before a resumption, and whether an experiment stops the run. If that resumption is one too many, the run
    /// fails, and the process stays the next.
    #[cold]
    #[inline(never)]
    fn is_over_limit(&self, tables: &mut Tables, key: Key) -> bool {
        let (time, resumption) = (self.now.get(), self.resumption.get());
        #[cfg(feature = "experiment")]
        match self.limit.look_for_stop(resumption) {
            StopLook::Limit => {}
            StopLook::GoOn => return false,
            StopLook::Stop => {
                tables.processes.put_first(key);
                tables.failures.push_back(SimError::TookTooLong { time });
                self.failed.set(true);
                self.stops.set(true);
                return true;
            }
        }
        let living = || tables.processes.count_living();
        let Some(limit) = self.limit.exceeded(time, resumption, living) else { return false };
        let name = tables.processes.name(key).map(str::to_owned);
        let mut processes: Vec<String> = name.into_iter().collect();
        processes.extend(tables.processes.ready_names(9));
        tables.processes.put_first(key);
        tables.failures.push_back(SimError::TimeStandsStill {
            time,
            limit,
            processes,
            standstill: Box::default(),
        });
        self.failed.set(true);
        self.stops.set(true);
        true
    }

    /// Borrows the tables. Before that, processes that were woken from outside get their places in the
    /// ready line.
    #[inline]
    fn open_tables(&self) -> RefMut<'_, Tables> {
        if self.wake_queue.has_woken() {
            self.take_woken();
        }
        self.tables.borrow_mut()
    }

    /// Runs until nothing is due by `until`.
    pub(crate) fn run(&self, until: f64) -> Result<(), SimError> {
        self.failure()?;
        match self.take_turns(until, || true) {
            Turn::Failed => self.failure(),
            Turn::Done | Turn::Idle => Ok(()),
        }
    }

    /// Takes out the first failure that has not been reported.
    pub(crate) fn failure(&self) -> Result<(), SimError> {
        if !self.failed.get() {
            return Ok(());
        }
        let failure = {
            let mut tables = self.tables.borrow_mut();
            let failure = tables.failures.pop_front();
            self.failed.set(!tables.failures.is_empty());
            failure
        };
        match failure {
            None => Ok(()),
            Some(SimError::TimeStandsStill { time, limit, processes, .. }) => {
                // The tables were borrowed when it was made.
                let standstill = Box::new(self.standstill());
                Err(SimError::TimeStandsStill { time, limit, processes, standstill })
            }
            Some(failure) => Err(failure),
        }
    }

    #[inline]
    pub(crate) fn poll(
        &self,
        key: Key,
        body: Running<ProcessInfo>,
        context: &mut Context<'_>,
        shared: &SharedWaker,
    ) -> Poll<bool> {
        self.active.set(key);
        self.waiting_for.set(WaitName::Foreign);
        self.last_timer.wake();
        let poll = body.poll(context);
        if shared.is_kept() || self.wake_queue.has_woken() {
            self.after_foreign_poll(key, shared);
        }
        self.active.set(Key::NONE);
        poll
    }

    /// Handles a poll that met foreign futures, or during which a waker was woken.
    #[cold]
    #[inline(never)]
    fn after_foreign_poll(&self, key: Key, shared: &SharedWaker) {
        if shared.is_kept() {
            let mut waker = self.bind_shared_waker(key);
            waker.leave();
            if let Some(rare) = self.tables.borrow_mut().processes.rare(key) {
                rare.waker = Some(waker);
            }
            // The loop goes on with the new shared waker.
            self.stops.set(true);
        }
        self.take_woken();
    }
}

impl Tables {
    /// Returns what a fired timer with this awaiter leads to. Nobody is ready, so a process that awaits the
    /// timer itself, or a composite that the timer decides, resumes without a place in the ready line.
    #[inline]
    fn resumed_simply(&mut self, awaiter: Awaiter) -> Fired {
        if let Some(key) = awaiter.as_process() {
            return Fired::Resumes(key);
        }
        let AwaiterKind::Branch { composite, branch } = awaiter.kind() else {
            return Fired::Notifies(awaiter);
        };
        match self.count_branch(composite, branch) {
            Counted::Decided(key) => Fired::Resumes(key),
            Counted::Undecided => Fired::Counts,
            Counted::Not => Fired::Notifies(awaiter),
        }
    }
}
