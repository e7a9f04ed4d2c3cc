//! Who waits for what: the requests of all things and tables, each with the process that it belongs to.
//!
//! A request knows who is notified of its grant, its awaiter. From there the way goes up: from a branch to
//! its composite, to the awaiter of that, and so on to a process. The processes have no way down.

use std::collections::HashMap;

use crate::engine::awaiter::{Awaiter, AwaiterKind};
use crate::engine::blocked::CallSite;
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::slab::Key;
pub(super) use crate::engine::thing_view::number;
use crate::engine::thing_view::{From, View};
use crate::engine::wait_name::WaitName;

/// The number of nobody in a list.
pub(super) const NOBODY: u32 = u32::MAX;

/// All that waits.
pub(super) struct Waits {
    /// What the things look like for which somebody waits. Its requests come first in `requests`, with the
    /// same numbers.
    pub(super) view: View,
    /// The things that each condition watches.
    pub(super) conditions: Vec<Vec<u32>>,
    /// The processes that wait, in the order in which they were started.
    pub(super) waiters: Vec<Waiter>,
    pub(super) requests: Vec<Request>,
    pub(super) composites: Vec<Composite>,
    /// The requests of each waiter, one after another, and where those of each begin.
    pub(super) by_waiter: Vec<u32>,
    pub(super) begins: Vec<u32>,
    /// Whether a process does not wait, or a timer will resume one that has not started.
    pub(super) is_somebody_ready: bool,
    /// The waiter in each cell of the table of processes.
    in_cell: Vec<u32>,
}

/// A process that waits.
pub(super) struct Waiter {
    pub(super) key: Key,
    /// Whether a future of another crate can still wake it.
    pub(super) is_wakeable: bool,
    pub(super) what: WaitName,
    pub(super) since: f64,
    pub(super) at: Option<CallSite>,
}

/// A request that waits.
pub(super) struct Request {
    pub(super) of: Of,
    pub(super) parent: Parent,
    /// The waiter that it belongs to.
    pub(super) waiter: u32,
    /// Its place among the branches of its composite.
    branch: u32,
}

/// What a request asks for.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// Its turn in this line.
    Line(u32),
    /// The truth of this condition.
    Condition(u32),
    /// The end of the process with this key.
    End(Key),
    /// A timer, or the end of the instant.
    Time,
}

/// What a request or composite is a part of.
#[derive(Clone, Copy)]
pub(super) enum Parent {
    /// Nothing that waits.
    Nobody,
    Waiter(u32),
    Composite(u32),
}

/// A race or a join.
pub(super) struct Composite {
    pub(super) is_race: bool,
    pub(super) parent: Parent,
    /// How many requests and composites are a part of it.
    pub(super) parts: u32,
}

impl Waits {
    /// Looks at everything.
    pub(super) fn of(kernel: &Kernel) -> Waits {
        let mut waits = Waits {
            view: View::default(),
            conditions: Vec::new(),
            waiters: Vec::new(),
            requests: Vec::new(),
            composites: Vec::new(),
            by_waiter: Vec::new(),
            begins: Vec::new(),
            is_somebody_ready: false,
            in_cell: Vec::new(),
        };
        waits.ask_things(kernel);
        let instant_end = kernel.instant_end.borrow().awaiters();
        let tables = &*kernel.tables.borrow();
        waits.list_processes(tables);
        let mut known = vec![NOBODY; tables.composites.len()];
        waits.list_requests_of_things(tables, &mut known);
        waits.list_conditions(tables, &mut known);
        waits.list_requests_of_tables(tables, instant_end, &mut known);
        waits.sort_by_waiter();
        waits
    }

    /// Asks all things.
    fn ask_things(&mut self, kernel: &Kernel) {
        for thing in kernel.things.borrow().all() {
            let references = thing.strong_count();
            if let Some(thing) = thing.upgrade() {
                thing.show(&mut self.view);
                self.view.end(references);
            }
        }
    }

