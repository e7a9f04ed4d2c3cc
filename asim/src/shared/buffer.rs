//! What queues, priority queues and stores have in common: items are put, kept in some order, and
//! got; getters and putters wait in line; what a getter was promised and does not take goes back
//! to its place.
//!
//! An item is, at every moment, in exactly one place: in a waiting `put`, on the [`Shelf`], in a
//! granted `get`, or given back and about to be offered again. It receives its *number* when its
//! `put` is accepted, and keeps it: the number is its place among the others.
//!
//! What a getter was promised has left: its room is free at once. `items < capacity` governs what is
//! accepted. One thing may pass a full shelf: an item that a waiting getter wants goes straight to it.
//! Should an item be given back when the shelf is full, it waits outside the capacity: not counted in
//! `len`, offered to every getter in its place, and in before every waiting `put`.
//!
//! Filters and orderings are code of the user's and may call back into the very buffer that is
//! asking them. While they run the shelf is *lent* to them: nothing is borrowed, what they put or
//! ask for is noted, and served as soon as they are done.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::BTreeMap;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::task::Context;

use super::get::{Get, Getting};
use super::owed::serve_later;
use super::put::Put;
use crate::error::Full;
use crate::kernel::blocked::{Place, What};
use crate::kernel::core::Kernel;
use crate::kernel::environment::Environment;
use crate::kernel::slab::Key;
use crate::kernel::source::{Source, Unlinked};
use crate::kernel::wait_list::{Line, WaitList};
use crate::kernel::watcher::Watcher;

/// Where a buffer keeps its items, and in which order it gives them out.
pub trait Shelf: Default + 'static {
    /// What is kept.
    type Item: 'static;
    /// What a getter asks for.
    type Want: 'static;

    /// Does it call code of the user's (an ordering, a filter)?
    const CALLS_USER: bool;

    /// Do getters pick, so that one may refuse what the next takes?
    const PICKS: bool;

    /// How `blocked` calls a getter and a putter.
    const GET: &'static What;
    /// See [`GET`](Self::GET).
    const PUT: &'static What;

    /// Keeps an item in its place: by number, or by its order and then its number.
    fn insert(&mut self, number: u64, item: Self::Item);

    /// Gives out the first item that is wanted.
    fn take(&mut self, want: &mut Self::Want) -> Option<(u64, Self::Item)>;

    /// Would a getter that wants this take that?
    fn wants(want: &mut Self::Want, item: &Self::Item) -> bool;

    /// How many items there are.
    fn count(&self) -> usize;
}

/// A buffer, shared by its handles and its requests.
pub(super) struct Buffer<S: Shelf> {
    pub(super) kernel: Rc<Kernel>,
    /// `usize::MAX` if there is no bound.
    capacity: usize,
    pub(super) state: RefCell<State<S>>,
    /// The length of the shelf while it is lent to code of the user's.
    lent: Cell<Option<usize>>,
    /// Something came while the shelf was lent: all getters look again.
    look_again: Cell<bool>,
    /// Itself, to be served later when code of the user's has panicked.
    this: Weak<Self>,
    /// It is to be served later for a panic, or has been and has panicked again: once is enough, or a
    /// filter that always panics would break every call there is.
    owes: Cell<bool>,
}

pub(super) struct State<S: Shelf> {
    shelf: S,
    /// Items given back, to be offered to the getters in line before they go on the shelf.
    returned: BTreeMap<u64, S::Item>,
    /// The number of the next item that is accepted.
    next_number: u64,
    pub(super) requests: WaitList<Entry<S>>,
    getters: Line,
    putters: Line,
    /// Where getters pick: the requests that were made while the shelf was lent, so that nobody has
    /// looked at them.
    unseen: Vec<Key>,
}

/// What a request in the list is and holds.
pub(super) enum Entry<S: Shelf> {
    Getter(S::Want),
    Putter(S::Item),
    /// A getter whose want, or a putter whose item, is being looked at by code of the user's.
    Lent,
    /// A get that holds an item.
    Granted(u64, S::Item),
    /// A put whose item is in.
    Accepted,
}

