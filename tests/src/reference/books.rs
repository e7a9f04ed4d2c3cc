//! Rule 5, as sums: what must hold whenever no operation is under way.

use super::World;
use super::objects::{Place, wanted};
use super::requests::{Stage, What};

impl World<'_> {
    /// Checks everything.
    pub(super) fn check_books(&self) {
        self.check_items();
        for shelf in 0..self.shelves.len() {
            self.check_shelf(shelf);
        }
        for tank in 0..self.tanks.len() {
            self.check_tank(tank);
        }
        for index in 0..self.program.resources.len() {
            self.check_slots(Place::Resource(index));
        }
        for index in 0..self.program.preemptives.len() {
            self.check_slots(Place::Preemptive(index));
        }
        for gate in 0..self.gates.len() {
            let nobody_waits = self.waiting_at_gate(gate).is_empty();
            assert!(nobody_waits || !self.gates[gate].is_open, "somebody waits at an open gate");
        }
        self.check_ready();
    }

    /// Every item made is in exactly one place.
    fn check_items(&self) {
        let on_shelves: usize = self.shelves.iter().map(|shelf| shelf.entries.len()).sum();
        let in_requests = self.requests.iter().filter(|request| match request.what {
            What::Put { item, .. } => item.is_some(),
            What::Get { got, .. } => got.is_some(),
            _ => false,
        });
        let there = on_shelves + in_requests.count();
        let gone = self.items_consumed + self.items_dropped;
        let sum = u32::try_from(there).expect("few items") + gone;
        assert_eq!(sum, self.items_made, "an item is lost or doubled");
    }

    /// Never more than fits; nobody waits for what is there; numbers in order.
    fn check_shelf(&self, shelf: usize) {
        let entries = &self.shelves[shelf].entries;
        assert!(self.shelf_len(shelf) <= entries.len());
        assert!(entries.is_sorted_by(|one, next| one.number < next.number));
        let puts = self.puts(shelf);
        assert!(puts.is_empty() || !self.has_room(shelf), "a put waits though there is room");
        for id in self.waiting() {
            if let What::Get { shelf: here, wants, .. } = self.requests[id].what
                && here == shelf
            {
                let stored = entries.iter().any(|entry| wanted(wants, entry.item));
                let offered = puts.iter().any(|&(_, item)| wanted(wants, item));
                assert!(!stored && !offered, "a get waits for what is there");
            }
        }
        for request in &self.requests {
            if let What::Get { got, .. } = request.what {
                assert_eq!(got.is_some(), request.stage == Stage::Granted);
            }
        }
    }

    /// No more slots are taken than there are, and nobody waits while one is free.
    fn check_slots(&self, place: Place) {
        let (taken, capacity) = (self.taken_units(place), self.slot_capacity(place));
        assert!(taken <= capacity, "more slots than there are");
        if let Some(first) = self.first_for_slot(place) {
            assert!(
                self.units_wanted(first) > capacity - taken,
                "the first waits for what is free"
            );
        }
        for request in &self.requests {
            if let What::Together { slots, .. } = &request.what {
                assert_eq!(!slots.is_empty(), request.stage == Stage::Granted, "all or nothing");
            }
        }
    }

    /// A process that awaits a granted request is in the ready line.
    fn check_ready(&self) {
        for request in &self.requests {
            if let (Stage::Granted, Some(process)) = (request.stage, request.waiter) {
                let ended = self.processes[process].ending.is_some();
                assert!(ended || self.ready.contains(&process), "a process sleeps too long");
            }
        }
    }
}
