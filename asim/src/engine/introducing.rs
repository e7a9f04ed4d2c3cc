//! Introducing: what a log that begins in the middle of a run learns first, so that it knows all that comes later.

use std::collections::HashMap;

use crate::engine::kernel::Kernel;
use crate::engine::measures::Measure;
use crate::engine::thing_view::View;
use crate::trace::record::{Record, Side, What};

impl Kernel {
    /// Returns who is there, what each thing shows, who holds it and who stands in its lines, and then what each
    /// process waits for: as if all of it happened now.
    pub(crate) fn introductions(&self) -> Vec<Record> {
        let time = self.now.get();
        let record = |process, thing, what| Record { time, process, thing, what };
        let (mut first, mut paused) = (Vec::new(), Vec::new());
        {
            let processes = &self.tables.borrow().processes;
            for key in processes.living() {
                let process = processes.number(key).unwrap_or(0);
                first.push(record(process, 0, What::Introduced));
                if let Some((request, site)) = processes.waits_for(key) {
                    paused.push(record(process, 0, What::Paused { request, site }));
                }
            }
        }
        for (_, measure) in self.measures.borrow().all() {
            if let Measure::Level(own) = measure {
                let value = own.level.borrow().value();
                first.push(record(0, own.number, What::Level(value)));
            }
        }
        let holders = self.holders();
        for probe in self.probes.borrow().all() {
            let thing = probe.number();
            {
                let books = probe.books();
                let capacity = books.capacity.as_ref().map(|it| What::Capacity(it.value()));
                let level = books.level.as_ref().map(|it| What::Level(it.value()));
                let shown = capacity.into_iter().chain(level);
                first.extend(shown.map(|what| record(0, thing, what)));
            }
            for &holder in holders.get(probe.name()).into_iter().flatten() {
                first.push(record(holder, thing, What::Granted(Side::Take)));
            }
            for (process, side) in probe.in_line() {
                let process = self.number_of(process);
                first.push(record(process, thing, What::Waits(side)));
            }
        }
        first.append(&mut paused);
        first
    }

    /// Returns the processes that hold something, by the name of the thing: each as often as it does; 0 outside of all
    /// processes.
    fn holders(&self) -> HashMap<String, Vec<u32>> {
        let mut view = View { has_all_holds: true, ..View::default() };
        let mut holders = HashMap::new();
        for thing in self.things.borrow().all() {
            let Some(thing) = thing.upgrade() else { continue };
            view.clear();
            thing.show(&mut view);
            let Some(name) = view.things.first().and_then(|shown| shown.name.as_deref()) else {
                continue;
            };
            let of_thing = view.holds.iter().map(|hold| self.number_of(hold.process)).collect();
            holders.insert(name.to_owned(), of_thing);
        }
        holders
    }
}
