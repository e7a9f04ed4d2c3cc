//! Channels: what joins an [`OutPort`](super::port::OutPort) to an [`InPort`](super::port::InPort).
//!
//! An item is, at every moment, in exactly one place: in a waiting [`Sending`], in the channel, or in
//! a granted [`Receiving`]. It receives its *number* when its send is accepted, and keeps it: what a
//! receiver gives back goes to the place that it came from.
//!
//! What a receiver was promised has left: its room is free at once. `items < capacity` governs what is
//! accepted. One thing may pass a full channel, and a channel of no capacity has no other: an item that
//! a receiver takes from a send. What is given back when the channel is full waits outside the capacity:
//! the next to receive takes it in its turn, and no send is accepted before there is room again.
//!
//! An end of the channel lives as long as its port or a request made through it. When an end has
//! gone, those who wait at the other are told: receivers once nothing can come any more, that is not
//! before all items have been consumed, and senders at once, with their items. What is left in a
//! channel that nobody can receive from is dropped.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;
use std::task::Context;

use super::buffer::Shelf;
use super::owed::serve_later;
use super::port::{InPort, OutPort};
use super::queue::InOrder;
use crate::error::{NotSent, SenderGone};
use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::slab::Key;
use crate::kernel::source::{Source, Unlinked};
use crate::kernel::wait_list::{Line, WaitList};
use crate::kernel::watcher::Watcher;

/// Makes a channel for items of type `T`, and its two ports.
///
/// With capacity 0 sender and receiver meet (a *rendezvous*): a send is accepted when somebody
/// receives the item. With capacity *n* it is accepted, too, while fewer than *n* items are in the
/// channel. Items come out in the order in which they were sent.
///
/// Where ports are needed before it is known what they will be joined to, see
/// [`OutPort::declare`] and [`connect`](crate::connect()).
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn source(env: Environment, output: OutPort<u32>) {
///     for item in 0..3 {
///         env.timeout(1.0).await;
///         output.send(item).await.expect("the sink takes them all");
///     }
/// }
///
/// #[process]
/// async fn sink(env: Environment, input: InPort<u32>) -> Result<Vec<u32>, String> {
///     let mut items = Vec::new();
///     while let Ok(item) = input.recv().await {
///         items.push(item);
///     }
///     Ok(items) // the source has ended, and its port with it
/// }
///
/// let sim = Simulation::new();
/// let (output, input) = channel(&sim, 0);
/// sim.process(Source::new(output));
/// let sink = sim.process(Sink::new(input));
/// assert_eq!(sim.run_until_event(sink)?, Ok(vec![0, 1, 2]));
/// # Ok::<(), SimError>(())
/// ```
#[must_use]
pub fn channel<T: 'static>(env: &Environment, capacity: usize) -> (OutPort<T>, InPort<T>) {
    let channel = Channel::new(env.kernel(), capacity);
    (OutPort::connected(Rc::clone(&channel)), InPort::connected(channel))
}

/// A channel, shared by its ports and their requests.
pub(super) struct Channel<T> {
    pub(super) kernel: Rc<Kernel>,
    capacity: usize,
    pub(super) state: RefCell<State<T>>,
}

pub(super) struct State<T> {
    items: InOrder<T>,
    /// Items in granted receives that have not been consumed.
    promised: usize,
    /// The number of the item that was accepted last.
    last_number: u64,
    pub(super) requests: WaitList<Entry<T>>,
    receivers: Line,
    senders: Line,
    /// Has the port been dropped?
    out_dropped: bool,
    /// See `out_dropped`.
    in_dropped: bool,
}

/// What a request in the list is and holds.
pub(super) enum Entry<T> {
    /// In line for an item.
    Receiver,
    /// In line to be accepted.
    Sender(T),
    /// A receive that holds an item.
    Granted(u64, T),
    /// A send whose item is in.
    Accepted,
    /// A receive that was told that nothing comes any more.
    SenderGone,
    /// A send that was told that nobody receives any more.
    ReceiverGone(T),
}

