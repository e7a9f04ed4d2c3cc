//! The picture of holds: who had which unit, from when to when.

use std::collections::BTreeMap;

use crate::answers::figures::{count, time};
use crate::answers::trace::Trace;
use crate::report::draw::gantt::{Gantt, Row, Span, SpanEnd};
use crate::report::draw::picture::Picture;
use crate::report::history::history::{End, History, Hold};
use crate::report::pictures::of_trace::history;

/// How many rows there are at most.
const ROWS: usize = 40;
/// How many names a note has.
const NAMED: usize = 4;

impl Trace {
    /// Returns a picture of who held what, from when to when: a Gantt chart. It has a row for each unit of each resource
    /// and pool that has a name, or for each process, whichever is fewer; of more than 40 rows the rest is counted in
    /// words. A hold that ended with a preemption has a bar and a triangle at its end, one that had not ended an arrow.
    ///
    /// Which of its units a process has is not in the log, so the first free row is taken. Many short holds are drawn
    /// together: as high as the share of the time that they take. What is put, got or passed is not held.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment, clerks: Resource) {
    ///     let _clerk = clerks.acquire().await;
    ///     env.timeout(4.0).await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// let clerks = Resource::new(&sim, 2).named("clerks");
    /// for number in 0..5 {
    ///     sim.process_at(f64::from(number), Customer::new(clerks.clone()));
    /// }
    /// sim.run()?;
    /// let picture = trace.picture_of_holds();
    /// assert!(picture.svg().contains("clerks 2"));
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn picture_of_holds(&self) -> Picture {
        history(self).picture_of_holds()
    }
}

/// The holds of one thing or of one process.
struct Group<'h> {
    name: String,
    /// Each is a row: no two holds of a lane overlap.
    lanes: Vec<Vec<(usize, &'h Hold)>>,
}

impl History {
    /// Returns the picture of who held what.
    pub(crate) fn picture_of_holds(&self) -> Picture {
        let (things, processes) = (self.by_thing(), self.by_process());
        let rows = |groups: &[Group]| groups.iter().map(|group| group.lanes.len()).sum::<usize>();
        let of_things = rows(&things) <= rows(&processes);
        let groups = if of_things { things } else { processes };
        let (rows, note) = self.rows(&groups, of_things);
        let holds: usize = self.things.iter().map(|thing| thing.holds.len()).sum();
        let s = if holds == 1 { "" } else { "s" };
        Gantt {
            title: if of_things { "Who held which unit" } else { "What each process held" }
                .to_owned(),
            subtitle: format!("{}: {} hold{s}", self.about(), count(holds as u64)),
            note,
            across: self.axis_of_time(),
            across_name: self.name_of_time(),
            rows,
        }
        .picture()
    }

    fn by_thing(&self) -> Vec<Group<'_>> {
        let mut groups = Vec::new();
        for (place, thing) in self.things.iter().enumerate() {
            let holds = thing.holds.iter().map(|hold| (place, hold)).collect();
            groups.push(Group { name: thing.name.to_string(), lanes: lanes(holds) });
        }
        groups.retain(|group| !group.lanes.is_empty());
        groups
    }

    fn by_process(&self) -> Vec<Group<'_>> {
        let mut holds: BTreeMap<u32, Vec<(usize, &Hold)>> = BTreeMap::new();
        for (place, thing) in self.things.iter().enumerate() {
            for hold in &thing.holds {
                holds.entry(hold.process).or_default().push((place, hold));
            }
        }
        let mut groups = Vec::new();
        for mut holds in holds.into_values() {
            holds.sort_by(|one, other| one.1.from.total_cmp(&other.1.from));
            groups.push(Group { name: who(holds[0].1), lanes: lanes(holds) });
        }
        groups
    }

    /// Returns the rows that have room, and a word about the others.
    fn rows(&self, groups: &[Group], of_things: bool) -> (Vec<Row>, String) {
        // Each gets one more in turn, so a thing of a thousand units leaves room for the others.
        let mut shown = vec![0; groups.len()];
        let mut free = ROWS;
        while free > 0 {
            let before = free;
            for (group, shown) in groups.iter().zip(&mut shown) {
                if free > 0 && *shown < group.lanes.len() {
                    *shown += 1;
                    free -= 1;
                }
            }
            if free == before {
                break;
            }
        }
        let (mut rows, mut hidden, mut cut) = (Vec::new(), 0, Vec::new());
        for (group, shown) in groups.iter().zip(shown) {
            hidden += group.lanes.len() - shown;
            if shown < group.lanes.len() {
                cut.push(group.name.as_str());
            }
            for (number, lane) in group.lanes.iter().take(shown).enumerate() {
                let name = match (of_things, number) {
                    (true, _) if group.lanes.len() > 1 => format!("{} {}", group.name, number + 1),
                    (_, 0) => group.name.clone(),
                    _ => String::new(),
                };
                let span = |&(thing, hold): &(usize, &Hold)| self.span(thing, hold, of_things);
                rows.push(Row { name, spans: lane.iter().map(span).collect() });
            }
        }
        let note = if hidden == 0 {
            String::new()
        } else {
            let mut names = cut.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            if cut.len() > NAMED {
                names += " ..";
            }
            format!("{} more rows are not shown ({names})", count(hidden as u64))
        };
        (rows, note)
    }

    fn span(&self, thing: usize, hold: &Hold, of_things: bool) -> Span {
        let name = &self.things[thing].name;
        let (of, end) = match hold.end {
            End::Released => ("", SpanEnd::Closed),
            End::Preempted => (", preempted", SpanEnd::Cut),
            End::Still => (", still held", SpanEnd::Open),
        };
        let words = format!("{}: {name}, {} to {}{of}", who(hold), time(hold.from), time(hold.to));
        let names = match (of_things, hold.process) {
            (true, 0) => [who(hold), "outside".to_owned()],
            (true, number) => [who(hold), format!("#{number}")],
            (false, _) => [name.to_string(), String::new()],
        };
        Span { from: hold.from, to: hold.to, style: thing, names, words, end }
    }
}

/// Returns who has a hold: `customer #12`.
fn who(hold: &Hold) -> String {
    match &hold.name {
        Some(name) => format!("{name} #{}", hold.process),
        None => "outside of all processes".to_owned(),
    }
}

/// Puts holds, which are in the order of their grants, into lanes: each into the first that is free.
fn lanes(holds: Vec<(usize, &Hold)>) -> Vec<Vec<(usize, &Hold)>> {
    let mut lanes: Vec<Vec<(usize, &Hold)>> = Vec::new();
    for hold in holds {
        let is_free = |lane: &&mut Vec<(usize, &Hold)>| {
            lane.last().is_none_or(|(_, last)| last.end != End::Still && last.to <= hold.1.from)
        };
        match lanes.iter_mut().find(is_free) {
            Some(lane) => lane.push(hold),
            None => lanes.push(vec![hold]),
        }
    }
    lanes
}
