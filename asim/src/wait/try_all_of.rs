//! Joins that fail at the first failure.
//!
//! Unlike a [`Composition`](crate::wait::composition::Composition), such a join is a plain future. It
//! is decided by the output of a branch and not by its trigger, and the output is known only when it is
//! taken. So the join polls its branches, and each branch notifies the process by itself.

use std::task::{Context, Poll};
use std::{fmt, future::Future, marker::PhantomData, panic::Location, pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{kernel::Kernel, misuse::polled_after_end};
use crate::wait::branches::{End, one_kernel};
use crate::wait::{awaited::Awaited, waitable::Waitable};

/// Joins all waitables of a collection that can fail. Awaiting the result gives `Ok` with their values,
/// in their order, when the last has succeeded, or the first failure as soon as there is one.
///
/// At a failure all others are cancelled at once: their requests leave their lines, and what they were
/// granted goes back. A joined process runs on, as if its handle had been dropped: if it fails too, the
/// run stops.
///
/// The requests are made at the call. The outputs are looked at when the process that awaits them
/// resumes. It then polls each pending branch, in the order written, so the first written of several
/// failures in one instant is returned. (Each resumption polls all pending branches; `all_of` resumes
/// only once.) An empty collection gives an empty `Ok`.
///
/// For a few waitables of different kinds, `asim!(TryAllOf(..))` gives each value a name.
///
/// # Panics
///
/// If the waitables belong to different simulations.
///
/// # Examples
///
/// A handle gives `Result<T, Stopped<E>>`. Whether the process failed, was interrupted or was cancelled,
/// `?` passes the error on.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn weld(env: Environment, part: u32, hours: f64) -> Result<u32, String> {
///     env.timeout(hours).await;
///     if part == 3 { Err(format!("part {part} is cracked")) } else { Ok(part) }
/// }
///
/// async fn build(env: &Environment, parts: Vec<u32>) -> Result<u32, Stopped<String>> {
///     let welds = parts.iter().map(|&part| env.process(Weld::new(part, f64::from(part))));
///     let welded = try_all_of(welds).await?;
///     Ok(welded.iter().sum())
/// }
///
/// let sim = Simulation::new();
/// assert_eq!(sim.run_until_event(build(&sim, vec![1, 2]))?, Ok(3));
/// assert_eq!(sim.now(), 2.0);
///
/// let cracked = sim.run_until_event(build(&sim, vec![8, 3, 5]))?;
/// assert!(matches!(cracked, Err(Stopped::Failed(why)) if why == "part 3 is cracked"));
/// assert_eq!(sim.now(), 5.0); // not 10.0
///
/// sim.run()?; // the other two welds run on
/// assert_eq!(sim.now(), 10.0);
/// # Ok::<(), SimError>(())
/// ```
///
/// Everything that gives a `Result` can be a branch, also the call of an `async fn` or an async block.
///
/// ```
/// use asim::prelude::*;
///
/// async fn fetch(env: &Environment, shelf: Store<u32>) -> Result<u32, &'static str> {
///     asim!(match FirstOf(item = shelf.get(), late = env.timeout(2.0)).await {
///         FirstOf::Item(item) => Ok(item),
///         FirstOf::Late(()) => Err("the shelf stays empty"),
///     })
/// }
///
/// let sim = Simulation::new();
/// let (full, empty) = (Store::unbounded(&sim), Store::unbounded(&sim));
/// full.put(7);
/// full.put(8);
/// let env = sim.env();
/// sim.spawn(async move {
///     let both = [&full, &full].map(|shelf| fetch(&env, shelf.clone()));
///     assert_eq!(try_all_of(both).await, Ok(vec![7, 8]));
///     let either = [&full, &empty].map(|shelf| fetch(&env, shelf.clone()));
///     assert_eq!(try_all_of(either).await, Err("the shelf stays empty"));
///     assert_eq!(env.now(), 2.0);
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[doc(alias = "try_join_all")]
#[track_caller]
pub fn try_all_of<I, T, E>(
    waitables: I,
) -> TryComposition<TryEach<<I::Item as Waitable>::Request, T, E>, E>
where
    I: IntoIterator<Item: Waitable<Output: Fallible<Value = T, Error = E>>>,
{
    let pending = |waitable: I::Item| Trial::Pending(Box::pin(waitable.into_request()));
    let trials = waitables.into_iter().map(pending).collect();
    TryComposition::new(TryEach { trials, into_result: Fallible::into_result })
}

/// The type that [`try_all_of`] returns, for a struct that keeps such a join.
///
/// ```
/// use asim::prelude::*;
///
/// struct Inspection {
///     passed: asim::TryAllOf<Event<Result<u32, String>>>,
/// }
///
/// let sim = Simulation::new();
/// let events = [sim.event(), sim.event()];
/// let inspection = Inspection { passed: try_all_of(events.clone()) };
/// events[1].fail("a dent".to_string());
/// assert_eq!(sim.run_until_event(inspection.passed)?, Err("a dent".to_string()));
/// # Ok::<(), SimError>(())
/// ```
pub type TryAllOf<W> = TryComposition<
    TryEach<
        <W as Waitable>::Request,
        <<W as Waitable>::Output as Fallible>::Value,
        <<W as Waitable>::Output as Fallible>::Error,
    >,
    <<W as Waitable>::Output as Fallible>::Error,
>;

pin_project! {
    /// A join that fails at the first failure, made by `asim!` or `try_all_of`.
    ///
    /// It is a plain `Future`, and can be used wherever one is expected, also as a branch of a race or a
    /// join.
    ///
    /// # Panics
    ///
    /// If it is polled after it has given its output.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     let checks = [env.event::<Result<(), String>>(), env.event()];
    ///     let outcome = asim!(match FirstOf(passed = try_all_of(checks), late = env.timeout(3.0)).await {
    ///         FirstOf::Passed(outcome) => outcome.map(|_| "passed"),
    ///         FirstOf::Late(()) => Ok("too late"),
    ///     });
    ///     assert_eq!(outcome, Ok("too late"));
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "a join that is dropped cancels its branches: await it, or make it a branch of another"]
    pub struct TryComposition<B, E> {
        // For dropping the branches in bulk.
        kernel: Option<Rc<Kernel>>,
        location: CallSite,
        // `None` once it is over.
        #[pin]
        branches: Option<B>,
        error: PhantomData<fn() -> E>,
    }

    impl<B, E> PinnedDrop for TryComposition<B, E> {
        fn drop(this: Pin<&mut Self>) {
            this.end();
        }
    }
}