impl<T: 'static> State<T> {
    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Nobody receives what is in the channel, ever.
    fn receiver_gone(&self) -> bool {
        self.in_dropped && self.receivers.is_empty() && self.promised == 0
    }

    /// Nothing comes any more: nor does an item come back.
    fn sender_gone(&self) -> bool {
        self.out_dropped && self.senders.is_empty() && self.promised == 0 && self.items.count() == 0
    }

    /// Takes the next item, from the channel or from a send: who is told that it is accepted.
    #[inline]
    fn next_item(&mut self) -> Option<(u64, T, Watcher)> {
        if let Some((number, item)) = self.items.take(&mut ()) {
            return Some((number, item, Watcher::NOBODY));
        }
        let sender = self.requests.first(self.senders)?;
        self.accept(sender)
    }

    /// Lets in the item of a waiting send.
    fn accept(&mut self, sender: Key) -> Option<(u64, T, Watcher)> {
        self.requests.leave(&mut self.senders, sender);
        let entry = self.requests.get_mut(sender)?;
        let Entry::Sender(item) = std::mem::replace(entry, Entry::Accepted) else { return None };
        Some((self.number(), item, self.told(sender)))
    }

    /// Gives a receiver its item; it is the caller's to notify the watcher.
    fn grant(&mut self, receiver: Key, number: u64, item: T) -> Watcher {
        self.promised += 1;
        self.answer(receiver, Entry::Granted(number, item))
    }

    fn answer(&mut self, receiver: Key, answer: Entry<T>) -> Watcher {
        self.requests.leave(&mut self.receivers, receiver);
        if let Some(entry) = self.requests.get_mut(receiver) {
            *entry = answer;
        }
        self.told(receiver)
    }

    /// Gives a sender its item back.
    fn refuse(&mut self, sender: Key) -> Watcher {
        self.requests.leave(&mut self.senders, sender);
        if let Some(entry) = self.requests.get_mut(sender)
            && let Entry::Sender(item) = std::mem::replace(entry, Entry::Accepted)
        {
            *entry = Entry::ReceiverGone(item);
        }
        self.told(sender)
    }

    fn told(&mut self, request: Key) -> Watcher {
        self.requests.watcher(request).map_or(Watcher::NOBODY, std::mem::take)
    }

    fn unlink(&mut self, request: Key) -> Unlinked {
        match self.requests.get(request) {
            None => Unlinked::Gone,
            Some(Entry::Granted(..)) => Unlinked::Promised,
            Some(Entry::ReceiverGone(_)) => Unlinked::Held,
            Some(Entry::Sender(_)) => {
                self.requests.leave(&mut self.senders, request);
                Unlinked::Held
            }
            Some(Entry::Receiver) => {
                self.requests.leave(&mut self.receivers, request);
                self.requests.remove(request);
                Unlinked::Gone
            }
            Some(Entry::Accepted | Entry::SenderGone) => {
                self.requests.remove(request);
                Unlinked::Gone
            }
        }
    }
}

