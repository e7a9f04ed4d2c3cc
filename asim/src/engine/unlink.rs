//! Step 2: a request that has lost or was cancelled leaves its line, and what must follow is deferred.

use std::{cell::RefMut, mem, rc::Rc};

use crate::engine::kernel::{Kernel, Tables};
use crate::engine::provider::{CancelHandle, Provider, Unlinked};
use crate::engine::{awaiter::Awaiter, composite::Held, deferred::Discard, slab::Key};

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
        self.under_way.defer();
    }

    /// Unlinks all branches of a composite except the winner, and the branches inside them, in the order
    /// written.
    pub(crate) fn unlink_branches(&self, composite: u32, winner: Option<u32>) {
        let mut unlinking = Unlinking::new(composite, winner);
        loop {
            let request = self.tables.borrow_mut().unlink_next(&mut unlinking);
            let Some(request) = request else { return };
            self.unlink_request(request);
        }
    }

    /// Unlinks one request that was in the way of [`unlink_next`](Tables::unlink_next).
    pub(crate) fn unlink_request(&self, (provider, key, borrowed): InTheWay) {
        if borrowed {
            self.unwatch(&*provider, key);
        } else {
            let after = provider.unlink(key);
            self.follow_up(provider, key, after);
        }
    }

    /// Does the same for the losers of a race that has just been decided.
    #[inline]
    pub(crate) fn unlink_losers(
        &self,
        mut tables: RefMut<'_, Tables>,
        composite: u32,
        winner: u32,
    ) {
        // Most races have two branches.
        match tables.composites.at(composite).handles.take_other(winner) {
            Some(CancelHandle::Request { provider, key, borrowed }) => {
                drop(tables);
                self.unlink_request((provider, key, borrowed));
            }
            Some(handle) => tables.unlink_in_tables(&handle),
            None => {
                drop(tables);
                self.unlink_branches(composite, Some(winner));
            }
        }
    }

    /// Drops what the cancel handles of a composite held that was freed. A handle may be the last one to
    /// keep a provider alive, with values of the user in it, so nothing may be borrowed.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is held is not moved")]
    pub(crate) fn drop_held(&self, held: Held) {
        if let Some(vector) = held.release() {
            self.keep_vector(vector);
        }
    }

    #[cold]
    #[inline(never)]
    fn keep_vector(&self, mut vector: Vec<CancelHandle>) {
        vector.clear();
        self.tables.borrow_mut().composites.keep_vector(vector);
    }
}

/// How far the unlinking of a composite's branches has come. A list of the composites under way, instead
/// of recursion, because they may be nested deep.
pub(crate) struct Unlinking {
    at: Place,
    outer: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    composite: u32,
    winner: Option<u32>,
    /// The next branch.
    branch: u32,
}

/// A request whose provider must unlink it. A provider borrows itself for that, so the tables must not be
/// borrowed. The last part says whether the request is borrowed.
pub(crate) type InTheWay = (Rc<dyn Provider>, Key, bool);

impl Unlinking {
    #[inline]
    pub(crate) fn new(composite: u32, winner: Option<u32>) -> Self {
        Unlinking { at: Place { composite, winner, branch: 0 }, outer: Vec::new() }
    }
}

impl Tables {
    /// Unlinks the losers of a race whose cancel handles are all [in the
    /// tables](CancelHandle::is_in_tables).
    #[inline]
    pub(crate) fn unlink_losers_simply(&mut self, composite: u32, winner: u32) {
        // Most races have two branches, and many a deadline.
        if let Some(key) = self.composites.at(composite).handles.take_other_timer(winner) {
            self.timers.cancel(&mut self.processes, key);
        } else {
            self.unlink_any_simply(composite, winner);
        }
    }

    #[inline(never)]
    fn unlink_any_simply(&mut self, composite: u32, winner: u32) {
        let in_the_way = self.unlink_next(&mut Unlinking::new(composite, Some(winner)));
        debug_assert!(in_the_way.is_none(), "a simple composite has no requests");
    }

    /// Unlinks the next branches, up to a request whose provider must do it, or up to the end.
    pub(crate) fn unlink_next(&mut self, unlinking: &mut Unlinking) -> Option<InTheWay> {
        let Unlinking { at, outer } = unlinking;
        loop {
            let Some(handle) = self.composites.at(at.composite).handles.get_mut(at.branch) else {
                *at = outer.pop()?;
                continue;
            };
            let is_winner = at.winner == Some(at.branch);
            at.branch += 1;
            if is_winner {
                continue;
            }
            match mem::take(handle) {
                CancelHandle::Composite(key) => {
                    if let Some(inner) = self.composites.get_mut(key) {
                        inner.close();
                        outer.push(*at);
                        *at = Place { composite: key.index(), winner: None, branch: 0 };
                    }
                }
                CancelHandle::Request { provider, key, borrowed } => {
                    return Some((provider, key, borrowed));
                }
                handle => self.unlink_in_tables(&handle),
            }
        }
    }

    /// Unlinks a branch whose cancel handle is [in the tables](CancelHandle::is_in_tables).
    #[inline]
    pub(crate) fn unlink_in_tables(&mut self, handle: &CancelHandle) {
        match *handle {
            CancelHandle::Timer(key) => {
                self.timers.cancel(&mut self.processes, key);
            }
            CancelHandle::BorrowedTimer(key) => {
                self.timers.unwatch(&mut self.processes, key);
            }
            CancelHandle::Join(key) => {
                self.processes.watch(key, Awaiter::NOBODY);
            }
            CancelHandle::Nothing | CancelHandle::Composite(_) | CancelHandle::Request { .. } => {}
        }
    }
}
