//! The state of a channel: its items, and the requests made to it.

use crate::engine::provider::Unlinked;
use crate::engine::wait_list::{Line, WaitList};
use crate::engine::{awaiter::Awaiter, slab::Key};
use crate::shared::buffer::fifo::FifoShelf;
use crate::shared::channel::gone::{ReceiverGone, SenderGone};

/// The state of a channel. It is never borrowed while user code runs.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct State<T> {
    pub(crate) items: FifoShelf<T>,
    /// The number of promised items: granted to a receive, and not consumed yet.
    pub(crate) promised: usize,
    /// The number of the item that was accepted last.
    pub(crate) last_number: u64,
    pub(crate) requests: WaitList<Entry<T>>,
    pub(crate) receivers: Line,
    pub(crate) senders: Line,
    pub(crate) looks: Line,
    /// Where the next item belongs, while user code peeks at it.
    pub(crate) peeked: Option<Peeked>,
    /// Whether the channel has a name, and is measured.
    pub(crate) named: bool,
    /// Whether a look waits, user code peeks, the receiving port is gone, or the channel has a name: one test
    /// for the usual case.
    pub(crate) unusual: bool,
    /// Set once the sending port has been dropped.
    pub(crate) out_dropped: bool,
    /// Set once the receiving port has been dropped.
    pub(crate) in_dropped: bool,
}

/// Where an item belongs that user code peeks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peeked {
    /// In the channel, under its number.
    Inside(u64),
    /// In a waiting send.
    Sender(Key),
}

/// A request in the list, with what it holds.
pub(crate) enum Entry<T> {
    /// A receive that waits for an item.
    Receiver,
    /// A granted receive of a channel that is measured, with the number of its item and the item: the probe
    /// is told when the item is received.
    Measured(u64, T),
    /// A send that waits until its item is accepted. It has no item while user code peeks at it.
    Sender(Option<T>),
    /// A look that waits until there is something to receive.
    Look,
    /// A look that found something to receive.
    Seen,
    /// A granted receive, with the number of its item and the item.
    Granted(u64, T),
    /// A send whose item was accepted.
    Accepted,
    /// A receive or a look with the answer that nothing comes any more.
    SenderGone,
    /// A send with the answer that nobody receives any more, and its item.
    ReceiverGone(T),
}

