//! Step 1: a request is triggered, and its awaiter is notified.

use crate::engine::awaiter::{Awaiter, AwaiterKind};
use crate::engine::wake_queue::{OwnWaker, SharedWaker};
use crate::engine::{deferred::Discard, kernel::Kernel, slab::Key};
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

    /// Does the same for an awaiter that is no process. A decided composite notifies its own awaiter in
    /// turn. This is a loop, because such chains may be long.
    fn notify_indirect(&self, mut awaiter: Awaiter) {
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
                        self.has_deferred.set(true);
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
                    let is_race = node.is_race();
                    sweep |= is_race && node.has_plain;
                    drop(tables);
                    if is_race {
                        self.unlink_branches(composite, Some(branch));
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
                    self.has_deferred.set(true);
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
        self.shared_identity.get().is(waker)
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
