//! A request whose output is turned into another value.

use std::task::{Context, Poll};
use std::{fmt, future::IntoFuture, pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::kernel::{Kernel, Tables};
use crate::engine::{awaiter::Awaiter, provider::CancelHandle};
use crate::wait::awaited::{Awaited, Wait};
use crate::wait::progress::Progress;

pin_project! {
    /// A request whose output is turned into another value by a function. `Waitable::mapped` returns it.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let mean = sim.timeout(2.0).mapped(|()| "two");
    /// assert_eq!(sim.run_until_event(mean)?, "two");
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "a request that is dropped is cancelled: await it, race it or join it (`let _ = ..` drops it too, `let request = ..` keeps it)"]
    pub struct Mapped<R, F> {
        #[pin]
        request: R,
        // `None` once the output has been taken.
        map: Option<F>,
    }
}

impl<R, F> Mapped<R, F> {
    pub(crate) fn new(request: R, map: F) -> Self {
        Mapped { request, map: Some(map) }
    }
}

fn apply<T, V, F: FnOnce(T) -> V>(map: &mut Option<F>, output: T) -> V {
    map.take().expect("a request gives its output once")(output)
}

impl<R: Awaited, F: FnOnce(R::Output) -> V, V> Awaited for Mapped<R, F> {
    type Output = V;

    fn can_be_plain() -> bool {
        R::can_be_plain()
    }

    fn holds() -> bool {
        R::holds()
    }

    fn is_plain(&self) -> bool {
        self.request.is_plain()
    }

    fn has_kernel() -> bool {
        R::has_kernel()
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.request.kernel()
    }

    fn is_triggered(&self) -> bool {
        self.request.is_triggered()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        self.request.link(awaiter)
    }

    fn is_in_tables() -> bool {
        R::is_in_tables()
    }

    fn link_in(&self, tables: &mut Tables, awaiter: Awaiter) -> Option<CancelHandle> {
        self.request.link_in(tables, awaiter)
    }

    fn lose(self: Pin<&mut Self>) {
        self.project().request.lose();
    }

    fn drive(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        outer: Option<&Progress<'_>>,
    ) -> bool {
        self.project().request.drive(context, outer)
    }

    fn sweep(self: Pin<&mut Self>) {
        self.project().request.sweep();
    }

    fn take(self: Pin<&mut Self>) -> V {
        let this = self.project();
        apply(this.map, this.request.take())
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<V> {
        let this = self.project();
        this.request.poll(context).map(|output| apply(this.map, output))
    }
}

impl<R: Awaited, F: FnOnce(R::Output) -> V, V> IntoFuture for Mapped<R, F> {
    type Output = V;
    type IntoFuture = Wait<Self>;

    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<R: fmt::Debug, F> fmt::Debug for Mapped<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mapped").field(&self.request).finish()
    }
}
