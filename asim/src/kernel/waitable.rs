//! What can be awaited, raced and joined.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::composition::Progress;
use super::core::Kernel;
use super::source::Link;
use super::watcher::Watcher;

/// Whatever can be awaited, raced and joined: a timeout, an event, a request made to a queue or a
/// resource, a process's handle, a race or join of these, and every future (an async block, an
/// `async fn`'s call).
///
/// Everything that the library itself offers to wait for is a *native*: the request is made when
/// the function is called, and its state lives with the thing it asks, so that it can be granted,
/// lost or cancelled while its process sleeps. A native is awaited by `.await`, and turned into a
/// plain `Future` by [`into_future`](std::future::IntoFuture::into_future) where one is demanded.
///
/// Every future is waitable, so implement `Future` for waits of your own.
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
    note = "`&mut` is for a `Timeout`, a `ProcessHandle`, a `Work` and futures: a request is given by value, as one that loses is cancelled"
)]
pub trait Waitable {
    /// What awaiting it gives.
    type Output;
    /// The request that stands behind it.
    #[doc(hidden)]
    type Request: Request<Output = Self::Output>;

    /// Makes the request, if the call has not.
    #[doc(hidden)]
    fn into_request(self) -> Self::Request;
}

/// A request and the way to it, as [`Wait`] and the composites use it. An implementation detail.
pub trait Request {
    /// What it gives.
    type Output;

    /// Is there a plain future in it, to be polled by whoever awaits it?
    const PLAIN: bool = false;

    /// May its link hold the thing that it asks?
    const HOLDS: bool = true;

    /// Where it belongs; `None` for a plain future, which belongs nowhere.
    fn kernel(&self) -> Option<&Rc<Kernel>>;

    /// Has it been triggered, and not yet been taken? Never for a plain future, which is not asked.
    fn is_triggered(&self) -> bool;

    /// From now on `watcher` is told, and the kernel may cancel the request by the link.
    fn link(&mut self, watcher: Watcher) -> Link;

    /// As [`link`](Self::link), with the link built where it is kept, not copied there.
    #[inline]
    fn link_into(&mut self, watcher: Watcher, place: &mut Link) {
        *place = self.link(watcher);
    }

    /// It has lost a race, and the kernel has cancelled it already.
    fn lose(self: Pin<&mut Self>) {}

    /// Polls the plain futures in it, if there are any. True if it has been triggered by that and
    /// nobody has been told, as it belongs nowhere.
    fn drive(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        _outer: Option<&Progress<'_>>,
    ) -> bool {
        false
    }

    /// Drops the plain futures in it that have lost already.
    fn sweep(self: Pin<&mut Self>) {}

    /// Takes the output of a triggered request.
    fn take(self: Pin<&mut Self>) -> Self::Output;

    /// Takes the output if it has been triggered, else asks to be told.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output>;
}

pin_project! {
    /// The future behind the `.await` of everything native.
    ///
    /// ```
    /// use asim::prelude::*;
    /// use std::future::IntoFuture;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     let wait = env.timeout(1.0).into_future();
    ///     wait.await;
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "a wait that is dropped cancels its request: await it (`let _ = ..` drops it too, `let wait = ..` keeps it)"]
    pub struct Wait<R> {
        #[pin]
        request: R,
    }
}

impl<R> Wait<R> {
    #[inline]
    pub(crate) fn new(request: R) -> Self {
        Wait { request }
    }
}

impl<R: Request> Future for Wait<R> {
    type Output = R::Output;

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "nothing but a step to the request's own poll")]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R::Output> {
        self.project().request.poll(context)
    }
}

impl<R> fmt::Debug for Wait<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future of another crate, or an async block, as a branch.
    #[derive(Debug)]
    pub struct Plain<F, O> {
        #[pin]
        future: Option<F>,
        // `F::poll`. Held, not called by name: so this type asks nothing of `F`, and a branch that
        // cannot be awaited is one compile error, not five.
        poll: fn(Pin<&mut F>, &mut Context<'_>) -> Poll<O>,
        output: Option<O>,
    }
}

impl<F: Future> Waitable for F {
    type Output = F::Output;
    type Request = Plain<F, F::Output>;

    fn into_request(self) -> Self::Request {
        Plain { future: Some(self), poll: F::poll, output: None }
    }
}

impl<F, O> Request for Plain<F, O> {
    type Output = O;

    const PLAIN: bool = true;
    const HOLDS: bool = false;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        None
    }

    fn is_triggered(&self) -> bool {
        false
    }

    fn link(&mut self, _watcher: Watcher) -> Link {
        Link::Nothing
    }

    fn drive(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _outer: Option<&Progress<'_>>,
    ) -> bool {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return false };
        match (this.poll)(future, context) {
            Poll::Pending => false,
            Poll::Ready(output) => {
                this.future.set(None);
                *this.output = Some(output);
                true
            }
        }
    }

    fn take(self: Pin<&mut Self>) -> O {
        self.project().output.take().expect("a branch is taken once, after it has finished")
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<O> {
        if self.as_mut().drive(context, None) { Poll::Ready(self.take()) } else { Poll::Pending }
    }
}
