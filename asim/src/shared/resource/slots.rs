//! The core of a resource: it grants slots, takes them away, takes them back, and serves its line.

use std::cell::{RefCell, RefMut};
use std::{fmt, rc::Rc, rc::Weak};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, slab::Key, wait_name::WaitName, watchers::Watchers,
};
use crate::environment::Environment;
use crate::measure::{books::Books, level::Level, tally::Tally};
use crate::shared::resource::holders::{HolderList, Untold};
use crate::shared::resource::holding::{Hold, Holding};
use crate::shared::resource::state::{AllEvicted, Entry, EntryState, Joint, Purpose, State, Wish};
use crate::trace::record::Side;
use crate::wait::request::Looked;

/// The slots of a resource, their holders, and the requests that wait.
///
/// If holders can be evicted, each holder is in the [`HolderList`] and has a key. Otherwise only the
/// units that are held are counted.
pub(crate) struct Slots {
    pub(crate) kernel: Rc<Kernel>,
    /// The name of a request for a slot.
    name: WaitName,
    pub(crate) state: RefCell<State>,
    /// The conditions that watch the resource.
    pub(crate) watchers: Watchers,
}

/// How the request of some work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// What it has been granted; `None` while it waits.
    pub(crate) holding: Option<Holding>,
    /// How often it has lost its slot.
    pub(crate) losses: u32,
}

impl Slots {
    #[track_caller]
    pub(crate) fn new(
        env: &Environment,
        name: WaitName,
        capacity: usize,
        holders: Option<HolderList>,
    ) -> Rc<Slots> {
        assert!(capacity > 0, "the capacity of a resource is at least 1, not {capacity}");
        let slots = Rc::new(Slots {
            kernel: Rc::clone(env.kernel()),
            name,
            state: RefCell::new(State::new(capacity, holders)),
            watchers: Watchers::default(),
        });
        slots.kernel.add_thing(&slots);
        slots
    }

    #[inline]
    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    #[inline]
    pub(crate) fn name(&self) -> WaitName {
        self.name
    }

    pub(crate) fn capacity(&self) -> usize {
        self.state.borrow().capacity
    }

    /// Changes the number of slots, and serves the line. If more slots are taken than the new
    /// number, and `evicts` is set, holders lose the surplus slots.
    pub(crate) fn set_capacity(self: &Rc<Self>, capacity: usize, evicts: bool) {
        self.state.borrow_mut().capacity = capacity;
        if self.kernel.closed.get() {
            return;
        }
        if let Some(probe) = self.watchers.probe() {
            probe.capacity(&self.kernel, as_level(capacity));
        }
        self.watchers.changed(&self.kernel);
        if evicts {
            let evicted = self.state.borrow_mut().evict_surplus(self.kernel.active.get());
            self.note_evicted(&evicted);
            self.note_level();
            Untold::new(&self.kernel, evicted).tell();
        }
        self.kernel.serve(self);
        self.kernel.settle();
    }

    /// The number of slots that are held or promised.
    pub(crate) fn count(&self) -> usize {
        self.state.borrow().taken
    }

    pub(crate) fn waiting(&self) -> usize {
        self.state.borrow().line.len()
    }

    /// Returns a wish of the active process.
    #[inline]
    pub(crate) fn wish(&self, priority: i32, units: u32) -> Wish {
        Wish { priority, units, process: self.kernel.active.get(), work: Key::NONE }
    }

    /// Takes units if they are free and nobody waits before this wish.
    #[inline]
    pub(crate) fn take_free(&self, wish: Wish) -> Option<Holding> {
        let state = &mut *self.state.borrow_mut();
        if !state.can_take(wish.priority, wish.units) || self.kernel.closed.get() {
            return None;
        }
        Some(state.grant(wish, self.kernel.now.get()))
    }

