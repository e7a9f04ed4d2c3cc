//! The state of a resource: how many units are taken, and who is next in line.

use std::{mem, rc::Weak};

use crate::engine::slab::{Key, Slab};
use crate::engine::{awaiter::Awaiter, priority_line::PriorityLine, wait_list::WaitList};
use crate::shared::resource::holders::{Evicted, Holder, HolderList};
use crate::shared::resource::holding::{Hold, Holding};

/// The units of a resource, their holders, and the requests that wait.
pub(crate) struct State {
    /// The number of units. After it was lowered, more units than this may be taken.
    pub(crate) capacity: usize,
    /// The number of units that are held or promised.
    pub(crate) taken: usize,
    /// The number of requests that have got a place in the order of asking.
    asked: u64,
    pub(crate) list: WaitList<Entry>,
    pub(crate) line: PriorityLine,
    /// The holders of the slots, if holders can be evicted.
    pub(crate) holders: Option<HolderList>,
    /// What is held, if holders cannot be evicted.
    pub(crate) holds: Slab<Hold>,
    /// The requests in this line that need other resources too.
    joint: Slab<Option<Weak<dyn Joint>>>,
}

/// A request in the list.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The process that asked; [`Key::NONE`] outside of all processes.
    pub(crate) process: Key,
    pub(crate) purpose: Purpose,
    pub(crate) state: EntryState,
}

/// What a request in the list is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// One slot.
    Slot,
    /// Work that goes on after each loss of its slot, and has lost it this number of times.
    Work { losses: u32, preempts: bool },
    /// A request that needs other resources too, at this place among those.
    Joint(u32),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum EntryState {
    /// It waits for this number of units.
    Waiting { preempts: bool, units: u32, number: u64 },
    /// It has been granted what this names.
    Granted(Holding),
    /// It has left the line, and somebody behind it may be served.
    Left,
    /// It was granted what this names, which is about to go back.
    GivenUp(Holding),
}

/// A request that needs several resources. It stands in the line of one that it has to wait for.
pub(crate) trait Joint {
    /// Takes its turn: it is the first in that line, and there are enough units. It has left the line.
    fn take_turn(&self);

    /// Returns who awaits it.
    fn awaiter(&self) -> Awaiter;
}

/// What is asked for, by whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) priority: i32,
    pub(crate) units: u32,
    /// The process that asks; [`Key::NONE`] outside of all processes.
    pub(crate) process: Key,
    /// The request of the work that it is for; [`Key::NONE`] if it is for no work.
    pub(crate) work: Key,
}

/// Those who were evicted by one request: the first, and the others.
pub(crate) type AllEvicted = (Option<Evicted>, Vec<Evicted>);

impl Entry {
    /// The number of units that it waits for.
    pub(crate) fn units(&self) -> usize {
        match self.state {
            EntryState::Waiting { units, .. } => units as usize,
            _ => 0,
        }
    }

    /// Its place in the order of asking.
    fn number(&self) -> u64 {
        match self.state {
            EntryState::Waiting { number, .. } => number,
            _ => 0,
        }
    }
}

impl State {
    pub(crate) fn new(capacity: usize, holders: Option<HolderList>) -> Self {
        State {
            capacity,
            taken: 0,
            asked: 0,
            list: WaitList::new(),
            line: PriorityLine::default(),
            holders,
            holds: Slab::new(),
            joint: Slab::new(),
        }
    }

    /// Returns who awaits the request at this place among those that need other resources too.
    pub(crate) fn awaiter_of_joint(&self, place: u32) -> Awaiter {
        let joint = self.joint.look(place).and_then(|joint| joint.as_ref()?.upgrade());
        joint.map_or(Awaiter::NOBODY, |joint| joint.awaiter())
    }

    /// Returns the next place in the order of asking.
    #[inline]
    pub(crate) fn next_number(&mut self) -> u64 {
        let number = self.asked;
        self.asked += 1;
        number
    }

