//! The core of a container: its level, and the requests that wait.

use std::cell::{Cell, RefCell, RefMut};
use std::{fmt, mem, rc::Rc};

use crate::engine::provider::{Provider, Unlinked};
use crate::engine::{
    awaiter::Awaiter, kernel::Kernel, slab::Key, wait_list::WaitList, watchers::Watchers,
};
use crate::measure::{
    books::{Books, LineBooks},
    level::Level as Measured,
};
use crate::shared::container::amount_error::AmountError;
use crate::shared::container::level::{Level, slack};
use crate::shared::container::{arrivals::Ticket, first_fit::FirstFit};
use crate::trace::record::Side;

/// The level of a container, the gets that wait for it to rise, and the puts that wait for room.
pub(crate) struct Amounts {
    kernel: Rc<Kernel>,
    capacity: Cell<f64>,
    /// Whether nobody overtakes, even if those in front do not fit.
    in_order: Cell<bool>,
    pub(crate) state: RefCell<State>,
    /// The conditions that watch the container.
    pub(crate) watchers: Watchers,
}

pub(crate) struct State {
    level: Level,
    /// The level when the capacity was last made smaller than it, as far as it has not been got since;
    /// otherwise 0. So much is inside, although it is above the capacity.
    above: f64,
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
        let fits = self.fits(direction, amount, most);
        if fits {
            self.transfer(direction, amount, most);
        }
        fits
    }

    fn fits(&self, direction: Direction, amount: f64, most: f64) -> bool {
        match direction {
            Direction::Get => self.level.has(amount),
            Direction::Put => self.level.has_room(amount, most),
        }
    }

    /// Promises an amount that fits to a get, or adds that of a put.
    fn transfer(&mut self, direction: Direction, amount: f64, most: f64) {
        match direction {
            Direction::Get => self.level.promise(amount),
            Direction::Put => self.level.add(amount, most),
        }
    }

    /// Returns the request of this line that is next in turn and fits.
    fn next(&self, direction: Direction, in_order: bool, most: f64) -> Option<Key> {
        let line = match direction {
            Direction::Get => &self.getters,
            Direction::Put => &self.putters,
        };
        if in_order {
            let first = line.first(|_| true)?;
            let amount = self.list.get(first)?.amount;
            self.fits(direction, amount, most).then_some(first)
        } else {
            line.first(|amount| self.fits(direction, amount, most))
        }
    }

    fn line(&mut self, direction: Direction) -> &mut FirstFit {
        match direction {
            Direction::Get => &mut self.getters,
            Direction::Put => &mut self.putters,
        }
    }

    /// Returns the awaiter of the request, if the request waits.
    /// Returns the requests that wait: what they do, the amount, and who awaits them.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (Direction, f64, Awaiter)> {
        let waiting = self.list.all().filter(|(it, _)| matches!(it.state, EntryState::Waiting(_)));
        waiting.map(|(it, awaiter)| (it.direction, it.amount, awaiter))
    }

    fn waiting_awaiter(&mut self, request: Key) -> Option<&mut Awaiter> {
        self.list.get(request).filter(|entry| matches!(entry.state, EntryState::Waiting(_)))?;
        self.list.awaiter(request)
    }
}

impl Amounts {
    pub(crate) fn new(kernel: &Rc<Kernel>, capacity: f64) -> Rc<Self> {
        let state = State {
            level: Level::new(0.0),
            above: 0.0,
            list: WaitList::new(),
            getters: FirstFit::default(),
            putters: FirstFit::default(),
        };
        let amounts = Rc::new(Amounts {
            kernel: Rc::clone(kernel),
            capacity: Cell::new(capacity),
            in_order: Cell::new(false),
            state: RefCell::new(state),
            watchers: Watchers::default(),
        });
        kernel.add_thing(&amounts);
        amounts
    }

    /// Sets the level at the start. No request may have been made yet.
    pub(crate) fn start_with(&self, level: f64) {
        self.state.borrow_mut().level = Level::new(level);
        if let Some(probe) = self.watchers.probe() {
            probe.begin_level(&self.kernel, level);
        }
    }

