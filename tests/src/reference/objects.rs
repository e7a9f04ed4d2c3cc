//! What the objects hold, what they have promised, and which request they serve next.

use super::requests::{RequestId, What};
use super::{ProcessId, World};
use crate::program::{Item, ShelfKind};

/// One object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Shelf(usize),
    Tank(usize),
    Resource(usize),
    Preemptive(usize),
    Event(usize),
    Barrier(usize),
    Gate(usize),
}

/// What a getter wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// The next item.
    Any,
    /// The next item of this rank.
    Rank(u8),
    /// The item with the least key, but not of this rank.
    Best(Option<u8>),
}

impl Wants {
    pub(super) fn rank(rank: Option<u8>) -> Self {
        rank.map_or(Self::Any, Self::Rank)
    }
}

/// What is on a shelf.
pub(super) struct State {
    pub(super) capacity: Option<usize>,
    /// How many of the items are inside the capacity, or were when it was larger.
    pub(super) inside: usize,
    /// In the order of the numbers, whatever the kind of shelf.
    pub(super) entries: Vec<Entry>,
    /// How many items have been accepted: the next one's number.
    pub(super) accepted: u32,
}

impl State {
    pub(super) fn new(capacity: Option<usize>) -> Self {
        Self { capacity, inside: 0, entries: Vec::new(), accepted: 0 }
    }
}

/// An item that was accepted, with the number that says where its place is.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) number: u32,
    pub(super) item: Item,
}

/// An event.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Pending,
    Triggered(u32),
    Cancelled,
}

impl Event {
    pub(super) fn value(self) -> Option<u32> {
        if let Self::Triggered(number) = self { Some(number) } else { None }
    }
}

/// A barrier.
#[derive(Clone, Default)]
pub(super) struct Barrier {
    /// Who waits with a lower number than this goes on.
    pub(super) released: RequestId,
    /// How many go on alone of those with a lower number than `before`.
    pub(super) signals: usize,
    before: RequestId,
}

impl Barrier {
    pub(super) fn signal(&mut self, before: RequestId) {
        self.signals += 1;
        self.before = before;
    }
}

/// A gate.
pub(super) struct Gate {
    pub(super) is_open: bool,
    /// Who waits with a lower number than this passes.
    pub(super) passing: RequestId,
}

/// A slot is named by its place in the order of granting.
pub(super) type SlotId = usize;

/// What was asked for.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub(super) units: usize,
    pub(super) priority: i32,
    /// Its place in the order of asking.
    pub(super) order: usize,
    /// The process that asked.
    pub(super) owner: Option<ProcessId>,
    /// Whether it can take slots away.
    pub(super) preempts: bool,
}

/// A slot, promised or held.
pub(super) struct Slot {
    pub(super) place: Place,
    pub(super) wish: Wish,
    pub(super) since: i64,
    /// Neither released nor revoked.
    pub(super) live: bool,
}