impl<B: Trials<E>, E> TryComposition<B, E> {
    #[track_caller]
    fn new(branches: B) -> Self {
        let kernel = branches.kernel().cloned();
        let location = Location::caller();
        TryComposition { kernel, location, branches: Some(branches), error: PhantomData }
    }
}

impl<B, E> TryComposition<B, E> {
    /// Drops all branches, in the order written and as one cancellation.
    fn end(self: Pin<&mut Self>) {
        let mut this = self.project();
        match this.kernel.take() {
            Some(kernel) => kernel.in_bulk(|| this.branches.set(None)),
            None => this.branches.set(None),
        }
    }
}

impl<B: Trials<E>, E> Future for TryComposition<B, E> {
    type Output = Result<B::Values, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.as_mut().project();
        let Some(mut branches) = this.branches.as_pin_mut() else {
            polled_after_end(WaitName::TryAllOf, this.location);
        };
        let output = match branches.as_mut().try_all(context) {
            Poll::Ready(Ok(())) => Ok(branches.take_values()),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => {
                if let Some(kernel) = this.kernel {
                    kernel.note_waiting(WaitName::TryAllOf, this.location);
                }
                return Poll::Pending;
            }
        };
        self.end();
        Poll::Ready(output)
    }
}

impl<B, E> fmt::Debug for TryComposition<B, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.branches.is_some() { "pending" } else { "over" };
        write!(f, "TryAllOf({state})")
    }
}

