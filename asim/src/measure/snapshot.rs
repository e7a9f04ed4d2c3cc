//! Snapshots: the books of a thing as they are at one time, as the user reads them.

use crate::measure::books::{Books, LineBooks};
use crate::measure::{level::Level, tally::Tally};

/// What was measured of a resource or a pool: see `Resource::measures`. Levels are counted in units, times in
/// the model's unit of time. Snapshots of the same resource in several runs [merge](Self::merge).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ResourceMeasures {
    /// The name of the resource.
    pub name: String,
    /// The units in use over time: held, or granted to requests that have not been awaited yet.
    pub in_use: Level,
    /// The number of units over time, in use or free.
    pub capacity: Level,
    /// The number of requests in line over time.
    pub line: Level,
    /// How long those waited who were served. Who was served at once has waited for zero time.
    pub waited: Tally,
    /// How long units were held that are given back, or were taken away.
    pub held: Tally,
    /// How long those waited who left without being served.
    pub gave_up: Tally,
    /// How many requests were served.
    pub served: u64,
    /// How many of them were served at the call.
    pub at_once: u64,
    /// How many requests left the line without being served: they lost a race, were interrupted, or dropped.
    pub left: u64,
    /// How many attempts failed that do not wait: `try_acquire`.
    pub refused: u64,
    /// How many holders have lost their units to a more urgent request.
    pub preempted: u64,
}

/// What was measured of a queue, a store, a container or a channel: see `Queue::measures`. Snapshots of the same
/// thing in several runs [merge](Self::merge).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct StockMeasures {
    /// The name of the thing.
    pub name: String,
    /// The number of items over time; of a container, the amount.
    pub level: Level,
    /// How much there can be of that, over time. `None` if there is no bound.
    pub capacity: Option<Level>,
    /// How long items have stayed that are gone. Of a container nothing is known.
    pub stayed: Tally,
    /// How much was put in. Only of a container; otherwise `put.served` is the number.
    pub amount_in: f64,
    /// How much was taken out. Only of a container; otherwise `get.served` is the number.
    pub amount_out: f64,
    /// The requests that take something out.
    pub get: LineMeasures,
    /// The requests that put something in.
    pub put: LineMeasures,
}

/// What was measured of one line: that of a gate, a barrier or a state, or one of a queue. Snapshots of the same
/// line in several runs [merge](Self::merge).
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LineMeasures {
    /// The number of requests in line over time.
    pub line: Level,
    /// How long those waited who were served. Who was served at once has waited for zero time.
    pub waited: Tally,
    /// How long those waited who left without being served.
    pub gave_up: Tally,
    /// How many requests were served.
    pub served: u64,
    /// How many of them were served at the call.
    pub at_once: u64,
    /// How many requests left the line without being served: they lost a race, were interrupted, or dropped.
    pub left: u64,
    /// How many attempts failed that do not wait: `try_get` and its like.
    pub refused: u64,
    /// Of a gate: 1 while it is open, and 0 while it is closed. Otherwise `None`.
    pub open: Option<Level>,
    /// Of a state: how often it was set.
    pub changes: u64,
}

impl ResourceMeasures {
    pub(crate) fn new(name: &str, books: Books) -> Self {
        let none = || Level::new(0.0, 0.0);
        let LineMeasures { line, waited, gave_up, served, at_once, left, refused, .. } =
            LineMeasures::of_line(books.line);
        ResourceMeasures {
            name: name.to_owned(),
            in_use: books.level.unwrap_or_else(none),
            capacity: books.capacity.unwrap_or_else(none),
            line,
            waited,
            held: books.held.unwrap_or_default(),
            gave_up,
            served,
            at_once,
            left,
            refused,
            preempted: books.preempted,
        }
    }

    /// Returns the share of those served who were served at once; NaN if nobody was served.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let clerk = Resource::new(&sim, 1).named("clerk");
    /// let (first, second) = (clerk.acquire(), clerk.acquire());
    /// drop(first);
    /// assert_eq!(clerk.measures().share_at_once(), 0.5);
    /// # drop(second);
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    pub fn share_at_once(&self) -> f64 {
        self.at_once as f64 / self.served as f64
    }

