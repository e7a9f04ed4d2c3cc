//! The report of a standstill: who waits, for what, and which of them wait for each other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write};
use std::{panic::Location, sync::Arc};

use crate::engine::blocked::{Blocked, BlockingThing, Obstacle, grouped, numbered};

/// The most processes that a text lists one by one.
const LISTED: usize = 100;
/// The most groups of the others that a text lists.
const GROUPS: usize = 10;
/// The most circles, and the most links of one circle, that a text shows.
const CIRCLES: usize = 10;
const LINKS: usize = 20;

/// Why nothing happens, or why some processes do not go on: who waits for what, since when, at which line,
/// who holds it, and who waits for whom in a circle. Its `Display` says it in words.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn clerk(env: Environment, first: Resource, second: Resource) {
///     let _first = first.acquire().await;
///     env.timeout(1.0).await;
///     let _second = second.acquire().await;
/// }
///
/// let sim = Simulation::new();
/// let (printer, stapler) = (Resource::new(&sim, 1), Resource::new(&sim, 1));
/// sim.process(Clerk::new(printer.clone(), stapler.clone()).named("Ada"));
/// sim.process(Clerk::new(stapler, printer).named("Berta"));
/// sim.run()?;
///
/// let standstill = sim.standstill();
/// assert_eq!(standstill.waits.len(), 2);
/// assert_eq!(standstill.circles.len(), 1);
/// let circle = &standstill.circles[0];
/// assert_eq!(circle.links[0].process, "Ada");
/// assert_eq!(circle.links[1].process, "Berta");
/// println!("{standstill}");
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Standstill {
    /// The time.
    pub time: f64,
    /// Whether nothing is left to happen: no process is ready, and no timer is due that anybody waits for.
    pub is_complete: bool,
    /// The processes that wait, in the order in which they were started.
    pub waits: Vec<Blocked>,
    /// The deadlocks: processes that wait for each other in a circle. A holder is who has acquired. If it has
    /// handed its slot or loan on to another process, that is not known: so, while something is left to happen, the
    /// words say "unless one has handed on what it holds".
    pub circles: Vec<Circle>,
}

/// A deadlock: processes that wait for each other in a circle, each for what the next one has.
///
/// What a process has asked for counts as its own, also if it has moved the slot to another process. Then that
/// one may still give it back, and this is no deadlock.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Circle {
    /// The processes. What one waits for, the next one has; the last waits for the first.
    pub links: Vec<Link>,
    /// How many other processes are a part of this deadlock, in circles that share a process with this one.
    pub others: usize,
}

/// One process of a [`Circle`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// The name of the process.
    pub process: Cow<'static, str>,
    /// Its number, as in [`Blocked::number`].
    pub number: Option<u32>,
    /// The call that made the request, as in [`Blocked::waiting_for`].
    pub request: &'static str,
    /// The thing that it waits for; `None` if it waits for the end of the next process.
    pub thing: Option<Arc<BlockingThing>>,
    /// The line at which it waits.
    pub location: Option<&'static Location<'static>>,
    /// What the next process of the circle has to do with that.
    pub tie: Tie,
}

/// What the next process of a [`Circle`] has to do with what a process waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Tie {
    /// It holds it.
    #[non_exhaustive]
    Holds {
        /// The time at which it was granted.
        since: f64,
    },
    /// It is the process whose end is waited for.
    Ends,
    /// It is before the other in the line, and nobody overtakes it.
    IsBefore,
    /// It has used the other end of the channel.
    HasOtherEnd,
}

