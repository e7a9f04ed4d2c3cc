//! First in, first out, among the items that the getter's filter accepts: the order of a store.

use std::collections::BTreeMap;

use crate::engine::blocked::WaitName;
use crate::shared::buffer::discipline::Discipline;

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

/// The filter of a getter; `None` if it accepts every item.
pub(crate) type Filter<T> = Option<Box<dyn FnMut(&T) -> bool>>;

impl<T: 'static> Discipline<T> for Filtered {
    /// The items by number. Any of them can be taken out.
    type Shelf = BTreeMap<u64, T>;
    type Want = Filter<T>;

    const CALLS_USER: bool = true;
    const PICKS: bool = true;
    const GET: &'static WaitName = &WaitName("Store::get");
    const PUT: &'static WaitName = &WaitName("Store::put");

    fn insert(shelf: &mut Self::Shelf, number: u64, item: T) {
        shelf.insert(number, item);
    }

    fn take(shelf: &mut Self::Shelf, want: &mut Filter<T>) -> Option<(u64, T)> {
        let Some(accepts) = want else { return shelf.pop_first() };
        let (&number, _) = shelf.iter().find(|(_, item)| accepts(item))?;
        shelf.remove(&number).map(|item| (number, item))
    }

    fn wants(want: &mut Filter<T>, item: &T) -> bool {
        want.as_mut().is_none_or(|accepts| accepts(item))
    }

    fn count(shelf: &Self::Shelf) -> usize {
        shelf.len()
    }
}
