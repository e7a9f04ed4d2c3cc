//! The flow: which processes have a place of their own, and who goes from where to where, as the log tells it.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use crate::report::replay::recording::{Recording, noted_until};
use crate::report::replay::scene::Place;
use crate::trace::kept::{Kept, Noted};
use crate::trace::names::NumberHasher;
use crate::trace::record::{Side, What};

/// The most processes of one type that have a place each. Those that use channels are parts of one device, and may be
/// more.
const FEW: usize = 12;
const MANY: usize = 500;
/// So often a process that ends early has moved items, if it is a station.
const OFTEN: u64 = 3;

type ByNumber<V> = HashMap<u32, V, BuildHasherDefault<NumberHasher>>;

/// Who goes from where to where.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Flow {
    /// The processes that have a place of their own.
    pub(crate) stations: Vec<Station>,
    /// The types of the other processes, in the order of their numbers; and how many of each have lived at a time, at
    /// most.
    pub(crate) types: Vec<(u32, u32)>,
    /// In the order in which they were first taken.
    pub(crate) edges: Vec<FlowEdge>,
    /// The greatest capacity of each thing; 0 if it has none or has no bound.
    pub(crate) capacities: Vec<f64>,
    /// How many have waited at each thing at a time, at most.
    pub(crate) longest: Vec<u32>,
}

/// A process that has a place of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Station {
    pub(crate) number: u32,
    pub(crate) name: String,
}

/// A way that is taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FlowEdge {
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) count: u64,
    /// Whether processes that have ended go back on it to the place of their type.
    pub(crate) is_return: bool,
    /// Whether a process that has a place of its own takes a part of a thing, and gives it back: it goes nowhere.
    pub(crate) is_hold: bool,
}

/// What the kind of a thing says of its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A process holds a part of it.
    Held,
    /// Items go in and out.
    Buffer,
    /// The same, between two processes.
    Channel,
    /// It is waited for.
    Signal,
}

fn use_of(kind: &str) -> Use {
    match kind {
        "Resource" | "PreemptiveResource" | "Pool" => Use::Held,
        "Queue" | "PriorityQueue" | "Store" | "Container" => Use::Buffer,
        "Channel" => Use::Channel,
        _ => Use::Signal,
    }
}

/// What is known of a process.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are facts that do not exclude each other")]
struct Life {
    type_number: u32,
    name: u32,
    /// Whether it was there at the first instant.
    is_first: bool,
    has_ended: bool,
    /// How often it has moved an item.
    moves: u64,
    uses_channels: bool,
    /// Whether it has started others.
    starts: bool,
}

impl Flow {
    /// Returns the flow in what is kept, without what came after the first `count` happenings.
    pub(crate) fn of(kept: &Kept, count: u64, recording: &Recording) -> Self {
        let (lives, most) = lives(kept, count, recording);
        let mut stations = stations(&lives);
        let mut walk = Walk { kept, lives: &lives, stations: &stations, edges: Edges::default() };
        walk.all(count);
        let edges = walk.edges.all;
        // Stations of one type that nothing flows to are a crowd.
        let used: HashSet<Place> = edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
        let mut of_type: HashMap<u32, (usize, bool)> = HashMap::new();
        for number in &stations {
            let entry = of_type.entry(lives[number].type_number).or_default();
            entry.0 += 1;
            entry.1 |= used.contains(&Place::Process(*number));
        }
        stations.retain(|number| {
            let (count, is_used) = of_type[&lives[number].type_number];
            count == 1 || is_used
        });
        let mut types: Vec<u32> = lives
            .iter()
            .filter(|(number, _)| !stations.contains(number))
            .map(|(_, life)| life.type_number)
            .collect();
        types.sort_unstable();
        types.dedup();
        let mut numbers: Vec<u32> = stations.into_iter().collect();
        numbers.sort_unstable();
        let named = |number: u32| {
            let name = recording.names.all[lives[&number].name as usize].to_string();
            Station { number, name }
        };
        let stations = numbers.into_iter().map(named).collect();
        let types = types.into_iter().map(|number| (number, most[number as usize])).collect();
        let (capacities, longest) = things(kept, count);
        Flow { stations, types, edges, capacities, longest }
    }
}

