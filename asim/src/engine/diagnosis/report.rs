//! The report: what was found, with names.

use std::collections::HashMap;
use std::{borrow::Cow, sync::Arc};

use crate::engine::blocked::{Blocked, BlockingThing, Holder, Looks, Obstacle, numbered};
use crate::engine::diagnosis::circles::{Found, Leads, Step};
use crate::engine::diagnosis::stuck::Stuck;
use crate::engine::diagnosis::waits::{NOBODY, Of, Waits, number};
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::name_table::NameId;
use crate::engine::slab::Key;
use crate::engine::standstill::{Circle, Link, Standstill, Tie};
use crate::engine::thing_view::{From, HoldView, WaitView};
use crate::engine::wait_name::WaitName;

/// Writes down what was found.
pub(super) struct Report<'r> {
    kernel: &'r Kernel,
    waits: &'r Waits,
    stuck: &'r Stuck,
}

impl<'r> Report<'r> {
    pub(super) fn new(kernel: &'r Kernel, waits: &'r Waits, stuck: &'r Stuck) -> Self {
        Report { kernel, waits, stuck }
    }

    pub(super) fn write(&self, circles: &[Found]) -> Standstill {
        let tables = &*self.kernel.tables.borrow();
        let names = Names::of(tables);
        let things = 0..number(self.waits.view.things.len());
        let things: Vec<_> = things.map(|thing| self.thing(&names, thing)).collect();
        let waiters = 0..number(self.waits.waiters.len());
        let waits = waiters.map(|waiter| self.blocked(&names, &things, waiter)).collect();
        let circle = |found: &Found| {
            let next = found.steps.iter().skip(1).chain(found.steps.first());
            let steps = found.steps.iter().zip(next);
            let links = steps.map(|(step, next)| self.link(&names, &things, *step, next.waiter));
            Circle { links: links.collect(), others: found.others }
        };
        Standstill {
            time: self.kernel.now.get(),
            is_complete: !self.stuck.is_somebody_free,
            waits,
            circles: circles.iter().map(circle).collect(),
        }
    }

    fn thing(&self, names: &Names<'_>, thing: u32) -> Arc<BlockingThing> {
        let view = &self.waits.view.things[thing as usize];
        let holder = |hold: &HoldView| {
            let named = names.name(hold.process);
            let (process, number) =
                named.map_or((None, None), |(name, number)| (Some(name), number));
            Holder { process, number, amount: hold.amount, since: hold.since }
        };
        Arc::new(BlockingThing {
            kind: view.kind,
            name: view.name.clone(),
            looks: view.looks,
            holders: self.waits.view.holds_of(thing).iter().map(holder).collect(),
        })
    }

    fn blocked(&self, names: &Names<'_>, things: &[Arc<BlockingThing>], waiter: u32) -> Blocked {
        let it = &self.waits.waiters[waiter as usize];
        let (process, number) = names.name(it.key).unwrap_or_default();
        let requests = self.waits.requests_of(waiter);
        let obstacle = |&request: &u32| self.obstacle(names, things, waiter, request);
        Blocked {
            process,
            number,
            waiting_for: it.what.text(),
            since: it.since,
            location: it.at.filter(|_| it.what != WaitName::Foreign),
            obstacles: requests.iter().map(obstacle).collect(),
            is_stuck: self.stuck.is_stuck(waiter),
        }
    }

    fn obstacle(
        &self,
        names: &Names<'_>,
        things: &[Arc<BlockingThing>],
        waiter: u32,
        request: u32,
    ) -> Obstacle {
        match self.waits.requests[request as usize].of {
            Of::Time => Obstacle::Time,
            Of::Condition(condition) => {
                let watched = &self.waits.conditions[condition as usize];
                let things = watched.iter().map(|&thing| Arc::clone(&things[thing as usize]));
                Obstacle::Condition { things: things.collect() }
            }
            Of::End(key) => {
                let (process, number) = names.name(key).unwrap_or_default();
                let is_itself = self.waits.waiters[waiter as usize].key == key;
                Obstacle::Process { process, number, is_itself }
            }
            Of::Line(line) => {
                let thing = self.waits.view.lines[line as usize].thing;
                Obstacle::Thing {
                    thing: Arc::clone(&things[thing as usize]),
                    request: self.waits.view.waits[request as usize].what.text(),
                    note: self.note(names, line, request),
                }
            }
        }
    }

