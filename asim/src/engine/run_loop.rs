//! The run loop: it fires timers and resumes processes.

use std::task::{Context, Poll};
use std::{cell::RefMut, pin::Pin};

use crate::engine::awaiter::{Awaiter, AwaiterKind};
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::{
    body::Body, process_end::PanicNote, provider::CancelHandle, sim_error::SimError, slab::Key,
    wake_queue::SharedWaker,
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
        loop {
            // While somebody waits for the end of this instant, no later timer fires.
            let is_held = !self.instant_end.borrow().is_empty();
            let until = if is_held { self.now.get() } else { until };
            let shared = self.shared_waker.borrow().clone();
            match self.take_turns_with(&shared, until, &mut more) {
                None => {}
                Some(Turn::Idle) if is_held => {
                    if let Some(turn) = self.end_instant(&mut more) {
                        return turn;
                    }
                }
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
                let key = if let Some(key) = tables.processes.next_ready() {
                    key
                } else {
                    let Some((time, timer, awaiter)) =
                        tables.timers.fire_next(&mut tables.processes, until)
                    else {
                        if !self.wake_queue.has_woken() {
                            return Some(Turn::Idle);
                        }
                        drop(borrow);
                        borrow = self.open_tables();
                        continue 'turns;
                    };
                    self.now.set(time);
                    self.last_timer.fire(timer);
                    tables.timers.look_ahead(&tables.processes);
                    if let Some(key) = tables.resumed_simply(awaiter) {
                        key
                    } else {
                        drop(borrow);
                        self.fire_for_others(awaiter);
                        borrow = self.open_tables();
                        break 'turn;
                    }
                };
                let resumption = self.resumption.get();
                if self.limit.is_due(resumption) && self.is_over_limit(tables, key) {
                    return Some(Turn::Failed);
                }
                let cell = match tables.processes.get_mut(key) {
                    Some(cell) if !cell.wants_attention() => cell,
                    _ => {
                        drop(borrow);
                        let turned = self.turn_with_care(key, shared);
                        borrow = self.open_tables();
                        if turned {
                            break 'turn;
                        }
                        continue 'turns;
                    }
                };
                cell.resume(self.now.get());
                self.resumption.set(resumption + 1);
                let Some(mut body) = cell.body.take() else { continue 'turns };
                drop(borrow);
                if let Poll::Ready(ended_well) = self.poll(key, &mut body, &mut context, shared) {
                    self.finish(key, body, ended_well);
                    borrow = self.open_tables();
                    break 'turn;
                }
                borrow = self.tables.borrow_mut();
                if let Some(cell) = borrow.processes.get_mut(key) {
                    cell.pause(body, self.waiting_for.get(), self.waiting_at.get());
                    cell.sleep(key, self.last_timer.asleep());
                    if cell.wants_attention() {
                        self.pause_with_delivery(borrow, key);
                        borrow = self.open_tables();
                    }
                }
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
        self.notify(awaiter);
        self.settle();
        // Counts as a resumption although no process resumes: an event may be triggered that ends the
        // run.
        self.resumption.set(self.resumption.get() + 1);
        if self.limit.is_due(self.resumption.get()) {
            self.is_over_limit(&mut self.tables.borrow_mut(), Key::NONE);
        }
    }

    /// Looks at the limit of an instant before a resumption. If that resumption is one too many, the run
    /// fails, and the process stays the next.
    #[cold]
    #[inline(never)]
    fn is_over_limit(&self, tables: &mut Tables, key: Key) -> bool {
        let (time, resumption) = (self.now.get(), self.resumption.get());
        let living = || tables.processes.count_living();
        let Some(limit) = self.limit.exceeded(time, resumption, living) else { return false };
        let name = tables.processes.name(key).map(str::to_owned);
        let mut processes: Vec<String> = name.into_iter().collect();
        processes.extend(tables.processes.ready_names(9));
        tables.processes.put_first(key);
        tables.failures.push_back(SimError::TimeStandsStill { time, limit, processes });
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
        let mut tables = self.tables.borrow_mut();
        let failure = tables.failures.pop_front();
        self.failed.set(!tables.failures.is_empty());
        failure.map_or(Ok(()), Err)
    }

    #[inline]
    pub(crate) fn poll(
        &self,
        key: Key,
        body: &mut Pin<Box<dyn Body>>,
        context: &mut Context<'_>,
        shared: &SharedWaker,
    ) -> Poll<bool> {
        self.active.set(key);
        self.waiting_for.set(None);
        self.last_timer.wake();
        let poll = body.as_mut().poll(context);
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
    /// Returns the process that resumes when a timer with this awaiter fires, if nothing else follows:
    /// the process awaits the timer itself, or a race of timers only.
    #[inline]
    fn resumed_simply(&mut self, awaiter: Awaiter) -> Option<Key> {
        if let Some(key) = awaiter.as_process() {
            return Some(key);
        }
        match awaiter.kind() {
            AwaiterKind::Branch { composite, branch } => self.decide_simply(composite, branch),
            _ => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn decide_simply(&mut self, composite: u32, branch: u32) -> Option<Key> {
        let node = self.composites.at(composite);
        let key = node.simple_owner()?;
        node.trigger(branch);
        node.awaiter = Awaiter::NOBODY;
        for (other, link) in (0..).zip(&mut node.branches) {
            if other != branch
                && let CancelHandle::Timer(timer) = std::mem::take(link)
            {
                self.timers.cancel(&mut self.processes, timer);
            }
        }
        Some(key)
    }
}
