//! Slots and the requests for them: what a [`Resource`](super::resource::Resource) and a
//! [`PreemptiveResource`](super::preemptive::PreemptiveResource) have in common.

use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::future::IntoFuture;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::lines::Lines;
use super::owed::serve_later;
use super::preemptive::{self, Hold, Holders};
use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::event::Event;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source, Unlinked};
use crate::kernel::wait_list::WaitList;
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

/// A number of slots, who has them, and who waits for one.
pub(crate) struct Slots {
    kernel: Rc<Kernel>,
    what: &'static What,
    /// Changed while fewer are to serve, it can be smaller than what is taken.
    capacity: Cell<usize>,
    state: RefCell<State>,
}

struct State {
    /// How many slots are held or promised.
    taken: usize,
    list: WaitList<Claim>,
    lines: Lines,
    /// Who has them: known only where they can be taken away again.
    holders: Option<Holders>,
}

/// A request in the list.
#[derive(Clone, Copy)]
struct Claim {
    priority: i32,
    /// The process that asked; [`Key::NONE`] outside of all processes.
    process: Key,
    /// The [work](Holders::announce) that it is for; [`Key::NONE`] if for none.
    work: Key,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Waiting,
    /// It has a slot: this one of the holders, if they are known.
    Granted(Key),
}

impl State {
    /// Notes that a slot was given to somebody.
    fn hold(&mut self, priority: i32, process: Key, work: Key, now: f64) -> Key {
        match &mut self.holders {
            Some(holders) => holders.insert(priority, process, work, now),
            None => Key::NONE,
        }
    }

    /// Is this slot still its holder's?
    fn is_held(&self, hold: Key) -> bool {
        self.holders.as_ref().is_none_or(|holders| holders.contains(hold))
    }

    /// Takes a slot back, unless it was taken away before.
    fn free(&mut self, hold: Key) -> bool {
        let is_held = self.holders.as_mut().is_none_or(|holders| holders.remove(hold));
        if is_held {
            self.taken -= 1;
        }
        is_held
    }
}

impl Slots {
    #[track_caller]
    pub(crate) fn new(
        env: &Environment,
        what: &'static What,
        capacity: usize,
        holders: Option<Holders>,
    ) -> Rc<Slots> {
        assert!(capacity > 0, "the capacity of a resource is at least 1, not {capacity}");
        let state = State { taken: 0, list: WaitList::new(), lines: Lines::default(), holders };
        Rc::new(Slots {
            kernel: Rc::clone(env.kernel()),
            what,
            capacity: Cell::new(capacity),
            state: RefCell::new(state),
        })
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// From now on there are so many slots. If there are more, the line is served; if there are
    /// fewer and it `evicts`, those that are held too many are taken away.
    pub(crate) fn set_capacity(self: &Rc<Self>, capacity: usize, evicts: bool) {
        self.capacity.set(capacity);
        if self.kernel.closed.get() {
            return;
        }
        if evicts {
            let evicted = self.evict_surplus(capacity).into_iter();
            Untold { kernel: &self.kernel, evicted }.tell();
        }
        self.kernel.serve(self);
        self.kernel.settle();
    }

    /// Takes away what is held beyond the capacity, from the least urgent on.
    fn evict_surplus(&self, capacity: usize) -> Vec<Hold> {
        let state = &mut *self.state.borrow_mut();
        let State { taken, holders: Some(holders), .. } = state else { return Vec::new() };
        let surplus = taken.saturating_sub(capacity);
        let active = self.kernel.active.get();
        let evicted: Vec<Hold> = (0..surplus).map_while(|_| holders.evict(None, active)).collect();
        *taken -= evicted.len();
        evicted
    }

    pub(crate) fn count(&self) -> usize {
        self.state.borrow().taken
    }

    pub(crate) fn waiting(&self) -> usize {
        self.state.borrow().lines.len()
    }

    /// A slot, if one is free and nobody is to have it before.
    #[inline]
    fn take_free(&self, priority: i32, work: Key) -> Option<Key> {
        let state = &mut *self.state.borrow_mut();
        // While many requests are dropped as one, a slot can be free and the line not yet served.
        if state.taken >= self.capacity.get() || !state.lines.is_empty() || self.kernel.closed.get()
        {
            return None;
        }
        state.taken += 1;
        Some(state.hold(priority, self.kernel.active.get(), work, self.kernel.now.get()))
    }

    #[inline]
    pub(crate) fn try_acquire(self: &Rc<Self>, priority: i32) -> Option<Slot> {
        let hold = self.take_free(priority, Key::NONE)?;
        Some(Slot { slots: Rc::clone(self), hold })
    }

    /// Makes a request. If it `preempts` and no slot is free, it takes one away from a holder whom
    /// it may evict.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(self: &Rc<Self>, priority: i32, preempts: bool) -> Acquire {
        let stake = match self.take_free(priority, Key::NONE) {
            Some(hold) => Stake::Granted(hold),
            None => self.evict_or_wait(priority, preempts, Key::NONE),
        };
        Acquire { slots: Rc::clone(self), stake, location: Location::caller() }
    }

