//! The order of a buffer: how it keeps its items, and which item a getter gets.

use crate::engine::blocked::WaitName;

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

    /// The name of a getter, as `blocked` shows it.
    const GET: &'static WaitName;
    /// The name of a putter, as `blocked` shows it.
    const PUT: &'static WaitName;

    /// Puts an item in its place on the shelf: by its number, or by its own order and then its
    /// number.
    fn insert(shelf: &mut Self::Shelf, number: u64, item: T);

    /// Takes the first item that the getter wants, with its number.
    fn take(shelf: &mut Self::Shelf, want: &mut Self::Want) -> Option<(u64, T)>;

    /// Returns `true` if a getter with this want takes the item.
    fn wants(want: &mut Self::Want, item: &T) -> bool;

    /// Returns how many items are on the shelf.
    fn count(shelf: &Self::Shelf) -> usize;
}
