//! The ends of processes: by themselves, from outside, and by a panic; and where an error goes.

use std::io::{self, Write};

use crate::engine::deferred::{Discard, End, Ended};
use crate::engine::passed_on;
use crate::engine::process_cell::{Left, RareState, Stop};
use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, process_table::Finished, run_ended::RunEnded,
    sim_error::SimError, slab::Key,
};
use crate::trace::record::What;

impl Kernel {
    /// Ends a process whose body has returned, if it could not simply be
    /// [retired](crate::engine::process_table::Processes::retire).
    #[cold]
    #[inline(never)]
    pub(crate) fn finish(&self, key: Key, ended_well: bool) {
        if self.delivering.get() {
            self.drop_delivery(key);
        }
        let mut tables = self.tables.borrow_mut();
        if self.tracing.get() {
            let how = if ended_well { What::Ended } else { What::Failed };
            self.log_end(&mut tables, key, how);
        }
        match tables.processes.finish(key) {
            Finished::Joinable(awaiter) => {
                if let Some(cell) = tables.processes.get_mut(key)
                    && cell.notes_pauses()
                {
                    tables.free_idle_scope(key);
                }
                if !ended_well {
                    tables.processes.note_unclaimed(key);
                }
                match awaiter.as_process() {
                    // The usual joiner, without a second look into the tables.
                    Some(joiner) if !self.wake_queue.has_woken() => {
                        tables.processes.make_ready(joiner);
                        drop(tables);
                    }
                    _ => {
                        drop(tables);
                        self.notify(awaiter);
                    }
                }
                self.settle();
            }
            Finished::Unjoinable => {
                tables.free_idle_scope(key);
                let left = tables.processes.remove(key);
                drop(tables);
                if let Some(mut left) = left
                    && let Some(source) = left.body.take_error()
                {
                    let time = self.now.get();
                    let through = passed_on::names(left.body.rare(), time);
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
            if self.tracing.get() {
                self.log_stop(&mut tables, key, &stop);
            }
            // Noted before the body goes: the body may hold the process's own handle, whose drop reports
            // it.
            let Some(rare) = tables.processes.rare(key) else { return };
            rare.stopped = Some(stop);
            let contents = tables.processes.end(key);
            tables.deferred.ends.push_back(End { ended: Ended { key, unclaimed }, contents });
        }
        self.under_way.defer();
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
                self.0.under_way.defer();
            }
        }
        let _notify = NotifyOfEnd(self, Some(end.ended));
        drop(end.contents);
    }

    /// Does the second half of an end: notifies the joiner, or reports an interrupt that nobody will
    /// claim.
    pub(crate) fn notify_of_end(&self, Ended { key, unclaimed }: Ended) {
        let mut tables = self.tables.borrow_mut();
        match tables.processes.finish(key) {
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
            Finished::Gone => {}
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
            if cell.is_running() {
                if let Some(rare) = tables.processes.rare(key) {
                    rare.at_pause |= RareState::CANCELLED;
                }
                return;
            }
        }
        self.end(key, Stop::Cancelled);
    }

    /// Notes that nobody holds the handle of this process any more.
    #[inline]
    pub(crate) fn detach(&self, key: Key) {
        let is_all = self.tables.borrow_mut().processes.drop_handle(key);
        if !is_all {
            self.leave_nobody(key);
        }
    }

    /// Handles a dropped handle if the process is over, or if somebody waited for its end.
    #[cold]
    #[inline(never)]
    fn leave_nobody(&self, key: Key) {
        let (awaiter, left) = {
            let processes = &mut self.tables.borrow_mut().processes;
            let awaiter = processes.watch(key, Awaiter::NOBODY);
            let is_done = processes.is_done(key);
            if !is_done && !awaiter.is_waker() {
                return;
            }
            (awaiter, if is_done { processes.remove(key) } else { None })
        };
        self.forget(awaiter);
        self.leave(left);
        self.settle();
    }

    /// Returns the error that a process leaves to the run, if it did not end well.
    fn unclaimed_failure(left: &mut Left) -> Option<SimError> {
        match left.body.rare().and_then(|rare| rare.stopped.as_ref()) {
            Some(Stop::Interrupted(interrupt)) => {
                return Some(passed_on::interrupted(
                    left.name(),
                    left.since,
                    interrupt,
                    left.waited,
                ));
            }
            Some(Stop::Cancelled | Stop::Panicked) => return None,
            None => {}
        }
        let source = left.body.take_error()?;
        let through = passed_on::names(left.body.rare(), left.since);
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
        #[cfg(feature = "experiment")]
        let is_noted = self.measured.observed.note_panic(&name, self.now.get());
        #[cfg(not(feature = "experiment"))]
        let is_noted = false;
        if !is_noted {
            // Not `eprintln!`, which panics if nothing can be written.
            let _ = writeln!(
                io::stderr(),
                "asim: process `{name}` panicked at time {}",
                self.now.get()
            );
        }
        // Copies of the shared waker that the process has kept must not lead to another process.
        let waker = self.bind_shared_waker(key);
        drop(waker);
        // An interrupt in delivery stays with the process, like those behind it.
        if self.delivering.replace(false) {
            self.log.delivery.set(Key::NONE);
        }
        let (awaiter, left) = {
            let mut tables = self.tables.borrow_mut();
            if self.tracing.get() {
                self.log_stop(&mut tables, key, &Stop::Panicked);
            }
            tables.free_idle_scope(key);
            tables.processes.note_stop(key, Stop::Panicked);
            match tables.processes.finish(key) {
                // Nobody will receive its interrupts. They are dropped when it is joined.
                Finished::Joinable(awaiter) => (awaiter, None),
                Finished::Unjoinable => (Awaiter::NOBODY, tables.processes.remove(key)),
                Finished::Gone => (Awaiter::NOBODY, None),
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
