//! The awaiter: who is notified when a request is triggered.

use crate::engine::slab::{GENERATIONS, Key};

/// Who is notified when a request is triggered: nobody yet, a process, a composite (the request is one
/// of its branches), or the waker of a future of another crate.
///
/// Packed into one word, because every request stores one and the hot path moves it: two bits say which
/// kind, then 30 and 32 bits hold the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Awaiter(u64);

// A process is the most frequent kind, so it is packed as its bare key.
const PROCESS: u64 = 0;
const NOBODY: u64 = 1;
const BRANCH: u64 = 2;
const WAKER: u64 = 3;

/// An [`Awaiter`], unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AwaiterKind {
    Nobody,
    Process(Key),
    /// The branch with this number, of the composite in this entry.
    Branch {
        composite: u32,
        branch: u32,
    },
    /// The waker with this key.
    Waker(Key),
}

impl Awaiter {
    pub(crate) const NOBODY: Awaiter = Awaiter(NOBODY << 62);

    #[inline]
    pub(crate) fn process(key: Key) -> Awaiter {
        Awaiter(key.0)
    }

    /// # Panics
    ///
    /// If there are more than 2^30 branches.
    #[inline]
    pub(crate) fn branch(composite: u32, branch: u32) -> Awaiter {
        assert!(branch <= GENERATIONS, "a composite of more than {GENERATIONS} branches");
        Awaiter(BRANCH << 62 | u64::from(branch) << 32 | u64::from(composite))
    }

    pub(crate) fn waker(key: Key) -> Awaiter {
        Awaiter(WAKER << 62 | key.0)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "the word is taken apart into its fields")]
    pub(crate) fn kind(self) -> AwaiterKind {
        let low = self.0 as u32;
        let high = (self.0 >> 32) as u32 & GENERATIONS;
        match self.0 >> 62 {
            PROCESS => AwaiterKind::Process(Key(self.0)),
            NOBODY => AwaiterKind::Nobody,
            BRANCH => AwaiterKind::Branch { composite: low, branch: high },
            _ => AwaiterKind::Waker(Key(self.0 & !(WAKER << 62))),
        }
    }

    /// Returns the process, if the awaiter is one. This is the most frequent case and is checked first.
    #[inline]
    pub(crate) fn as_process(self) -> Option<Key> {
        (self.0 >> 62 == PROCESS).then_some(Key(self.0))
    }

    /// Returns `true` if a stored waker must be freed with this awaiter.
    pub(crate) fn is_waker(self) -> bool {
        self.0 >> 62 == WAKER
    }
}

impl Default for Awaiter {
    fn default() -> Self {
        Awaiter::NOBODY
    }
}

impl std::fmt::Debug for Awaiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Awaiter, AwaiterKind, Key};
    use crate::engine::slab::GENERATIONS;

    #[test]
    fn what_is_packed_comes_out_again() {
        assert_eq!(Awaiter::NOBODY.kind(), AwaiterKind::Nobody);
        let key = Key::NONE;
        assert_eq!(Awaiter::process(key).kind(), AwaiterKind::Process(key));
        let branch = Awaiter::branch(7, GENERATIONS);
        assert_eq!(branch.kind(), AwaiterKind::Branch { composite: 7, branch: GENERATIONS });
        assert_eq!(Awaiter::waker(key).kind(), AwaiterKind::Waker(key));
    }
}
