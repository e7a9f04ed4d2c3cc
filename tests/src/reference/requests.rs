//! One request: how it is granted, decides races, is consumed, and is dropped.

use super::objects::{Entry, Place, SlotId, Wants, Wish};
use super::{ProcessId, World};
use crate::program::{Ask, Fact, Item, Step, Var};
use crate::trace::{Ending, Seen};
use std::collections::BTreeMap;

/// A request is named by its place in the order of the calls.
pub(super) type RequestId = usize;

/// Where a request is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not satisfied yet.
    Waiting,
    /// Satisfied, and what it got is promised to its owner.
    Granted,
    /// Consumed, dropped, or the loser of a race: it has nothing and waits for nothing.
    Over,
}

/// One thing that somebody awaits or may await.
pub(super) struct Request {
    pub(super) what: What,
    pub(super) stage: Stage,
    /// The `FirstOf` or `AllOf` that it is a branch of.
    pub(super) parent: Option<RequestId>,
    /// The process that awaits it itself (not a composite around it).
    pub(super) waiter: Option<ProcessId>,
    /// What a plain future that is a branch gave when it finished.
    pub(super) value: Option<Value>,
    /// Whether it is awaited by `&mut`: its owner keeps it.
    pub(super) is_lent: bool,
    /// Its priority, and its place among those of the same priority: what a shelf's line goes by.
    pub(super) place: (i32, usize),
}

/// What was asked for.
pub(super) enum What {
    Timeout {
        at: Option<i64>,
    },
    /// The end of the instant.
    Settled,
    Get {
        shelf: usize,
        wants: Wants,
        got: Option<Entry>,
    },
    Put {
        shelf: usize,
        item: Option<Item>,
    },
    Draw {
        tank: usize,
        amount: i64,
    },
    Fill {
        tank: usize,
        amount: i64,
    },
    Acquire {
        place: Place,
        wish: Wish,
        slot: Option<SlotId>,
    },
    /// Several resources at once: it waits for the one at `at`.
    Together {
        needs: Vec<(Place, usize)>,
        parts: [(Place, usize); 2],
        priority: i32,
        order: usize,
        at: usize,
        slots: Vec<SlotId>,
    },
    Event {
        event: usize,
    },
    Barrier {
        /// Whether it was released as the only one.
        alone: bool,
        barrier: usize,
    },
    Gate {
        gate: usize,
    },
    Until {
        facts: Vec<Fact>,
    },
    Join {
        process: ProcessId,
    },
    FirstOf {
        branches: Vec<RequestId>,
        winner: Option<usize>,
    },
    AllOf {
        branches: Vec<RequestId>,
    },
    /// A plain future: an async block.
    Block {
        steps: Vec<Step>,
        /// The statement that it is at.
        at: usize,
        /// What it awaits there.
        current: Option<RequestId>,
        /// What it has lent to `current`, by the variables in which it was.
        lent: BTreeMap<Var, RequestId>,
        kept: BTreeMap<Var, RequestId>,
        held: Vec<SlotId>,
        failed: bool,
    },
    /// A plain future: `env.interruptible(inner)`.
    Interruptible {
        inner: RequestId,
        /// Whether it has been polled. It can catch from its first poll on.
        polled: bool,
    },
}

/// What awaiting gave: what one sees, and the slots that come with it.
pub(super) struct Value {
    pub(super) seen: Seen,
    pub(super) slots: Vec<SlotId>,
}

impl Value {
    pub(super) fn seen(seen: Seen) -> Self {
        Self { seen, slots: Vec::new() }
    }
}

