//! Circles: processes that are stuck and wait for each other.
//!
//! The graph has a node for each process that is stuck and two for each line: its *front*, for the first
//! that waits in vain, and its *rest*, for those behind. A process leads to what it waits for, a front to
//! those who hold the thing, a rest to the front and to the process there. So a resource with a thousand
//! holders and a thousand waiters has two thousand edges, not a million.
//!
//! Each strongly connected component with more than one node, or with an edge to itself, is a deadlock.
//! They are found by Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972) with a
//! list of its own instead of recursion.

use std::collections::VecDeque;

use crate::engine::diagnosis::stuck::Stuck;
use crate::engine::diagnosis::waits::{NOBODY, Of, Waits, number};
use crate::engine::thing_view::From;

/// A circle of waiters.
pub(super) struct Found {
    pub(super) steps: Vec<Step>,
    /// How many other waiters are in the same component.
    pub(super) others: usize,
}

/// One step of a circle: from a waiter to the next.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) waiter: u32,
    /// Its request that leads to the next one.
    pub(super) request: u32,
    pub(super) leads: Leads,
}

/// To whom a request leads: the next waiter of a circle.
#[derive(Clone, Copy)]
pub(super) enum Leads {
    /// That one holds the thing.
    Holder,
    /// It has the other end of the channel.
    OtherEnd,
    /// It is before the other in line.
    OneBefore,
    /// It is the process whose end is waited for.
    End,
}

/// Returns the circles, each by one way round, in the order of their first processes.
pub(super) fn find(waits: &Waits, stuck: &Stuck) -> Vec<Found> {
    if (0..number(waits.waiters.len())).all(|waiter| !stuck.is_stuck(waiter)) {
        return Vec::new();
    }
    let graph = Graph::new(waits, stuck);
    let components = graph.components();
    let mut sizes = vec![0_u32; components.len()];
    for waiter in 0..waits.waiters.len() {
        sizes[components[waiter] as usize] += 1;
    }
    let mut nodes = vec![0_u32; components.len()];
    for &component in &components {
        nodes[component as usize] += 1;
    }
    let mut is_done = vec![false; components.len()];
    let mut before = vec![NOBODY; components.len()];
    let mut found = Vec::new();
    for waiter in 0..number(waits.waiters.len()) {
        let component = components[waiter as usize] as usize;
        let is_circle = nodes[component] > 1 || graph.from(waiter).contains(&waiter);
        if is_circle && !std::mem::replace(&mut is_done[component], true) {
            let way = graph.way_round(waiter, &components, sizes[component], &mut before);
            let steps = graph.steps(waits, &way);
            let others = sizes[component] as usize - steps.len();
            found.push(Found { steps, others });
        }
    }
    found
}

struct Graph {
    /// The number of nodes that are processes, and the number of lines.
    waiters: u32,
    lines: u32,
    begins: Vec<u32>,
    edges: Vec<u32>,
}

impl Graph {
    fn new(waits: &Waits, stuck: &Stuck) -> Self {
        let (waiters, lines) = (number(waits.waiters.len()), number(waits.view.lines.len()));
        let mut graph = Graph { waiters, lines, begins: vec![0], edges: Vec::new() };
        for waiter in 0..waiters {
            if stuck.is_stuck(waiter) {
                for &request in waits.requests_of(waiter) {
                    if let Some(node) = graph.target(waits, stuck, request) {
                        graph.edges.push(node);
                    }
                }
            }
            graph.begins.push(number(graph.edges.len()));
        }
        for line in &waits.view.lines {
            let to = |key| Some(waits.waiter(key)).filter(|&waiter| stuck.is_stuck(waiter));
            match line.from {
                From::Holders | From::Borrowers => {
                    let holds = waits.view.holds_of(line.thing);
                    graph.edges.extend(holds.iter().filter_map(|hold| to(hold.process)));
                }
                From::OtherEnd(key) => graph.edges.extend(to(key)),
                From::Anybody | From::Nobody => {}
            }
            graph.begins.push(number(graph.edges.len()));
        }
        for (at, line) in waits.view.lines.iter().enumerate() {
            graph.edges.push(waiters + number(at));
            let front = stuck.fronts[at];
            if line.from == From::Holders && front < line.count {
                let first = waits.requests[(line.first + front) as usize].waiter;
                graph.edges.extend(Some(first).filter(|&first| stuck.is_stuck(first)));
            }
            graph.begins.push(number(graph.edges.len()));
        }
        graph
    }

    /// Returns the node to which a request leads.
    fn target(&self, waits: &Waits, stuck: &Stuck, request: u32) -> Option<u32> {
        match waits.requests[request as usize].of {
            Of::Line(line) => match waits.view.lines[line as usize].from {
                From::Holders
                    if request
                        > waits.view.lines[line as usize].first + stuck.fronts[line as usize] =>
                {
                    Some(self.waiters + self.lines + line)
                }
                From::Holders | From::Borrowers | From::OtherEnd(_) => Some(self.waiters + line),
                From::Anybody | From::Nobody => None,
            },
            Of::End(key) => Some(waits.waiter(key)).filter(|&waiter| stuck.is_stuck(waiter)),
            Of::Condition(_) | Of::Time => None,
        }
    }