impl<S: Shelf> State<S> {
    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Gives a getter its item; it is the caller's to notify the watcher, and to drop what the getter
    /// wanted.
    fn grant(&mut self, getter: Key, number: u64, item: S::Item) -> (Watcher, Option<Entry<S>>) {
        self.requests.leave(&mut self.getters, getter);
        let entry = self.requests.get_mut(getter);
        let want = entry.map(|entry| std::mem::replace(entry, Entry::Granted(number, item)));
        (self.told(getter), want)
    }

    #[inline]
    pub(super) fn is_accepted(&self, putter: Key) -> bool {
        matches!(self.requests.get(putter), Some(Entry::Accepted))
    }

    /// Takes the item of a granted get.
    #[inline]
    pub(super) fn take_granted(&mut self, getter: Key) -> Option<S::Item> {
        let Some(Entry::Granted(..)) = self.requests.get(getter) else { return None };
        match self.requests.remove(getter) {
            Some((Entry::Granted(_, item), _)) => Some(item),
            _ => None,
        }
    }

    /// Lets in the item of a waiting put: the watcher to be notified, and the item.
    fn accept(&mut self, putter: Key) -> Option<(Watcher, u64, S::Item)> {
        self.requests.leave(&mut self.putters, putter);
        let entry = self.requests.get_mut(putter)?;
        let Entry::Putter(item) = std::mem::replace(entry, Entry::Accepted) else { return None };
        Some((self.told(putter), self.number(), item))
    }

    fn unlink(&mut self, request: Key) -> Unlinked {
        match self.requests.get(request) {
            None => Unlinked::Gone,
            Some(Entry::Granted(..)) => Unlinked::Promised,
            Some(Entry::Accepted) => {
                self.requests.remove(request);
                Unlinked::Gone
            }
            Some(Entry::Putter(_)) => {
                self.requests.leave(&mut self.putters, request);
                Unlinked::Held
            }
            Some(Entry::Getter(_)) => {
                self.requests.leave(&mut self.getters, request);
                if std::mem::needs_drop::<S::Want>() {
                    Unlinked::Held
                } else {
                    self.requests.remove(request);
                    Unlinked::Gone
                }
            }
            Some(Entry::Lent) => {
                // In one of the two; leaving the wrong line would unhinge it.
                let is_getter = self.requests.iter(self.getters).any(|(key, _)| key == request);
                let line = if is_getter { &mut self.getters } else { &mut self.putters };
                self.requests.leave(line, request);
                self.requests.remove(request);
                Unlinked::Gone
            }
        }
    }

    fn told(&mut self, request: Key) -> Watcher {
        self.requests.watcher(request).map_or(Watcher::NOBODY, std::mem::take)
    }
}

impl<S: Shelf> Buffer<S> {
    #[track_caller]
    pub(super) fn bounded(env: &Environment, capacity: usize) -> Rc<Self> {
        assert!(capacity > 0, "a capacity is at least 1, not {capacity}");
        Self::new(env, capacity)
    }

    pub(super) fn unbounded(env: &Environment) -> Rc<Self> {
        Self::new(env, usize::MAX)
    }

    fn new(env: &Environment, capacity: usize) -> Rc<Self> {
        Rc::new_cyclic(|this| Buffer {
            kernel: Rc::clone(env.kernel()),
            capacity,
            state: RefCell::new(State {
                shelf: S::default(),
                returned: BTreeMap::new(),
                next_number: 0,
                requests: WaitList::new(),
                getters: Line::EMPTY,
                putters: Line::EMPTY,
                unseen: Vec::new(),
            }),
            lent: Cell::new(None),
            look_again: Cell::new(false),
            this: Weak::clone(this),
            owes: Cell::new(false),
        })
    }

    // ---- levels

    pub(super) fn capacity(&self) -> Option<usize> {
        (self.capacity < usize::MAX).then_some(self.capacity)
    }

    /// How many items are on the shelf or about to be: those outside the capacity too.
    fn kept(&self, state: &State<S>) -> usize {
        let shelf = if S::CALLS_USER { self.lent.get() } else { None };
        shelf.unwrap_or_else(|| state.shelf.count()) + state.returned.len()
    }

    fn has_room(&self, state: &State<S>) -> bool {
        self.kept(state) < self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.kept(&self.state.borrow()).min(self.capacity)
    }

