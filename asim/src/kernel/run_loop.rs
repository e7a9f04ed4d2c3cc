//! Time moves on: firing timers and resuming processes.

use std::cell::RefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::core::{Books, Kernel};
use super::interrupt::{Fate, Interrupt};
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
        let _note = PanicNote { kernel: self };
        let mut context = Context::from_waker(self.shared_waker.waker());
        // Borrowed from the pause of one process to the poll of the next.
        let mut borrow = self.open_books();
        loop {
            let books = &mut *borrow;
            let key = if let Some(key) = books.processes.next_ready() {
                key
            } else {
                let Some((time, timer, watcher)) =
                    books.timers.fire_next(&mut books.processes, until)
                else {
                    if !self.alarm.is_ringing() {
                        return Turn::Idle;
                    }
                    drop(borrow);
                    borrow = self.open_books();
                    continue;
                };
                self.now.set(time);
                self.fired.set(timer);
                self.fresh.set(TimerKey::OVER);
                books.timers.look_ahead(&books.processes);
                if let Some(key) = books.told_simply(watcher) {
                    key
                } else {
                    drop(borrow);
                    self.notify(watcher);
                    self.settle();
                    if self.failed.get() {
                        return Turn::Failed;
                    }
                    if !more() {
                        return Turn::Done;
                    }
                    borrow = self.open_books();
                    continue;
                }
            };
            if self.instant_limit.get() != u64::MAX && self.is_over_limit(books, key) {
                return Turn::Failed;
            }
            let Some(slot) = books.processes.get_mut(key) else { continue };
            if slot.wants_attention() {
                drop(borrow);
                self.turn_with_extras(key);
                borrow = self.open_books();
            } else {
                slot.resume(self.now.get());
                self.resumption.set(self.resumption.get() + 1);
                let Some(mut body) = slot.body.take() else { continue };
                drop(borrow);
                if let Poll::Ready(ended_well) = self.poll(key, &mut body, &mut context, false) {
                    self.finish(key, body, ended_well);
                    borrow = self.open_books();
                } else {
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
            }
            if self.failed.get() {
                return Turn::Failed;
            }
            if !more() {
                return Turn::Done;
            }
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

    /// Counts a resumption towards the limit of this instant: if it is one too many, the process
    /// stays the next, and the run fails.
    #[cold]
    fn is_over_limit(&self, books: &mut Books, key: Key) -> bool {
        let (time, limit) = (self.now.get(), self.instant_limit.get());
        let (counted_at, turns) = self.turns_at.get();
        let turns = if counted_at == time { turns + 1 } else { 1 };
        self.turns_at.set((time, turns));
        if turns <= limit {
            return false;
        }
        let name = books.processes.name(key).map(str::to_owned);
        let mut processes: Vec<String> = name.into_iter().collect();
        processes.extend(books.processes.ready_names(9));
        books.processes.put_first(key);
        self.turns_at.set((time, 0));
        books.failures.push_back(SimError::TimeStandsStill { time, limit, processes });
        self.failed.set(true);
        true
    }

    /// A turn of a process that may have an interrupt to receive or a waker of its own.
    #[inline(never)]
    fn turn_with_extras(&self, key: Key) {
        let mut borrow = self.books.borrow_mut();
        let books = &mut *borrow;
        let Some(slot) = books.processes.get_mut(key) else { return };
        if slot.is_done() {
            // It has ended while it was in the ready line.
            return;
        }
        let is_new = slot.is_new();
        slot.resume(self.now.get());
        self.resumption.set(self.resumption.get() + 1);
        let Some(extras) = books.processes.extras(key) else { return };
        let own_waker = extras.waker.clone();
        // A process that has not started yet runs to its first pause first.
        if !is_new && !extras.interrupts.is_empty() {
            let fate = self.fate(books, key);
            let interrupt = books.processes.extras(key).and_then(|extras| match fate {
                Fate::Waits => None,
                _ => extras.interrupts.pop_front(),
            });
            if let Some(interrupt) = interrupt {
                if fate == Fate::Ends {
                    drop(borrow);
                    self.end(key, Stop::Interrupted(interrupt));
                    return;
                }
                *self.delivery.borrow_mut() = Some(interrupt);
                self.delivering.set(true);
            }
        }
        let Some(mut body) = books.processes.get_mut(key).and_then(|slot| slot.body.take()) else {
            return;
        };
        drop(borrow);
        let waker = own_waker.as_ref().unwrap_or(self.shared_waker.waker());
        let mut context = Context::from_waker(waker);
        let poll = self.poll(key, &mut body, &mut context, own_waker.is_some());
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
        has_own_waker: bool,
    ) -> Poll<bool> {
        self.active.set(key);
        self.waiting_for.set(None);
        self.sleeping.set(TimerKey::OVER);
        let mut poll = body.as_mut().poll(context);
        if self.shared_waker.kept() != self.stray_wakers.get() || self.alarm.is_ringing() {
            self.after_foreign_poll(key, body, has_own_waker, &mut poll);
        }
        self.active.set(Key::NONE);
        poll
    }

    /// The process has paused and may have been cancelled, or have interrupts still to receive.
    #[cold]
    #[inline(never)]
    fn pause_with_extras(&self, mut borrow: RefMut<'_, Books>, key: Key) {
        let books = &mut *borrow;
        let Some(extras) = books.processes.extras(key) else { return };
        let cancelled = extras.cancelled;
        let undelivered = if self.delivering.get() { self.drop_delivery() } else { None };
        if cancelled {
            drop(borrow);
            self.end(key, Stop::Cancelled);
            return;
        }
        let tried = undelivered.is_some();
        if let Some(interrupt) = undelivered {
            extras.interrupts.push_front(interrupt);
        } else if extras.interrupts.is_empty() {
            return;
        }
        let could_be_caught = tried && self.fate(books, key) == Fate::Caught;
        if books.is_masked(key) {
            if could_be_caught || self.next_fate(books, key) == Fate::Waits {
                return;
            }
        } else if could_be_caught {
            // Its guards are parked: polled once, and then awaited no longer.
            let extras = books.processes.extras(key);
            let interrupt = extras.and_then(|extras| extras.interrupts.pop_front());
            drop(borrow);
            if let Some(interrupt) = interrupt {
                self.end(key, Stop::Interrupted(interrupt));
            }
            return;
        }
        // If it was tried, the guards that could have caught it went in this very resumption.
        drop(borrow);
        self.call(key);
    }

    /// Takes back an interrupt that nothing in its process has caught.
    pub(super) fn drop_delivery(&self) -> Option<Interrupt> {
        self.delivering.set(false);
        self.delivery.borrow_mut().take()
    }

    /// The poll met futures that are not ours.
    #[cold]
    fn after_foreign_poll(
        &self,
        key: Key,
        body: &mut Pin<Box<dyn Body>>,
        has_own_waker: bool,
        poll: &mut Poll<bool>,
    ) {
        if poll.is_pending() && !has_own_waker && self.shared_waker.kept() > self.stray_wakers.get()
        {
            // It kept a copy: from now on the process has a waker of its own, and this poll, which
            // may change nothing but the waker, lets it replace the copy.
            let waker = super::alarm::own_waker(&self.alarm, key);
            if let Some(extras) = self.books.borrow_mut().processes.extras(key) {
                extras.waker = Some(waker.clone());
            }
            *poll = body.as_mut().poll(&mut Context::from_waker(&waker));
        }
        self.stray_wakers.set(self.shared_waker.kept());
        if self.shared_waker.was_woken() && poll.is_pending() {
            self.books.borrow_mut().processes.make_ready(key);
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
