//! Who is stuck: the processes that can never go on by themselves.
//!
//! At first all that wait count as stuck. Then those are taken out that something can still let go on:
//!
//! * a timer, or a future of another crate that somebody can still wake;
//! * for a race one of its requests; for a join all of them;
//! * for the end of a process: that process, if it is not stuck;
//! * for a resource: enough of its units, if those that hold them are not stuck, and nobody before it in
//!   line waits in vain;
//! * for what anybody can give (an item, an event): any process that is not stuck.
//!
//! This is repeated as long as it takes somebody out. Each request and each hold is looked at a few times
//! only. What is left is stuck for certain, unless somebody interrupts it. It is the largest set of
//! processes that wait only for each other: for resources with several units, Holt ("Some deadlock
//! properties of computer systems", 1972) finds it in the same way, by a reduction of the graph.

use crate::engine::diagnosis::waits::{NOBODY, Of, Parent, Waits, number};
use crate::engine::thing_view::From;
use crate::engine::wait_name::WaitName;

/// What was found.
pub(super) struct Stuck {
    /// The waiters that can go on.
    can_go_on: Vec<bool>,
    /// For each line: the place of the first request that waits in vain.
    pub(super) fronts: Vec<u32>,
    /// Whether some process can go on.
    pub(super) is_somebody_free: bool,
}

impl Stuck {
    /// Finds out who is stuck.
    pub(super) fn of(waits: &Waits) -> Stuck {
        let mut search = Search::new(waits);
        search.begin();
        search.go_on();
        Stuck {
            can_go_on: search.can_go_on,
            fronts: search.fronts,
            is_somebody_free: search.is_somebody_free,
        }
    }

    /// Returns `true` if this waiter can never go on by itself.
    pub(super) fn is_stuck(&self, waiter: u32) -> bool {
        self.can_go_on.get(waiter as usize).is_some_and(|&can| !can)
    }
}

struct Search<'w> {
    waits: &'w Waits,
    can_go_on: Vec<bool>,
    is_somebody_free: bool,
    /// Whether what anybody can give has been taken into account.
    is_open: bool,
    /// The requests that may be granted.
    grantable: Vec<bool>,
    /// How many parts of each composite may be granted.
    counts: Vec<u32>,
    fronts: Vec<u32>,
    /// How much of each thing is held by those that are stuck.
    held: Vec<f64>,
    /// What each waiter holds, sorted by the waiter.
    holds: Vec<(u32, u32, f64)>,
    /// Who waits for the end of each waiter, sorted by that.
    ends: Vec<(u32, u32)>,
    /// The waiters that were taken out and not looked at since.
    taken_out: Vec<u32>,
    /// The lines of each thing that lends something begin here.
    line_of: Vec<u32>,
}

impl<'w> Search<'w> {
    fn new(waits: &'w Waits) -> Self {
        let mut search = Search {
            waits,
            can_go_on: vec![false; waits.waiters.len()],
            is_somebody_free: waits.is_somebody_ready,
            is_open: false,
            grantable: vec![false; waits.requests.len()],
            counts: vec![0; waits.composites.len()],
            fronts: vec![0; waits.view.lines.len()],
            held: vec![0.0; waits.view.things.len()],
            holds: Vec::new(),
            ends: Vec::new(),
            taken_out: Vec::new(),
            line_of: vec![NOBODY; waits.view.things.len()],
        };
        for thing in 0..number(waits.view.things.len()) {
            for hold in waits.view.holds_of(thing) {
                let holder = waits.waiter(hold.process);
                if holder != NOBODY {
                    search.held[thing as usize] += hold.amount;
                    search.holds.push((holder, thing, hold.amount));
                }
            }
        }
        for (at, line) in waits.view.lines.iter().enumerate() {
            if line.from.is_holder() {
                search.line_of[line.thing as usize] = number(at);
            }
        }
        for (at, request) in waits.requests.iter().enumerate() {
            if let Of::End(key) = request.of {
                search.ends.push((waits.waiter(key), number(at)));
            }
        }
        search.holds.sort_unstable_by_key(|&(holder, thing, _)| (holder, thing));
        search.ends.sort_unstable();
        search
    }

