//! The request for an item.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::buffer::{Buffer, Entry, Shelf};
use crate::kernel::blocked::Place;
use crate::kernel::core::Kernel;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source, Unlinked};
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
/// queue.put("letter");
/// let request = queue.get(); // satisfied at the call: the letter is promised
/// assert_eq!(queue.len(), 0);
/// drop(request); // and given back
/// assert_eq!(queue.len(), 1);
/// ```
#[must_use = "a request is awaited, raced or joined; dropped, it is cancelled"]
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
    pub(super) fn new(buffer: Rc<Buffer<S>>, state: Getting<S::Item>, location: Place) -> Self {
        Get { buffer, state, location }
    }

    /// The item, if it has been granted.
    fn try_take(&mut self) -> Option<S::Item> {
        let item = match &mut self.state {
            Getting::Holding(..) => {
                let Getting::Holding(_, item) = std::mem::replace(&mut self.state, Getting::Over)
                else {
                    return None;
                };
                item
            }
            Getting::Waiting(key) => {
                let state = &mut *self.buffer.state.borrow_mut();
                let Some(Entry::Granted(..)) = state.requests.get(*key) else { return None };
                let Some((Entry::Granted(_, item), _)) = state.requests.remove(*key) else {
                    return None;
                };
                self.state = Getting::Over;
                item
            }
            Getting::Over => return None,
        };
        self.buffer.consumed();
        Some(item)
    }
}

impl<S: Shelf> Drop for Get<S> {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.state, Getting::Over) {
            Getting::Over => {}
            Getting::Holding(number, item) => {
                self.buffer.give_back(number, item);
                self.buffer.kernel.serve(&self.buffer);
            }
            Getting::Waiting(key) => {
                let after = self.buffer.unlink(key);
                if after != Unlinked::Gone {
                    self.buffer.kernel.follow_up(
                        Rc::clone(&self.buffer) as Rc<dyn Source>,
                        key,
                        after,
                    );
                    self.buffer.kernel.settle();
                }
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
        if let Some(item) = this.try_take() {
            return Poll::Ready(item);
        }
        if let Getting::Waiting(key) = this.state {
            this.buffer.watch(key, context, S::GET, this.location);
        }
        Poll::Pending
    }
}
