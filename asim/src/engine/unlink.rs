//! Step 2: a request that has lost or was cancelled leaves its line, and what must follow is deferred.

use std::{mem, rc::Rc};

use crate::engine::provider::{CancelHandle, Provider, Unlinked};
use crate::engine::{awaiter::Awaiter, deferred::Discard, kernel::Kernel, slab::Key};

impl Kernel {
    /// Takes the request of a cancel handle out of its line. If it was promised something, that is
    /// restored as a deferred step.
    pub(crate) fn unlink(&self, link: CancelHandle) {
        match link {
            CancelHandle::Nothing => {}
            CancelHandle::Timer(key) => {
                let awaiter = {
                    let tables = &mut *self.tables.borrow_mut();
                    tables.timers.cancel(&mut tables.processes, key)
                };
                self.forget(awaiter);
            }
            CancelHandle::BorrowedTimer(key) => {
                let awaiter = {
                    let tables = &mut *self.tables.borrow_mut();
                    tables.timers.unwatch(&mut tables.processes, key)
                };
                self.forget(awaiter);
            }
            CancelHandle::Join(key) => {
                let awaiter = self.tables.borrow_mut().processes.watch(key, Awaiter::NOBODY);
                self.forget(awaiter);
            }
            CancelHandle::Composite(key) => self.unlink_branches(key.index(), None),
            CancelHandle::Request { provider, key, borrowed: false } => {
                let after = provider.unlink(key);
                self.follow_up(provider, key, after);
            }
            CancelHandle::Request { provider, key, .. } => self.unwatch(&*provider, key),
        }
    }

    /// Leaves a request in its line, but notifies nobody when it is granted.
    pub(crate) fn unwatch(&self, provider: &dyn Provider, request: Key) {
        let awaiter = provider.awaiter(request).map(|mut awaiter| mem::take(&mut *awaiter));
        self.forget(awaiter.unwrap_or_default());
    }

    /// Cancels a request that its owner has dropped.
    pub(crate) fn cancel_request<S: Provider + 'static>(&self, provider: &Rc<S>, request: Key) {
        let after = provider.unlink(request);
        if after != Unlinked::Gone {
            self.follow_up(Rc::clone(provider) as Rc<dyn Provider>, request, after);
        }
        self.settle();
    }

    /// Defers what must follow an [`unlink`](Provider::unlink).
    #[inline]
    pub(crate) fn follow_up(&self, provider: Rc<dyn Provider>, key: Key, after: Unlinked) {
        let mut tables = self.tables.borrow_mut();
        match after {
            Unlinked::Gone => return,
            Unlinked::Promised => tables.deferred.restores.push_back((provider, key)),
            Unlinked::Held => tables.deferred.discards.push_back(Discard::Held(provider, key)),
        }
        self.has_deferred.set(true);
    }

    /// Unlinks all branches of a composite except the winner, and the branches inside them, in the order
    /// written. Uses a list of the composites under way instead of recursion, because they may be nested
    /// deep.
    pub(crate) fn unlink_branches(&self, composite: u32, winner: Option<u32>) {
        let mut outer = Vec::new();
        let (mut composite, mut winner, mut branch) = (composite, winner, 0);
        loop {
            // A provider borrows itself to unlink, so the tables may be borrowed only to find the
            // request, which is unlinked after that.
            let (provider, key, borrowed) = {
                let tables = &mut *self.tables.borrow_mut();
                let Some(link) = tables.composites.at(composite).branches.get_mut(branch) else {
                    match outer.pop() {
                        Some(under_way) => (composite, winner, branch) = under_way,
                        None => return,
                    }
                    continue;
                };
                let is_winner = winner.is_some_and(|winner| winner as usize == branch);
                branch += 1;
                if is_winner {
                    continue;
                }
                match mem::take(link) {
                    CancelHandle::Nothing => continue,
                    CancelHandle::Composite(key) => {
                        if let Some(inner) = tables.composites.get_mut(key) {
                            inner.close();
                            outer.push((composite, winner, branch));
                            (composite, winner, branch) = (key.index(), None, 0);
                        }
                        continue;
                    }
                    CancelHandle::Timer(key) => {
                        tables.timers.cancel(&mut tables.processes, key);
                        continue;
                    }
                    CancelHandle::BorrowedTimer(key) => {
                        tables.timers.unwatch(&mut tables.processes, key);
                        continue;
                    }
                    CancelHandle::Join(key) => {
                        tables.processes.watch(key, Awaiter::NOBODY);
                        continue;
                    }
                    CancelHandle::Request { provider, key, borrowed } => (provider, key, borrowed),
                }
            };
            if borrowed {
                self.unwatch(&*provider, key);
            } else {
                let after = provider.unlink(key);
                self.follow_up(provider, key, after);
            }
        }
    }

    /// Drops the cancel handles of a composite that was freed. A handle may be the last one to keep a
    /// provider alive, with values of the user in it, so nothing may be borrowed.
    #[inline]
    pub(crate) fn drop_cancel_handles(&self, mut handles: Vec<CancelHandle>) {
        handles.clear();
        self.tables.borrow_mut().composites.keep_vector(handles);
    }
}