impl World<'_> {
    /// Moves what an await lends out of its variables.
    pub(super) fn lend(&mut self, block: RequestId, ask: &Ask) {
        let mut vars = Vec::new();
        ask.lends(&mut vars);
        for var in vars {
            let What::Block { kept, .. } = &self.requests[block].what else {
                unreachable!("only a block has variables")
            };
            let Some(&id) = kept.get(&var) else { continue };
            if self.is_plain(id)
                || matches!(self.requests[id].what, What::FirstOf { .. } | What::AllOf { .. })
            {
                continue;
            }
            let What::Block { lent, kept, .. } = &mut self.requests[block].what else {
                unreachable!("looked just now")
            };
            kept.remove(&var);
            lent.insert(var, id);
        }
    }

    /// Moves what has not given its output back to its variable.
    pub(super) fn take_back(&mut self, block: RequestId) {
        let What::Block { lent, .. } = &mut self.requests[block].what else {
            unreachable!("only a block has variables")
        };
        for (var, id) in std::mem::take(lent) {
            self.requests[id].is_lent = false;
            if self.stage(id) == Stage::Over {
                continue;
            }
            let What::Block { kept, .. } = &mut self.requests[block].what else {
                unreachable!("looked just now")
            };
            kept.insert(var, id);
        }
    }

    /// Writes down a request; it waits.
    pub(super) fn request(&mut self, what: What) -> RequestId {
        let (stage, parent, waiter, value) = (Stage::Waiting, None, None, None);
        let place = (0, self.places);
        self.places += 1;
        let is_lent = false;
        self.requests.push(Request { what, stage, parent, waiter, value, is_lent, place });
        self.requests.len() - 1
    }

    /// Rule 14: a request that waits goes behind its new equals.
    pub(super) fn prioritize(&mut self, id: RequestId, priority: i32) {
        if self.stage(id) == Stage::Waiting {
            self.requests[id].place = (priority, self.places);
            self.places += 1;
        }
    }

    /// Takes the item of a put that waits.
    pub(super) fn withdraw(&mut self, id: RequestId) -> Option<Item> {
        let waits = self.stage(id) == Stage::Waiting;
        let What::Put { item, .. } = &mut self.requests[id].what else {
            unreachable!("only a put can be withdrawn")
        };
        let item = if waits { item.take() } else { None };
        self.items_consumed += u32::from(item.is_some());
        self.drop_all(id);
        item
    }

    /// All that wait, in the order of the calls.
    pub(super) fn waiting(&self) -> Vec<RequestId> {
        (0..self.requests.len()).filter(|&id| self.stage(id) == Stage::Waiting).collect()
    }

    pub(super) fn stage(&self, id: RequestId) -> Stage {
        self.requests[id].stage
    }

    /// Whether this is a plain future, which only polling moves on.
    pub(super) fn is_plain(&self, id: RequestId) -> bool {
        matches!(self.requests[id].what, What::Block { .. } | What::Interruptible { .. })
    }

    /// The branches, if it is a composite.
    pub(super) fn branches(&self, id: RequestId) -> Vec<RequestId> {
        match &self.requests[id].what {
            What::FirstOf { branches, .. } | What::AllOf { branches } => branches.clone(),
            _ => Vec::new(),
        }
    }

    /// Makes one grant, with all that it decides and all cancellations that this causes. What the
    /// cancellations free is only marked as changed; `serve` gives it out.
    pub(super) fn grant(&mut self, id: RequestId) {
        let mut losers = Vec::new();
        let mut leaves_plain = false;
        let mut at = id;
        loop {
            self.requests[at].stage = Stage::Granted;
            if let Some(process) = self.requests[at].waiter {
                self.wake(process);
            }
            let Some(parent) = self.requests[at].parent else { break };
            if self.stage(parent) != Stage::Waiting {
                break;
            }
            let branches = self.branches(parent);
            let all = branches.iter().all(|&branch| self.stage(branch) == Stage::Granted);
            match &mut self.requests[parent].what {
                What::FirstOf { winner, .. } => {
                    *winner = branches.iter().position(|&branch| branch == at);
                    losers.extend(branches.into_iter().filter(|&branch| branch != at));
                    leaves_plain |= self.has_plain(parent);
                }
                _ if all => {}
                _ => break,
            }
            at = parent;
        }
        for &loser in &losers {
            self.lose(loser);
        }
        // Plain futures that lost are dropped when their process resumes. It resumes in this
        // instant, even if what it awaits is not decided yet.
        if leaves_plain {
            let root = self.root(id);
            if let Some(process) = self.requests[root].waiter {
                self.wake(process);
            }
        }
    }

    /// The outermost composite around a request.
    fn root(&self, mut id: RequestId) -> RequestId {
        while let Some(parent) = self.requests[id].parent {
            id = parent;
        }
        id
    }

    /// Whether there is a plain future in it, at any stage.
    pub(super) fn has_plain(&self, id: RequestId) -> bool {
        self.is_plain(id) || self.branches(id).into_iter().any(|branch| self.has_plain(branch))
    }

    /// A branch lost: its native requests are cancelled; plain futures and handles stay for now.
    pub(super) fn lose(&mut self, id: RequestId) {
        if self.requests[id].is_lent {
            self.unwatch(id);
            return;
        }
        if self.is_plain(id) {
            return;
        }
        if let What::Join { .. } = self.requests[id].what {
            // The process is only not waited for any more: the handle is dropped with the race.
            self.requests[id].parent = None;
            return;
        }
        for branch in self.branches(id) {
            self.lose(branch);
        }
        self.leave(id);
    }

    /// Rule 13: a request that was lent is merely no longer waited for.
    fn unwatch(&mut self, id: RequestId) {
        self.requests[id].parent = None;
        self.requests[id].waiter = None;
    }

    /// Drops whatever this is, with everything in it; what that frees is marked.
    pub(super) fn drop_tree(&mut self, id: RequestId) {
        if self.requests[id].is_lent {
            self.unwatch(id);
            return;
        }
        for branch in self.branches(id) {
            self.drop_tree(branch);
        }
        match &mut self.requests[id].what {
            What::Block { current, lent, kept, held, .. } => {
                let current = current.take();
                let mut inside: Vec<RequestId> = std::mem::take(lent).into_values().collect();
                inside.extend(std::mem::take(kept).into_values());
                let held = std::mem::take(held);
                if let Some(current) = current {
                    self.drop_tree(current);
                }
                for request in inside {
                    self.requests[request].is_lent = false;
                    self.drop_tree(request);
                }
                self.give_up(&held);
            }
            What::Interruptible { inner, .. } => {
                let inner = *inner;
                self.drop_tree(inner);
            }
            _ => {}
        }
        if let Some(value) = self.requests[id].value.take() {
            self.give_up(&value.slots);
        }
        self.leave(id);
    }

    /// Drops one thing by itself: a complete operation.
    pub(super) fn drop_all(&mut self, id: RequestId) {
        if self.has_native(id) {
            self.drop_tree(id);
            self.serve();
        } else {
            self.drop_apart(id);
        }
    }

    /// Whether it is a native request, or a composite with a native request in it. Dropping it is
    /// then one operation.
    pub(super) fn has_native(&self, id: RequestId) -> bool {
        match &self.requests[id].what {
            What::FirstOf { branches, .. } | What::AllOf { branches } => {
                branches.iter().any(|&branch| self.has_native(branch))
            }
            What::Block { .. } | What::Interruptible { .. } => false,
            _ => true,
        }
    }

    /// Drops a plain future, or a composite of plain futures only, one thing after the other.
    fn drop_apart(&mut self, id: RequestId) {
        for branch in self.branches(id) {
            self.drop_all(branch);
        }
        match &mut self.requests[id].what {
            What::Block { current, lent, kept, held, .. } => {
                let current = current.take();
                let mut inside: Vec<RequestId> = std::mem::take(lent).into_values().collect();
                inside.extend(std::mem::take(kept).into_values());
                let held = std::mem::take(held);
                if let Some(current) = current {
                    self.drop_all(current);
                }
                for request in inside {
                    self.requests[request].is_lent = false;
                    self.drop_all(request);
                }
                for slot in held {
                    self.give_up(&[slot]);
                    self.serve();
                }
            }
            What::Interruptible { inner, .. } => {
                let inner = *inner;
                self.drop_all(inner);
            }
            _ => {}
        }
        if let Some(value) = self.requests[id].value.take() {
            for slot in value.slots {
                self.give_up(&[slot]);
                self.serve();
            }
        }
        self.leave(id);
    }

    /// Takes a request out of the line in which it waits, or gives back what it was promised.
    fn leave(&mut self, id: RequestId) {
        let line = self.line_of(id);
        let held_up = line.filter(|&place| self.first_for_slot(place) == Some(id));
        let stage = std::mem::replace(&mut self.requests[id].stage, Stage::Over);
        let waited = stage == Stage::Waiting;
        if stage == Stage::Over {
            return;
        }
        match &mut self.requests[id].what {
            What::Get { shelf, got, .. } => {
                let shelf = *shelf;
                if let Some(entry) = got.take() {
                    self.shelve(shelf, entry);
                    self.mark(Place::Shelf(shelf));
                }
            }
            // Waiting: the item goes with it. Accepted: final.
            What::Put { item, .. } => self.items_dropped += u32::from(item.take().is_some()),
            What::Draw { tank, amount } if !waited => {
                let (tank, amount) = (*tank, *amount);
                self.tanks[tank] += amount;
                self.mark(Place::Tank(tank));
            }
            // In strict order those behind it may go on.
            What::Draw { tank, .. } | What::Fill { tank, .. } if waited => {
                let tank = *tank;
                if self.program.tanks[tank].in_order {
                    self.mark(Place::Tank(tank));
                }
            }
            What::Acquire { slot, .. } => {
                let slots: Vec<SlotId> = slot.take().into_iter().collect();
                self.give_up(&slots);
            }
            What::Together { slots, .. } => {
                let slots = std::mem::take(slots);
                self.give_up(&slots);
            }
            What::Join { process } => {
                let process = *process;
                self.detach(process);
            }
            // A signal for one that nobody took goes to those who wait now.
            What::Barrier { barrier, alone: true } if !waited => {
                let barrier = *barrier;
                if !self.waiting_at_barrier(barrier).is_empty() {
                    self.barriers[barrier].signal(self.requests.len());
                    self.mark(Place::Barrier(barrier));
                }
            }
            _ => {}
        }
        // A request that was the first in line may have held up those behind it.
        if let Some(place) = held_up
            && self.first_for_slot(place).is_some()
            && self.free_units(place) > 0
        {
            self.mark(place);
        }
    }

    /// Takes what a request got: a promise is consumed, what waits for room is served.
    pub(super) fn take(&mut self, id: RequestId) -> Value {
        assert_eq!(self.stage(id), Stage::Granted, "only what is granted can be taken");
        self.requests[id].stage = Stage::Over;
        if let Some(value) = self.requests[id].value.take() {
            return value;
        }
        match &mut self.requests[id].what {
            What::Get { got, .. } => {
                let entry = got.take().expect("a granted get has an item");
                self.items_consumed += 1;
                Value::seen(Seen::Item(entry.item))
            }
            What::Acquire { slot, .. } => {
                let slots = vec![slot.take().expect("a granted acquire has a slot")];
                Value { seen: Seen::Slot, slots }
            }
            What::Together { slots, .. } => {
                let slots = std::mem::take(slots);
                Value { seen: Seen::Slot, slots }
            }
            What::Event { event } => {
                let number = self.events[*event].value().expect("it was triggered");
                Value::seen(Seen::Number(number))
            }
            What::Join { process } => {
                let process = *process;
                self.processes[process].handle = None;
                let ending: Option<Ending> = self.processes[process].ending.clone();
                Value::seen(Seen::Ended(ending.expect("it ended")))
            }
            What::FirstOf { branches, winner } => {
                let index = winner.expect("it was decided");
                let branch = branches[index];
                let Value { seen, slots } = self.take(branch);
                self.drop_losers(id, true);
                self.serve();
                Value { seen: Seen::First(index, Box::new(seen)), slots }
            }
            What::AllOf { branches } => {
                let branches = branches.clone();
                let (mut list, mut slots) = (Vec::new(), Vec::new());
                for branch in branches {
                    let value = self.take(branch);
                    list.push(value.seen);
                    slots.extend(value.slots);
                }
                Value { seen: Seen::All(list), slots }
            }
            What::Draw { tank, .. } => {
                let tank = *tank;
                self.drawn(tank);
                Value::seen(Seen::Nothing)
            }
            _ => Value::seen(Seen::Nothing),
        }
    }
}
