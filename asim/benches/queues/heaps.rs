//! A binary heap and one with four children for each entry. Both need a number for the order among
//! equals.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Queue;

/// The bits of a time have its order. The number says when the entry came.
type Entry = (u64, u64, u32);

/// The heap of the standard library.
#[derive(Default)]
pub(crate) struct Binary {
    heap: BinaryHeap<Reverse<Entry>>,
    inserted: u64,
}

impl Queue for Binary {
    #[inline]
    fn insert(&mut self, time: f64, key: u32) {
        self.heap.push(Reverse((time.to_bits(), self.inserted, key)));
        self.inserted += 1;
    }

    #[inline]
    fn pop(&mut self) -> Option<(f64, u32)> {
        self.heap.pop().map(|Reverse((bits, _, key))| (f64::from_bits(bits), key))
    }
}

/// The numbers of two entries differ.
#[inline]
fn is_before(one: &Entry, other: &Entry) -> bool {
    one.0 < other.0 || one.0 == other.0 && one.1 < other.1
}

#[derive(Default)]
pub(crate) struct FourAry {
    heap: Vec<Entry>,
    inserted: u64,
}

impl Queue for FourAry {
    #[inline]
    fn insert(&mut self, time: f64, key: u32) {
        let entry = (time.to_bits(), self.inserted, key);
        self.inserted += 1;
        let mut place = self.heap.len();
        self.heap.push(entry);
        while place > 0 {
            let parent = (place - 1) / 4;
            if is_before(&self.heap[parent], &entry) {
                break;
            }
            self.heap[place] = self.heap[parent];
            place = parent;
        }
        self.heap[place] = entry;
    }

    #[inline]
    fn pop(&mut self) -> Option<(f64, u32)> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else { return Some((f64::from_bits(last.0), last.2)) };
        let mut place = 0;
        loop {
            let children = 4 * place + 1;
            let Some(&(mut next)) = self.heap.get(children) else { break };
            let mut least = children;
            for (child, &entry) in (children..).zip(self.heap[children..].iter().take(4)).skip(1) {
                if is_before(&entry, &next) {
                    (next, least) = (entry, child);
                }
            }
            if is_before(&last, &next) {
                break;
            }
            self.heap[place] = next;
            place = least;
        }
        self.heap[place] = last;
        Some((f64::from_bits(first.0), first.2))
    }
}
