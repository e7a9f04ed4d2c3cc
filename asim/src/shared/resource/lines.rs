//! The lines of a thing that serves by priority: one line for each priority of a waiting request.

use std::{collections::BTreeMap, collections::btree_map::Entry};

use crate::engine::slab::Key;
use crate::engine::wait_list::{Line, WaitList};

/// Requests of one [`WaitList`] in the order of their priorities, the smallest first, and in the
/// order of arrival among equals.
///
/// The most urgent line is kept outside the map, because it is the line that is served. If all
/// requests have the same priority, it is the only line.
#[derive(Debug, Default)]
pub(crate) struct PriorityLines {
    /// The priority of the `first` line.
    urgent: i32,
    /// The most urgent line; empty only if no request waits.
    first: Line,
    /// The other lines, none of them empty.
    behind: BTreeMap<i32, Line>,
    /// The number of requests in all lines. It is stored, as a sum would have to visit every line.
    waiting: usize,
}

impl PriorityLines {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// Adds a request at the end of its line.
    #[inline]
    pub(crate) fn join<R>(&mut self, list: &mut WaitList<R>, priority: i32, request: R) -> Key {
        self.waiting += 1;
        if self.first.is_empty() {
            self.urgent = priority;
        } else if priority < self.urgent {
            self.behind.insert(self.urgent, std::mem::take(&mut self.first));
            self.urgent = priority;
        }
        let line = if priority == self.urgent {
            &mut self.first
        } else {
            self.behind.entry(priority).or_default()
        };
        list.join(line, request)
    }

    /// Removes a request that waits with this priority.
    #[inline]
    pub(crate) fn leave<R>(&mut self, list: &mut WaitList<R>, priority: i32, key: Key) {
        self.waiting -= 1;
        if priority == self.urgent {
            list.leave(&mut self.first, key);
            if self.first.is_empty()
                && let Some((priority, line)) = self.behind.pop_first()
            {
                (self.urgent, self.first) = (priority, line);
            }
        } else if let Entry::Occupied(mut line) = self.behind.entry(priority) {
            list.leave(line.get_mut(), key);
            if line.get().is_empty() {
                line.remove();
            }
        }
    }

    /// Returns the request that is served next.
    #[inline]
    pub(crate) fn first<R>(&self, list: &WaitList<R>) -> Option<Key> {
        list.first(self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::{PriorityLines, WaitList};

    /// Serves all requests. Returns their names in the order in which they were served.
    fn serve_all(lines: &mut PriorityLines, list: &mut WaitList<(i32, char)>) -> String {
        let mut served = String::new();
        while let Some(key) = lines.first(list) {
            let (priority, name) = *list.get(key).unwrap();
            let before = lines.len();
            lines.leave(list, priority, key);
            assert_eq!(lines.len(), before - 1);
            served.push(name);
        }
        assert!(lines.is_empty() && lines.behind.is_empty() && lines.waiting == 0);
        served
    }

    #[test]
    fn the_smallest_priority_goes_first_and_equals_in_order_of_arrival() {
        let (mut lines, mut list) = (PriorityLines::default(), WaitList::new());
        for (name, priority) in ('a'..).zip([2, 0, 1, 0, -3, 2, -3, 1]) {
            lines.join(&mut list, priority, (priority, name));
        }
        assert_eq!(serve_all(&mut lines, &mut list), "egbdchaf");
    }

    #[test]
    fn who_leaves_from_the_middle_or_alone_in_a_line_leaves_no_gap() {
        let (mut lines, mut list) = (PriorityLines::default(), WaitList::new());
        let priorities = [1, 0, 1, 2, 1, 0];
        let keys: Vec<_> = ('a'..)
            .zip(priorities)
            .map(|(name, priority)| lines.join(&mut list, priority, (priority, name)))
            .collect();
        for leaver in [2, 3, 1, 5] {
            lines.leave(&mut list, priorities[leaver], keys[leaver]);
        }
        assert_eq!(serve_all(&mut lines, &mut list), "ae");
    }
}