    /// Returns `true` if so many units are free.
    #[inline]
    pub(crate) fn has(&self, units: u32) -> bool {
        // More than the capacity may be taken.
        self.capacity.checked_sub(self.taken).is_some_and(|free| free >= units as usize)
    }

    /// Returns `true` if a request that asks now can be granted: enough units are free, and nobody waits
    /// before it.
    #[inline]
    pub(crate) fn can_take(&self, priority: i32, units: u32) -> bool {
        self.has(units) && (self.line.is_empty() || self.is_before_all(priority, u64::MAX))
    }

    /// Returns `true` if a request with this place in the order is before all that wait.
    ///
    /// While several requests are dropped as one cancellation, the first in line may have enough units and
    /// not be served yet. Nobody goes before it then.
    #[inline(never)]
    pub(crate) fn is_before_all(&self, priority: i32, number: u64) -> bool {
        let Some(key) = self.list.first(*self.line) else { return true };
        let Some(first) = self.list.get(key) else { return true };
        let is_before = (priority, number) < (self.list.priority(key), first.number());
        is_before && first.units() > self.capacity.saturating_sub(self.taken)
    }

    /// Grants what is wished for.
    #[inline]
    pub(crate) fn grant(&mut self, wish: Wish, now: f64) -> Holding {
        if self.holders.is_none() {
            return self.hold(wish.process, wish.units, now);
        }
        self.taken += wish.units as usize;
        let number = self.next_number();
        self.add_holder(wish, number, now)
    }

    /// Takes units that nobody can take away.
    #[inline]
    pub(crate) fn hold(&mut self, process: Key, units: u32, since: f64) -> Holding {
        self.taken += units as usize;
        let (key, hold) = self.holds.occupy();
        *hold = Hold { process, since, units };
        Holding(key)
    }

    /// Grants to a request that waits what it waits for. Does not notify it.
    pub(crate) fn grant_waiting(&mut self, key: Key, now: f64) {
        let Some(&Entry { process, purpose, state }) = self.list.get(key) else { return };
        let EntryState::Waiting { units, number, .. } = state else { return };
        self.line.leave(&mut self.list, key);
        let holding = if self.holders.is_none() {
            self.hold(process, units, now)
        } else {
            self.taken += units as usize;
            let work = if matches!(purpose, Purpose::Work { .. }) { key } else { Key::NONE };
            let wish = Wish { priority: self.list.priority(key), units, process, work };
            self.add_holder(wish, number, now)
        };
        if let Some(entry) = self.list.get_mut(key) {
            entry.state = EntryState::Granted(holding);
        }
    }

    fn add_holder(&mut self, wish: Wish, number: u64, since: f64) -> Holding {
        let Wish { priority, units, process, work } = wish;
        let holder = Holder { priority, number, units, process, work, since };
        let key = self.holders.as_mut().map_or(Key::NONE, |list| list.insert(holder));
        Holding(key)
    }

    /// Returns `false` if the holder was evicted.
    pub(crate) fn is_held(&self, holding: Holding) -> bool {
        match &self.holders {
            None => self.holds.contains(holding.0),
            Some(holders) => holders.contains(holding.0),
        }
    }

    /// Returns how many units are held; 0 if the holder was evicted.
    pub(crate) fn units(&self, holding: Holding) -> u32 {
        match &self.holders {
            None => self.holds.get(holding.0).map_or(0, |hold| hold.units),
            Some(holders) => holders.units(holding.0),
        }
    }

    /// Takes units back. Returns who has held them and since when, or `None` if the holder was evicted
    /// before.
    #[inline]
    pub(crate) fn free(&mut self, holding: Holding) -> Option<Hold> {
        let hold = match &mut self.holders {
            None => self.holds.vacate_if(holding.0, |hold| Some(*hold))?,
            Some(holders) => {
                let holder = holders.remove(holding.0)?;
                let Holder { process, since, units, .. } = holder;
                Hold { process, since, units }
            }
        };
        self.taken -= hold.units as usize;
        Some(hold)
    }

