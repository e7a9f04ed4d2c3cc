//! The fingerprint: a hash over what happened.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use crate::answers::collecting;
use crate::engine::kernel::Kernel;
use crate::environment::Environment;
use crate::trace::digest::{Digest, Digesting};
use crate::trace::filter::Filter;

/// A hash over all that happens in a run: a regression test of a model in one line. As text it has 16
/// hexadecimal digits.
///
/// It covers the starts, waits and ends of all processes, with their times, numbers and names; what they wait
/// for; what happens at each thing that has a name; and the lines that the model [logs](Environment::log).
/// It does not cover at which line of the source something is done. It is the same on every platform and in
/// every build.
///
/// ```
/// use asim::prelude::*;
/// use asim::Fingerprint;
///
/// #[process]
/// async fn customer(env: Environment, clerks: Resource, service: f64) {
///     let _clerk = clerks.acquire().await;
///     env.timeout(service).await;
/// }
///
/// fn bank(service: f64) {
///     let sim = Simulation::new();
///     let clerks = Resource::new(&sim, 1).named("clerks");
///     for _ in 0..3 {
///         sim.process(Customer::new(clerks.clone(), service));
///     }
///     sim.run().unwrap();
/// }
///
/// let fingerprint = Fingerprint::of(|| bank(4.0));
/// assert_eq!(fingerprint, Fingerprint::of(|| bank(4.0)));
/// assert_ne!(fingerprint, Fingerprint::of(|| bank(4.5)));
/// ```
#[derive(Clone)]
pub struct Fingerprint(Source);

#[derive(Clone)]
enum Source {
    /// That of one simulation, as long as it runs.
    One(Rc<RefCell<Digest>>, Weak<Kernel>),
    /// Those of all simulations that were made, in their order.
    All(Vec<Fingerprint>),
}

impl Environment {
    /// Begins a fingerprint of all that happens from now on. It can be read at any time.
    ///
    /// Begin it before the model is built, so that it covers all.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let fingerprint = sim.fingerprint();
    /// let begun = fingerprint.value();
    /// sim.schedule(3.0, |_| ());
    /// sim.run()?;
    /// assert_ne!(fingerprint.value(), begun);
    /// assert_eq!(fingerprint.to_string().len(), 16);
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "nobody can see a fingerprint that is dropped"]
    pub fn fingerprint(&self) -> Fingerprint {
        let digest = Rc::new(RefCell::new(Digest::default()));
        let sink = Box::new(Digesting(Rc::clone(&digest)));
        self.kernel().start_log(sink, Filter::default());
        Fingerprint(Source::One(digest, Rc::downgrade(self.kernel())))
    }
}

thread_local! {
    /// The fingerprints of the simulations made so far inside of [`Fingerprint::of`].
    static COLLECTED: Cell<Option<Vec<Fingerprint>>> = const { Cell::new(None) };
}

/// Begins the fingerprint of a new simulation, if somebody has asked for that.
pub(crate) fn collect(env: &Environment) {
    collecting::collect(&COLLECTED, || env.fingerprint());
}

impl Fingerprint {
    /// Runs a model, and returns the fingerprint of all simulations that it makes on this thread.
    ///
    /// So a test of a model is one line: `assert_eq!(Fingerprint::of(bank).to_string(), "..")`. If the model
    /// makes one simulation, its fingerprint is that of the simulation. An experiment makes its replications on other
    /// threads. Take the fingerprint of one that is made here: `bank(&Replication::new(42, 1), &parameters)`.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use asim::Fingerprint;
    ///
    /// fn model() {
    ///     let sim = Simulation::new();
    ///     sim.schedule(3.0, |_| ()).process_ref();
    ///     sim.run().unwrap();
    /// }
    ///
    /// assert_eq!(Fingerprint::of(model), Fingerprint::of(model));
    /// ```
    #[must_use]
    pub fn of<R>(model: impl FnOnce() -> R) -> Fingerprint {
        Fingerprint(Source::All(collecting::collected(&COLLECTED, model)))
    }

    /// Returns the hash of what has happened so far.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let fingerprint = sim.fingerprint();
    /// assert_eq!(fingerprint.value(), 0); // nothing has happened
    /// ```
    #[must_use]
    pub fn value(&self) -> u64 {
        match &self.0 {
            Source::One(digest, kernel) => {
                if let Some(kernel) = kernel.upgrade() {
                    kernel.bring_log_up_to_date();
                }
                digest.borrow().value()
            }
            Source::All(all) => match &all[..] {
                [only] => only.value(),
                all => {
                    let mut digest = Digest::default();
                    for one in all {
                        digest.word(one.value());
                    }
                    digest.value()
                }
            },
        }
    }
}

/// Two are equal if their values are, at this time.
impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.value())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
