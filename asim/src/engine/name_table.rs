//! The names that processes have, each with a number.
//!
//! Most processes have a static name that many others have, too. Such a process keeps the number of its
//! name, for which there is room where its rare state would be.

use std::collections::HashMap;

/// The number of a name in the [`NameTable`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct NameId(pub(crate) usize);

/// The static names of a run's processes. It grows only with a name that no process had before.
pub(crate) struct NameTable {
    names: Vec<&'static str>,
    /// The names that were asked for last, each at a place that follows from its address.
    recent: [(&'static str, NameId); RECENT],
    /// The numbers of all names.
    known: HashMap<&'static str, NameId>,
}

/// The number of names that are found without a look into the table; a power of two.
const RECENT: usize = 8;

impl NameTable {
    pub(crate) fn new() -> Self {
        // The empty name has the number 0, and nothing is recent at first.
        NameTable { names: vec![""], recent: [("", NameId(0)); RECENT], known: HashMap::new() }
    }

    /// Returns the number of a name.
    #[inline]
    pub(crate) fn id_of(&mut self, name: &'static str) -> NameId {
        if self.is_recent(name) { self.recent[place(name)].1 } else { self.find(name) }
    }

    /// Returns `true` if this name is found at once.
    #[inline]
    pub(crate) fn is_recent(&self, name: &'static str) -> bool {
        // Compared by its address, as that is enough for the same literal.
        std::ptr::eq(self.recent[place(name)].0, name)
    }

    #[cold]
    #[inline(never)]
    fn find(&mut self, name: &'static str) -> NameId {
        if name.is_empty() {
            return NameId::default();
        }
        let id = *self.known.entry(name).or_insert_with(|| {
            self.names.push(name);
            NameId(self.names.len() - 1)
        });
        self.recent[place(name)] = (name, id);
        id
    }

    /// Returns the number of a name that some process had.
    pub(crate) fn known(&self, name: &str) -> Option<NameId> {
        self.known.get(name).copied()
    }

    /// Returns the name with this number.
    pub(crate) fn name(&self, id: NameId) -> &'static str {
        self.names[id.0]
    }
}

#[inline]
fn place(name: &'static str) -> usize {
    (name.as_ptr().addr() / align_of::<usize>()) % RECENT
}

#[cfg(test)]
mod tests {
    use super::{NameTable, RECENT};

    #[test]
    fn a_name_has_one_number_and_comes_back() {
        let mut table = NameTable::new();
        let names: Vec<&'static str> =
            (0..10 * RECENT).map(|n| &*format!("clerk {n}").leak()).collect();
        let ids: Vec<_> = names.iter().map(|name| table.id_of(name)).collect();
        for (name, &id) in names.iter().zip(&ids) {
            assert_eq!(table.name(id), *name);
            assert_eq!(table.id_of(name), id);
            let same: &'static str = (*name).to_owned().leak();
            assert_eq!(table.id_of(same), id, "the same text at another address");
        }
        let empty = table.id_of("");
        assert_eq!(table.name(empty), "");
        assert_eq!(table.names.len(), names.len() + 1);
    }
}
