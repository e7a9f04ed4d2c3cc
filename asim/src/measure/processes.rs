//! What is counted of processes, by their types.

use std::collections::{BTreeMap, HashMap};

use crate::measure::{level::Level, tally::Tally};
use crate::trace::filter::without_number;

/// What was measured of the processes of one type: see `Report::processes`. Times are in the model's unit.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ProcessMeasures {
    /// How many were started.
    pub started: u64,
    /// How many have ended well.
    pub ended: u64,
    /// How many have returned an error, have panicked, or were ended by an interrupt.
    pub failed: u64,
    /// How many were cancelled.
    pub cancelled: u64,
    /// How many there were over time.
    pub living: Level,
    /// How long those lived that are gone, whatever ended them: their time in the system.
    pub lifetime: Tally,
    /// How long each wait took that is over, by what was waited for: the name of a thing, or of the request if
    /// the thing has none. A race is counted for the thing that has won it, and otherwise as `FirstOf`. Who is
    /// served at once does not wait, and is not in it.
    pub waits: BTreeMap<String, Tally>,
}

impl ProcessMeasures {
    fn new(now: f64) -> Self {
        ProcessMeasures {
            started: 0,
            ended: 0,
            failed: 0,
            cancelled: 0,
            living: Level::new(now, 0.0),
            lifetime: Tally::new(),
            waits: BTreeMap::new(),
        }
    }

    fn reset(&mut self, now: f64) {
        self.living.reset(now);
        *self = ProcessMeasures { living: self.living.clone(), ..ProcessMeasures::new(now) };
    }

    /// Returns this as it is at a time.
    pub(crate) fn at(&self, now: f64) -> Self {
        ProcessMeasures { living: self.living.at(now), ..self.clone() }
    }

    /// Adds what was measured in another run.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn guest(env: Environment, stays: f64) {
    ///     env.timeout(stays).await;
    /// }
    ///
    /// let run = |stays: f64| {
    ///     let sim = Simulation::new();
    ///     sim.measure_processes();
    ///     sim.process(Guest::new(stays));
    ///     sim.run()?;
    ///     Ok::<_, SimError>(sim.report().processes("Guest").unwrap().clone())
    /// };
    /// let mut both = run(2.0)?;
    /// both.merge(&run(4.0)?);
    /// assert_eq!((both.ended, both.lifetime.mean()), (2, 3.0));
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn merge(&mut self, other: &Self) {
        self.started += other.started;
        self.ended += other.ended;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.living.merge(&other.living);
        self.lifetime.merge(&other.lifetime);
        for (what, waited) in &other.waits {
            self.waits.entry(what.clone()).or_default().merge(waited);
        }
    }
}

/// All processes: those that live, and what is counted of their types.
#[derive(Debug, Default)]
pub(crate) struct ProcessTypes {
    pub(crate) types: BTreeMap<String, ProcessMeasures>,
    living: HashMap<u32, Living>,
}

/// A process that lives.
#[derive(Debug)]
struct Living {
    type_name: String,
    since: f64,
    /// The thing in whose line its last request stands.
    thing: Option<String>,
    waits: Option<Waits>,
}

/// What a process waits for.
#[derive(Debug)]
struct Waits {
    since: f64,
    /// The thing in whose line it stands, or else the call that has made the request.
    asked: String,
    /// The thing that has granted it. (A process that races several learns only then for which of them it has
    /// waited.)
    granted: Option<String>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Well,
    Failed,
    Cancelled,
}

impl ProcessTypes {
    /// Notes a process that was started, or was there already (`is_new` is false then).
    pub(crate) fn begins(&mut self, now: f64, number: u32, name: &str, is_new: bool) {
        let type_name = without_number(name).to_owned();
        if !self.types.contains_key(&type_name) {
            self.types.insert(type_name.clone(), ProcessMeasures::new(now));
        }
        let Some(measures) = self.types.get_mut(&type_name) else { return };
        measures.started += u64::from(is_new);
        measures.living.raise(now);
        let living = Living { type_name, since: now, thing: None, waits: None };
        self.living.insert(number, living);
    }

    /// Notes that a request of the process stands in the line of a thing, or does no more.
    pub(crate) fn stands(&mut self, number: u32, thing: Option<&str>) {
        if let Some(living) = self.living.get_mut(&number) {
            living.thing = thing.map(str::to_owned);
        }
    }

    /// Notes that a thing has granted a request of the process.
    pub(crate) fn is_granted(&mut self, number: u32, thing: Option<&str>) {
        if let Some(waits) = self.living.get_mut(&number).and_then(|living| living.waits.as_mut())
            && waits.granted.is_none()
        {
            waits.granted = thing.map(str::to_owned);
        }
    }

    /// Notes that the process waits.
    pub(crate) fn pauses(&mut self, now: f64, number: u32, request: &str) {
        if let Some(living) = self.living.get_mut(&number) {
            // Of a race it is not known for which of its requests the process waits.
            let is_one = !matches!(request, "FirstOf" | "AllOf" | "TryAllOf");
            let thing = living.thing.clone().filter(|_| is_one);
            let asked = thing.unwrap_or_else(|| request.to_owned());
            living.waits = Some(Waits { since: now, asked, granted: None });
        }
    }

    /// Notes that the process goes on.
    pub(crate) fn resumes(&mut self, now: f64, number: u32) {
        let Some(living) = self.living.get_mut(&number) else { return };
        let Some(Waits { since, asked, granted }) = living.waits.take() else { return };
        if let Some(measures) = self.types.get_mut(&living.type_name) {
            measures.waits.entry(granted.unwrap_or(asked)).or_default().add(now - since);
        }
    }

    /// Notes that the process has ended.
    pub(crate) fn ends(&mut self, now: f64, number: u32, end: End) {
        self.resumes(now, number);
        let Some(living) = self.living.remove(&number) else { return };
        let Some(measures) = self.types.get_mut(&living.type_name) else { return };
        measures.living.lower(now);
        measures.lifetime.add(now - living.since);
        match end {
            End::Well => measures.ended += 1,
            End::Failed => measures.failed += 1,
            End::Cancelled => measures.cancelled += 1,
        }
    }

    /// Starts again at this time. Who lives or waits has done so since it began.
    pub(crate) fn reset(&mut self, now: f64) {
        self.types.values_mut().for_each(|measures| measures.reset(now));
    }
}