    /// Takes units away from less urgent holders, and tells those holders.
    pub(crate) fn take_by_eviction(self: &Rc<Self>, wish: Wish) -> Option<Holding> {
        if self.kernel.closed.get() {
            return None;
        }
        let (evicted, holding) = {
            let state = &mut *self.state.borrow_mut();
            let evicted = state.make_room(wish)?;
            (evicted, state.grant(wish, self.kernel.now.get()))
        };
        self.note_evicted(&evicted);
        self.note_at_once();
        // Telling the evicted holders runs user code, which may panic.
        let mut unowned = Unowned { slots: self, holding: Some(holding) };
        self.follow_eviction(evicted);
        unowned.holding.take()
    }

    /// Tells those who have lost their slots, and serves the line: more units may be free than were
    /// needed.
    fn follow_eviction(self: &Rc<Self>, evicted: AllEvicted) {
        Untold::new(&self.kernel, evicted).tell();
        self.watchers.changed(&self.kernel);
        let serve = {
            let state = self.state.borrow();
            !state.line.is_empty() && state.has(1)
        };
        if serve {
            self.kernel.serve(self);
        }
        self.kernel.settle();
    }

    /// Adds a request to the line.
    #[inline]
    pub(crate) fn join(&self, wish: Wish, preempts: bool) -> Key {
        let request = self.state.borrow_mut().join_plainly(wish, preempts);
        request.unwrap_or_else(|| self.join_with_care(wish, preempts))
    }

    #[cold]
    #[inline(never)]
    fn join_with_care(&self, wish: Wish, preempts: bool) -> Key {
        self.state.borrow_mut().join(wish, preempts, Purpose::Slot)
    }

    /// Adds a request for work, and grants it a slot if one is free for it. The request stays in the list
    /// until it is cancelled. Whenever it loses its slot it waits again.
    pub(crate) fn join_for_work(&self, priority: i32, preempts: bool) -> Key {
        if self.kernel.closed.get() {
            return Key::NONE;
        }
        let state = &mut *self.state.borrow_mut();
        let can_take = state.can_take(priority, 1);
        let purpose = Purpose::Work { losses: 0, preempts };
        let request = state.join(self.wish(priority, 1), preempts, purpose);
        if can_take {
            state.grant_waiting(request, self.kernel.now.get());
        }
        if let Some(probe) = self.watchers.probe() {
            if can_take {
                probe.at_once(&self.kernel, Side::Take);
                probe.level(&self.kernel, as_level(state.taken));
            } else {
                probe.waits(&self.kernel, Side::Take, request);
            }
        }
        request
    }

    /// If a waiting request can evict holders, it is granted their units, as if it asked now.
    pub(crate) fn evict_for(self: &Rc<Self>, request: Key) {
        let evicted = {
            let state = &mut *self.state.borrow_mut();
            let Some(&Entry { process, state: entry, .. }) = state.list.get(request) else {
                return;
            };
            let EntryState::Waiting { preempts: true, units, number } = entry else { return };
            // It does not stand in its own way.
            let priority = state.list.priority(request);
            state.line.leave(&mut state.list, request);
            let wish = Wish { priority, units, process, work: Key::NONE };
            let evicted = state.make_room(wish);
            state.join_in_order(priority, request, number);
            let Some(evicted) = evicted else { return };
            state.grant_waiting(request, self.kernel.now.get());
            let awaiter = state.take_awaiter(request);
            (evicted, awaiter)
        };
        let (evicted, awaiter) = evicted;
        self.note_evicted(&evicted);
        self.note_granted(request);
        self.kernel.notify(awaiter);
        self.follow_eviction(evicted);
    }

    /// Returns how the request of some work stands. Returns `None` if the simulation is gone.
    pub(crate) fn standing(&self, request: Key) -> Option<Standing> {
        let state = self.state.borrow();
        let entry = state.list.get(request)?;
        let Purpose::Work { losses, .. } = entry.purpose else { return None };
        let holding = match entry.state {
            EntryState::Granted(holding) => Some(holding),
            _ => None,
        };
        Some(Standing { holding, losses })
    }

    /// Returns the awaiter of the request of some work, in line or not.
    pub(crate) fn awaiter_of_work(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        RefMut::filter_map(self.state.borrow_mut(), |state| state.list.awaiter(request)).ok()
    }

