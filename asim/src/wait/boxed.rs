//! A request of any kind in a box, so that requests of different kinds have one type.

use std::task::{Context, Poll};
use std::{fmt, future::IntoFuture, mem, pin::Pin, rc::Rc};

use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::CancelHandle};
use crate::wait::awaited::{Awaited, Wait};
use crate::wait::progress::Progress;

/// A request of any kind that gives a `T`. `Waitable::into_boxed` returns it.
///
/// Requests of different kinds can then be in one list, and a race can have branches that are chosen
/// while the model runs.
///
/// ```
/// use asim::prelude::*;
/// use asim::BoxedWaitable;
///
/// let sim = Simulation::new();
/// let orders: Queue<u32> = Queue::unbounded(&sim);
/// let mut branches: Vec<BoxedWaitable<'_, Option<u32>>> = Vec::new();
/// branches.push(orders.get().mapped(Some).into_boxed());
/// branches.push(sim.timeout(2.0).mapped(|()| None).into_boxed());
/// assert_eq!(sim.run_until_event(first_of(branches))?, (1, None));
/// assert_eq!(orders.getters(), 0); // the request has left the line
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a request that is dropped is cancelled: await it, race it or join it (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct BoxedWaitable<'a, T> {
    place: Place<'a, T>,
}

/// The request, before and after it is pinned. It is linked before, and polled after.
enum Place<'a, T> {
    Loose(Box<dyn Awaited<Output = T> + 'a>),
    Pinned(Pin<Box<dyn Awaited<Output = T> + 'a>>),
    /// Only while the request is being pinned.
    Between,
}

impl<'a, T> BoxedWaitable<'a, T> {
    pub(crate) fn new<R: Awaited<Output = T> + 'a>(request: R) -> Self {
        BoxedWaitable { place: Place::Loose(Box::new(request)) }
    }

    /// Returns `true` if the request has been granted and its output has not been taken yet. Always
    /// `false` for a plain future.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let event = sim.event::<()>();
    /// let request = (&event).into_boxed();
    /// assert!(!request.triggered());
    /// event.succeed(());
    /// assert!(request.triggered());
    /// ```
    #[must_use]
    pub fn triggered(&self) -> bool {
        self.request().is_triggered()
    }

    fn request(&self) -> &(dyn Awaited<Output = T> + 'a) {
        match &self.place {
            Place::Loose(request) => &**request,
            Place::Pinned(request) => &**request,
            Place::Between => unreachable!("it does not stay there"),
        }
    }

    fn pinned(&mut self) -> Pin<&mut (dyn Awaited<Output = T> + 'a)> {
        self.place = match mem::replace(&mut self.place, Place::Between) {
            Place::Loose(request) => Place::Pinned(Box::into_pin(request)),
            place => place,
        };
        match &mut self.place {
            Place::Pinned(request) => request.as_mut(),
            _ => unreachable!("it was pinned just now"),
        }
    }
}

impl<T> Awaited for BoxedWaitable<'_, T> {
    type Output = T;

    fn can_be_plain() -> bool {
        true
    }

    fn is_plain(&self) -> bool {
        self.request().is_plain()
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.request().kernel()
    }

    fn is_triggered(&self) -> bool {
        self.request().is_triggered()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        match &mut self.place {
            Place::Loose(request) => request.link(awaiter),
            _ => unreachable!("a request is linked before it is polled"),
        }
    }

    fn lose(self: Pin<&mut Self>) {
        self.get_mut().pinned().lose();
    }

    fn drive(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        outer: Option<&Progress<'_>>,
    ) -> bool {
        self.get_mut().pinned().drive(context, outer)
    }

    fn sweep(self: Pin<&mut Self>) {
        self.get_mut().pinned().sweep();
    }

    fn take(self: Pin<&mut Self>) -> T {
        self.get_mut().pinned().take()
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.get_mut().pinned().poll(context)
    }
}

impl<'a, T> IntoFuture for BoxedWaitable<'a, T> {
    type Output = T;
    type IntoFuture = Wait<BoxedWaitable<'a, T>>;

    fn into_future(self) -> Self::IntoFuture {
        Wait::new(self)
    }
}

impl<T> fmt::Debug for BoxedWaitable<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxedWaitable")
            .field("triggered", &self.request().is_triggered())
            .finish_non_exhaustive()
    }
}
