//! What a process waits for, as `blocked` and `standstill` report it.

use std::{borrow::Cow, fmt, panic::Location, sync::Arc};

/// Where a request was made.
pub(crate) type CallSite = &'static Location<'static>;

/// The most obstacles of one process, and the most holders of one thing, that a text names.
const NAMED: usize = 5;

/// A process that waits: for what, since when, which line of the model made the request, and what stands
/// in its way.
///
/// `Simulation::blocked` lists them. The list explains why a model has come to a standstill.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let queue: Queue<u32> = Queue::unbounded(&sim);
/// sim.spawn(async move {
///     queue.get().await; // nobody ever puts
/// });
/// sim.run()?;
/// let blocked = sim.blocked();
/// assert_eq!(blocked.len(), 1);
/// assert_eq!(blocked[0].waiting_for, "Queue::get");
/// assert_eq!(blocked[0].since, 0.0);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Blocked {
    /// The name of the process.
    pub process: Cow<'static, str>,
    /// The number of the process in the order in which the processes of the simulation were started, if
    /// another living process has the same name.
    pub number: Option<u32>,
    /// What it waits for: the call that made the request, or a future of another crate.
    pub waiting_for: &'static str,
    /// The time at which the process paused.
    pub since: f64,
    /// The line that made the request; `None` for a future of another crate.
    pub location: Option<&'static Location<'static>>,
    /// What stands in its way: one obstacle for a request, several for a race or a join of requests. Empty
    /// if nothing is known of what it waits for.
    pub obstacles: Vec<Obstacle>,
    /// Whether it can never go on by itself: nothing that is due, and no process that can still go on, can
    /// let it go on. Only an interrupt could, or whoever runs the simulation; or a process to which a slot was
    /// moved that this one waits for ([`Holder::process`]).
    pub is_stuck: bool,
}

/// One thing that stands in the way of a process that waits.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Obstacle {
    /// A shared thing, or an event, that has not granted the request.
    #[non_exhaustive]
    Thing {
        /// The thing.
        thing: Arc<BlockingThing>,
        /// The call that made the request, as in [`Blocked::waiting_for`].
        request: &'static str,
        /// What else is known of the request: `"wants 2"`. May be empty.
        note: Cow<'static, str>,
    },
    /// A condition on several things is not true.
    #[non_exhaustive]
    Condition {
        /// The things that it watches.
        things: Vec<Arc<BlockingThing>>,
    },
    /// Another process has not ended.
    #[non_exhaustive]
    Process {
        /// The name of that process.
        process: Cow<'static, str>,
        /// Its number, as in [`Blocked::number`].
        number: Option<u32>,
        /// Whether it is the process itself, which waits for its own end.
        is_itself: bool,
    },
    /// A timer has not fired, or the instant is not at its end.
    Time,
}

/// A thing that somebody waits for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BlockingThing {
    /// The kind of thing: `"Resource"`.
    pub kind: &'static str,
    /// The name that the model has given it.
    pub name: Option<Arc<str>>,
    /// What it looks like.
    pub looks: Looks,
    /// Who holds it. Empty if nobody does, and for things that nobody can hold.
    pub holders: Vec<Holder>,
}

/// What a thing looks like, as far as that says why it lets nobody go on. Its `Display` says it in words.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Looks {
    /// There is nothing to say.
    Unsaid,
    /// A queue, a store or a channel is empty.
    Empty,
    /// A queue, a store or a channel has so many items in it, and could take more.
    #[non_exhaustive]
    Filled {
        /// The number of items.
        count: usize,
    },
    /// A queue, a store or a channel is full.
    #[non_exhaustive]
    Full {
        /// The number of items.
        count: usize,
        /// The most that it takes.
        capacity: usize,
    },
    /// A container has this level.
    #[non_exhaustive]
    Level {
        /// The level.
        level: f64,
        /// The most that it takes.
        capacity: f64,
    },
    /// So many units of a resource are taken.
    #[non_exhaustive]
    Taken {
        /// The number of units that are taken.
        taken: usize,
        /// The number of all units.
        capacity: usize,
    },
    /// So many units of a pool are lent.
    #[non_exhaustive]
    Lent {
        /// The number of units that are lent.
        lent: usize,
        /// The number of all units.
        units: usize,
    },
    /// A gate is open.
    Open,
    /// A gate is closed.
    Closed,
    /// A barrier was last released at this time, or never so far.
    #[non_exhaustive]
    Released {
        /// The time of the last release.
        last: Option<f64>,
    },
    /// No value that was set so far is accepted by those who wait for one.
    NotAccepted,
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Looks::Unsaid => Ok(()),
            Looks::Empty => f.write_str("empty"),
            Looks::Filled { count } => write!(f, "{count} in it"),
            Looks::Full { count, capacity } => write!(f, "full, {count} of {capacity}"),
            Looks::Level { level, capacity: f64::INFINITY } => write!(f, "level {level}"),
            Looks::Level { level, capacity } => write!(f, "level {level} of {capacity}"),
            Looks::Taken { taken, capacity } => write!(f, "{taken} of {capacity} taken"),
            Looks::Lent { lent, units } => write!(f, "{lent} of {units} lent"),
            Looks::Open => f.write_str("open"),
            Looks::Closed => f.write_str("closed"),
            Looks::Released { last: None } => f.write_str("never released so far"),
            Looks::Released { last: Some(time) } => write!(f, "last released at {time}"),
            Looks::NotAccepted => f.write_str("no value so far is accepted"),
        }
    }
}