    /// Moves a waiting request behind those with the same priority, and serves the line. Changes the
    /// priority of a granted one for later evictions.
    pub(crate) fn set_priority(self: &Rc<Self>, request: Key, priority: i32) {
        let granted = {
            let state = &mut *self.state.borrow_mut();
            let number = state.next_number();
            state.line.set_priority(&mut state.list, request, priority);
            match state.list.get_mut(request).map(|entry| &mut entry.state) {
                Some(EntryState::Waiting { number: its, .. }) => {
                    *its = number;
                    None
                }
                Some(EntryState::Granted(holding)) => Some(*holding),
                _ => return,
            }
        };
        if let Some(holding) = granted {
            return self.set_priority_of_held(holding, priority);
        }
        self.watchers.changed(&self.kernel);
        self.kernel.serve(self);
        self.evict_for(request);
        self.kernel.settle();
    }

    /// Changes the priority of a holder for later evictions. It counts as if it had asked now.
    pub(crate) fn set_priority_of_held(&self, holding: Holding, priority: i32) {
        let state = &mut *self.state.borrow_mut();
        let number = state.next_number();
        if let Some(holders) = &mut state.holders {
            holders.set_priority(holding.0, priority, number);
        }
    }

    /// Adds an entry for a granted request, so that the kernel can cancel it.
    pub(crate) fn keep(&self, holding: Holding) -> Key {
        let state = EntryState::Granted(holding);
        let entry = Entry { process: Key::NONE, purpose: Purpose::Slot, state };
        self.state.borrow_mut().list.hold(entry)
    }

    /// Returns `true` if the request with this key has a slot, or had one that was taken away.
    pub(crate) fn is_granted(&self, request: Key) -> bool {
        let state = self.state.borrow();
        state.list.get(request).is_some_and(|entry| matches!(entry.state, EntryState::Granted(_)))
    }

    /// Removes the entry of a granted request. Returns what it holds.
    #[inline]
    pub(crate) fn take_granted(&self, request: Key) -> Option<Holding> {
        self.state.borrow_mut().take_granted(request)
    }

    /// Takes what a granted request holds, or notes who awaits one that waits, as
    /// `Ask::take_or_await` says.
    #[inline]
    pub(crate) fn take_or_await(&self, request: Key, process: Awaiter) -> Looked<Holding> {
        let state = &mut *self.state.borrow_mut();
        if state.list.note_awaiter(request, process) {
            return Looked::Awaited;
        }
        state.take_granted(request).map_or(Looked::Unclear, Looked::Granted)
    }

    /// Returns `false` if the holder was evicted.
    pub(crate) fn is_held(&self, holding: Holding) -> bool {
        self.state.borrow().is_held(holding)
    }

    /// Returns the number of units that are held; 0 if the holder was evicted.
    pub(crate) fn units(&self, holding: Holding) -> usize {
        self.state.borrow().units(holding) as usize
    }

    /// Returns the next place in the order of asking.
    pub(crate) fn next_number(&self) -> u64 {
        self.state.borrow_mut().next_number()
    }

    /// Returns `true` if a request with this place in the order can be granted these units.
    pub(crate) fn has_for(&self, (priority, number): (i32, u64), units: u32) -> bool {
        let state = self.state.borrow();
        state.has(units) && state.is_before_all(priority, number)
    }

    /// Returns `true` if so many units are free.
    pub(crate) fn has(&self, units: u32) -> bool {
        self.state.borrow().has(units)
    }

    /// Takes units that are free, for a request of this process. `request` is its place in this line, if
    /// it has waited there.
    pub(crate) fn take(&self, units: u32, process: Key, request: Option<Key>) -> Holding {
        let holding = self.state.borrow_mut().hold(process, units, self.kernel.now.get());
        if let Some(probe) = self.watchers.probe() {
            match request {
                Some(request) => probe.granted(&self.kernel, Side::Take, request),
                None => probe.at_once_for(&self.kernel, Side::Take, process),
            }
        }
        self.note_level();
        self.watchers.changed(&self.kernel);
        holding
    }

