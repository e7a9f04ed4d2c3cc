//! The history of a run: what the log says of each thing over time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::answers::origin::LogSoFar;
use crate::report::history::steps::Steps;
use crate::trace::kept::{Kept, Noted, lock};
use crate::trace::record::{Kind, Side, What};

/// What happened at all things, over time.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// When the log begins: it was started then, or what was before is not kept.
    pub(crate) from: f64,
    /// Until when the run has come.
    pub(crate) until: f64,
    /// In the order of their numbers. Some may have no happenings.
    pub(crate) things: Vec<ThingHistory>,
    /// How many happenings were not kept, because newer ones came.
    pub(crate) dropped: u64,
    /// Whether happenings were left out on purpose.
    pub(crate) is_filtered: bool,
    /// Until when the run warmed up, if that is known.
    pub(crate) warm_up: Option<f64>,
    /// The unit of time, if it is known.
    pub(crate) unit: Option<String>,
}

/// What happened at one thing, over time.
#[derive(Debug, Clone)]
pub(crate) struct ThingHistory {
    pub(crate) name: Arc<str>,
    pub(crate) kind: &'static str,
    /// What it shows: the units in use, the items. Without points if it shows no number.
    pub(crate) level: Steps,
    /// How much of that there can be. Infinite if there is no bound any more; without points if there never was one.
    pub(crate) capacity: Steps,
    /// How many requests wait to take something, or to pass.
    pub(crate) line: Steps,
    /// How many wait to put something in.
    pub(crate) put_line: Steps,
    /// Who held something, in the order of the grants. Only of a resource and a pool.
    pub(crate) holds: Vec<Hold>,
    /// When a holder was evicted.
    pub(crate) preempted: Vec<f64>,
    /// When a request has left a line without being granted, or an attempt was refused.
    pub(crate) lost: Vec<f64>,
}

/// One hold: from the grant until it is given back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hold {
    /// The number of the process; 0 if it was none.
    pub(crate) process: u32,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) from: f64,
    /// The end of the run, if it is still held.
    pub(crate) to: f64,
    pub(crate) end: End,
}

/// How a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Released,
    Preempted,
    /// It has not ended.
    Still,
}

impl History {
    /// Reads a log, and takes the run to have come to this time.
    pub(crate) fn of(log: &LogSoFar, until: f64) -> Self {
        let kept = &*lock(&log.kept);
        let mut walk = Walk::new(kept);
        let count = usize::try_from(log.count.saturating_sub(kept.dropped)).unwrap_or(usize::MAX);
        let mut last = walk.history.from;
        for noted in kept.noted().take(count) {
            walk.take(noted);
            last = noted.record.time;
        }
        walk.finish(until.max(last))
    }

    /// Returns the place of the thing with this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.things.iter().position(|thing| *thing.name == *name)
    }
}

impl ThingHistory {
    /// Returns whether processes put something in, and may wait for that.
    pub(crate) fn has_put_line(&self) -> bool {
        !self.put_line.is_empty()
    }
}

/// Whether a grant at such a thing begins a hold. An item or an amount is not given back.
pub(crate) fn is_held(kind: &str) -> bool {
    matches!(kind, "Resource" | "PreemptiveResource" | "Pool")
}

/// What is known on the way through a log.
struct Walk {
    history: History,
    /// How many requests of a process (0 for none) wait in a line of a thing.
    waiting: HashMap<(u32, Side, u32), usize>,
    /// The holds of a thing that have not ended, by their places.
    open: Vec<Vec<usize>>,
    /// The processes that have ended.
    ended: HashSet<u32>,
}

impl Walk {
    fn new(kept: &Kept) -> Self {
        let first = kept.noted().next().map(|noted| noted.record.time);
        let from = if kept.dropped > 0 { first.unwrap_or(kept.from) } else { kept.from };
        let thing = |thing: &crate::trace::kept::KeptThing| ThingHistory {
            name: Arc::clone(&thing.name),
            kind: thing.kind,
            level: Steps::default(),
            capacity: Steps::default(),
            line: Steps::default(),
            put_line: Steps::default(),
            holds: Vec::new(),
            preempted: Vec::new(),
            lost: Vec::new(),
        };
        let things: Vec<ThingHistory> = kept.things().iter().map(thing).collect();
        Walk {
            waiting: HashMap::new(),
            open: vec![Vec::new(); things.len()],
            ended: HashSet::new(),
            history: History {
                from,
                until: from,
                things,
                dropped: kept.dropped,
                is_filtered: kept.is_filtered,
                warm_up: None,
                unit: None,
            },
        }
    }

