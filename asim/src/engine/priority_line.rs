//! A line that is ordered by priority: the smallest number first, and among equals the order of arrival.
//!
//! It is one chain of a [`WaitList`], so it is looked through like any other line. If all requests in it
//! have the same priority, as in most models, it is a plain line and nothing else is kept. As soon as two
//! priorities meet, it also knows the last request of each priority: there a new one of that priority
//! joins. So joining and leaving take logarithmic time in the number of different priorities.

use std::{collections::BTreeMap, ops::Deref};

use crate::engine::awaiter::Awaiter;
use crate::engine::slab::Key;
use crate::engine::wait_list::{Line, WaitList};

/// Requests of one [`WaitList`] in the order of their priorities. It derefs to its [`Line`], to look at.
#[derive(Debug, Default)]
pub(crate) struct PriorityLine {
    line: Line,
    /// The priority of all requests that wait, as long as it is the same.
    priority: i32,
    /// The place of the last request of each priority. Empty as long as all requests that wait have the
    /// same priority.
    lasts: BTreeMap<i32, u32>,
    /// The last request that was put back between others: the next one is often right behind it.
    put_back: Option<Key>,
}

impl Deref for PriorityLine {
    type Target = Line;

    #[inline]
    fn deref(&self) -> &Line {
        &self.line
    }
}

