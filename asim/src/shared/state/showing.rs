//! How a new value is shown to all waiting requests, one after another.

use std::{cell::RefMut, mem, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::{awaiter::Awaiter, slab::Key};
use crate::shared::state::core::{Core, EntryState, Next, Showing};
use crate::trace::record::Side;

impl<T: 'static> Core<T> {
    /// Changes the value, and shows the new one to all waiting requests.
    #[track_caller]
    pub(crate) fn set(self: &Rc<Self>, value: T) {
        // What measures the value is user code, so it runs before anything changes.
        let level = self.watchers.probe().and_then(|_| self.measured(&value));
        let value = Rc::new(value);
        let old = {
            let inner = &mut *self.inner.borrow_mut();
            if !inner.line.is_empty() && !self.kernel.closed.get() {
                let value = Rc::clone(&value);
                inner.to_show.push_back(Showing { value, before: inner.arrivals, begun: false });
            }
            mem::replace(&mut inner.value, value)
        };
        if let Some(probe) = self.watchers.probe() {
            probe.changed(&self.kernel);
            if let Some(level) = level {
                probe.level(&self.kernel, level);
            }
        }
        self.watchers.changed(&self.kernel);
        drop(old);
        self.show();
    }

    /// Shows the values that have been set, unless a predicate is being asked, and settles.
    pub(crate) fn show(self: &Rc<Self>) {
        if !self.asking.get() && !self.inner.borrow().to_show.is_empty() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
        self.check();
    }

    /// Asks one request after another until one accepts its value. Returns `false` if none does.
    fn show_to_one(&self) -> bool {
        loop {
            let next = self.inner.borrow_mut().next_to_ask();
            let (request, value) = match next {
                None => return false,
                Some(Next::Shown(value)) => {
                    drop(value);
                    continue;
                }
                Some(Next::Ask(request, value)) => (request, value),
            };
            if !self.ask(request, &value) {
                continue;
            }
            let (predicate, awaiter) = {
                let inner = &mut *self.inner.borrow_mut();
                inner.leave(request);
                if let Some(probe) = self.watchers.probe() {
                    probe.granted(&self.kernel, Side::Take, request);
                }
                let Some(entry) = inner.list.get_mut(request) else { continue };
                let predicate = mem::replace(&mut entry.state, EntryState::Triggered(value));
                let awaiter = inner.list.awaiter(request).map(mem::take);
                (predicate, awaiter.unwrap_or_default())
            };
            self.watchers.changed(&self.kernel);
            self.kernel.notify(awaiter);
            drop(predicate);
            return true;
        }
    }
}

impl<T: 'static> Provider for Core<T> {
    fn unlink(&self, request: Key) -> Unlinked {
        let (awaiter, after) = {
            let inner = &mut *self.inner.borrow_mut();
            let awaiter = inner.list.awaiter(request).map_or(Awaiter::NOBODY, mem::take);
            inner.leave(request);
            let after = match inner.list.get(request).map(|entry| &entry.state) {
                None => Unlinked::Gone,
                // Its predicate is lent out. It is dropped when it comes back.
                Some(EntryState::Asked) => {
                    inner.list.remove(request);
                    Unlinked::Gone
                }
                Some(EntryState::Waiting(_) | EntryState::Triggered(_)) => Unlinked::Held,
            };
            (awaiter, after)
        };
        if let Some(probe) = self.watchers.probe() {
            probe.left(&self.kernel, Side::Take, request);
        }
        self.watchers.changed(&self.kernel);
        self.kernel.forget(awaiter);
        after
    }

    fn restore(&self, _request: Key) {}

    fn discard(&self, request: Key) {
        self.remove(request);
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let inner = self.inner.borrow_mut();
        RefMut::filter_map(inner, |inner| inner.list.waiting_awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        if self.asking.get() {
            return false;
        }
        let showing = Interrupted(self);
        let served = self.show_to_one();
        mem::forget(showing);
        served
    }
}

/// A guard that is dropped only if a predicate panics while a value is shown. The next call that
/// settles then asks the requests behind it.
struct Interrupted<'c, T: 'static>(&'c Core<T>);

impl<T: 'static> Drop for Interrupted<'_, T> {
    fn drop(&mut self) {
        if let Some(core) = self.0.this.upgrade() {
            self.0.kernel.serve_later(core);
        }
    }
}
