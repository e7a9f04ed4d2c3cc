//! A line of amounts. It finds the first amount that fits without looking at all of them.

use crate::engine::slab::Key;

/// Requests for amounts in the order of their arrival.
///
/// The amounts are the leaves of a tournament tree. Each inner node holds the least amount below
/// it, so that a search knows at every node which way leads to the first amount that fits. Joining,
/// leaving and finding take logarithmic time. Leaves are used from left to right. When all leaves
/// have been used, the requests that still wait move to the left end of a new tree, which has at
/// least twice as many leaves as requests.
#[derive(Debug, Default)]
pub(crate) struct FirstFit {
    /// The requests by ascending ticket: those that waited at the last move and those that have
    /// come since, including requests that have left.
    arrivals: Vec<Arrival>,
    /// The nodes. Node 1 is the root, node `n` has the children `2n` and `2n + 1`, and the second
    /// half of the nodes are the leaves. A node is [`NOBODY`] if no request waits there.
    least: Vec<f64>,
    waiting: usize,
    tickets: u64,
}

/// A place in the order of arrival. It stays the same when others leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

#[derive(Debug)]
struct Arrival {
    ticket: Ticket,
    request: Key,
}

/// The value of a node without a request. It cannot be an amount, as amounts are finite.
const NOBODY: f64 = f64::INFINITY;

/// The width of the narrowest tree.
const NARROW: usize = 4;

impl FirstFit {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// The number of leaves.
    fn width(&self) -> usize {
        self.least.len() / 2
    }

    /// Adds a request for a finite amount at the end of the line.
    pub(crate) fn join(&mut self, amount: f64, request: Key) -> Ticket {
        if self.arrivals.len() == self.width() {
            self.close_gaps();
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.waiting += 1;
        self.arrivals.push(Arrival { ticket, request });
        self.set(self.arrivals.len() - 1, amount);
        ticket
    }

    /// Removes the request with this ticket, if it is in the line.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        let Ok(leaf) = self.arrivals.binary_search_by_key(&ticket, |arrival| arrival.ticket) else {
            return;
        };
        self.waiting -= 1;
        self.set(leaf, NOBODY);
        if self.waiting == 0 {
            self.arrivals.clear();
        }
    }

    /// Returns the first request whose amount fits. If an amount fits, every smaller one must fit too.
    pub(crate) fn first(&self, fits: impl Fn(f64) -> bool) -> Option<Key> {
        let fits = |node: usize| self.least[node] < NOBODY && fits(self.least[node]);
        if self.waiting == 0 || !fits(1) {
            return None;
        }
        let mut node = 1;
        while node < self.width() {
            node = if fits(2 * node) { 2 * node } else { 2 * node + 1 };
        }
        Some(self.arrivals[node - self.width()].request)
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
        self.arrivals.retain(|_| amounts.next().is_some_and(|amount| amount < NOBODY));
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
    use super::{FirstFit, Key, Ticket};

    fn key(number: u32) -> Key {
        Key::new(number, 0)
    }

    /// A random number below `end` (xorshift).
    fn below(state: &mut u32, end: u32) -> u32 {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        *state % end
    }

    #[test]
    fn it_finds_whom_a_scan_finds() {
        for seed in 1..200_u32 {
            let mut random = seed.wrapping_mul(0x9E37_79B9);
            let most = 1 + below(&mut random, 40);
            let (mut line, mut scanned) = (FirstFit::default(), Vec::<(Ticket, f64, Key)>::new());
            for number in 0..400 {
                let count = u32::try_from(scanned.len()).unwrap();
                if below(&mut random, most) >= count {
                    let amount = f64::from(below(&mut random, 50));
                    scanned.push((line.join(amount, key(number)), amount, key(number)));
                } else {
                    let leaver = below(&mut random, count) as usize;
                    line.leave(scanned.remove(leaver).0);
                }
                assert_eq!((line.len(), line.is_empty()), (scanned.len(), scanned.is_empty()));
                let level = f64::from(below(&mut random, 50));
                let expected = scanned.iter().find(|&&(_, amount, _)| amount <= level);
                assert_eq!(
                    line.first(|amount| amount <= level),
                    expected.map(|&(.., key)| key),
                    "seed {seed}"
                );
            }
        }
    }

    #[test]
    fn nobody_is_found_in_an_empty_line_even_by_infinity() {
        let mut line = FirstFit::default();
        assert_eq!(line.first(|_| true), None);
        let ticket = line.join(3.0, key(0));
        assert_eq!(line.first(|_| true), Some(key(0)));
        line.leave(ticket);
        line.leave(ticket);
        assert_eq!(line.first(|_| true), None);
    }

    #[test]
    fn memory_follows_those_who_wait() {
        let mut line = FirstFit::default();
        let mut last = line.join(1.0, key(0));
        for number in 1..10_000 {
            let next = line.join(1.0, key(number));
            line.leave(last);
            last = next;
        }
        assert!(line.least.len() <= 16, "{} nodes", line.least.len());
    }
}
