//! Releasing: a slot goes back, and on to the next in line.

use std::rc::Rc;

use crate::engine::{awaiter::Awaiter, probe::Probe};
use crate::shared::resource::holding::Holding;
use crate::shared::resource::slots::{Slots, as_level};

impl Slots {
    /// Takes a slot back and serves the next in line. Does nothing if the holder was evicted.
    ///
    /// If nothing else is under way, no condition watches, and holders have no names, this takes one look at
    /// the state and one at the process that is resumed. It does there what
    /// [`release_with_care`](Self::release_with_care) would do, and no more.
    #[inline(never)]
    pub(crate) fn release(self: &Rc<Self>, holding: Holding) {
        if self.watchers.watch() || !self.kernel.under_way.is_nothing() {
            return self.release_measured(holding);
        }
        let mut borrow = self.state.borrow_mut();
        let state = &mut *borrow;
        if state.holders.is_some() {
            drop(borrow);
            return self.release_with_care(holding);
        }
        if state.line.is_empty() {
            state.free(holding);
            return;
        }
        let Some((awaiter, _)) = state.pass_on(holding, self.kernel.now.get()) else {
            drop(borrow);
            return self.release_with_care(holding);
        };
        let is_last = state.line.is_empty() || !state.has(1);
        drop(borrow);
        if !is_last || !self.kernel.notify_plainly(awaiter) {
            self.notify_and_serve(awaiter);
        }
    }

    /// Does the same if the resource has a name.
    #[inline(never)]
    fn release_measured(self: &Rc<Self>, holding: Holding) {
        let passed_on = match self.watchers.only_probe() {
            Some(probe) if self.kernel.under_way.is_nothing() => self.pass_on(probe, holding),
            _ => None,
        };
        let Some((awaiter, is_last)) = passed_on else { return self.release_with_care(holding) };
        if !is_last || !self.kernel.notify_plainly(awaiter) {
            self.notify_and_serve(awaiter);
        }
    }

    /// Passes units on to the next in line, if that is simple. Returns its awaiter, and whether nobody
    /// else can be served.
    #[inline]
    fn pass_on(&self, probe: &Probe, holding: Holding) -> Option<(Awaiter, bool)> {
        let state = &mut *self.state.borrow_mut();
        if state.holders.is_some() {
            return None;
        }
        let before = state.taken;
        let request = state.list.first(*state.line)?;
        let (awaiter, freed) = state.pass_on(holding, self.kernel.now.get())?;
        if state.taken != before {
            self.note_another_level(probe, state.taken);
        }
        probe.passed_on(&self.kernel, (freed.process, freed.since), request);
        Some((awaiter, state.line.is_empty() || !state.has(1)))
    }

    /// Notes that the next in line has needed another number of units.
    #[cold]
    #[inline(never)]
    fn note_another_level(&self, probe: &Probe, taken: usize) {
        probe.level(&self.kernel, as_level(taken));
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
        let (freed, serve) = {
            let state = &mut *self.state.borrow_mut();
            let freed = state.free(holding);
            (freed, freed.is_some() && !state.line.is_empty())
        };
        self.note_freed(freed);
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
    pub(crate) fn release_some(self: &Rc<Self>, holding: Holding, units: usize) {
        if !self.is_held(holding) {
            return;
        }
        let held = self.units(holding);
        assert!(units <= held, "a slot of {held} units cannot give back {units}");
        // No more than are held, so they fit.
        self.state.borrow_mut().free_some(holding, u32::try_from(units).unwrap_or(u32::MAX));
        self.note_level();
        self.watchers.changed(&self.kernel);
        self.kernel.serve(self);
        self.kernel.settle();
    }
}