    /// Takes some of the units back. The others stay held.
    pub(crate) fn free_some(&mut self, holding: Holding, units: u32) {
        match &mut self.holders {
            None => {
                if let Some(hold) = self.holds.get_mut(holding.0) {
                    hold.units -= units;
                }
            }
            Some(holders) => drop(holders.take_some(holding.0, units)),
        }
        self.taken -= units as usize;
    }

    /// Makes a hold of its own of some of the units that are held.
    pub(crate) fn split(&mut self, holding: Holding, units: u32) -> Holding {
        let Some(hold) = self.holds.get_mut(holding.0) else { return holding };
        if hold.units == units {
            return holding;
        }
        hold.units -= units;
        let part = Hold { units, ..*hold };
        Holding(self.holds.insert(part))
    }

    /// Evicts holders until there is room for the wish. Evicts none if that would not be enough. Returns
    /// `None` then.
    pub(crate) fn make_room(&mut self, wish: Wish) -> Option<AllEvicted> {
        let Wish { priority, units, process, .. } = wish;
        let units = units as usize;
        let free = self.capacity.saturating_sub(self.taken);
        let first = self.list.first(*self.line);
        let wanted = first.and_then(|key| self.list.get(key)).map_or(usize::MAX, Entry::units);
        if units > self.capacity || wanted <= free {
            return None;
        }
        // What is free belongs to the first in line, if that one is before the request.
        let is_first = first.is_none_or(|key| priority < self.list.priority(key));
        let usable = if is_first { free } else { 0 };
        let mut needed = units.saturating_sub(usable) + self.taken.saturating_sub(self.capacity);
        let holders = self.holders.as_mut()?;
        if needed > 1 && !holders.can_evict(needed, priority, process) {
            return None;
        }
        let mut evicted: AllEvicted = (None, Vec::new());
        while needed > 0 {
            let (one, units) = self.evict_one(Some(priority), process)?;
            needed = needed.saturating_sub(units as usize);
            match evicted.0 {
                None => evicted.0 = Some(one),
                Some(_) => evicted.1.push(one),
            }
        }
        Some(evicted)
    }

    /// Evicts one holder for each unit that is taken beyond the capacity, the least urgent first.
    pub(crate) fn evict_surplus(&mut self, active: Key) -> AllEvicted {
        let mut evicted = Vec::new();
        while self.taken > self.capacity
            && let Some((one, _)) = self.evict_one(None, active)
        {
            evicted.push(one);
        }
        (None, evicted)
    }

    /// Evicts one holder. If it holds its slot for work, the request of the work goes back to its old place
    /// in line at once, so that no equal that came later is served before it. Returns also how many units
    /// are free by it.
    fn evict_one(&mut self, priority: Option<i32>, asker: Key) -> Option<(Evicted, u32)> {
        let holder = self.holders.as_mut()?.evict(priority, asker)?;
        self.taken -= holder.units as usize;
        let (mut awaiter, mut waits_again) = (None, None);
        if holder.work != Key::NONE {
            awaiter = Some(self.take_awaiter(holder.work));
            waits_again = self.wait_again(&holder);
        }
        Some((Evicted::new(&holder, awaiter, waits_again), holder.units))
    }

    /// Puts the request of work that has lost its slot back in line, and returns it, unless it is about to
    /// leave.
    fn wait_again(&mut self, holder: &Holder) -> Option<Key> {
        let &Holder { priority, number, units, work, .. } = holder;
        if let Some(entry) = self.list.get_mut(work)
            && let Purpose::Work { losses, preempts } = &mut entry.purpose
            && let EntryState::Granted(_) = entry.state
        {
            *losses += 1;
            entry.state = EntryState::Waiting { preempts: *preempts, units, number };
            self.join_in_order(priority, work, number);
            return Some(work);
        }
        None
    }

