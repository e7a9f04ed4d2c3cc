//! Releasing: a slot goes back, and on to the next in line.

use std::rc::Rc;

use crate::engine::awaiter::Awaiter;
use crate::shared::resource::{holding::Holding, slots::Slots};

impl Slots {
    /// Takes a slot back and serves the next in line. Does nothing if the holder was evicted.
    ///
    /// If nothing else is under way, no condition watches, and holders have no names, this takes one look at
    /// the state and one at the process that is resumed. It does there what
    /// [`release_with_care`](Self::release_with_care) would do, and no more.
    #[inline(never)]
    pub(crate) fn release(self: &Rc<Self>, holding: Holding) {
        if self.watchers.watch() || !self.kernel.under_way.is_nothing() {
            return self.release_with_care(holding);
        }
        let mut borrow = self.state.borrow_mut();
        let state = &mut *borrow;
        if state.holders.is_some() {
            drop(borrow);
            return self.release_with_care(holding);
        }
        if state.line.is_empty() {
            state.taken -= holding.units() as usize;
            return;
        }
        let Some(awaiter) = state.pass_on(holding) else {
            drop(borrow);
            return self.release_with_care(holding);
        };
        let is_last = state.line.is_empty() || !state.has(1);
        drop(borrow);
        if !is_last || !self.kernel.notify_plainly(awaiter) {
            self.notify_and_serve(awaiter);
        }
    }

    /// Does what follows when released units were passed on to the request with this awaiter.
    #[cold]
    #[inline(never)]
    fn notify_and_serve(self: &Rc<Self>, awaiter: Awaiter) {
        self.kernel.notify(awaiter);
        self.kernel.serve_on(self);
    }

    /// Does the same as [`release`](Self::release), whatever is under way.
    #[inline(never)]
    fn release_with_care(self: &Rc<Self>, holding: Holding) {
        let serve = {
            let state = &mut *self.state.borrow_mut();
            state.free(holding) && !state.line.is_empty()
        };
        if serve && !self.kernel.closed.get() {
            self.watchers.changed(&self.kernel);
            self.kernel.serve(self);
        } else {
            self.watchers.changed_now(&self.kernel);
        }
    }

    /// Takes some of the units back, and serves the line. Returns what is held after that.
    ///
    /// # Panics
    ///
    /// If fewer units are held. Nothing is taken back from a holder that was evicted.
    #[track_caller]
    pub(crate) fn release_some(self: &Rc<Self>, holding: Holding, units: usize) -> Holding {
        if !self.is_held(holding) {
            return holding;
        }
        let held = self.units(holding);
        assert!(units <= held, "a slot of {held} units cannot give back {units}");
        let left = {
            let state = &mut *self.state.borrow_mut();
            state.taken -= units;
            // No more than are held, so they fit.
            let units = u32::try_from(units).unwrap_or(u32::MAX);
            match &mut state.holders {
                None => Holding::nameless(holding.units() - units),
                Some(holders) => {
                    holders.take_some(holding.holder(), units);
                    holding
                }
            }
        };
        self.watchers.changed(&self.kernel);
        self.kernel.serve(self);
        self.kernel.settle();
        left
    }
}
