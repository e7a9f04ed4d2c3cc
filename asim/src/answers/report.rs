//! The report: all that was measured in a run, as a value.

use std::cmp::Ordering;

use crate::answers::natural::compare;
#[cfg(feature = "report")]
use crate::answers::origin::Origin;
use crate::engine::measures::Measure;
use crate::environment::Environment;
use crate::measure::books::{Books, LineBooks};
use crate::measure::processes::ProcessMeasures;
use crate::measure::snapshot::{LineMeasures, ResourceMeasures, StockMeasures};
use crate::measure::{counter::Counter, level::Level, tally::Tally};

/// How many things a report shows if nothing else is said.
const SHOWN: usize = 50;

/// All that was measured: of each thing that has a name, and the model's own tallies, levels and counters. It
/// is a value, and changes no more when the run goes on. Returned by `sim.report()`.
///
/// Shown (`println!("{report}")`), it is a table of at most 80 columns, sorted by name. A `-` stands for what
/// is not known, such as the mean of no values. [`values`](Self::values) gives the numbers themselves.
///
/// Reports of several runs of a model [merge](Self::merge). With the feature `serde` a report can be written
/// and read.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn customer(env: Environment, clerk: Resource) {
///     let slot = clerk.acquire().await;
///     env.timeout(2.0).await;
///     slot.release();
/// }
///
/// let sim = Simulation::new();
/// let clerk = Resource::new(&sim, 1).named("clerk");
/// for _ in 0..3 {
///     sim.process(Customer::new(clerk.clone()));
/// }
/// sim.run_until(10.0)?;
/// assert_eq!(
///     sim.report().to_string(),
///     "\
/// time 0 to 10
///
/// clerk (1), utilisation 60 %
///                mean      sd   least  median    95 %    most
/// in use          0.6    0.49       0       1       1       1
/// line            0.6     0.8       0       0       2       2
/// waited            2       2       0       2       4       4
/// held              2       0       2       2       2       2
/// 3 served, 33.3 % at once
/// "
/// );
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    pub(crate) since: f64,
    pub(crate) until: f64,
    /// How long all runs were measured together.
    pub(crate) time: f64,
    pub(crate) runs: u64,
    /// The end of a warm-up that has not come.
    pub(crate) warm_up: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) shown: usize,
    /// Sorted by name.
    pub(crate) entries: Vec<Entry>,
    /// The run that it is of, for a page that shows more of it.
    #[cfg(feature = "report")]
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) origin: Origin,
}

/// What was measured under one name.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) what: Measured,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Measured {
    Thing { kind: String, books: Box<Books> },
    Tally(Tally),
    Level(Level),
    Counter(Counter),
    Processes(Box<ProcessMeasures>),
}

impl Environment {
    /// Returns a report of all that was measured, up to now.
    ///
    /// With the feature `report` it also looks why nothing happens, for its page: that takes time in proportion to the
    /// processes, as [`standstill`](Self::standstill) does.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// sim.counter("lost").add(12);
    /// sim.run_until(480.0)?;
    /// let report = sim.report().time_unit("min");
    /// assert_eq!(report.to_string(), "time 0 to 480 min\n\nlost  12, 0.025 a min\n");
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> Report {
        #[allow(unused_mut, reason = "a page shows more of the run")]
        let mut report = self.measured();
        #[cfg(feature = "report")]
        {
            report.origin = Origin::of(self.kernel());
        }
        report
    }

    /// Returns a report of what was measured, which knows nothing else of the run.
    pub(crate) fn measured(&self) -> Report {
        let kernel = self.kernel();
        let now = kernel.now.get();
        let mut entries = Vec::new();
        for probe in kernel.probes.borrow().all() {
            let books = Box::new(probe.books().at(now));
            let what = Measured::Thing { kind: probe.kind().to_owned(), books };
            entries.push(Entry { name: probe.name().to_owned(), what });
        }
        for (name, measure) in kernel.measures.borrow().all() {
            let what = match measure {
                Measure::Tally(tally) => Measured::Tally(tally.borrow().clone()),
                Measure::Level(own) => Measured::Level(own.level.borrow().at(now)),
                Measure::Counter(counter) => Measured::Counter(counter.get()),
            };
            entries.push(Entry { name: name.clone(), what });
        }
        if let Some(types) = kernel.measured.processes.get() {
            kernel.bring_log_up_to_date();
            for (name, measures) in &types.borrow().types {
                let what = Measured::Processes(Box::new(measures.at(now)));
                entries.push(Entry { name: name.clone(), what });
            }
        }
        entries.sort_by(Entry::in_order);
        let since = kernel.measured.since.get();
        let warm_up = kernel.measured.warm_up.get();
        Report {
            since,
            until: now,
            time: now - since,
            runs: 1,
            warm_up: (warm_up < f64::INFINITY).then_some(warm_up),
            unit: None,
            shown: SHOWN,
            entries,
            #[cfg(feature = "report")]
            origin: Origin::default(),
        }
    }
}