/// An output that can be a failure: a `Result`. An implementation detail.
#[diagnostic::on_unimplemented(
    message = "`TryAllOf` waits for what may fail, and `{Self}` is no `Result`",
    label = "this gives `{Self}`, not a `Result`",
    note = "write a branch that cannot fail as `async {{ Ok(waitable.await) }}`; `AllOf` and `all_of` wait for anything"
)]
pub trait Fallible {
    /// The value of a success.
    type Value;
    /// The error of a failure.
    type Error;

    /// Returns `self` as a `Result`.
    ///
    /// # Errors
    ///
    /// If `self` is an error.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Result<T, E> {
        self
    }
}

/// The branches of a join that fails at the first failure with an `E`. An implementation detail.
///
/// The types that keep branches have no bound on the branches' outputs. Instead they keep the function
/// that turns an output into a `Result`. So a branch that cannot fail is one compile error, not three.
pub trait Trials<E> {
    /// All values together.
    type Values;

    /// Returns the kernel of the natives among the branches.
    fn kernel(&self) -> Option<&Rc<Kernel>>;

    /// Polls the pending branches, in the order written, up to the first that fails. Ready if one has
    /// failed or none is pending.
    fn try_all(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>>;

    /// Takes the values, when all branches have succeeded.
    fn take_values(self: Pin<&mut Self>) -> Self::Values;
}

/// The branches of a collection.
pub struct TryEach<R: Awaited, T, E> {
    trials: Vec<Trial<R, T>>,
    into_result: fn(R::Output) -> Result<T, E>,
}

/// A request that must not move is in a box.
impl<R: Awaited, T, E> Unpin for TryEach<R, T, E> {}

impl<R: Awaited, T, E> fmt::Debug for TryEach<R, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryEach").finish_non_exhaustive()
    }
}

enum Trial<R, T> {
    Pending(Pin<Box<R>>),
    Succeeded(T),
    Failed,
}

impl<R: Awaited, T, E> Trials<E> for TryEach<R, T, E> {
    type Values = Vec<T>;

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        let mut one = None;
        for trial in &self.trials {
            if let Trial::Pending(request) = trial {
                one = one_kernel(one, request.kernel());
            }
        }
        one
    }

    fn try_all(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        let this = self.get_mut();
        let mut all = Poll::Ready(Ok(()));
        for trial in &mut this.trials {
            let Trial::Pending(request) = trial else { continue };
            match request.as_mut().poll(context).map(this.into_result) {
                Poll::Pending => all = Poll::Pending,
                Poll::Ready(Ok(value)) => *trial = Trial::Succeeded(value),
                Poll::Ready(Err(error)) => {
                    *trial = Trial::Failed;
                    return Poll::Ready(Err(error));
                }
            }
        }
        all
    }

    fn take_values(self: Pin<&mut Self>) -> Vec<T> {
        let value = |trial| match trial {
            Trial::Succeeded(value) => value,
            Trial::Pending(_) | Trial::Failed => unreachable!("all have succeeded"),
        };
        std::mem::take(&mut self.get_mut().trials).into_iter().map(value).collect()
    }
}

/// A branch of a written join, and the function that turns its output into a `Result`.
pub struct TryBranch<R: Awaited, T, E> {
    request: R,
    into_result: fn(R::Output) -> Result<T, E>,
}

impl<R: Awaited, T, E> fmt::Debug for TryBranch<R, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryBranch").finish_non_exhaustive()
    }
}

/// Makes one branch, so that a branch that cannot fail is refused at its own expression. The expansion of
/// `asim!` calls it.
pub fn fallible<R, T, E>(request: R) -> TryBranch<R, T, E>
where
    R: Awaited<Output: Fallible<Value = T, Error = E>>,
{
    TryBranch { request, into_result: Fallible::into_result }
}

