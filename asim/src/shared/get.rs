//! The request for an item.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::buffer::{Buffer, Entry, Shelf};
use crate::kernel::blocked::Place;
use crate::kernel::core::Kernel;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source};
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

/// A request for an item: what `get` and `get_where` return. Awaiting it gives the item.
///
/// Dropped, or losing a race, it leaves the line; and if it has been granted an item, that goes back
/// to the place that it came from.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let queue = Queue::unbounded(&sim);
/// queue.try_put("letter").unwrap();
/// let request = queue.get(); // satisfied at the call: the letter is promised
/// assert_eq!(queue.len(), 0);
/// drop(request); // and given back
/// assert_eq!(queue.len(), 1);
/// ```
#[must_use = "a request that is dropped is cancelled: await it, race it, join it, or use `try_get` (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct Get<S: Shelf> {
    buffer: Rc<Buffer<S>>,
    state: Getting<S::Item>,
    location: Place,
}

/// How far a get has come.
pub(super) enum Getting<T> {
    /// Satisfied at the call.
    Holding(u64, T),
    /// In the buffer's list of requests.
    Waiting(Key),
    Over,
}

impl<S: Shelf> Get<S> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "built where it is kept")]
    pub(super) fn new(buffer: Rc<Buffer<S>>, state: Getting<S::Item>, location: Place) -> Self {
        Get { buffer, state, location }
    }

    /// The item, if it has been granted.
    #[inline]
    fn try_take(&mut self) -> Option<S::Item> {
        match self.state {
            Getting::Holding(..) => {
                let state = std::mem::replace(&mut self.state, Getting::Over);
                let Getting::Holding(_, item) = state else { return None };
                Some(item)
            }
            Getting::Waiting(key) => self.take_granted(key),
            Getting::Over => None,
        }
    }

    fn take_granted(&mut self, key: Key) -> Option<S::Item> {
        let item = self.buffer.state.borrow_mut().take_granted(key)?;
        self.state = Getting::Over;
        Some(item)
    }
}

impl<S: Shelf> Drop for Get<S> {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.state, Getting::Over) {
            self.cancel();
        }
    }
}

impl<S: Shelf> Get<S> {
    /// It is given up: what it holds goes back, or it leaves the line.
    #[inline(never)]
    fn cancel(&mut self) {
        match std::mem::replace(&mut self.state, Getting::Over) {
            Getting::Over => {}
            Getting::Holding(number, item) => {
                self.buffer.give_back(number, item);
                self.buffer.kernel.serve(&self.buffer);
            }
            Getting::Waiting(key) => {
                self.buffer.kernel.cancel_request(&self.buffer, key);
            }
        }
    }
}

/// Nothing in it is pinned.
impl<S: Shelf> Unpin for Get<S> {}

impl<S: Shelf> fmt::Debug for Get<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Get").field("granted", &self.is_triggered()).finish_non_exhaustive()
    }
}

impl<S: Shelf> Waitable for Get<S> {
    type Output = S::Item;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<S: Shelf> IntoFuture for Get<S> {
    type Output = S::Item;
    type IntoFuture = Wait<Self>;

    #[inline]
    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<S: Shelf> Request for Get<S> {
    type Output = S::Item;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.buffer.kernel)
    }

    fn is_triggered(&self) -> bool {
        match &self.state {
            Getting::Holding(..) => true,
            Getting::Waiting(key) => {
                matches!(self.buffer.state.borrow().requests.get(*key), Some(Entry::Granted(..)))
            }
            Getting::Over => false,
        }
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        let key = match std::mem::replace(&mut self.state, Getting::Over) {
            Getting::Over => return Link::Nothing,
            Getting::Waiting(key) => key,
            // Where the kernel can reach it while the owner sleeps.
            Getting::Holding(number, item) => {
                self.buffer.state.borrow_mut().requests.hold(Entry::Granted(number, item))
            }
        };
        self.state = Getting::Waiting(key);
        if let Some(told) = self.buffer.state.borrow_mut().requests.watcher(key) {
            *told = watcher;
        }
        Link::Request(Rc::clone(&self.buffer) as Rc<dyn Source>, key)
    }

    fn take(self: Pin<&mut Self>) -> S::Item {
        self.get_mut().try_take().expect("a granted request holds an item")
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<S::Item> {
        let this = self.get_mut();
        this.buffer.kernel.check_owner(S::GET, this.location);
        if let Some(item) = this.try_take() {
            return Poll::Ready(item);
        }
        let Getting::Waiting(key) = this.state else { polled_after_end(S::GET, this.location) };
        this.buffer.watch(key, context, S::GET, this.location);
        Poll::Pending
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Get, Wait};
    use crate::shared::queue::InOrder;

    #[test]
    fn a_get_is_four_words_and_the_item() {
        // It lies in the future of whoever awaits it: the queue, the line that asked, and the item
        // with its number or the key of the request, and which of the two. To await it adds nothing.
        assert_eq!(size_of::<Get<InOrder<u64>>>(), 40);
        assert_eq!(size_of::<Wait<Get<InOrder<u64>>>>(), 40);
    }
}