impl Report {
    /// Returns since when it is measured: the start of the run, or the last time at which all measures have
    /// started again.
    ///
    /// ```
    /// assert_eq!(asim::Simulation::starting_at(8.0).report().since(), 8.0);
    /// ```
    #[must_use]
    pub fn since(&self) -> f64 {
        self.since
    }

    /// Returns until when it is measured: the time at which the report was made.
    ///
    /// ```
    /// assert_eq!(asim::Simulation::starting_at(8.0).report().until(), 8.0);
    /// ```
    #[must_use]
    pub fn until(&self) -> f64 {
        self.until
    }

    /// Names the unit of time, for the text: `"min"`.
    ///
    /// ```
    /// let report = asim::Simulation::new().report().time_unit("min");
    /// assert_eq!(report.to_string(), "time 0 to 0 min\n\nnothing to show: only what has a name is measured\n");
    /// ```
    #[must_use]
    pub fn time_unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Keeps only what has such a name.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.counter("lost").add(1);
    /// sim.counter("found").add(2);
    /// let report = sim.report().only(|name| name.starts_with("lo"));
    /// assert!(report.values().eq([("lost".to_owned(), 1.0)]));
    /// ```
    #[must_use]
    pub fn only(mut self, mut keep: impl FnMut(&str) -> bool) -> Self {
        self.entries.retain(|entry| keep(&entry.name));
        self
    }

    /// Sets how many names the text shows. The others are counted at its end. If nothing is set, 50 are shown.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// for number in 1..=1000 {
    ///     sim.counter(&format!("gate {number}")).add(1);
    /// }
    /// let text = sim.report().at_most(20).to_string();
    /// assert!(text.ends_with("gate 20  1\n\nand 980 more (`at_most` shows more, `only` selects)\n"));
    /// ```
    #[must_use]
    pub fn at_most(mut self, names: usize) -> Self {
        self.shown = names;
        self
    }

    /// Returns what was measured of the resource or the pool with this name; `None` if there is none.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let _clerks = Resource::new(&sim, 3).named("clerks");
    /// assert_eq!(sim.report().resource("clerks").unwrap().served, 0);
    /// ```
    #[must_use]
    pub fn resource(&self, name: &str) -> Option<ResourceMeasures> {
        self.find(name, |what| match what {
            Measured::Thing { books, .. }
                if books.capacity.is_some() && books.put_line.is_none() =>
            {
                Some(ResourceMeasures::new(name, Books::clone(books)))
            }
            _ => None,
        })
    }

    /// Returns what was measured of the queue, the store, the container or the channel with this name; `None`
    /// if there is none.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let orders = Queue::unbounded(&sim).named("orders");
    /// orders.try_put("a pizza").expect("there is room");
    /// assert_eq!(sim.report().stock("orders").unwrap().put.served, 1);
    /// ```
    #[must_use]
    pub fn stock(&self, name: &str) -> Option<StockMeasures> {
        self.find(name, |what| match what {
            Measured::Thing { books, .. } if books.put_line.is_some() => {
                Some(StockMeasures::new(name, Books::clone(books)))
            }
            _ => None,
        })
    }

    /// Returns what was measured of the gate, the barrier, the state or the event with this name; `None` if
    /// there is none.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let door = Gate::new_open(&sim).named("door");
    /// assert!(door.wait().triggered());
    /// assert_eq!(sim.report().line("door").unwrap().served, 1);
    /// ```
    #[must_use]
    pub fn line(&self, name: &str) -> Option<LineMeasures> {
        self.find(name, |what| match what {
            Measured::Thing { books, .. }
                if books.capacity.is_none() && books.put_line.is_none() =>
            {
                Some(LineMeasures::new(name, Books::clone(books)))
            }
            _ => None,
        })
    }

    /// Returns the model's own tally with this name; `None` if there is none.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.tally("visit").add(2.5);
    /// assert_eq!(sim.report().tally("visit").unwrap().mean(), 2.5);
    /// ```
    #[must_use]
    pub fn tally(&self, name: &str) -> Option<&Tally> {
        self.find(name, |what| if let Measured::Tally(tally) = what { Some(tally) } else { None })
    }

