//! Step 1: a request is triggered, and its awaiter is notified.

use crate::engine::awaiter::{Awaiter, AwaiterKind};
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::wake_queue::{OwnWaker, SharedWaker};
use crate::engine::{deferred::Discard, slab::Key};
use std::task::Waker;

impl Kernel {
    /// Notifies the awaiter of a request that was triggered. The caller holds no borrow, and settles
    /// before its own call returns.
    #[inline]
    pub(crate) fn notify(&self, awaiter: Awaiter) {
        if let Some(key) = awaiter.as_process() {
            self.make_ready(key);
        } else if awaiter != Awaiter::NOBODY {
            self.notify_indirect(awaiter);
        }
    }

    /// Does the same for an awaiter that is no process.
    #[inline(never)]
    fn notify_indirect(&self, awaiter: Awaiter) {
        if let AwaiterKind::Branch { composite, branch } = awaiter.kind()
            && !self.wake_queue.has_woken()
        {
            let tables = &mut *self.tables.borrow_mut();
            match tables.count_branch(composite, branch) {
                Counted::Undecided => return,
                Counted::Decided(owner) => return tables.processes.make_ready(owner),
                Counted::Not => {}
            }
        }
        self.notify_all(awaiter);
    }

    /// Does the same as [`notify`](Self::notify) if nothing else can follow from it: a process waits, and no
    /// waker has woken another one before it. Otherwise does nothing, and returns `false`: the caller then
    /// notifies and settles. The caller has seen that nothing is [under way](Self::under_way).
    ///
    /// It calls nothing, so that a hand-over is one short piece of code.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn notify_plainly(&self, awaiter: Awaiter) -> bool {
        let Some(key) = awaiter.as_process() else { return false };
        if self.wake_queue.has_woken() {
            return false;
        }
        self.tables.borrow_mut().processes.make_ready_plainly(key)
    }

    /// Notifies an awaiter of any kind. A decided composite notifies its own awaiter in turn. This is a
    /// loop, because such chains may be long.
    #[inline(never)]
    pub(crate) fn notify_all(&self, mut awaiter: Awaiter) {
        // Whether a decided race has left plain futures that its owner must drop.
        let mut sweep = false;
        loop {
            match awaiter.kind() {
                AwaiterKind::Nobody => return,
                AwaiterKind::Process(key) => return self.make_ready(key),
                AwaiterKind::Waker(key) => {
                    let mut tables = self.tables.borrow_mut();
                    if let Some(waker) = tables.wakers.remove(key).flatten() {
                        tables.deferred.discards.push_back(Discard::Wake(waker));
                        self.under_way.defer();
                    }
                    return;
                }
                AwaiterKind::Branch { composite, branch } => {
                    let mut tables = self.tables.borrow_mut();
                    let node = tables.composites.at(composite);
                    if !node.trigger(branch) {
                        drop(tables);
                        if sweep {
                            self.wake_owner(composite);
                        }
                        return;
                    }
                    awaiter = std::mem::take(&mut node.awaiter);
                    if node.is_race() {
                        sweep |= node.has_plain;
                        self.unlink_losers(tables, composite, branch);
                    }
                }
            }
        }
    }

    /// Resumes the process that awaits an undecided composite, through all levels, so that it drops the
    /// plain futures that lost inside it at this instant.
    fn wake_owner(&self, mut composite: u32) {
        loop {
            let mut tables = self.tables.borrow_mut();
            match tables.composites.at(composite).awaiter.kind() {
                AwaiterKind::Branch { composite: outer, .. } => composite = outer,
                AwaiterKind::Process(key) => {
                    drop(tables);
                    return self.make_ready(key);
                }
                AwaiterKind::Waker(key) => {
                    // The woken combinator polls the composite, which then registers its awaiter again.
                    let waker = tables.wakers.get_mut(key).and_then(Option::take);
                    tables.deferred.discards.extend(waker.map(Discard::Wake));
                    self.under_way.defer();
                    return;
                }
                AwaiterKind::Nobody => return,
            }
        }
    }

    /// Puts a process at the end of the ready line, unless it has a place there already.
    #[inline]
    pub(crate) fn make_ready(&self, key: Key) {
        if self.wake_queue.has_woken() {
            self.take_woken();
        }
        self.tables.borrow_mut().processes.make_ready(key);
    }

    /// Gives the processes that wakers have woken their places in the ready line.
    #[cold]
    pub(crate) fn take_woken(&self) {
        let woken = self.wake_queue.drain();
        let mut tables = self.tables.borrow_mut();
        for (key, wake) in woken {
            tables.processes.make_ready(key);
            tables.processes.keep_waker(key, wake);
        }
    }

    /// Returns `true` if it is the waker that all processes share.
    #[inline]
    pub(crate) fn is_shared_waker(&self, waker: &Waker) -> bool {
        self.is_loop_waker(waker) || self.is_copy_of_shared_waker(waker)
    }

    /// Returns `true` if it is the very waker with which the run loop polls, and no copy. This is the
    /// usual case.
    #[inline]
    pub(crate) fn is_loop_waker(&self, waker: &Waker) -> bool {
        std::ptr::eq(self.polled_with.get(), waker)
    }

    #[cold]
    #[inline(never)]
    fn is_copy_of_shared_waker(&self, waker: &Waker) -> bool {
        self.shared_identity.get().is(waker)
    }

    /// Notes the shared waker with which the run loop polls, until the result is dropped.
    pub(crate) fn poll_with<'w>(&'w self, waker: &'w Waker) -> PolledWith<'w> {
        self.polled_with.set(waker);
        PolledWith(self)
    }

    /// Gives the shared waker to a process that has kept a copy of it or woken it. The other processes
    /// share a new one.
    #[cold]
    pub(crate) fn bind_shared_waker(&self, key: Key) -> OwnWaker {
        let fresh = SharedWaker::new(&self.wake_queue);
        self.shared_identity.set(fresh.identity());
        self.shared_waker.replace(fresh).bind(key)
    }
}

/// While it lives, the run loop polls with one and the same waker.
pub(crate) struct PolledWith<'w>(&'w Kernel);

impl Drop for PolledWith<'_> {
    fn drop(&mut self) {
        self.0.polled_with.set(std::ptr::null());
    }
}

/// What follows when a branch of a composite has been triggered.
pub(crate) enum Counted {
    /// The composite is not decided yet.
    Undecided,
    /// The composite is decided. This process has awaited it and must be resumed.
    Decided(Key),
    /// The branch has not been counted: more than the tables is needed for that.
    Not,
}

impl Tables {
    /// Counts a branch of a composite as triggered, if nothing but the tables is needed for what follows. If
    /// a race is decided, its losers are cancelled.
    pub(crate) fn count_branch(&mut self, composite: u32, branch: u32) -> Counted {
        let node = self.composites.at(composite);
        if node.trigger_early() {
            return Counted::Undecided;
        }
        let Some(owner) = node.decide_simply(branch) else { return Counted::Not };
        if node.is_race() {
            self.unlink_losers_simply(composite, branch);
        }
        Counted::Decided(owner)
    }
}
