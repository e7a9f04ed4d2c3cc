//! What things show of themselves when somebody asks why nothing happens: who waits in which line, who
//! holds what, and what the thing looks like.
//!
//! What a process waits for is in its future, and nobody may poll that to see. So the things are asked
//! instead, all of them (see `things`). What they show is written into a few long
//! lists, as there may be a million things.

use std::sync::Arc;

use crate::engine::awaiter::Awaiter;
use crate::engine::blocked::Looks;
use crate::engine::slab::Key;
use crate::engine::wait_name::WaitName;

/// A thing that processes can wait for, as it shows itself.
pub(crate) trait Thing {
    /// Shows what it looks like now: calls [`View::begin`], and then adds its lines and holds. Runs no user
    /// code, and makes no other thing. The tables may not be borrowed.
    fn show(&self, view: &mut View);
}

/// What all things for which somebody waits look like.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// Whether it also has what is held of things for which nobody waits.
    pub(crate) has_all_holds: bool,
    pub(crate) things: Vec<ThingView>,
    /// The lines of the things, one thing after another.
    pub(crate) lines: Vec<LineView>,
    /// The requests in the lines, one line after another.
    pub(crate) waits: Vec<WaitView>,
    /// What is held of the things, one thing after another.
    pub(crate) holds: Vec<HoldView>,
    /// The conditions that watch a thing: the thing, the number of the condition, and who awaits it.
    pub(crate) conditions: Vec<(u32, u64, Awaiter)>,
}

/// What a thing looks like.
#[derive(Debug)]
pub(crate) struct ThingView {
    /// The kind of thing: `"Resource"`.
    pub(crate) kind: &'static str,
    /// The name that the model has given it.
    pub(crate) name: Option<Arc<str>>,
    pub(crate) looks: Looks,
    /// How much it has to lend, if it lends something that somebody then holds.
    pub(crate) capacity: f64,
    /// Whether each request in its lines has a reference to it. Then all other references are handles.
    pub(crate) is_counted: bool,
    /// How many references there are to it.
    pub(crate) references: usize,
    /// Where its lines begin in the list, and where they end.
    pub(crate) lines: (u32, u32),
    /// Where its holds begin in the list, and where they end.
    pub(crate) holds: (u32, u32),
}

/// One line of a thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineView {
    pub(crate) thing: u32,
    /// Who can let the first in line go on.
    pub(crate) from: From,
    /// Where its requests begin in the list.
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// Who can let a request go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// Those who hold the thing, by giving back enough of it. Nobody in the line overtakes another.
    Holders,
    /// Those who have borrowed its units: one of them may be the right one. Nobody in the line holds up
    /// those behind.
    Borrowers,
    /// Whoever has a handle of the thing.
    Anybody,
    /// Whoever has the other end of the channel: as far as is known, this process, which has used it.
    /// [`Key::NONE`] if it was never used, or outside of all processes.
    OtherEnd(Key),
    /// Nobody, ever.
    Nobody,
}

impl From {
    /// Returns `true` if it is somebody who holds the thing.
    pub(crate) fn is_holder(self) -> bool {
        matches!(self, From::Holders | From::Borrowers)
    }
}

/// A request that waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitView {
    /// What the request is called.
    pub(crate) what: WaitName,
    pub(crate) awaiter: Awaiter,
    /// How much it asks for.
    pub(crate) amount: f64,
}

/// Something that is held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldView {
    /// The process that asked for it; [`Key::NONE`] outside of all processes.
    pub(crate) process: Key,
    pub(crate) amount: f64,
    /// The time at which it was granted.
    pub(crate) since: f64,
}

impl View {
    /// Begins with a thing.
    pub(crate) fn begin(&mut self, kind: &'static str, name: Option<&str>, looks: Looks) {
        let (lines, holds) = (number(self.lines.len()), number(self.holds.len()));
        self.things.push(ThingView {
            kind,
            name: name.map(Arc::from),
            looks,
            capacity: 0.0,
            is_counted: false,
            references: 0,
            lines: (lines, lines),
            holds: (holds, holds),
        });
    }

    /// Notes that each request in the lines has a reference to the thing.
    pub(crate) fn counts_references(&mut self) {
        if let Some(thing) = self.things.last_mut() {
            thing.is_counted = true;
        }
    }

    /// Notes how much the thing has to lend.
    pub(crate) fn lends(&mut self, capacity: f64) {
        if let Some(thing) = self.things.last_mut() {
            thing.capacity = capacity;
        }
    }

    /// Adds a condition that watches the thing.
    pub(crate) fn condition(&mut self, condition: u64, awaiter: Awaiter) {
        self.conditions.push((number(self.things.len()) - 1, condition, awaiter));
    }

    /// Adds a line of the thing.
    pub(crate) fn line(&mut self, from: From, waits: impl Iterator<Item = WaitView>) {
        let first = self.waits.len();
        self.waits.extend(waits);
        let count = self.waits.len() - first;
        if count > 0 {
            let thing = number(self.things.len()) - 1;
            self.lines.push(LineView { thing, from, first: number(first), count: number(count) });
        }
    }

    /// Adds a line of requests that ask for one each.
    pub(crate) fn plain_line(
        &mut self,
        what: WaitName,
        from: From,
        awaiters: impl Iterator<Item = Awaiter>,
    ) {
        self.line(from, awaiters.map(|awaiter| WaitView { what, awaiter, amount: 1.0 }));
    }

    /// Ends with the thing, to which there are so many references. Forgets it if nobody waits for it.
    pub(crate) fn end(&mut self, references: usize) {
        let last = number(self.things.len()) - 1;
        let Some(thing) = self.things.last_mut() else { return };
        let is_watched = self.conditions.last().is_some_and(|&(thing, ..)| thing == last);
        if self.lines.len() == thing.lines.0 as usize && !is_watched {
            self.holds.truncate(thing.holds.0 as usize);
            self.things.pop();
            return;
        }
        thing.references = references;
        thing.lines.1 = number(self.lines.len());
        thing.holds.1 = number(self.holds.len());
    }

    /// Forgets all things.
    pub(crate) fn clear(&mut self) {
        self.things.clear();
        self.lines.clear();
        self.waits.clear();
        self.holds.clear();
        self.conditions.clear();
    }

    /// Returns what is held of a thing.
    pub(crate) fn holds_of(&self, thing: u32) -> &[HoldView] {
        let (from, to) = self.things[thing as usize].holds;
        &self.holds[from as usize..to as usize]
    }
}

/// Returns a place in a list as a number.
pub(crate) fn number(place: usize) -> u32 {
    u32::try_from(place).expect("fewer than 2^32 of each kind")
}
