//! Time moves on: resuming processes, firing timers, ending processes.

use std::cell::RefMut;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::core::{Books, Kernel};
use super::interrupt::Interrupt;
use super::process::Body;
use super::process_table::{Slot, State, Stop};
use super::slab::Key;
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
    /// Resumes the process that is next in the ready line or, if that is empty, fires the next
    /// timer that is due by `until` and resumes its process at once: nobody is before it.
    #[inline]
    pub(crate) fn turn(&self, until: f64) -> Turn {
        let mut books = self.books.borrow_mut();
        let key = if let Some(key) = books.processes.next_ready() {
            key
        } else {
            if self.alarm.is_ringing() {
                // Whoever was woken from outside runs before the clock may advance.
                drop(books);
                self.answer_alarm();
                return Turn::Done;
            }
            let Some((time, timer, watcher)) = books.timers.fire_next(until) else {
                return Turn::Idle;
            };
            self.now.set(time);
            self.fired.set(timer);
            books.look_ahead();
            let Told::Process(key) = watcher.told() else {
                drop(books);
                self.notify(watcher);
                self.settle();
                return self.after_turn();
            };
            key
        };
        if self.instant_limit.get() != u64::MAX && self.is_over_limit(&mut books, key) {
            return Turn::Failed;
        }
        self.resume(books, key);
        self.after_turn()
    }

    #[inline]
    fn after_turn(&self) -> Turn {
        if self.failed.get() { Turn::Failed } else { Turn::Done }
    }

    /// Takes turns until nothing is due by `until`.
    pub(crate) fn run(&self, until: f64) -> Result<(), SimError> {
        self.failure()?;
        loop {
            match self.turn(until) {
                Turn::Done => {}
                Turn::Idle => return Ok(()),
                Turn::Failed => self.failure()?,
            }
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
        let mut processes: Vec<String> =
            books.processes.get_mut(key).map(|slot| slot.name.to_string()).into_iter().collect();
        processes.extend(books.processes.ready_names(9));
        books.processes.put_first(key);
        self.turns_at.set((time, 0));
        books.failures.push_back(SimError::TimeStandsStill { time, limit, processes });
        self.failed.set(true);
        true
    }

    #[inline]
    fn resume(&self, mut books: RefMut<'_, Books>, key: Key) {
        let Some(slot) = books.processes.get_mut(key) else { return };
        // Ended while it was in the ready line.
        if slot.is_done() {
            return;
        }
        self.resumption.set(self.resumption.get() + 1);
        slot.note_running(self.now.get());
        if slot.has_extras() {
            return self.resume_with_extras(books, key);
        }
        slot.state = State::Started;
        let Some(body) = slot.body.take() else { return };
        drop(books);
        self.poll(key, body, None);
    }

    /// Resumes a process that may have an interrupt to receive or a waker of its own.
    fn resume_with_extras(&self, mut borrow: RefMut<'_, Books>, key: Key) {
        let books = &mut *borrow;
        let Some(slot) = books.processes.get_mut(key) else { return };
        let started = std::mem::replace(&mut slot.state, State::Started) == State::Started;
        let extras = slot.extras();
        let own_waker = extras.waker.clone();
        // A process that has not started yet runs to its first pause first.
        let interrupt = if started { extras.interrupts.pop_front() } else { None };
        if let Some(interrupt) = interrupt {
            if !self.any_eligible(books, key) {
                drop(borrow);
                self.end(key, Stop::Interrupted(interrupt));
                return;
            }
            *self.delivery.borrow_mut() = Some(interrupt);
            self.delivering.set(true);
        }
        let Some(body) = books.processes.get_mut(key).and_then(|slot| slot.body.take()) else {
            return;
        };
        drop(borrow);
        self.poll(key, body, own_waker.as_ref());
    }

    #[inline]
    fn poll(&self, key: Key, body: Pin<Box<dyn Body>>, own_waker: Option<&Waker>) {
        let note = PanicNote { kernel: self, key };
        // If it panics it is dropped before anybody is told.
        let mut body = body;
        self.active.set(key);
        self.waiting_for.set(None);
        let mut poll = {
            let waker = own_waker.unwrap_or(self.shared_waker.waker());
            body.as_mut().poll(&mut Context::from_waker(waker))
        };
        if self.shared_waker.kept() != self.stray_wakers.get() || self.alarm.is_ringing() {
            self.after_foreign_poll(key, &mut body, own_waker.is_some(), &mut poll);
        }
        self.active.set(Key::NONE);
        std::mem::forget(note);

        match poll {
            Poll::Pending => self.pause(key, body),
            Poll::Ready(ended_well) => self.finish(key, body, ended_well),
        }
    }

    /// The process has come to wait for something.
    #[inline]
    fn pause(&self, key: Key, body: Pin<Box<dyn Body>>) {
        let mut borrow = self.books.borrow_mut();
        let books = &mut *borrow;
        let Some(slot) = books.processes.get_mut(key) else { return };
        slot.body = Some(body);
        slot.waiting_for = self.waiting_for.get();
        slot.waiting_at = self.waiting_at.get();
        if slot.cancelled || slot.has_extras() {
            self.pause_with_extras(borrow, key);
        }
    }

    /// The process has paused and may have been cancelled, or have interrupts still to receive.
    #[cold]
    #[inline(never)]
    fn pause_with_extras(&self, mut borrow: RefMut<'_, Books>, key: Key) {
        let books = &mut *borrow;
        let Some(slot) = books.processes.get_mut(key) else { return };
        let cancelled = slot.cancelled;
        let extras = slot.extras();
        let undelivered = if self.delivering.get() { self.drop_delivery() } else { None };
        if cancelled {
            drop(borrow);
            self.end(key, Stop::Cancelled);
            return;
        }
        if let Some(interrupt) = undelivered {
            extras.interrupts.push_front(interrupt);
            if self.any_eligible(books, key) {
                // Its guards are parked: polled once, and then awaited no longer.
                let interrupt = books
                    .processes
                    .get_mut(key)
                    .and_then(|slot| slot.extras().interrupts.pop_front());
                drop(borrow);
                if let Some(interrupt) = interrupt {
                    self.end(key, Stop::Interrupted(interrupt));
                }
                return;
            }
            // The guards that could have caught it went in this very resumption.
        } else if extras.interrupts.is_empty() {
            return;
        }
        drop(borrow);
        self.make_ready(key);
    }

    /// Takes back an interrupt that nothing in its process has caught.
    fn drop_delivery(&self) -> Option<Interrupt> {
        self.delivering.set(false);
        self.delivery.borrow_mut().take()
    }

    /// The process has ended by itself.
    #[inline(never)]
    fn finish(&self, key: Key, mut body: Pin<Box<dyn Body>>, ended_well: bool) {
        if self.delivering.get() {
            // It ended in the very resumption that was to deliver: an interrupt comes too late.
            self.drop_delivery();
        }
        let mut books = self.books.borrow_mut();
        let Some(slot) = books.processes.get_mut(key) else { return };
        slot.state = State::Done;
        if slot.has_handle {
            slot.body = Some(body);
            let watcher = std::mem::take(&mut slot.watcher);
            if !ended_well {
                books.processes.note_unclaimed(key);
            }
            drop(books);
            self.notify(watcher);
            self.settle();
            return;
        }
        if ended_well {
            let extras = books.processes.retire(key);
            drop(books);
            drop(extras);
            return;
        }
        let slot = books.processes.remove(key);
        drop(books);
        if let (Some(slot), Some(source)) = (slot, body.as_mut().take_error()) {
            self.fail(SimError::ProcessFailed {
                process: slot.name.into_owned(),
                time: self.now.get(),
                source,
            });
        }
    }

    /// Ends a process from outside: drops it, tells whoever joins it, and reports an interrupt that
    /// nobody will claim.
    fn end(&self, key: Key, stop: Stop) {
        let unclaimed = matches!(stop, Stop::Interrupted(_));
        let body = {
            let mut books = self.books.borrow_mut();
            let Some(slot) = books.processes.get_mut(key) else { return };
            slot.state = State::Done;
            // Noted before the body goes: its own handle may be in there, and reports it then.
            slot.extras().stopped = Some(stop);
            slot.body.take()
        };
        self.in_bulk(|| drop(body));
        let mut books = self.books.borrow_mut();
        let Some(slot) = books.processes.get_mut(key) else { return };
        if slot.has_handle {
            let watcher = std::mem::take(&mut slot.watcher);
            if unclaimed {
                books.processes.note_unclaimed(key);
            }
            drop(books);
            self.notify(watcher);
            self.settle();
        } else {
            let slot = books.processes.remove(key);
            drop(books);
            if let Some(failure) = slot.and_then(Self::unclaimed_failure) {
                self.fail(failure);
            }
        }
    }

    /// The run ends with this error as soon as the current process pauses.
    fn fail(&self, failure: SimError) {
        self.books.borrow_mut().failures.push_back(failure);
        self.failed.set(true);
    }

    /// Cancels a process: at once, or when it next pauses if it is running.
    pub(crate) fn cancel(&self, key: Key) {
        {
            let mut books = self.books.borrow_mut();
            let Some(slot) = books.processes.get_mut(key) else { return };
            if slot.is_done() {
                return;
            }
            if slot.body.is_none() {
                slot.cancelled = true;
                return;
            }
        }
        self.end(key, Stop::Cancelled);
    }

    /// Nobody holds the handle of this process any more.
    pub(crate) fn detach(&self, key: Key) {
        let slot = {
            let mut books = self.books.borrow_mut();
            let Some(slot) = books.processes.get_mut(key) else { return };
            slot.has_handle = false;
            let watcher = std::mem::take(&mut slot.watcher);
            if !slot.is_done() && !watcher.is_waker() {
                return;
            }
            let slot = if slot.is_done() { books.processes.remove(key) } else { None };
            drop(books);
            self.forget(watcher);
            slot
        };
        if let Some(failure) = slot.and_then(Self::unclaimed_failure) {
            self.fail(failure);
        }
    }

    /// What a process that is over leaves to the run, if it did not end well.
    fn unclaimed_failure(mut slot: Slot) -> Option<SimError> {
        match slot.extras_if_any().and_then(|extras| extras.stopped.take()) {
            Some(Stop::Interrupted(interrupt)) => return Some(interrupted(&slot, &interrupt)),
            Some(Stop::Cancelled) => return None,
            None => {}
        }
        let source = slot.body.take()?.as_mut().take_error()?;
        Some(SimError::ProcessFailed { process: slot.name.to_string(), time: slot.since(), source })
    }

    /// At the end of a run: the first error that waits for a joiner who has not come.
    pub(crate) fn claim_failure(&self) -> Result<(), SimError> {
        let key = self.books.borrow_mut().processes.next_unclaimed();
        let Some(key) = key else { return Ok(()) };
        let mut books = self.books.borrow_mut();
        let Some(slot) = books.processes.get_mut(key) else { return Ok(()) };
        if let Some(Stop::Interrupted(interrupt)) =
            slot.extras_if_any().and_then(|extras| extras.stopped.clone())
        {
            return Err(interrupted(slot, &interrupt));
        }
        let (body, process, time) = (slot.body.take(), slot.name.to_string(), slot.since());
        drop(books);
        match body.and_then(|mut body| body.as_mut().take_error()) {
            Some(source) => Err(SimError::ProcessFailed { process, time, source }),
            None => Ok(()),
        }
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
            if let Some(slot) = self.books.borrow_mut().processes.get_mut(key) {
                slot.extras().waker = Some(waker.clone());
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
    /// Reads what the next turns will need while this one computes: with many processes a turn is
    /// spent waiting for memory. One step for each of the next turns, as each step leads to the
    /// next: timer, process, body.
    #[inline]
    fn look_ahead(&mut self) {
        if let Some(watcher) = self.timers.ahead(3) {
            std::hint::black_box(watcher);
            self.look_at_processes();
        }
    }

    fn look_at_processes(&mut self) {
        if let Some(Told::Process(key)) = self.timers.ahead(2).map(Watcher::told) {
            std::hint::black_box(
                self.processes.get_mut(key).is_some_and(|slot| slot.body.is_some()),
            );
        }
        if let Some(Told::Process(key)) = self.timers.ahead(1).map(Watcher::told)
            && let Some(body) = self.processes.get_mut(key).and_then(|slot| slot.body.as_ref())
        {
            body.touch();
        }
    }
}

/// What an interrupt that ended a process leaves to the run.
fn interrupted(slot: &Slot, interrupt: &Interrupt) -> SimError {
    SimError::Interrupted {
        process: slot.name.to_string(),
        time: slot.since(),
        cause: interrupt.to_string(),
    }
}

/// Says which process panicked, and when; the simulation can still be dropped.
struct PanicNote<'k> {
    kernel: &'k Kernel,
    key: Key,
}

impl Drop for PanicNote<'_> {
    /// Runs only if the poll unwinds.
    fn drop(&mut self) {
        self.kernel.active.set(Key::NONE);
        self.kernel.guard.set(Key::NONE);
        self.kernel.scope.set(None);
        self.kernel.drop_delivery();
        let watcher = {
            let mut books = self.kernel.books.borrow_mut();
            let Some(slot) = books.processes.get_mut(self.key) else { return };
            slot.state = State::Done;
            eprintln!("asim: process `{}` panicked at time {}", slot.name, self.kernel.now.get());
            let watcher = std::mem::take(&mut slot.watcher);
            if !slot.has_handle {
                books.processes.remove(self.key);
            }
            watcher
        };
        // What follows is settled by the next call: nothing else may panic while this one unwinds.
        self.kernel.notify(watcher);
    }
}
