//! Resources: who waits for units, who is before whom, and who loses a slot.

use super::World;
use super::objects::{Place, Slot, SlotId, Wish};
use super::requests::{RequestId, Stage, What};
use crate::trace::Cause;

impl World<'_> {
    /// The next place in the order of asking.
    pub(super) fn next_order(&mut self) -> usize {
        self.asked += 1;
        self.asked
    }

    /// How many units are taken, promised or held.
    pub(super) fn taken_units(&self, place: Place) -> usize {
        self.slots_of(place).into_iter().map(|slot| self.slots[slot].wish.units).sum()
    }

    pub(super) fn free_units(&self, place: Place) -> usize {
        self.slot_capacity(place).saturating_sub(self.taken_units(place))
    }

    /// The resource in whose line a request waits.
    pub(super) fn line_of(&self, id: RequestId) -> Option<Place> {
        match &self.requests[id].what {
            _ if self.stage(id) != Stage::Waiting => None,
            What::Acquire { place, .. } => Some(*place),
            What::Together { needs, at, .. } => Some(needs[*at].0),
            _ => None,
        }
    }

    /// The place of a request in the order of a line: its priority, and when it asked.
    fn rank(&self, id: RequestId) -> (i32, usize) {
        match &self.requests[id].what {
            What::Acquire { wish, .. } => (wish.priority, wish.order),
            What::Together { priority, order, .. } => (*priority, *order),
            _ => unreachable!("it waits for no slot"),
        }
    }

    /// How many units of the resource in whose line it waits a request needs.
    pub(super) fn units_wanted(&self, id: RequestId) -> usize {
        match &self.requests[id].what {
            What::Acquire { wish, .. } => wish.units,
            What::Together { needs, at, .. } => needs[*at].1,
            _ => unreachable!("it waits for no slot"),
        }
    }

    /// Who is first in the line of a resource.
    pub(super) fn first_for_slot(&self, place: Place) -> Option<RequestId> {
        let waiting = self.waiting().into_iter();
        waiting.filter(|&id| self.line_of(id) == Some(place)).min_by_key(|&id| self.rank(id))
    }

    /// Whether a request with this rank would be before all in the line. Nobody goes before one that is
    /// about to be served.
    fn is_before_all(&self, place: Place, rank: (i32, usize)) -> bool {
        self.first_for_slot(place).is_none_or(|first| {
            rank < self.rank(first) && self.units_wanted(first) > self.free_units(place)
        })
    }

    /// Takes units, by force if need be, or waits for them.
    pub(super) fn ask_slot(&mut self, place: Place, wish: Wish) -> RequestId {
        let order = self.next_order();
        let wish = Wish { order, owner: self.running, ..wish };
        let id = self.request(What::Acquire { place, wish, slot: None });
        // It is not in the line yet.
        self.requests[id].stage = Stage::Over;
        let is_free = wish.units <= self.free_units(place);
        if is_free && self.is_before_all(place, (wish.priority, order)) {
            self.give_slot(id);
            self.requests[id].stage = Stage::Granted;
        } else if !self.grant_by_eviction(id) {
            self.requests[id].stage = Stage::Waiting;
        }
        id
    }

    /// Takes slots away for a request that is in no line, least urgent first, and among equals the one
    /// that was asked for last; if that is not enough, none. Slots asked for outside of all processes and
    /// slots of the asking process are safe.
    fn grant_by_eviction(&mut self, id: RequestId) -> bool {
        let What::Acquire { place, wish, .. } = self.requests[id].what else { return false };
        let free = self.free_units(place);
        let first = self.first_for_slot(place);
        if !wish.preempts
            || wish.units > self.slot_capacity(place)
            || first.is_some_and(|first| self.units_wanted(first) <= free)
        {
            return false;
        }
        // What is free belongs to the first in line, if that one is before the request.
        let is_first = first.is_none_or(|first| self.rank(first) > (wish.priority, wish.order));
        let mut needed = wish.units - if is_first { free } else { 0 };
        let mut victims = Vec::new();
        let mut evictable = self.slots_of(place);
        evictable.retain(|&slot| {
            let holder = self.slots[slot].wish;
            holder.priority > wish.priority && holder.owner.is_some() && holder.owner != wish.owner
        });
        evictable
            .sort_by_key(|&slot| (self.slots[slot].wish.priority, self.slots[slot].wish.order));
        while needed > 0 {
            let Some(victim) = evictable.pop() else { return false };
            needed = needed.saturating_sub(self.slots[victim].wish.units);
            victims.push(victim);
        }
        for &victim in &victims {
            self.slots[victim].live = false;
        }
        self.give_slot(id);
        self.requests[id].stage = Stage::Granted;
        for victim in victims {
            let Slot { wish: lost, since, .. } = self.slots[victim];
            let process = lost.owner.expect("it has an owner");
            self.interrupt(process, Cause::Preempted { by: self.running, since });
        }
        self.mark(place);
        self.serve();
        true
    }

    /// Takes units if it can be done at once.
    pub(super) fn try_slot(&mut self, place: Place, units: usize) -> Option<SlotId> {
        let order = self.next_order();
        let wish = Wish { units, priority: 0, order, owner: self.running, preempts: false };
        if units > self.free_units(place) || !self.is_before_all(place, (0, order)) {
            return None;
        }
        self.slots.push(Slot { place, wish, since: self.now, live: true });
        Some(self.slots.len() - 1)
    }

    /// Asks for two things together; two of one resource are added up.
    pub(super) fn ask_together(&mut self, parts: [(Place, usize); 2], priority: i32) -> RequestId {
        let [one, other] = parts;
        let needs =
            if one.0 == other.0 { vec![(one.0, one.1 + other.1)] } else { vec![one, other] };
        let (order, slots) = (self.next_order(), Vec::new());
        let what = What::Together { needs, parts, priority, order, at: 0, slots };
        let id = self.request(what);
        if self.go_on_together(id, false) {
            self.requests[id].stage = Stage::Granted;
        }
        id
    }

    /// Gets all that it needs, or waits for the first thing that it cannot have. Returns whether it got
    /// all. If it is its turn where it waits, it is before all there.
    pub(super) fn go_on_together(&mut self, id: RequestId, is_its_turn: bool) -> bool {
        // It does not stand in its own way.
        self.requests[id].stage = Stage::Over;
        let What::Together { needs, parts, priority, order, at, .. } = &self.requests[id].what
        else {
            unreachable!("only for several")
        };
        let rank = (*priority, *order);
        let short = needs.iter().enumerate().position(|(index, &(place, units))| {
            let is_first = is_its_turn && index == *at || self.is_before_all(place, rank);
            units > self.free_units(place) || !is_first
        });
        let (parts, since, owner) = (*parts, self.now, self.running);
        self.requests[id].stage = Stage::Waiting;
        let mut got = Vec::new();
        if short.is_none() {
            for (place, units) in parts {
                let (priority, order) = rank;
                let wish = Wish { units, priority, order, owner, preempts: false };
                got.push(self.slots.len());
                self.slots.push(Slot { place, wish, since, live: true });
            }
        }
        let What::Together { at, slots, .. } = &mut self.requests[id].what else { unreachable!() };
        *at = short.unwrap_or(*at);
        *slots = got;
        short.is_none()
    }

    /// Rule 14: the request moves behind its new equals, as if it asked now.
    pub(super) fn set_priority(&mut self, id: RequestId, to: i32) {
        let new_order = self.next_order();
        match &mut self.requests[id].what {
            What::Acquire { wish, slot, .. } => {
                (wish.priority, wish.order) = (to, new_order);
                if let Some(slot) = *slot {
                    let wish = &mut self.slots[slot].wish;
                    (wish.priority, wish.order) = (to, new_order);
                }
                let Some(line) = self.line_of(id) else { return };
                self.mark(line);
                self.serve();
                if self.stage(id) == Stage::Waiting {
                    self.requests[id].stage = Stage::Over;
                    if !self.grant_by_eviction(id) {
                        self.requests[id].stage = Stage::Waiting;
                    }
                }
            }
            What::Together { .. } => {
                let Some(line) = self.line_of(id) else { return };
                let What::Together { priority, order, .. } = &mut self.requests[id].what else {
                    unreachable!()
                };
                (*priority, *order) = (to, new_order);
                if self.go_on_together(id, false) {
                    self.requests[id].stage = Stage::Granted;
                }
                self.mark(line);
                self.serve();
            }
            _ => {}
        }
    }
}
