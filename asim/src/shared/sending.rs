//! The request to send an item.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::channel::{Channel, Entry};
use crate::error::{NotSent, ReceiverGone};
use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source};
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

static SEND: What = What("OutPort::send");

/// A request to send an item: what [`OutPort::send`](crate::OutPort::send) returns. Awaiting it waits
/// until the item is accepted, and gives [`ReceiverGone`] with the item if it cannot be any more.
///
/// Once it is accepted, that is final. Dropped, or losing a race, while it waits, the request takes
/// the item with it.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 0);
/// drop(output.send("first")); // waits, and is withdrawn
/// let second = output.send("second");
/// assert_eq!(input.try_recv(), Ok(Some("second")));
/// assert_eq!(sim.run_until_event(second)?, Ok(()));
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "an item that is not accepted at once waits in this request and is dropped with it: await it, or use `try_send` (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct Sending<T: 'static> {
    channel: Rc<Channel<T>>,
    stage: Stage<T>,
    location: Place,
}

/// How far it has come.
enum Stage<T> {
    /// At the call.
    Accepted,
    /// At the call.
    ReceiverGone(T),
    /// In the channel's list of requests.
    Waiting(Key),
    Over,
}

impl<T: 'static> Sending<T> {
    #[inline]
    pub(super) fn new(channel: &Rc<Channel<T>>, item: T, location: Place) -> Self {
        match channel.put_if_room(item) {
            // Nobody is told, so nothing is to be settled.
            Ok(()) => Sending { channel: Rc::clone(channel), stage: Stage::Accepted, location },
            Err(item) => Self::meet(channel, item, location),
        }
    }

    /// Gives the item to a receiver who waits, or waits for one.
    fn meet(channel: &Rc<Channel<T>>, item: T, location: Place) -> Self {
        let stage = match channel.send_at_once(item) {
            Ok(()) => Stage::Accepted,
            Err(NotSent::ReceiverGone(item)) => Stage::ReceiverGone(item),
            Err(NotSent::Full(item)) => Stage::Waiting(channel.wait_to_send(item)),
        };
        let sending = Sending { channel: Rc::clone(channel), stage, location };
        channel.kernel.settle();
        sending
    }

    #[inline]
    fn try_finish(&mut self) -> Option<Result<(), ReceiverGone<T>>> {
        if let Stage::Waiting(key) = self.stage {
            let requests = &mut self.channel.state.borrow_mut().requests;
            if let Some(Entry::Sender(_)) | None = requests.get(key) {
                return None;
            }
            let removed = requests.remove(key);
            self.stage = Stage::Over;
            return match removed {
                Some((Entry::ReceiverGone(item), _)) => Some(Err(ReceiverGone(item))),
                _ => Some(Ok(())),
            };
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Accepted => Some(Ok(())),
            Stage::ReceiverGone(item) => Some(Err(ReceiverGone(item))),
            Stage::Waiting(_) | Stage::Over => None,
        }
    }
}

impl<T: 'static> Drop for Sending<T> {
    fn drop(&mut self) {
        let Stage::Waiting(key) = self.stage else { return };
        self.channel.kernel.cancel_request(&self.channel, key);
    }
}

/// Nothing in it is pinned.
impl<T: 'static> Unpin for Sending<T> {}

impl<T: 'static> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").field("triggered", &self.is_triggered()).finish_non_exhaustive()
    }
}

impl<T: 'static> Waitable for Sending<T> {
    type Output = Result<(), ReceiverGone<T>>;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<T: 'static> IntoFuture for Sending<T> {
    type Output = Result<(), ReceiverGone<T>>;
    type IntoFuture = Wait<Self>;

    #[inline]
    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<T: 'static> Request for Sending<T> {
    type Output = Result<(), ReceiverGone<T>>;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.channel.kernel)
    }

    fn is_triggered(&self) -> bool {
        match &self.stage {
            Stage::Accepted | Stage::ReceiverGone(_) => true,
            Stage::Waiting(key) => matches!(
                self.channel.state.borrow().requests.get(*key),
                Some(Entry::Accepted | Entry::ReceiverGone(_))
            ),
            Stage::Over => false,
        }
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        // What was decided at the call holds nothing of the channel's.
        let Stage::Waiting(key) = self.stage else { return Link::Nothing };
        if let Some(told) = self.channel.state.borrow_mut().requests.watcher(key) {
            *told = watcher;
        }
        Link::Request(Rc::clone(&self.channel) as Rc<dyn Source>, key)
    }

    fn take(self: Pin<&mut Self>) -> Self::Output {
        self.get_mut().try_finish().expect("a triggered send has been answered")
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.channel.kernel.check_owner(&SEND, this.location);
        if let Some(answer) = this.try_finish() {
            return Poll::Ready(answer);
        }
        let Stage::Waiting(key) = this.stage else { polled_after_end(&SEND, this.location) };
        this.channel.watch(key, context, &SEND, this.location);
        Poll::Pending
    }
}
