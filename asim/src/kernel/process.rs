//! What can be started as a process, and what a process may return.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::mem::needs_drop;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::environment::Environment;

/// What can be started as a process: a description of it, with the values that it works on.
///
/// [`#[process]`](macro@crate::process) writes this for an `async fn`; by hand it is worth writing
/// for a process with a set-up of its own.
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
    /// What the process returns: see [`Outcome`].
    type Output: Outcome;

    /// The name by which errors, [`blocked`](crate::Simulation::blocked) and
    /// [`ProcessRef::name`](crate::ProcessRef::name) call it: that of the type, unless it was
    /// [`named`](Self::named).
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(short_type_name::<Self>())
    }

    /// The set-up hook: called once when the process is started, before it first runs. With
    /// `#[process]` it is `#[process(init = path)]`.
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

    /// The life of the process.
    fn run(self, env: Environment) -> impl Future<Output = Self::Output> + 'static;

    /// The same process under a name of its own.
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

/// The name of a type without the path to it; for an async block or an `async fn`'s future that of
/// the function.
pub(crate) fn short_type_name<T>() -> &'static str {
    let mut name = std::any::type_name::<T>();
    while let Some(function) = name.strip_suffix("::{{closure}}") {
        name = function;
    }
    let end = name.find('<').unwrap_or(name.len());
    let start = name[..end].rfind("::").map_or(0, |colons| colons + 2);
    &name[start..end]
}

/// A process under a name of its own: made by [`Process::named`].
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

/// What a process may return: `()`, a `Result`, or `!` if it never ends.
///
/// An `Err` goes to whoever joins the process; if nobody does, it ends the run as
/// [`SimError::ProcessFailed`](crate::SimError::ProcessFailed). The error may be anything that
/// `Box<dyn Error + Send + Sync>` can be made of: an error type, a `String`, a `&str`.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn count(env: Environment, to: u32) -> Result<u32, String> {
///     if to > 9 {
///         return Err(format!("{to} is too many"));
///     }
///     env.timeout(f64::from(to)).await;
///     Ok(to)
/// }
///
/// let sim = Simulation::new();
/// let counted = sim.process(Count::new(7));
/// assert_eq!(sim.run_until_event(counted)?, Ok(7));
/// # Ok::<(), SimError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a process cannot return `{Self}`",
    label = "a process returns `()`, `Result<T, E>` or `!`",
    note = "return `Result<T, E>` to hand a value to whoever joins the process",
    note = "the error `E` must turn into a `Box<dyn Error + Send + Sync>`: an error type, `String`, `&'static str`"
)]
pub trait Outcome: 'static {
    /// What the joiner of a process that ended well receives.
    type Value: 'static;
    /// What the joiner of a process that failed receives.
    type Error: 'static;

    /// The outcome as a result.
    ///
    /// # Errors
    ///
    /// The error that the process ended in.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    /// The error as the run reports it if nobody joins the process.
    fn into_error(error: Self::Error) -> Box<dyn Error + Send + Sync>;
}

impl Outcome for () {
    type Value = ();
    type Error = Infallible;

    fn into_result(self) -> Result<(), Infallible> {
        Ok(())
    }

    fn into_error(error: Infallible) -> Box<dyn Error + Send + Sync> {
        match error {}
    }
}

impl<T: 'static, E: Into<Box<dyn Error + Send + Sync>> + 'static> Outcome for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Result<T, E> {
        self
    }

    fn into_error(error: E) -> Box<dyn Error + Send + Sync> {
        error.into()
    }
}

/// Gives `!` a name on stable Rust: it is the output of `fn() -> !`.
pub trait Returns {
    /// What the function returns.
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

/// The type `!` of what never returns, for a process that is an endless loop.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn server(env: Environment) -> ! {
///     loop {
///         env.timeout(1.0).await;
///     }
/// }
///
/// let sim = Simulation::new();
/// let handle: ProcessHandle<asim::Never> = sim.process(Server::new());
/// sim.run_until(10.0)?;
/// assert!(!handle.done());
/// # Ok::<(), SimError>(())
/// ```
pub type Never = <fn() -> ! as Returns>::Output;

impl Outcome for Never {
    type Value = Never;
    type Error = Infallible;