    fn from(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.edges[self.begins[node] as usize..self.begins[node + 1] as usize]
    }

    /// Returns the component of each node.
    fn components(&self) -> Vec<u32> {
        let count = self.begins.len() - 1;
        let mut search = Tarjan {
            numbers: vec![NOBODY; count],
            lowest: vec![NOBODY; count],
            components: vec![NOBODY; count],
            open: Vec::new(),
            next: 0,
            found: 0,
        };
        let mut way: Vec<(u32, u32)> = Vec::new();
        for root in 0..number(count) {
            if search.numbers[root as usize] != NOBODY {
                continue;
            }
            search.enter(root);
            way.push((root, 0));
            while let Some((node, edge)) = way.last_mut() {
                let (from, at) = (*node, *edge as usize);
                if let Some(&to) = self.from(from).get(at) {
                    *edge += 1;
                    if search.numbers[to as usize] == NOBODY {
                        search.enter(to);
                        way.push((to, 0));
                    } else if search.components[to as usize] == NOBODY {
                        search.lower(from, search.numbers[to as usize]);
                    }
                    continue;
                }
                way.pop();
                search.leave(from);
                if let Some(&(outer, _)) = way.last() {
                    search.lower(outer, search.lowest[from as usize]);
                }
            }
        }
        search.components
    }

    /// Returns the shortest way from a waiter back to it, by its nodes, the first of which is the waiter. It
    /// leads through another waiter if the component (of `size` waiters) has one.
    fn way_round(&self, start: u32, components: &[u32], size: u32, before: &mut [u32]) -> Vec<u32> {
        let component = components[start as usize];
        // A way through others may pass the same line twice. So a line that leads to the start is noted.
        let mut leads_back = vec![];
        let mut next = VecDeque::from([start]);
        while let Some(node) = next.pop_front() {
            for &to in self.from(node) {
                let is_alone =
                    node == start || before[node as usize] == start && node >= self.waiters;
                let is_back = if to == start && is_alone && size > 1 {
                    leads_back.push(node);
                    false
                } else {
                    to == start
                        || (node < self.waiters && node != start && leads_back.contains(&to))
                };
                if is_back {
                    let mut way = vec![node];
                    while let Some(&node) = way.last()
                        && node != start
                    {
                        way.push(before[node as usize]);
                    }
                    way.reverse();
                    way.extend(Some(to).filter(|&to| to != start));
                    return way;
                }
                if components[to as usize] == component && before[to as usize] == NOBODY {
                    before[to as usize] = node;
                    next.push_back(to);
                }
            }
        }
        vec![start]
    }

    /// Returns the steps of a way round.
    fn steps(&self, waits: &Waits, way: &[u32]) -> Vec<Step> {
        let mut steps = Vec::new();
        for (at, &waiter) in way.iter().enumerate() {
            if waiter >= self.waiters {
                continue;
            }
            let after = |places: usize| way[(at + places) % way.len()];
            let (first, second) = (after(1), after(2));
            let is_rest = first >= self.waiters + self.lines;
            let line = match first.checked_sub(self.waiters) {
                None => None,
                Some(line) if is_rest => Some(line - self.lines),
                line => line,
            };
            let leads = match line {
                None => Leads::End,
                Some(_) if is_rest && second < self.waiters => Leads::OneBefore,
                Some(line) => {
                    let line = &waits.view.lines[line as usize];
                    match line.from {
                        From::OtherEnd(_) => Leads::OtherEnd,
                        _ => Leads::Holder,
                    }
                }
            };
            let leads_there = |&&request: &&u32| match (waits.requests[request as usize].of, line) {
                (Of::Line(its), Some(line)) => its == line,
                (Of::End(key), None) => waits.waiter(key) == first,
                _ => false,
            };
            let request = waits.requests_of(waiter).iter().find(leads_there);
            steps.push(Step { waiter, request: request.copied().unwrap_or(NOBODY), leads });
        }
        steps
    }
}

/// The state of the search for components.
struct Tarjan {
    /// The order in which the nodes were entered.
    numbers: Vec<u32>,
    /// The least number of an open node that each node is known to lead to.
    lowest: Vec<u32>,
    components: Vec<u32>,
    /// The nodes that were entered and are in no component yet.
    open: Vec<u32>,
    next: u32,
    found: u32,
}

impl Tarjan {
    fn enter(&mut self, node: u32) {
        self.numbers[node as usize] = self.next;
        self.lowest[node as usize] = self.next;
        self.next += 1;
        self.open.push(node);
    }

    fn lower(&mut self, node: u32, number: u32) {
        let lowest = &mut self.lowest[node as usize];
        *lowest = (*lowest).min(number);
    }

    /// Makes a component of the open nodes from this one on, if it leads to none before it.
    fn leave(&mut self, node: u32) {
        if self.lowest[node as usize] != self.numbers[node as usize] {
            return;
        }
        while let Some(open) = self.open.pop() {
            self.components[open as usize] = self.found;
            if open == node {
                break;
            }
        }
        self.found += 1;
    }
}