    /// Returns the share of all who asked, and do not wait any more, who were not served: those who left, and
    /// attempts that were refused. NaN if nobody has asked.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let room = Resource::new(&sim, 3).named("room");
    /// let guests: Vec<_> = (0..4).map(|_| room.try_acquire()).collect();
    /// assert_eq!(room.measures().share_lost(), 0.25);
    /// # drop(guests);
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    pub fn share_lost(&self) -> f64 {
        let lost = self.left + self.refused;
        lost as f64 / (self.served + lost) as f64
    }

    /// Returns the share of the capacity that was in use, from 0 on; NaN if there was none.
    ///
    /// It is the sum of the units in use over time, divided by the sum of the units that there were over time:
    /// so a shift with fewer units counts for less. If the capacity is lowered while more units are in use,
    /// those beyond it count as in use, too (as overtime). So the share can be above 1.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let clerks = Resource::new(&sim, 2).named("clerks");
    /// let slot = clerks.try_acquire();
    /// sim.run_until(8.0)?;
    /// clerks.set_capacity(1); // the second clerk goes home
    /// sim.run_until(10.0)?;
    /// assert_eq!(clerks.measures().utilisation(), 10.0 / (2.0 * 8.0 + 2.0));
    /// # drop(slot);
    /// # Ok::<(), SimError>(())
    /// ```
    #[doc(alias = "utilization")]
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        self.in_use.integral() / self.capacity.integral()
    }

    /// Adds what was measured in another run.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let run = |at_work: f64| {
    ///     let sim = Simulation::new();
    ///     let clerk = Resource::new(&sim, 1).named("clerk");
    ///     let slot = clerk.try_acquire();
    ///     sim.run_until(at_work)?;
    ///     drop(slot);
    ///     sim.run_until(10.0)?;
    ///     Ok::<_, SimError>(clerk.measures())
    /// };
    /// let mut both = run(4.0)?;
    /// both.merge(&run(8.0)?);
    /// assert_eq!((both.served, both.utilisation(), both.held.mean()), (2, 0.6, 6.0));
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn merge(&mut self, other: &Self) {
        self.in_use.merge(&other.in_use);
        self.capacity.merge(&other.capacity);
        self.line.merge(&other.line);
        self.waited.merge(&other.waited);
        self.held.merge(&other.held);
        self.gave_up.merge(&other.gave_up);
        self.served += other.served;
        self.at_once += other.at_once;
        self.left += other.left;
        self.refused += other.refused;
        self.preempted += other.preempted;
    }
}

impl StockMeasures {
    pub(crate) fn new(name: &str, books: Books) -> Self {
        let now = books.line.length.start();
        StockMeasures {
            name: name.to_owned(),
            level: books.level.unwrap_or_else(|| Level::new(now, 0.0)),
            capacity: books.capacity,
            stayed: books.held.unwrap_or_default(),
            amount_in: books.amount_in,
            amount_out: books.amount_out,
            get: LineMeasures::of_line(books.line),
            put: LineMeasures::of_line(books.put_line.unwrap_or_else(|| LineBooks::new(now))),
        }
    }

    /// Adds what was measured in another run.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let run = |items: u32| {
    ///     let sim = Simulation::new();
    ///     let shelf = Store::unbounded(&sim).named("shelf");
    ///     (0..items).for_each(|item| shelf.try_put(item).expect("there is room"));
    ///     sim.run_until(10.0)?;
    ///     Ok::<_, SimError>(shelf.measures())
    /// };
    /// let mut both = run(2)?;
    /// both.merge(&run(4)?);
    /// assert_eq!((both.put.served, both.level.mean()), (6, 3.0));
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn merge(&mut self, other: &Self) {
        self.level.merge(&other.level);
        if let (Some(capacity), Some(others)) = (&mut self.capacity, &other.capacity) {
            capacity.merge(others);
        }
        self.stayed.merge(&other.stayed);
        self.amount_in += other.amount_in;
        self.amount_out += other.amount_out;
        self.get.merge(&other.get);
        self.put.merge(&other.put);
    }
}

