//! A line of amounts to whose end all requests come. It finds the first amount that fits without looking at
//! all of them.

use crate::engine::slab::Key;

/// A place in line: the smallest priority first, and among equals the order of arrival. It stays the same
/// when others leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket {
    pub(crate) priority: i32,
    pub(crate) number: u64,
}

/// Requests for amounts, where each comes to the end of the line.
///
/// The amounts are the leaves of a tournament tree. Each inner node holds the least amount below
/// it, so that a search knows at every node which way leads to the first amount that fits. Joining,
/// leaving and finding take logarithmic time. Leaves are used from left to right. When all leaves
/// have been used, the requests that still wait move to the left end of a new tree, which has at
/// least twice as many leaves as requests.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// The requests by ascending ticket: those that waited at the last move and those that have
    /// come since, including requests that have left.
    line: Vec<Arrival>,
    /// The nodes. Node 1 is the root, node `n` has the children `2n` and `2n + 1`, and the second
    /// half of the nodes are the leaves. A node is [`NOBODY`] if no request waits there.
    least: Vec<f64>,
    waiting: usize,
}

#[derive(Debug, Clone, Copy)]
struct Arrival {
    ticket: Ticket,
    request: Key,
}

/// The value of a node without a request. It cannot be an amount, as amounts are finite.
const NOBODY: f64 = f64::INFINITY;

/// The width of the narrowest tree.
const NARROW: usize = 4;

impl Arrivals {
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// The number of leaves.
    fn width(&self) -> usize {
        self.least.len() / 2
    }

    /// Returns `true` if a request with this ticket comes to the end of the line.
    #[inline]
    pub(crate) fn ends_with(&self, ticket: Ticket) -> bool {
        self.line.last().is_none_or(|last| last.ticket < ticket)
    }

    /// Adds a request for a finite amount at the end of the line.
    pub(crate) fn join(&mut self, ticket: Ticket, amount: f64, request: Key) {
        if self.line.len() == self.width() {
            self.close_gaps();
        }
        self.waiting += 1;
        self.line.push(Arrival { ticket, request });
        self.set(self.line.len() - 1, amount);
    }

    /// Removes the request with this ticket, if it is in the line.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        let Ok(leaf) = self.line.binary_search_by_key(&ticket, |arrival| arrival.ticket) else {
            return;
        };
        self.waiting -= 1;
        self.set(leaf, NOBODY);
        if self.waiting == 0 {
            self.line.clear();
        }
    }

    /// Returns the first request whose amount fits. If an amount fits, every smaller one must fit too.
    pub(crate) fn first(&self, fits: impl Fn(f64) -> bool) -> Option<(Ticket, Key)> {
        let fits = |node: usize| self.least[node] < NOBODY && fits(self.least[node]);
        if self.waiting == 0 || !fits(1) {
            return None;
        }
        let mut node = 1;
        while node < self.width() {
            node = if fits(2 * node) { 2 * node } else { 2 * node + 1 };
        }
        let Arrival { ticket, request } = self.line[node - self.width()];
        Some((ticket, request))
    }

    /// Returns the requests that wait, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ticket, f64, Key)> {
        let amounts = self.least[self.width()..].iter();
        let all = self.line.iter().zip(amounts);
        all.filter(|&(_, &amount)| amount < NOBODY)
            .map(|(arrival, &amount)| (arrival.ticket, amount, arrival.request))
    }

    /// Changes the amount of a leaf, and the nodes above it.
    fn set(&mut self, leaf: usize, amount: f64) {
        let mut node = self.width() + leaf;
        self.least[node] = amount;
        while node > 1 {
            node /= 2;
            let least = self.least[2 * node].min(self.least[2 * node + 1]);
            if self.least[node] == least {
                break;
            }
            self.least[node] = least;
        }
    }

    /// Moves all waiting requests to the left, so that at least half of the leaves are free.
    fn close_gaps(&mut self) {
        let leaves = self.least.split_off(self.width());
        let mut amounts = leaves.iter().copied();
        self.line.retain(|_| amounts.next().is_some_and(|amount| amount < NOBODY));
        let width = (2 * self.waiting).next_power_of_two().max(NARROW);
        self.least.clear();
        self.least.resize(2 * width, NOBODY);
        let waiting = leaves.into_iter().filter(|&amount| amount < NOBODY);
        for (leaf, amount) in self.least[width..].iter_mut().zip(waiting) {
            *leaf = amount;
        }
        for node in (1..width).rev() {
            self.least[node] = self.least[2 * node].min(self.least[2 * node + 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrivals, Key, Ticket};

    fn ticket(number: u64) -> Ticket {
        Ticket { priority: 0, number }
    }

    #[test]
    fn nobody_is_found_in_an_empty_line_even_by_infinity() {
        let mut line = Arrivals::default();
        assert_eq!(line.first(|_| true), None);
        let key = Key::new(0, 0);
        line.join(ticket(0), 3.0, key);
        assert_eq!(line.first(|_| true), Some((ticket(0), key)));
        line.leave(ticket(0));
        line.leave(ticket(0));
        assert_eq!(line.first(|_| true), None);
    }

    #[test]
    fn memory_follows_those_who_wait() {
        let mut line = Arrivals::default();
        for number in 0..10_000 {
            line.join(ticket(number), 1.0, Key::new(0, 0));
            line.leave(ticket(number.saturating_sub(1)));
        }
        assert!(line.least.len() <= 16, "{} nodes", line.least.len());
    }
}