    /// Takes out those that need nobody else.
    fn begin(&mut self) {
        for (at, waiter) in self.waits.waiters.iter().enumerate() {
            if waiter.is_wakeable {
                self.take_out(number(at));
            }
        }
        for (at, request) in self.waits.requests.iter().enumerate() {
            let can_come = match request.of {
                Of::Time => true,
                Of::End(key) => self.waits.waiter(key) == NOBODY,
                Of::Line(_) | Of::Condition(_) => false,
            };
            if can_come {
                self.grant(number(at));
            }
        }
        for line in 0..self.waits.view.lines.len() {
            self.advance(number(line));
        }
    }

    /// Takes out all that others let go on.
    fn go_on(&mut self) {
        loop {
            if self.is_somebody_free && !self.is_open {
                self.is_open = true;
                self.grant_what_anybody_can_give();
            }
            let Some(waiter) = self.taken_out.pop() else { return };
            let from = self.ends.partition_point(|&(of, _)| of < waiter);
            for at in from..self.ends.len() {
                let (of, request) = self.ends[at];
                if of != waiter {
                    break;
                }
                self.grant(request);
            }
            let from = self.holds.partition_point(|&(of, ..)| of < waiter);
            for at in from..self.holds.len() {
                let (of, thing, amount) = self.holds[at];
                if of != waiter {
                    break;
                }
                self.held[thing as usize] -= amount;
                self.advance(self.line_of[thing as usize]);
            }
            // It can leave the lines in which it stands.
            let waits = self.waits;
            for &request in waits.requests_of(waiter) {
                if let Of::Line(line) = waits.requests[request as usize].of {
                    self.advance(line);
                }
            }
        }
    }

    fn grant_what_anybody_can_give(&mut self) {
        let waits = self.waits;
        for (at, request) in waits.requests.iter().enumerate() {
            let is_given = match request.of {
                Of::Line(line) => matches!(
                    waits.view.lines[line as usize].from,
                    From::Anybody | From::OtherEnd(_)
                ),
                Of::Condition(_) => true,
                Of::End(_) | Of::Time => false,
            };
            if is_given {
                self.grant(number(at));
            }
        }
        // A process that waits for something that is not known may be let go on, too. But nobody lets one
        // go on that waits for ever.
        for (at, waiter) in waits.waiters.iter().enumerate() {
            let is_unknown = waits.requests_of(number(at)).is_empty();
            if is_unknown && waiter.what != WaitName::Never {
                self.take_out(number(at));
            }
        }
    }

    /// Notes those at the front of a line that may get what others hold.
    fn advance(&mut self, line: u32) {
        let waits = self.waits;
        let Some(at) = waits.view.lines.get(line as usize) else { return };
        if !at.from.is_holder() {
            return;
        }
        let thing = &waits.view.things[at.thing as usize];
        while self.fronts[line as usize] < at.count {
            let place = self.fronts[line as usize];
            let request = at.first + place;
            let waiter = waits.requests[request as usize].waiter;
            let amount = waits.view.waits[request as usize].amount;
            if amount <= thing.capacity - self.held[at.thing as usize] {
                self.grant(request);
            } else if self.can_go_on.get(waiter as usize) == Some(&false) {
                return;
            }
            // If not granted: its owner can still take it out of the line.
            self.fronts[line as usize] += 1;
        }
    }

    fn grant(&mut self, request: u32) {
        if std::mem::replace(&mut self.grantable[request as usize], true) {
            return;
        }
        let mut parent = self.waits.requests[request as usize].parent;
        loop {
            match parent {
                Parent::Nobody => return,
                Parent::Waiter(waiter) => return self.take_out(waiter),
                Parent::Composite(at) => {
                    let composite = &self.waits.composites[at as usize];
                    let count = &mut self.counts[at as usize];
                    *count += 1;
                    let enough = if composite.is_race { 1 } else { composite.parts };
                    if *count != enough {
                        return;
                    }
                    parent = composite.parent;
                }
            }
        }
    }

    fn take_out(&mut self, waiter: u32) {
        if !std::mem::replace(&mut self.can_go_on[waiter as usize], true) {
            self.is_somebody_free = true;
            self.taken_out.push(waiter);
        }
    }
}
