//! What a granted request holds: some units of a resource.

use crate::engine::slab::Key;

/// What a granted request holds. If holders can be evicted, it names a holder in the list of holders.
/// Otherwise holders have no names, and it only says how many units are held.
///
/// It is one word, because it lies in every slot and in every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding(Key);

impl Holding {
    /// Units of a resource whose holders have no names.
    #[inline]
    pub(crate) const fn nameless(units: u32) -> Holding {
        Holding(Key::new(units, 0))
    }

    /// The units of the holder with this key.
    #[inline]
    pub(crate) const fn of(holder: Key) -> Holding {
        Holding(holder)
    }

    /// The number of units, if holders have no names.
    #[inline]
    pub(crate) const fn units(self) -> u32 {
        self.0.index()
    }

    /// The key of the holder, if holders have names.
    #[inline]
    pub(crate) const fn holder(self) -> Key {
        self.0
    }
}