/// Somebody who holds a thing, or a part of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Holder {
    /// The name of the process that asked for it, also if the slot was moved to another process afterwards, which
    /// nobody sees. `None` if it was acquired outside of all processes, or if the process has
    /// ended and left what it held to another.
    pub process: Option<Cow<'static, str>>,
    /// Its number, as in [`Blocked::number`].
    pub number: Option<u32>,
    /// How much it holds.
    pub amount: f64,
    /// The time at which it was granted.
    pub since: f64,
}

/// Returns the name of a process with the number that tells it from others.
pub(crate) fn numbered(name: &str, number: Option<u32>) -> String {
    match number {
        Some(number) => format!("{name} #{number}"),
        None => name.to_owned(),
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = numbered(&self.process, self.number);
        write!(f, "{process} has waited since {} for ", self.since)?;
        let one = match self.obstacles.as_slice() {
            [one] => one.details_of(self.waiting_for),
            _ => None,
        };
        let Some((what, details)) = one else {
            f.write_str(self.waiting_for)?;
            self.write_location(f)?;
            for (count, obstacle) in self.obstacles.iter().take(NAMED).enumerate() {
                f.write_str(if count == 0 { ": " } else { "; " })?;
                write!(f, "{obstacle}")?;
            }
            return match self.obstacles.len().saturating_sub(NAMED) {
                0 => Ok(()),
                more => write!(f, "; and {} more", grouped(more)),
            };
        };
        f.write_str(&what)?;
        self.write_location(f)?;
        if details.is_empty() { Ok(()) } else { write!(f, ": {details}") }
    }
}

impl Blocked {
    /// Returns whether nothing but the time stands in its way: a timeout, or work that it does.
    #[cfg(feature = "report")]
    pub(crate) fn waits_for_time_only(&self) -> bool {
        let is_time = |obstacle: &Obstacle| *obstacle == Obstacle::Time;
        !self.obstacles.is_empty() && self.obstacles.iter().all(is_time)
    }

    fn write_location(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.location.map_or(Ok(()), |location| write!(f, " ({location})"))
    }
}

impl Obstacle {
    /// Returns what is waited for, and the details. Returns `None` if the request was made inside of
    /// something else, which is called `outer`.
    fn details_of(&self, outer: &str) -> Option<(String, String)> {
        let is_direct = match self {
            Obstacle::Thing { request, .. } => *request == outer,
            Obstacle::Process { .. } => outer == "the end of a process",
            Obstacle::Condition { .. } => outer == "Environment::wait_until",
            Obstacle::Time => matches!(outer, "timeout" | "settled"),
        };
        is_direct.then(|| match self {
            Obstacle::Time => (outer.to_owned(), String::new()),
            Obstacle::Condition { .. } => (outer.to_owned(), self.parts().1),
            _ => self.parts(),
        })
    }

    /// Returns what is waited for, and the details.
    fn parts(&self) -> (String, String) {
        match self {
            Obstacle::Thing { thing, request, note } => {
                let mut details = thing.to_string();
                if !note.is_empty() {
                    details += if details.is_empty() { "" } else { "; " };
                    details += note;
                }
                let what = match &thing.name {
                    Some(name) => format!("{request} of `{name}`"),
                    None => (*request).to_owned(),
                };
                (what, details)
            }
            Obstacle::Condition { things } => {
                let mut details = String::new();
                for thing in things.iter().take(NAMED) {
                    details += if details.is_empty() { "" } else { "; " };
                    details += &thing
                        .name
                        .as_ref()
                        .map_or_else(|| thing.kind.to_owned(), |name| format!("`{name}`"));
                    let state = thing.to_string();
                    details += if state.is_empty() { "" } else { ": " };
                    details += &state;
                }
                ("a condition".to_owned(), details)
            }
            Obstacle::Process { is_itself: true, .. } => {
                ("its own end".to_owned(), "it can never come".to_owned())
            }
            Obstacle::Process { process, number, .. } => {
                (format!("the end of {}", numbered(process, *number)), String::new())
            }
            Obstacle::Time => ("a time".to_owned(), String::new()),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, details) = self.parts();
        f.write_str(&what)?;
        if details.is_empty() { Ok(()) } else { write!(f, " ({details})") }
    }
}

impl fmt::Display for BlockingThing {
    /// Writes what it looks like, and who holds it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.looks)?;
        for (count, holder) in self.holders.iter().take(NAMED).enumerate() {
            let last = count + 1 == self.holders.len();
            f.write_str(match count {
                0 => ", held by ",
                _ if last => " and ",
                _ => ", ",
            })?;
            write!(f, "{holder}")?;
        }
        match self.holders.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {} more", grouped(more)),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.process {
            Some(process) => f.write_str(&numbered(process, self.number))?,
            None => f.write_str("no living process")?,
        }
        #[allow(clippy::float_cmp, reason = "one is exact")]
        if self.amount != 1.0 {
            write!(f, " ({})", self.amount)?;
        }
        write!(f, " since {}", self.since)
    }
}

/// Returns a number with its digits in groups of three.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
