//! A request as its owner holds it, and the future behind its `.await`.

use std::task::{Context, Poll};
use std::{fmt, future::Future, pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::kernel::{Kernel, Tables};
use crate::engine::{awaiter::Awaiter, provider::CancelHandle};
use crate::wait::progress::Progress;

/// A request, as [`Wait`] and the compositions use it. An implementation detail.
pub trait Awaited {
    /// The output of the request.
    type Output;

    /// Returns `true` if a plain future is in it. Such a future must be polled by the process that awaits
    /// it.
    fn is_plain(&self) -> bool {
        false
    }

    /// Returns `true` if a plain future can be in such a request.
    #[must_use]
    fn can_be_plain() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// Returns `true` if a cancel handle of such a request can hold an `Rc` of the thing that it asks.
    #[must_use]
    fn holds() -> bool
    where
        Self: Sized,
    {
        true
    }

    /// Returns `true` if each such request has a kernel, and finds it at once.
    #[must_use]
    fn has_kernel() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// Returns the kernel of its simulation. A plain future belongs to no simulation, and returns `None`.
    fn kernel(&self) -> Option<&Rc<Kernel>>;

    /// Returns `true` if the request has been triggered and not yet taken. Always `false` for a plain
    /// future.
    fn is_triggered(&self) -> bool;

    /// Sets the awaiter of the request. Returns the handle by which the kernel can cancel the request.
    fn link(&mut self, awaiter: Awaiter) -> CancelHandle;

    /// Returns `true` if [`link_in`](Self::link_in) is to be used instead of [`link`](Self::link): all
    /// that is to know of such a request is in the tables of the kernel.
    #[must_use]
    fn is_in_tables() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// Does the same as [`link`](Self::link), with the tables borrowed. Returns `None` if the request has
    /// been triggered already.
    fn link_in(&self, _tables: &mut Tables, _awaiter: Awaiter) -> Option<CancelHandle> {
        unreachable!("it is not in the tables")
    }

    /// Notes that the request has lost a race. The kernel has cancelled it already.
    fn lose(self: Pin<&mut Self>) {}

    /// Polls the plain futures in it, if there are any. Returns `true` if that has triggered the request
    /// and nobody has been notified, because it has no kernel.
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

    /// Takes the output if the request has been triggered. Otherwise sets its awaiter.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output>;
}

pin_project! {
    /// The future behind the `.await` of every native.
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

impl<R: Awaited> Future for Wait<R> {
    type Output = R::Output;

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it only calls the request's own poll")]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R::Output> {
        self.project().request.poll(context)
    }
}

impl<R> fmt::Debug for Wait<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").finish_non_exhaustive()
    }
}
