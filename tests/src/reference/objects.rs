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

/// What is on a shelf.
#[derive(Default)]
pub(super) struct State {
    /// In the order of the numbers, whatever the kind of shelf.
    pub(super) entries: Vec<Entry>,
    /// How many items have been accepted: the next one's number.
    pub(super) accepted: u32,
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

/// A gate.
pub(super) struct Gate {
    pub(super) is_open: bool,
    /// Who waits with a lower number than this passes.
    pub(super) passing: RequestId,
}

/// A slot is named by its place in the order of granting.
pub(super) type SlotId = usize;

/// A slot, promised or held.
pub(super) struct Slot {
    pub(super) place: Place,
    pub(super) priority: i32,
    /// The process that asked for it.
    pub(super) owner: Option<ProcessId>,
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

    /// Serves all requests that the changed objects can serve, one grant at a time. The objects
    /// serve in the order in which they changed: an object goes on before the objects that its
    /// grants have changed.
    pub(super) fn serve(&mut self) {
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
            Place::Barrier(barrier) => self.waiting().into_iter().find(|&id| {
                id < self.barriers[barrier]
                    && matches!(self.requests[id].what,
                        What::Barrier { barrier: other } if other == barrier)
            }),
            Place::Gate(gate) => {
                let first = self.waiting_at_gate(gate).first().copied();
                first.filter(|&id| id < self.gates[gate].passing)
            }
        }
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
        let stored = self.shelves[shelf].entries.len();
        self.program.shelves[shelf].capacity.map_or(stored, |capacity| stored.min(capacity))
    }

    /// Whether one more item may come in.
    pub(super) fn has_room(&self, shelf: usize) -> bool {
        let stored = self.shelves[shelf].entries.len();
        self.program.shelves[shelf].capacity.is_none_or(|capacity| stored < capacity)
    }

    /// Puts an item in its place by number.
    pub(super) fn shelve(&mut self, shelf: usize, entry: Entry) {
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
    pub(super) fn pick(&mut self, shelf: usize, wants: Option<u8>) -> Option<Entry> {
        let mut places = self.best_first(shelf).into_iter();
        let best = places.find(|&at| wanted(wants, self.shelves[shelf].entries[at].item))?;
        Some(self.shelves[shelf].entries.remove(best))
    }

    /// The first waiting getter that wants this item.
    pub(super) fn getter_for(&self, shelf: usize, item: Item) -> Option<RequestId> {
        self.waiting().into_iter().find(|&id| match self.requests[id].what {
            What::Get { shelf: here, wants, .. } => here == shelf && wanted(wants, item),
            _ => false,
        })
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
    fn next_at_shelf(&mut self, shelf: usize) -> Option<RequestId> {
        for at in self.best_first(shelf) {
            let item = self.shelves[shelf].entries[at].item;
            if let Some(id) = self.getter_for(shelf, item) {
                let entry = self.shelves[shelf].entries.remove(at);
                self.promise(id, entry);
                return Some(id);
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

    // ---- tanks -------------------------------------------------------------------

    /// Rule 3: what can be got. What came back and does not fit any more waits outside.
    pub(super) fn tank_level(&self, tank: usize) -> i64 {
        self.tanks[tank].min(i64::from(self.program.tanks[tank].capacity))
    }

    /// Whether an amount fits in.
    pub(super) fn fits(&self, tank: usize, amount: i64) -> bool {
        self.tanks[tank] + amount <= i64::from(self.program.tanks[tank].capacity)
    }

    /// Rule 11: any getter that fits, in order of arrival, else any putter.
    fn next_at_tank(&mut self, tank: usize) -> Option<RequestId> {
        for id in self.waiting() {
            if let What::Draw { tank: here, amount } = self.requests[id].what
                && here == tank
                && amount <= self.tanks[tank]
            {
                self.tanks[tank] -= amount;
                return Some(id);
            }
        }
        for id in self.waiting() {
            if let What::Fill { tank: here, amount } = self.requests[id].what
                && here == tank
                && self.fits(tank, amount)
            {
                self.tanks[tank] += amount;
                return Some(id);
            }
        }
        None
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
        let What::Acquire { place, priority, slot, owner } = &mut self.requests[id].what else {
            unreachable!("only an acquire gets a slot")
        };
        *slot = Some(self.slots.len());
        let (place, priority, owner) = (*place, *priority, *owner);
        self.slots.push(Slot { place, priority, owner, since, live: true });
    }

    /// Releases slots; one that was revoked releases nothing.
    pub(super) fn give_up(&mut self, slots: &[SlotId]) {
        for &slot in slots {
            if std::mem::replace(&mut self.slots[slot].live, false) {
                self.mark(self.slots[slot].place);
            }
        }
    }

    /// The most urgent waiter, the first among equals, if a slot is free.
    fn next_for_slot(&mut self, place: Place) -> Option<RequestId> {
        if self.slots_of(place).len() >= self.slot_capacity(place) {
            return None;
        }
        let id = self.waiting_for_slot(place).into_iter().min_by_key(|&(_, priority)| priority)?.0;
        self.give_slot(id);
        Some(id)
    }

    /// Who waits for a slot, in order of arrival, with their priorities.
    pub(super) fn waiting_for_slot(&self, wanted: Place) -> Vec<(RequestId, i32)> {
        let mut waiters = Vec::new();
        for id in self.waiting() {
            if let What::Acquire { place, priority, .. } = self.requests[id].what
                && place == wanted
            {
                waiters.push((id, priority));
            }
        }
        waiters
    }
}

/// Whether a getter's filter lets an item through.
pub(super) fn wanted(wants: Option<u8>, item: Item) -> bool {
    wants.is_none_or(|rank| rank == item.rank)
}
