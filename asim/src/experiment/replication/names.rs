//! The names of results. Rows of equal names share them, as each replication of a model has the same.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use crate::experiment::work::outcome::Row;

/// How many lists of names a thread remembers: the scenarios of an experiment may have different names.
const REMEMBERED: usize = 16;

thread_local! {
    /// The lists of names that this thread met last. Each name in them is there once.
    static LAST: RefCell<Vec<Arc<[String]>>> = const { RefCell::new(Vec::new()) };
}

/// Two results of one row have the same name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Twice {
    pub(crate) name: String,
    /// The place of the second.
    pub(crate) place: usize,
}

/// A row that results are added to, one by one. As long as they have the names of a row before, no name is copied.
#[derive(Debug)]
pub(crate) struct Naming {
    /// The names that this thread met last, if there are any.
    known: Option<Arc<[String]>>,
    /// The names of this row, once they differ from those.
    own: Option<Vec<String>>,
    values: Vec<f64>,
}

impl Naming {
    pub(crate) fn begin() -> Self {
        let known = LAST.with_borrow(|last| last.first().cloned());
        let values = Vec::with_capacity(known.as_ref().map_or(0, |names| names.len()));
        Naming { known, own: None, values }
    }

    /// Returns how many results there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn add(&mut self, name: &str, value: f64) {
        if self.own.is_none() && self.known().get(self.values.len()).is_none_or(|it| it != name) {
            self.own = Some(self.known()[..self.values.len()].to_vec());
        }
        if let Some(own) = &mut self.own {
            own.push(name.to_owned());
        }
        self.values.push(value);
    }

    fn known(&self) -> &[String] {
        self.known.as_deref().unwrap_or_default()
    }

    /// Returns the row.
    ///
    /// # Errors
    ///
    /// If two results have the same name.
    pub(crate) fn row(self) -> Result<Row, Twice> {
        let values = self.values.into_boxed_slice();
        let names = match (self.own, self.known) {
            (None, Some(known)) if known.len() == values.len() => {
                return Ok(Row { names: known, values });
            }
            (None, known) => known.as_deref().unwrap_or_default()[..values.len()].to_vec(),
            (Some(own), _) => own,
        };
        Ok(Row { names: shared(names)?, values })
    }
}

/// Returns these names as a list that is shared with other rows of the same names.
fn shared(names: Vec<String>) -> Result<Arc<[String]>, Twice> {
    let known = LAST.with_borrow_mut(|last| {
        let place = last.iter().position(|known| **known == *names)?;
        last[..=place].rotate_right(1);
        Some(Arc::clone(&last[0]))
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let mut met = HashSet::new();
    if let Some(place) = names.iter().position(|name| !met.insert(name.as_str())) {
        return Err(Twice { name: names[place].clone(), place });
    }
    let names: Arc<[String]> = names.into();
    LAST.with_borrow_mut(|last| {
        last.truncate(REMEMBERED - 1);
        last.insert(0, Arc::clone(&names));
    });
    Ok(names)
}
