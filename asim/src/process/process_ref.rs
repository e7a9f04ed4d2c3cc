//! A reference to a process, which names, interrupts and cancels it.

use std::hash::{Hash, Hasher};
use std::{any::Any, borrow::Cow, fmt, rc::Rc};

use crate::engine::{interrupt::Interrupt, kernel::Kernel, slab::Key};
use crate::environment::Environment;

/// A reference to a process: it names, interrupts or cancels the process. Clone it freely.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// let sleeper = sim.spawn(async move {
///     let woken = env.interruptible(env.timeout(100.0)).await;
///     assert!(woken.is_err());
/// });
/// let (env, sleeper) = (sim.env(), sleeper.process_ref());
/// sim.spawn(async move {
///     env.timeout(3.0).await;
///     sleeper.interrupt("wake up");
/// });
/// sim.run()?;
/// assert_eq!(sim.now(), 3.0);
/// # Ok::<(), SimError>(())
/// ```
///
/// Two are equal if they name the same process, so one can be a key of a map. (Do not let the model depend
/// on the order in which a `HashMap` is iterated: it differs from run to run.)
///
/// ```
/// use asim::prelude::*;
/// use std::collections::HashMap;
///
/// let sim = Simulation::new();
/// let clerks = ["Ada", "Berta"].map(|_| sim.spawn(async {}).process_ref());
/// let served = HashMap::from([(clerks[0].clone(), 3), (clerks[1].clone(), 5)]);
/// assert_eq!(served[&clerks[1]], 5);
/// assert!(clerks[0] != clerks[1]);
/// ```
#[derive(Clone)]
pub struct ProcessRef {
    pub(crate) kernel: Rc<Kernel>,
    pub(crate) key: Key,
    name: Cow<'static, str>,
}

impl Environment {
    /// Returns the process that is running; `None` outside of all processes.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert!(sim.active_process().is_none());
    /// let env = sim.env();
    /// sim.spawn(async move { assert!(env.active_process().is_some()) });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn active_process(&self) -> Option<ProcessRef> {
        let key = self.kernel().active.get();
        let name = self.kernel().tables.borrow().processes.shared_name(key)?;
        Some(ProcessRef::new(Rc::clone(self.kernel()), key, name))
    }
}

impl ProcessRef {
    pub(crate) fn new(kernel: Rc<Kernel>, key: Key, name: Cow<'static, str>) -> Self {
        ProcessRef { kernel, key, name }
    }

    pub(crate) fn belongs_to(&self, kernel: &Kernel) -> bool {
        std::ptr::eq(&raw const *self.kernel, kernel)
    }

    /// Returns the name of the process: see `Process::name`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment) {
    ///     assert_eq!(env.active_process().unwrap().name(), "Customer");
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.process(Customer::new());
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Interrupts the process. At its next resumption, its innermost `interruptible` gives an
    /// [`Interrupt`] with this cause, and the request inside is cancelled. If nothing is interruptible,
    /// the process ends. If nobody joins it then, the run ends with `SimError::Interrupted`.
    ///
    /// A process that has not started yet runs to its first pause before it is interrupted. A process
    /// that is `uninterruptible` is interrupted at its first pause after that part. Several interrupts
    /// are delivered one by one. Interrupting a process that is over does nothing.
    ///
    /// # Panics
    ///
    /// If a process interrupts itself.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let worker = sim.spawn(async move {
    ///     match env.interruptible(env.timeout(8.0)).await {
    ///         Ok(()) => unreachable!(),
    ///         Err(interrupt) => assert_eq!(interrupt.cause::<&str>(), Some(&"fire drill")),
    ///     }
    /// });
    /// worker.interrupt("fire drill");
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn interrupt<C: Any>(&self, cause: C) {
        assert!(
            self.key == Key::NONE || self.kernel.active.get() != self.key,
            "the process `{}` cannot interrupt itself",
            self.name
        );
        let interrupt = Interrupt::new(cause, self.kernel.next_interrupt());
        self.kernel.interrupt(self.key, interrupt);
    }

    /// Ends the process where it stands: the process is dropped, and all that it held or asked for is
    /// given back. A process that cancels itself ends when it next pauses. A joiner receives
    /// `Stopped::Cancelled`; if nobody joins, it is not a failure. Cancelling a process that is over does
    /// nothing.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let sleeper = sim.spawn(async move { env.timeout(100.0).await });
    /// sleeper.cancel();
    /// sim.run()?;
    /// assert_eq!(sim.now(), 0.0);
    /// assert!(sleeper.done());
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn cancel(&self) {
        self.kernel.cancel(self.key);
    }

    /// Returns `true` if the process is over.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// let job = sim.spawn(async move { env.timeout(2.0).await });
    /// sim.run_until(1.0)?;
    /// assert!(!job.done());
    /// sim.run()?;
    /// assert!(job.done());
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn done(&self) -> bool {
        self.kernel.tables.borrow().processes.is_done(self.key)
    }
}

impl From<&ProcessRef> for ProcessRef {
    fn from(process: &ProcessRef) -> Self {
        process.clone()
    }
}

impl PartialEq for ProcessRef {
    /// Returns `true` if both refer to the same process.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.kernel, &other.kernel) && self.key == other.key
    }
}

impl Eq for ProcessRef {}

impl Hash for ProcessRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.0.hash(state);
    }
}

impl fmt::Debug for ProcessRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessRef").field(&self.name).finish()
    }
}
