//! The request for a slot.

use std::{cell::RefMut, panic::Location, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key};
use crate::shared::resource::{holding::Holding, slot::Slot, slots::Slots};
use crate::trace::record::Side;
use crate::wait::priority::HasPriority;
use crate::wait::request::{Ask, Looked, Request, RequestState};

/// A request for a slot, made by `acquire` or `acquire_with_priority`. Awaiting it gives the
/// [`Slot`].
///
/// The request stands in line from the call on. If it is dropped or loses a race, it leaves the
/// line, or gives back the slot that it was granted.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, clerk) = (sim.env(), Resource::new(&sim, 1));
/// sim.spawn(async move {
///     let first = clerk.acquire(); // granted here
///     let second = clerk.acquire(); // and this one waits
///     assert_eq!(clerk.count(), 1);
///     drop(first); // hands the slot on
///     let slot = second.await;
///     assert_eq!(env.now(), 0.0);
///     slot.release();
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
pub type Acquire = Request<SlotAsk>;

/// The resource that an [`Acquire`] asks for a slot.
#[derive(Debug)]
pub struct SlotAsk {
    slots: Rc<Slots>,
}

impl Slots {
    /// Makes a request for one unit. If `preempts` is set and no unit is free, it takes one away from a less
    /// urgent holder.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(self: &Rc<Self>, priority: i32, preempts: bool) -> Acquire {
        self.request(priority, 1, preempts, Location::caller())
    }

    /// Makes a request for this number of units.
    #[track_caller]
    pub(crate) fn acquire_many(
        self: &Rc<Self>,
        units: usize,
        priority: i32,
        preempts: bool,
    ) -> Acquire {
        self.request(priority, units_of_request(units), preempts, Location::caller())
    }

    /// Takes the units that a request would be granted at the call, if there are enough.
    #[inline]
    pub(crate) fn try_acquire(
        self: &Rc<Self>,
        units: u32,
        priority: i32,
        preempts: bool,
    ) -> Option<Slot> {
        let wish = self.wish(priority, units);
        let holding = match self.take_free(wish) {
            Some(holding) => {
                self.note_at_once();
                Some(holding)
            }
            None if preempts => self.take_by_eviction(wish),
            None => None,
        };
        let Some(holding) = holding else {
            if let Some(probe) = self.watchers.probe() {
                probe.refused(&self.kernel, Side::Take);
            }
            return None;
        };
        let slot = Slot::new(self, holding);
        self.watchers.changed_now(self.kernel());
        Some(slot)
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    fn request(
        self: &Rc<Self>,
        priority: i32,
        units: u32,
        preempts: bool,
        location: CallSite,
    ) -> Acquire {
        let state = if self.watchers.watch() {
            self.request_watched(priority, units, preempts, location).in_parts()
        } else if let Some(holding) = self.take_free(self.wish(priority, units)) {
            RequestState::Held(holding)
        } else {
            self.evict_or_wait(priority, units, preempts).in_parts()
        };
        Request::new(SlotAsk { slots: Rc::clone(self) }, state, location)
    }

    /// Makes a request while a condition watches. Returns its state.
    #[inline(never)]
    fn request_watched(
        self: &Rc<Self>,
        priority: i32,
        units: u32,
        preempts: bool,
        location: CallSite,
    ) -> RequestState<Holding> {
        let state = match self.take_free(self.wish(priority, units)) {
            Some(holding) => {
                self.note_at_once();
                RequestState::Held(holding)
            }
            None => self.evict_or_wait(priority, units, preempts),
        };
        if let RequestState::Waiting(request) = state {
            self.note_waits(request);
        }
        if !self.watchers.has_conditions() {
            return state;
        }
        // It is owned before a condition runs, which may panic.
        let mut owned = Request::new(SlotAsk { slots: Rc::clone(self) }, state, location);
        self.watchers.changed_now(self.kernel());
        owned.take_state()
    }

    #[inline(never)]
    fn evict_or_wait(
        self: &Rc<Self>,
        priority: i32,
        units: u32,
        preempts: bool,
    ) -> RequestState<Holding> {
        let wish = self.wish(priority, units);
        if preempts && let Some(holding) = self.take_by_eviction(wish) {
            return RequestState::Held(holding);
        }
        if self.kernel().closed.get() {
            return RequestState::GONE;
        }
        RequestState::Waiting(self.join(wish, preempts))
    }
}

/// Returns the number of units of one request.
#[track_caller]
pub(crate) fn units_of_request(units: usize) -> u32 {
    assert!(units > 0, "a request is for 1 unit or more, not {units}");
    u32::try_from(units)
        .unwrap_or_else(|_| panic!("a request is for {} units at most, not {units}", u32::MAX))
}

impl Ask for SlotAsk {
    type Output = Slot;
    type Held = Holding;

    const GIVES_BACK: bool = true;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.slots) as Rc<dyn Provider>
    }

    #[inline]
    fn kernel(&self) -> &Rc<Kernel> {
        self.slots.kernel()
    }

    #[inline]
    fn name(&self) -> WaitName {
        self.slots.name()
    }

    fn is_granted(&self, request: Key) -> bool {
        self.slots.is_granted(request)
    }

    #[inline]
    fn take_granted(&self, request: Key) -> Option<Holding> {
        self.slots.take_granted(request)
    }

    #[inline]
    fn take_or_await(&self, request: Key, process: Awaiter) -> Looked<Holding> {
        self.slots.take_or_await(request, process)
    }

    #[inline]
    fn hand_over(&self, holding: Holding) -> Slot {
        Slot::new(&self.slots, holding)
    }

    fn give_back(&self, holding: Holding) {
        self.slots.release(holding);
    }

    fn keep(&self, holding: Holding) -> Result<Key, Holding> {
        Ok(self.slots.keep(holding))
    }

    fn cancel(&self, request: Key) {
        self.slots.kernel().cancel_request(&self.slots, request);
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.slots.awaiter(request)
    }
}

impl HasPriority for SlotAsk {
    fn set_priority(&self, request: Key, priority: i32) {
        self.slots.set_priority(request, priority);
    }

    fn set_priority_of_held(&self, holding: &Holding, priority: i32) {
        self.slots.set_priority_of_held(*holding, priority);
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::Acquire;
    use crate::wait::awaited::Wait;

    #[test]
    fn an_acquire_is_four_words() {
        // It lies in the future of the process that awaits it.
        assert_eq!(size_of::<Acquire>(), 32);
        assert_eq!(size_of::<Wait<Acquire>>(), 32);
    }
}
