//! The core of a channel: the items and the requests between its two ends.
//!
//! At every moment an item is in exactly one place: in a waiting send, in the channel, or in a
//! granted receive. An item gets its *number* when its send is accepted, and keeps it. The number
//! is its place in the order: an item that comes back goes to its old place.
//!
//! A promised item has left the channel, and its room is free at once. A send is accepted while
//! `items < capacity`. A receiver can also take the item of a waiting send, past a full channel; in
//! a channel of capacity 0 every item goes this way. An item that comes back to a full channel
//! waits outside the capacity: the next receiver takes it in its turn, and no send is accepted
//! until there is room again.
//!
//! A *look* waits until there is something to receive. It takes nothing, so it is no receiver: it does
//! not keep its end alive, and it is granted after all receivers have been served.
//!
//! While user code peeks at the next item, the item is out of its place, and nothing can be received: who
//! asks meanwhile waits until the item is back. It counts as if it were in its place.
//!
//! An end of the channel lives as long as its port, or as a request that was made through its port.
//! When one end has gone, the requests at the other end are answered. Sends are answered at once,
//! and get their items back. Receives are answered when nothing can come any more, after all items
//! have been consumed. If nobody can receive any more, the items left in the channel are dropped.

use std::cell::{Cell, RefCell, RefMut};
use std::{fmt, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::{awaiter::Awaiter, kernel::Kernel, slab::Key, watchers::Watchers};
use crate::shared::buffer::fifo::FifoShelf;
use crate::shared::channel::gone::{NotSent, ReceiverGone, SenderGone};
use crate::shared::channel::state::{Entry, Peeked, State};
use crate::trace::record::Side;

/// A channel, shared by its two ends and the requests made to it.
pub(crate) struct Channel<T> {
    pub(crate) kernel: Rc<Kernel>,
    pub(crate) capacity: usize,
    /// A process that has used each end; [`Key::NONE`] if none has. It is the last that did not find an item
    /// or room at once, or else the first.
    pub(crate) sender: Cell<Key>,
    pub(crate) receiver: Cell<Key>,
    pub(crate) state: RefCell<State<T>>,
    /// The probe, if the channel has a name. (Conditions do not watch channels.)
    pub(crate) watchers: Watchers,
}

impl<T: 'static> Channel<T> {
    /// Makes an empty channel with both its ends.
    pub(crate) fn new(kernel: &Rc<Kernel>, capacity: usize) -> Rc<Self> {
        let channel = Rc::new(Channel {
            kernel: Rc::clone(kernel),
            capacity,
            sender: Cell::new(Key::NONE),
            receiver: Cell::new(Key::NONE),
            state: RefCell::new(State::new()),
            watchers: Watchers::default(),
        });
        kernel.add_thing(&channel);
        channel
    }

    /// Returns `true` if there is room for one more item.
    #[inline]
    pub(crate) fn has_room(&self, state: &State<T>) -> bool {
        state.count() < self.capacity
    }

    /// Returns `true` if nobody looks or peeks, the receiver is there, and nothing is under way in the
    /// kernel. Then an operation may take the short way: one look at the state, and one at the process that
    /// is resumed. It does there what the general way would do, and no more.
    #[inline]
    pub(crate) fn is_plain(&self, state: &State<T>) -> bool {
        !state.unusual && self.kernel.under_way.is_nothing()
    }

    /// Returns `true` if there is an item to be received.
    pub(crate) fn offers(&self) -> bool {
        self.state.borrow().offers()
    }

    /// Returns `true` if a receiver waits for an item.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.state.borrow().receivers.is_empty()
    }

    // ---- sending

    /// Accepts an item if there is room and no request waits. This is the usual case of a send, and
    /// nothing needs to be settled. Otherwise returns the item.
    #[inline]
    pub(crate) fn put_if_room(&self, item: T) -> Result<(), T> {
        let mut state = self.state.borrow_mut();
        let waits = !state.receivers.is_empty() || !state.senders.is_empty() || state.unusual;
        if waits || state.items.count() >= self.capacity || self.kernel.closed.get() {
            return Err(item);
        }
        state.append(item)
    }

    /// Hands an item to a waiting receiver, or accepts it if there is room. Returns the item if it
    /// must wait, or if nobody can receive it any more. The caller settles.
    pub(crate) fn send_at_once(self: &Rc<Self>, item: T) -> Result<(), NotSent<T>> {
        let awaiter = {
            let mut state = self.state.borrow_mut();
            if self.kernel.closed.get() || state.receiver_gone() {
                return Err(NotSent::ReceiverGone(item));
            }
            // Waiting sends go first, even if they are about to be served.
            if !state.senders.is_empty() {
                return Err(NotSent::Full(item));
            }
            match state.requests.first(state.receivers) {
                Some(receiver) if state.count() == 0 => {
                    let number = state.number();
                    self.tell_sent(number);
                    self.grant(&mut state, receiver, number, item)
                }
                _ if self.has_room(&state) => {
                    let number = state.number();
                    state.items.insert(number, item);
                    self.tell_sent(number);
                    self.tell_level(&state);
                    let looked_for = !state.looks.is_empty();
                    drop(state);
                    if looked_for {
                        self.kernel.serve(self);
                    }
                    return Ok(());
                }
                _ => return Err(NotSent::Full(item)),
            }
        };
        self.kernel.notify(awaiter);
        Ok(())
    }

    /// Adds a send to the line of the senders. Returns its key. The caller [shows](Self::show) it.
    pub(crate) fn wait_to_send(&self, item: T) -> Key {
        let state = &mut *self.state.borrow_mut();
        let request = state.requests.join(&mut state.senders, Entry::Sender(Some(item)));
        self.tell_waits(Side::Put, request);
        request
    }

    /// Grants the looks that wait, if there is something to receive now. Settles.
    pub(crate) fn show(self: &Rc<Self>) {
        if !self.state.borrow().looks.is_empty() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
        self.check();
    }

    /// Takes the answer to a send, if there is one.
    #[inline]
    pub(crate) fn take_sent(&self, request: Key) -> Option<Result<(), ReceiverGone<T>>> {
        self.state.borrow_mut().take_sent(request)
    }

    /// Answers the sender that is next: accepts its item if there is room, or gives it back if
    /// nobody receives any more. The caller notifies the awaiter.
    fn next_sender(&self, state: &mut State<T>) -> Option<Awaiter> {
        let sender = state.requests.first(state.senders)?;
        if state.peeked == Some(Peeked::Sender(sender)) {
            return None;
        }
        if state.receiver_gone() {
            self.tell_left(sender);
            return Some(state.refuse(sender));
        }
        if !self.has_room(state) {
            return None;
        }
        let (number, item, awaiter) = self.accept(state, sender)?;
        state.items.insert(number, item);
        self.tell_level(state);
        Some(awaiter)
    }

    /// Takes the next item from the channel, or else from a waiting send. The caller notifies the awaiter of
    /// that send.
    fn next_item(&self, state: &mut State<T>) -> Option<(u64, T, Awaiter)> {
        if state.peeked.is_some() {
            return None;
        }
        if let Some((number, item)) = state.items.take() {
            self.tell_level(state);
            return Some((number, item, Awaiter::NOBODY));
        }
        let sender = state.requests.first(state.senders)?;
        self.accept(state, sender)
    }

    // ---- receiving

    /// Takes and promises an item if there is one and no request waits. This is the usual case of a
    /// receive, and nothing needs to be settled.
    #[inline]
    pub(crate) fn take_if_there(&self) -> Option<(u64, T)> {
        let mut state = self.state.borrow_mut();
        if !state.receivers.is_empty() || !state.senders.is_empty() || state.unusual {
            return None;
        }
        let next = state.items.take()?;
        state.promised += 1;
        Some(next)
    }

    /// Takes the next item, with its number, if there is one and no receiver waits for it.
    /// `promise` says whether the item counts as promised. The caller settles.
    pub(crate) fn recv_at_once(&self, promise: bool) -> Result<Option<(u64, T)>, SenderGone> {
        let (number, item, sender) = {
            let mut state = self.state.borrow_mut();
            if !state.receivers.is_empty() {
                return Ok(None);
            }
            let Some(next) = self.next_item(&mut state) else {
                return if state.sender_gone() { Err(SenderGone) } else { Ok(None) };
            };
            state.promised += usize::from(promise);
            self.tell_got();
            next
        };
        self.kernel.notify(sender);
        Ok(Some((number, item)))
    }

    /// Takes the next item for good, if there is one and no receiver waits for it.
    pub(crate) fn try_recv(self: &Rc<Self>) -> Result<Option<T>, SenderGone> {
        let found = self.recv_at_once(false).inspect_err(|_| self.tell_refused(Side::Take))?;
        let taken = Taken { channel: self, found };
        match taken.found {
            Some(_) => self.let_in(),
            None => self.tell_refused(Side::Take),
        }
        Ok(taken.into_item())
    }

    /// Serves the senders after an item has left, as there may be room now, and settles.
    pub(crate) fn let_in(self: &Rc<Self>) {
        if !self.state.borrow().senders.is_empty() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
        self.check();
    }

    /// Adds a receive to the line of the receivers. Returns its key.
    pub(crate) fn wait_to_recv(&self) -> Key {
        let state = &mut *self.state.borrow_mut();
        let request = state.requests.join(&mut state.receivers, Entry::Receiver);
        self.tell_waits(Side::Take, request);
        request
    }

    /// Takes the answer to a receive, if there is one. An item in it stays promised.
    #[inline]
    pub(crate) fn take_received(&self, request: Key) -> Option<Result<(u64, T), SenderGone>> {
        self.state.borrow_mut().take_received(request)
    }

    /// Moves a promised item into an entry. Returns the key of the entry.
    pub(crate) fn keep(&self, number: u64, item: T) -> Key {
        self.state.borrow_mut().requests.hold(Entry::Granted(number, item))
    }

    /// Notes that a promised item has been consumed, and cannot come back any more. If one end has
    /// gone, this may be the moment to answer the requests at the other end.
    #[inline]
    pub(crate) fn consumed(self: &Rc<Self>) {
        let has_lost_an_end = {
            let mut state = self.state.borrow_mut();
            state.promised -= 1;
            state.in_dropped | state.out_dropped
        };
        if has_lost_an_end {
            self.answer_after_end();
        }
    }

    #[cold]
    #[inline(never)]
    fn answer_after_end(self: &Rc<Self>) {
        let (serve, sweep) = {
            let state = self.state.borrow();
            let asked = !state.receivers.is_empty() || !state.looks.is_empty();
            let is_last =
                (state.out_dropped && asked) || (state.in_dropped && !state.senders.is_empty());
            (is_last, state.in_dropped)
        };
        if serve {
            self.kernel.serve(self);
        }
        if sweep {
            self.sweep();
        }
    }

    /// Takes the item of a granted receive, which is cancelled. The caller gives it back.
    pub(crate) fn take_back(&self, request: Key) -> Option<(u64, T)> {
        let (awaiter, promised) = {
            let state = &mut *self.state.borrow_mut();
            let Some(Entry::Granted(..) | Entry::Measured(..)) = state.requests.get(request) else {
                return None;
            };
            let awaiter = state.take_awaiter(request);
            match state.requests.remove(request) {
                Some((Entry::Granted(number, item) | Entry::Measured(number, item), _)) => {
                    (awaiter, (number, item))
                }
                _ => return None,
            }
        };
        self.kernel.forget(awaiter);
        Some(promised)
    }

    /// Puts a promised item back to its place. The caller serves.
    pub(crate) fn give_back(&self, number: u64, item: T) {
        let mut state = self.state.borrow_mut();
        state.promised -= 1;
        state.items.insert(number, item);
        self.tell_level(&state);
    }

    // ---- looking

    /// Answers a look at the call: `Ok(false)` if it must wait.
    pub(crate) fn look_at_once(&self) -> Result<bool, SenderGone> {
        let state = self.state.borrow();
        if state.sender_gone() {
            return Err(SenderGone);
        }
        Ok(state.receivers.is_empty() && state.offers())
    }

    /// Adds a look to the line of the looks. Returns its key.
    pub(crate) fn wait_to_look(&self) -> Key {
        let state = &mut *self.state.borrow_mut();
        state.unusual = true;
        state.requests.join(&mut state.looks, Entry::Look)
    }

    /// Takes the answer to a look, if there is one.
    pub(crate) fn take_seen(&self, request: Key) -> Option<Result<(), SenderGone>> {
        let requests = &mut self.state.borrow_mut().requests;
        let answer = match requests.get(request)? {
            Entry::Seen => Ok(()),
            Entry::SenderGone => Err(SenderGone),
            _ => return None,
        };
        requests.remove(request);
        Some(answer)
    }

    /// Takes the next item out of its place, for user code to peek at, if no receiver waits for it.
    /// Nothing can be received until it is [back](Self::end_peek).
    pub(crate) fn begin_peek(&self) -> Option<T> {
        let state = &mut *self.state.borrow_mut();
        if !state.receivers.is_empty() || state.peeked.is_some() {
            return None;
        }
        if let Some((number, item)) = state.items.take() {
            state.peeked = Some(Peeked::Inside(number));
            state.unusual = true;
            return Some(item);
        }
        let sender = state.requests.first(state.senders)?;
        let Some(Entry::Sender(item)) = state.requests.get_mut(sender) else { return None };
        let item = item.take()?;
        state.peeked = Some(Peeked::Sender(sender));
        state.unusual = true;
        Some(item)
    }

    /// Puts an item that was peeked at back to its place. Returns the item if its send is gone. The
    /// caller serves.
    pub(crate) fn end_peek(&self, item: T) -> Option<T> {
        let state = &mut *self.state.borrow_mut();
        let peeked = state.peeked.take();
        state.note_unusual();
        match peeked {
            Some(Peeked::Inside(number)) => state.items.insert_first(number, item),
            Some(Peeked::Sender(sender)) => match state.requests.get_mut(sender) {
                Some(Entry::Sender(place)) => *place = Some(item),
                _ => return Some(item),
            },
            None => return Some(item),
        }
        None
    }

    /// Returns `true` if a request waits, so that the channel has to be served.
    pub(crate) fn has_waiting(&self) -> bool {
        let state = self.state.borrow();
        !state.receivers.is_empty() || !state.senders.is_empty() || !state.looks.is_empty()
    }

    // ---- both

    /// Returns `true` if the request has an answer that has not been taken.
    pub(crate) fn is_answered(&self, request: Key) -> bool {
        let state = self.state.borrow();
        !matches!(
            state.requests.get(request),
            None | Some(Entry::Receiver | Entry::Sender(_) | Entry::Look)
        )
    }

    // ---- the ends

    /// Notes that the sending port has been dropped.
    pub(crate) fn drop_out(self: &Rc<Self>) {
        let awaited = {
            let mut state = self.state.borrow_mut();
            state.out_dropped = true;
            !state.receivers.is_empty() || !state.looks.is_empty()
        };
        if awaited {
            self.kernel.serve(self);
        }
    }

    /// Notes that the receiving port has been dropped.
    pub(crate) fn drop_in(self: &Rc<Self>) {
        let awaited = {
            let mut state = self.state.borrow_mut();
            state.in_dropped = true;
            state.unusual = true;
            !state.senders.is_empty() || !state.looks.is_empty()
        };
        if awaited {
            self.kernel.serve(self);
        }
        self.sweep();
    }

    /// Drops the items that are left if nobody can receive any more. This is the last step of a
    /// call, because items may come back until then.
    pub(crate) fn sweep(self: &Rc<Self>) {
        let wanted = self.state.borrow().in_dropped;
        if wanted {
            let provider = Rc::clone(self) as Rc<dyn Provider>;
            self.kernel.follow_up(provider, Key::NONE, Unlinked::Held);
            self.kernel.settle();
        }
    }
}

