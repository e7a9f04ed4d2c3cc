//! Picking: which items a getter accepts, and which of several it takes.

use std::cmp::Ordering;

use crate::engine::blocked::CallSite;

/// What a getter wants of a store or a pool. All that it calls is user code.
pub trait Pick<T> {
    /// Returns `true` if the getter accepts the item.
    fn accepts(&mut self, item: &T) -> bool;

    /// Returns `true` if the getter takes the best of the items that it accepts, not the first.
    fn chooses(&self) -> bool {
        false
    }

    /// Returns `true` if the getter accepts the item, and prefers it to all that it was shown since
    /// [`forget`](Self::forget).
    fn prefers(&mut self, item: &T) -> bool {
        self.accepts(item)
    }

    /// Forgets the items that the getter was shown.
    fn forget(&mut self) {}
}

/// The first item that a filter accepts.
pub(crate) struct Where<F>(pub(crate) F);

impl<T, F: FnMut(&T) -> bool> Pick<T> for Where<F> {
    fn accepts(&mut self, item: &T) -> bool {
        self.0(item)
    }
}

/// The item with the smallest key, among those that a filter accepts.
pub(crate) struct MinByKey<F, G, K> {
    accepts: F,
    key: G,
    /// The smallest key since the getter was asked last to forget.
    smallest: Option<K>,
    /// Where the item was asked for.
    location: CallSite,
}

impl<F, G, K> MinByKey<F, G, K> {
    pub(crate) fn new(accepts: F, key: G, location: CallSite) -> Self {
        MinByKey { accepts, key, smallest: None, location }
    }
}

impl<T, F, G, K> Pick<T> for MinByKey<F, G, K>
where
    F: FnMut(&T) -> bool,
    G: FnMut(&T) -> K,
    K: PartialOrd,
{
    fn accepts(&mut self, item: &T) -> bool {
        (self.accepts)(item)
    }

    fn chooses(&self) -> bool {
        true
    }

    fn prefers(&mut self, item: &T) -> bool {
        if !(self.accepts)(item) {
            return false;
        }
        let key = (self.key)(item);
        // A key that is not equal to itself is NaN, or has one in it.
        let order = match &self.smallest {
            _ if key.partial_cmp(&key) != Some(Ordering::Equal) => None,
            Some(smallest) => key.partial_cmp(smallest),
            None => Some(Ordering::Less),
        };
        match order {
            Some(Ordering::Less) => {
                self.smallest = Some(key);
                true
            }
            Some(_) => false,
            None => panic!(
                "a key is compared with the others, and may not be NaN; the item was asked for at {}",
                self.location
            ),
        }
    }

    fn forget(&mut self) {
        self.smallest = None;
    }
}