/// Returns what is known of each process, and how many of each type have lived at a time, at most.
fn lives(kept: &Kept, count: u64, recording: &Recording) -> (ByNumber<Life>, Vec<u32>) {
    let mut living = vec![(0_u32, 0_u32); recording.types.all.len()];
    let uses: Vec<Use> = kept.things().iter().map(|thing| use_of(thing.kind)).collect();
    let mut lives: ByNumber<Life> = HashMap::default();
    let mut active = 0;
    for Noted { record, process } in noted_until(kept, count) {
        let number = record.process;
        if number == 0 {
            continue;
        }
        if let Some(name) = process
            && !lives.contains_key(&number)
        {
            // All names are in the recording.
            let Some(name) = recording.names.get(name) else { continue };
            let is_new = record.what == What::Started;
            let (now, most) = &mut living[recording.type_of_name[name as usize] as usize];
            *now += 1;
            *most = (*most).max(*now);
            lives.insert(
                number,
                Life {
                    type_number: recording.type_of_name[name as usize],
                    name,
                    is_first: !is_new || record.time == recording.first,
                    has_ended: false,
                    moves: 0,
                    uses_channels: false,
                    starts: false,
                },
            );
            if is_new && let Some(starter) = lives.get_mut(&active) {
                starter.starts = true;
            }
        }
        let Some(life) = lives.get_mut(&number) else { continue };
        match &record.what {
            What::Resumed => active = number,
            What::Paused { .. } if active == number => active = 0,
            What::Ended | What::Failed | What::Cancelled | What::Stopped | What::Panicked => {
                active = if active == number { 0 } else { active };
                let (now, _) = &mut living[life.type_number as usize];
                *now = now.saturating_sub(1);
                // What ends in the last instant has lived up to it.
                life.has_ended = record.time < recording.last;
            }
            What::Waits(_) | What::Granted(_) => {
                let at = uses.get((record.thing as usize).wrapping_sub(1)).copied();
                life.uses_channels |= at == Some(Use::Channel);
                let is_moved = matches!(record.what, What::Granted(_));
                let moves = is_moved && matches!(at, Some(Use::Buffer | Use::Channel));
                life.moves += u64::from(moves);
            }
            _ => {}
        }
    }
    (lives, living.into_iter().map(|(_, most)| most).collect())
}

/// Returns the processes that have a place of their own: those of a type that were there at the first instant, stay or
/// have work to do, and are few.
fn stations(lives: &ByNumber<Life>) -> HashSet<u32> {
    let mut types: HashMap<u32, (usize, bool, bool)> = HashMap::new();
    for life in lives.values() {
        let (count, all_are, channels) = types.entry(life.type_number).or_insert((0, true, true));
        *count += 1;
        let stays = !life.has_ended || life.starts || life.moves >= OFTEN;
        *all_are &= life.is_first && stays;
        *channels &= life.uses_channels;
    }
    let is_station = |life: &Life| {
        let (count, all_are, channels) = types[&life.type_number];
        all_are && count <= if channels { MANY } else { FEW }
    };
    lives.iter().filter(|(_, life)| is_station(life)).map(|(&number, _)| number).collect()
}

/// Returns the greatest capacity of each thing, and how many have waited there at most.
fn things(kept: &Kept, count: u64) -> (Vec<f64>, Vec<u32>) {
    let mut capacities = vec![0.0_f64; kept.things().len()];
    let mut lines = vec![(0_u32, 0_u32); capacities.len()];
    let mut waits: HashMap<(u32, u32, Side), u32> = HashMap::new();
    for Noted { record, .. } in noted_until(kept, count) {
        let thing = (record.thing as usize).wrapping_sub(1);
        let (Some(capacity), Some((waiting, most))) =
            (capacities.get_mut(thing), lines.get_mut(thing))
        else {
            continue;
        };
        match record.what {
            What::Capacity(value) if value.is_finite() => *capacity = capacity.max(value),
            What::Waits(side) => {
                *waits.entry((record.thing, record.process, side)).or_default() += 1;
                *waiting += 1;
                *most = (*most).max(*waiting);
            }
            What::Granted(side) | What::Left(side) => {
                let entry = waits.get_mut(&(record.thing, record.process, side));
                // What is granted at the call has not waited.
                if let Some(count) = entry.filter(|count| **count > 0) {
                    *count -= 1;
                    *waiting -= 1;
                }
            }
            _ => {}
        }
    }
    (capacities, lines.into_iter().map(|(_, most)| most).collect())
}

