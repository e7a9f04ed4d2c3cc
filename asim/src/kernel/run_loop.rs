//! Time moves on: firing timers and resuming processes.

use std::cell::RefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::alarm::SharedWaker;
use super::core::{Books, Kernel};
use super::guard::Fate;
use super::interrupt::Interrupt;
use super::process::Body;
use super::process_end::PanicNote;
use super::process_table::Stop;
use super::slab::Key;
use super::source::Link;
use super::timers::TimerKey;
use super::watcher::{Told, Watcher};
use crate::error::SimError;

/// What one turn of the loop did.
pub(crate) enum Turn {
    /// A process was resumed or a timer fired.
    Done,
    /// Nothing is due.
    Idle,
    /// The run ends with an error, the first of the books' `failures`.
    Failed,
}

impl Kernel {
    /// Takes turns until nothing is due by `until`, the run fails, or `more` says after a turn that
    /// it was the last.
    ///
    /// A turn resumes the process that is next in the ready line or, if that is empty, fires the next
    /// timer that is due and resumes its process at once: nobody is before it.
    #[inline]
    pub(crate) fn take_turns(&self, until: f64, mut more: impl FnMut() -> bool) -> Turn {
        // What a panic has left undone.
        self.settle();
        let _note = PanicNote { kernel: self };
        loop {
            let shared = self.shared_waker.borrow().clone();
            if let Some(turn) = self.take_turns_with(&shared, until, &mut more) {
                return turn;
            }
        }
    }