    fn list_processes(&mut self, tables: &Tables) {
        let mut numbered = Vec::new();
        let mut cells = 0;
        for (key, cell) in tables.processes.entries() {
            cells = cells.max(key.index() + 1);
            if cell.is_waiting() {
                numbered.push((tables.processes.number(key).unwrap_or(0), key));
            } else if !cell.is_done() && !cell.is_scheduled() {
                self.is_somebody_ready = true;
            }
        }
        numbered.sort_unstable_by_key(|&(number, _)| number);
        self.in_cell = vec![NOBODY; cells as usize];
        for (_, key) in numbered {
            let Some(cell) = tables.processes.look(key.index()) else { continue };
            self.in_cell[key.index() as usize] = number(self.waiters.len());
            self.waiters.push(Waiter {
                key,
                is_wakeable: cell.is_wakeable(),
                what: cell.waiting_for,
                since: cell.since,
                at: cell.waiting_at,
            });
        }
    }

    /// Returns the waiter with this key; `NOBODY` if it does not wait.
    pub(super) fn waiter(&self, key: Key) -> u32 {
        let waiter = self.in_cell.get(key.index() as usize).copied().unwrap_or(NOBODY);
        let is_it = self.waiters.get(waiter as usize).is_some_and(|waiter| waiter.key == key);
        if is_it { waiter } else { NOBODY }
    }

    fn list_requests_of_things(&mut self, tables: &Tables, known: &mut [u32]) {
        self.requests.reserve(self.view.waits.len());
        let mut branches = vec![0; self.view.things.len()];
        for line in 0..self.view.lines.len() {
            let at = self.view.lines[line];
            for request in at.first..at.first + at.count {
                let awaiter = self.view.waits[request as usize].awaiter;
                if let AwaiterKind::Branch { .. } = awaiter.kind() {
                    branches[at.thing as usize] += 1;
                }
                self.add(tables, awaiter, Of::Line(number(line)), known);
            }
        }
        for (thing, branches) in branches.into_iter().enumerate() {
            let thing = &self.view.things[thing];
            let lines = &mut self.view.lines[thing.lines.0 as usize..thing.lines.1 as usize];
            let requests: u32 = lines.iter().map(|line| line.count).sum();
            // A request has one reference to its thing, and the composite that can cancel it has another.
            if thing.is_counted && thing.references <= requests as usize + branches {
                for line in lines {
                    line.from = From::Nobody;
                }
            }
        }
    }

    fn list_conditions(&mut self, tables: &Tables, known: &mut [u32]) {
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        for (thing, condition, awaiter) in std::mem::take(&mut self.view.conditions) {
            let new = number(self.conditions.len());
            let at = *numbers.entry(condition).or_insert(new);
            if at == new {
                self.conditions.push(Vec::new());
                self.add(tables, awaiter, Of::Condition(at), known);
            }
            self.conditions[at as usize].push(thing);
        }
    }

    fn list_requests_of_tables(
        &mut self,
        tables: &Tables,
        instant_end: Vec<Awaiter>,
        known: &mut [u32],
    ) {
        for (key, cell) in tables.processes.entries() {
            if let Some(awaiter) = cell.own_timer(key) {
                self.add_timer(tables, awaiter, known);
            }
            if let Some(info) = cell.body.as_ref().filter(|_| !cell.is_done()) {
                self.add(tables, info.awaiter, Of::End(key), known);
            }
        }
        for awaiter in tables.timers.spare_awaiters().chain(instant_end) {
            self.add_timer(tables, awaiter, known);
        }
    }

    fn add_timer(&mut self, tables: &Tables, awaiter: Awaiter, known: &mut [u32]) {
        if let Some(process) = awaiter.as_process()
            && self.waiter(process) == NOBODY
        {
            // It has not started, and will.
            self.is_somebody_ready |= !tables.processes.is_done(process);
            return;
        }
        self.add(tables, awaiter, Of::Time, known);
    }