impl<T: 'static> State<T> {
    pub(crate) fn new() -> Self {
        State {
            items: FifoShelf::default(),
            promised: 0,
            last_number: 0,
            requests: WaitList::new(),
            receivers: Line::EMPTY,
            senders: Line::EMPTY,
            looks: Line::EMPTY,
            peeked: None,
            named: false,
            unusual: false,
            out_dropped: false,
            in_dropped: false,
        }
    }

    /// Returns the number for the next item.
    pub(crate) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Returns `true` if nobody will ever receive an item any more.
    pub(crate) fn receiver_gone(&self) -> bool {
        self.in_dropped && self.receivers.is_empty() && self.promised == 0
    }

    /// Returns `true` if no item is there, none will be sent, and none can come back.
    pub(crate) fn sender_gone(&self) -> bool {
        self.out_dropped && self.senders.is_empty() && self.promised == 0 && self.count() == 0
    }

    /// Notes whether the usual case is over, or is there again.
    pub(crate) fn note_unusual(&mut self) {
        self.unusual =
            self.named || self.in_dropped || !self.looks.is_empty() || self.peeked.is_some();
    }

    /// Returns how many items are in the channel.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.items.count() + usize::from(matches!(self.peeked, Some(Peeked::Inside(_))))
    }

    /// Returns `true` if there is an item to be received, in the channel or in a waiting send.
    pub(crate) fn offers(&self) -> bool {
        self.count() > 0 || !self.senders.is_empty()
    }

    /// Accepts a waiting send, and takes its item. The caller notifies the awaiter.
    pub(crate) fn accept(&mut self, sender: Key) -> Option<(u64, T, Awaiter)> {
        self.requests.leave(&mut self.senders, sender);
        let entry = self.requests.get_mut(sender)?;
        let Entry::Sender(Some(item)) = std::mem::replace(entry, Entry::Accepted) else {
            return None;
        };
        Some((self.number(), item, self.take_awaiter(sender)))
    }

    // ---- the short ways, if the case is usual: see `Channel::is_plain`

    /// Puts an item behind all others, if that needs no memory. Returns the item otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a send is one piece of code")]
    pub(crate) fn append(&mut self, item: T) -> Result<(), T> {
        self.items.append(self.last_number + 1, item)?;
        self.last_number += 1;
        Ok(())
    }

    /// Gives an item to the first receiver in line, and returns its awaiter, for the caller to notify.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn hand_over(&mut self, item: T) -> Result<Awaiter, T> {
        let waits = |entry: &Entry<T>| matches!(entry, Entry::Receiver);
        let Some((entry, awaiter)) = self.requests.take_first_if(&mut self.receivers, waits) else {
            return Err(item);
        };
        self.last_number += 1;
        *entry = Entry::Granted(self.last_number, item);
        self.promised += 1;
        Ok(awaiter)
    }

    /// Accepts the first send in line. Returns its awaiter, for the caller to notify, and the item with
    /// its number.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that a hand-over is one piece of code")]
    pub(crate) fn accept_first(&mut self) -> Option<(Awaiter, u64, T)> {
        let waits = |entry: &Entry<T>| matches!(entry, Entry::Sender(Some(_)));
        let (entry, awaiter) = self.requests.take_first_if(&mut self.senders, waits)?;
        let Entry::Sender(Some(item)) = std::mem::replace(entry, Entry::Accepted) else {
            return None;
        };
        self.last_number += 1;
        Some((awaiter, self.last_number, item))
    }

    /// Puts a receive in line, if the table needs no memory.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_receivers(&mut self) -> Option<Key> {
        self.requests.join_plainly(&mut self.receivers, 0, Entry::Receiver).ok()
    }

    /// Puts a send in line, if the table needs no memory. Returns the item otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "the request is built in its entry, not copied there")]
    pub(crate) fn join_senders(&mut self, item: T) -> Result<Key, T> {
        let sender = Entry::Sender(Some(item));
        self.requests.join_plainly(&mut self.senders, 0, sender).map_err(|sender| match sender {
            Entry::Sender(Some(item)) => item,
            _ => unreachable!("it is what was passed"),
        })
    }

    // ---- answers

    /// Takes the answer to a send, if there is one.
    #[inline]
    pub(crate) fn take_sent(&mut self, request: Key) -> Option<Result<(), ReceiverGone<T>>> {
        if let Some(Entry::Sender(_)) | None = self.requests.get(request) {
            return None;
        }
        match self.requests.remove(request) {
            Some((Entry::ReceiverGone(item), _)) => Some(Err(ReceiverGone(item))),
            _ => Some(Ok(())),
        }
    }

    /// Takes the item of a granted receive. It stays promised.
    #[inline]
    pub(crate) fn take_promised(&mut self, request: Key) -> Option<(u64, T)> {
        let Some(Entry::Granted(..)) = self.requests.get(request) else { return None };
        match self.requests.remove(request) {
            Some((Entry::Granted(number, item), _)) => Some((number, item)),
            _ => None,
        }
    }

    /// Takes the answer to a receive, if there is one. An item in it stays promised.
    #[inline]
    pub(crate) fn take_received(&mut self, request: Key) -> Option<Result<(u64, T), SenderGone>> {
        if let Some(Entry::Receiver | Entry::Measured(..)) | None = self.requests.get(request) {
            return None;
        }
        match self.requests.remove(request) {
            Some((Entry::Granted(number, item), _)) => Some(Ok((number, item))),
            _ => Some(Err(SenderGone)),
        }
    }

    /// Gives a receiver its item. The caller notifies the awaiter.
    pub(crate) fn grant(&mut self, receiver: Key, number: u64, item: T) -> Awaiter {
        self.promised += 1;
        let granted = if self.named { Entry::Measured } else { Entry::Granted };
        self.answer(receiver, granted(number, item))
    }

    /// Answers a look. The caller notifies the awaiter.
    pub(crate) fn answer_look(&mut self, look: Key, answer: Entry<T>) -> Awaiter {
        self.requests.leave(&mut self.looks, look);
        self.note_unusual();
        if let Some(entry) = self.requests.get_mut(look) {
            *entry = answer;
        }
        self.take_awaiter(look)
    }

    /// Answers a receiver. The caller notifies the awaiter.
    pub(crate) fn answer(&mut self, receiver: Key, answer: Entry<T>) -> Awaiter {
        self.requests.leave(&mut self.receivers, receiver);
        if let Some(entry) = self.requests.get_mut(receiver) {
            *entry = answer;
        }
        self.take_awaiter(receiver)
    }

    /// Gives a sender its item back. The caller notifies the awaiter.
    pub(crate) fn refuse(&mut self, sender: Key) -> Awaiter {
        self.requests.leave(&mut self.senders, sender);
        if let Some(entry) = self.requests.get_mut(sender)
            && let Entry::Sender(Some(item)) = std::mem::replace(entry, Entry::Accepted)
        {
            *entry = Entry::ReceiverGone(item);
        }
        self.take_awaiter(sender)
    }

    /// Takes the awaiter out of a request, as it is notified only once.
    pub(crate) fn take_awaiter(&mut self, request: Key) -> Awaiter {
        self.requests.awaiter(request).map_or(Awaiter::NOBODY, std::mem::take)
    }

    /// Takes a request out of its line. What it holds stays in its entry.
    pub(crate) fn unlink(&mut self, request: Key) -> Unlinked {
        match self.requests.get(request) {
            None => Unlinked::Gone,
            Some(Entry::Granted(..) | Entry::Measured(..)) => Unlinked::Promised,
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
            Some(Entry::Look) => {
                self.requests.leave(&mut self.looks, request);
                self.note_unusual();
                self.requests.remove(request);
                Unlinked::Gone
            }
            Some(Entry::Accepted | Entry::Seen | Entry::SenderGone) => {
                self.requests.remove(request);
                Unlinked::Gone
            }
        }
    }
}