    fn into_result(self) -> Result<Never, Infallible> {
        self
    }

    fn into_error(error: Infallible) -> Box<dyn Error + Send + Sync> {
        match error {}
    }
}

/// A started process, its type forgotten.
pub(crate) trait Body {
    /// Ready when the process has ended by itself: did it end well?
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool>;

    /// The type of the future and its outcome; `None` while there is still something in it that is to
    /// be dropped.
    fn kind(&self) -> Option<TypeId>;

    /// Moves a future out of `future`, an `Option<F>`, into the emptied body of another.
    fn refill(self: Pin<&mut Self>, future: &mut dyn Any);

    /// Moves the result into `into`, an `Option<Result<Value, Error>>`.
    fn take_result(self: Pin<&mut Self>, into: &mut dyn Any);

    /// Takes the error of a process that failed.
    fn take_error(self: Pin<&mut Self>) -> Option<Box<dyn Error + Send + Sync>>;
}

pin_project! {
    /// The one allocation of a process: its future and, after that has gone, its result.
    #[project = Stage]
    pub(crate) enum Running<F, O: Outcome> {
        Alive {
            #[pin]
            future: F,
        },
        Over {
            result: Option<Result<O::Value, O::Error>>,
        },
    }
}

impl<F: Future<Output = O>, O: Outcome> Running<F, O> {
    #[inline]
    pub(crate) fn new(future: F) -> Self {
        Running::Alive { future }
    }
}

impl<F: Future<Output = O> + 'static, O: Outcome> Body for Running<F, O> {
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let Stage::Alive { future } = self.as_mut().project() else { return Poll::Ready(true) };
        match future.poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(outcome) => {
                let result = outcome.into_result();
                let ended_well = result.is_ok();
                self.set(Running::Over { result: Some(result) });
                Poll::Ready(ended_well)
            }
        }
    }

    fn kind(&self) -> Option<TypeId> {
        let has_result = matches!(self, Running::Over { result: Some(_) });
        let is_empty = !has_result || !needs_drop::<Result<O::Value, O::Error>>();
        is_empty.then(TypeId::of::<Self>)
    }

    fn refill(mut self: Pin<&mut Self>, future: &mut dyn Any) {
        let future = future.downcast_mut::<Option<F>>().and_then(Option::take);
        if let Some(future) = future {
            self.set(Running::Alive { future });
        }
    }

    fn take_result(self: Pin<&mut Self>, into: &mut dyn Any) {
        if let Some(into) = into.downcast_mut::<Option<Result<O::Value, O::Error>>>()
            && let Stage::Over { result } = self.project()
        {
            *into = result.take();
        }
    }

    fn take_error(self: Pin<&mut Self>) -> Option<Box<dyn Error + Send + Sync>> {
        let Stage::Over { result } = self.project() else { return None };
        // A value stays where it is, and is dropped with the body.
        result.take_if(|result| result.is_err())?.err().map(O::into_error)
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use std::future::pending;

    use super::{Outcome, Running};

    /// What a body takes beyond its future.
    fn overhead<F: Future<Output: Outcome>>(future: F) -> usize {
        size_of_val(&Running::new(future)) - size_of::<F>()
    }

    #[test]
    fn the_body_of_a_process_adds_a_word_to_its_future() {
        // Whether the future is still there; what it returns takes its place.
        let held = 7_u64;
        assert_eq!(
            overhead(async move {
                pending::<()>().await;
                assert_eq!(held, 7);
            }),
            8
        );
        let fails = async move {
            pending::<()>().await;
            if held == 7 { Ok(held) } else { Err("seven") }
        };
        assert_eq!(overhead(fails), 8, "a result that is no larger than the future adds nothing");
    }
}
