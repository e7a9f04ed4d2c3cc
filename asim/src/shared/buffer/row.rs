//! A row of items: the usual form of a shelf.

use std::num::NonZeroU64;

/// Numbered items in the order of their numbers, which begin at 1.
///
/// It is a vector whose first `head` items have been taken out. Most rows are short and empty again and
/// again; then both ends go back to the start, and nothing is moved.
#[derive(Debug)]
pub(crate) struct Row<T> {
    /// `None` before `head`, and nowhere else. A number is never 0, so the option takes no memory.
    items: Vec<Option<(NonZeroU64, T)>>,
    /// Less than the length of `items`; 0 if the row is empty.
    head: usize,
}

impl<T> Row<T> {
    pub(crate) fn new() -> Self {
        Row { items: Vec::new(), head: 0 }
    }

    /// Returns how many items there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.items.len() - self.head
    }

    /// Puts an item behind all others, if this needs no memory.
    ///
    /// # Errors
    ///
    /// Returns the item otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a put is one piece of code")]
    pub(crate) fn push_plainly(&mut self, number: u64, item: T) -> Result<(), T> {
        match NonZeroU64::new(number) {
            Some(number) if self.items.len() < self.items.capacity() => {
                self.items.push(Some((number, item)));
                Ok(())
            }
            _ => Err(item),
        }
    }

    /// Puts an item behind all others.
    pub(crate) fn push(&mut self, number: u64, item: T) {
        if self.items.len() == self.items.capacity() {
            self.make_room();
        }
        self.items.push(Some(numbered(number, item)));
    }

    /// Moves the row to the start of the vector if at least half of the vector is free there. So a row that
    /// never empties does not grow for ever, and each item is moved at most once.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        if self.head >= self.items.len().div_ceil(2) {
            self.items.drain(..self.head);
            self.head = 0;
        } else {
            self.items.reserve(1);
        }
    }

    /// Puts an item before all others.
    pub(crate) fn push_first(&mut self, number: u64, item: T) {
        if self.head > 0 {
            self.head -= 1;
            self.items[self.head] = Some(numbered(number, item));
        } else {
            self.items.insert(0, Some(numbered(number, item)));
        }
    }

    /// Takes out the first item.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a get is one piece of code")]
    pub(crate) fn take(&mut self) -> Option<(u64, T)> {
        let (number, item) = self.items.get_mut(self.head)?.take()?;
        self.head += 1;
        if self.head == self.items.len() {
            // All items have been taken out.
            self.items.clear();
            self.head = 0;
        }
        Some((number.get(), item))
    }

    /// Returns the number of the first item.
    pub(crate) fn first(&self) -> Option<u64> {
        self.iter().next().map(|(number, _)| number)
    }

    /// Returns the number of the last item.
    #[inline]
    pub(crate) fn last(&self) -> Option<u64> {
        self.items.last()?.as_ref().map(|(number, _)| number.get())
    }

    /// Returns the items in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.items[self.head..].iter().flatten().map(|(number, item)| (number.get(), item))
    }
}

fn numbered<T>(number: u64, item: T) -> (NonZeroU64, T) {
    (NonZeroU64::new(number).expect("numbers begin at 1"), item)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::Row;

    #[test]
    fn a_row_keeps_its_order_at_both_ends() {
        let (mut row, mut model) = (Row::new(), VecDeque::new());
        let mut random = 7_u32;
        for step in 1..100_000_u64 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Now it grows, now it shrinks.
            match (random >> 20) % if step / 5000 % 2 == 0 { 5 } else { 9 } {
                0 => {
                    row.push(step, Box::new(step));
                    model.push_back(step);
                }
                1 | 2 => {
                    if let Err(item) = row.push_plainly(step, Box::new(step)) {
                        row.push(step, item);
                    }
                    model.push_back(step);
                }
                3 => {
                    row.push_first(step, Box::new(step));
                    model.push_front(step);
                }
                _ => assert_eq!(row.take().map(|(_, item)| *item), model.pop_front()),
            }
            assert_eq!(row.len(), model.len());
            assert_eq!(row.first(), model.front().copied());
            assert_eq!(row.last(), model.back().copied());
        }
        assert!(row.iter().map(|(_, item)| **item).eq(model));
    }

    #[test]
    fn a_row_that_never_empties_stays_small() {
        let mut row = Row::new();
        row.push(1, ());
        for number in 2..100_000 {
            row.push(number, ());
            assert_eq!(row.take(), Some((number - 1, ())));
        }
        assert!(row.items.capacity() <= 16, "{}", row.items.capacity());
    }

    #[test]
    fn an_item_takes_the_place_of_its_number_and_itself() {
        assert_eq!(size_of::<Option<(std::num::NonZeroU64, u64)>>(), 16);
    }
}