    /// The same, as long as nobody keeps a copy of the waker that all share.
    #[inline]
    fn take_turns_with(
        &self,
        shared: &SharedWaker,
        until: f64,
        more: &mut impl FnMut() -> bool,
    ) -> Option<Turn> {
        let mut context = Context::from_waker(shared.waker());
        // Borrowed from the pause of one process to the poll of the next.
        let mut borrow = self.open_books();
        'turns: loop {
            'turn: {
                let books = &mut *borrow;
                let key = if let Some(key) = books.processes.next_ready() {
                    key
                } else {
                    let Some((time, timer, watcher)) =
                        books.timers.fire_next(&mut books.processes, until)
                    else {
                        if !self.alarm.is_ringing() {
                            return Some(Turn::Idle);
                        }
                        drop(borrow);
                        borrow = self.open_books();
                        continue 'turns;
                    };
                    self.now.set(time);
                    self.fired.set(timer);
                    self.fresh.set(TimerKey::OVER);
                    books.timers.look_ahead(&books.processes);
                    if let Some(key) = books.told_simply(watcher) {
                        key
                    } else {
                        drop(borrow);
                        self.fire_for_others(watcher);
                        borrow = self.open_books();
                        break 'turn;
                    }
                };
                let resumption = self.resumption.get();
                if resumption >= self.look_at.get() && self.is_over_limit(books, key) {
                    return Some(Turn::Failed);
                }
                let slot = match books.processes.get_mut(key) {
                    Some(slot) if !slot.wants_attention() => slot,
                    _ => {
                        drop(borrow);
                        let turned = self.turn_with_care(key, shared);
                        borrow = self.open_books();
                        if turned {
                            break 'turn;
                        }
                        continue 'turns;
                    }
                };
                slot.resume(self.now.get());
                self.resumption.set(resumption + 1);
                let Some(mut body) = slot.body.take() else { continue 'turns };
                drop(borrow);
                if let Poll::Ready(ended_well) = self.poll(key, &mut body, &mut context, shared) {
                    self.finish(key, body, ended_well);
                    borrow = self.open_books();
                    break 'turn;
                }
                borrow = self.books.borrow_mut();
                if let Some(slot) = borrow.processes.get_mut(key) {
                    slot.pause(body, self.waiting_for.get(), self.waiting_at.get());
                    slot.sleep(key, self.sleeping.get());
                    if slot.wants_attention() {
                        self.pause_with_extras(borrow, key);
                        borrow = self.open_books();
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

    /// A turn of what is no process that can be resumed just so: false if nobody is resumed.
    #[cold]
    #[inline(never)]
    fn turn_with_care(&self, key: Key, shared: &SharedWaker) -> bool {
        let key = {
            let processes = &mut self.books.borrow_mut().processes;
            // The place of an interrupt, or of a process that is gone.
            let is_there = processes.get_mut(key).is_some();
            if is_there { Some(key) } else { processes.reach_place(key) }
        };
        let Some(key) = key else { return false };
        self.turn_with_extras(key, shared);
        true
    }

    /// A timer has fired that tells others than a process that waits for it alone.
    #[cold]
    #[inline(never)]
    fn fire_for_others(&self, watcher: Watcher) {
        self.notify(watcher);
        self.settle();
        // It counts, although nobody is resumed: whoever runs until an event may be woken.
        self.resumption.set(self.resumption.get() + 1);
        if self.resumption.get() >= self.look_at.get() {
            self.is_over_limit(&mut self.books.borrow_mut(), Key::NONE);
        }
    }

    /// The books, after whoever was woken from outside has got a place in the ready line.
    #[inline]
    fn open_books(&self) -> RefMut<'_, Books> {
        if self.alarm.is_ringing() {
            self.answer_alarm();
        }
        self.books.borrow_mut()
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
        let mut books = self.books.borrow_mut();
        let failure = books.failures.pop_front();
        self.failed.set(!books.failures.is_empty());
        failure.map_or(Ok(()), Err)
    }

    /// A turn of a process that may have an interrupt to receive or a waker of its own: it was next in
    /// the ready line, or its timer has fired.
    #[inline(never)]
    fn turn_with_extras(&self, key: Key, shared: &SharedWaker) {
        let mut borrow = self.books.borrow_mut();
        let mut books = &mut *borrow;
        let Some(slot) = books.processes.get_mut(key) else { return };
        if slot.is_done() {
            // It has ended while it was in the ready line.
            return;
        }
        let is_new = slot.is_new();
        let Some(extras) = books.processes.extras(key) else { return };
        let is_interrupted = !extras.interrupts.is_empty();
        // A process that has not started yet runs to its first pause first.
        let mut fate = Fate::Waits;
        if is_interrupted && !is_new {
            fate = self.next_fate(books, key);
            if let Fate::Caught(guard) = fate
                && let Some(waker) = books.take_guard_waker(guard)
            {
                // So that the foreign combinator round the guard polls it. The process keeps its
                // place: this runs code of the user's.
                books.processes.put_first(key);
                drop(borrow);
                waker.wake();
                self.settle();
                return;
            }
        }
        self.resumption.set(self.resumption.get() + 1);
        let Some(extras) = books.processes.resume(key, self.now.get()) else { return };
        let own_waker = extras.waker.clone();
        if fate != Fate::Waits
            && let Some(interrupt) = extras.interrupts.pop_front()
        {
            drop(borrow);
            if fate == Fate::Ends {
                self.end(key, Stop::Interrupted(interrupt));
                return;
            }
            let nothing = self.delivery.borrow_mut().replace(interrupt);
            debug_assert!(nothing.is_none(), "one interrupt is delivered at a time");
            self.delivering.set(true);
            borrow = self.books.borrow_mut();
            books = &mut *borrow;
        }
        let Some(mut body) = books.processes.get_mut(key).and_then(|slot| slot.body.take()) else {
            return;
        };
        drop(borrow);
        let waker = own_waker.as_ref().unwrap_or(shared.waker());
        let mut context = Context::from_waker(waker);
        let poll = self.poll(key, &mut body, &mut context, shared);
        if let Poll::Ready(ended_well) = poll {
            self.finish(key, body, ended_well);
            return;
        }
        let mut borrow = self.books.borrow_mut();
        if let Some(slot) = borrow.processes.get_mut(key) {
            slot.pause(body, self.waiting_for.get(), self.waiting_at.get());
            slot.sleep(key, self.sleeping.get());
            self.pause_with_extras(borrow, key);
        }
    }

    #[inline]
    fn poll(
        &self,
        key: Key,
        body: &mut Pin<Box<dyn Body>>,
        context: &mut Context<'_>,
        shared: &SharedWaker,
    ) -> Poll<bool> {
        self.active.set(key);
        self.waiting_for.set(None);
        self.sleeping.set(TimerKey::OVER);
        let poll = body.as_mut().poll(context);
        if shared.is_kept() || self.alarm.is_ringing() {
            self.after_foreign_poll(key, shared);
        }
        self.active.set(Key::NONE);
        poll
    }

    /// The process has paused and may have been cancelled, or have interrupts still to receive.
    #[cold]
    #[inline(never)]
    fn pause_with_extras(&self, mut borrow: RefMut<'_, Books>, key: Key) {
        let books = &mut *borrow;
        let undelivered = if self.delivering.get() { self.drop_delivery() } else { None };
        let was_tried = undelivered.is_some();
        // Guards that are there, and were not reached: they are awaited no longer. (Those that could
        // have caught it may also have gone in this very resumption.)
        let are_parked = was_tried && matches!(self.fate(books, key), Fate::Caught(_));
        let resumption = self.resumption.get();
        let Some(extras) = books.processes.extras(key) else { return };
        extras.paused = resumption;
        if let Some(interrupt) = undelivered {
            extras.interrupts.push_front(interrupt);
        }
        if extras.cancelled {
            drop(borrow);
            self.end(key, Stop::Cancelled);
            return;
        }
        if extras.interrupts.is_empty() {
            return;
        }
        if are_parked {
            self.forget_unreached(books, key, Key::NONE);
        }
        let has_masks = books.processes.extras(key).is_some_and(|extras| extras.masks > 0);
        if !has_masks && !are_parked {
            books.processes.make_ready(key);
            return;
        }
        match self.next_fate(books, key) {
            Fate::Waits => {}
            Fate::Ends if are_parked => {
                let extras = books.processes.extras(key);
                let interrupt = extras.and_then(|extras| extras.interrupts.pop_front());
                drop(borrow);
                if let Some(interrupt) = interrupt {
                    self.end(key, Stop::Interrupted(interrupt));
                }
            }
            _ => books.processes.make_ready(key),
        }
    }

    /// Takes back an interrupt that nothing in its process has caught.
    pub(super) fn drop_delivery(&self) -> Option<Interrupt> {
        self.delivering.set(false);
        self.delivery.borrow_mut().take()
    }

    /// The poll met futures that are not ours, or somebody was woken meanwhile.
    #[cold]
    #[inline(never)]
    fn after_foreign_poll(&self, key: Key, shared: &SharedWaker) {
        if shared.is_kept() {
            let waker = self.bind_shared_waker(key);
            if let Some(extras) = self.books.borrow_mut().processes.extras(key) {
                extras.waker = Some(waker);
            }
            // The loop goes on with the new one.
            self.stops.set(true);
        }
        self.answer_alarm();
    }
}

impl Books {
    /// Who resumes when a timer fires that tells `watcher`, if that is all that follows: a process
    /// awaits the timer, or a race in which all others are timers too.
    #[inline]
    fn told_simply(&mut self, watcher: Watcher) -> Option<Key> {
        if let Some(key) = watcher.as_process() {
            return Some(key);
        }
        match watcher.told() {
            Told::Branch { composite, branch } => self.decide_simply(composite, branch),
            _ => None,
        }
    }

    #[cold]
    #[inline(never)]
    fn decide_simply(&mut self, composite: u32, branch: u32) -> Option<Key> {
        let node = self.composites.at(composite);
        let key = node.simple_owner()?;
        node.trigger(branch);
        node.watcher = Watcher::NOBODY;
        for (other, link) in (0..).zip(&mut node.branches) {
            if other != branch
                && let Link::Timer(timer) = std::mem::take(link)
            {
                self.timers.cancel(&mut self.processes, timer);
            }
        }
        Some(key)
    }
}