impl PriorityLine {
    /// Adds a new request behind those that are as urgent as it or more.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join<R>(&mut self, list: &mut WaitList<R>, priority: i32, request: R) -> Key {
        let ordered = self.is_plain(priority);
        let key = list.join_with_priority(&mut self.line, priority, request);
        if !ordered {
            self.sort_in(list, priority, key);
        }
        key
    }

    /// Does the same as [`join`](Self::join) if the request is the last in line and the table needs no
    /// memory.
    ///
    /// # Errors
    ///
    /// Returns the request otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_plainly<R>(
        &mut self,
        list: &mut WaitList<R>,
        priority: i32,
        request: R,
    ) -> Result<Key, R> {
        if !self.is_plain(priority) {
            return Err(request);
        }
        list.join_plainly(&mut self.line, priority, request)
    }

    /// Returns `true` if all requests that wait have this priority, or nobody waits.
    #[inline]
    fn is_plain(&mut self, priority: i32) -> bool {
        if self.line.is_empty() {
            // Nobody is the last of any priority then.
            self.priority = priority;
            return true;
        }
        self.lasts.is_empty() && self.priority == priority
    }

    /// Moves the last request of the line to the place where its priority puts it.
    #[inline(never)]
    fn sort_in<R>(&mut self, list: &mut WaitList<R>, priority: i32, key: Key) {
        list.leave(&mut self.line, key);
        self.join_behind_equals(list, priority, key);
    }

    /// Puts a request that is in no line behind those that are as urgent as it or more.
    fn join_behind_equals<R>(&mut self, list: &mut WaitList<R>, priority: i32, key: Key) {
        if self.lasts.is_empty() {
            let Some(last) = self.line.last() else {
                self.priority = priority;
                return list.join_again(&mut self.line, key);
            };
            self.lasts.insert(list.priority_at(last), last);
        }
        let before = self.lasts.range(..=priority).next_back().map(|(_, &last)| last);
        list.join_behind(&mut self.line, before, key);
        self.lasts.insert(priority, key.index());
    }

    /// Puts a request that is in no line back to its old place: behind those that are more urgent, and
    /// behind those of its equals for which `goes_before` is true.
    ///
    /// It looks at those equals only, and at a few more; if all go before it, at one. If the request that
    /// was put back last goes before it, it looks only at those behind that one. So many that are put back in
    /// their order look at each request in the line once, not each of them at all.
    pub(crate) fn join_in_order<R>(
        &mut self,
        list: &mut WaitList<R>,
        priority: i32,
        key: Key,
        goes_before: impl Fn(&R) -> bool,
    ) {
        list.note_priority(key, priority);
        let last = match self.lasts.get(&priority) {
            Some(&last) => Some(last),
            None if self.lasts.is_empty() => self.line.last(),
            None => None,
        };
        // Many that come one after the other in the order are each the last.
        if let Some(last) = last
            && list.priority_at(last) == priority
            && list.at(last).is_some_and(&goes_before)
        {
            return self.join_behind_equals(list, priority, key);
        }
        let mut before = match self.lasts.range(..priority).next_back() {
            Some((_, &last)) => Some(last),
            None if self.lasts.is_empty()
                && self.line.last().is_some_and(|last| list.priority_at(last) < priority) =>
            {
                self.line.last()
            }
            None => None,
        };
        let put_back = self.put_back.replace(key).filter(|&other| {
            list.is_in_line(other)
                && list.priority(other) == priority
                && list.get(other).is_some_and(&goes_before)
        });
        if let Some(other) = put_back {
            before = Some(other.index());
        }
        let mut is_last = true;
        while let Some(next) = list.behind(self.line, before) {
            if list.priority_at(next) != priority {
                break;
            }
            if !list.at(next).is_some_and(&goes_before) {
                is_last = false;
                break;
            }
            before = Some(next);
        }
        if is_last {
            return self.join_behind_equals(list, priority, key);
        }
        list.join_behind(&mut self.line, before, key);
    }

    /// Takes a request out of the line, if it is in it.
    #[inline]
    pub(crate) fn leave<R>(&mut self, list: &mut WaitList<R>, key: Key) {
        if !self.lasts.is_empty() {
            self.forget_last(list, key);
        }
        list.leave(&mut self.line, key);
    }

    /// Takes the first request out of the line, and its awaiter, if `takes` says so of that request and all
    /// requests that wait have the same priority.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn take_first_plainly<'l, R>(
        &mut self,
        list: &'l mut WaitList<R>,
        takes: impl FnOnce(&R) -> bool,
    ) -> Option<(&'l mut R, Awaiter)> {
        if !self.lasts.is_empty() {
            return None;
        }
        list.take_first_if(&mut self.line, takes)
    }

    /// If the request is the last one of its priority, the one before it becomes the last.
    #[inline(never)]
    fn forget_last<R>(&mut self, list: &mut WaitList<R>, key: Key) {
        let priority = list.priority(key);
        if !list.is_in_line(key) || self.lasts.get(&priority) != Some(&key.index()) {
            return;
        }
        match list.previous(key.index()) {
            Some((previous, its)) if its == priority => self.lasts.insert(priority, previous),
            _ => self.lasts.remove(&priority),
        };
    }

    /// Changes the priority of a request. If it is in the line, it moves behind its new equals, also if
    /// the priority is the same as before.
    pub(crate) fn set_priority<R>(&mut self, list: &mut WaitList<R>, key: Key, priority: i32) {
        let is_in_line = list.is_in_line(key);
        self.leave(list, key);
        list.note_priority(key, priority);
        if is_in_line {
            if self.is_plain(priority) {
                list.join_again(&mut self.line, key);
            } else {
                self.join_behind_equals(list, priority, key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PriorityLine, WaitList};

    /// Serves all requests. Returns their names in the order in which they were served.
    fn serve_all(line: &mut PriorityLine, list: &mut WaitList<char>) -> String {
        let mut served = String::new();
        while let Some(key) = list.first(**line) {
            let before = line.len();
            line.leave(list, key);
            assert_eq!(line.len(), before - 1);
            served.push(list.remove(key).unwrap().0);
        }
        assert!(line.is_empty() && line.lasts.is_empty());
        served
    }

    #[test]
    fn the_smallest_priority_goes_first_and_equals_in_order_of_arrival() {
        let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
        for (name, priority) in ('a'..).zip([2, 0, 1, 0, -3, 2, -3, 1]) {
            line.join(&mut list, priority, name);
        }
        assert_eq!(serve_all(&mut line, &mut list), "egbdchaf");
    }

    #[test]
    fn who_leaves_from_the_middle_or_alone_among_equals_leaves_no_gap() {
        let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
        let keys: Vec<_> = ('a'..)
            .zip([1, 0, 1, 2, 1, 0])
            .map(|(name, priority)| line.join(&mut list, priority, name))
            .collect();
        for leaver in [2, 3, 1, 5] {
            line.leave(&mut list, keys[leaver]);
            line.leave(&mut list, keys[leaver]);
            list.remove(keys[leaver]);
        }
        assert_eq!(serve_all(&mut line, &mut list), "ae");
    }

    #[test]
    fn a_new_priority_moves_a_request_behind_its_new_equals() {
        let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
        let keys: Vec<_> = "abcd".chars().map(|name| line.join(&mut list, 0, name)).collect();
        line.set_priority(&mut list, keys[0], 0);
        line.set_priority(&mut list, keys[3], -1);
        line.set_priority(&mut list, keys[1], 1);
        assert_eq!(serve_all(&mut line, &mut list), "dcab");
    }

    #[test]
    fn a_request_goes_back_to_its_old_place_among_its_equals() {
        // The letters are the old order.
        let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
        let keys: Vec<_> = ('a'..)
            .zip([1, 1, 0, 1, 2, 1])
            .map(|(name, priority)| line.join(&mut list, priority, name))
            .collect();
        for (key, priority) in [(3, 1), (0, 1), (1, 1), (5, 1), (2, 0), (4, 2), (4, 1)] {
            line.leave(&mut list, keys[key]);
            let name = ('a'..).nth(key).unwrap();
            line.join_in_order(&mut list, priority, keys[key], |&other| other < name);
        }
        assert_eq!(serve_all(&mut line, &mut list), "cabdef");
        let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
        let back = line.join(&mut list, 0, 'b');
        for (priority, expected) in [(0, "abc"), (1, "acb"), (-1, "bac")] {
            line.leave(&mut list, back);
            for name in ['a', 'c'] {
                line.join(&mut list, 0, name);
            }
            line.join_in_order(&mut list, priority, back, |&other| other < 'b');
            let order: String = list.iter(*line).map(|(_, &name)| name).collect();
            assert_eq!(order, expected);
            while let Some(first) = list.first(*line) {
                line.leave(&mut list, first);
            }
            assert!(line.lasts.is_empty());
        }
    }

    #[test]
    fn random_requests_go_back_to_their_old_places() {
        let mut random = 0x9E37_79B9_u32;
        let mut below = |end: u32| {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            random % end
        };
        for round in 0..200 {
            let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
            let mut all: Vec<_> = (0..40_u32)
                .map(|number| {
                    let priority = i32::try_from(below(1 + round % 3)).unwrap();
                    (priority, number, line.join(&mut list, priority, number))
                })
                .collect();
            all.sort_unstable_by_key(|&(priority, number, _)| (priority, number));
            for _ in 0..50 {
                // Some leave and come back, often in their order; one may leave for ever.
                let first = below(u32::try_from(all.len()).unwrap()) as usize;
                let step = 1 + below(3) as usize;
                let mut some: Vec<_> = all.iter().skip(first).step_by(step).copied().collect();
                if below(3) == 0 {
                    some.reverse();
                }
                for &(.., key) in &some {
                    line.leave(&mut list, key);
                }
                for (priority, number, key) in some {
                    if list.get(key).is_some() {
                        line.join_in_order(&mut list, priority, key, |&other| other < number);
                    }
                    if all.len() > 10 && below(20) == 0 {
                        let leaver =
                            all.remove(below(u32::try_from(all.len()).unwrap()) as usize).2;
                        line.leave(&mut list, leaver);
                        list.remove(leaver);
                    }
                }
                let order: Vec<_> = list.iter(*line).map(|(key, _)| key).collect();
                let expected: Vec<_> = all.iter().map(|&(.., key)| key).collect();
                assert_eq!(order, expected);
            }
        }
    }

    #[test]
    fn one_that_comes_back_to_an_empty_line_has_its_priority_there() {
        let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
        let key = line.join(&mut list, 0, 'a');
        line.leave(&mut list, key);
        line.join_in_order(&mut list, 1, key, |_| true);
        line.join(&mut list, 0, 'b');
        line.join(&mut list, 1, 'c');
        assert_eq!(serve_all(&mut line, &mut list), "bac");
    }

    #[test]
    fn random_joins_leaves_and_moves_agree_with_a_sorted_list() {
        let mut random = 0x9E37_79B9_u32;
        let mut below = |end: u32| {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            random % end
        };
        for round in 0..200 {
            let (mut line, mut list) = (PriorityLine::default(), WaitList::new());
            // Each request with its priority and the number of its arrival or last move.
            let mut model = Vec::new();
            for number in 0..200_u32 {
                let priority = i32::try_from(below(1 + round % 4)).unwrap();
                let waiting = u32::try_from(model.len()).unwrap();
                let chosen = if waiting == 0 { 0 } else { below(waiting) as usize };
                match below(4) {
                    0 if !model.is_empty() => {
                        let (_, _, key) = model.remove(chosen);
                        line.leave(&mut list, key);
                        list.remove(key);
                    }
                    1 if !model.is_empty() => {
                        let key = model[chosen].2;
                        model[chosen] = (priority, number, key);
                        line.set_priority(&mut list, key, priority);
                    }
                    _ => {
                        let key = line.join(&mut list, priority, number);
                        model.push((priority, number, key));
                    }
                }
                let mut expected = model.clone();
                expected.sort_by_key(|&(priority, number, _)| (priority, number));
                let order: Vec<_> = list.iter(*line).map(|(key, _)| key).collect();
                let expected: Vec<_> = expected.into_iter().map(|(_, _, key)| key).collect();
                assert_eq!(order, expected);
            }
        }
    }
}
