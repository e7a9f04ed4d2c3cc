//! Lists that grow by chunks: nothing is copied when they grow, and what they give back fits any other.

use std::collections::VecDeque;

/// The entries of a chunk.
pub(crate) const CHUNK: usize = 64;
/// So many free chunks are kept in any case.
const KEPT: usize = 64;

/// What the agenda holds.
#[derive(Clone, Copy)]
pub(crate) struct Entry<K> {
    /// The time; see `bits`.
    pub(crate) bits: i64,
    pub(crate) key: K,
}

/// A chunk has room for [`CHUNK`] entries, and never grows.
pub(crate) type Chunk<K> = Vec<Entry<K>>;

/// A list of entries in the order in which they came.
pub(crate) struct Chunks<K> {
    /// The chunks before the last one. Two that lie side by side hold more entries than one chunk has
    /// room for.
    full: VecDeque<Chunk<K>>,
    /// The last chunk. If the list is empty there is none, so there is no room in it.
    open: Chunk<K>,
}

/// Chunks that nobody uses.
pub(crate) struct Spare<K>(Vec<Chunk<K>>);

impl<K> Default for Chunks<K> {
    fn default() -> Self {
        Chunks { full: VecDeque::new(), open: Vec::new() }
    }
}

impl<K: Copy> Chunks<K> {
    /// Adds an entry if there is room for it in the last chunk. Returns `false` if there is none; an empty
    /// list has none.
    #[inline]
    pub(crate) fn push_simply(&mut self, entry: Entry<K>) -> bool {
        let has_room = self.open.len() < self.open.capacity();
        if has_room {
            self.open.push(entry);
        }
        has_room
    }

    pub(crate) fn push(&mut self, entry: Entry<K>, spare: &mut Spare<K>) {
        if !self.push_simply(entry) {
            let full = std::mem::replace(&mut self.open, spare.take());
            if !full.is_empty() {
                self.full.push_back(full);
            }
            self.open.push(entry);
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Returns `true` if there are at most `most` entries. `most` is not more than a chunk.
    #[inline]
    pub(crate) fn is_short(&self, most: usize) -> bool {
        self.full.is_empty() && self.open.len() <= most
    }

    /// Returns the number of chunks.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.full.len() + usize::from(self.open.capacity() > 0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<K>> {
        self.full.iter().flatten().chain(&self.open)
    }

    /// Takes out the first chunk.
    #[inline]
    pub(crate) fn pop_chunk(&mut self) -> Option<Chunk<K>> {
        self.full
            .pop_front()
            .or_else(|| (!self.open.is_empty()).then(|| std::mem::take(&mut self.open)))
    }

    /// Adds the entries of another list at the end.
    pub(crate) fn append(&mut self, mut other: Chunks<K>, spare: &mut Spare<K>) {
        if other.full.is_empty() {
            // Two small chunks become one.
            for &entry in &other.open {
                self.push(entry, spare);
            }
            spare.give(other.open);
        } else if self.is_empty() {
            spare.give(std::mem::replace(self, other).open);
        } else {
            if self.open.len() + other.full[0].len() <= CHUNK
                && let Some(first) = other.full.pop_front()
            {
                self.open.extend_from_slice(&first);
                spare.give(first);
            }
            self.full.push_back(std::mem::replace(&mut self.open, other.open));
            self.full.append(&mut other.full);
        }
    }
}

impl<K: Copy> Spare<K> {
    pub(crate) fn new() -> Self {
        Spare(Vec::new())
    }

    fn take(&mut self) -> Chunk<K> {
        self.0.pop().unwrap_or_else(|| Vec::with_capacity(CHUNK))
    }

    /// Takes back a chunk. What is in it is over.
    #[inline]
    pub(crate) fn give(&mut self, mut chunk: Chunk<K>) {
        if chunk.capacity() > 0 {
            chunk.clear();
            self.0.push(chunk);
        }
    }

    /// Frees chunks if there are many more than `used` entries fill.
    #[inline]
    pub(crate) fn trim(&mut self, used: usize) {
        let kept = KEPT + used / (4 * CHUNK);
        if self.0.len() > kept {
            self.free(kept);
        }
    }

    #[cold]
    fn free(&mut self, kept: usize) {
        self.0.truncate(kept);
        self.0.shrink_to(2 * kept);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