impl Standstill {
    /// Returns how many processes wait, and then who they are, one a line.
    pub(crate) fn list(&self) -> String {
        let mut text = match self.waits.len() {
            0 => "no process is blocked".to_owned(),
            1 => "1 process is blocked:".to_owned(),
            count => format!("{} processes are blocked:", grouped(count)),
        };
        // Writing to a string cannot fail.
        for circle in self.circles.iter().take(CIRCLES) {
            // What is held may be in the hands of a process that can still go on.
            let is_sure = self.is_complete || !circle.links.iter().any(Link::is_held);
            let _ = text.write_str("\n  ").and_then(|()| circle.say(&mut text, is_sure));
        }
        if let more @ 1.. = self.circles.len().saturating_sub(CIRCLES) {
            let _ = write!(text, "\n  and {} more deadlocks", grouped(more));
        }
        for blocked in self.waits.iter().take(LISTED) {
            let _ = write!(text, "\n  {blocked}");
        }
        if let Some(others) = self.waits.get(LISTED..)
            && !others.is_empty()
        {
            text += &groups_of(others);
        }
        text
    }
}

/// Returns how many processes these are, and how many of them wait for what.
fn groups_of(others: &[Blocked]) -> String {
    let mut groups: Vec<(String, usize)> = Vec::new();
    let mut known: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    for blocked in others {
        let name = match blocked.obstacles.as_slice() {
            [Obstacle::Thing { thing, .. }] => thing.name.as_deref(),
            _ => None,
        };
        let group = *known.entry((blocked.waiting_for, name)).or_insert_with(|| {
            let name = name.map_or_else(String::new, |name| format!(" of `{name}`"));
            groups.push((format!("{}{name}", blocked.waiting_for), 0));
            groups.len() - 1
        });
        groups[group].1 += 1;
    }
    let mut text = format!("\n  and {} more", grouped(others.len()));
    let count = groups.len();
    groups.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    for (number, (what, count)) in groups.iter().take(GROUPS).enumerate() {
        text += if number == 0 { ": " } else { ", " };
        let _ = write!(text, "{} for {what}", grouped(*count));
    }
    if let more @ 1.. = count.saturating_sub(GROUPS) {
        let _ = write!(text, ", and {} kinds more", grouped(more));
    }
    text
}

impl fmt::Display for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_complete {
            write!(f, "nothing is left to happen at time {}; ", self.time)?;
        } else {
            write!(f, "at time {}, ", self.time)?;
        }
        f.write_str(&self.list())
    }
}

impl Link {
    /// Returns `true` if the next one of the circle holds what it waits for.
    fn is_held(&self) -> bool {
        matches!(self.tie, Tie::Holds { .. })
    }
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(f, true)
    }
}

impl Circle {
    /// Says the circle in words. `is_sure` says that nobody else can have what is held in it.
    fn say(&self, f: &mut dyn Write, is_sure: bool) -> fmt::Result {
        f.write_str(if is_sure {
            "a deadlock: "
        } else {
            "a deadlock, unless one has handed on what it holds: "
        })?;
        for (count, link) in self.links.iter().take(LINKS).enumerate() {
            let next = &self.links[(count + 1) % self.links.len()];
            let is_itself = self.links.len() == 1;
            let name = || numbered(&next.process, next.number);
            let next = if is_itself { "itself".to_owned() } else { name() };
            if count > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{} waits for ", numbered(&link.process, link.number))?;
            match (link.thing.as_deref(), link.location) {
                (None, _) if is_itself => f.write_str("its own end")?,
                (None, _) => write!(f, "the end of {next}")?,
                (Some(BlockingThing { name: Some(name), .. }), _) => write!(f, "`{name}`")?,
                (Some(_), Some(location)) => write!(f, "{} ({location})", link.request)?,
                (Some(_), None) => f.write_str(link.request)?,
            }
            match link.tie {
                Tie::Holds { since } => write!(f, ", held by {next} since {since}")?,
                Tie::Ends => {}
                Tie::IsBefore => write!(f, ", behind {next} in line")?,
                Tie::HasOtherEnd => write!(f, ", whose other end {next} has used")?,
            }
        }
        if let more @ 1.. = self.links.len().saturating_sub(LINKS) {
            write!(f, "; and so on, through {} more processes", grouped(more))?;
        }
        match self.others {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more process in circles with these)"),
            others => write!(f, " (and {} more processes in circles with these)", grouped(others)),
        }
    }
}