impl<T: 'static> Channel<T> {
    pub(super) fn new(kernel: &Rc<Kernel>, capacity: usize) -> Rc<Self> {
        Rc::new(Channel {
            kernel: Rc::clone(kernel),
            capacity,
            state: RefCell::new(State {
                items: InOrder::default(),
                promised: 0,
                last_number: 0,
                requests: WaitList::new(),
                receivers: Line::EMPTY,
                senders: Line::EMPTY,
                out_dropped: false,
                in_dropped: false,
            }),
        })
    }

    fn has_room(&self, state: &State<T>) -> bool {
        state.items.count() < self.capacity
    }

    /// Is there an item to be received?
    pub(super) fn offers(&self) -> bool {
        let state = self.state.borrow();
        state.items.count() > 0 || !state.senders.is_empty()
    }

    /// Does anybody wait for an item?
    pub(super) fn is_awaited(&self) -> bool {
        !self.state.borrow().receivers.is_empty()
    }

    // ---- the operations

    /// The usual case of a send: there is room, and nobody waits.
    #[inline]
    pub(super) fn put_if_room(&self, item: T) -> Result<(), T> {
        let mut state = self.state.borrow_mut();
        let waits = !state.receivers.is_empty() || !state.senders.is_empty() || state.in_dropped;
        if waits || !self.has_room(&state) || self.kernel.closed.get() {
            return Err(item);
        }
        let number = state.number();
        state.items.insert(number, item);
        Ok(())
    }

    /// Hands an item to a receiver or lets it in, unless it has to wait for that or cannot be sent.
    /// The caller settles.
    pub(super) fn send_at_once(&self, item: T) -> Result<(), NotSent<T>> {
        let watcher = {
            let mut state = self.state.borrow_mut();
            if self.kernel.closed.get() || state.receiver_gone() {
                return Err(NotSent::ReceiverGone(item));
            }
            // Whoever waits goes first, also where it is just about to be served.
            if !state.senders.is_empty() {
                return Err(NotSent::Full(item));
            }
            match state.requests.first(state.receivers) {
                Some(receiver) if state.items.count() == 0 => {
                    let number = state.number();
                    state.grant(receiver, number, item)
                }
                _ if self.has_room(&state) => {
                    let number = state.number();
                    state.items.insert(number, item);
                    return Ok(());
                }
                _ => return Err(NotSent::Full(item)),
            }
        };
        self.kernel.notify(watcher);
        Ok(())
    }

    /// A place in the line of those who send.
    pub(super) fn wait_to_send(&self, item: T) -> Key {
        let state = &mut *self.state.borrow_mut();
        state.requests.join(&mut state.senders, Entry::Sender(item))
    }

    /// The usual case of a receive: there is an item, which is promised now.
    #[inline]
    pub(super) fn take_if_there(&self) -> Option<(u64, T)> {
        let mut state = self.state.borrow_mut();
        if !state.receivers.is_empty() || !state.senders.is_empty() {
            return None;
        }
        let next = state.items.take(&mut ())?;
        state.promised += 1;
        Some(next)
    }

    /// The next item, with its number, if there is one and nobody waits for it. The caller settles.
    pub(super) fn recv_at_once(&self, promise: bool) -> Result<Option<(u64, T)>, SenderGone> {
        let (number, item, sender) = {
            let mut state = self.state.borrow_mut();
            if !state.receivers.is_empty() {
                return Ok(None);
            }
            let Some(next) = state.next_item() else {
                return if state.sender_gone() { Err(SenderGone) } else { Ok(None) };
            };
            state.promised += usize::from(promise);
            next
        };
        self.kernel.notify(sender);
        Ok(Some((number, item)))
    }

    pub(super) fn try_recv(self: &Rc<Self>) -> Result<Option<T>, SenderGone> {
        let taken = Taken { channel: self, found: self.recv_at_once(false)? };
        if taken.found.is_some() {
            self.let_in();
        }
        Ok(taken.into_item())
    }

    /// An item has left: there may be room for a waiting send. All that follows is settled.
    pub(super) fn let_in(self: &Rc<Self>) {
        if !self.state.borrow().senders.is_empty() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
    }

    /// A place in the line of those who receive.
    pub(super) fn wait_to_recv(&self) -> Key {
        let state = &mut *self.state.borrow_mut();
        state.requests.join(&mut state.receivers, Entry::Receiver)
    }

    /// A promised item has been consumed: now nothing may come back any more, and an end has gone.
    #[inline]
    pub(super) fn consumed(self: &Rc<Self>) {
        let (serve, sweep) = {
            let mut state = self.state.borrow_mut();
            state.promised -= 1;
            // Those at either end may have to be told that the other has gone.
            let is_last = (state.out_dropped && !state.receivers.is_empty())
                || (state.in_dropped && !state.senders.is_empty());
            (is_last, state.in_dropped)
        };
        if serve {
            self.kernel.serve(self);
        }
        if sweep {
            self.sweep();
        }
    }

    /// A promised item comes back.
    pub(super) fn give_back(&self, number: u64, item: T) {
        let mut state = self.state.borrow_mut();
        state.promised -= 1;
        state.items.insert(number, item);
    }

    // ---- the ends

    /// The sending port is dropped.
    pub(super) fn drop_out(self: &Rc<Self>) {
        let awaited = {
            let mut state = self.state.borrow_mut();
            state.out_dropped = true;
            !state.receivers.is_empty()
        };
        if awaited {
            self.kernel.serve(self);
        }
    }

    /// The receiving port is dropped.
    pub(super) fn drop_in(self: &Rc<Self>) {
        let awaited = {
            let mut state = self.state.borrow_mut();
            state.in_dropped = true;
            !state.senders.is_empty()
        };
        if awaited {
            self.kernel.serve(self);
        }
        self.sweep();
    }

    /// If nobody can receive any more, what is left is dropped: as the last errand, when all that is
    /// about to be given back has come.
    pub(super) fn sweep(self: &Rc<Self>) {
        let wanted = self.state.borrow().in_dropped;
        if wanted {
            let source = Rc::clone(self) as Rc<dyn Source>;
            self.kernel.follow_up(source, Key::NONE, Unlinked::Held);
            self.kernel.settle();
        }
    }

    /// Notes who awaits a request.
    pub(super) fn watch(
        &self,
        request: Key,
        context: &Context<'_>,
        what: &'static What,
        location: Place,
    ) {
        self.kernel.await_request(context, what, location, || {
            let state = self.state.borrow_mut();
            RefMut::filter_map(state, |state| state.requests.waiting_watcher(request)).ok()
        });
    }
}