impl<T> fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

/// An item that a running call has taken out. If the call panics while it settles, the item goes
/// back.
struct Taken<'c, T: 'static> {
    channel: &'c Rc<Channel<T>>,
    found: Option<(u64, T)>,
}

impl<T: 'static> Taken<'_, T> {
    fn into_item(mut self) -> Option<T> {
        let (number, item) = self.found.take()?;
        self.channel.tell_received(number);
        Some(item)
    }
}

impl<T: 'static> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        if let Some((number, item)) = self.found.take() {
            self.channel.state.borrow_mut().items.insert(number, item);
            self.channel.tell_level(&self.channel.state.borrow());
            // The next call that settles serves the channel. Serving it here might panic again.
            let provider = Rc::clone(self.channel) as Rc<dyn Provider>;
            self.channel.kernel.serve_later(provider);
        }
    }
}

impl<T: 'static> Provider for Channel<T> {
    fn unlink(&self, request: Key) -> Unlinked {
        let (awaiter, after) = {
            let state = &mut *self.state.borrow_mut();
            let awaiter = state.take_awaiter(request);
            (awaiter, state.unlink(request))
        };
        self.tell_left(request);
        self.kernel.forget(awaiter);
        after
    }

    fn restore(&self, request: Key) {
        let removed = self.state.borrow_mut().requests.remove(request);
        if let Some((Entry::Granted(number, item) | Entry::Measured(number, item), _)) = removed {
            self.give_back(number, item);
        }
    }

    fn discard(&self, request: Key) {
        let dropped = {
            let state = &mut *self.state.borrow_mut();
            let mut left = FifoShelf::default();
            if state.receiver_gone() {
                std::mem::swap(&mut left, &mut state.items);
                self.tell_swept(state);
            }
            (state.requests.remove(request), left)
        };
        drop(dropped);
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        let state = self.state.borrow_mut();
        RefMut::filter_map(state, |state| state.requests.waiting_awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        let (one, other) = {
            let state = &mut *self.state.borrow_mut();
            let both_dropped = state.in_dropped && state.out_dropped;
            if let Some(look) = state.requests.first(state.looks).filter(|_| both_dropped) {
                (Awaiter::NOBODY, state.answer_look(look, Entry::SenderGone))
            } else if let Some(receiver) = state.requests.first(state.receivers) {
                if let Some((number, item, sender)) = self.next_item(state) {
                    (sender, self.grant(state, receiver, number, item))
                } else if state.sender_gone() {
                    self.tell_left(receiver);
                    (Awaiter::NOBODY, state.answer(receiver, Entry::SenderGone))
                } else {
                    return false;
                }
            } else if let Some(accepted) = self.next_sender(state) {
                (Awaiter::NOBODY, accepted)
            } else if let Some(look) = state.requests.first(state.looks) {
                if state.offers() && !state.in_dropped {
                    (Awaiter::NOBODY, state.answer_look(look, Entry::Seen))
                } else if state.sender_gone() {
                    (Awaiter::NOBODY, state.answer_look(look, Entry::SenderGone))
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
