//! The ends of processes: by themselves, from outside, and by a panic; and where an error goes.

use std::io::{self, Write};
use std::pin::Pin;

use crate::engine::deferred::{Discard, End, Ended};
use crate::engine::passed_on;
use crate::engine::process_cell::{Left, Stop};
use crate::engine::{
    awaiter::Awaiter, body::Body, kernel::Kernel, process_table::Finished, run_ended::RunEnded,
    sim_error::SimError, slab::Key,
};

impl Kernel {
    /// Ends a process whose body has returned.
    #[inline(never)]
    pub(crate) fn finish(&self, key: Key, mut body: Pin<Box<dyn Body>>, ended_well: bool) {
        if self.delivering.get() {
            // The process ended in the resumption that should deliver the interrupt: the interrupt comes
            // too late.
            self.take_delivery();
        }
        let mut tables = self.tables.borrow_mut();
        match tables.processes.finish(key, ended_well) {
            Finished::Joinable(awaiter) => {
                if let Some(cell) = tables.processes.get_mut(key) {
                    cell.body = Some(body);
                }
                if !ended_well {
                    tables.processes.note_unclaimed(key);
                }
                drop(tables);
                self.notify(awaiter);
                self.settle();
            }
            Finished::Retired => {
                let unwanted = tables.spare_bodies.keep(body);
                drop(tables);
                drop(unwanted);
            }
            Finished::Unjoinable => {
                let left = tables.processes.remove(key);
                drop(tables);
                if let (Some(left), Some(source)) = (&left, body.as_mut().take_error()) {
                    let (time, rare) = (self.now.get(), left.rare.as_deref());
                    let through = passed_on::names(rare, time);
                    if let Some(failure) = passed_on::failure(left.name(), time, through, source) {
                        self.fail(failure);
                    }
                }
            }
            Finished::Gone => {}
        }
    }

    /// Ends a process from outside: drops its body, notifies its joiner, and reports an interrupt that
    /// nobody will claim. The process is over from this call on. The rest is done before the call
    /// returns, or by a call that is under way.
    pub(crate) fn end(&self, key: Key, stop: Stop) {
        // A process that did not catch the end of the run is one of those that are left: it is
        // cancelled.
        let stop = match stop {
            Stop::Interrupted(interrupt) if interrupt.cause::<RunEnded>().is_some() => {
                Stop::Cancelled
            }
            stop => stop,
        };
        let unclaimed = matches!(stop, Stop::Interrupted(_));
        {
            let mut tables = self.tables.borrow_mut();
            // Noted before the body goes: the body may hold the process's own handle, whose drop reports
            // it.
            let Some(rare) = tables.processes.rare(key) else { return };
            rare.stopped = Some(stop);
            let body = tables.processes.end(key);
            tables.deferred.ends.push_back(End { ended: Ended { key, unclaimed }, body });
        }
        self.has_deferred.set(true);
        self.settle();
    }

