//! Looking at what would be received, without taking it.

use std::{cell::RefMut, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key};
use crate::shared::channel::{channel::Channel, gone::SenderGone};
use crate::wait::request::{Ask, Request, RequestState};

/// A request that waits until there is something to receive, made by `InPort::ready`. Awaiting it gives
/// `Ok(())`, or [`SenderGone`] if the sender has gone and all its items have been received.
///
/// It takes nothing, so nothing is given back if it is dropped.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 0);
/// let ready = input.ready();
/// let sent = output.send("letter");
/// assert!(ready.triggered() && !sent.triggered());
/// assert_eq!(input.try_recv(), Ok(Some("letter")));
/// assert!(sent.triggered());
/// ```
pub type Looking<T> = Request<LookAsk<T>>;

/// The channel that a [`Looking`] waits at.
#[derive(Debug)]
pub struct LookAsk<T: 'static> {
    channel: Rc<Channel<T>>,
}

impl<T: 'static> Channel<T> {
    /// Waits until there is something to receive.
    pub(crate) fn ready(self: &Rc<Self>, location: CallSite) -> Looking<T> {
        let state = match self.look_at_once() {
            _ if self.kernel.closed.get() => RequestState::GONE,
            Ok(true) => RequestState::Held(Ok(())),
            Ok(false) => RequestState::Waiting(self.wait_to_look()),
            Err(SenderGone) => RequestState::Held(Err(SenderGone)),
        };
        Request::new(LookAsk { channel: Rc::clone(self) }, state, location)
    }

    /// Lets user code look at the item that would be received next. Returns what it returns.
    pub(crate) fn peek<R>(self: &Rc<Self>, look: impl FnOnce(&T) -> R) -> Option<R> {
        let peek = Peek { channel: self, item: Some(self.begin_peek()?) };
        let result = peek.item.as_ref().map(look);
        drop(peek);
        if self.has_waiting() {
            self.kernel.serve(self);
        }
        result
    }
}

/// An item that user code looks at. It goes back to its place, also if user code panics.
struct Peek<'c, T: 'static> {
    channel: &'c Rc<Channel<T>>,
    item: Option<T>,
}

impl<T: 'static> Drop for Peek<'_, T> {
    fn drop(&mut self) {
        let Some(item) = self.item.take() else { return };
        let orphan = self.channel.end_peek(item);
        if std::thread::panicking() && self.channel.has_waiting() {
            // The next call that settles serves the channel. Serving it here might panic again.
            let provider = Rc::clone(self.channel) as Rc<dyn Provider>;
            self.channel.kernel.serve_later(provider);
        }
        drop(orphan);
    }
}

impl<T: 'static> Ask for LookAsk<T> {
    type Output = Result<(), SenderGone>;

    /// The answer that was given at the call.
    type Held = Result<(), SenderGone>;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.channel) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.channel.kernel
    }

    fn name(&self) -> WaitName {
        WaitName::Ready
    }

    fn is_granted(&self, request: Key) -> bool {
        self.channel.is_answered(request)
    }

    fn take_granted(&self, request: Key) -> Option<Self::Held> {
        self.channel.take_seen(request)
    }

    fn hand_over(&self, answer: Self::Held) -> Self::Output {
        answer
    }

    fn cancel(&self, request: Key) {
        self.channel.kernel.cancel_request(&self.channel, request);
    }

    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        self.channel.awaiter(request)
    }
}
