//! A filter: which happenings a log takes.

use crate::trace::names::Names;
use crate::trace::record::{Kind, Record};

/// Which happenings a log takes: those that pass all parts that are set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) things: Option<Vec<String>>,
    pub(crate) processes: Option<Vec<String>>,
    pub(crate) kinds: Option<Vec<Kind>>,
}

impl Filter {
    #[inline]
    pub(crate) fn takes_all(&self) -> bool {
        self.things.is_none() && self.processes.is_none() && self.kinds.is_none()
    }

    pub(crate) fn passes(&self, record: &Record, names: &Names) -> bool {
        if self.takes_all() {
            return true;
        }
        let is_among = |names: &[String], name: Option<&str>| {
            name.is_some_and(|name| names.iter().any(|among| among == name))
        };
        let kind = || record.kind();
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind()))
            && self
                .things
                .as_ref()
                .is_none_or(|things| is_among(things, names.thing(record.thing).map(|it| &**it)))
            && self.processes.as_ref().is_none_or(|processes| {
                names.process(record.process).is_some_and(|name| {
                    is_among(processes, Some(name))
                        || is_among(processes, Some(without_number(name)))
                })
            })
    }
}

/// Returns the name of a process without the number at its end: `customer` for `customer 17`.
pub(crate) fn without_number(name: &str) -> &str {
    let without = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if without.len() == name.len() {
        return name;
    }
    let without = without.trim_end_matches([' ', '-', '_', '#', '.', ':']);
    if without.is_empty() { name } else { without }
}