    /// Does the first half of an end: drops the body with everything that it holds. The drop counts as
    /// one cancellation, because deferred steps are being done. An end that it causes is queued behind
    /// it.
    pub(crate) fn drop_body(&self, end: End) {
        /// Lets the second half follow even if the body panics when it is dropped.
        struct NotifyOfEnd<'k>(&'k Kernel, Option<Ended>);
        impl Drop for NotifyOfEnd<'_> {
            fn drop(&mut self) {
                self.0.tables.borrow_mut().deferred.ended.extend(self.1.take());
                self.0.has_deferred.set(true);
            }
        }
        let _notify = NotifyOfEnd(self, Some(end.ended));
        drop(end.body);
    }

    /// Does the second half of an end: notifies the joiner, or reports an interrupt that nobody will
    /// claim.
    pub(crate) fn notify_of_end(&self, Ended { key, unclaimed }: Ended) {
        let mut tables = self.tables.borrow_mut();
        match tables.processes.finish(key, false) {
            Finished::Joinable(awaiter) => {
                if unclaimed {
                    tables.processes.note_unclaimed(key);
                }
                drop(tables);
                self.notify(awaiter);
            }
            Finished::Unjoinable => {
                let left = tables.processes.remove(key);
                drop(tables);
                self.leave(left);
            }
            Finished::Retired | Finished::Gone => {}
        }
    }

    /// Handles what is left of a process that nobody will join: its error goes to the run, and the rest
    /// is discarded.
    fn leave(&self, left: Option<Left>) {
        let Some(mut left) = left else { return };
        let failure = Self::unclaimed_failure(&mut left);
        // Deferred, because it may hold the last handle of another process that is over.
        self.discard(Discard::Left(left));
        if let Some(failure) = failure {
            self.fail(failure);
        }
    }

    /// Ends the run with this error as soon as the current process pauses.
    pub(crate) fn fail(&self, failure: SimError) {
        self.tables.borrow_mut().failures.push_back(failure);
        self.failed.set(true);
        self.stops.set(true);
    }

    /// Cancels a process: at once, or when it next pauses if it is running.
    pub(crate) fn cancel(&self, key: Key) {
        {
            let mut tables = self.tables.borrow_mut();
            let Some(cell) = tables.processes.get_mut(key) else { return };
            if cell.is_done() {
                return;
            }
            if cell.body.is_none() {
                if let Some(rare) = tables.processes.rare(key) {
                    rare.cancelled = true;
                }
                return;
            }
        }
        self.end(key, Stop::Cancelled);
    }

    /// Notes that nobody holds the handle of this process any more.
    #[inline]
    pub(crate) fn detach(&self, key: Key) {
        let dropped = self.tables.borrow_mut().processes.drop_handle(key);
        if let Some((awaiter, is_done)) = dropped
            && (is_done || awaiter.is_waker())
        {
            self.leave_nobody(key, awaiter, is_done);
        }
    }

    /// Handles a dropped handle if the process is over, or if a foreign waker waited for its end.
    #[cold]
    #[inline(never)]
    fn leave_nobody(&self, key: Key, awaiter: Awaiter, is_done: bool) {
        let left = if is_done { self.tables.borrow_mut().processes.remove(key) } else { None };
        self.forget(awaiter);
        self.leave(left);
        self.settle();
    }

    /// Returns the error that a process leaves to the run, if it did not end well.
    fn unclaimed_failure(left: &mut Left) -> Option<SimError> {
        match left.rare.as_ref().and_then(|rare| rare.stopped.as_ref()) {
            Some(Stop::Interrupted(interrupt)) => {
                return Some(passed_on::interrupted(left.name(), left.since, interrupt));
            }
            Some(Stop::Cancelled | Stop::Panicked) => return None,
            None => {}
        }
        let source = left.body.as_mut()?.as_mut().take_error()?;
        let through = passed_on::names(left.rare.as_deref(), left.since);
        passed_on::failure(left.name(), left.since, through, source)
    }
}

/// Reports, when it is dropped, which process has panicked, and when. The simulation can still be
/// dropped.
pub(crate) struct PanicNote<'k> {
    pub(crate) kernel: &'k Kernel,
}

impl Drop for PanicNote<'_> {
    fn drop(&mut self) {
        let key = self.kernel.active.get();
        // A process is active here only if its poll unwinds.
        if key != Key::NONE {
            self.kernel.note_panic(key);
        }
    }
}

impl Kernel {
    #[cold]
    fn note_panic(&self, key: Key) {
        self.active.set(Key::NONE);
        self.catch_scope.set(Key::NONE);
        self.branch_scope.set(None);
        let name = self.tables.borrow().processes.name(key).unwrap_or_default().to_owned();
        // Not `eprintln!`, which panics if nothing can be written.
        let _ =
            writeln!(io::stderr(), "asim: process `{name}` panicked at time {}", self.now.get());
        // Copies of the shared waker that the process has kept must not lead to another process.
        let waker = self.bind_shared_waker(key);
        drop(waker);
        let undelivered = self.take_delivery();
        let (awaiter, left) = {
            let mut tables = self.tables.borrow_mut();
            tables.processes.note_stop(key, Stop::Panicked);
            match tables.processes.finish(key, false) {
                Finished::Joinable(awaiter) => {
                    // Nobody will receive its interrupts. They are dropped when it is joined.
                    let rare = tables.processes.rare(key);
                    if let (Some(rare), Some(undelivered)) = (rare, undelivered) {
                        rare.interrupts.push_front(undelivered);
                    }
                    (awaiter, None)
                }
                Finished::Unjoinable => {
                    let mut left = tables.processes.remove(key);
                    if let (Some(left), Some(undelivered)) = (&mut left, undelivered) {
                        left.rare.get_or_insert_default().interrupts.push_front(undelivered);
                    }
                    (Awaiter::NOBODY, left)
                }
                Finished::Retired | Finished::Gone => (Awaiter::NOBODY, None),
            }
        };
        // The next call settles what follows. No user code may run while this panic unwinds: a second
        // panic would end the program.
        if let Some(left) = left {
            self.discard(Discard::Left(left));
        }
        self.notify(awaiter);
    }
}