    /// Returns what else is known of a request.
    fn note(&self, names: &Names<'_>, line: u32, request: u32) -> Cow<'static, str> {
        let from = self.waits.view.lines[line as usize].from;
        let WaitView { what, amount, .. } = self.waits.view.waits[request as usize];
        match from {
            From::Borrowers => Cow::Borrowed(""),
            From::Holders => self.note_of_held(names, line, request),
            From::Anybody => {
                let who = who_helps(what);
                match what {
                    WaitName::ContainerGet | WaitName::ContainerPut => {
                        format!("wants {amount}; {who}").into()
                    }
                    _ => Cow::Borrowed(who),
                }
            }
            From::Nobody if what == WaitName::CancelledEvent => Cow::Borrowed("it can never come"),
            From::Nobody => Cow::Borrowed("nobody else has a handle of it, so it can never come"),
            From::OtherEnd(key) => match names.name(key) {
                None if what == WaitName::Send => "who receives is not known".into(),
                None => "who sends is not known".into(),
                Some((name, number)) => {
                    let end = if what == WaitName::Send { "receiver" } else { "sender" };
                    let name = numbered(&name, number);
                    let is_waiting = self.waits.waiter(key) != NOBODY;
                    let waits = if is_waiting { ", which waits, too" } else { "" };
                    format!("its {end} was used by {name}{waits}").into()
                }
            },
        }
    }

    /// Does the same for a request of what others hold.
    fn note_of_held(&self, names: &Names<'_>, line: u32, request: u32) -> Cow<'static, str> {
        let at = self.waits.view.lines[line as usize];
        let thing = &self.waits.view.things[at.thing as usize];
        let WaitView { amount, .. } = self.waits.view.waits[request as usize];
        if amount > thing.capacity {
            return format!("can never be granted: wants {amount} of {}", thing.capacity).into();
        }
        let first = at.first + self.stuck.fronts[line as usize];
        if let Looks::Taken { taken, capacity } = thing.looks
            && first < request
            && let waiter = self.waits.requests[first as usize].waiter
            && let Some(waiter) = self.waits.waiters.get(waiter as usize)
        {
            // There would be enough, but for the one at the front.
            #[allow(clippy::cast_precision_loss, reason = "so many units there are not")]
            let free = capacity.saturating_sub(taken) as f64;
            if amount <= free {
                let (name, number) = names.name(waiter.key).unwrap_or_default();
                return format!("behind {} in line", numbered(&name, number)).into();
            }
        }
        #[allow(clippy::float_cmp, reason = "one is exact")]
        if amount == 1.0 { Cow::Borrowed("") } else { format!("wants {amount}").into() }
    }

    fn link(
        &self,
        names: &Names<'_>,
        things: &[Arc<BlockingThing>],
        step: Step,
        next: u32,
    ) -> Link {
        let it = &self.waits.waiters[step.waiter as usize];
        let (process, number) = names.name(it.key).unwrap_or_default();
        let next = self.waits.waiters[next as usize].key;
        let line = match self.waits.requests.get(step.request as usize).map(|it| it.of) {
            Some(Of::Line(line)) => Some(self.waits.view.lines[line as usize]),
            _ => None,
        };
        let what = line.map_or(it.what, |_| self.waits.view.waits[step.request as usize].what);
        let tie = match (step.leads, line) {
            (Leads::Holder, Some(line)) => {
                let holds = self.waits.view.holds_of(line.thing);
                let hold = holds.iter().find(|hold| hold.process == next);
                Tie::Holds { since: hold.map_or(0.0, |hold| hold.since) }
            }
            (Leads::OneBefore, _) => Tie::IsBefore,
            (Leads::OtherEnd, _) => Tie::HasOtherEnd,
            (Leads::End | Leads::Holder, _) => Tie::Ends,
        };
        Link {
            process,
            number,
            request: what.text(),
            thing: line.map(|line| Arc::clone(&things[line.thing as usize])),
            location: it.at,
            tie,
        }
    }
}

/// Returns that it is not known who could let a request go on that anybody could let go on.
fn who_helps(what: WaitName) -> &'static str {
    match what {
        WaitName::QueueGet
        | WaitName::PriorityQueueGet
        | WaitName::StoreGet
        | WaitName::ContainerGet => "who puts is not known",
        WaitName::QueuePut
        | WaitName::PriorityQueuePut
        | WaitName::StorePut
        | WaitName::ContainerPut => "who gets is not known",
        WaitName::Event => "who triggers it is not known",
        WaitName::GateWait => "who opens it is not known",
        WaitName::BarrierWait => "who releases it is not known",
        WaitName::StateWait => "who sets it is not known",
        _ => "",
    }
}

/// The names of the processes, with numbers for those that share one.
struct Names<'t> {
    tables: &'t Tables,
    /// How many living processes have each static name.
    fixed: Vec<u32>,
    /// How many have each other name.
    others: HashMap<&'t str, u32>,
}

impl<'t> Names<'t> {
    fn of(tables: &'t Tables) -> Self {
        let mut names = Names { tables, fixed: Vec::new(), others: HashMap::new() };
        for (key, cell) in tables.processes.entries() {
            if cell.is_done() {
                continue;
            }
            if let Some((NameId(id), _)) = tables.processes.fixed_name(key) {
                if id >= names.fixed.len() {
                    names.fixed.resize(id + 1, 0);
                }
                names.fixed[id] += 1;
            } else {
                let name = tables.processes.name(key).unwrap_or_default();
                *names.others.entry(name).or_insert(0) += 1;
            }
        }
        names
    }

    /// Returns the name of a process and, if others have it too, the number of the process.
    fn name(&self, key: Key) -> Option<(Cow<'static, str>, Option<u32>)> {
        let processes = &self.tables.processes;
        let (name, count) = if let Some((NameId(id), name)) = processes.fixed_name(key) {
            let count = self.fixed.get(id).map_or(0, |&count| count);
            let is_other = !self.others.is_empty() && self.others.contains_key(name);
            (Cow::Borrowed(name), count + u32::from(is_other))
        } else {
            let name = processes.name(key)?;
            let is_fixed = processes.is_fixed_name(name, &self.fixed);
            let count = self.others.get(name).map_or(0, |&count| count);
            (Cow::Owned(name.to_owned()), count + u32::from(is_fixed))
        };
        Some((name, if count > 1 { processes.number(key) } else { None }))
    }
}
