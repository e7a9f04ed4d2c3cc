//! The ready line: the processes that resume at the present instant, in the order of their triggers.

use std::collections::VecDeque;

use crate::engine::slab::Key;

/// A part with room for more keys than this gives its memory back when it empties.
const KEEP: usize = 1024;
/// A part has about this many keys: another one begins when a full part has this many or more.
const PART: usize = 64 * 1024;

/// A line of keys, in parts. Only a crowd has more than one, so that its memory goes back while it is
/// resumed: the timers that it starts need memory at the same time.
///
/// A part is a vector whose first keys may have been taken out. Most lines are short and empty again and
/// again; then both ends go back to the start, and nothing is moved.
#[derive(Debug)]
pub(crate) struct ReadyLine {
    /// The first part. Empty only if the line is empty. Full if there are later parts, so that a key
    /// that is added finds no room here.
    keys: Vec<Key>,
    /// How many keys of the first part have been taken out: less than there are, or 0.
    head: usize,
    /// The other parts. None of them is empty.
    later: VecDeque<Vec<Key>>,
}

impl ReadyLine {
    pub(crate) fn new() -> Self {
        ReadyLine { keys: Vec::new(), head: 0, later: VecDeque::new() }
    }

    /// Adds a key at the end of the line.
    #[inline]
    pub(crate) fn push(&mut self, key: Key) {
        if !self.push_plainly(key) {
            self.push_somewhere(key);
        }
    }

    /// Does the same as [`push`](Self::push) if this needs no memory. Otherwise returns `false`.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn push_plainly(&mut self, key: Key) -> bool {
        let has_room = self.has_room();
        if has_room {
            self.keys.push(key);
        }
        has_room
    }

    /// Returns `true` if a key can be added as the line is.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.keys.len() < self.keys.capacity()
    }

    /// Adds a key if the first part has no room. Moves the line to the start of that part if at least
    /// half of it is free there. So a line that never empties does not grow for ever, and each key is
    /// moved at most once.
    #[cold]
    #[inline(never)]
    fn push_somewhere(&mut self, key: Key) {
        if let Some(last) = self.later.back_mut() {
            if last.len() < PART {
                return last.push(key);
            }
        } else if self.head >= self.keys.len().div_ceil(2) {
            self.keys.drain(..self.head);
            self.head = 0;
            return self.keys.push(key);
        } else if self.keys.len() < PART {
            // To a power of two, so that a part is usually full when it has `PART` keys.
            let room = (2 * self.keys.len()).next_power_of_two().max(4);
            self.keys.reserve_exact(room - self.keys.len());
            return self.keys.push(key);
        }
        let mut part = Vec::with_capacity(PART);
        part.push(key);
        self.later.push_back(part);
    }

    /// Takes out the first key.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Key> {
        let key = *self.keys.get(self.head)?;
        self.head += 1;
        if self.head == self.keys.len() {
            self.end_part();
        }
        Some(key)
    }

    /// Ends the first part, which is empty.
    #[inline]
    fn end_part(&mut self) {
        self.keys.clear();
        self.head = 0;
        if self.keys.capacity() > KEEP {
            self.next_part();
        }
    }

    #[cold]
    #[inline(never)]
    fn next_part(&mut self) {
        // The last part may have room, as any first part without others.
        self.keys = self.later.pop_front().unwrap_or_default();
        if !self.later.is_empty() {
            debug_assert!(!self.has_room(), "a part is full before the next one begins");
        }
    }

    /// Puts a key before all others.
    pub(crate) fn push_first(&mut self, key: Key) {
        if self.head > 0 {
            self.head -= 1;
            self.keys[self.head] = key;
        } else if self.later.is_empty() {
            self.keys.insert(0, key);
        } else {
            // The first part stays full.
            let mut longer = Vec::with_capacity(self.keys.len() + 1);
            longer.push(key);
            longer.append(&mut self.keys);
            self.keys = longer;
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the first key.
    pub(crate) fn first(&self) -> Option<Key> {
        self.keys.get(self.head).copied()
    }

    /// Returns the keys in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Key> {
        self.keys[self.head..].iter().chain(self.later.iter().flatten()).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::{KEEP, Key, PART, ReadyLine};

    #[test]
    fn a_line_keeps_its_order_at_both_ends() {
        let (mut line, mut model) = (ReadyLine::new(), VecDeque::new());
        let mut random = 7_u32;
        for step in 0..100_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = Key::new(step, 0);
            // Now it grows, now it shrinks.
            match (random >> 20) % if step / 5000 % 2 == 0 { 5 } else { 9 } {
                0..=2 => {
                    line.push(key);
                    model.push_back(key);
                }
                3 => {
                    line.push_first(key);
                    model.push_front(key);
                }
                _ => assert_eq!(line.pop(), model.pop_front()),
            }
            assert_eq!(line.first(), model.front().copied());
        }
        assert!(line.iter().eq(model));
    }

    #[test]
    fn a_long_line_gives_its_memory_back_and_a_line_that_never_empties_stays_small() {
        let mut line = ReadyLine::new();
        for index in 0..100_000 {
            line.push(Key::new(index, 0));
        }
        while line.pop().is_some() {}
        assert!(line.keys.capacity() <= KEEP);
        line.push(Key::new(0, 0));
        for index in 1..100_000 {
            line.push(Key::new(index, 0));
            assert_eq!(line.pop(), Some(Key::new(index - 1, 0)));
        }
        assert!(line.keys.capacity() <= 16, "{}", line.keys.capacity());
    }

    #[test]
    fn a_crowd_is_in_parts_and_keeps_its_order() {
        let (mut line, mut model) = (ReadyLine::new(), VecDeque::new());
        let mut random = 7_u32;
        let mut number = 0;
        let mut most = 0;
        for phase in 0..8 {
            for _ in 0..3 * PART {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                number += 1;
                let key = Key::new(number, 0);
                match (random >> 20) % 1000 {
                    0 => {
                        line.push_first(key);
                        model.push_front(key);
                    }
                    1..=700 if phase % 2 == 0 => {
                        line.push(key);
                        model.push_back(key);
                    }
                    1..=100 => {
                        line.push(key);
                        model.push_back(key);
                    }
                    _ => assert_eq!(line.pop(), model.pop_front()),
                }
                assert_eq!(line.is_empty(), model.is_empty());
                assert_eq!(line.first(), model.front().copied());
                assert!(line.later.is_empty() || !line.has_room());
            }
            most = most.max(line.later.len());
            assert!(line.iter().eq(model.iter().copied()));
        }
        assert!(most >= 1, "the crowd was large enough");
    }
}
