//! What is seen of a run: one line for every observable step.

use crate::program::Item;
use std::fmt::{self, Display, Formatter};

/// Everything seen of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The lines, in the order in which things happened.
    pub lines: Vec<Line>,
}

/// One observable step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The clock.
    pub time: i64,
    /// The number of the process, in the order of starting; `None` is outside.
    pub who: Option<usize>,
    /// What it did, and the result.
    pub what: String,
    /// What every object showed then: lengths, levels, counts, gates (whether it is open,
    /// and how many wait), events (0 pending, 1 triggered, 2 cancelled), and for each
    /// process whether it is done.
    pub levels: Vec<i64>,
}

/// What awaiting something gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// `()`, or an async block that finished.
    Nothing,
    /// An item.
    Item(Item),
    /// A slot.
    Slot,
    /// The value of an event.
    Number(u32),
    /// How a joined process ended.
    Ended(Ending),
    /// Which branch won, and with what.
    First(usize, Box<Seen>),
    /// What all branches gave.
    All(Vec<Seen>),
    /// The output of an `interruptible` that was not interrupted.
    Unhurt(Box<Seen>),
    /// What interrupted an `interruptible`.
    Interrupted(Cause),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With `Ok`.
    Returned,
    /// With `Err`.
    Failed,
    /// By an interrupt that nobody caught.
    Interrupted(Cause),
    /// Cancelled.
    Cancelled,
}

/// Why a process was interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// By a process that said this.
    Said(u32),
    /// Its slot was taken away by a process.
    Preempted {
        /// The process that took the slot; `None` is outside of all processes.
        by: Option<usize>,
        /// When it had been granted.
        since: i64,
    },
}

impl Display for Seen {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(out, "()"),
            Self::Item(item) => write!(out, "{item}"),
            Self::Slot => write!(out, "slot"),
            Self::Number(number) => write!(out, "{number}"),
            Self::Ended(ending) => write!(out, "{ending}"),
            Self::First(index, seen) => write!(out, "branch {index}: {seen}"),
            Self::All(list) => {
                let shown: Vec<String> = list.iter().map(ToString::to_string).collect();
                write!(out, "({})", shown.join(", "))
            }
            Self::Unhurt(seen) => write!(out, "Ok({seen})"),
            Self::Interrupted(cause) => write!(out, "Err({cause})"),
        }
    }
}

impl Display for Ending {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned => write!(out, "returned"),
            Self::Failed => write!(out, "failed"),
            Self::Interrupted(cause) => write!(out, "interrupted by {cause}"),
            Self::Cancelled => write!(out, "cancelled"),
        }
    }
}

impl Display for Cause {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(number) => write!(out, "interrupt {number}"),
            Self::Preempted { by: Some(by), since } => {
                write!(out, "preempted by P{by}, held since {since}")
            }
            Self::Preempted { by: None, since } => {
                write!(out, "preempted from outside, held since {since}")
            }
        }
    }
}

impl Display for Line {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let who = self.who.map_or("main".to_owned(), |number| format!("P{number}"));
        // A block in a statement takes several lines; here one is enough.
        let what: Vec<&str> = self.what.split_whitespace().collect();
        write!(out, "{:>4} {who:<5} {}   {:?}", self.time, what.join(" "), self.levels)
    }
}

impl Display for Trace {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

/// The first difference between two traces, with the lines around it.
#[must_use]
pub fn difference(expected: &Trace, found: &Trace) -> Option<String> {
    let (expected, found) = (&expected.lines, &found.lines);
    let longest = expected.len().max(found.len());
    let at = (0..longest).find(|&index| expected.get(index) != found.get(index))?;
    let mut text = vec![format!("the traces differ at line {at}")];
    for line in &expected[at.saturating_sub(12)..at] {
        text.push(format!("  both      {line}"));
    }
    for (name, lines) in [("reference", expected), ("asim     ", found)] {
        for line in lines.iter().skip(at).take(4) {
            text.push(format!("  {name} {line}"));
        }
        if lines.len() <= at {
            text.push(format!("  {name} (ends here)"));
        }
    }
    Some(text.join("\n"))
}
