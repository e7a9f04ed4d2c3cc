//! The request for a slot.

use std::{cell::RefMut, panic::Location, rc::Rc};

use crate::engine::blocked::{CallSite, WaitName};
use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key};
use crate::shared::resource::{slot::Slot, slots::Slots};
use crate::wait::event::Event;
use crate::wait::request::{Ask, Request, RequestState};

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
    /// Makes a request. If `preempts` is set and no slot is free, it takes a slot away from a less
    /// urgent holder.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(self: &Rc<Self>, priority: i32, preempts: bool) -> Acquire {
        self.request(priority, preempts, Key::NONE, Location::caller())
    }

    /// Makes a request for work. The event is triggered if the slot is taken away.
    pub(crate) fn acquire_for_work(
        self: &Rc<Self>,
        priority: i32,
        preempts: bool,
        lost: Event<()>,
        location: CallSite,
    ) -> Acquire {
        let work = self.announce_work(lost);
        self.request(priority, preempts, work, location)
    }

    /// Takes the slot that a request would be granted at the call, if there is one.
    #[inline]
    pub(crate) fn try_acquire(self: &Rc<Self>, priority: i32, preempts: bool) -> Option<Slot> {
        let holder = match self.take_free(priority, Key::NONE) {
            None if preempts => self.take_by_eviction(priority, Key::NONE),
            free => free,
        }?;
        Some(Slot::new(self, holder))
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built where it is kept")]
    fn request(
        self: &Rc<Self>,
        priority: i32,
        preempts: bool,
        work: Key,
        location: CallSite,
    ) -> Acquire {
        let state = match self.take_free(priority, work) {
            Some(holder) => RequestState::Held(holder),
            None => self.evict_or_wait(priority, preempts, work),
        };
        Request::new(SlotAsk { slots: Rc::clone(self) }, state, location)
    }

    fn evict_or_wait(
        self: &Rc<Self>,
        priority: i32,
        preempts: bool,
        work: Key,
    ) -> RequestState<Key> {
        if preempts && let Some(holder) = self.take_by_eviction(priority, work) {
            return RequestState::Held(holder);
        }
        if self.kernel().closed.get() {
            return RequestState::GONE;
        }
        RequestState::Waiting(self.join(priority, work))
    }
}

impl Ask for SlotAsk {
    type Output = Slot;
    /// The key of the holder.
    type Held = Key;

    const GIVES_BACK: bool = true;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.slots) as Rc<dyn Provider>
    }

    #[inline]
    fn kernel(&self) -> &Rc<Kernel> {
        self.slots.kernel()
    }

    #[inline]
    fn name(&self) -> &'static WaitName {
        self.slots.name()
    }

    fn is_granted(&self, request: Key) -> bool {
        self.slots.is_granted(request)
    }

    #[inline]
    fn take_granted(&self, request: Key) -> Option<Key> {
        self.slots.take_granted(request)
    }

    #[inline]
    fn hand_over(&self, holder: Key) -> Slot {
        Slot::new(&self.slots, holder)
    }

    fn give_back(&self, holder: Key) {
        self.slots.release(holder);
    }

    fn keep(&self, holder: Key) -> Result<Key, Key> {
        Ok(self.slots.keep(holder))
    }

    fn cancel(&self, request: Key) {
        self.slots.kernel().cancel_request(&self.slots, request);
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.slots.awaiter(request)
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
