//! The request to receive an item.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::channel::{Channel, Entry};
use crate::error::SenderGone;
use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::misuse::polled_after_end;
use crate::kernel::slab::Key;
use crate::kernel::source::{Link, Source};
use crate::kernel::waitable::{Request, Wait, Waitable};
use crate::kernel::watcher::Watcher;

static RECV: What = What("InPort::recv");

/// A request to receive an item: what [`InPort::recv`](crate::InPort::recv) returns. Awaiting it gives
/// the item, or [`SenderGone`] if nothing comes any more.
///
/// Dropped, or losing a race, it leaves the line; and if it has been granted an item, that goes back
/// to the place that it came from, to be received next.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 0);
/// let sent = output.send("letter");
/// drop(input.recv()); // takes the letter and gives it back
/// assert_eq!(sim.run_until_event(sent)?, Ok(())); // accepted is accepted
/// assert_eq!(input.try_recv(), Ok(Some("letter")));
/// # Ok::<(), SimError>(())
/// ```
#[must_use = "a request that is dropped is cancelled: await it, race it, join it, or use `try_recv` (`let _ = ..` drops it too, `let request = ..` keeps it)"]
pub struct Receiving<T: 'static> {
    channel: Rc<Channel<T>>,
    stage: Stage<T>,
    location: Place,
}

/// How far it has come.
enum Stage<T> {
    /// Granted at the call.
    Holding(u64, T),
    /// At the call.
    SenderGone,
    /// In the channel's list of requests.
    Waiting(Key),
    Over,
}

impl<T: 'static> Receiving<T> {
    #[inline]
    pub(super) fn new(channel: &Rc<Channel<T>>, location: Place) -> Self {
        match channel.take_if_there() {
            // Nobody is told, so nothing is to be settled.
            Some((number, item)) => {
                let stage = Stage::Holding(number, item);
                Receiving { channel: Rc::clone(channel), stage, location }
            }
            None => Self::meet(channel, location),
        }
    }

    /// Takes the item of a sender who waits, or waits for one.
    fn meet(channel: &Rc<Channel<T>>, location: Place) -> Self {
        let stage = match channel.recv_at_once(true) {
            Ok(Some((number, item))) => Stage::Holding(number, item),
            Ok(None) => Stage::Waiting(channel.wait_to_recv()),
            Err(SenderGone) => Stage::SenderGone,
        };
        let receiving = Receiving { channel: Rc::clone(channel), stage, location };
        if let Stage::Holding(..) = receiving.stage {
            channel.let_in();
        } else {
            channel.kernel.settle();
        }
        receiving
    }

    /// The item, if it has been granted, or that none comes.
    #[inline]
    fn try_take(&mut self) -> Option<Result<T, SenderGone>> {
        let item = match &mut self.stage {
            Stage::Waiting(key) => {
                let requests = &mut self.channel.state.borrow_mut().requests;
                if let Some(Entry::Receiver) | None = requests.get(*key) {
                    return None;
                }
                let removed = requests.remove(*key);
                self.stage = Stage::Over;
                let Some((Entry::Granted(_, item), _)) = removed else {
                    return Some(Err(SenderGone));
                };
                item
            }
            Stage::Over => return None,
            _ => match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Holding(_, item) => item,
                _ => return Some(Err(SenderGone)),
            },
        };
        self.channel.consumed();
        Some(Ok(item))
    }
}

impl<T: 'static> Drop for Receiving<T> {
    fn drop(&mut self) {
        let channel = &self.channel;
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over | Stage::SenderGone => return,
            Stage::Holding(number, item) => {
                channel.give_back(number, item);
                channel.kernel.serve(channel);
            }
            Stage::Waiting(key) => {
                channel.kernel.cancel_request(channel, key);
            }
        }
        channel.sweep();
    }
}

/// Nothing in it is pinned.
impl<T: 'static> Unpin for Receiving<T> {}

impl<T: 'static> fmt::Debug for Receiving<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiving").field("triggered", &self.is_triggered()).finish_non_exhaustive()
    }
}

impl<T: 'static> Waitable for Receiving<T> {
    type Output = Result<T, SenderGone>;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<T: 'static> IntoFuture for Receiving<T> {
    type Output = Result<T, SenderGone>;
    type IntoFuture = Wait<Self>;

    #[inline]
    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<T: 'static> Request for Receiving<T> {
    type Output = Result<T, SenderGone>;

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        Some(&self.channel.kernel)
    }

    fn is_triggered(&self) -> bool {
        match &self.stage {
            Stage::Holding(..) | Stage::SenderGone => true,
            Stage::Waiting(key) => matches!(
                self.channel.state.borrow().requests.get(*key),
                Some(Entry::Granted(..) | Entry::SenderGone)
            ),
            Stage::Over => false,
        }
    }

    fn link(&mut self, watcher: Watcher) -> Link {
        let key = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Waiting(key) => key,
            // Where the kernel can reach it while the owner sleeps.
            Stage::Holding(number, item) => {
                self.channel.state.borrow_mut().requests.hold(Entry::Granted(number, item))
            }
            nothing_to_lose => {
                self.stage = nothing_to_lose;
                return Link::Nothing;
            }
        };
        self.stage = Stage::Waiting(key);
        if let Some(told) = self.channel.state.borrow_mut().requests.watcher(key) {
            *told = watcher;
        }
        Link::Request(Rc::clone(&self.channel) as Rc<dyn Source>, key)
    }

    fn take(self: Pin<&mut Self>) -> Self::Output {
        self.get_mut().try_take().expect("a triggered receive has been answered")
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.channel.kernel.check_owner(&RECV, this.location);
        if let Some(answer) = this.try_take() {
            return Poll::Ready(answer);
        }
        let Stage::Waiting(key) = this.stage else { polled_after_end(&RECV, this.location) };
        this.channel.watch(key, context, &RECV, this.location);
        Poll::Pending
    }
}
