//! What a log says of a moment, the slow and plain way: from the beginning, one happening after the other.

use std::collections::BTreeMap;

use asim::{Happening, Kind, Side};

/// A thing, as its page calls it.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) name: String,
    /// Whether who is granted something holds it until it is released.
    pub(crate) is_held: bool,
}

/// Numbers of processes, and how often each is there.
type People = Vec<(u32, usize)>;

#[derive(Clone, Debug)]
struct AtThing {
    level: f64,
    capacity: f64,
    /// Who waits to take, and who waits to put, in the order of arrival; and how often each does.
    lines: [People; 2],
    /// Who holds it, in the order in which they got it; and how often each does.
    holders: People,
}

#[derive(Clone, Debug)]
struct Life {
    /// What it does, in the words of the page.
    does: String,
    since: f64,
    /// Whether it was preempted or interrupted, and has not gone on since.
    mark: &'static str,
    has_ended: bool,
}

/// Returns how a run stands after these happenings: a line for each thing, in the words of `window.replay.state()`; then
/// of each process that has not ended its number and what it does.
pub(crate) fn state_after(happenings: &[Happening], things: &[Thing]) -> Vec<String> {
    let nothing = AtThing {
        level: f64::NAN,
        capacity: f64::NAN,
        lines: [Vec::new(), Vec::new()],
        holders: People::new(),
    };
    let mut at: Vec<AtThing> = vec![nothing; things.len()];
    let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
    for it in happenings {
        let who = it.process.as_ref().map_or(0, |who| who.number);
        let index = it.thing.as_ref().map(|name| {
            things.iter().position(|thing| *thing.name == **name).expect("the page has the thing")
        });
        tell(it, who, &mut lives);
        let Some(index) = index else { continue };
        let thing = &mut at[index];
        let line = usize::from(it.side == Some(Side::Put));
        match it.kind {
            Kind::Waits => join(&mut thing.lines[line], who),
            Kind::Granted => {
                leave(&mut thing.lines[line], who, &lives);
                if things[index].is_held && it.side == Some(Side::Take) {
                    join(&mut thing.holders, who);
                }
            }
            Kind::Left => {
                leave(&mut thing.lines[line], who, &lives);
            }
            Kind::Released | Kind::Preempted => {
                // Of what it got together, it may give back the second part.
                let holder = leave(&mut thing.holders, who, &lives).unwrap_or(who);
                if let (Kind::Preempted, Some(life)) = (it.kind, lives.get_mut(&holder)) {
                    life.mark = ", preempted";
                }
            }
            Kind::Level => thing.level = it.level.expect("it has a level"),
            Kind::Capacity => thing.capacity = it.level.expect("it has a capacity"),
            _ => {}
        }
    }
    let of_things = things.iter().zip(&at).map(|(thing, at)| {
        format!(
            "{}: level {} of {}; line: {}; to put: {}; held by: {}",
            thing.name,
            number(at.level),
            number(at.capacity),
            shown(&at.lines[0]),
            shown(&at.lines[1]),
            shown(&at.holders)
        )
    });
    let of_processes = lives.iter().filter(|(_, life)| !life.has_ended);
    let of_processes = of_processes.map(|(who, life)| {
        format!("#{who}: {}{} since {}", life.does, life.mark, number(life.since))
    });
    of_things.chain(of_processes).collect()
}

/// Tells what a process does from now on.
fn tell(it: &Happening, who: u32, lives: &mut BTreeMap<u32, Life>) {
    let does = match it.kind {
        Kind::Started | Kind::Introduced | Kind::Resumed | Kind::Interrupted => {
            "goes on".to_owned()
        }
        Kind::Paused => format!("waits for {}", it.request.expect("it has a request")),
        Kind::Ended | Kind::Failed | Kind::Cancelled | Kind::Stopped | Kind::Panicked => {
            it.kind.name().to_owned()
        }
        Kind::Unfinished => {
            // The words for what it waits for may be others at the end.
            if let (Some(request), Some(life)) = (it.request, lives.get_mut(&who)) {
                life.does = format!("waits for {request}");
            }
            return;
        }
        _ => return,
    };
    let has_ended = matches!(
        it.kind,
        Kind::Ended | Kind::Failed | Kind::Cancelled | Kind::Stopped | Kind::Panicked
    );
    let mark = match it.kind {
        Kind::Interrupted => ", interrupted",
        Kind::Paused => lives.get(&who).map_or("", |life| life.mark),
        _ => "",
    };
    lives.insert(who, Life { does, since: it.time, mark, has_ended });
}

fn join(people: &mut People, who: u32) {
    match people.iter_mut().find(|(other, _)| *other == who) {
        Some((_, count)) => *count += 1,
        None => people.push((who, 1)),
    }
}

/// Returns who has left. One that is gone has no number in the log: it is one of those that have ended.
fn leave(people: &mut People, who: u32, lives: &BTreeMap<u32, Life>) -> Option<u32> {
    let is_gone = |other: u32| who == 0 && lives.get(&other).is_some_and(|life| life.has_ended);
    let place = people.iter().position(|(other, _)| *other == who);
    let place = place.or_else(|| people.iter().position(|(other, _)| is_gone(*other)))?;
    let left = people[place].0;
    people[place].1 -= 1;
    if people[place].1 == 0 {
        people.remove(place);
    }
    Some(left)
}

/// Returns processes as the page writes them.
fn shown(people: &People) -> String {
    let one = |(who, count): &(u32, usize)| match count {
        1 => format!("#{who}"),
        _ => format!("#{who} ({count})"),
    };
    people.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Returns a number as JavaScript writes it.
fn number(number: f64) -> String {
    if number.is_infinite() { "Infinity".to_owned() } else { number.to_string() }
}