    /// The same for [work](super::work): the event is triggered if the slot is taken away.
    pub(super) fn acquire_for_work(
        self: &Rc<Self>,
        priority: i32,
        preempts: bool,
        lost: Event<()>,
        location: Place,
    ) -> Acquire {
        let work = match &mut self.state.borrow_mut().holders {
            Some(holders) if !self.kernel.closed.get() => holders.announce(lost),
            _ => Key::NONE,
        };
        let stake = match self.take_free(priority, work) {
            Some(hold) => Stake::Granted(hold),
            None => self.evict_or_wait(priority, preempts, work),
        };
        Acquire { slots: Rc::clone(self), stake, location }
    }

    pub(super) fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    fn evict_or_wait(self: &Rc<Self>, priority: i32, preempts: bool, work: Key) -> Stake {
        if self.kernel.closed.get() {
            return Stake::Listed(Key::NONE);
        }
        let process = self.kernel.active.get();
        if preempts && let Some((evicted, others, hold)) = self.evict(priority, process, work) {
            // To tell those who have lost their slots may panic.
            let granted = Granted { slots: self, hold };
            let mut untold = Untold { kernel: &self.kernel, evicted: others.into_iter() };
            preemptive::tell(&self.kernel, &evicted);
            untold.tell();
            std::mem::forget(granted);
            return Stake::Granted(hold);
        }
        let state = &mut *self.state.borrow_mut();
        let claim = Claim { priority, process, work, stage: Stage::Waiting };
        Stake::Listed(state.lines.join(&mut state.list, priority, claim))
    }

    /// Makes room for this process by taking slots away: one and, where there are fewer slots than
    /// are held, others.
    fn evict(&self, priority: i32, process: Key, work: Key) -> Option<(Hold, Vec<Hold>, Key)> {
        let state = &mut *self.state.borrow_mut();
        let capacity = self.capacity.get();
        // While many requests are dropped as one, a slot can be free and the line not yet served.
        if state.taken < capacity || capacity == 0 {
            return None;
        }
        let surplus = state.taken - capacity;
        let holders = state.holders.as_mut()?;
        if surplus > 0 && !holders.can_evict(surplus + 1, priority, process) {
            return None;
        }
        let evicted = holders.evict(Some(priority), process)?;
        let others = (0..surplus).map_while(|_| holders.evict(Some(priority), process)).collect();
        state.taken = capacity;
        let hold = state.hold(priority, process, work, self.kernel.now.get());
        Some((evicted, others, hold))
    }

    #[inline]
    fn release(self: &Rc<Self>, hold: Key) {
        let serve = {
            let state = &mut *self.state.borrow_mut();
            state.free(hold) && !state.lines.is_empty()
        };
        if serve && !self.kernel.closed.get() {
            self.kernel.serve(self);
        }
    }

    /// Is this slot still its holder's?
    fn is_held(&self, hold: Key) -> bool {
        self.state.borrow().is_held(hold)
    }
}

/// A slot that nobody owns yet. If what is done before that panics, it is free, and the line is served
/// by the next call that settles anything.
struct Granted<'s> {
    slots: &'s Rc<Slots>,
    hold: Key,
}

impl Drop for Granted<'_> {
    fn drop(&mut self) {
        self.slots.state.borrow_mut().free(self.hold);
        let source = Rc::clone(self.slots) as Rc<dyn Source>;
        serve_later(&self.slots.kernel, source);
    }
}

/// Those who have lost their slots and have not been told. If the code of one panics as he is told, so
/// are the others.
struct Untold<'k> {
    kernel: &'k Rc<Kernel>,
    evicted: std::vec::IntoIter<Hold>,
}

