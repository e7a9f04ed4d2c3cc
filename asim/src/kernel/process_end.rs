//! The ends of processes: by themselves, from outside, and by a panic; and who is told of an error.

use std::pin::Pin;

use super::core::Kernel;
use super::ending::RunEnded;
use super::interrupt::Interrupt;
use super::process::Body;
use super::process_table::{Finished, Left, Stop};
use super::slab::Key;
use super::watcher::Watcher;
use crate::error::SimError;

impl Kernel {
    /// The process has ended by itself.
    #[inline(never)]
    pub(super) fn finish(&self, key: Key, mut body: Pin<Box<dyn Body>>, ended_well: bool) {
        if self.delivering.get() {
            // It ended in the very resumption that was to deliver: an interrupt comes too late.
            self.drop_delivery();
        }
        let mut books = self.books.borrow_mut();
        match books.processes.finish(key, ended_well) {
            Finished::Joinable(watcher) => {
                if let Some(slot) = books.processes.get_mut(key) {
                    slot.body = Some(body);
                }
                if !ended_well {
                    books.processes.note_unclaimed(key);
                }
                drop(books);
                self.notify(watcher);
                self.settle();
            }
            Finished::Retired => {
                let unwanted = books.spare_bodies.keep(body);
                drop(books);
                drop(unwanted);
            }
            Finished::Unjoinable => {
                let left = books.processes.remove(key);
                drop(books);
                if let (Some(left), Some(source)) = (&left, body.as_mut().take_error()) {
                    let (process, time) = (left.name(), self.now.get());
                    self.fail(SimError::ProcessFailed { process, time, source });
                }
            }
            Finished::Gone => {}
        }
    }

    /// Ends a process from outside: drops it, tells whoever joins it, and reports an interrupt that
    /// nobody will claim.
    pub(super) fn end(&self, key: Key, stop: Stop) {
        // Whoever could not catch it any more when the run ended is one of those who are left.
        let stop = match stop {
            Stop::Interrupted(interrupt) if interrupt.cause::<RunEnded>().is_some() => {
                Stop::Cancelled
            }
            stop => stop,
        };
        let unclaimed = matches!(stop, Stop::Interrupted(_));
        let body = {
            let mut books = self.books.borrow_mut();
            // Noted before the body goes: its own handle may be in there, and reports it then.
            let Some(extras) = books.processes.extras(key) else { return };
            extras.stopped = Some(stop);
            books.processes.kill(key)
        };
        self.in_bulk(|| drop(body));
        let mut books = self.books.borrow_mut();
        match books.processes.finish(key, false) {
            Finished::Joinable(watcher) => {
                if unclaimed {
                    books.processes.note_unclaimed(key);
                }
                drop(books);
                self.notify(watcher);
                self.settle();
            }
            Finished::Unjoinable => {
                let left = books.processes.remove(key);
                drop(books);
                if let Some(failure) = left.and_then(Self::unclaimed_failure) {
                    self.fail(failure);
                }
            }
            Finished::Retired | Finished::Gone => {}
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
                if let Some(extras) = books.processes.extras(key) {
                    extras.cancelled = true;
                }
                return;
            }
        }
        self.end(key, Stop::Cancelled);
    }

    /// Nobody holds the handle of this process any more.
    pub(crate) fn detach(&self, key: Key) {
        let left = {
            let mut books = self.books.borrow_mut();
            let Some((watcher, is_done)) = books.processes.drop_handle(key) else { return };
            if !is_done && !watcher.is_waker() {
                return;
            }
            let left = if is_done { books.processes.remove(key) } else { None };
            drop(books);
            self.forget(watcher);
            left
        };
        if let Some(failure) = left.and_then(Self::unclaimed_failure) {
            self.fail(failure);
        }
    }

    /// What a process that is over leaves to the run, if it did not end well.
    fn unclaimed_failure(mut left: Left) -> Option<SimError> {
        match left.extras.as_mut().and_then(|extras| extras.stopped.take()) {
            Some(Stop::Interrupted(interrupt)) => {
                return Some(interrupted(left.name(), left.since, &interrupt));
            }
            Some(Stop::Cancelled) => return None,
            None => {}
        }
        let source = left.body.take()?.as_mut().take_error()?;
        Some(SimError::ProcessFailed { process: left.name(), time: left.since, source })
    }

    /// At the end of a run: the first error that waits for a joiner who has not come.
    pub(crate) fn claim_failure(&self) -> Result<(), SimError> {
        let key = self.books.borrow_mut().processes.next_unclaimed();
        let Some(key) = key else { return Ok(()) };
        let mut books = self.books.borrow_mut();
        let process = books.processes.name(key).unwrap_or_default().to_owned();
        let time = books.processes.since(key);
        let stopped = books.processes.extras_if_any(key).and_then(|extras| extras.stopped.clone());
        if let Some(Stop::Interrupted(interrupt)) = stopped {
            return Err(interrupted(process, time, &interrupt));
        }
        let body = books.processes.get_mut(key).and_then(|slot| slot.body.take());
        drop(books);
        match body.and_then(|mut body| body.as_mut().take_error()) {
            Some(source) => Err(SimError::ProcessFailed { process, time, source }),
            None => Ok(()),
        }
    }
}

/// What an interrupt that ended a process leaves to the run.
fn interrupted(process: String, time: f64, interrupt: &Interrupt) -> SimError {
    SimError::Interrupted { process, time, cause: interrupt.to_string() }
}

/// Says which process panicked, and when; the simulation can still be dropped.
pub(super) struct PanicNote<'k> {
    pub(super) kernel: &'k Kernel,
}

impl Drop for PanicNote<'_> {
    fn drop(&mut self) {
        let key = self.kernel.active.get();
        // No process is active unless its poll unwinds.
        if key != Key::NONE {
            self.kernel.note_panic(key);
        }
    }
}

impl Kernel {
    #[cold]
    fn note_panic(&self, key: Key) {
        self.active.set(Key::NONE);
        self.guard.set(Key::NONE);
        self.scope.set(None);
        self.drop_delivery();
        let watcher = {
            let mut books = self.books.borrow_mut();
            let name = books.processes.name(key).unwrap_or_default();
            eprintln!("asim: process `{name}` panicked at time {}", self.now.get());
            match books.processes.finish(key, false) {
                Finished::Joinable(watcher) => watcher,
                Finished::Unjoinable => {
                    books.processes.remove(key);
                    Watcher::NOBODY
                }
                Finished::Retired | Finished::Gone => Watcher::NOBODY,
            }
        };
        // What follows is settled by the next call: nothing else may panic while this one unwinds.
        self.notify(watcher);
    }
}