    fn take(&mut self, noted: &Noted) {
        let record = &noted.record;
        let (time, process, number) = (record.time, record.process, record.thing);
        if matches!(
            record.kind(),
            Kind::Ended | Kind::Failed | Kind::Cancelled | Kind::Stopped | Kind::Panicked
        ) {
            self.ended.insert(process);
        }
        let place = (number as usize).wrapping_sub(1);
        let Some(thing) = self.history.things.get_mut(place) else { return };
        match record.what {
            What::Level(value) => thing.level.set(time, value),
            What::Capacity(value) => thing.capacity.set(time, value),
            What::Waits(side) => {
                *self.waiting.entry((number, side, process)).or_default() += 1;
                change(thing, side, time, self.history.from, 1.0);
            }
            What::Granted(side) => {
                if self.has_waited(number, side, process) {
                    self.leave(place, side, time);
                }
                let thing = &mut self.history.things[place];
                if side == Side::Take && is_held(thing.kind) {
                    self.open[place].push(thing.holds.len());
                    let name = noted.process.clone();
                    thing.holds.push(Hold { process, name, from: time, to: time, end: End::Still });
                }
            }
            What::Left(side) => {
                thing.lost.push(time);
                if self.has_waited(number, side, process) {
                    self.leave(place, side, time);
                }
            }
            What::Refused(_) => thing.lost.push(time),
            What::Released => self.end(place, process, time, End::Released),
            What::Preempted => {
                thing.preempted.push(time);
                self.end(place, process, time, End::Preempted);
            }
            _ => {}
        }
    }

    /// Returns whether a request of the process was in the line, and forgets it. A grant at the call has no wait before.
    fn has_waited(&mut self, thing: u32, side: Side, process: u32) -> bool {
        let mut key = (thing, side, process);
        if process == 0 && self.is_line_there(thing, side) && !self.waiting.contains_key(&key) {
            // One that is gone is told as none. Which one it is makes no difference to the length of the line.
            let is_gone = |&&(at, of, who): &&(u32, Side, u32)| {
                (at, of) == (thing, side) && self.ended.contains(&who)
            };
            let Some(gone) = self.waiting.keys().find(is_gone) else { return false };
            key = *gone;
        }
        let Some(count) = self.waiting.get_mut(&key) else { return false };
        *count -= 1;
        if *count == 0 {
            self.waiting.remove(&key);
        }
        true
    }

    fn is_line_there(&self, thing: u32, side: Side) -> bool {
        let thing = &self.history.things[thing as usize - 1];
        let line = if side == Side::Take { &thing.line } else { &thing.put_line };
        line.last() > Some(0.0)
    }

    fn leave(&mut self, place: usize, side: Side, time: f64) {
        change(&mut self.history.things[place], side, time, self.history.from, -1.0);
    }

    /// Ends the latest hold of the process.
    fn end(&mut self, place: usize, process: u32, time: f64, end: End) {
        let (thing, open) = (&mut self.history.things[place], &mut self.open[place]);
        let of_it = |hold: &usize| thing.holds[*hold].process == process;
        // A holder that is gone is told as none.
        let of_one_gone =
            |hold: &usize| process == 0 && self.ended.contains(&thing.holds[*hold].process);
        let found = open.iter().rposition(of_it).or_else(|| open.iter().position(of_one_gone));
        // It may have been there before the log began.
        let Some(found) = found else { return };
        let hold = &mut thing.holds[open.remove(found)];
        (hold.to, hold.end) = (time, end);
    }

    fn finish(mut self, until: f64) -> History {
        self.history.until = until;
        for (thing, open) in self.history.things.iter_mut().zip(self.open) {
            for hold in open {
                thing.holds[hold].to = until;
            }
            // A line that nobody stood in.
            thing.line.set_if_none(self.history.from, 0.0);
        }
        self.history
    }
}

/// Makes a line longer or shorter. At first nobody is in it.
fn change(thing: &mut ThingHistory, side: Side, time: f64, from: f64, by: f64) {
    let line = match side {
        Side::Take => &mut thing.line,
        Side::Put => &mut thing.put_line,
    };
    line.set_if_none(from, 0.0);
    line.set(time, line.last().unwrap_or(0.0) + by);
}
