//! The core of a container: its level, and the requests that wait.

use std::cell::{RefCell, RefMut};
use std::{fmt, mem, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::{awaiter::Awaiter, kernel::Kernel, slab::Key, wait_list::WaitList};
use crate::shared::container::first_fit::{FirstFit, Ticket};
use crate::shared::container::{amount_error::AmountError, level::Level};

/// The level of a container, the gets that wait for it to rise, and the puts that wait for room.
pub(crate) struct Amounts {
    kernel: Rc<Kernel>,
    capacity: f64,
    /// The capacity, or the largest finite number if the capacity is infinite.
    most: f64,
    state: RefCell<State>,
}

struct State {
    level: Level,
    list: WaitList<Entry>,
    getters: FirstFit,
    putters: FirstFit,
}

/// A request in the list.
#[derive(Debug, Clone, Copy)]
struct Entry {
    direction: Direction,
    amount: f64,
    state: EntryState,
}

#[derive(Debug, Clone, Copy)]
enum EntryState {
    /// It has this place in the line.
    Waiting(Ticket),
    Granted,
}

/// Whether a request takes an amount out or puts one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Get,
    Put,
}

impl State {
    /// Grants a request if it fits. A get is promised its amount; a put is final. Returns `false`
    /// if the request does not fit.
    fn grant(&mut self, direction: Direction, amount: f64, most: f64) -> bool {
        match direction {
            Direction::Get if self.level.has(amount) => {
                self.level.promise(amount);
                true
            }
            Direction::Put if self.level.has_room(amount, most) => {
                self.level.add(amount);
                true
            }
            _ => false,
        }
    }

    fn line(&mut self, direction: Direction) -> &mut FirstFit {
        match direction {
            Direction::Get => &mut self.getters,
            Direction::Put => &mut self.putters,
        }
    }

    /// Returns the awaiter of the request, if the request waits.
    fn waiting_awaiter(&mut self, request: Key) -> Option<&mut Awaiter> {
        self.list.get(request).filter(|entry| matches!(entry.state, EntryState::Waiting(_)))?;
        self.list.awaiter(request)
    }
}

impl Amounts {
    pub(crate) fn new(kernel: &Rc<Kernel>, capacity: f64) -> Rc<Self> {
        let state = State {
            level: Level::new(0.0),
            list: WaitList::new(),
            getters: FirstFit::default(),
            putters: FirstFit::default(),
        };
        Rc::new(Amounts {
            kernel: Rc::clone(kernel),
            capacity,
            most: capacity.min(f64::MAX),
            state: RefCell::new(state),
        })
    }

    /// Sets the level at the start. No request may have been made yet.
    pub(crate) fn start_with(&self, level: f64) {
        self.state.borrow_mut().level = Level::new(level);
    }

    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    pub(crate) fn capacity(&self) -> f64 {
        self.capacity
    }

    /// Returns how much can be got now, without amounts that wait outside the capacity.
    pub(crate) fn level(&self) -> f64 {
        self.state.borrow().level.available().min(self.capacity)
    }

    pub(crate) fn getters(&self) -> usize {
        self.state.borrow().getters.len()
    }

    pub(crate) fn putters(&self) -> usize {
        self.state.borrow().putters.len()
    }

    /// Grants a request at the call, or adds it to its line. Returns its key if it must wait.
    pub(crate) fn grant_or_join(&self, direction: Direction, amount: f64) -> Option<Key> {
        let state = &mut *self.state.borrow_mut();
        if state.grant(direction, amount, self.most) {
            return None;
        }
        let key = state.list.hold(Entry { direction, amount, state: EntryState::Granted });
        let ticket = state.line(direction).join(amount, key);
        if let Some(entry) = state.list.get_mut(key) {
            entry.state = EntryState::Waiting(ticket);
        }
        Some(key)
    }

    /// Gets or puts an amount, if this is possible at the call.
    pub(crate) fn try_transfer(
        self: &Rc<Self>,
        direction: Direction,
        amount: f64,
    ) -> Result<(), AmountError> {
        {
            let state = &mut *self.state.borrow_mut();
            // A get of more than the capacity is refused, even while there is more than the
            // capacity.
            let is_too_much = direction == Direction::Get && amount > self.capacity;
            if is_too_much || !state.grant(direction, amount, self.most) {
                let level = state.level.available().min(self.capacity);
                return Err(match direction {
                    Direction::Get => AmountError::NotEnough { wanted: amount, level },
                    Direction::Put => AmountError::NoRoom {
                        offered: amount,
                        room: self.most - level.min(self.most),
                    },
                });
            }
        }
        if direction == Direction::Put {
            self.serve();
            return Ok(());
        }
        let taken = Taken { amounts: self, amount };
        self.serve();
        mem::forget(taken);
        self.consume(amount);
        Ok(())
    }

