//! A line of amounts in which a request may come to any place. It finds the first amount that fits without
//! looking at all of them.

use crate::engine::slab::Key;
use crate::shared::container::arrivals::Ticket;

/// Requests for amounts in the order of their tickets.
///
/// They are a treap: a search tree by ticket, in which each request has a random weight, and a heavier
/// request is above a lighter one. So the tree is balanced, whatever comes and leaves. Each node holds the
/// least amount below it, as in `Arrivals`. Joining, leaving and finding take logarithmic time. The weights
/// come from the numbers of the tickets, so they are the same in each run. They decide only how the tree
/// looks, never whom it finds.
#[derive(Debug, Default)]
pub(crate) struct Rankings {
    nodes: Vec<Node>,
    /// The nodes that are free, to be used again.
    free: Vec<u32>,
    root: Link,
}

/// A node, or none.
type Link = Option<u32>;

#[derive(Debug)]
struct Node {
    ticket: Ticket,
    amount: f64,
    request: Key,
    weight: u64,
    /// The least amount in this node and below.
    least: f64,
    left: Link,
    right: Link,
}

impl Rankings {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// Adds a request for a finite amount at the place of its ticket.
    pub(crate) fn join(&mut self, ticket: Ticket, amount: f64, request: Key) {
        let weight = mixed(ticket.number);
        let node = Node { ticket, amount, request, weight, least: amount, left: None, right: None };
        let new = if let Some(free) = self.free.pop() {
            self.nodes[free as usize] = node;
            free
        } else {
            self.nodes.push(node);
            u32::try_from(self.nodes.len() - 1).expect("more than 2^32 requests in a line")
        };
        let (before, behind) = self.split(self.root, ticket);
        let front = self.merge(before, Some(new));
        self.root = self.merge(front, behind);
    }

    /// Removes the request with this ticket, if it is in the line.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        self.root = self.without(self.root, ticket);
    }

    /// Returns the first request whose amount fits. If an amount fits, every smaller one must fit too.
    pub(crate) fn first(&self, fits: impl Fn(f64) -> bool) -> Option<(Ticket, Key)> {
        let mut at = self.root.filter(|&root| fits(self.at(root).least))?;
        loop {
            let node = self.at(at);
            match (node.left, node.right) {
                (Some(left), _) if fits(self.at(left).least) => at = left,
                (_, Some(right)) if !fits(node.amount) => at = right,
                _ => return Some((node.ticket, node.request)),
            }
        }
    }

    /// Returns the requests that wait, in no order.
    pub(crate) fn requests(&self) -> Vec<Key> {
        let mut requests = Vec::new();
        let mut ahead: Vec<u32> = self.root.into_iter().collect();
        while let Some(node) = ahead.pop() {
            let Node { request, left, right, .. } = self.at(node);
            requests.push(*request);
            ahead.extend(left.iter().chain(right));
        }
        requests
    }

    fn at(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    fn at_mut(&mut self, node: u32) -> &mut Node {
        &mut self.nodes[node as usize]
    }

    /// Computes the least amount of a node from its children.
    fn update(&mut self, node: u32) {
        let &Node { amount, left, right, .. } = self.at(node);
        let below = [left, right].into_iter().flatten().map(|child| self.at(child).least);
        self.at_mut(node).least = below.fold(amount, f64::min);
    }

    /// Divides a tree into what is before a ticket and what is behind it.
    fn split(&mut self, tree: Link, ticket: Ticket) -> (Link, Link) {
        let Some(node) = tree else { return (None, None) };
        if self.at(node).ticket < ticket {
            let (before, behind) = self.split(self.at(node).right, ticket);
            self.at_mut(node).right = before;
            self.update(node);
            (tree, behind)
        } else {
            let (before, behind) = self.split(self.at(node).left, ticket);
            self.at_mut(node).left = behind;
            self.update(node);
            (before, tree)
        }
    }

    /// Joins two trees, the first of which is all before the second.
    fn merge(&mut self, before: Link, behind: Link) -> Link {
        let (Some(first), Some(second)) = (before, behind) else { return before.or(behind) };
        if self.at(first).weight > self.at(second).weight {
            let right = self.merge(self.at(first).right, behind);
            self.at_mut(first).right = right;
            self.update(first);
            before
        } else {
            let left = self.merge(before, self.at(second).left);
            self.at_mut(second).left = left;
            self.update(second);
            behind
        }
    }

    /// Returns a tree without the request of this ticket.
    fn without(&mut self, tree: Link, ticket: Ticket) -> Link {
        let node = tree?;
        let &Node { ticket: here, left, right, .. } = self.at(node);
        if here == ticket {
            self.free.push(node);
            return self.merge(left, right);
        }
        if ticket < here {
            let left = self.without(left, ticket);
            self.at_mut(node).left = left;
        } else {
            let right = self.without(right, ticket);
            self.at_mut(node).right = right;
        }
        self.update(node);
        tree
    }
}

/// Returns a number that looks random (the mixing step of `SplitMix64`).
fn mixed(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