impl LineMeasures {
    /// Returns the share of those served who were served at once; NaN if nobody was served.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_open(&sim).named("door");
    /// let _passes = door.wait();
    /// assert_eq!(door.measures().share_at_once(), 1.0);
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    pub fn share_at_once(&self) -> f64 {
        self.at_once as f64 / self.served as f64
    }

    /// Returns the share of all who asked, and do not wait any more, who were not served: those who left, and
    /// attempts that were refused. NaN if nobody has asked.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let buffer = Queue::bounded(&sim, 3).named("buffer");
    /// let full = (0..4).filter(|packet| buffer.try_put(*packet).is_err()).count();
    /// assert_eq!((full, buffer.measures().put.share_lost()), (1, 0.25));
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    pub fn share_lost(&self) -> f64 {
        let lost = self.left + self.refused;
        lost as f64 / (self.served + lost) as f64
    }

    pub(crate) fn new(_name: &str, books: Books) -> Self {
        let (open, changes) = (books.level, books.changes);
        LineMeasures { open, changes, ..LineMeasures::of_line(books.line) }
    }

    fn of_line(books: LineBooks) -> Self {
        LineMeasures {
            served: books.waited.count(),
            at_once: books.at_once,
            left: books.left.count(),
            line: books.length,
            waited: books.waited,
            gave_up: books.left,
            refused: books.refused,
            open: None,
            changes: 0,
        }
    }

    /// Adds what was measured in another run.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let run = || {
    ///     let sim = Simulation::new();
    ///     let gate = Gate::new_closed(&sim).named("gate");
    ///     let waiting = gate.wait();
    ///     sim.run_until(3.0)?;
    ///     gate.open();
    ///     Ok::<_, SimError>(gate.measures())
    /// };
    /// let mut both = run()?;
    /// both.merge(&run()?);
    /// assert_eq!((both.served, both.waited.mean()), (2, 3.0));
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn merge(&mut self, other: &Self) {
        self.line.merge(&other.line);
        self.waited.merge(&other.waited);
        self.gave_up.merge(&other.gave_up);
        self.served += other.served;
        self.at_once += other.at_once;
        self.left += other.left;
        self.refused += other.refused;
        if let (Some(open), Some(others)) = (&mut self.open, &other.open) {
            open.merge(others);
        }
        self.changes += other.changes;
    }
}

impl Books {
    /// Returns the books as they are at a time.
    pub(crate) fn at(&self, now: f64) -> Books {
        let mut books = self.clone();
        let lines = [Some(&mut books.line), books.put_line.as_mut()];
        let lengths = lines.into_iter().flatten().map(|line| &mut line.length);
        for level in lengths.chain([&mut books.level, &mut books.capacity].into_iter().flatten()) {
            *level = level.at(now);
        }
        books
    }

    /// Adds the books of the same thing in another run.
    pub(crate) fn merge(&mut self, other: &Books) {
        self.line.merge(&other.line);
        if let (Some(line), Some(others)) = (&mut self.put_line, &other.put_line) {
            line.merge(others);
        }
        for (level, others) in
            [(&mut self.level, &other.level), (&mut self.capacity, &other.capacity)]
        {
            if let (Some(level), Some(others)) = (level, others) {
                level.merge(others);
            }
        }
        if let (Some(held), Some(others)) = (&mut self.held, &other.held) {
            held.merge(others);
        }
        self.preempted += other.preempted;
        self.amount_in += other.amount_in;
        self.amount_out += other.amount_out;
        self.changes += other.changes;
    }
}

impl LineBooks {
    fn merge(&mut self, other: &LineBooks) {
        self.length.merge(&other.length);
        self.waited.merge(&other.waited);
        self.at_once += other.at_once;
        self.left.merge(&other.left);
        self.refused += other.refused;
    }
}
