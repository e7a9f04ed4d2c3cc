//! The keys of timers.

use crate::engine::slab::Key;

/// The key of a timer. It is stale once the timer has fired or was cancelled.
///
/// One word. The key of a spare timer is its key in the table of spare timers. The key of an own timer
/// is the index of the process's cell and, above it, the mark of the timer in that cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TimerKey(pub(crate) u64);

impl TimerKey {
    /// The key of a timer that has fired.
    pub(crate) const OVER: TimerKey = TimerKey(Key::NONE.0);

    /// The key of a timer that never fires: no cell has its index.
    pub(crate) const NEVER: TimerKey = TimerKey(Key::new(u32::MAX, 0).0);

    /// The key of a timer that has fired and whose wait is over, too.
    pub(crate) const GIVEN: TimerKey = TimerKey(Key::new(u32::MAX, 2).0);

    /// Returns `true` if there is, or was, such a timer.
    #[inline]
    pub(crate) fn is_a_timer(self) -> bool {
        self.index() != u32::MAX
    }

    /// The key of no timer, with which no timeout was ever made.
    pub(crate) const UNUSED: TimerKey = TimerKey(u64::MAX);

    /// What has fired last before anything has fired: not the key of a timer.
    pub(crate) const NOTHING: TimerKey = TimerKey(Key::new(u32::MAX, 1).0);

    #[inline]
    pub(crate) fn own(index: u32, mark: Mark) -> TimerKey {
        TimerKey(u64::from(mark.0) << 32 | u64::from(index))
    }

    #[inline]
    #[allow(clippy::cast_possible_wrap, reason = "the highest bit is the sign")]
    pub(crate) fn is_own(self) -> bool {
        (self.0 as i64) < 0
    }

    /// Returns the key of a spare timer in its table.
    #[inline]
    pub(crate) fn spare(self) -> Key {
        Key(self.0)
    }

    /// Returns the index of the cell of an own timer.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the word is taken apart into its fields")]
    pub(crate) fn index(self) -> u32 {
        self.0 as u32
    }

    /// Returns the mark of an own timer; for other timers, a mark that no cell has.
    #[inline]
    pub(crate) fn mark(self) -> Mark {
        Mark((self.0 >> 32) as u32)
    }
}

impl std::fmt::Debug for TimerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_own() {
            write!(f, "TimerKey(own timer of cell {}, mark {:x})", self.index(), self.mark().0)
        } else {
            write!(f, "TimerKey({:?})", self.spare())
        }
    }
}

/// The mark of an own timer: it distinguishes the timer from the next one of its cell, and holds its
/// state. It is a count, odd while a timer is pending. The highest bit is set, unless the timer is
/// *orphaned*: it is pending, but its process has ended. (The key of a spare timer never has that bit.)
/// The cell of an orphaned timer is reused only when the timer is over, too.
///
/// A mark is never used twice. After a billion own timers, a cell has no marks left: it is *spent*. Its
/// process then starts spare timers, and the cell is not used again after that process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(pub(crate) u32);

impl Default for Mark {
    /// Returns the mark of a cell that has had no timer.
    fn default() -> Self {
        Mark(OWNED)
    }
}

pub(crate) const OWNED: u32 = 1 << 31;

/// The mark after the last one. It is not owned, and no timer is started any more.
pub(crate) const SPENT: Mark = Mark(0);

impl Mark {
    #[inline]
    pub(crate) fn is_pending(self) -> bool {
        self.0 & 1 != 0
    }

    /// Returns `true` if no marks are left for another timer.
    #[inline]
    pub(crate) fn is_spent(self) -> bool {
        self == SPENT
    }

    /// Returns `true` if no timer is pending and marks are left.
    #[inline]
    pub(crate) fn is_quiet(self) -> bool {
        self.0 & (OWNED | 1) == OWNED
    }

    /// Returns the mark of the next timer that is started, or `None` if no marks are left.
    #[inline]
    pub(crate) fn started(self) -> Option<Mark> {
        let mark = Mark(self.0 | 1);
        (mark.0 & OWNED != 0).then_some(mark)
    }

    /// Returns the mark of the cell when this timer is over.
    #[inline]
    pub(crate) fn ended(self) -> Mark {
        Mark(self.0.wrapping_add(1))
    }

    pub(crate) fn orphaned(self) -> Mark {
        Mark(self.0 & !OWNED)
    }

    pub(crate) fn owned(self) -> Mark {
        Mark(self.0 | OWNED)
    }
}