    /// Adds an entry for a granted get, so that the kernel can cancel it.
    pub(crate) fn keep(&self, amount: f64) -> Key {
        let state = EntryState::Granted;
        self.state.borrow_mut().list.hold(Entry { direction: Direction::Get, amount, state })
    }

    /// Returns `true` if the request with this key has been granted.
    pub(crate) fn is_granted(&self, request: Key) -> bool {
        let state = self.state.borrow();
        state.list.get(request).is_some_and(|entry| matches!(entry.state, EntryState::Granted))
    }

    /// Removes the entry of a granted request. Returns `false` if the request has not been granted.
    /// After a get, the caller must call [`consume`](Self::consume).
    pub(crate) fn take_granted(&self, request: Key) -> bool {
        let state = &mut *self.state.borrow_mut();
        let Some(Entry { state: EntryState::Granted, .. }) = state.list.get(request) else {
            return false;
        };
        state.list.remove(request);
        true
    }

    /// Notes that the owner of a get has taken the amount that was promised to it.
    pub(crate) fn consume(&self, amount: f64) {
        self.state.borrow_mut().level.consume(amount);
    }

    /// Takes back an amount that was promised to a get, and serves the lines.
    pub(crate) fn give_back(self: &Rc<Self>, amount: f64) {
        self.state.borrow_mut().level.give_back(amount);
        self.serve();
    }

    /// Returns the awaiter of the request with this key, if the request waits.
    pub(crate) fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        RefMut::filter_map(self.state.borrow_mut(), |state| state.waiting_awaiter(request)).ok()
    }

    /// Serves the lines after a change.
    pub(crate) fn serve(self: &Rc<Self>) {
        let waiting = {
            let state = self.state.borrow();
            !state.getters.is_empty() || !state.putters.is_empty()
        };
        if waiting && !self.kernel.closed.get() {
            self.kernel.serve(self);
        }
    }
}

impl fmt::Debug for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.level(), self.capacity())
    }
}

/// An amount that a running call has taken out. If user code panics before the call returns, the
/// amount goes back.
struct Taken<'a> {
    amounts: &'a Rc<Amounts>,
    amount: f64,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.amounts.state.borrow_mut().level.give_back(self.amount);
        // The next call that settles serves the lines. Serving them here might panic again.
        let provider = Rc::clone(self.amounts) as Rc<dyn Provider>;
        self.amounts.kernel.serve_later(provider);
    }
}

impl Provider for Amounts {
    fn unlink(&self, request: Key) -> Unlinked {
        let awaiter = {
            let state = &mut *self.state.borrow_mut();
            let Some(&Entry { direction, state: entry, .. }) = state.list.get(request) else {
                return Unlinked::Gone;
            };
            match entry {
                EntryState::Waiting(ticket) => state.line(direction).leave(ticket),
                EntryState::Granted if direction == Direction::Get => return Unlinked::Promised,
                // A put that was granted is final.
                EntryState::Granted => {}
            }
            state.list.remove(request).map_or(Awaiter::NOBODY, |(_, awaiter)| awaiter)
        };
        self.kernel.forget(awaiter);
        Unlinked::Gone
    }

    fn restore(&self, request: Key) {
        let state = &mut *self.state.borrow_mut();
        if let Some((Entry { amount, .. }, _)) = state.list.remove(request) {
            state.level.give_back(amount);
        }
    }

    fn serve_one(&self) -> bool {
        let awaiter = {
            let State { level, list, getters, putters } = &mut *self.state.borrow_mut();
            let getter = getters.first(|amount| level.has(amount));
            let next = getter.or_else(|| putters.first(|amount| level.has_room(amount, self.most)));
            let Some(key) = next else { return false };
            let Some(entry) = list.get_mut(key) else { return false };
            let state = mem::replace(&mut entry.state, EntryState::Granted);
            let EntryState::Waiting(ticket) = state else { return false };
            match entry.direction {
                Direction::Get => {
                    getters.leave(ticket);
                    level.promise(entry.amount);
                }
                Direction::Put => {
                    putters.leave(ticket);
                    level.add(entry.amount);
                }
            }
            list.awaiter(key).map(mem::take).unwrap_or_default()
        };
        self.kernel.notify(awaiter);
        true
    }
}