    /// Makes the container serve strictly in order. No request may have been made yet.
    pub(crate) fn serve_in_order(&self) {
        self.in_order.set(true);
    }

    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.kernel
    }

    pub(crate) fn capacity(&self) -> f64 {
        self.capacity.get()
    }

    /// Returns the capacity, or the largest finite number if the capacity is infinite.
    fn most(&self) -> f64 {
        self.capacity.get().min(f64::MAX)
    }

    /// Changes the capacity. What is inside stays inside. Serves the lines.
    pub(crate) fn set_capacity(self: &Rc<Self>, capacity: f64) {
        let level = self.level();
        self.capacity.set(capacity);
        self.state.borrow_mut().above = if level > capacity { level } else { 0.0 };
        if let Some(probe) = self.watchers.probe() {
            probe.capacity(&self.kernel, capacity);
            probe.level(&self.kernel, self.level());
        }
        self.serve();
    }

    /// Returns how much can be got now, without amounts that wait outside the capacity.
    pub(crate) fn level(&self) -> f64 {
        self.shown(&self.state.borrow())
    }

    fn shown(&self, state: &State) -> f64 {
        state.level.available().min(self.capacity.get().max(state.above))
    }

    /// Returns `true` if a request for this amount can be granted at some time.
    pub(crate) fn is_possible(&self, direction: Direction, amount: f64) -> bool {
        let most = match direction {
            Direction::Get => self.capacity.get().max(self.level()),
            Direction::Put => self.capacity.get(),
        };
        amount - most <= slack(amount, most)
    }

    /// Returns `true` if a new request of priority 0 may be granted at once.
    fn is_in_turn(&self, state: &mut State, direction: Direction) -> bool {
        !self.in_order.get() || state.line(direction).begins_with(0)
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
        if self.is_in_turn(state, direction) && state.grant(direction, amount, self.most()) {
            self.tell_at_once(state, direction, amount);
            return None;
        }
        let key = state.list.hold(Entry { direction, amount, state: EntryState::Granted });
        let ticket = state.line(direction).join(0, amount, key);
        if let Some(entry) = state.list.get_mut(key) {
            entry.state = EntryState::Waiting(ticket);
        }
        if let Some(probe) = self.watchers.probe() {
            probe.waits(&self.kernel, side(direction), key);
        }
        Some(key)
    }

    /// Moves a waiting request behind those with the same priority, and serves the lines.
    pub(crate) fn set_priority(self: &Rc<Self>, request: Key, priority: i32) {
        {
            let state = &mut *self.state.borrow_mut();
            let Some(&Entry { direction, amount, state: EntryState::Waiting(ticket) }) =
                state.list.get(request)
            else {
                return;
            };
            let line = state.line(direction);
            line.leave(ticket);
            let ticket = line.join(priority, amount, request);
            if let Some(entry) = state.list.get_mut(request) {
                entry.state = EntryState::Waiting(ticket);
            }
        }
        self.serve();
    }

    /// Gets or puts an amount, if this is possible at the call.
    pub(crate) fn try_transfer(
        self: &Rc<Self>,
        direction: Direction,
        amount: f64,
    ) -> Result<(), AmountError> {
        {
            let state = &mut *self.state.borrow_mut();
            let level = self.shown(state);
            if !self.is_in_turn(state, direction) {
                self.tell_refused(direction);
                return Err(AmountError::NotInTurn { waiting: state.line(direction).len() });
            }
            // A get of more than the level is refused, even while there is more outside the capacity.
            let is_too_much = direction == Direction::Get
                && level < state.level.available()
                && amount - level > slack(amount, level);
            if is_too_much || !state.grant(direction, amount, self.most()) {
                self.tell_refused(direction);
                return Err(match direction {
                    Direction::Get => AmountError::NotEnough { wanted: amount, level },
                    Direction::Put => {
                        let room = (self.most() - level).max(0.0);
                        AmountError::NoRoom { offered: amount, room }
                    }
                });
            }
            self.tell_at_once(state, direction, amount);
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
        let state = &mut *self.state.borrow_mut();
        state.level.consume(amount);
        state.above = state.above.min(state.level.stock());
        if let Some(probe) = self.watchers.probe() {
            probe.moved(-amount);
            probe.level(&self.kernel, self.shown(state));
        }
    }

    /// Takes back an amount that was promised to a get, and serves the lines.
    pub(crate) fn give_back(self: &Rc<Self>, amount: f64) {
        self.state.borrow_mut().level.give_back(amount);
        self.tell_level(&self.state.borrow());
        self.serve();
    }

    /// Serves the lines after a change.
    pub(crate) fn serve(self: &Rc<Self>) {
        self.watchers.changed(&self.kernel);
        let waiting = {
            let state = self.state.borrow();
            !state.getters.is_empty() || !state.putters.is_empty()
        };
        if waiting && !self.kernel.closed.get() {
            self.kernel.serve(self);
        }
        self.kernel.settle();
        self.check();
    }
}

/// What the probe is told.
impl Amounts {
    /// Gives the container a name. It is measured from now on.
    #[track_caller]
    pub(crate) fn set_name(&self, name: &str) {
        let (now, state) = (self.kernel.now.get(), self.state.borrow());
        let mut books = Books::new(now);
        books.put_line = Some(LineBooks::new(now));
        // An infinite level stays so.
        let level = Some(self.shown(&state)).filter(|level| level.is_finite());
        books.level = level.map(|level| Measured::new(now, level));
        let bound = Some(self.capacity.get()).filter(|&capacity| capacity < f64::INFINITY);
        books.capacity = bound.map(|capacity| Measured::new(now, capacity));
        let probe = self.watchers.set_name(&self.kernel, name, "Container", books);
        probe.adopt(&self.kernel, Side::Take, state.getters.requests());
        probe.adopt(&self.kernel, Side::Put, state.putters.requests());
    }

