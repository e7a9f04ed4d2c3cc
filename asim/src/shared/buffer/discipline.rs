//! The order of a buffer: how it keeps its items, and which item a getter gets.

use std::collections::BTreeMap;

use crate::engine::{slab::Key, wait_name::WaitName};

/// An order in which a buffer gives out its items of type `T`.
///
/// The types `Fifo`, `SmallestFirst` and `Filtered` implement it. They are only names: they have no
/// values.
pub trait Discipline<T>: 'static {
    /// Where the items are kept.
    type Shelf: Default + 'static;
    /// What a getter asks for.
    type Want: 'static;

    /// Whether it calls user code (an ordering, a filter).
    const CALLS_USER: bool;

    /// Whether getters pick: one getter may refuse an item that the next getter takes.
    const PICKS: bool;

    /// Whether items are units that are lent: then it is known who has each of them.
    const LENDS: bool = false;

    /// The name of a getter, as `blocked` shows it.
    const GET: WaitName;
    /// The name of a putter, as `blocked` shows it.
    const PUT: WaitName;

    /// Puts an item in its place on the shelf: by its number, or by its own order and then its
    /// number.
    fn insert(shelf: &mut Self::Shelf, number: u64, item: T);

    /// Takes the next item, with its number. Not used if getters pick.
    fn take(_shelf: &mut Self::Shelf) -> Option<(u64, T)> {
        None
    }

    /// Returns how many items are on the shelf.
    fn count(shelf: &Self::Shelf) -> usize;

    /// Returns `true` if no item stands apart from the others. Used only if no user code is called.
    fn is_in_order(_shelf: &Self::Shelf) -> bool {
        false
    }

    /// Does the same as [`insert`](Self::insert) for a new item, if it goes behind all others and needs no
    /// memory. Used only if no user code is called.
    ///
    /// # Errors
    ///
    /// Returns the item otherwise.
    fn append(_shelf: &mut Self::Shelf, _number: u64, item: T) -> Result<(), T> {
        Err(item)
    }

    /// Shows all items, in the order in which they come out.
    fn for_each(shelf: &Self::Shelf, look: &mut dyn FnMut(&T));

    /// Returns the process that asked for what this getter wants. Used only if items are lent.
    fn asker(_want: &Self::Want) -> Key {
        Key::NONE
    }

    // ---- used only if getters pick

    /// Returns `true` if a getter with this want accepts the item.
    fn wants(_want: &mut Self::Want, _item: &T) -> bool {
        true
    }

    /// Returns `true` if the getter takes the best of the items that it accepts, not the first.
    fn chooses(_want: &Self::Want) -> bool {
        false
    }

    /// Returns `true` if the getter accepts the item, and prefers it to all that it was shown since
    /// [`forget`](Self::forget).
    fn prefers(_want: &mut Self::Want, _item: &T) -> bool {
        false
    }

    /// Forgets the items that the getter was shown.
    fn forget(_want: &mut Self::Want) {}

    /// Returns the number of the item that the getter takes from the shelf.
    fn find(_shelf: &Self::Shelf, _want: &mut Self::Want) -> Option<u64> {
        None
    }

    /// Returns the number of the item that the getter takes among these.
    fn choose(_items: &BTreeMap<u64, T>, _want: &mut Self::Want) -> Option<u64> {
        None
    }

    /// Takes the item with this number off the shelf.
    fn remove(_shelf: &mut Self::Shelf, _number: u64) -> Option<T> {
        None
    }
}
