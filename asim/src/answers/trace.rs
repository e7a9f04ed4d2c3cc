//! The trace: the log in memory.

use std::cell::Cell;
use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex};

use crate::answers::collecting;
use crate::engine::kernel::Kernel;
use crate::trace::happening::Happening;
use crate::trace::kept::{Kept, lock};
use crate::trace::record::Kind;
use crate::trace::view::heading;

/// The log of a run in memory, which grows with the run. Clone it freely. It can be read at any time, also by
/// a process and after the simulation is dropped. When the last clone is dropped, nothing more is kept.
///
/// As text it is what `trace_to("run.log")` writes.
///
/// ```
/// use asim::Kind;
/// use asim::prelude::*;
///
/// #[process]
/// async fn customer(env: Environment, clerks: Resource) {
///     let _clerk = clerks.acquire().await;
///     env.timeout(4.0).await;
/// }
///
/// let sim = Simulation::new();
/// let trace = sim.trace();
/// let clerks = Resource::new(&sim, 1).named("clerks");
/// sim.process(Customer::new(clerks.clone()));
/// sim.process(Customer::new(clerks));
/// sim.run()?;
///
/// let granted = trace.of_kind(Kind::Granted).map(|happening| happening.time);
/// assert_eq!(granted.collect::<Vec<_>>(), [0.0, 4.0]);
/// println!("{trace}");
/// # Ok::<(), SimError>(())
/// ```
#[derive(Clone)]
pub struct Trace {
    pub(crate) kept: Arc<Mutex<Kept>>,
    pub(crate) kernel: Weak<Kernel>,
}

thread_local! {
    /// The traces of the simulations made so far inside of [`Trace::of`].
    static COLLECTED: Cell<Option<Vec<Trace>>> = const { Cell::new(None) };
}

/// Begins the trace of a new simulation, if somebody has asked for that.
pub(crate) fn collect(new: impl FnOnce() -> Trace) {
    collecting::collect(&COLLECTED, new);
}

impl Trace {
    pub(crate) fn new(kept: Arc<Mutex<Kept>>, kernel: &Rc<Kernel>) -> Self {
        Trace { kept, kernel: Rc::downgrade(kernel) }
    }

    /// Runs a model, and returns the traces of all simulations that it makes on this thread, in their order.
    ///
    /// So a model need not be changed to be looked at. An experiment makes its replications on other threads. Take the
    /// trace of one that is made here: `bank(&Replication::new(42, 1), &parameters)`.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use asim::Trace;
    ///
    /// fn model() {
    ///     let sim = Simulation::new();
    ///     sim.schedule(3.0, |env| env.log("half past"));
    ///     sim.run().unwrap();
    /// }
    ///
    /// let traces = Trace::of(model);
    /// assert_eq!(traces.len(), 1);
    /// assert_eq!(traces[0].iter().last().unwrap().time, 3.0);
    /// ```
    #[must_use]
    pub fn of<R>(model: impl FnOnce() -> R) -> Vec<Trace> {
        collecting::collected(&COLLECTED, model)
    }

    /// Sees to it that all is there that has happened.
    pub(crate) fn look(&self) {
        if let Some(kernel) = self.kernel.upgrade() {
            kernel.bring_log_up_to_date();
        }
    }

    /// Returns the number of happenings that are kept.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// sim.schedule(3.0, |env| env.log("half past"));
    /// sim.run()?;
    /// assert_eq!(trace.len(), 4); // it starts, goes on, logs, ends
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.look();
        lock(&self.kept).len()
    }

    /// Returns `true` if no happening is kept.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert!(sim.trace().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the happenings in their order. What happens meanwhile follows.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// sim.schedule(3.0, |env| env.log("half past"));
    /// sim.run()?;
    /// let times: Vec<f64> = trace.iter().map(|happening| happening.time).collect();
    /// assert_eq!(times, [0.0, 3.0, 3.0, 3.0]);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn iter(&self) -> Happenings {
        Happenings { trace: self.clone(), next: 0 }
    }

    /// Returns the happenings at the thing with this name.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// let clerks = Resource::new(&sim, 1).named("clerks");
    /// let slot = clerks.try_acquire();
    /// assert_eq!(trace.of_thing("clerks").last().unwrap().level, Some(1.0));
    /// # drop(slot);
    /// ```
    pub fn of_thing(&self, name: &str) -> impl Iterator<Item = Happening> + use<> {
        let name = name.to_owned();
        self.iter().filter(move |happening| happening.thing.as_deref() == Some(&*name))
    }

    /// Returns the happenings of the processes with this name.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn clock(env: Environment) {
    ///     env.timeout(1.0).await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// sim.process(Clock::new());
    /// sim.run()?;
    /// assert_eq!(trace.of_process("Clock").count(), 5); // starts, goes on, waits, goes on, ends
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn of_process(&self, name: &str) -> impl Iterator<Item = Happening> + use<> {
        let name = name.to_owned();
        self.iter().filter(move |it| it.process.as_ref().is_some_and(|who| *who.name == *name))
    }

    /// Returns the happenings of this kind.
    ///
    /// ```
    /// use asim::Kind;
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// sim.spawn(async { panic!("oh") }).cancel();
    /// assert_eq!(trace.of_kind(Kind::Cancelled).count(), 1);
    /// ```
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Happening> + use<> {
        self.iter().filter(move |happening| happening.kind == kind)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", heading())?;
        self.iter().try_for_each(|happening| writeln!(f, "{happening}"))
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl IntoIterator for &Trace {
    type Item = Happening;
    type IntoIter = Happenings;

    fn into_iter(self) -> Happenings {
        self.iter()
    }
}

/// The happenings of a [`Trace`], in their order.
#[derive(Debug, Clone)]
pub struct Happenings {
    trace: Trace,
    /// The number of the next one, counted from the first that was ever kept.
    next: u64,
}

impl Iterator for Happenings {
    type Item = Happening;

    fn next(&mut self) -> Option<Happening> {
        let get = |next: u64| {
            let kept = lock(&self.trace.kept);
            let next = next.max(kept.dropped);
            Some((next + 1, kept.happening(next)?))
        };
        let (next, happening) = get(self.next).or_else(|| {
            self.trace.look();
            get(self.next)
        })?;
        self.next = next;
        Some(happening)
    }
}
