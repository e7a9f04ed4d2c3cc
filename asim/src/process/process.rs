//! The trait of everything that can be started as a process.

use std::{borrow::Cow, future::Future};

use crate::engine::outcome::Outcome;
use crate::environment::Environment;
use crate::process::names::short_type_name;

/// A description of a process that can be started, with the values that it works on.
///
/// [`#[process]`](macro@crate::process) implements this for an `async fn`. Implement it by hand for a
/// process with a set-up of its own.
///
/// ```
/// use asim::prelude::*;
///
/// struct Clock {
///     period: f64,
/// }
///
/// impl Process for Clock {
///     type Output = ();
///
///     async fn run(self, env: Environment) {
///         for _ in 0..3 {
///             env.timeout(self.period).await;
///         }
///     }
/// }
///
/// let sim = Simulation::new();
/// sim.process(Clock { period: 0.5 });
/// sim.run()?;
/// assert_eq!(sim.now(), 1.5);
/// # Ok::<(), SimError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process",
    label = "not the struct of a `#[process]` function",
    note = "write `Customer::new(..)` for `#[process] async fn customer(..)`; `env.spawn(..)` starts a plain future"
)]
pub trait Process: Sized + 'static {
    /// The type that the process returns: see [`Outcome`].
    type Output: Outcome;

    /// Returns the name of the process in errors, in `blocked` and in `ProcessRef::name`: the name of the
    /// type, unless it was [`named`](Self::named).
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(short_type_name::<Self>())
    }

    /// Sets the process up. It is called once, when the process is started and before it first runs.
    /// `#[process(init = path)]` calls `path` here.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process(init = open)]
    /// async fn shop(env: Environment, opened: Option<f64>) {
    ///     assert_eq!(opened, Some(9.0));
    ///     env.timeout(8.0).await;
    /// }
    ///
    /// fn open(shop: &mut Shop, env: &Environment) {
    ///     shop.opened = Some(env.now());
    /// }
    ///
    /// let sim = Simulation::starting_at(9.0);
    /// sim.process(Shop::new(None));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    fn init(&mut self, env: &Environment) {
        let _ = env;
    }

    /// Runs the process.
    fn run(self, env: Environment) -> impl Future<Output = Self::Output> + 'static;

    /// Returns the same process under a name of its own.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment) {
    ///     env.timeout(1.0).await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let third = sim.process(Customer::new().named("customer 3"));
    /// assert_eq!(third.name(), "customer 3");
    /// ```
    fn named(self, name: impl Into<Cow<'static, str>>) -> Named<Self> {
        Named { process: self, name: name.into() }
    }
}

/// A process under a name of its own. [`Process::named`] returns it.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn ship(env: Environment) {
///     env.timeout(1.0).await;
/// }
///
/// let sim = Simulation::new();
/// for name in ["Ada", "Berta"] {
///     sim.process(Ship::new().named(name));
/// }
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Named<P> {
    process: P,
    name: Cow<'static, str>,
}

impl<P: Process> Process for Named<P> {
    type Output = P::Output;

    fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    fn init(&mut self, env: &Environment) {
        self.process.init(env);
    }

    fn run(self, env: Environment) -> impl Future<Output = Self::Output> + 'static {
        self.process.run(env)
    }
}
