//! The core of a resource: its slots, their holders, and the requests that wait.

use std::cell::{Cell, RefCell, RefMut};
use std::{fmt, mem, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::{
    awaiter::Awaiter, blocked::WaitName, kernel::Kernel, slab::Key, wait_list::WaitList,
};
use crate::environment::Environment;
use crate::shared::resource::holders::{Holder, HolderList, Untold};
use crate::shared::resource::lines::PriorityLines;
use crate::wait::event::Event;

/// The slots of a resource, their holders, and the requests that wait.
///
/// If holders can be evicted, each holder is in the [`HolderList`] and has a key. Otherwise holders
/// are only counted, and the key of every holder is [`Key::NONE`].
pub(crate) struct Slots {
    kernel: Rc<Kernel>,
    /// The name of a request for a slot.
    name: &'static WaitName,
    /// The number of slots. After it was lowered, more slots than this may be taken.
    capacity: Cell<usize>,
    state: RefCell<State>,
}

struct State {
    /// The number of slots that are held or promised.
    taken: usize,
    list: WaitList<Entry>,
    lines: PriorityLines,
    /// The holders of the slots, if holders can be evicted.
    holders: Option<HolderList>,
}

/// A request in the list.
#[derive(Clone, Copy)]
struct Entry {
    priority: i32,
    /// The process that asked; [`Key::NONE`] outside of all processes.
    process: Key,
    /// The [work](HolderList::announce) that the slot is for; [`Key::NONE`] if it is for no work.
    work: Key,
    state: EntryState,
}

#[derive(Debug, Clone, Copy)]
enum EntryState {
    Waiting,
    /// It has been granted a slot, whose holder has this key.
    Granted(Key),
}

impl State {
    /// Grants a slot. Returns the key of its holder.
    fn grant(&mut self, priority: i32, process: Key, work: Key, now: f64) -> Key {
        self.taken += 1;
        match &mut self.holders {
            Some(holders) => holders.insert(priority, process, work, now),
            None => Key::NONE,
        }
    }

    /// Returns `false` if the holder was evicted.
    fn is_held(&self, holder: Key) -> bool {
        self.holders.as_ref().is_none_or(|holders| holders.contains(holder))
    }

    /// Takes a slot back. Returns `false` if its holder was evicted before.
    fn free(&mut self, holder: Key) -> bool {
        let is_held = self.holders.as_mut().is_none_or(|holders| holders.remove(holder));
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
        name: &'static WaitName,
        capacity: usize,
        holders: Option<HolderList>,
    ) -> Rc<Slots> {
        assert!(capacity > 0, "the capacity of a resource is at least 1, not {capacity}");
        let state =
            State { taken: 0, list: WaitList::new(), lines: PriorityLines::default(), holders };
        Rc::new(Slots {
            kernel: Rc::clone(env.kernel()),
            name,
            capacity: Cell::new(capacity),
            state: RefCell::new(state),
        })
    }

    #[inline]
    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    #[inline]
    pub(crate) fn name(&self) -> &'static WaitName {
        self.name
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// Changes the number of slots, and serves the line. If more slots are taken than the new
    /// number, and `evicts` is set, holders lose the surplus slots.
    pub(crate) fn set_capacity(self: &Rc<Self>, capacity: usize, evicts: bool) {
        self.capacity.set(capacity);
        if self.kernel.closed.get() {
            return;
        }
        if evicts {
            Untold::new(&self.kernel, self.evict_surplus(capacity)).tell();
        }
        self.kernel.serve(self);
        self.kernel.settle();
    }

    /// Evicts one holder for each slot that is taken beyond the capacity, the least urgent first.
    fn evict_surplus(&self, capacity: usize) -> Vec<Holder> {
        let state = &mut *self.state.borrow_mut();
        let State { taken, holders: Some(holders), .. } = state else { return Vec::new() };
        let surplus = taken.saturating_sub(capacity);
        let active = self.kernel.active.get();
        let evicted: Vec<Holder> =
            (0..surplus).map_while(|_| holders.evict(None, active)).collect();
        *taken -= evicted.len();
        evicted
    }

    /// The number of slots that are held or promised.
    pub(crate) fn count(&self) -> usize {
        self.state.borrow().taken
    }

    pub(crate) fn waiting(&self) -> usize {
        self.state.borrow().lines.len()
    }

    /// Notes that work asks for a slot. Returns the key of the work. The event is triggered if the
    /// slot is taken away.
    pub(crate) fn announce_work(&self, lost: Event<()>) -> Key {
        match &mut self.state.borrow_mut().holders {
            Some(holders) if !self.kernel.closed.get() => holders.announce(lost),
            _ => Key::NONE,
        }
    }

    /// Takes a slot if one is free and nobody waits for it.
    #[inline]
    pub(crate) fn take_free(&self, priority: i32, work: Key) -> Option<Key> {
        let state = &mut *self.state.borrow_mut();
        // While several requests are dropped as one cancellation, a slot can be free although the
        // line has not been served yet.
        if state.taken >= self.capacity.get() || !state.lines.is_empty() || self.kernel.closed.get()
        {
            return None;
        }
        Some(state.grant(priority, self.kernel.active.get(), work, self.kernel.now.get()))
    }

    /// Takes a slot away from a less urgent holder, and tells that holder.
    pub(crate) fn take_by_eviction(self: &Rc<Self>, priority: i32, work: Key) -> Option<Key> {
        if self.kernel.closed.get() {
            return None;
        }
        let (evicted, others, holder) = self.evict(priority, work)?;
        // Telling the evicted holders runs user code, which may panic.
        let unowned = Unowned { slots: self, holder };
        let mut others = Untold::new(&self.kernel, others);
        evicted.tell(&self.kernel);
        others.tell();
        mem::forget(unowned);
        Some(holder)
    }

    /// Makes room for the active process: one holder loses its slot. If more slots are taken than
    /// there are, other holders lose theirs too. Returns the evicted holder, the others, and the
    /// key of the new holder.
    fn evict(&self, priority: i32, work: Key) -> Option<(Holder, Vec<Holder>, Key)> {
        let process = self.kernel.active.get();
        let state = &mut *self.state.borrow_mut();
        let capacity = self.capacity.get();
        // While several requests are dropped as one cancellation, a slot can be free although the
        // line has not been served yet.
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
        state.taken = capacity - 1;
        let holder = state.grant(priority, process, work, self.kernel.now.get());
        Some((evicted, others, holder))
    }

    /// Adds a request of the active process to the line.
    pub(crate) fn join(&self, priority: i32, work: Key) -> Key {
        let state = &mut *self.state.borrow_mut();
        let process = self.kernel.active.get();
        let entry = Entry { priority, process, work, state: EntryState::Waiting };
        state.lines.join(&mut state.list, priority, entry)
    }

    /// Adds an entry for a granted request, so that the kernel can cancel it.
    pub(crate) fn keep(&self, holder: Key) -> Key {
        let state = EntryState::Granted(holder);
        let entry = Entry { priority: 0, process: Key::NONE, work: Key::NONE, state };
        self.state.borrow_mut().list.hold(entry)
    }

    /// Returns `true` if the request with this key has a slot, or had one that was taken away.
    pub(crate) fn is_granted(&self, request: Key) -> bool {
        let state = self.state.borrow();
        state.list.get(request).is_some_and(|entry| matches!(entry.state, EntryState::Granted(_)))
    }

    /// Removes the entry of a granted request. Returns the key of the holder of its slot.
    #[inline]
    pub(crate) fn take_granted(&self, request: Key) -> Option<Key> {
        let list = &mut self.state.borrow_mut().list;
        let EntryState::Granted(holder) = list.get(request)?.state else { return None };
        list.remove(request);
        Some(holder)
    }

    /// Returns the awaiter of the request with this key, if the request waits.
    #[inline]
    pub(crate) fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let state = self.state.borrow_mut();
        RefMut::filter_map(state, |state| state.list.waiting_awaiter(request)).ok()
    }

    /// Takes a slot back and serves the next in line. Does nothing if the holder was evicted.
    #[inline]
    pub(crate) fn release(self: &Rc<Self>, holder: Key) {
        let serve = {
            let state = &mut *self.state.borrow_mut();
            state.free(holder) && !state.lines.is_empty()
        };
        if serve && !self.kernel.closed.get() {
            self.kernel.serve(self);
        }
    }

    /// Returns `false` if the holder was evicted.
    pub(crate) fn is_held(&self, holder: Key) -> bool {
        self.state.borrow().is_held(holder)
    }
}