    /// Puts units back that were not released as slots. The caller serves the line.
    pub(crate) fn put_back(&self, holding: Holding) {
        let freed = self.state.borrow_mut().free(holding);
        self.note_freed(freed);
        self.watchers.changed(&self.kernel);
    }

    /// Makes a hold of its own of some of the units that are held.
    pub(crate) fn split(&self, holding: Holding, units: u32) -> Holding {
        self.state.borrow_mut().split(holding, units)
    }

    /// Adds a request of this process that needs other resources too, in its place in line.
    pub(crate) fn join_joint(
        &self,
        rank: (i32, u64),
        units: u32,
        process: Key,
        joint: Weak<dyn Joint>,
    ) -> Key {
        self.watchers.changed(&self.kernel);
        let request = self.state.borrow_mut().join_joint(rank, units, process, joint);
        if let Some(probe) = self.watchers.probe() {
            probe.waits_for(&self.kernel, Side::Take, request, process);
        }
        request
    }

    /// Takes such a request out of the line. Returns `true` if it may have held up those behind it.
    pub(crate) fn leave_joint(&self, request: Key) -> bool {
        self.note_left(request);
        let state = &mut *self.state.borrow_mut();
        let was_first = state.list.first(*state.line) == Some(request);
        state.remove_joint(request);
        self.watchers.changed(&self.kernel);
        was_first && !state.line.is_empty() && state.has(1)
    }
}

/// What the probe is told.
impl Slots {
    /// Gives the resource a name. It is measured from now on.
    #[track_caller]
    pub(crate) fn set_name(&self, name: &str, kind: &'static str) {
        let (now, state) = (self.kernel.now.get(), self.state.borrow());
        let mut books = Books::new(now);
        books.level = Some(Level::new(now, as_level(state.taken)));
        books.capacity = Some(Level::new(now, as_level(state.capacity)));
        books.held = Some(Tally::new());
        let probe = self.watchers.set_name(&self.kernel, name, kind, books);
        probe.adopt(&self.kernel, Side::Take, state.list.iter(*state.line).map(|(key, _)| key));
    }

    /// Notes that the number of units in use has changed.
    #[inline]
    pub(crate) fn note_level(&self) {
        if let Some(probe) = self.watchers.probe() {
            probe.level(&self.kernel, as_level(self.state.borrow().taken));
        }
    }

    /// Notes that a request was granted at the call.
    #[inline(never)]
    pub(crate) fn note_at_once(&self) {
        if let Some(probe) = self.watchers.probe() {
            probe.at_once(&self.kernel, Side::Take);
            probe.level(&self.kernel, as_level(self.state.borrow().taken));
        }
    }

    /// Notes that a request has joined the line.
    #[inline]
    pub(crate) fn note_waits(&self, request: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.waits(&self.kernel, Side::Take, request);
        }
    }

    /// Notes that a request in line was granted.
    #[inline]
    fn note_granted(&self, request: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.granted(&self.kernel, Side::Take, request);
            probe.level(&self.kernel, as_level(self.state.borrow().taken));
        }
    }

    /// Notes that a request has left the line.
    #[inline]
    pub(crate) fn note_left(&self, request: Key) {
        if let Some(probe) = self.watchers.probe() {
            probe.left(&self.kernel, Side::Take, request);
        }
    }

    /// Notes that units have gone back.
    #[inline]
    pub(crate) fn note_freed(&self, freed: Option<Hold>) {
        if let (Some(probe), Some(hold)) = (self.watchers.probe(), freed) {
            probe.released(&self.kernel, hold.process, hold.since);
            probe.level(&self.kernel, as_level(self.state.borrow().taken));
        }
    }

    /// Notes that holders were evicted. Work that has lost its slot waits again.
    fn note_evicted(&self, (first, others): &AllEvicted) {
        let Some(probe) = self.watchers.probe() else { return };
        for evicted in first.iter().chain(others) {
            probe.preempted(&self.kernel, evicted.process, evicted.since);
            if let Some(request) = evicted.waits_again {
                probe.waits_for(&self.kernel, Side::Take, request, evicted.process);
            }
        }
    }
}