impl Untold<'_> {
    fn tell(&mut self) {
        for evicted in self.evicted.by_ref() {
            preemptive::tell(self.kernel, &evicted);
        }
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} taken", self.count(), self.capacity())
    }
}

impl Source for Slots {
    fn unlink(&self, request: Key) -> Unlinked {
        let watcher = {
            let state = &mut *self.state.borrow_mut();
            let Some(&Claim { priority, work, stage, .. }) = state.list.get(request) else {
                return Unlinked::Gone;
            };
            match stage {
                Stage::Waiting => {
                    state.lines.leave(&mut state.list, priority, request);
                    if let Some(holders) = &mut state.holders {
                        holders.withdraw(work);
                    }
                }
                Stage::Granted(hold) if state.is_held(hold) => return Unlinked::Promised,
                // Evicted: there is nothing to give back, and nobody to be served.
                Stage::Granted(_) => {}
            }
            state.list.remove(request).map_or(Watcher::NOBODY, |(_, watcher)| watcher)
        };
        self.kernel.forget(watcher);
        Unlinked::Gone
    }

    fn restore(&self, request: Key) {
        let state = &mut *self.state.borrow_mut();
        if let Some(&Claim { stage: Stage::Granted(hold), .. }) = state.list.get(request) {
            state.list.remove(request);
            state.free(hold);
        }
    }

    fn serve_one(&self) -> bool {
        let watcher = {
            let state = &mut *self.state.borrow_mut();
            if state.taken >= self.capacity.get() {
                return false;
            }
            let Some(key) = state.lines.first(&state.list) else { return false };
            let Some(&Claim { priority, process, work, .. }) = state.list.get(key) else {
                return false;
            };
            state.lines.leave(&mut state.list, priority, key);
            state.taken += 1;
            let hold = state.hold(priority, process, work, self.kernel.now.get());
            if let Some(claim) = state.list.get_mut(key) {
                claim.stage = Stage::Granted(hold);
            }
            state.list.watcher(key).map(std::mem::take).unwrap_or_default()
        };
        self.kernel.notify(watcher);
        true
    }
}

/// A request for a slot: what `acquire` returns. Awaiting it gives the [`Slot`].
///
/// It stands in line from the call on. Dropped, it leaves the line, or gives back the slot that it
/// was granted.
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
#[must_use = "a request that is dropped is cancelled: await it, race it, join it, or use `try_acquire` (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct Acquire {
    slots: Rc<Slots>,
    stake: Stake,
    location: Place,
}

/// What a request has.
#[derive(Debug, Clone, Copy)]
enum Stake {
    /// A slot, granted at the call.
    Granted(Key),
    /// A place in the list; none if the simulation was gone.
    Listed(Key),
    /// Nothing any more: its owner has taken the slot.
    Taken,
}

impl Acquire {
    /// The slot, if it has been granted, which leaves the request without.
    #[inline]
    fn take_slot(&mut self) -> Option<Slot> {
        let hold = match self.stake {
            Stake::Granted(hold) => hold,
            Stake::Listed(key) => {
                let list = &mut self.slots.state.borrow_mut().list;
                let Stage::Granted(hold) = list.get(key)?.stage else { return None };
                list.remove(key);
                hold
            }
            Stake::Taken => return None,
        };
        self.stake = Stake::Taken;
        Some(Slot { slots: Rc::clone(&self.slots), hold })
    }
}

impl Drop for Acquire {
    #[inline]
    fn drop(&mut self) {
        match self.stake {
            Stake::Granted(hold) => self.slots.release(hold),
            Stake::Listed(key) => {
                self.slots.kernel.cancel_request(&self.slots, key);
            }
            Stake::Taken => {}
        }
    }
}

impl fmt::Debug for Acquire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire").field("granted", &self.is_triggered()).finish_non_exhaustive()
    }
}

impl Waitable for Acquire {
    type Output = Slot;
    type Request = Acquire;

    fn into_request(self) -> Acquire {
        self
    }
}

impl IntoFuture for Acquire {
    type Output = Slot;
    type IntoFuture = Wait<Acquire>;

    #[inline]
    fn into_future(self) -> Wait<Acquire> {
        Wait::new(self)
    }
}