impl World<'_> {
    /// Notes that an object changed and may be able to serve somebody.
    pub(super) fn mark(&mut self, place: Place) {
        if !self.changed.contains(&place) {
            self.changed.push(place);
        }
    }

    /// Ends an operation: serves all that can be served, then evaluates the conditions.
    pub(super) fn serve(&mut self) {
        self.serve_lines();
        self.evaluate();
    }

    /// Serves all requests that the changed objects can serve, one grant at a time. The objects
    /// serve in the order in which they changed: an object goes on before the objects that its
    /// grants have changed.
    pub(super) fn serve_lines(&mut self) {
        while let Some(&place) = self.changed.first() {
            match self.next_to_serve(place) {
                Some(request) => self.grant(request),
                None => drop(self.changed.remove(0)),
            }
        }
    }

    /// Finds the request that an object can serve next, and gives it what it asks for. Returns the
    /// request.
    fn next_to_serve(&mut self, place: Place) -> Option<RequestId> {
        match place {
            Place::Shelf(shelf) => self.next_at_shelf(shelf),
            Place::Tank(tank) => self.next_at_tank(tank),
            Place::Resource(_) | Place::Preemptive(_) => self.next_for_slot(place),
            Place::Event(event) => {
                self.events[event].value()?;
                self.waiting().into_iter().find(|&id| {
                    matches!(self.requests[id].what, What::Event { event: other } if other == event)
                })
            }
            Place::Barrier(barrier) => self.next_at_barrier(barrier),
            Place::Gate(gate) => {
                let first = self.waiting_at_gate(gate).first().copied();
                first.filter(|&id| id < self.gates[gate].passing)
            }
        }
    }

    /// Who waits at a barrier, in order of arrival.
    pub(super) fn waiting_at_barrier(&self, barrier: usize) -> Vec<RequestId> {
        let waits_here = |&id: &RequestId| matches!(self.requests[id].what, What::Barrier { barrier: here, .. } if here == barrier);
        self.waiting().into_iter().filter(waits_here).collect()
    }

    /// All that were there at a release go on, and one for each signal.
    fn next_at_barrier(&mut self, barrier: usize) -> Option<RequestId> {
        let first = self.waiting_at_barrier(barrier).first().copied();
        let Barrier { released, signals, before } = &mut self.barriers[barrier];
        let Some(first) = first.filter(|&id| id < *released || (*signals > 0 && id < *before))
        else {
            *signals = 0;
            return None;
        };
        if first >= *released {
            *signals -= 1;
            let What::Barrier { alone, .. } = &mut self.requests[first].what else {
                unreachable!("it waits at a barrier")
            };
            *alone = true;
        }
        Some(first)
    }

    /// Who waits at a gate, in order of arrival.
    pub(super) fn waiting_at_gate(&self, gate: usize) -> Vec<RequestId> {
        let waits_here = |&id: &RequestId| matches!(self.requests[id].what, What::Gate { gate: here } if here == gate);
        self.waiting().into_iter().filter(waits_here).collect()
    }

    // ---- shelves -----------------------------------------------------------------

    /// Rule 3: what is stored and not promised; an item that came back to a shelf
    /// that is full by now waits outside.
    pub(super) fn shelf_len(&self, shelf: usize) -> usize {
        self.shelves[shelf].inside
    }

    /// Changes a capacity. What is inside stays inside, and what is outside comes in if there is room.
    pub(super) fn set_shelf_capacity(&mut self, shelf: usize, capacity: Option<usize>) {
        let state = &mut self.shelves[shelf];
        let stored = state.entries.len();
        let fit = capacity.map_or(stored, |capacity| stored.min(capacity));
        state.capacity = capacity;
        state.inside = state.inside.max(fit);
        self.mark(Place::Shelf(shelf));
        self.serve();
    }

    /// Takes an item off a shelf. If there is one outside, it comes in instead.
    fn unshelve(&mut self, shelf: usize, at: usize) -> Entry {
        let state = &mut self.shelves[shelf];
        let entry = state.entries.remove(at);
        state.inside = state.inside.min(state.entries.len());
        entry
    }

    /// Whether one more item may come in.
    pub(super) fn has_room(&self, shelf: usize) -> bool {
        let stored = self.shelves[shelf].entries.len();
        self.shelves[shelf].capacity.is_none_or(|capacity| stored < capacity)
    }

    /// Puts an item in its place by number.
    pub(super) fn shelve(&mut self, shelf: usize, entry: Entry) {
        let has_room = self.has_room(shelf);
        self.shelves[shelf].inside += usize::from(has_room);
        let entries = &mut self.shelves[shelf].entries;
        let before = entries.iter().filter(|other| other.number < entry.number).count();
        entries.insert(before, entry);
    }

    /// Gives an item that is accepted now its number.
    pub(super) fn number(&mut self, shelf: usize, item: Item) -> Entry {
        let number = self.shelves[shelf].accepted;
        self.shelves[shelf].accepted += 1;
        Entry { number, item }
    }

    /// Returns the places of the items on a shelf: in a priority queue the smallest item first;
    /// otherwise, and among equals, the lowest number first.
    fn best_first(&self, shelf: usize) -> Vec<usize> {
        let entries = &self.shelves[shelf].entries;
        let mut places: Vec<usize> = (0..entries.len()).collect();
        if self.program.shelves[shelf].kind == ShelfKind::Priority {
            // A stable sort: equals keep the order of their numbers.
            places.sort_by_key(|&at| entries[at].item.rank);
        }
        places
    }

    /// Takes the best item that a getter wants.
    pub(super) fn pick(&mut self, shelf: usize, wants: Wants) -> Option<Entry> {
        let places = self.best_first(shelf);
        let items = places.iter().map(|&at| self.shelves[shelf].entries[at].item);
        let best = places[choose(wants, items)?];
        Some(self.unshelve(shelf, best))
    }

    /// Who waits for an item, in line order, and what they want.
    fn gets(&self, shelf: usize) -> Vec<(RequestId, Wants)> {
        let mut gets = Vec::new();
        for id in self.waiting() {
            if let What::Get { shelf: here, wants, .. } = self.requests[id].what
                && here == shelf
            {
                gets.push((id, wants));
            }
        }
        gets.sort_by_key(|&(id, _)| self.requests[id].place);
        gets
    }

    /// The first waiting getter that wants this item.
    pub(super) fn getter_for(&self, shelf: usize, item: Item) -> Option<RequestId> {
        let gets = self.gets(shelf);
        Some(gets.into_iter().find(|&(_, wants)| wanted(wants, item))?.0)
    }

    /// The waiting puts, in line order, with their items.
    pub(super) fn puts(&self, shelf: usize) -> Vec<(RequestId, Item)> {
        let mut puts = Vec::new();
        for id in self.waiting() {
            if let What::Put { shelf: here, item: Some(item) } = self.requests[id].what
                && here == shelf
            {
                puts.push((id, item));
            }
        }
        puts.sort_by_key(|&(id, _)| self.requests[id].place);
        puts
    }

    /// Promises to the request what it gets.
    pub(super) fn promise(&mut self, id: RequestId, entry: Entry) {
        let What::Get { got, .. } = &mut self.requests[id].what else {
            unreachable!("only a get is promised an item")
        };
        *got = Some(entry);
    }

    /// Serves one request. The best item that a getter wants goes to the first such getter. If
    /// there is no such item, the first put is accepted, if there is room.
    ///
    /// If that getter takes the best for it, all getters up to it may take what they want, in line
    /// order.
    fn next_at_shelf(&mut self, shelf: usize) -> Option<RequestId> {
        for at in self.best_first(shelf) {
            let item = self.shelves[shelf].entries[at].item;
            let Some(id) = self.getter_for(shelf, item) else { continue };
            let gets = self.gets(shelf);
            let chooses = gets.contains(&(id, Wants::Best(None)))
                || (0..3).any(|rank| gets.contains(&(id, Wants::Best(Some(rank)))));
            if !chooses {
                let entry = self.unshelve(shelf, at);
                self.promise(id, entry);
                return Some(id);
            }
            for (id, wants) in gets {
                if let Some(entry) = self.pick(shelf, wants) {
                    self.promise(id, entry);
                    return Some(id);
                }
            }
        }
        if !self.has_room(shelf) {
            return None;
        }
        let (id, _) = *self.puts(shelf).first()?;
        self.accept(id);
        Some(id)
    }

    /// Accepts a put: its item goes on the shelf.
    pub(super) fn accept(&mut self, id: RequestId) {
        let (shelf, item) = self.hand_over(id);
        let entry = self.number(shelf, item);
        self.shelve(shelf, entry);
    }

    /// Takes the item out of a put.
    pub(super) fn hand_over(&mut self, id: RequestId) -> (usize, Item) {
        let What::Put { shelf, item } = &mut self.requests[id].what else {
            unreachable!("only a put has an item to hand over")
        };
        (*shelf, item.take().expect("a put has its item until it is accepted"))
    }

    // ---- slots -------------------------------------------------------------------

    /// The live slots of a resource, promised or held, in the order of granting.
    pub(super) fn slots_of(&self, place: Place) -> Vec<SlotId> {
        let all = 0..self.slots.len();
        all.filter(|&id| self.slots[id].live && self.slots[id].place == place).collect()
    }

    pub(super) fn slot_capacity(&self, place: Place) -> usize {
        match place {
            Place::Resource(index) => self.program.resources[index],
            Place::Preemptive(index) => self.program.preemptives[index],
            _ => unreachable!("no slots there"),
        }
    }

    /// Gives a request a slot.
    pub(super) fn give_slot(&mut self, id: RequestId) {
        let since = self.now;
        let What::Acquire { place, wish, slot } = &mut self.requests[id].what else {
            unreachable!("only an acquire gets a slot")
        };
        *slot = Some(self.slots.len());
        let (place, wish) = (*place, *wish);
        self.slots.push(Slot { place, wish, since, live: true });
    }

    /// Releases slots; one that was revoked releases nothing.
    pub(super) fn give_up(&mut self, slots: &[SlotId]) {
        for &slot in slots {
            if std::mem::replace(&mut self.slots[slot].live, false) {
                self.mark(self.slots[slot].place);
            }
        }
    }

    /// The first in line, if enough units are free. One that needs other resources too may go to
    /// another line instead.
    fn next_for_slot(&mut self, place: Place) -> Option<RequestId> {
        loop {
            let id = self.first_for_slot(place)?;
            if self.units_wanted(id) > self.free_units(place) {
                return None;
            }
            if !matches!(self.requests[id].what, What::Together { .. }) {
                self.give_slot(id);
                return Some(id);
            }
            if self.go_on_together(id, true) {
                return Some(id);
            }
        }
    }
}

/// Whether a getter's filter lets an item through.
pub(super) fn wanted(wants: Wants, item: Item) -> bool {
    match wants {
        Wants::Any => true,
        Wants::Rank(rank) => rank == item.rank,
        Wants::Best(refused) => refused != Some(item.rank),
    }
}

/// Which of these items a getter takes.
pub(super) fn choose(wants: Wants, items: impl Iterator<Item = Item>) -> Option<usize> {
    let mut wished = items.enumerate().filter(|&(_, item)| wanted(wants, item));
    match wants {
        // The first among equals.
        Wants::Best(_) => Some(wished.min_by_key(|&(_, item)| item.key())?.0),
        _ => Some(wished.next()?.0),
    }
}