    pub(super) fn is_full(&self) -> bool {
        !self.has_room(&self.state.borrow())
    }

    pub(super) fn getters(&self) -> usize {
        self.state.borrow().getters.len()
    }

    pub(super) fn putters(&self) -> usize {
        self.state.borrow().putters.len()
    }

    // ---- the shelf, while code of the user's may run

    fn is_lent(&self) -> bool {
        S::CALLS_USER && self.lent.get().is_some()
    }

    /// Works on the shelf while nothing is borrowed, if that calls code of the user's. To whom it calls
    /// there are `more` items on the shelf than there are now.
    fn with_shelf<R>(&self, more: usize, work: impl FnOnce(&mut S) -> R) -> R {
        if !S::CALLS_USER {
            return work(&mut self.state.borrow_mut().shelf);
        }
        let shelf = std::mem::take(&mut self.state.borrow_mut().shelf);
        self.lent.set(Some(shelf.count() + more));
        let mut lent = Lent { buffer: self, shelf };
        work(&mut lent.shelf)
    }

    /// Gives the shelf its first item that is wanted.
    fn take(&self, want: &mut S::Want) -> Option<(u64, S::Item)> {
        self.with_shelf(0, |shelf| shelf.take(want))
    }

    /// Puts an item on the shelf. It counts while its place is looked for.
    fn insert(&self, number: u64, item: S::Item) {
        self.with_shelf(1, |shelf| shelf.insert(number, item));
    }

    /// Asks while the shelf counts as lent, so that what the answer does is put off. To whom it asks
    /// there are `more` items on the shelf than there are now.
    fn asking<R>(&self, more: usize, ask: impl FnOnce() -> R) -> R {
        if !S::CALLS_USER {
            return ask();
        }
        self.lent.set(Some(self.state.borrow().shelf.count() + more));
        let _asking = Asking { buffer: self };
        ask()
    }

    /// Code of the user's has panicked: those who have not been looked at are served by the next call
    /// that settles anything.
    fn owe(&self) {
        self.look_again.set(true);
        if self.owes.replace(true) {
            return;
        }
        if let Some(this) = self.this.upgrade() {
            serve_later(&self.kernel, this);
        }
    }

    /// What has come while code of the user's panicked, which now no longer has the shelf, is looked at.
    fn owe_if_panicking(&self) {
        if self.look_again.get() && std::thread::panicking() {
            self.owe();
        }
    }

    /// What a panic has left to be given back comes first.
    fn catch_up(self: &Rc<Self>) {
        if S::CALLS_USER && !self.is_lent() && !self.state.borrow().returned.is_empty() {
            self.kernel.serve(self);
        }
    }

    // ---- matching

    /// The first getter in line that wants the item, which has been `accepted` or not.
    fn who_wants(&self, item: &S::Item, accepted: bool) -> Option<Key> {
        if !S::PICKS {
            return self.first_getter();
        }
        let mut next = self.first_getter();
        while let Some(getter) = next {
            let mut loan = self.lend(getter);
            let want = loan.want()?;
            let wants = self.asking(usize::from(accepted), || S::wants(want, item));
            let gone = !loan.give_back();
            if wants && !gone {
                return Some(getter);
            }
            let mut state = self.state.borrow_mut();
            // If it left the line while it was asked, the line is asked from its start.
            next = if gone {
                state.requests.first(state.getters)
            } else {
                state.requests.next(getter)
            };
        }
        None
    }

    /// The first waiting put whose item is wanted; it is accepted.
    fn who_puts(&self, want: &mut S::Want) -> Option<(Watcher, u64, S::Item)> {
        let mut next = {
            let state = self.state.borrow();
            state.requests.first(state.putters)
        };
        while let Some(putter) = next {
            if !S::PICKS {
                return self.state.borrow_mut().accept(putter);
            }
            let loan = self.lend(putter);
            let Some(Entry::Putter(item)) = &loan.entry else { return None };
            let wants = self.asking(0, || S::wants(want, item));
            let gone = !loan.give_back();
            let mut state = self.state.borrow_mut();
            if wants && !gone {
                return state.accept(putter);
            }
            next = if gone {
                state.requests.first(state.putters)
            } else {
                state.requests.next(putter)
            };
        }
        None
    }