/// A granted slot that no request owns yet. If user code panics meanwhile, the slot is free again,
/// and the next call that settles serves the line.
struct Unowned<'s> {
    slots: &'s Rc<Slots>,
    holder: Key,
}

impl Drop for Unowned<'_> {
    fn drop(&mut self) {
        self.slots.state.borrow_mut().free(self.holder);
        let provider = Rc::clone(self.slots) as Rc<dyn Provider>;
        self.slots.kernel.serve_later(provider);
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} taken", self.count(), self.capacity())
    }
}

impl Provider for Slots {
    fn unlink(&self, request: Key) -> Unlinked {
        let awaiter = {
            let state = &mut *self.state.borrow_mut();
            let Some(&Entry { priority, work, state: entry, .. }) = state.list.get(request) else {
                return Unlinked::Gone;
            };
            match entry {
                EntryState::Waiting => {
                    state.lines.leave(&mut state.list, priority, request);
                    if let Some(holders) = &mut state.holders {
                        holders.withdraw(work);
                    }
                }
                EntryState::Granted(holder) if state.is_held(holder) => return Unlinked::Promised,
                // The holder was evicted: nothing goes back, so nobody can be served.
                EntryState::Granted(_) => {}
            }
            state.list.remove(request).map_or(Awaiter::NOBODY, |(_, awaiter)| awaiter)
        };
        self.kernel.forget(awaiter);
        Unlinked::Gone
    }

    fn restore(&self, request: Key) {
        let state = &mut *self.state.borrow_mut();
        if let Some(&Entry { state: EntryState::Granted(holder), .. }) = state.list.get(request) {
            state.list.remove(request);
            state.free(holder);
        }
    }

    fn serve_one(&self) -> bool {
        let awaiter = {
            let state = &mut *self.state.borrow_mut();
            if state.taken >= self.capacity.get() {
                return false;
            }
            let Some(key) = state.lines.first(&state.list) else { return false };
            let Some(&Entry { priority, process, work, .. }) = state.list.get(key) else {
                return false;
            };
            state.lines.leave(&mut state.list, priority, key);
            let holder = state.grant(priority, process, work, self.kernel.now.get());
            if let Some(entry) = state.list.get_mut(key) {
                entry.state = EntryState::Granted(holder);
            }
            state.list.awaiter(key).map(mem::take).unwrap_or_default()
        };
        self.kernel.notify(awaiter);
        true
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Entry, WaitList};

    #[test]
    fn a_request_for_a_slot_takes_64_bytes() {
        // 24 for the place in line; 40 for the priority, the process, the work, and the state.
        assert_eq!(WaitList::<Entry>::PLACE, 64);
    }
}
