//! Who is told when a request is triggered.

use super::slab::{GENERATIONS, Key};

/// Who is told when a request is triggered: nobody yet, a process, a composite of which the
/// request is a branch, or the waker of a future of another crate.
///
/// Packed into one word, because every request stores one and the hot path moves it about: two
/// bits say which, then 30 and 32 bits of what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Watcher(u64);

// A process, as the most frequent, is packed as its bare key.
const PROCESS: u64 = 0;
const NOBODY: u64 = 1;
const BRANCH: u64 = 2;
const WAKER: u64 = 3;

/// A [`Watcher`], unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Nobody,
    Process(Key),
    /// The branch with this number, of the composite in this slot.
    Branch {
        composite: u32,
        branch: u32,
    },
    /// The waker with this key.
    Waker(Key),
}

impl Watcher {
    pub(crate) const NOBODY: Watcher = Watcher(NOBODY << 62);

    #[inline]
    pub(crate) fn process(key: Key) -> Watcher {
        Watcher(key.0)
    }

    /// # Panics
    ///
    /// On more than 2^30 branches.
    #[inline]
    pub(crate) fn branch(composite: u32, branch: u32) -> Watcher {
        assert!(branch <= GENERATIONS, "a composite of more than {GENERATIONS} branches");
        Watcher(BRANCH << 62 | u64::from(branch) << 32 | u64::from(composite))
    }

    /// A branch of a composite, if there is one.
    #[inline]
    pub(crate) fn of_composite(composite: Option<u32>, branch: u32) -> Watcher {
        composite.map_or(Watcher::NOBODY, |composite| Watcher::branch(composite, branch))
    }

    pub(crate) fn waker(key: Key) -> Watcher {
        Watcher(WAKER << 62 | key.0)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the word is taken apart into its fields")]
    pub(crate) fn told(self) -> Told {
        let low = self.0 as u32;
        let high = (self.0 >> 32) as u32 & GENERATIONS;
        match self.0 >> 62 {
            PROCESS => Told::Process(Key(self.0)),
            NOBODY => Told::Nobody,
            BRANCH => Told::Branch { composite: low, branch: high },
            _ => Told::Waker(Key(self.0 & !(WAKER << 62))),
        }
    }

    /// The process, if it is one: the most frequent case, asked for first.
    #[inline]
    pub(crate) fn as_process(self) -> Option<Key> {
        (self.0 >> 62 == PROCESS).then_some(Key(self.0))
    }

    /// Is there a stored waker to be freed with this watcher?
    pub(crate) fn is_waker(self) -> bool {
        self.0 >> 62 == WAKER
    }
}

impl Default for Watcher {
    fn default() -> Self {
        Watcher::NOBODY
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.told().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Told, Watcher};
    use crate::kernel::slab::GENERATIONS;

    #[test]
    fn what_is_packed_comes_out_again() {
        assert_eq!(Watcher::NOBODY.told(), Told::Nobody);
        let key = Key::NONE;
        assert_eq!(Watcher::process(key).told(), Told::Process(key));
        let branch = Watcher::branch(7, GENERATIONS);
        assert_eq!(branch.told(), Told::Branch { composite: 7, branch: GENERATIONS });
        assert_eq!(Watcher::waker(key).told(), Told::Waker(key));
    }
}
