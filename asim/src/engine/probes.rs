//! The probes of a simulation: all things that have a name.

use std::{collections::HashMap, rc::Rc};

use crate::engine::probe::Probe;
use crate::measure::books::Books;

/// The probes, in the order in which the things got their names.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    probes: Vec<Rc<Probe>>,
    /// How many things were given each name.
    names: HashMap<String, u32>,
}

impl Probes {
    /// Makes the probe of a thing with this name. The second of a name is called `name 2`.
    pub(crate) fn add(
        &mut self,
        name: &str,
        kind: &'static str,
        books: Books,
        now: f64,
    ) -> Rc<Probe> {
        let name = self.unique(name);
        let number = u32::try_from(self.probes.len() + 1).expect("fewer than 2^32 named things");
        let probe = Rc::new(Probe::new(number, name, kind, books, now));
        self.probes.push(Rc::clone(&probe));
        probe
    }

    /// Returns the name, with a number if another thing has it.
    fn unique(&mut self, name: &str) -> String {
        let mut unique = name.to_owned();
        loop {
            let count = self.names.entry(unique.clone()).or_insert(0);
            *count += 1;
            if *count == 1 {
                return unique;
            }
            unique = format!("{name} {count}");
        }
    }

    /// Returns all probes.
    pub(crate) fn all(&self) -> &[Rc<Probe>] {
        &self.probes
    }
}
