//! The lists of names in a journal: each is written once and then named by its number.

use std::sync::Arc;

/// How many lists are kept from one outcome to the next. Most models have one list. A model may also make its names
/// up anew in each replication, and memory must not grow with that.
const MOST: usize = 64;

/// The lists of names, each with its number.
#[derive(Debug, Default)]
pub(crate) struct NameLists {
    lists: Vec<Arc<[String]>>,
}

impl NameLists {
    /// Forgets all lists if they are many. The numbers begin at 0 again.
    pub(crate) fn forget_if_many(&mut self) {
        if self.lists.len() >= MOST {
            self.lists.clear();
        }
    }

    /// Returns the number of a list, `None` if it has none.
    pub(crate) fn number_of(&self, names: &Arc<[String]>) -> Option<usize> {
        // Mostly it is the very same list.
        let same = |list: &Arc<[String]>| Arc::ptr_eq(list, names);
        let equal = |list: &Arc<[String]>| list == names;
        self.lists.iter().position(same).or_else(|| self.lists.iter().position(equal))
    }

    /// Adds a list, and returns its number.
    pub(crate) fn add(&mut self, names: &Arc<[String]>) -> usize {
        self.lists.push(Arc::clone(names));
        self.lists.len() - 1
    }

    /// Gives a list this number, which may be that of an older list. Returns whether there can be such a number.
    pub(crate) fn set(&mut self, number: usize, names: Arc<[String]>) -> bool {
        let next = self.lists.len();
        match self.lists.get_mut(number) {
            // Who keeps rows of both shall keep the names once.
            Some(list) if *list == names => {}
            Some(list) => *list = names,
            None if number == next => self.lists.push(names),
            None => return false,
        }
        true
    }

    /// Returns the list of this number.
    pub(crate) fn get(&self, number: usize) -> Option<&Arc<[String]>> {
        self.lists.get(number)
    }
}
