//! The trait of everything that can be awaited, raced and joined.

use std::future::Future;

use crate::wait::{awaited::Awaited, boxed::BoxedWaitable, mapped::Mapped, plain::Plain};

/// Anything that can be awaited, raced and joined: a timeout, an event, a request made to a queue or a
/// resource, a process's handle, a race or join of these, and every future (an async block, the call of
/// an `async fn`).
///
/// The library's own waitables are *natives*. A native makes its request when the function is called. The
/// state of the request is with the thing that it asks, so it can be granted or cancelled, or can lose a
/// race, while its process sleeps. A native is awaited by `.await`.
/// [`into_future`](std::future::IntoFuture::into_future) turns it into a plain `Future` where one is
/// needed.
///
/// Every future is a waitable, so implement `Future` for waits of your own.
///
/// ```
/// use asim::prelude::*;
/// use std::future::IntoFuture;
///
/// #[process]
/// async fn patient(env: Environment) {
///     // A native and a plain future in one race.
///     let doctor = async { env.timeout(2.0).await; "treated" };
///     let outcome = asim!(match FirstOf(seen = doctor, left = env.timeout(5.0)).await {
///         FirstOf::Seen(how) => how,
///         FirstOf::Left(()) => "gone",
///     });
///     assert_eq!(outcome, "treated");
///
///     // A native as a plain future.
///     let nap = env.timeout(1.0).into_future();
///     nap.await;
/// }
///
/// let sim = Simulation::new();
/// sim.process(Patient::new());
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be awaited",
    label = "not a timeout, an event, a request, a process's handle or a future",
    note = "a branch of `FirstOf` or `AllOf` is what could stand before `.await`",
    note = "`&mut` is for a request, a `Timeout`, a `ProcessHandle`, a `Work` and futures"
)]
pub trait Waitable {
    /// The output of awaiting it.
    type Output;
    /// The request that it becomes: the form in which it is kept and awaited.
    type Request: Awaited<Output = Self::Output>;

    /// Makes the request, unless the call has already made it.
    fn into_request(self) -> Self::Request;

    /// Returns the same request with its output turned into another value by `map`. It keeps its place
    /// in line.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let queue = Queue::unbounded(&sim);
    /// queue.try_put(20).unwrap();
    /// let doubled = queue.get().mapped(|number| 2 * number);
    /// assert_eq!(sim.run_until_event(doubled)?, 40);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    fn mapped<V, F>(self, map: F) -> Mapped<Self::Request, F>
    where
        Self: Sized,
        F: FnOnce(Self::Output) -> V,
    {
        Mapped::new(self.into_request(), map)
    }

    /// Returns the same request in a box, so that requests of different kinds have one type. It keeps
    /// its place in line, and behaves as it does without the box. (`Box<dyn Waitable>` is not possible.)
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let done = sim.event::<()>();
    /// let mut all = vec![sim.timeout(3.0).into_boxed(), (&done).into_boxed()];
    /// all.push(async { sim.timeout(4.0).await }.into_boxed());
    /// done.succeed(());
    /// sim.run_until_event(all_of(all))?;
    /// assert_eq!(sim.now(), 4.0);
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    fn into_boxed<'a>(self) -> BoxedWaitable<'a, Self::Output>
    where
        Self: Sized,
        Self::Request: 'a,
    {
        BoxedWaitable::new(self.into_request())
    }
}

impl<F: Future> Waitable for F {
    type Output = F::Output;
    type Request = Plain<F, F::Output>;

    fn into_request(self) -> Self::Request {
        Plain::new(self)
    }
}

impl<R: Awaited, F: FnOnce(R::Output) -> V, V> Waitable for Mapped<R, F> {
    type Output = V;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<T> Waitable for BoxedWaitable<'_, T> {
    type Output = T;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}
