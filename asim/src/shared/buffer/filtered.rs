//! First in, first out, among the items that the getter accepts: the order of a store and of a pool.

use std::{collections::BTreeMap, fmt};

use crate::engine::wait_name::WaitName;
use crate::shared::buffer::{discipline::Discipline, pick::Pick};

/// First in, first out, among the items that the getter's filter accepts: the order of a `Store`,
/// in the types of its requests `Get` and `Put`.
///
/// ```
/// use asim::prelude::*;
///
/// struct Packer {
///     next: asim::Get<u32, asim::Filtered>,
/// }
///
/// let sim = Simulation::new();
/// let store = Store::unbounded(&sim);
/// store.try_put(3).unwrap();
/// store.try_put(8).unwrap();
/// let packer = Packer { next: store.get_where(|size| *size > 5) };
/// assert_eq!(sim.run_until_event(packer.next)?, 8);
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug)]
pub enum Filtered {}

/// What a getter wants, and whatever else is to be known about it.
pub struct Want<T, A = ()> {
    /// `None` if it takes the first item, whatever it is.
    pub(crate) pick: Option<Box<dyn Pick<T>>>,
    pub(crate) about: A,
}

impl<T, A> fmt::Debug for Want<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Want").finish_non_exhaustive()
    }
}

impl<T> Want<T> {
    /// Wants the first item, whatever it is.
    pub(crate) const fn any() -> Self {
        Want { pick: None, about: () }
    }

    /// Wants what this says.
    pub(crate) fn of(pick: impl Pick<T> + 'static) -> Self {
        Want { pick: Some(Box::new(pick)), about: () }
    }
}

/// Returns the number of the item that a getter takes among these.
pub(crate) fn choose<T, A>(items: &BTreeMap<u64, T>, want: &mut Want<T, A>) -> Option<u64> {
    let Some(pick) = &mut want.pick else {
        return items.first_key_value().map(|(number, _)| *number);
    };
    if !pick.chooses() {
        return items.iter().find(|(_, item)| pick.accepts(item)).map(|(number, _)| *number);
    }
    let mut best = None;
    pick.forget();
    for (number, item) in items {
        if pick.prefers(item) {
            best = Some(*number);
        }
    }
    pick.forget();
    best
}

/// Implements `Discipline` for an order in which getters pick. What is known about a getter has the type
/// `$About`.
macro_rules! impl_picking {
    ($Order:ident, $About:ty, $get:ident, $put:ident $(, $more:item)*) => {
        impl<T: 'static> Discipline<T> for $Order {
            /// The items by number. Any of them can be taken out.
            type Shelf = BTreeMap<u64, T>;
            type Want = Want<T, $About>;

            const CALLS_USER: bool = true;
            const PICKS: bool = true;
            const GET: WaitName = WaitName::$get;
            const PUT: WaitName = WaitName::$put;
            $($more)*

            fn insert(shelf: &mut Self::Shelf, number: u64, item: T) {
                shelf.insert(number, item);
            }

            fn count(shelf: &Self::Shelf) -> usize {
                shelf.len()
            }

            fn for_each(shelf: &Self::Shelf, look: &mut dyn FnMut(&T)) {
                shelf.values().for_each(look);
            }

            fn wants(want: &mut Want<T, $About>, item: &T) -> bool {
                want.pick.as_mut().is_none_or(|pick| pick.accepts(item))
            }

            fn chooses(want: &Want<T, $About>) -> bool {
                want.pick.as_ref().is_some_and(|pick| pick.chooses())
            }

            fn prefers(want: &mut Want<T, $About>, item: &T) -> bool {
                want.pick.as_mut().is_some_and(|pick| pick.prefers(item))
            }

            fn forget(want: &mut Want<T, $About>) {
                if let Some(pick) = &mut want.pick {
                    pick.forget();
                }
            }

            fn find(shelf: &Self::Shelf, want: &mut Want<T, $About>) -> Option<u64> {
                choose(shelf, want)
            }

            fn choose(items: &BTreeMap<u64, T>, want: &mut Want<T, $About>) -> Option<u64> {
                choose(items, want)
            }

            fn remove(shelf: &mut Self::Shelf, number: u64) -> Option<T> {
                shelf.remove(&number)
            }
        }
    };
}

pub(crate) use impl_picking;

impl_picking!(Filtered, (), StoreGet, StorePut);