pin_project! {
    /// Branches of a written join that all fail with an `E`.
    #[derive(Debug)]
    pub struct TryList<B, E> {
        #[pin]
        branches: B,
        error: PhantomData<fn() -> E>,
    }
}

pin_project! {
    /// One branch, and the branches after it.
    pub struct TryBoth<R: Awaited, T, E, B> {
        #[pin]
        request: Option<R>,
        into_result: fn(R::Output) -> Result<T, E>,
        value: Option<T>,
        #[pin]
        rest: B,
    }
}

impl<R: Awaited, T, E, B: fmt::Debug> fmt::Debug for TryBoth<R, T, E, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryBoth").field("rest", &self.rest).finish_non_exhaustive()
    }
}

/// Adds a branch to such a join. The expansion of `asim!` calls it.
pub fn try_both<R: Awaited, T, E, B>(
    branch: TryBranch<R, T, E>,
    rest: TryList<B, E>,
) -> TryList<TryBoth<R, T, E, B>, E> {
    let TryBranch { request, into_result } = branch;
    let branches =
        TryBoth { request: Some(request), into_result, value: None, rest: rest.branches };
    TryList { branches, error: PhantomData }
}

/// Ends the list of branches. The expansion of `asim!` calls it.
#[must_use]
pub fn try_end<E>() -> TryList<End, E> {
    TryList { branches: End, error: PhantomData }
}

/// Joins these branches. `map` turns their values `(a, (b, ()))` into the value of the join. The
/// expansion of `asim!` calls it.
#[track_caller]
pub fn try_join<B, M, V, E>(branches: B, map: M) -> TryComposition<TryJoined<B, M>, E>
where
    B: Trials<E>,
    M: FnOnce(B::Values) -> V,
{
    TryComposition::new(TryJoined { branches, map: Some(map) })
}

impl<B: Trials<E>, E> Trials<E> for TryList<B, E> {
    type Values = B::Values;

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.branches.kernel()
    }

    fn try_all(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        self.project().branches.try_all(context)
    }

    fn take_values(self: Pin<&mut Self>) -> Self::Values {
        self.project().branches.take_values()
    }
}

impl<R: Awaited, T, E, B: Trials<E>> Trials<E> for TryBoth<R, T, E, B> {
    type Values = (T, B::Values);

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        one_kernel(self.request.as_ref().and_then(Awaited::kernel), self.rest.kernel())
    }

    fn try_all(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        let mut this = self.project();
        let mut pending = false;
        if let Some(request) = this.request.as_mut().as_pin_mut() {
            match request.poll(context).map(*this.into_result) {
                Poll::Pending => pending = true,
                Poll::Ready(result) => {
                    this.request.set(None);
                    match result {
                        Ok(value) => *this.value = Some(value),
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
            }
        }
        match this.rest.try_all(context) {
            Poll::Ready(Ok(())) if pending => Poll::Pending,
            rest => rest,
        }
    }

    fn take_values(self: Pin<&mut Self>) -> Self::Values {
        let this = self.project();
        (this.value.take().expect("all have succeeded"), this.rest.take_values())
    }
}

impl<E> Trials<E> for End {
    type Values = ();

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        None
    }

    fn try_all(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn take_values(self: Pin<&mut Self>) {}
}

pin_project! {
    /// The branches of such a join, and the function that turns their values into one.
    #[derive(Debug)]
    pub struct TryJoined<B, M> {
        #[pin]
        branches: B,
        map: Option<M>,
    }
}

impl<B, M, V, E> Trials<E> for TryJoined<B, M>
where
    B: Trials<E>,
    M: FnOnce(B::Values) -> V,
{
    type Values = V;

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.branches.kernel()
    }

    fn try_all(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        self.project().branches.try_all(context)
    }

    fn take_values(self: Pin<&mut Self>) -> V {
        let this = self.project();
        let values = this.branches.take_values();
        this.map.take().expect("a join is taken once")(values)
    }
}