/// An item that has been taken out, until the call that took it returns. If what that settles panics,
/// it goes back.
struct Taken<'c, T: 'static> {
    channel: &'c Rc<Channel<T>>,
    found: Option<(u64, T)>,
}

impl<T: 'static> Taken<'_, T> {
    fn into_item(mut self) -> Option<T> {
        self.found.take().map(|(_, item)| item)
    }
}

impl<T: 'static> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        if let Some((number, item)) = self.found.take() {
            self.channel.state.borrow_mut().items.insert(number, item);
            // Served by the next call that settles anything: not here, where it might panic again.
            let source = Rc::clone(self.channel) as Rc<dyn Source>;
            serve_later(&self.channel.kernel, source);
        }
    }
}

impl<T: 'static> Source for Channel<T> {
    fn unlink(&self, request: Key) -> Unlinked {
        let (watcher, after) = {
            let state = &mut *self.state.borrow_mut();
            let watcher = state.told(request);
            (watcher, state.unlink(request))
        };
        self.kernel.forget(watcher);
        after
    }

    fn restore(&self, request: Key) {
        let removed = self.state.borrow_mut().requests.remove(request);
        if let Some((Entry::Granted(number, item), _)) = removed {
            self.give_back(number, item);
        }
    }

    fn discard(&self, request: Key) {
        let dropped = {
            let state = &mut *self.state.borrow_mut();
            let left = if state.receiver_gone() {
                std::mem::take(&mut state.items)
            } else {
                InOrder::default()
            };
            (state.requests.remove(request), left)
        };
        drop(dropped);
    }

    fn serve_one(&self) -> bool {
        let (one, other) = {
            let state = &mut *self.state.borrow_mut();
            if let Some(receiver) = state.requests.first(state.receivers) {
                if let Some((number, item, sender)) = state.next_item() {
                    (sender, state.grant(receiver, number, item))
                } else if state.sender_gone() {
                    (Watcher::NOBODY, state.answer(receiver, Entry::SenderGone))
                } else {
                    return false;
                }
            } else if let Some(sender) = state.requests.first(state.senders) {
                if state.receiver_gone() {
                    (Watcher::NOBODY, state.refuse(sender))
                } else if self.has_room(state)
                    && let Some((number, item, watcher)) = state.accept(sender)
                {
                    state.items.insert(number, item);
                    (Watcher::NOBODY, watcher)
                } else {
                    return false;
                }
            } else {
                return false;
            }
        };
        self.kernel.notify(one);
        self.kernel.notify(other);
        true
    }
}
