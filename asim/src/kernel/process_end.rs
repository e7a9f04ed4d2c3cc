//! The ends of processes: by themselves, from outside, and by a panic; and who is told of an error.

use std::io::{self, Write};
use std::pin::Pin;

use super::core::Kernel;
use super::ending::RunEnded;
use super::errands::Discard;
use super::interrupt::Interrupt;
use super::passed_on;
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
                    let (time, extras) = (self.now.get(), left.extras.as_deref());
                    let through = passed_on::names(extras, time);
                    if let Some(failure) = passed_on::failure(left.name(), time, through, source) {
                        self.fail(failure);
                    }
                }
            }
            Finished::Gone => {}
        }
    }

    /// Ends a process from outside: drops it, tells whoever joins it, and reports an interrupt that
    /// nobody will claim. It is over from this call on; the rest is done before the call returns, or by
    /// the call that is under way.
    pub(super) fn end(&self, key: Key, stop: Stop) {
        // Whoever could not catch it any more when the run ended is one of those who are left.
        let stop = match stop {
            Stop::Interrupted(interrupt) if interrupt.cause::<RunEnded>().is_some() => {
                Stop::Cancelled
            }
            stop => stop,
        };
        let unclaimed = matches!(stop, Stop::Interrupted(_));
        {
            let mut books = self.books.borrow_mut();
            // Noted before the body goes: its own handle may be in there, and reports it then.
            let Some(extras) = books.processes.extras(key) else { return };
            extras.stopped = Some(stop);
            let body = books.processes.kill(key);
            books.errands.ends.push_back(End { ended: Ended { key, unclaimed }, body });
        }
        self.errands_waiting.set(true);
        self.settle();
    }

    /// The first half of an end: the body goes, with all that it holds. While the errands run it is
    /// dropped as one cancellation; an end that it causes is queued behind it.
    pub(super) fn drop_body(&self, end: End) {
        /// Whoever joins the process is told also if the body panics when it is dropped.
        struct Tell<'k>(&'k Kernel, Option<Ended>);
        impl Drop for Tell<'_> {
            fn drop(&mut self) {
                self.0.books.borrow_mut().errands.ended.extend(self.1.take());
                self.0.errands_waiting.set(true);
            }
        }
        let _tell = Tell(self, Some(end.ended));
        drop(end.body);
    }

    /// The second half: whoever joins the process is told, or the run learns of an interrupt that
    /// nobody will claim.
    pub(super) fn tell_of_end(&self, Ended { key, unclaimed }: Ended) {
        let mut books = self.books.borrow_mut();
        match books.processes.finish(key, false) {
            Finished::Joinable(watcher) => {
                if unclaimed {
                    books.processes.note_unclaimed(key);
                }
                drop(books);
                self.notify(watcher);
            }
            Finished::Unjoinable => {
                let left = books.processes.remove(key);
                drop(books);
                self.leave(left);
            }
            Finished::Retired | Finished::Gone => {}
        }
    }

    /// What is left of a process that nobody will join: its error goes to the run, the rest goes last.
    fn leave(&self, left: Option<Left>) {
        let Some(mut left) = left else { return };
        let failure = Self::unclaimed_failure(&mut left);
        // Queued, as it may hold the last handle of another process that is over.
        self.discard(Discard::Left(left));
        if let Some(failure) = failure {
            self.fail(failure);
        }
    }

    /// The run ends with this error as soon as the current process pauses.
    pub(super) fn fail(&self, failure: SimError) {
        self.books.borrow_mut().failures.push_back(failure);
        self.failed.set(true);
        self.stops.set(true);
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
    #[inline]
    pub(crate) fn detach(&self, key: Key) {
        let dropped = self.books.borrow_mut().processes.drop_handle(key);
        if let Some((watcher, is_done)) = dropped
            && (is_done || watcher.is_waker())
        {
            self.leave_nobody(key, watcher, is_done);
        }
    }

    /// Nobody will join this process any more, which is over, or which a foreign waker waited for.
    #[cold]
    #[inline(never)]
    fn leave_nobody(&self, key: Key, watcher: Watcher, is_done: bool) {
        let left = if is_done { self.books.borrow_mut().processes.remove(key) } else { None };
        self.forget(watcher);
        self.leave(left);
        self.settle();
    }

    /// What a process that is over leaves to the run, if it did not end well.
    fn unclaimed_failure(left: &mut Left) -> Option<SimError> {
        match left.extras.as_ref().and_then(|extras| extras.stopped.as_ref()) {
            Some(Stop::Interrupted(interrupt)) => {
                return Some(interrupted(left.name(), left.since, interrupt));
            }
            Some(Stop::Cancelled | Stop::Panicked) => return None,
            None => {}
        }
        let source = left.body.as_mut()?.as_mut().take_error()?;
        let through = passed_on::names(left.extras.as_deref(), left.since);
        passed_on::failure(left.name(), left.since, through, source)
    }

    /// At the end of a run: the first error that waits for a joiner who has not come.
    pub(crate) fn claim_failure(&self) -> Result<(), SimError> {
        let key = self.books.borrow_mut().processes.next_unclaimed();
        let Some(key) = key else { return self.claim_event_failure().map_or(Ok(()), Err) };
        let mut books = self.books.borrow_mut();
        let process = books.processes.name(key).unwrap_or_default().to_owned();
        let time = books.processes.since(key);
        let stopped = books.processes.extras_if_any(key).and_then(|extras| extras.stopped.clone());
        if let Some(Stop::Interrupted(interrupt)) = stopped {
            return Err(interrupted(process, time, &interrupt));
        }
        let through = passed_on::names(books.processes.extras_if_any(key).as_deref(), time);
        let body = books.processes.get_mut(key).and_then(|slot| slot.body.take());
        drop(books);
        let error = body.and_then(|mut body| body.as_mut().take_error());
        let failure = error.and_then(|error| passed_on::failure(process, time, through, error));
        failure.map_or(Ok(()), Err)
    }
}