    /// Returns the model's own level with this name; `None` if there is none.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.level("inside").set(3.0);
    /// assert_eq!(sim.report().level("inside").unwrap().value(), 3.0);
    /// ```
    #[must_use]
    pub fn level(&self, name: &str) -> Option<&Level> {
        self.find(name, |what| if let Measured::Level(level) = what { Some(level) } else { None })
    }

    /// Returns the count of the model's own counter with this name; `None` if there is none.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.counter("lost").add(3);
    /// assert_eq!(sim.report().count("lost"), Some(3));
    /// ```
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u64> {
        self.find(name, |what| match what {
            Measured::Counter(counter) => Some(counter.count()),
            _ => None,
        })
    }

    /// Returns what was measured of the processes of this type; `None` if there was none, or if nobody has called
    /// `measure_processes`.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// assert!(sim.report().processes("Customer").is_none());
    /// ```
    #[must_use]
    pub fn processes(&self, name: &str) -> Option<&ProcessMeasures> {
        self.find(name, |what| match what {
            Measured::Processes(measures) => Some(&**measures),
            _ => None,
        })
    }

    fn find<'r, T>(
        &'r self,
        name: &str,
        mut take: impl FnMut(&'r Measured) -> Option<T>,
    ) -> Option<T> {
        let named = self.entries.iter().filter(|entry| entry.name == name);
        named.into_iter().find_map(|entry| take(&entry.what))
    }

    /// Adds the report of another run of the same model: of another replication. What has the same name and kind
    /// is merged; what only the other one has is added.
    ///
    /// ```
    /// let run = |lost: u64| {
    ///     let sim = asim::Simulation::new();
    ///     sim.counter("lost").add(lost);
    ///     sim.report()
    /// };
    /// let mut both = run(2);
    /// both.merge(&run(3));
    /// assert_eq!(both.count("lost"), Some(5));
    /// ```
    pub fn merge(&mut self, other: &Report) {
        self.runs += other.runs;
        #[cfg(feature = "report")]
        {
            self.origin = Origin::default();
        }
        self.time += other.time;
        self.warm_up = self.warm_up.or(other.warm_up);
        for entry in &other.entries {
            let place = self.entries.binary_search_by(|own| own.in_order(entry));
            match place {
                Ok(place) => self.entries[place].what.merge(&entry.what),
                Err(place) => self.entries.insert(place, entry.clone()),
            }
        }
    }

    /// Returns all numbers with their names, in the order of the report: `clerks.utilisation`,
    /// `clerks.waited.mean`, `visit.p95`, `lost`. What is not known is NaN.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.tally("visit").add(2.5);
    /// let values: Vec<(String, f64)> = sim.report().values().collect();
    /// assert_eq!(values[0], ("visit.count".to_owned(), 1.0));
    /// assert_eq!(values[1], ("visit.mean".to_owned(), 2.5));
    /// ```
    pub fn values(&self) -> impl Iterator<Item = (String, f64)> {
        let mut all = Vec::new();
        self.each_value(&mut |name, value| all.push((name.to_owned(), value)));
        all.into_iter()
    }

    /// Calls a function with each of the [`values`](Self::values) and its name, in their order.
    pub(crate) fn each_value(&self, take: &mut dyn FnMut(&str, f64)) {
        for entry in &self.entries {
            Self::each_value_of(entry, take);
        }
    }

    /// Calls a function with each of the values of one entry and its name.
    pub(crate) fn each_value_of(entry: &Entry, take: &mut dyn FnMut(&str, f64)) {
        let mut values = Values { name: String::new(), take };
        values.under(&entry.name, |values| match &entry.what {
            Measured::Thing { kind, books } => values.thing(kind, books),
            Measured::Tally(tally) => values.tally(tally),
            Measured::Level(level) => values.level(level),
            Measured::Counter(counter) => values.take_count(counter.count()),
            Measured::Processes(measures) => values.processes(measures),
        });
    }

    /// Returns one of the [`values`](Self::values) by its name, or `None` if the report has no such name.
    ///
    /// ```
    /// let sim = asim::Simulation::new();
    /// sim.tally("visit").add(2.5);
    /// assert_eq!(sim.report().value("visit.mean"), Some(2.5));
    /// assert_eq!(sim.report().value("vist.mean"), None);
    /// ```
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl Entry {
    /// Compares by name, then by kind.
    fn in_order(&self, other: &Entry) -> Ordering {
        compare(&self.name, &other.name).then_with(|| self.what.kind().cmp(other.what.kind()))
    }
}

impl Measured {
    /// Returns what kind of thing it is.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Measured::Thing { kind, .. } => kind,
            Measured::Tally(_) => "tally",
            Measured::Level(_) => "level",
            Measured::Counter(_) => "counter",
            Measured::Processes(_) => "processes",
        }
    }

    fn merge(&mut self, other: &Measured) {
        match (self, other) {
            (Measured::Thing { books, .. }, Measured::Thing { books: others, .. }) => {
                books.merge(others);
            }
            (Measured::Tally(tally), Measured::Tally(other)) => tally.merge(other),
            (Measured::Level(level), Measured::Level(other)) => level.merge(other),
            (Measured::Counter(counter), Measured::Counter(other)) => counter.merge(other),
            (Measured::Processes(measures), Measured::Processes(other)) => measures.merge(other),
            // Things of one name and kind have the same parts.
            _ => {}
        }
    }
}