    /// Takes what a request holds out of it, to be looked at while nothing is borrowed.
    fn lend(&self, request: Key) -> Loan<'_, S> {
        let mut state = self.state.borrow_mut();
        let entry =
            state.requests.get_mut(request).map(|entry| std::mem::replace(entry, Entry::Lent));
        Loan { buffer: self, request, entry }
    }

    /// Offers an item to the getters in line: it comes back if nobody wants it.
    fn offer(&self, number: Option<u64>, item: S::Item) -> Option<S::Item> {
        let mut offered = Offered { buffer: self, number, item: Some(item) };
        let getter = offered.item.as_ref().and_then(|item| self.who_wants(item, number.is_some()));
        let item = offered.item.take()?;
        let Some(getter) = getter else { return Some(item) };
        let (watcher, want) = {
            let mut state = self.state.borrow_mut();
            let number = number.unwrap_or_else(|| state.number());
            state.grant(getter, number, item)
        };
        self.kernel.notify(watcher);
        drop(want);
        None
    }

    /// The oldest item that was given back and not yet offered.
    fn next_returned(&self) -> Option<(u64, S::Item)> {
        self.state.borrow_mut().returned.pop_first()
    }

    fn first_getter(&self) -> Option<Key> {
        let state = self.state.borrow();
        state.requests.first(state.getters)
    }

    /// What a getter that wants this gets now: from the shelf, else from a waiting put.
    fn find(&self, want: &mut S::Want) -> Option<(u64, S::Item)> {
        if let Some(found) = self.take(want) {
            return Some(found);
        }
        let (watcher, number, item) = self.who_puts(want)?;
        self.kernel.notify(watcher);
        Some((number, item))
    }

    /// Serves the first getter in line that can be served now.
    fn serve_getter(&self) -> bool {
        let mut next = self.first_getter();
        while let Some(getter) = next {
            let mut loan = self.lend(getter);
            let Some(want) = loan.want() else { return false };
            let found = self.find(want);
            if !loan.give_back() {
                // It left the line while its want was looked at: the line is asked from its start.
                if let Some((number, item)) = found {
                    self.insert(number, item);
                }
                next = self.first_getter();
                continue;
            }
            let mut state = self.state.borrow_mut();
            if let Some((number, item)) = found {
                let (watcher, want) = state.grant(getter, number, item);
                drop(state);
                self.kernel.notify(watcher);
                drop(want);
                return true;
            }
            // Where getters do not pick, those behind it find nothing either.
            next = if S::PICKS { state.requests.next(getter) } else { None };
        }
        false
    }

    /// Lets in the first waiting put if there is room; `None` if there is more to be looked at.
    #[inline]
    fn let_one_in(&self) -> Option<bool> {
        let mut borrow = self.state.borrow_mut();
        let state = &mut *borrow;
        if !state.returned.is_empty() || !state.getters.is_empty() {
            return None;
        }
        let Some(putter) = state.requests.first(state.putters).filter(|_| self.has_room(state))
        else {
            return Some(false);
        };
        let Some((watcher, number, item)) = state.accept(putter) else { return Some(false) };
        state.shelf.insert(number, item);
        drop(borrow);
        self.kernel.notify(watcher);
        Some(true)
    }

    // ---- the operations

    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "the request is built where it is kept, not copied there"
    )]
    #[track_caller]
    pub(super) fn get(self: &Rc<Self>, mut want: S::Want) -> Get<S> {
        let state = match self.take_at_once(&mut want) {
            Some((number, item)) => Getting::Holding(number, item),
            None => self.find_or_wait(want),
        };
        Get::new(Rc::clone(self), state, Location::caller())
    }

    /// The usual case, with one look at the state: there is an item, nobody who waits for its room, and
    /// nobody's code to ask.
    #[inline]
    fn take_at_once(&self, want: &mut S::Want) -> Option<(u64, S::Item)> {
        if S::CALLS_USER {
            return None;
        }
        let mut state = self.state.borrow_mut();
        if !state.putters.is_empty() {
            return None;
        }
        state.shelf.take(want)
    }

    /// The request of a get that waits, or that is granted with what lets others in, calls code of the
    /// user's, or was waiting to be put.
    #[inline(never)]
    fn find_or_wait(self: &Rc<Self>, mut want: S::Want) -> Getting<S::Item> {
        self.catch_up();
        let found = if self.is_lent() { None } else { self.find(&mut want) };
        if found.is_some() {
            let mut taken = Taken { buffer: self, found };
            drop(want);
            self.let_in();
            self.settle();
            if let Some((number, item)) = taken.found.take() {
                return Getting::Holding(number, item);
            }
            return Getting::Over;
        }
        let made = {
            let state = &mut *self.state.borrow_mut();
            let request = state.requests.join(&mut state.getters, Entry::Getter(want));
            self.note_unseen(state, request);
            Made { buffer: self, request }
        };
        self.settle();
        Getting::Waiting(made.handed_over())
    }

    /// An item has left: there may be room for a waiting put.
    fn let_in(self: &Rc<Self>) {
        if !self.state.borrow().putters.is_empty() {
            self.kernel.serve(self);
        }
    }

    /// A request that comes while the shelf is lent is looked at after that.
    fn note_unseen(&self, state: &mut State<S>, request: Key) {
        if self.is_lent() {
            self.look_again.set(true);
            if S::PICKS {
                state.unseen.push(request);
            }
        }
    }

    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "the request is built where it is kept, not copied there"
    )]
    #[track_caller]
    pub(super) fn put(self: &Rc<Self>, item: S::Item) -> Put<S> {
        let request = self.put_or_wait(item);
        Put::new(Rc::clone(self), request, Location::caller())
    }

    /// The request of a put that waits; of one that is accepted at once, [`Key::NONE`].
    fn put_or_wait(self: &Rc<Self>, item: S::Item) -> Key {
        let Err(item) = self.put_at_once(item) else {
            self.settle();
            return Key::NONE;
        };
        let request = {
            let state = &mut *self.state.borrow_mut();
            let request = state.requests.join(&mut state.putters, Entry::Putter(item));
            self.note_unseen(state, request);
            Made { buffer: self, request }
        };
        self.settle();
        request.handed_over()
    }

    pub(super) fn try_get(self: &Rc<Self>, mut want: S::Want) -> Option<S::Item> {
        if self.is_lent() {
            return None;
        }
        self.catch_up();
        let mut taken = Taken { buffer: self, found: self.take(&mut want) };
        // Not behind what is returned, which would be lost if this panics.
        drop(want);
        if taken.found.is_some() {
            self.kernel.serve(self);
        }
        self.settle();
        taken.found.take().map(|(_, item)| item)
    }

    pub(super) fn try_put(self: &Rc<Self>, item: S::Item) -> Result<(), Full<S::Item>> {
        let result = self.put_at_once(item);
        self.settle();
        result.map_err(|item| {
            let thing = S::PUT.0.split("::").next().unwrap_or_default();
            let capacity = (!self.kernel.closed.get()).then_some(self.capacity);
            Full { item, thing, capacity }
        })
    }

    /// Takes in an item behind all others, with what else is given back at this moment.
    pub(super) fn bring(self: &Rc<Self>, item: S::Item) {
        {
            let mut state = self.state.borrow_mut();
            let number = state.number();
            state.returned.insert(number, item);
        }
        self.kernel.serve(self);
        self.settle();
    }

    /// Hands an item to a getter or puts it on the shelf; it comes back if there is no room.
    fn put_at_once(self: &Rc<Self>, item: S::Item) -> Result<(), S::Item> {
        if self.kernel.closed.get() {
            return Err(item);
        }
        if self.is_lent() {
            let mut state = self.state.borrow_mut();
            if !self.has_room(&state) {
                return Err(item);
            }
            let number = state.number();
            state.returned.insert(number, item);
            self.look_again.set(true);
            return Ok(());
        }
        self.catch_up();
        let mut state = self.state.borrow_mut();
        let mut item = item;
        if !state.getters.is_empty() {
            drop(state);
            match self.offer(None, item) {
                None => return Ok(()),
                Some(unwanted) => item = unwanted,
            }
            state = self.state.borrow_mut();
        }
        if !self.has_room(&state) {
            return Err(item);
        }
        let number = state.number();
        if !S::CALLS_USER {
            state.shelf.insert(number, item);
            return Ok(());
        }
        drop(state);
        self.insert(number, item);
        Ok(())
    }

    /// Ends an operation: what code of the user's has asked for meanwhile is served, too.
    #[inline]
    fn settle(self: &Rc<Self>) {
        if S::CALLS_USER && self.look_again.get() && !self.is_lent() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
    }

    /// A promised item comes back.
    pub(super) fn give_back(&self, number: u64, item: S::Item) {
        self.state.borrow_mut().returned.insert(number, item);
    }
}