/// A process that is ended from outside.
pub(super) struct End {
    ended: Ended,
    body: Option<Pin<Box<dyn Body>>>,
}

/// A process that has been ended from outside, and whose body is gone.
pub(super) struct Ended {
    key: Key,
    /// Is it an error that somebody should claim?
    unclaimed: bool,
}

/// What an interrupt that ended a process leaves to the run.
fn interrupted(process: String, time: f64, interrupt: &Interrupt) -> SimError {
    SimError::Interrupted { process, time, cause: interrupt.to_string(), through: Vec::new() }
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
        let name = self.books.borrow().processes.name(key).unwrap_or_default().to_owned();
        // Not `eprintln!`, which panics where nothing can be written.
        let _ =
            writeln!(io::stderr(), "asim: process `{name}` panicked at time {}", self.now.get());
        // What it has kept of the shared waker leads to nobody else.
        let waker = self.bind_shared_waker(key);
        drop(waker);
        let undelivered = self.drop_delivery();
        let (watcher, left) = {
            let mut books = self.books.borrow_mut();
            books.processes.note_stop(key, Stop::Panicked);
            match books.processes.finish(key, false) {
                Finished::Joinable(watcher) => {
                    // Its interrupts will be received by nobody, and go when it is joined.
                    let extras = books.processes.extras(key);
                    if let (Some(extras), Some(undelivered)) = (extras, undelivered) {
                        extras.interrupts.push_front(undelivered);
                    }
                    (watcher, None)
                }
                Finished::Unjoinable => {
                    let mut left = books.processes.remove(key);
                    if let (Some(left), Some(undelivered)) = (&mut left, undelivered) {
                        left.extras.get_or_insert_default().interrupts.push_front(undelivered);
                    }
                    (Watcher::NOBODY, left)
                }
                Finished::Retired | Finished::Gone => (Watcher::NOBODY, None),
            }
        };
        // What follows is settled by the next call: no code of the user's may run while this panic
        // unwinds, as a second one would end the program.
        if let Some(left) = left {
            self.discard(Discard::Left(left));
        }
        self.notify(watcher);
    }
}