/// What the level of a thing of this kind is called, in the text and among the values.
pub(crate) fn name_of_level(kind: &str) -> &'static str {
    match kind {
        "Resource" | "PreemptiveResource" | "Pool" => "in use",
        "Container" => "amount",
        "Gate" => "open",
        "State" => "value",
        _ => "items",
    }
}

/// What the time that units are held, or items stay, is called.
pub(crate) fn name_of_held(kind: &str) -> &'static str {
    if name_of_level(kind) == "in use" { "held" } else { "stayed" }
}

/// Gives the values of a report, one by one.
struct Values<'t> {
    /// The name of what is given, up to now.
    name: String,
    take: &'t mut dyn FnMut(&str, f64),
}

impl Values<'_> {
    /// Gives what has this name below the present one.
    fn under(&mut self, name: &str, give: impl FnOnce(&mut Self)) {
        let length = self.name.len();
        if length > 0 {
            self.name.push('.');
        }
        self.name.push_str(name);
        give(self);
        self.name.truncate(length);
    }

    fn value(&mut self, name: &str, value: f64) {
        self.under(name, |values| (values.take)(&values.name, value));
    }

    fn count(&mut self, name: &str, count: u64) {
        self.under(name, |values| values.take_count(count));
    }

    #[allow(clippy::cast_precision_loss, reason = "a count beyond 2^53 takes years")]
    fn take_count(&mut self, count: u64) {
        (self.take)(&self.name, count as f64);
    }

    fn tally(&mut self, tally: &Tally) {
        self.count("count", tally.count());
        let (median, p95) = (tally.quantile(0.5), tally.quantile(0.95));
        self.six([tally.mean(), tally.sd(), tally.least(), median, p95, tally.most()]);
    }

    fn level(&mut self, level: &Level) {
        let (median, p95) = (level.quantile(0.5), level.quantile(0.95));
        self.six([level.mean(), level.sd(), level.least(), median, p95, level.most()]);
    }

    fn six(&mut self, values: [f64; 6]) {
        let names = ["mean", "sd", "least", "median", "p95", "most"];
        names.iter().zip(values).for_each(|(name, value)| self.value(name, value));
    }

    fn thing(&mut self, kind: &str, books: &Books) {
        if let (Some(level), Some(capacity)) = (&books.level, &books.capacity) {
            self.value("utilisation", level.integral() / capacity.integral());
        }
        if let Some(level) = &books.level {
            let name = match name_of_level(kind) {
                "in use" => "in_use",
                other => other,
            };
            self.under(name, |values| values.level(level));
        }
        if let Some(held) = &books.held {
            self.under(name_of_held(kind), |values| values.tally(held));
        }
        match &books.put_line {
            None => self.line(&books.line),
            Some(put_line) => {
                self.under("get", |values| values.line(&books.line));
                self.under("put", |values| values.line(put_line));
            }
        }
        match kind {
            "PreemptiveResource" => self.count("preempted", books.preempted),
            "Container" => {
                self.value("amount_in", books.amount_in);
                self.value("amount_out", books.amount_out);
            }
            "State" => self.count("changes", books.changes),
            _ => {}
        }
    }

    fn processes(&mut self, measures: &ProcessMeasures) {
        let ProcessMeasures { started, ended, failed, cancelled, living, lifetime, waits } =
            measures;
        let counts =
            [("started", started), ("ended", ended), ("failed", failed), ("cancelled", cancelled)];
        for (name, &count) in counts {
            self.count(name, count);
        }
        self.under("living", |values| values.level(living));
        self.under("lifetime", |values| values.tally(lifetime));
        self.under("waits", |values| {
            for (what, waited) in waits {
                values.under(what, |values| values.tally(waited));
            }
        });
    }

    fn line(&mut self, line: &LineBooks) {
        self.under("line", |values| values.level(&line.length));
        self.under("waited", |values| values.tally(&line.waited));
        self.count("served", line.waited.count());
        self.count("at_once", line.at_once);
        self.count("left", line.left.count());
        self.count("refused", line.refused);
    }
}