    fn tell_level(&self, state: &State) {
        if let Some(probe) = self.watchers.probe() {
            probe.level(&self.kernel, self.shown(state));
        }
    }

    /// Tells that an amount was transferred at the call.
    fn tell_at_once(&self, state: &State, direction: Direction, amount: f64) {
        if let Some(probe) = self.watchers.probe() {
            probe.at_once(&self.kernel, side(direction));
            self.tell_transfer(state, direction, amount);
        }
    }

    /// Tells that a request in line was granted.
    fn tell_granted(&self, state: &State, request: Key, direction: Direction, amount: f64) {
        if let Some(probe) = self.watchers.probe() {
            probe.granted(&self.kernel, side(direction), request);
            self.tell_transfer(state, direction, amount);
        }
    }

    /// Tells what a grant changes. A put is final. What a get was granted may come back, so it is counted
    /// when it is consumed.
    fn tell_transfer(&self, state: &State, direction: Direction, amount: f64) {
        if let Some(probe) = self.watchers.probe() {
            if direction == Direction::Put {
                probe.moved(amount);
            }
            probe.level(&self.kernel, self.shown(state));
        }
    }

    fn tell_refused(&self, direction: Direction) {
        if let Some(probe) = self.watchers.probe() {
            probe.refused(&self.kernel, side(direction));
        }
    }

    /// Compares the books of a named container with the container.
    #[inline]
    pub(crate) fn check(&self) {
        #[cfg(debug_assertions)]
        if let Some(probe) = self.watchers.probe() {
            probe.check(self.getters(), self.putters(), Some(self.level()));
        }
    }
}

/// In which line a request stands.
fn side(direction: Direction) -> Side {
    match direction {
        Direction::Get => Side::Take,
        Direction::Put => Side::Put,
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
        self.amounts.tell_level(&self.amounts.state.borrow());
        // The next call that settles serves the lines. Serving them here might panic again.
        let provider = Rc::clone(self.amounts) as Rc<dyn Provider>;
        self.amounts.kernel.serve_later(provider);
    }
}

impl Provider for Amounts {
    fn unlink(&self, request: Key) -> Unlinked {
        let (awaiter, after) = {
            let state = &mut *self.state.borrow_mut();
            let Some(&Entry { direction, state: entry, .. }) = state.list.get(request) else {
                return Unlinked::Gone;
            };
            let mut after = Unlinked::Gone;
            match entry {
                EntryState::Waiting(ticket) => {
                    state.line(direction).leave(ticket);
                    if self.in_order.get() {
                        // Nothing is to be restored, but those behind it may go on.
                        after = Unlinked::Promised;
                    }
                }
                EntryState::Granted if direction == Direction::Get => return Unlinked::Promised,
                // A put that was granted is final.
                EntryState::Granted => {}
            }
            (state.list.remove(request).map_or(Awaiter::NOBODY, |(_, awaiter)| awaiter), after)
        };
        if let Some(probe) = self.watchers.probe() {
            probe.left_any(&self.kernel, request);
        }
        self.watchers.changed(&self.kernel);
        self.kernel.forget(awaiter);
        after
    }

    fn restore(&self, request: Key) {
        let state = &mut *self.state.borrow_mut();
        if let Some((Entry { amount, .. }, _)) = state.list.remove(request) {
            state.level.give_back(amount);
            self.tell_level(state);
            self.watchers.changed(&self.kernel);
        }
    }

    #[inline]
    fn awaiter(&self, request: Key) -> Option<RefMut<'_, Awaiter>> {
        RefMut::filter_map(self.state.borrow_mut(), |state| state.waiting_awaiter(request)).ok()
    }

    fn serve_one(&self) -> bool {
        let awaiter = {
            let state = &mut *self.state.borrow_mut();
            let (in_order, most) = (self.in_order.get(), self.most());
            let getter = state.next(Direction::Get, in_order, most);
            let next = getter.or_else(|| state.next(Direction::Put, in_order, most));
            let Some(key) = next else { return false };
            let Some(entry) = state.list.get_mut(key) else { return false };
            let before = mem::replace(&mut entry.state, EntryState::Granted);
            let EntryState::Waiting(ticket) = before else { return false };
            let Entry { direction, amount, .. } = *entry;
            state.line(direction).leave(ticket);
            state.transfer(direction, amount, most);
            self.tell_granted(state, key, direction, amount);
            state.list.awaiter(key).map(mem::take).unwrap_or_default()
        };
        self.watchers.changed(&self.kernel);
        self.kernel.notify(awaiter);
        true
    }
}
