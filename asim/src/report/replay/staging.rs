//! Staging: what stands in a replay, how large it is, and where.

use std::collections::{HashMap, HashSet};

use crate::report::replay::flow::Flow;
use crate::report::replay::layers::{Link, Size};
use crate::report::replay::layout::layout;
use crate::report::replay::recording::Recording;
use crate::report::replay::scene::{Node, Place, Scene};
use crate::trace::kept::Kept;

/// Returns the scene of what is kept, without what came after the first `count` happenings.
pub(crate) fn staged(kept: &Kept, count: u64, recording: &Recording) -> Scene {
    let flow = Flow::of(kept, count, recording);
    let mut nodes = nodes(kept, recording, &flow);
    let number_of: HashMap<Place, usize> =
        nodes.iter().enumerate().map(|(number, node)| (node.what, number)).collect();
    let mut edges = Vec::with_capacity(flow.edges.len());
    let mut links = Vec::with_capacity(flow.edges.len());
    for edge in &flow.edges {
        let (Some(&from), Some(&to)) = (number_of.get(&edge.from), number_of.get(&edge.to)) else {
            continue;
        };
        edges.push((from, to, edge.count));
        if !edge.is_return {
            links.push(Link { from, to, weight: edge.count, is_sideless: edge.is_hold });
        }
    }
    let sizes: Vec<Size> = nodes.iter().map(|node| size(node, &flow)).collect();
    let places = layout(&sizes, &links);
    for ((node, size), (x, y)) in nodes.iter_mut().zip(&sizes).zip(places.at) {
        (node.x, node.y, node.w, node.h) = (x, y, size.w, size.h);
    }
    Scene { width: places.width, height: places.height, nodes, edges }
}

/// Returns the nodes: things, processes that have a place of their own, and types of the others.
fn nodes(kept: &Kept, recording: &Recording, flow: &Flow) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut add = |what, key: String, label: String, kind| {
        nodes.push(Node { key, label, kind, what, x: 0.0, y: 0.0, w: 0.0, h: 0.0 });
    };
    let mut seen = HashSet::new();
    for (number, thing) in (1..).zip(kept.things()) {
        // A level of the model's own may have the name of a thing.
        let is_new = seen.insert(&*thing.name);
        let name = if is_new { thing.name.to_string() } else { format!("{} {number}", thing.name) };
        add(Place::Thing(number), format!("thing:{name}"), thing.name.to_string(), thing.kind);
    }
    let mut of_name: HashMap<&str, usize> = HashMap::new();
    for station in &flow.stations {
        *of_name.entry(&station.name).or_default() += 1;
    }
    for station in &flow.stations {
        let is_only = of_name[&*station.name] == 1;
        let name = if is_only {
            station.name.clone()
        } else {
            format!("{} #{}", station.name, station.number)
        };
        let label = match name.split_once(" (s") {
            // Not the line that has started it.
            Some((function, _)) if name.ends_with(')') => function.to_owned(),
            _ => name.clone(),
        };
        add(Place::Process(station.number), format!("process:{name}"), label, "process");
    }
    for &(number, _) in &flow.types {
        let name = &recording.types.all[number as usize];
        add(Place::Type(number), format!("type:{name}"), name.clone(), "type");
    }
    nodes
}

/// A dot takes so much room in the picture.
const DOT: f64 = 24.0;
/// The most slots that are drawn one by one, and how many of them stand in a row.
const SLOTS: f64 = 60.0;
const IN_A_ROW: f64 = 6.0;
/// So many stand in line side by side; more stand in three rows.
const IN_LINE: f64 = 6.0;
/// The room for a line that there is between two columns, and the most that there is beside.
const BETWEEN: f64 = 36.0;
const LONGEST: f64 = 140.0;
/// More processes that have a place of their own have a smaller one.
const SPACIOUS: usize = 15;

/// Returns how large a node is.
fn size(node: &Node, flow: &Flow) -> Size {
    let (capacity, longest) = match node.what {
        Place::Thing(number) => {
            let at = number as usize - 1;
            (flow.capacities[at], f64::from(flow.longest[at]))
        }
        _ => (0.0, 0.0),
    };
    let living = match node.what {
        Place::Type(number) => {
            let at = flow.types.binary_search_by_key(&number, |&(number, _)| number);
            at.map_or(1.0, |at| f64::from(flow.types[at].1))
        }
        _ => 0.0,
    };
    let slots = capacity.clamp(1.0, SLOTS);
    let columns = (slots / 5.0).ceil().max(IN_A_ROW.min(slots));
    let (w, h): (f64, f64) = match node.kind {
        "Resource" | "PreemptiveResource" | "Pool" => {
            (f64::max(112.0, 16.0 + DOT * columns), 50.0 + DOT * (slots / columns).ceil())
        }
        "Queue" | "PriorityQueue" | "Store" => (120.0, 98.0),
        "Container" => (120.0, 100.0),
        "Channel" if capacity == 0.0 => (84.0, 48.0),
        "Channel" => (16.0 + DOT * columns, 50.0 + DOT * (slots / columns).ceil()),
        "process" if flow.stations.len() <= SPACIOUS => (150.0, 54.0),
        "process" => (110.0, 50.0),
        "type" => (160.0, 50.0 + DOT * (living / IN_A_ROW).ceil().clamp(1.0, 3.0)),
        _ => (130.0, 66.0),
    };
    let in_line = if longest <= IN_LINE { longest } else { IN_LINE.max((longest / 3.0).ceil()) };
    let left = (DOT * in_line - BETWEEN).clamp(0.0, LONGEST);
    // A letter takes about 8 pixels. What is too long is cut off.
    let letters = u32::try_from(node.label.chars().count().min(22)).unwrap_or_default();
    let is_thing = matches!(node.what, Place::Thing(_));
    Size { w: w.max(24.0 + 8.0 * f64::from(letters)), h, left, is_thing }
}
