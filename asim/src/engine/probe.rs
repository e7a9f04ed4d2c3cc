//! The probe of a named thing: its name, its books, and what they need to know of those who wait.
//!
//! What a probe is told is in `probing`.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;

use crate::engine::slab::Key;
use crate::measure::books::Books;
use crate::trace::record::Side;

/// The probe of one named thing.
#[derive(Debug)]
pub(crate) struct Probe {
    /// The number of the thing, from 1 on, in the order in which they got their names.
    number: u32,
    /// The name, which no other thing of the simulation has.
    name: String,
    /// The kind of thing: `"Resource"`.
    kind: &'static str,
    pub(crate) state: RefCell<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) books: Books,
    /// When the requests in line came, and whose they are, by the index of their keys. One list for each
    /// [`Side`].
    pub(crate) arrivals: [Vec<Arrival>; 2],
    /// When the items came in that have not been consumed, by their numbers. What came before the thing had
    /// its name is missing.
    pub(crate) came_in: BTreeMap<u64, f64>,
    /// The time at which the thing got its name.
    pub(crate) named: f64,
}

/// The arrival of a request that waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) time: f64,
    pub(crate) process: Key,
    /// The request; [`Key::NONE`] if it has gone. Its index may then belong to another one.
    pub(crate) request: Key,
}

impl Arrival {
    const NONE: Arrival = Arrival { time: 0.0, process: Key::NONE, request: Key::NONE };
}

impl Probe {
    pub(crate) fn new(
        number: u32,
        name: String,
        kind: &'static str,
        books: Books,
        named: f64,
    ) -> Self {
        let arrivals = [Vec::new(), Vec::new()];
        let state = State { books, arrivals, came_in: BTreeMap::new(), named };
        Probe { number, name, kind, state: RefCell::new(state) }
    }

    /// Returns the number of the thing.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Returns the name of the thing.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind of thing.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns the books, as they were at the last change.
    pub(crate) fn books(&self) -> Ref<'_, Books> {
        Ref::map(self.state.borrow(), |state| &state.books)
    }

    /// Returns who stands in its lines, in the order of their arrival.
    pub(crate) fn in_line(&self) -> Vec<(Key, Side)> {
        let state = self.state.borrow();
        let mut all: Vec<(Arrival, Side)> = Vec::new();
        for side in [Side::Take, Side::Put] {
            let arrivals = state.arrivals[side as usize].iter();
            all.extend(arrivals.filter(|it| it.request.is_somebody()).map(|it| (*it, side)));
        }
        all.sort_by(|(one, _), (other, _)| one.time.total_cmp(&other.time));
        all.into_iter().map(|(arrival, side)| (arrival.process, side)).collect()
    }

    /// Starts all books again. Levels keep their values, and who waits keeps its arrival.
    pub(crate) fn reset(&self, now: f64) {
        self.state.borrow_mut().books.reset(now);
    }
}

/// Adds the first arrival in a place that has had none.
#[cold]
#[inline(never)]
fn add_arrival(arrivals: &mut Vec<Arrival>, arrival: Arrival) {
    arrivals.resize(arrival.request.index() as usize, Arrival::NONE);
    arrivals.push(arrival);
}

impl State {
    #[inline]
    pub(crate) fn add_arrival(&mut self, side: Side, arrival: Arrival) {
        let arrivals = &mut self.arrivals[side as usize];
        match arrivals.get_mut(arrival.request.index() as usize) {
            Some(place) => *place = arrival,
            None => add_arrival(arrivals, arrival),
        }
        self.books.line_mut(side).length.raise(arrival.time);
    }

    #[inline]
    pub(crate) fn take_arrival(&mut self, side: Side, request: Key) -> Option<Arrival> {
        let arrival = self.arrivals[side as usize].get_mut(request.index() as usize)?;
        (arrival.request == request).then(|| std::mem::replace(arrival, Arrival::NONE))
    }
}