/// The shelf, while code of the user's works on it; put back also if that panics.
struct Lent<'b, S: Shelf> {
    buffer: &'b Buffer<S>,
    shelf: S,
}

impl<S: Shelf> Drop for Lent<'_, S> {
    fn drop(&mut self) {
        self.buffer.state.borrow_mut().shelf = std::mem::take(&mut self.shelf);
        self.buffer.lent.set(None);
        self.buffer.owe_if_panicking();
    }
}

/// The shelf counts as lent, until dropped.
struct Asking<'b, S: Shelf> {
    buffer: &'b Buffer<S>,
}

impl<S: Shelf> Drop for Asking<'_, S> {
    fn drop(&mut self) {
        self.buffer.lent.set(None);
        self.buffer.owe_if_panicking();
    }
}

/// What a request holds, while code of the user's looks at it. It is put back also if that panics.
struct Loan<'b, S: Shelf> {
    buffer: &'b Buffer<S>,
    request: Key,
    entry: Option<Entry<S>>,
}

impl<S: Shelf> Loan<'_, S> {
    /// What a getter wants.
    fn want(&mut self) -> Option<&mut S::Want> {
        match &mut self.entry {
            Some(Entry::Getter(want)) => Some(want),
            _ => None,
        }
    }

    /// Puts it back: false if the request has gone meanwhile, and this with it.
    fn give_back(mut self) -> bool {
        self.put_back().is_none()
    }

    /// What comes back is to be dropped while nothing is borrowed.
    fn put_back(&mut self) -> Option<Entry<S>> {
        let lent = self.entry.take()?;
        match self.buffer.state.borrow_mut().requests.get_mut(self.request) {
            Some(entry @ Entry::Lent) => {
                *entry = lent;
                None
            }
            _ => Some(lent),
        }
    }
}

