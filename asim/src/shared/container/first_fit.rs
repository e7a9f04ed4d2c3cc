//! A line of amounts by priority and arrival. It finds the first amount that fits without looking at all of
//! them.

use std::mem;

use crate::engine::slab::Key;
use crate::shared::container::arrivals::{Arrivals, Ticket};
use crate::shared::container::rankings::Rankings;

/// Requests for amounts: the smallest priority first, and among equals in the order of arrival. Joining,
/// leaving and finding take logarithmic time.
///
/// In most models each request comes to the end of the line. `Arrivals` is made for that. When one has to
/// go before another, all move to `Rankings`, until the line is empty.
#[derive(Debug)]
pub(crate) struct FirstFit {
    line: Line,
    numbers: u64,
}

#[derive(Debug)]
enum Line {
    Arrivals(Arrivals),
    Rankings(Rankings),
}

impl Default for FirstFit {
    fn default() -> Self {
        FirstFit { line: Line::Arrivals(Arrivals::default()), numbers: 0 }
    }
}

impl FirstFit {
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        match &self.line {
            Line::Arrivals(line) => line.len(),
            Line::Rankings(line) => line.len(),
        }
    }

    /// Adds a request for a finite amount behind all that are as urgent or more.
    pub(crate) fn join(&mut self, priority: i32, amount: f64, request: Key) -> Ticket {
        let ticket = Ticket { priority, number: self.numbers };
        self.numbers += 1;
        match &mut self.line {
            Line::Arrivals(line) if line.ends_with(ticket) => line.join(ticket, amount, request),
            Line::Arrivals(line) => {
                let arrived = mem::take(line);
                let mut line = Rankings::default();
                for (ticket, amount, request) in arrived.iter() {
                    line.join(ticket, amount, request);
                }
                line.join(ticket, amount, request);
                self.line = Line::Rankings(line);
            }
            Line::Rankings(line) => line.join(ticket, amount, request),
        }
        ticket
    }

    /// Removes the request with this ticket, if it is in the line.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        match &mut self.line {
            Line::Arrivals(line) => line.leave(ticket),
            Line::Rankings(line) => {
                line.leave(ticket);
                if line.len() == 0 {
                    self.line = Line::Arrivals(Arrivals::default());
                }
            }
        }
    }

    /// Returns the first request whose amount fits. If an amount fits, every smaller one must fit too.
    pub(crate) fn first(&self, fits: impl Fn(f64) -> bool) -> Option<Key> {
        self.find(fits).map(|(_, request)| request)
    }

    /// Returns the requests that wait, in no order.
    pub(crate) fn requests(&self) -> Vec<Key> {
        match &self.line {
            Line::Arrivals(line) => line.iter().map(|(_, _, request)| request).collect(),
            Line::Rankings(line) => line.requests(),
        }
    }

    /// Returns `true` if a new request of this priority would be the first in line.
    pub(crate) fn begins_with(&self, priority: i32) -> bool {
        self.find(|_| true).is_none_or(|(first, _)| priority < first.priority)
    }

    fn find(&self, fits: impl Fn(f64) -> bool) -> Option<(Ticket, Key)> {
        match &self.line {
            Line::Arrivals(line) => line.first(fits),
            Line::Rankings(line) => line.first(fits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstFit, Key, Line, Ticket};

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
        for seed in 1..300_u32 {
            let mut random = seed.wrapping_mul(0x9E37_79B9);
            let most = 1 + below(&mut random, 40);
            // Some lines have no priorities, some have few, some have nearly one for each request.
            let priorities = [1, 3, 1000][(seed % 3) as usize];
            let (mut line, mut scanned) = (FirstFit::default(), Vec::<(Ticket, f64, Key)>::new());
            for number in 0..400 {
                let count = u32::try_from(scanned.len()).unwrap();
                if below(&mut random, most) >= count {
                    let amount = f64::from(below(&mut random, 50));
                    let priority = i32::try_from(below(&mut random, priorities)).unwrap() - 1;
                    let ticket = line.join(priority, amount, key(number));
                    let before = scanned.iter().filter(|other| other.0 < ticket).count();
                    assert_eq!(before == 0, line.first(|_| true) == Some(key(number)));
                    scanned.insert(before, (ticket, amount, key(number)));
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
                let priority = i32::try_from(below(&mut random, priorities)).unwrap() - 1;
                let begins = scanned.first().is_none_or(|first| first.0.priority > priority);
                assert_eq!(line.begins_with(priority), begins);
            }
        }
    }

    #[test]
    fn equals_stay_in_the_order_of_arrival_and_the_line_is_plain_again_once_it_is_empty() {
        let mut line = FirstFit::default();
        let tickets: Vec<_> = [0, 0, -1, -1]
            .into_iter()
            .zip(0..)
            .map(|(priority, number)| line.join(priority, 1.0, key(number)))
            .collect();
        assert!(matches!(line.line, Line::Rankings(_)));
        for next in [2, 3, 0, 1] {
            assert_eq!(line.first(|_| true), Some(key(next)));
            line.leave(tickets[next as usize]);
            line.leave(tickets[next as usize]);
        }
        assert!(line.is_empty() && matches!(line.line, Line::Arrivals(_)));
    }

    #[test]
    fn a_hundred_thousand_priorities_do_not_make_the_tree_deep() {
        let mut line = FirstFit::default();
        let tickets: Vec<_> = (0..100_000).map(|number| line.join(-number, 1.0, key(0))).collect();
        for ticket in tickets {
            line.leave(ticket);
        }
        assert!(line.is_empty());
    }
}