impl Request for Acquire {
    type Output = Slot;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.slots.kernel)
    }

    fn is_triggered(&self) -> bool {
        match self.stake {
            Stake::Granted(_) => true,
            Stake::Listed(key) => {
                let state = self.slots.state.borrow();
                state.list.get(key).is_some_and(|claim| matches!(claim.stage, Stage::Granted(_)))
            }
            Stake::Taken => false,
        }
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        let list = &mut self.slots.state.borrow_mut().list;
        let key = match self.stake {
            Stake::Granted(hold) => {
                // Into the list, where the kernel can reach it.
                let process = self.slots.kernel.active.get();
                let stage = Stage::Granted(hold);
                let key = list.hold(Claim { priority: 0, process, work: Key::NONE, stage });
                self.stake = Stake::Listed(key);
                key
            }
            Stake::Listed(key) => {
                if let Some(Claim { stage: Stage::Waiting, .. }) = list.get(key)
                    && let Some(told) = list.watcher(key)
                {
                    *told = watcher;
                }
                key
            }
            Stake::Taken => return Link::Nothing,
        };
        Link::Request(Rc::clone(&self.slots) as Rc<dyn Source>, key)
    }

    fn take(self: Pin<&mut Self>) -> Slot {
        self.get_mut().take_slot().expect("a granted request is taken once")
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Slot> {
        let this = self.get_mut();
        this.slots.kernel.check_owner(this.slots.what, this.location);
        if let Some(slot) = this.take_slot() {
            return Poll::Ready(slot);
        }
        let Stake::Listed(key) = this.stake else {
            polled_after_end(this.slots.what, this.location)
        };
        let slots = &*this.slots;
        slots.kernel.await_request(context, slots.what, this.location, || {
            RefMut::filter_map(slots.state.borrow_mut(), |state| state.list.waiting_watcher(key))
                .ok()
        });
        Poll::Pending
    }
}

/// A slot of a [`Resource`](crate::Resource) or a
/// [`PreemptiveResource`](crate::PreemptiveResource), held until it is released or dropped.
///
/// It may be kept, returned or handed to another process. Given back, it goes at once to whoever
/// is next in line.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (env, machine) = (sim.env(), Resource::new(&sim, 1));
/// sim.spawn(async move {
///     {
///         let _slot = machine.acquire().await;
///         env.timeout(2.0).await;
///     } // released here
///     assert_eq!(machine.count(), 0);
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a slot is held until it is dropped, and here it is released at once: keep it (`let slot = ..`; `let _ = ..` drops it too)"]
pub struct Slot {
    slots: Rc<Slots>,
    hold: Key,
}

impl Slot {
    /// Gives the slot back, as dropping it does, and serves the next in line.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let bench = Resource::new(&sim, 2);
    /// let slot = bench.try_acquire().unwrap();
    /// assert_eq!(bench.count(), 1);
    /// slot.release();
    /// assert_eq!(bench.count(), 0);
    /// ```
    #[inline]
    pub fn release(self) {}

    /// Has it been taken away by somebody more urgent? Only a slot of a
    /// [`PreemptiveResource`](crate::PreemptiveResource) can be; releasing it then does nothing.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let (env, machine) = (sim.env(), PreemptiveResource::new(&sim, 1));
    /// let urgent = machine.clone();
    /// sim.spawn(async move {
    ///     let slot = machine.acquire(5).await;
    ///     assert!(env.interruptible(env.timeout(9.0)).await.is_err());
    ///     assert!(slot.is_revoked());
    /// });
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     env.timeout(1.0).await;
    ///     urgent.acquire(1).await.release();
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        !self.slots.is_held(self.hold)
    }
}

impl Drop for Slot {
    #[inline]
    fn drop(&mut self) {
        self.slots.release(self.hold);
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("revoked", &self.is_revoked()).finish_non_exhaustive()
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Acquire, Claim, Slot, Wait, WaitList};

    #[test]
    fn a_slot_is_two_words_and_an_acquire_four() {
        // They lie in the future of whoever awaits or holds them.
        assert_eq!(size_of::<Slot>(), 16);
        assert_eq!(size_of::<Acquire>(), 32);
        assert_eq!(size_of::<Wait<Acquire>>(), 32);
    }

    #[test]
    fn who_waits_for_a_slot_takes_64_bytes() {
        // 24 for the place in line; 40 for who asks, how urgently, for which work, and what it was
        // granted.
        assert_eq!(WaitList::<Claim>::PLACE, 64);
    }
}