impl<S: Shelf> Drop for Loan<'_, S> {
    fn drop(&mut self) {
        if self.entry.is_some() {
            // Those behind it have not been asked.
            self.buffer.owe();
            drop(self.put_back());
        }
    }
}

/// An item, while the getters are asked who wants it. If one of them panics, an item that has a
/// number goes to its place on the shelf; one that is being put goes with the call that panics.
struct Offered<'b, S: Shelf> {
    buffer: &'b Buffer<S>,
    number: Option<u64>,
    item: Option<S::Item>,
}

impl<S: Shelf> Drop for Offered<'_, S> {
    fn drop(&mut self) {
        if let (Some(number), Some(item)) = (self.number, self.item.take()) {
            self.buffer.insert(number, item);
        }
    }
}

/// A request that has been made and whose owner does not exist yet. If what is settled before that
/// panics, nobody will ever own it: it is given up, and the rest is left to the next call.
struct Made<'b, S: Shelf> {
    buffer: &'b Rc<Buffer<S>>,
    request: Key,
}

impl<S: Shelf> Made<'_, S> {
    #[inline]
    fn handed_over(mut self) -> Key {
        std::mem::replace(&mut self.request, Key::OVER)
    }
}

impl<S: Shelf> Drop for Made<'_, S> {
    fn drop(&mut self) {
        if self.request == Key::OVER {
            return;
        }
        let after = self.buffer.unlink(self.request);
        let (kernel, buffer) = (&self.buffer.kernel, Rc::clone(self.buffer) as Rc<dyn Source>);
        match after {
            Unlinked::Gone => {}
            Unlinked::Promised => {
                buffer.restore(self.request);
                serve_later(kernel, buffer);
            }
            // Nothing will be settled any more.
            Unlinked::Held if kernel.closed.get() => buffer.discard(self.request),
            Unlinked::Held => kernel.follow_up(buffer, self.request, after),
        }
    }
}

