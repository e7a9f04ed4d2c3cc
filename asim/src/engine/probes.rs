//! The probes of a simulation: all things that have a name. The model's own levels have numbers among them, as they
//! stand in the log too.

use std::{collections::HashMap, rc::Rc};

use crate::engine::probe::Probe;
use crate::measure::books::Books;

/// The probes, in the order in which the things got their names.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    things: Vec<Rc<Probe>>,
    /// The name and the kind of each thing and each level, in the order of their numbers: the first has the number 1.
    numbered: Vec<(Rc<str>, &'static str)>,
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
        let number = self.number(&name, kind);
        let probe = Rc::new(Probe::new(number, name, kind, books, now));
        self.things.push(Rc::clone(&probe));
        probe
    }

    /// Gives the next number to a thing or to a level of the model.
    pub(crate) fn number(&mut self, name: &str, kind: &'static str) -> u32 {
        self.numbered.push((Rc::from(name), kind));
        u32::try_from(self.numbered.len()).expect("fewer than 2^32 named things")
    }

    /// Returns the name and the kind of all that has a number, from this many on.
    pub(crate) fn numbered_after(&self, count: usize) -> &[(Rc<str>, &'static str)] {
        self.numbered.get(count..).unwrap_or_default()
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
        &self.things
    }
}
