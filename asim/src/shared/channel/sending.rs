//! The request to send an item.

use std::{cell::RefMut, rc::Rc};

use crate::engine::blocked::CallSite;
use crate::engine::wait_name::WaitName;
use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::Provider, slab::Key};
use crate::shared::channel::channel::Channel;
use crate::shared::channel::gone::{NotSent, ReceiverGone};
use crate::wait::request::{Ask, Looked, Request, RequestState};

/// A request to send an item, made by `OutPort::send`. Awaiting it waits until the item is
/// accepted. If nobody can receive the item any more, it gives a [`ReceiverGone`] with the item.
///
/// An item that was accepted stays accepted. If the request is dropped or loses a race while it waits,
/// the item is dropped with it.
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
pub type Sending<T> = Request<SendAsk<T>>;

/// The channel that a [`Sending`] asks to accept its item.
#[derive(Debug)]
pub struct SendAsk<T: 'static> {
    channel: Rc<Channel<T>>,
}

impl<T: 'static> Channel<T> {
    /// Sends an item at the call, or waits until it is accepted.
    #[inline]
    pub(crate) fn send(self: &Rc<Self>, item: T, location: CallSite) -> Sending<T> {
        match self.put_if_room(item) {
            Ok(()) => {
                let ask = SendAsk { channel: Rc::clone(self) };
                Request::new(ask, RequestState::Held(Ok(())), location)
            }
            Err(item) => self.send_or_wait(item, location),
        }
    }

    /// Handles the other cases of `send`: another request waits, there is no room, or the receiver
    /// has gone. In the first two it takes the short way, if there is one.
    #[inline(never)]
    fn send_or_wait(self: &Rc<Self>, item: T, location: CallSite) -> Sending<T> {
        // The first send comes here, too: the channel needs memory for it.
        self.sender.set(self.kernel.active.get());
        let mut borrow = self.state.borrow_mut();
        let state = &mut *borrow;
        if !self.is_plain(state) {
            drop(borrow);
            return self.send_with_care(item, location);
        }
        let state = if !state.receivers.is_empty() && state.senders.is_empty() && state.count() == 0
        {
            match state.hand_over(item) {
                Ok(awaiter) => {
                    drop(borrow);
                    if !self.kernel.notify_plainly(awaiter) {
                        return self.notify_of_item(awaiter, location);
                    }
                    Ok(RequestState::Held(Ok(())))
                }
                Err(item) => {
                    drop(borrow);
                    Err(item)
                }
            }
        } else if !state.senders.is_empty() || !self.has_room(state) {
            let request = state.join_senders(item);
            drop(borrow);
            request.map(RequestState::Waiting)
        } else {
            drop(borrow);
            Err(item)
        };
        match state {
            Ok(state) => Request::new(SendAsk { channel: Rc::clone(self) }, state, location),
            Err(item) => self.send_with_care(item, location),
        }
    }

    /// Does what follows when the receiver with this awaiter was given the item that was sent.
    #[cold]
    #[inline(never)]
    fn notify_of_item(self: &Rc<Self>, awaiter: Awaiter, location: CallSite) -> Sending<T> {
        self.kernel.notify(awaiter);
        self.kernel.settle();
        let ask = SendAsk { channel: Rc::clone(self) };
        Request::new(ask, RequestState::Held(Ok(())), location)
    }

    /// Does the same as [`send_or_wait`](Self::send_or_wait), whatever is under way.
    #[inline(never)]
    fn send_with_care(self: &Rc<Self>, item: T, location: CallSite) -> Sending<T> {
        let mut shows = false;
        let state = match self.send_at_once(item) {
            Ok(()) => RequestState::Held(Ok(())),
            Err(NotSent::ReceiverGone(item)) => RequestState::Held(Err(ReceiverGone(item))),
            Err(NotSent::Full(item)) => {
                shows = true;
                RequestState::Waiting(self.wait_to_send(item))
            }
        };
        let sending = Request::new(SendAsk { channel: Rc::clone(self) }, state, location);
        if shows {
            self.show();
        } else {
            self.kernel.settle();
            self.check();
        }
        sending
    }
}

impl<T: 'static> Ask for SendAsk<T> {
    type Output = Result<(), ReceiverGone<T>>;

    /// The answer that was given at the call.
    type Held = Result<(), ReceiverGone<T>>;

    fn provider(&self) -> Rc<dyn Provider> {
        Rc::clone(&self.channel) as Rc<dyn Provider>
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.channel.kernel
    }

    fn name(&self) -> WaitName {
        WaitName::Send
    }

    fn is_granted(&self, request: Key) -> bool {
        self.channel.is_answered(request)
    }

    #[inline]
    fn take_granted(&self, request: Key) -> Option<Self::Held> {
        self.channel.take_sent(request)
    }

    #[inline]
    fn take_or_await(&self, request: Key, process: Awaiter) -> Looked<Self::Held> {
        let state = &mut *self.channel.state.borrow_mut();
        if state.requests.note_awaiter(request, process) {
            return Looked::Awaited;
        }
        state.take_sent(request).map_or(Looked::Unclear, Looked::Granted)
    }

    #[inline]
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