/// An item that has been taken off the shelf, until the call that took it returns. If that panics it
/// goes back.
struct Taken<'b, S: Shelf> {
    buffer: &'b Rc<Buffer<S>>,
    found: Option<(u64, S::Item)>,
}

impl<S: Shelf> Drop for Taken<'_, S> {
    fn drop(&mut self) {
        let Some((number, item)) = self.found.take() else { return };
        {
            let state = &mut *self.buffer.state.borrow_mut();
            if S::CALLS_USER {
                state.returned.insert(number, item);
            } else {
                state.shelf.insert(number, item);
            }
        }
        let buffer = Rc::clone(self.buffer) as Rc<dyn Source>;
        serve_later(&self.buffer.kernel, buffer);
    }
}

/// Those in line are being served: if code of the user's panics, the rest is served later.
struct Serving<'b, S: Shelf>(&'b Buffer<S>);

impl<S: Shelf> Drop for Serving<'_, S> {
    fn drop(&mut self) {
        self.0.owe();
    }
}

impl<S: Shelf> Source for Buffer<S> {
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
        let removed = self.state.borrow_mut().requests.remove(request);
        drop(removed);
    }

    fn serve_one(&self) -> bool {
        if !S::CALLS_USER
            && let Some(served) = self.let_one_in()
        {
            return served;
        }
        if self.is_lent() {
            self.look_again.set(true);
            return false;
        }
        if !S::CALLS_USER {
            return self.serve_next();
        }
        let serving = Serving(self);
        let served = self.serve_next();
        std::mem::forget(serving);
        self.owes.set(false);
        served
    }
}

impl<S: Shelf> Buffer<S> {
    /// Serves one that waits, as [`Source::serve_one`] says.
    #[inline]
    fn serve_next(&self) -> bool {
        if S::PICKS {
            if self.serve_pickers() {
                return true;
            }
        } else {
            self.look_again.set(false);
            while let Some((number, item)) = self.next_returned() {
                self.insert(number, item);
            }
            if self.serve_getter() {
                return true;
            }
        }
        let accepted = {
            let mut state = self.state.borrow_mut();
            match state.requests.first(state.putters) {
                Some(putter) if self.has_room(&state) => state.accept(putter),
                _ => None,
            }
        };
        let Some((watcher, number, item)) = accepted else { return false };
        // It is told first: the ordering, by which its item finds its place, may panic.
        self.kernel.notify(watcher);
        // No getter in line wants it: it would have had it when the second of the two came.
        self.insert(number, item);
        true
    }

    /// Offers what was given back, item by item, the oldest first; and has all look again if something
    /// came while they were asked before.
    fn serve_pickers(&self) -> bool {
        loop {
            while let Some((number, item)) = self.next_returned() {
                match self.offer(Some(number), item) {
                    None => return true,
                    Some(item) => self.insert(number, item),
                }
            }
            self.state.borrow_mut().unseen.clear();
            if !self.look_again.replace(false) {
                return false;
            }
            if self.serve_getter() {
                self.look_again.set(true);
                return true;
            }
            // Asked, they may have put something, or asked for something themselves. One that is gone
            // again does not count: who makes such a request whenever he is asked has no end of it.
            let state = &mut *self.state.borrow_mut();
            let requests = &state.requests;
            let is_new = state.unseen.drain(..).any(|request| requests.is_in_line(request));
            if !is_new && state.returned.is_empty() {
                self.look_again.set(false);
                return false;
            }
            self.look_again.set(true);
        }
    }
}

impl<S: Shelf> Buffer<S> {
    /// Notes who awaits a request.
    #[inline]
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

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Entry, WaitList};
    use crate::shared::queue::InOrder;

    #[test]
    fn who_waits_at_a_queue_takes_48_bytes_with_an_item_of_8() {
        // 24 for the place in line, 24 for the item, its number, and what the request is.
        assert_eq!(WaitList::<Entry<InOrder<u64>>>::PLACE, 48);
    }
}