/// Returns a number of units as a level.
#[allow(clippy::cast_precision_loss, reason = "nobody has 2^53 units")]
pub(crate) fn as_level(units: usize) -> f64 {
    units as f64
}

/// A granted slot that no request owns yet. If user code panics meanwhile, the slot is free again,
/// and the next call that settles serves the line.
struct Unowned<'s> {
    slots: &'s Rc<Slots>,
    holding: Option<Holding>,
}

impl Drop for Unowned<'_> {
    fn drop(&mut self) {
        if let Some(holding) = self.holding {
            let freed = self.slots.state.borrow_mut().free(holding);
            self.slots.note_freed(freed);
            let provider = Rc::clone(self.slots) as Rc<dyn Provider>;
            self.slots.kernel.serve_later(provider);
        }
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} taken", self.count(), self.capacity())
    }
}

impl Provider for Slots {
    fn unlink(&self, request: Key) -> Unlinked {
        let (awaiter, after) = {
            let state = &mut *self.state.borrow_mut();
            let Some(&Entry { state: entry, .. }) = state.list.get(request) else {
                return Unlinked::Gone;
            };
            let awaiter = state.take_awaiter(request);
            let left = match entry {
                EntryState::Waiting { .. } => {
                    let was_first = state.list.first(*state.line) == Some(request);
                    state.line.leave(&mut state.list, request);
                    // It may have held up those behind it: they may need fewer units.
                    (was_first && !state.line.is_empty() && state.has(1))
                        .then_some(EntryState::Left)
                }
                EntryState::Granted(holding) if state.is_held(holding) => {
                    Some(EntryState::GivenUp(holding))
                }
                // The holder was evicted: nothing goes back, so nobody can be served.
                EntryState::Granted(_) => None,
                // It lost a race, and is dropped before the restore.
                EntryState::GivenUp(_) | EntryState::Left => return Unlinked::Gone,
            };
            if let (Some(left), Some(entry)) = (left, state.list.get_mut(request)) {
                entry.state = left;
                (awaiter, Unlinked::Promised)
            } else {
                state.list.remove(request);
                (awaiter, Unlinked::Gone)
            }
        };
        self.note_left(request);
        self.watchers.changed(&self.kernel);
        self.kernel.forget(awaiter);
        after
    }

    fn restore(&self, request: Key) {
        let freed = {
            let state = &mut *self.state.borrow_mut();
            match state.list.get(request).map(|entry| entry.state) {
                Some(EntryState::GivenUp(holding)) => {
                    state.list.remove(request);
                    self.watchers.changed(&self.kernel);
                    state.free(holding)
                }
                Some(EntryState::Left) => {
                    state.list.remove(request);
                    None
                }
                _ => None,
            }
        };
        self.note_freed(freed);
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let state = self.state.borrow_mut();
        RefMut::filter_map(state, |state| state.list.waiting_awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        let (key, awaiter) = {
            let state = &mut *self.state.borrow_mut();
            let Some(key) = state.list.first(*state.line) else { return false };
            let Some(&Entry { purpose, state: entry, .. }) = state.list.get(key) else {
                return false;
            };
            let EntryState::Waiting { units, .. } = entry else { return false };
            if !state.has(units) {
                return false;
            }
            match purpose {
                Purpose::Slot | Purpose::Work { .. } => {
                    state.grant_waiting(key, self.kernel.now.get());
                    (key, Ok(state.take_awaiter(key)))
                }
                Purpose::Joint(_) => (key, Err(state.remove_joint(key))),
            }
        };
        self.watchers.changed(&self.kernel);
        match awaiter {
            Ok(awaiter) => {
                self.note_granted(key);
                self.kernel.notify(awaiter);
            }
            Err(joint) => {
                if let Some(joint) = joint.and_then(|joint| joint.upgrade()) {
                    joint.take_turn();
                }
            }
        }
        true
    }
}
