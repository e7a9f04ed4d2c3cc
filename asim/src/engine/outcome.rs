//! What a process may return.

use std::{convert::Infallible, error::Error};

/// What a process may return: `()`, a `Result`, or `!` if it never ends.
///
/// An `Err` goes to the joiner of the process. If nobody joins the process, the error ends the run as
/// `SimError::ProcessFailed`. The error may be anything that turns into a `Box<dyn Error + Send +
/// Sync>`: an error type, a `String`, a `&str`.
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
    /// What the joiner receives from a process that ended well.
    type Value: 'static;
    /// What the joiner receives from a process that failed.
    type Error: 'static;

    /// Returns the outcome as a result.
    ///
    /// # Errors
    ///
    /// The error in which the process ended.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    /// Turns the error into what the run reports if nobody joins the process.
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

/// Gives `!` a name on stable Rust: `!` is the output of `fn() -> !`.
pub trait Returns {
    /// What the function returns.
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

/// The type `!`, which has no value: the return type of a process that is an endless loop.
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