    /// Adds a request. `known` has the numbers of the composites.
    fn add(&mut self, tables: &Tables, mut awaiter: Awaiter, of: Of, known: &mut [u32]) {
        if awaiter == Awaiter::NOBODY && !matches!(of, Of::Line(_)) {
            return;
        }
        let request = self.requests.len();
        self.requests.push(Request { of, parent: Parent::Nobody, waiter: NOBODY, branch: 0 });
        let mut part: Option<u32> = None;
        loop {
            let (parent, branch, next) = match awaiter.kind() {
                AwaiterKind::Nobody => break,
                AwaiterKind::Process(key) => (Self::parent(self.waiter(key)), 0, None),
                AwaiterKind::Waker(key) => {
                    let cell = tables.wakers.noted(key.index()) as usize;
                    let waiter = self.in_cell.get(cell).copied().unwrap_or(NOBODY);
                    (Self::parent(waiter), 0, None)
                }
                AwaiterKind::Branch { composite, branch } => {
                    let at = known.get(composite as usize).copied().unwrap_or(NOBODY);
                    if at == NOBODY {
                        let Some(node) = tables.composites.look(composite) else { break };
                        let at = number(self.composites.len());
                        known[composite as usize] = at;
                        self.composites.push(Composite {
                            is_race: node.is_race(),
                            parent: Parent::Nobody,
                            parts: 0,
                        });
                        (Parent::Composite(at), branch, Some((at, node.awaiter)))
                    } else {
                        (Parent::Composite(at), branch, None)
                    }
                }
            };
            if let Parent::Composite(at) = parent {
                self.composites[at as usize].parts += 1;
            }
            match part {
                None => {
                    self.requests[request].parent = parent;
                    self.requests[request].branch = branch;
                }
                Some(at) => self.composites[at as usize].parent = parent,
            }
            let Some((at, outer)) = next else { break };
            (part, awaiter) = (Some(at), outer);
        }
    }

    fn parent(waiter: u32) -> Parent {
        if waiter == NOBODY { Parent::Nobody } else { Parent::Waiter(waiter) }
    }

    /// Finds the waiter of each request, and lists the requests of each waiter in the order written.
    fn sort_by_waiter(&mut self) {
        let mut tops: Vec<Option<u32>> = vec![None; self.composites.len()];
        let mut way = Vec::new();
        for start in 0..self.composites.len() {
            let mut at = start;
            let top = loop {
                if let Some(top) = tops[at] {
                    break top;
                }
                way.push(at);
                match self.composites[at].parent {
                    Parent::Composite(outer) => at = outer as usize,
                    Parent::Waiter(waiter) => break waiter,
                    Parent::Nobody => break NOBODY,
                }
            };
            for at in way.drain(..) {
                tops[at] = Some(top);
            }
        }
        let mut counts = vec![0_u32; self.waiters.len() + 1];
        for request in &mut self.requests {
            request.waiter = match request.parent {
                Parent::Nobody => NOBODY,
                Parent::Waiter(waiter) => waiter,
                Parent::Composite(at) => tops[at as usize].unwrap_or(NOBODY),
            };
            if request.waiter != NOBODY {
                counts[request.waiter as usize + 1] += 1;
            }
        }
        for at in 1..counts.len() {
            counts[at] += counts[at - 1];
        }
        self.begins.clone_from(&counts);
        self.by_waiter = vec![0; *counts.last().unwrap_or(&0) as usize];
        for (at, request) in self.requests.iter().enumerate() {
            if request.waiter != NOBODY {
                let place = &mut counts[request.waiter as usize];
                self.by_waiter[*place as usize] = number(at);
                *place += 1;
            }
        }
        for waiter in 0..self.waiters.len() {
            let (from, to) = (self.begins[waiter] as usize, self.begins[waiter + 1] as usize);
            let requests = &self.requests;
            self.by_waiter[from..to].sort_by_key(|&at| requests[at as usize].branch);
        }
    }

    /// Returns the requests of a waiter.
    pub(super) fn requests_of(&self, waiter: u32) -> &[u32] {
        let waiter = waiter as usize;
        &self.by_waiter[self.begins[waiter] as usize..self.begins[waiter + 1] as usize]
    }
}
