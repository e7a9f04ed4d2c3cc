//! The request to put an item.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::buffer::{Buffer, Shelf};
use crate::kernel::blocked::Place;
use crate::kernel::core::Kernel;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source};
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

/// A request to put an item: what `put` returns. Awaiting it waits until there is room.
///
/// Where there is room at the call the item is in at once, and need not be awaited. Once an item is
/// in, that is final. Dropped, or losing a race, while it waits, the request takes the item with it.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let queue = Queue::bounded(&sim, 1);
/// queue.try_put("first").unwrap(); // in at once
/// drop(queue.put("second")); // waits, and is withdrawn
/// assert_eq!(queue.try_get(), Some("first"));
/// assert_eq!(queue.try_get(), None);
/// ```
#[must_use = "where there is no room the item waits in this request and is dropped with it: await it, or use `try_put` (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct Put<S: Shelf> {
    buffer: Rc<Buffer<S>>,
    /// The waiting request; [`Key::NONE`] if the item is in, [`Key::OVER`] once its owner knows.
    request: Key,
    location: Place,
}

impl<S: Shelf> Put<S> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "built where it is kept")]
    pub(super) fn new(buffer: Rc<Buffer<S>>, request: Key, location: Place) -> Self {
        Put { buffer, request, location }
    }

    fn is_accepted(&self) -> bool {
        self.request == Key::NONE || self.buffer.state.borrow().is_accepted(self.request)
    }

    fn try_finish(&mut self) -> bool {
        if !self.is_accepted() {
            return false;
        }
        if self.request != Key::NONE {
            self.buffer.state.borrow_mut().requests.remove(self.request);
        }
        self.request = Key::OVER;
        true
    }
}

impl<S: Shelf> Drop for Put<S> {
    #[inline]
    fn drop(&mut self) {
        if self.request.is_somebody() {
            self.cancel();
        }
    }
}

impl<S: Shelf> Put<S> {
    /// It is given up, if it is still waiting.
    #[inline(never)]
    fn cancel(&mut self) {
        let key = std::mem::replace(&mut self.request, Key::OVER);
        self.buffer.kernel.cancel_request(&self.buffer, key);
    }
}

impl<S: Shelf> fmt::Debug for Put<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put").field("accepted", &self.is_accepted()).finish_non_exhaustive()
    }
}

impl<S: Shelf> Waitable for Put<S> {
    type Output = ();
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<S: Shelf> IntoFuture for Put<S> {
    type Output = ();
    type IntoFuture = Wait<Self>;

    #[inline]
    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<S: Shelf> Request for Put<S> {
    type Output = ();

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.buffer.kernel)
    }

    fn is_triggered(&self) -> bool {
        self.is_accepted()
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        if !self.request.is_somebody() {
            return Link::Nothing;
        }
        if let Some(told) = self.buffer.state.borrow_mut().requests.watcher(self.request) {
            *told = watcher;
        }
        Link::Request(Rc::clone(&self.buffer) as Rc<dyn Source>, self.request)
    }

    fn take(self: Pin<&mut Self>) {
        self.get_mut().try_finish();
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.buffer.kernel.check_owner(S::PUT, this.location);
        if this.request == Key::NONE {
            this.request = Key::OVER;
            return Poll::Ready(());
        }
        this.poll_waiting(context)
    }
}

impl<S: Shelf> Put<S> {
    #[inline(never)]
    fn poll_waiting(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.request == Key::OVER {
            polled_after_end(S::PUT, self.location);
        }
        let buffer = &*self.buffer;
        {
            let mut state = buffer.state.borrow_mut();
            if state.is_accepted(self.request) {
                state.requests.remove(self.request);
                self.request = Key::OVER;
                return Poll::Ready(());
            }
        }
        buffer.watch(self.request, context, S::PUT, self.location);
        Poll::Pending
    }
}
