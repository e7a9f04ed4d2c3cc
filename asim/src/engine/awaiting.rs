//! Waiting: what is polled registers itself as the awaiter of a request.

use std::{cell::RefMut, task::Context};

use crate::engine::awaiter::{Awaiter, AwaiterKind};
use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{deferred::Discard, kernel::Kernel, slab::Key};

impl Kernel {
    /// Makes what is polled with `context` the awaiter of a request. Notes for `blocked` which kind of
    /// request it is (`what`) and which line made it (`at`). `awaiter` finds the request's awaiter while
    /// the request waits.
    #[inline]
    pub(crate) fn await_request<'s>(
        &self,
        context: &Context<'_>,
        what: WaitName,
        at: CallSite,
        awaiter: impl Fn() -> Option<RefMut<'s, Awaiter>>,
    ) {
        self.note_waiting(what, at);
        {
            let Some(mut told) = awaiter() else {
                self.check_owner(what, at);
                return;
            };
            if let Some(active) = self.active_awaiter(context, *told) {
                *told = active;
                return;
            }
        }
        self.await_foreign(context, &awaiter);
    }

    /// Does the rest of [`await_request`](Self::await_request) if `context` is not plainly that of the
    /// active process. Inside a foreign combinator with wakers of its own, the awaiter is that waker.
    ///
    /// Cloning and dropping a waker runs user code, which may trigger the request. So the waker is
    /// cloned first, and then the request is looked at again. The previous waker is dropped last, when
    /// the new one is noted.
    #[cold]
    #[inline(never)]
    pub(crate) fn await_foreign<'s>(
        &self,
        context: &Context<'_>,
        awaiter: &dyn Fn() -> Option<RefMut<'s, Awaiter>>,
    ) {
        self.check_owner_of_waiting();
        let active = self.active.get();
        let is_own = active != Key::NONE
            && (self.is_shared_waker(context.waker())
                || self.tables.borrow_mut().processes.is_own_waker(active, context.waker()));
        if is_own {
            let old =
                awaiter().map(|mut told| std::mem::replace(&mut *told, Awaiter::process(active)));
            self.forget(old.unwrap_or_default());
            self.settle();
            return;
        }
        let known = |told: Awaiter| match told.kind() {
            AwaiterKind::Waker(key) => Some(key),
            _ => None,
        };
        let before = awaiter().and_then(|told| known(*told));
        if let Some(key) = before
            && let Some(Some(waker)) = self.tables.borrow().wakers.get(key)
            && waker.will_wake(context.waker())
        {
            return;
        }
        let waker = context.waker().clone();
        // Copied out, because the awaiter may be inside the tables.
        let Some(told) = awaiter().map(|told| *told) else {
            // The request has been triggered meanwhile.
            waker.wake();
            return;
        };
        let (old, new) = {
            let tables = &mut *self.tables.borrow_mut();
            if let Some(place) = known(told).and_then(|key| tables.wakers.get_mut(key)) {
                (place.replace(waker), None)
            } else {
                let key = tables.wakers.insert(Some(waker));
                // Who waits through it, for reports.
                tables.wakers.note(key.index(), active.index());
                (None, Some(Awaiter::waker(key)))
            }
        };
        if let Some(new) = new
            && let Some(mut told) = awaiter()
        {
            *told = new;
        }
        if let Some(old) = old {
            self.discard(Discard::DropWaker(old));
            self.settle();
        }
    }

    /// Returns the active process if `context` is plainly its own. This is the usual case and needs no
    /// tables.
    #[inline]
    pub(crate) fn active_awaiter(
        &self,
        context: &Context<'_>,
        previous: Awaiter,
    ) -> Option<Awaiter> {
        let is_ours = self.is_shared_waker(context.waker());
        (is_ours && !previous.is_waker()).then(|| Awaiter::process(self.active.get()))
    }

    /// Frees what an awaiter has stored that will never be notified.
    #[inline]
    pub(crate) fn forget(&self, awaiter: Awaiter) {
        if awaiter.is_waker() {
            self.forget_waker(awaiter);
        }
    }

    #[cold]
    fn forget_waker(&self, awaiter: Awaiter) {
        let AwaiterKind::Waker(key) = awaiter.kind() else { return };
        let waker = self.tables.borrow_mut().wakers.remove(key).flatten();
        let Some(waker) = waker else { return };
        if self.closed.get() {
            // Nobody settles any more.
            drop(waker);
        } else {
            // A cancellation may be under way, so the waker is dropped as a deferred step, at the latest
            // when this turn ends.
            self.discard(Discard::DropWaker(waker));
            self.stops.set(true);
        }
    }

    /// Changes the name of what a waiting process waits for.
    pub(crate) fn rename_waiting(&self, awaiter: Awaiter, what: WaitName) {
        if let AwaiterKind::Process(key) = awaiter.kind() {
            self.tables.borrow_mut().processes.rename_waiting(key, what);
        }
    }

    /// Returns what the active process has last started to wait for, if that is a native, and the line
    /// that made the request.
    pub(crate) fn awaited(&self) -> Option<(WaitName, CallSite)> {
        let what = self.waiting_for.get();
        if what == WaitName::Foreign { None } else { Some((what, self.waiting_at.get()?)) }
    }

    /// Notes what the active process starts to wait for, for `blocked`.
    #[inline]
    pub(crate) fn note_waiting(&self, what: WaitName, at: CallSite) {
        self.waiting_for.set(what);
        self.waiting_at.set(Some(at));
    }
}
