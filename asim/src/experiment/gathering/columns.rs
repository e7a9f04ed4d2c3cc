//! The columns of the results: each name that any replication gave, once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::experiment::work::outcome::Row;

/// The names of all results, in the order of their first appearance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    /// The next row has the same names in most cases.
    last: Option<Last>,
}

/// The names of the last row, and their columns.
#[derive(Debug, Clone)]
struct Last {
    names: Arc<[String]>,
    columns: Arc<[usize]>,
}

impl Columns {
    /// Returns for each value of a row to which column it belongs.
    pub(crate) fn of(&mut self, row: &Row) -> Arc<[usize]> {
        if let Some(Last { names, columns }) = &self.last
            && (Arc::ptr_eq(names, &row.names) || *names == row.names)
        {
            return Arc::clone(columns);
        }
        let columns: Arc<[usize]> = row.names.iter().map(|name| self.column(name)).collect();
        self.last = Some(Last { names: Arc::clone(&row.names), columns: Arc::clone(&columns) });
        columns
    }

    fn column(&mut self, name: &str) -> usize {
        if let Some(&column) = self.by_name.get(name) {
            return column;
        }
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }

    /// Returns the column with this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(names: &[&str]) -> Row {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        Row { values: vec![0.0; names.len()].into(), names: names.into() }
    }

    #[test]
    fn each_name_has_one_column() {
        let mut columns = Columns::default();
        assert_eq!(*columns.of(&row(&["a", "b"])), [0, 1]);
        assert_eq!(*columns.of(&row(&["a", "b"])), [0, 1]);
        assert_eq!(*columns.of(&row(&["c", "a"])), [2, 0]);
        assert_eq!((columns.find("c"), columns.find("d")), (Some(2), None));
        assert_eq!(columns.names(), ["a", "b", "c"]);
    }
}