    /// Adds a request to the line.
    pub(crate) fn join(&mut self, wish: Wish, preempts: bool, purpose: Purpose) -> Key {
        let number = self.next_number();
        let Wish { priority, units, process, .. } = wish;
        let state = EntryState::Waiting { preempts, units, number };
        self.line.join(&mut self.list, priority, Entry { process, purpose, state })
    }

    /// Does the same as [`join`](Self::join) for a slot, if the request is the last in line and the table
    /// needs no memory.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_plainly(&mut self, wish: Wish, preempts: bool) -> Option<Key> {
        let Wish { priority, units, process, .. } = wish;
        let state = EntryState::Waiting { preempts, units, number: self.asked };
        let entry = Entry { process, purpose: Purpose::Slot, state };
        let request = self.line.join_plainly(&mut self.list, priority, entry).ok()?;
        self.asked += 1;
        Some(request)
    }

    /// Passes units that nobody can take away on to the first request in line, if it is for a slot and
    /// there are enough. Returns its awaiter, for the caller to notify, and what was held before. Otherwise
    /// changes nothing. The request gets the same entry in the table, as nobody else has its key.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn pass_on(&mut self, holding: Holding, now: f64) -> Option<(Awaiter, Hold)> {
        let hold = self.holds.at(holding.0.index());
        let freed = *hold;
        let left = self.taken - freed.units as usize;
        let free = self.capacity.checked_sub(left)?;
        let (entry, awaiter) = self.line.take_first_plainly(&mut self.list, |entry| {
            matches!(entry.purpose, Purpose::Slot) && (1..=free).contains(&entry.units())
        })?;
        let EntryState::Waiting { units, .. } = entry.state else { return None };
        *hold = Hold { process: entry.process, since: now, units };
        entry.state = EntryState::Granted(holding);
        self.taken = left + units as usize;
        Some((awaiter, freed))
    }

    /// Puts a request that is in no line in the place that its priority and its number give it.
    pub(crate) fn join_in_order(&mut self, priority: i32, key: Key, number: u64) {
        self.line
            .join_in_order(&mut self.list, priority, key, |other: &Entry| other.number() < number);
    }

    /// Adds a request that needs other resources too, in the place that its priority and its number give
    /// it.
    pub(crate) fn join_joint(
        &mut self,
        (priority, number): (i32, u64),
        units: u32,
        process: Key,
        joint: Weak<dyn Joint>,
    ) -> Key {
        let purpose = Purpose::Joint(self.joint.insert(Some(joint)).index());
        let state = EntryState::Waiting { preempts: false, units, number };
        let key = self.list.hold(Entry { process, purpose, state });
        self.join_in_order(priority, key, number);
        key
    }

    /// Removes such a request.
    pub(crate) fn remove_joint(&mut self, key: Key) -> Option<Weak<dyn Joint>> {
        let Some(&Entry { purpose: Purpose::Joint(place), .. }) = self.list.get(key) else {
            return None;
        };
        self.line.leave(&mut self.list, key);
        self.list.remove(key);
        self.joint.remove(self.joint.key_at(place)).flatten()
    }

    /// Removes the entry of a granted request. Returns what it holds.
    #[inline]
    pub(crate) fn take_granted(&mut self, request: Key) -> Option<Holding> {
        let EntryState::Granted(holding) = self.list.get(request)?.state else { return None };
        self.list.remove(request);
        Some(holding)
    }

    /// Returns the awaiter of a request, in line or not.
    pub(crate) fn take_awaiter(&mut self, request: Key) -> Awaiter {
        self.list.awaiter(request).map(mem::take).unwrap_or_default()
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Entry, WaitList};

    #[test]
    fn a_request_for_a_slot_takes_64_bytes() {
        // 32 for the place in line with its priority; 32 for the process, the purpose, and the state.
        assert_eq!(WaitList::<Entry>::PLACE, 64);
    }
}
