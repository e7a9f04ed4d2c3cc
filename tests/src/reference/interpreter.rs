//! What a process does when it is resumed: statement by statement, until something
//! it awaits is not there yet.

use super::objects::{Event, Gate, Place, SlotId, Wants};
use super::requests::{RequestId, Stage, Value, What};
use super::{ProcessId, World};
use crate::program::{MOST_PROCESSES, Step};
use crate::trace::{Cause, Seen};

impl World<'_> {
    /// Polls what a process awaits, or a plain future in it; gives what came out.
    pub(super) fn poll(&mut self, id: RequestId, process: ProcessId) -> Option<Value> {
        match self.requests[id].what {
            What::Block { .. } => self.poll_block(id, process),
            What::Interruptible { .. } => self.poll_interruptible(id, process),
            _ => {
                // While it is polled it need not wake its process, which is running.
                self.requests[id].waiter = None;
                self.drive(id, process);
                if self.stage(id) == Stage::Granted {
                    return Some(self.take(id));
                }
                self.requests[id].waiter = Some(process);
                // Some races inside it may be decided although it is not decided itself.
                self.drop_losers(id, false);
                self.serve();
                None
            }
        }
    }

    /// Polls the plain futures inside a native, in the order written, until it is decided.
    fn drive(&mut self, id: RequestId, process: ProcessId) {
        for branch in self.branches(id) {
            if self.stage(id) != Stage::Waiting {
                break;
            }
            if !self.is_plain(branch) {
                self.drive(branch, process);
            } else if self.stage(branch) == Stage::Waiting
                && let Some(value) = self.poll(branch, process)
            {
                self.finish_branch(id, branch, value);
            }
        }
    }

    /// A plain branch finished: that counts, unless the race was decided meanwhile.
    fn finish_branch(&mut self, parent: RequestId, branch: RequestId, value: Value) {
        if self.stage(parent) == Stage::Waiting {
            self.requests[branch].value = Some(value);
            self.grant(branch);
        } else {
            self.requests[branch].stage = Stage::Over;
            self.give_up(&value.slots);
        }
        self.serve();
    }

    /// Drops what is left of the losers, in all decided races in here. If the races are not being
    /// taken, does so only in races with plain futures among their branches.
    pub(super) fn drop_losers(&mut self, id: RequestId, taken: bool) {
        let apart = !self.has_native(id);
        self.drop_losers_in(id, taken, apart);
    }

    /// Does the same, as one operation or `apart` (in a composite of plain futures only).
    fn drop_losers_in(&mut self, id: RequestId, taken: bool, apart: bool) {
        let winner = match self.requests[id].what {
            What::FirstOf { winner, .. } if taken || self.has_plain(id) => winner,
            _ => None,
        };
        for (index, branch) in self.branches(id).into_iter().enumerate() {
            if winner.is_none_or(|winner| winner == index) {
                self.drop_losers_in(branch, taken, apart);
            } else if apart {
                self.drop_all(branch);
            } else {
                self.drop_tree(branch);
            }
        }
    }

    /// Returns the interrupt that it catches, else what its inside gives.
    fn poll_interruptible(&mut self, id: RequestId, process: ProcessId) -> Option<Value> {
        let What::Interruptible { inner, polled } = &mut self.requests[id].what else {
            unreachable!("the caller looked")
        };
        let inner = *inner;
        *polled = true;
        let mut value = self.catch(id, inner);
        if value.is_none() {
            let inside = self.poll(inner, process);
            value = inside.map(|Value { seen, slots }| {
                let seen = Seen::Unhurt(Box::new(seen));
                Value { seen, slots }
            });
        }
        if value.is_none() {
            // The inner part that should have caught it was dropped before its turn came.
            value = self.catch(id, inner);
        }
        if value.is_some() {
            self.requests[id].stage = Stage::Over;
        }
        value
    }

    /// Catches the interrupt that is being delivered, if this is the innermost part that can. Then
    /// drops what is inside.
    fn catch(&mut self, id: RequestId, inner: RequestId) -> Option<Value> {
        let is_inside = self.catchers(inner).iter().any(|guard| self.can_catch.contains(guard));
        if is_inside || !self.can_catch.contains(&id) {
            return None;
        }
        let cause = self.delivery.take()?;
        self.drop_tree(inner);
        self.serve();
        Some(Value::seen(Seen::Interrupted(cause)))
    }

    /// Rule 7: the interruptibles on the await path. What has lost a race is not on it
    /// any more.
    pub(super) fn catchers(&self, id: RequestId) -> Vec<RequestId> {
        if self.stage(id) != Stage::Waiting {
            return Vec::new();
        }
        match &self.requests[id].what {
            What::Block { current, .. } => {
                current.map_or(Vec::new(), |current| self.catchers(current))
            }
            What::Interruptible { inner, polled } => {
                let mut found = self.catchers(*inner);
                found.extend(polled.then_some(id));
                found
            }
            _ => self.branches(id).into_iter().flat_map(|branch| self.catchers(branch)).collect(),
        }
    }

    /// Runs statements until one has to wait.
    fn poll_block(&mut self, id: RequestId, process: ProcessId) -> Option<Value> {
        loop {
            let What::Block { steps, at, current, .. } = &self.requests[id].what else {
                unreachable!("the caller looked")
            };
            let (step, current) = (steps.get(*at).cloned(), *current);
            match step {
                Some(Step::Await(ask)) => {
                    if let Some(current) = current {
                        let value = self.poll(current, process)?;
                        self.hold(id, value.slots);
                        self.set_current(id, None);
                        self.take_back(id);
                        let what = format!("{} = {}", Step::Await(ask), value.seen);
                        self.note(Some(process), what);
                    } else {
                        self.lend(id, &ask);
                        let current = self.ask(id, &ask);
                        self.set_current(id, Some(current));
                        continue;
                    }
                }
                Some(Step::Fail) => return Some(self.finish_block(id, true)),
                Some(step) => self.perform(id, Some(process), &step),
                None => return Some(self.finish_block(id, false)),
            }
            if let What::Block { at, .. } = &mut self.requests[id].what {
                *at += 1;
            }
        }
    }

    fn set_current(&mut self, block: RequestId, request: Option<RequestId>) {
        if let What::Block { current, .. } = &mut self.requests[block].what {
            *current = request;
        }
    }

    fn hold(&mut self, block: RequestId, slots: Vec<SlotId>) {
        if let What::Block { held, .. } = &mut self.requests[block].what {
            held.extend(slots);
        }
    }

    /// The block ends: its variables are dropped, one after the other.
    pub(super) fn finish_block(&mut self, block: RequestId, is_failure: bool) -> Value {
        let What::Block { kept, held, failed, .. } = &mut self.requests[block].what else {
            unreachable!("the caller looked")
        };
        *failed = is_failure;
        let (kept, held) = (std::mem::take(kept), std::mem::take(held));
        for request in kept.into_values() {
            self.drop_all(request);
        }
        for slot in held {
            self.give_up(&[slot]);
            self.serve();
        }
        self.requests[block].stage = Stage::Over;
        Value::seen(Seen::Nothing)
    }

    /// Whether a finished block ended in an error.
    pub(super) fn failed_body(&self, block: RequestId) -> bool {
        matches!(self.requests[block].what, What::Block { failed: true, .. })
    }

    /// Runs what `main` does before the run.
    pub(super) fn run_setup(&mut self, main: RequestId) {
        for step in &self.program.setup {
            self.perform(main, None, step);
        }
    }

    /// One statement that does not wait.
    fn perform(&mut self, block: RequestId, who: Option<ProcessId>, step: &Step) {
        let came = self.effect(block, step);
        self.evaluate();
        self.note(who, format!("{step} {came}"));
    }

    /// What a statement does, and what it gives.
    #[allow(clippy::too_many_lines, reason = "one arm for each statement")]
    fn effect(&mut self, block: RequestId, step: &Step) -> String {
        match *step {
            Step::Keep(var, ref ask) => {
                let request = self.ask(block, ask);
                self.keep(block, var, request);
            }
            Step::Drop(var) => {
                let What::Block { kept, .. } = &mut self.requests[block].what else {
                    unreachable!("only a block has variables")
                };
                if let Some(request) = kept.remove(&var) {
                    self.drop_all(request);
                }
            }
            Step::Release(index) => {
                let What::Block { held, .. } = &mut self.requests[block].what else {
                    unreachable!("only a block holds slots")
                };
                if !held.is_empty() {
                    let slot = held.remove(index % held.len());
                    self.give_up(&[slot]);
                    self.serve();
                }
            }
            Step::Resize(tank, capacity) => self.resize(tank, i64::from(capacity)),
            Step::TryGet(..)
            | Step::TryGetBest(..)
            | Step::TryPut(..)
            | Step::TryDraw(..)
            | Step::TryFill(..)
            | Step::TryAcquire(_)
            | Step::TryAcquireMany(..) => return self.attempt(block, step),
            Step::SetPriority(var, priority) => {
                if let Some(id) = self.kept(block, var) {
                    self.change_priority(id, priority);
                }
            }
            Step::Succeed(event) => {
                let Event::Pending = self.events[event] else { return "Err".to_owned() };
                let number = self.running.map_or(99, |process| process);
                self.events[event] = Event::Triggered(u32::try_from(number).expect("small"));
                self.mark(Place::Event(event));
                self.serve();
            }
            Step::CancelEvent(event) => {
                if let Event::Pending = self.events[event] {
                    self.events[event] = Event::Cancelled;
                }
            }
            Step::Open(barrier) => {
                self.barriers[barrier].released = self.requests.len();
                self.mark(Place::Barrier(barrier));
                self.serve();
            }
            Step::OpenForOne(barrier) => {
                let waiting = self.waiting_at_barrier(barrier).len();
                if waiting <= self.barriers[barrier].signals {
                    return "Err".to_owned();
                }
                self.barriers[barrier].signal(self.requests.len());
                self.mark(Place::Barrier(barrier));
                self.serve();
            }
            Step::OpenGate(gate) => {
                self.gates[gate] = Gate { is_open: true, passing: self.requests.len() };
                self.mark(Place::Gate(gate));
                self.serve();
            }
            Step::CloseGate(gate) => self.gates[gate].is_open = false,
            Step::Start(script, var) => {
                if self.processes.len() >= MOST_PROCESSES {
                    return "skipped".to_owned();
                }
                let handle = self.start(script);
                match var {
                    Some(var) => self.keep(block, var, handle),
                    None => self.drop_all(handle),
                }
            }
            Step::Interrupt(process, cause) => {
                if process >= self.processes.len() || self.running == Some(process) {
                    return "skipped".to_owned();
                }
                self.interrupt(process, Cause::Said(cause));
            }
            Step::Cancel(process) => {
                if process >= self.processes.len() {
                    return "skipped".to_owned();
                }
                self.cancel(process);
            }
            Step::Await(_) | Step::Fail => unreachable!("not for here"),
            Step::ShelfCapacity(shelf, capacity) => self.set_shelf_capacity(shelf, capacity),
            Step::Withdraw(var) => match self.kept(block, var) {
                Some(id) if matches!(self.requests[id].what, What::Put { .. }) => {
                    let What::Block { kept, .. } = &mut self.requests[block].what else {
                        unreachable!("only a block has variables")
                    };
                    kept.remove(&var);
                    let item = self.withdraw(id);
                    return item.map_or("None".to_owned(), |item| item.to_string());
                }
                _ => return "skipped".to_owned(),
            },
        }
        String::new()
    }

    /// Rule 14: a request moves behind its new equals. One without a priority stays.
    pub(super) fn change_priority(&mut self, id: RequestId, priority: i32) {
        match self.requests[id].what {
            What::Get { .. } | What::Put { .. } => self.prioritize(id, priority),
            What::Draw { .. } | What::Fill { .. } => self.rank_at_tank(id, priority),
            _ => self.set_priority(id, priority),
        }
    }

    /// What a variable keeps.
    fn kept(&self, block: RequestId, var: u8) -> Option<RequestId> {
        match &self.requests[block].what {
            What::Block { kept, .. } => kept.get(&var).copied(),
            _ => unreachable!("only a block has variables"),
        }
    }

    /// What must not wait: it works at once or not at all.
    fn attempt(&mut self, block: RequestId, step: &Step) -> String {
        match *step {
            Step::TryGet(shelf, _) | Step::TryGetBest(shelf, _) => {
                let wants = match *step {
                    Step::TryGet(_, rank) => Wants::rank(rank),
                    Step::TryGetBest(_, refused) => Wants::Best(refused),
                    _ => unreachable!("one of the two"),
                };
                let wants = self.filter(shelf, wants);
                let Some(entry) = self.pick(shelf, wants) else { return "None".to_owned() };
                self.items_consumed += 1;
                self.mark(Place::Shelf(shelf));
                self.serve();
                return entry.item.to_string();
            }
            Step::TryPut(shelf, rank) => return self.try_put(shelf, rank),
            Step::TryDraw(tank, amount) => {
                let amount = i64::from(amount);
                if !self.in_turn(tank, true, None) || amount > self.tank_level(tank) {
                    return "Err".to_owned();
                }
                self.tanks[tank] -= amount;
                self.mark(Place::Tank(tank));
                self.serve();
                self.drawn(tank);
            }
            Step::TryFill(tank, amount) => {
                let amount = i64::from(amount);
                if !self.in_turn(tank, false, None) || !self.fits(tank, amount) {
                    return "Err".to_owned();
                }
                self.tanks[tank] += amount;
                self.mark(Place::Tank(tank));
                self.serve();
            }
            Step::TryAcquire(_) | Step::TryAcquireMany(..) => {
                let (index, units) = match *step {
                    Step::TryAcquireMany(index, units) => (index, units),
                    Step::TryAcquire(index) => (index, 1),
                    _ => unreachable!("one of the two"),
                };
                let Some(slot) = self.try_slot(Place::Resource(index), units) else {
                    return "None".to_owned();
                };
                self.hold(block, vec![slot]);
            }
            _ => unreachable!("the caller looked"),
        }
        String::new()
    }

    /// Keeps a request in a variable; what was there is dropped.
    fn keep(&mut self, block: RequestId, var: u8, request: RequestId) {
        let What::Block { kept, .. } = &mut self.requests[block].what else {
            unreachable!("only a block has variables")
        };
        if let Some(old) = kept.insert(var, request) {
            self.drop_all(old);
        }
    }

    /// A put that does not wait.
    fn try_put(&mut self, shelf: usize, rank: u8) -> String {
        let item = self.new_item(rank);
        if let Some(getter) = self.getter_for(shelf, item) {
            let entry = self.number(shelf, item);
            self.promise(getter, entry);
            self.grant(getter);
            self.serve();
        } else if self.has_room(shelf) {
            let entry = self.number(shelf, item);
            self.shelve(shelf, entry);
        } else {
            self.items_dropped += 1;
            return format!("Err({item})");
        }
        item.to_string()
    }
}