/// The edges found so far.
#[derive(Debug, Default)]
struct Edges {
    all: Vec<FlowEdge>,
    numbers: HashMap<(Place, Place), usize>,
}

impl Edges {
    /// Counts one who goes this way; or, if it is only wanted, notes that there is this way.
    fn add(&mut self, from: Place, to: Place, is_gone: bool) -> Option<&mut FlowEdge> {
        if from == to {
            return None;
        }
        let number = *self.numbers.entry((from, to)).or_insert_with(|| {
            let edge = FlowEdge { from, to, count: 0, is_return: true, is_hold: false };
            self.all.push(edge);
            self.all.len() - 1
        });
        let edge = &mut self.all[number];
        edge.count += u64::from(is_gone);
        Some(edge)
    }

    /// Does the same for a way that is no way back.
    fn add_forward(&mut self, from: Place, to: Place, is_gone: bool, is_hold: bool) {
        if let Some(edge) = self.add(from, to, is_gone) {
            edge.is_return = false;
            edge.is_hold |= is_hold;
        }
    }
}

/// The walk over the log.
struct Walk<'a> {
    kept: &'a Kept,
    lives: &'a ByNumber<Life>,
    stations: &'a HashSet<u32>,
    edges: Edges,
}

impl Walk<'_> {
    fn all(&mut self, count: u64) {
        // Where the processes are that have no place of their own, if it is not the place of their type.
        let mut at: ByNumber<Place> = HashMap::default();
        let mut active = 0;
        for Noted { record, .. } in noted_until(self.kept, count) {
            let number = record.process;
            let Some(life) = self.lives.get(&number) else { continue };
            let is_station = self.stations.contains(&number);
            let home =
                if is_station { Place::Process(number) } else { Place::Type(life.type_number) };
            match &record.what {
                What::Started if !is_station => {
                    // It comes from where its starter is.
                    if let Some(starter) = self.lives.get(&active) {
                        let from = match at.get(&active) {
                            Some(&thing) => thing,
                            None if self.stations.contains(&active) => Place::Process(active),
                            None => Place::Type(starter.type_number),
                        };
                        self.edges.add_forward(from, home, true, false);
                    }
                }
                What::Resumed => active = number,
                What::Paused { .. } if active == number => active = 0,
                What::Ended | What::Failed | What::Cancelled | What::Stopped | What::Panicked => {
                    active = if active == number { 0 } else { active };
                    if let Some(from) = at.remove(&number) {
                        self.edges.add(from, home, true);
                    }
                }
                What::Waits(side) | What::Granted(side) => {
                    let there = Place::Thing(record.thing);
                    let is_gone = matches!(record.what, What::Granted(_));
                    if is_station {
                        match (self.use_of(record.thing), side) {
                            (Use::Held, _) => self.edges.add_forward(home, there, is_gone, true),
                            (_, Side::Put) => self.edges.add_forward(home, there, is_gone, false),
                            (_, Side::Take) => self.edges.add_forward(there, home, is_gone, false),
                        }
                    } else {
                        let from = at.insert(number, there).unwrap_or(home);
                        self.edges.add_forward(from, there, true, false);
                    }
                }
                What::Changed | What::Capacity(_) if is_station => {
                    self.edges.add_forward(home, Place::Thing(record.thing), true, false);
                }
                _ => {}
            }
        }
        for edge in &mut self.edges.all {
            // Those who still wait go there too.
            edge.count = edge.count.max(1);
        }
    }

    fn use_of(&self, thing: u32) -> Use {
        let thing = self.kept.things().get((thing as usize).wrapping_sub(1));
        use_of(thing.map_or("", |thing| thing.kind))
    }
}

#[cfg(test)]
mod tests;
