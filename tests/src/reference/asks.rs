//! Rule 3: what a request gets at the call.

use super::World;
use super::objects::{Event, Place, Wants, Wish, choose};
use super::requests::{RequestId, Stage, What};
use crate::program::{Ask, Item, ShelfKind};

impl World<'_> {
    /// Makes a request, for the block that it stands in.
    pub(super) fn ask(&mut self, block: RequestId, ask: &Ask) -> RequestId {
        let id = self.make(block, ask);
        // A request in line can make a condition true.
        self.evaluate();
        id
    }

    fn make(&mut self, block: RequestId, ask: &Ask) -> RequestId {
        match ask {
            Ask::Timeout(delay) => self.timeout(i64::from(*delay)),
            Ask::Forever => self.request(What::Timeout { at: None }),
            Ask::Get(shelf, wants) => self.ask_get(*shelf, Wants::rank(*wants)),
            Ask::GetBest(shelf, refused) => self.ask_get(*shelf, Wants::Best(*refused)),
            Ask::Urgent(inner, priority) => {
                let id = self.ask(block, inner);
                self.prioritize(id, *priority);
                id
            }
            Ask::Put(shelf, rank) => self.ask_put(*shelf, *rank),
            Ask::Draw(tank, amount) => self.ask_draw(*tank, i64::from(*amount)),
            Ask::Fill(tank, amount) => self.ask_fill(*tank, i64::from(*amount)),
            Ask::DrawAs(tank, amount, priority) => {
                let id = self.ask_draw(*tank, i64::from(*amount));
                self.evaluate();
                self.rank_at_tank(id, *priority);
                id
            }
            Ask::FillAs(tank, amount, priority) => {
                let id = self.ask_fill(*tank, i64::from(*amount));
                self.evaluate();
                self.rank_at_tank(id, *priority);
                id
            }
            Ask::Acquire(index, priority) => {
                self.ask_slot(Place::Resource(*index), wish(1, *priority, false))
            }
            Ask::AcquireMany(index, units, priority) => {
                self.ask_slot(Place::Resource(*index), wish(*units, *priority, false))
            }
            Ask::Seize(index, priority, preempting) => {
                self.ask_slot(Place::Preemptive(*index), wish(1, *priority, *preempting))
            }
            Ask::SeizeMany(index, units, priority, preempting) => {
                self.ask_slot(Place::Preemptive(*index), wish(*units, *priority, *preempting))
            }
            Ask::Together(needs, priority) => {
                let parts = needs.map(|(index, units)| (Place::Resource(index), units));
                self.ask_together(parts, *priority)
            }
            Ask::Event(event) => {
                let id = self.request(What::Event { event: *event });
                if let Event::Triggered(_) = self.events[*event] {
                    self.requests[id].stage = Stage::Granted;
                }
                id
            }
            Ask::Barrier(barrier) => {
                self.request(What::Barrier { barrier: *barrier, alone: false })
            }
            Ask::Gate(gate) => {
                let id = self.request(What::Gate { gate: *gate });
                if self.gates[*gate].is_open {
                    self.requests[id].stage = Stage::Granted;
                }
                id
            }
            Ask::Until(facts) => self.ask_until(facts),
            Ask::Lent(var) => {
                let What::Block { lent, .. } = &self.requests[block].what else {
                    unreachable!("only a block has variables")
                };
                let request = lent.get(var).copied();
                let request = request.filter(|&id| !self.requests[id].is_lent);
                let Some(request) = request else { return self.timeout(1) };
                self.requests[request].is_lent = true;
                request
            }
            Ask::Kept(var) => {
                let What::Block { kept, .. } = &mut self.requests[block].what else {
                    unreachable!("only a block has variables")
                };
                kept.remove(var).unwrap_or_else(|| self.timeout(1))
            }
            Ask::FirstOf(list) => {
                let branches = list.iter().map(|branch| self.ask(block, branch)).collect();
                self.race(branches)
            }
            Ask::AllOf(list) => {
                let branches: Vec<_> = list.iter().map(|branch| self.ask(block, branch)).collect();
                self.join(&branches)
            }
            Ask::Block(steps) => self.block(steps),
            Ask::At(time) => self.timeout((i64::from(*time) - self.now).max(0)),
            Ask::Settled => self.request(What::Settled),
            Ask::Interruptible(inner) => {
                let inner = self.ask(block, inner);
                self.request(What::Interruptible { inner, polled: false })
            }
        }
    }

    /// A timer.
    fn timeout(&mut self, delay: i64) -> RequestId {
        self.request(What::Timeout { at: Some(self.now + delay) })
    }

    /// A filter, where there are filters.
    pub(super) fn filter(&self, shelf: usize, wants: Wants) -> Wants {
        let is_store = self.program.shelves[shelf].kind == ShelfKind::Store;
        if is_store { wants } else { Wants::Any }
    }

    /// A get: first what is stored, then what waits to come in.
    fn ask_get(&mut self, shelf: usize, wants: Wants) -> RequestId {
        let wants = self.filter(shelf, wants);
        let id = self.request(What::Get { shelf, wants, got: None });
        if let Some(entry) = self.pick(shelf, wants) {
            self.promise(id, entry);
            self.requests[id].stage = Stage::Granted;
            // Its room is free.
            self.mark(Place::Shelf(shelf));
            self.serve();
        } else if let Some(at) = choose(wants, self.puts(shelf).into_iter().map(|put| put.1)) {
            let put = self.puts(shelf)[at].0;
            let (_, item) = self.hand_over(put);
            let entry = self.number(shelf, item);
            self.promise(id, entry);
            self.requests[id].stage = Stage::Granted;
            self.grant(put);
            self.serve();
        }
        id
    }

    /// A new item.
    pub(super) fn new_item(&mut self, rank: u8) -> Item {
        self.items_made += 1;
        Item { rank, serial: self.items_made - 1 }
    }

    /// A put. The item goes straight to a getter that wants it, even past a full shelf; else on the
    /// shelf if there is room; else the put waits.
    fn ask_put(&mut self, shelf: usize, rank: u8) -> RequestId {
        let item = self.new_item(rank);
        let id = self.request(What::Put { shelf, item: Some(item) });
        if let Some(getter) = self.getter_for(shelf, item) {
            let (_, item) = self.hand_over(id);
            let entry = self.number(shelf, item);
            self.requests[id].stage = Stage::Granted;
            self.promise(getter, entry);
            self.grant(getter);
            self.serve();
        } else if self.has_room(shelf) {
            self.accept(id);
            self.requests[id].stage = Stage::Granted;
        }
        id
    }

    /// Takes an amount, or waits for it.
    fn ask_draw(&mut self, tank: usize, amount: i64) -> RequestId {
        let id = self.request(What::Draw { tank, amount });
        if self.in_turn(tank, true, Some(id)) && amount <= self.tanks[tank] {
            self.tanks[tank] -= amount;
            self.requests[id].stage = Stage::Granted;
            self.mark(Place::Tank(tank));
            self.serve();
        }
        id
    }

    /// Adds an amount, or waits until it fits.
    fn ask_fill(&mut self, tank: usize, amount: i64) -> RequestId {
        let id = self.request(What::Fill { tank, amount });
        if self.in_turn(tank, false, Some(id)) && self.fits(tank, amount) {
            self.requests[id].stage = Stage::Granted;
            self.tanks[tank] += amount;
            self.mark(Place::Tank(tank));
            self.serve();
        }
        id
    }

    /// Rule 4: decided here if a branch is satisfied already; the first written wins.
    fn race(&mut self, branches: Vec<RequestId>) -> RequestId {
        let id = self.request(What::FirstOf { branches: branches.clone(), winner: None });
        for &branch in &branches {
            self.requests[branch].parent = Some(id);
        }
        let first = branches.iter().position(|&branch| self.stage(branch) == Stage::Granted);
        if let Some(first) = first {
            self.requests[id].what =
                What::FirstOf { branches: branches.clone(), winner: Some(first) };
            self.requests[id].stage = Stage::Granted;
            for (index, branch) in branches.into_iter().enumerate() {
                if index != first {
                    self.lose(branch);
                }
            }
            self.serve();
        }
        id
    }

    /// Satisfied here if all branches are.
    fn join(&mut self, branches: &[RequestId]) -> RequestId {
        let id = self.request(What::AllOf { branches: branches.to_vec() });
        for &branch in branches {
            self.requests[branch].parent = Some(id);
        }
        if branches.iter().all(|&branch| self.stage(branch) == Stage::Granted) {
            self.requests[id].stage = Stage::Granted;
        }
        id
    }
}

/// What is asked for, before it has its place in the order.
fn wish(units: usize, priority: i32, preempts: bool) -> Wish {
    Wish { units, priority, order: 0, owner: None, preempts }
}
