//! The kernel: the state of one run, and the rules by which things in it are triggered.
//!
//! [`Kernel`] is shared by everything that belongs to a run. Its books are in one `RefCell`, which
//! is never borrowed while code of the user's runs. [`run_loop`](super::run_loop) moves time on;
//! this file says what happens at one instant:
//!
//! 1. *Trigger.* A request is granted and its watcher [notified](Kernel::notify): a process goes to
//!    the end of the ready line; a composite counts, and may be decided by it.
//! 2. *Unlink.* When a composite is decided, its losers leave their lines at once, through all
//!    levels of nesting: from here on they receive nothing.
//! 3. *Restore.* What the losers had been promised goes back to its place.
//! 4. *Serve.* The things that got something back serve their lines, one grant at a time; each
//!    grant is a trigger and starts again at 1.
//! 5. *Discard.* Last, what is over is dropped and foreign wakers are woken: this runs user code.
//!
//! Steps 3 to 5, and the ends of processes round them, are [errands](super::errands): queued, and run by `Kernel::settle` before the call that
//! caused them returns, so a cancellation that causes a cancellation never goes deeper into the
//! stack.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::alarm::{Alarm, SharedWaker, WakerIdentity};
use super::blocked::{Place, What};
use super::composite::{Composite, Scope};
use super::errands::{Discard, Errands};
use super::guard::Guard;
use super::instant_limit::InstantLimit;
use super::misuse;
use super::process_table::Processes;
use super::slab::{Key, Slab};
use super::source::{Link, Source, Unlinked};
use super::spare_bodies::SpareBodies;
use super::timers::{TimerKey, Timers};
use super::unclaimed::FailedEvents;
use super::wait_list::WaitList;
use super::watcher::{Told, Watcher};
use crate::error::SimError;
use crate::kernel::interrupt::Interrupt;

/// The state of one run, shared by its simulation, its environments and all that belongs to it.
pub struct Kernel {
    /// By which messages name the simulation.
    pub(super) number: u64,
    /// The clock.
    pub(crate) now: Cell<f64>,
    /// The process that is being polled; [`Key::NONE`] between two.
    pub(crate) active: Cell<Key>,
    /// The timer that fired last: its owner, who resumes at once, need not look it up.
    pub(crate) fired: Cell<TimerKey>,
    /// The own timer that the active process has started last, if nothing has fired since: it is
    /// pending, and nobody need look it up.
    pub(crate) fresh: Cell<TimerKey>,
    /// A fresh timer that the active process has come to wait for: it is told of that when it pauses.
    pub(crate) sleeping: Cell<TimerKey>,
    /// What the active process has come to wait for last. The line that made the request is in
    /// [`waiting_at`](Self::waiting_at), which does not lie beside it: a pair that is written in
    /// halves and read as a whole stalls the processor.
    pub(crate) waiting_for: Cell<Option<&'static What>>,
    /// The innermost `interruptible` that is being polled.
    pub(crate) guard: Cell<Key>,
    /// The innermost composite of which a branch is being polled.
    pub(crate) scope: Cell<Scope>,
    /// Counts the resumptions, so that what came about in the current one can be told.
    pub(crate) resumption: Cell<u64>,
    /// The line that made the request for what is in [`waiting_for`](Self::waiting_for).
    pub(crate) waiting_at: Cell<Option<Place>>,
    /// The interrupt that the process being polled is to receive, until a guard takes it.
    pub(crate) delivery: RefCell<Option<Interrupt>>,
    /// Is there anything in `delivery`? Asked at every poll of a guard.
    pub(crate) delivering: Cell<bool>,
    /// Set once the simulation is dropped: whatever is asked after that is refused quietly.
    pub(crate) closed: Cell<bool>,
    pub(crate) running: Cell<bool>,
    /// Is there anything in the books' `failures`?
    pub(crate) failed: Cell<bool>,
    /// Is there anything for the loop to look at after this turn: a failure, a new shared waker?
    pub(super) stops: Cell<bool>,
    /// Is any errand queued? Looked at after every grant, hence not in the books.
    pub(super) errands_waiting: Cell<bool>,
    pub(super) settling: Cell<bool>,
    pub(super) discarding: Cell<bool>,
    /// How many bulk drops are under way: errands wait for the outermost to end.
    pub(super) bulk: Cell<u32>,
    /// How often processes may be resumed at one instant.
    pub(crate) limit: InstantLimit,
    /// That limit is looked at before the resumptions after the one with this number.
    pub(crate) look_at: Cell<u64>,
    /// The waker of those who await only natives.
    pub(super) shared_waker: RefCell<SharedWaker>,
    /// By what that is told from others.
    shared_identity: Cell<WakerIdentity>,
    pub(crate) alarm: Arc<Alarm>,
    pub(crate) books: RefCell<Books>,
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").field("now", &self.now.get()).finish_non_exhaustive()
    }
}

/// All that the kernel keeps account of.
pub(crate) struct Books {
    pub(crate) timers: Timers,
    pub(crate) processes: Processes,
    pub(crate) spare_bodies: SpareBodies,
    pub(crate) composites: Slab<Composite>,
    /// An empty vector, for the next composite whose node has none.
    spare_links: Vec<Link>,
    pub(crate) guards: WaitList<Guard>,
    /// Wakers of foreign futures that wait for one of our requests.
    wakers: Slab<Option<Waker>>,
    pub(super) errands: Errands,
    /// What ends the run as soon as the current process pauses.
    pub(crate) failures: VecDeque<SimError>,
    /// Events with errors that nobody may have received yet.
    pub(crate) failed_events: FailedEvents,
}

impl Kernel {
    pub(crate) fn new(now: f64) -> Rc<Kernel> {
        let alarm = Arc::new(Alarm::new());
        let shared_waker = SharedWaker::new(&alarm);
        Rc::new(Kernel {
            number: misuse::next_number(),
            now: Cell::new(now),
            active: Cell::new(Key::NONE),
            fired: Cell::new(TimerKey::NOTHING),
            fresh: Cell::new(TimerKey::OVER),
            sleeping: Cell::new(TimerKey::OVER),
            waiting_for: Cell::new(None),
            waiting_at: Cell::new(None),
            guard: Cell::new(Key::NONE),
            scope: Cell::new(None),
            resumption: Cell::new(0),
            delivery: RefCell::new(None),
            delivering: Cell::new(false),
            closed: Cell::new(false),
            running: Cell::new(false),
            failed: Cell::new(false),
            stops: Cell::new(false),
            errands_waiting: Cell::new(false),
            settling: Cell::new(false),
            discarding: Cell::new(false),
            bulk: Cell::new(0),
            limit: InstantLimit::new(now),
            look_at: Cell::new(InstantLimit::FIRST_LOOK),
            shared_identity: Cell::new(shared_waker.identity()),
            shared_waker: RefCell::new(shared_waker),
            alarm,
            books: RefCell::new(Books {
                timers: Timers::new(),
                processes: Processes::new(),
                spare_bodies: SpareBodies::default(),
                composites: Slab::new(),
                spare_links: Vec::new(),
                guards: WaitList::new(),
                wakers: Slab::new(),
                errands: Errands::default(),
                failures: VecDeque::new(),
                failed_events: FailedEvents::new(),
            }),
        })
    }

    // ---- triggering

    /// Tells the watcher of a request that it has been triggered. The caller holds no borrow, and
    /// settles before its own call returns.
    #[inline]
    pub(crate) fn notify(&self, watcher: Watcher) {
        if let Some(key) = watcher.as_process() {
            self.make_ready(key);
        } else if watcher != Watcher::NOBODY {
            self.notify_indirect(watcher);
        }
    }

    /// A composite that is decided tells its own watcher in turn: a loop, as chains may be long.
    fn notify_indirect(&self, mut watcher: Watcher) {
        // Has a race been decided that leaves plain futures to be dropped by its owner?
        let mut sweep = false;
        loop {
            match watcher.told() {
                Told::Nobody => return,
                Told::Process(key) => return self.make_ready(key),
                Told::Waker(key) => {
                    let mut books = self.books.borrow_mut();
                    if let Some(waker) = books.wakers.remove(key).flatten() {
                        books.errands.discards.push_back(Discard::Wake(waker));
                        self.errands_waiting.set(true);
                    }
                    return;
                }
                Told::Branch { composite, branch } => {
                    let mut books = self.books.borrow_mut();
                    let node = books.composites.at(composite);
                    if !node.trigger(branch) {
                        drop(books);
                        if sweep {
                            self.wake_owner(composite);
                        }
                        return;
                    }
                    watcher = std::mem::take(&mut node.watcher);
                    let first = node.is_first();
                    sweep |= first && node.plain;
                    drop(books);
                    if first {
                        self.unlink_branches(composite, Some(branch));
                    }
                }
            }
        }
    }

    /// Resumes whoever awaits the outermost of an undecided composite, so that it drops the plain
    /// futures that have lost inside it at this instant.
    fn wake_owner(&self, mut composite: u32) {
        loop {
            let mut books = self.books.borrow_mut();
            match books.composites.at(composite).watcher.told() {
                Told::Branch { composite: outer, .. } => composite = outer,
                Told::Process(key) => {
                    drop(books);
                    return self.make_ready(key);
                }
                Told::Waker(key) => {
                    // Woken: it polls the composite, which asks to be told again.
                    let waker = books.wakers.get_mut(key).and_then(Option::take);
                    books.errands.discards.extend(waker.map(Discard::Wake));
                    self.errands_waiting.set(true);
                    return;
                }
                Told::Nobody => return,
            }
        }
    }

    /// Puts a process at the end of the ready line, unless it has a place there already.
    #[inline]
    pub(crate) fn make_ready(&self, key: Key) {
        if self.alarm.is_ringing() {
            self.answer_alarm();
        }
        self.books.borrow_mut().processes.make_ready(key);
    }

    /// Gives those whom wakers have woken their places in the ready line.
    #[cold]
    pub(crate) fn answer_alarm(&self) {
        let woken = self.alarm.quiet();
        let mut books = self.books.borrow_mut();
        for key in woken {
            books.processes.make_ready(key);
        }
    }

    /// Is it the waker that all share?
    #[inline]
    pub(crate) fn is_shared_waker(&self, waker: &Waker) -> bool {
        self.shared_identity.get().is(waker)
    }

    /// The shared waker becomes that of a process, which has kept a copy or woken it. The others share
    /// a new one.
    #[cold]
    pub(super) fn bind_shared_waker(&self, key: Key) -> Waker {
        let fresh = SharedWaker::new(&self.alarm);
        self.shared_identity.set(fresh.identity());
        self.shared_waker.replace(fresh).bind(key)
    }

    // ---- cancelling

    /// Takes what a link leads to out of its line; what it was promised becomes an errand.
    pub(crate) fn unlink(&self, link: Link) {
        match link {
            Link::Nothing => {}
            Link::Timer(key) => {
                let watcher = {
                    let books = &mut *self.books.borrow_mut();
                    books.timers.cancel(&mut books.processes, key)
                };
                self.forget(watcher);
            }
            Link::Borrowed(key) => {
                let watcher = {
                    let books = &mut *self.books.borrow_mut();
                    books.timers.unwatch(&mut books.processes, key)
                };
                self.forget(watcher);
            }
            Link::Join(key) => {
                let watcher = self.books.borrow_mut().processes.watch(key, Watcher::NOBODY);
                self.forget(watcher);
            }
            Link::Composite(key) => self.unlink_branches(key.index(), None),
            Link::Request(source, key) => {
                let after = source.unlink(key);
                self.follow_up(source, key, after);
            }
        }
    }

    /// The owner of a request has dropped it.
    pub(crate) fn cancel_request<S: Source + 'static>(&self, source: &Rc<S>, request: Key) {
        let after = source.unlink(request);
        if after != Unlinked::Gone {
            self.follow_up(Rc::clone(source) as Rc<dyn Source>, request, after);
        }
        self.settle();
    }

    /// Queues what must follow an [`unlink`](Source::unlink).
    #[inline]
    pub(crate) fn follow_up(&self, source: Rc<dyn Source>, key: Key, after: Unlinked) {
        let mut books = self.books.borrow_mut();
        match after {
            Unlinked::Gone => return,
            Unlinked::Promised => books.errands.restores.push_back((source, key)),
            Unlinked::Held => books.errands.discards.push_back(Discard::Held(source, key)),
        }
        self.errands_waiting.set(true);
    }

    /// Unlinks all branches of a composite but the winner, and theirs, in the order written. With a
    /// list of the composites under way, not by recursion, as they may be nested deep.
    fn unlink_branches(&self, composite: u32, winner: Option<u32>) {
        let mut outer = Vec::new();
        let (mut composite, mut winner, mut branch) = (composite, winner, 0);
        loop {
            // A source borrows itself to unlink, and the books are borrowed only to look: the
            // request is taken out under the borrow and unlinked after it.
            let request = {
                let books = &mut *self.books.borrow_mut();
                let Some(link) = books.composites.at(composite).branches.get_mut(branch) else {
                    match outer.pop() {
                        Some(under_way) => (composite, winner, branch) = under_way,
                        None => return,
                    }
                    continue;
                };
                let is_winner = winner.is_some_and(|winner| winner as usize == branch);
                branch += 1;
                if is_winner {
                    continue;
                }
                match std::mem::take(link) {
                    Link::Nothing => None,
                    Link::Composite(key) => {
                        if let Some(inner) = books.composites.get_mut(key) {
                            inner.close();
                            outer.push((composite, winner, branch));
                            (composite, winner, branch) = (key.index(), None, 0);
                        }
                        None
                    }
                    Link::Timer(key) => {
                        books.timers.cancel(&mut books.processes, key);
                        None
                    }
                    Link::Borrowed(key) => {
                        books.timers.unwatch(&mut books.processes, key);
                        None
                    }
                    Link::Join(key) => {
                        books.processes.watch(key, Watcher::NOBODY);
                        None
                    }
                    Link::Request(source, key) => Some((source, key)),
                }
            };
            if let Some((source, key)) = request {
                let after = source.unlink(key);
                self.follow_up(source, key, after);
            }
        }
    }

    // ---- watching

    /// What is being polled with `context` has come to wait for a request: notes `what` it is and the
    /// line that made it, and has the request, of which `watcher` finds the watcher while it waits,
    /// tell it.
    #[inline]
    pub(crate) fn await_request<'s>(
        &self,
        context: &Context<'_>,
        what: &'static What,
        at: Place,
        watcher: impl Fn() -> Option<RefMut<'s, Watcher>>,
    ) {
        self.note_waiting(what, at);
        {
            let Some(mut told) = watcher() else {
                self.check_owner(what, at);
                return;
            };
            if let Some(active) = self.active_watcher(context, *told) {
                *told = active;
                return;
            }
        }
        self.await_foreign(context, &watcher);
    }

    /// As [`await_request`](Self::await_request), if `context` is not plainly that of the active
    /// process: inside a foreign combinator with wakers of its own, that waker is woken.
    ///
    /// Cloning and dropping a waker is code of the user's, which may trigger what is awaited. So the
    /// clone comes first, and then it is looked again; what was there before is dropped last, when the
    /// new one is noted.
    #[cold]
    #[inline(never)]
    pub(super) fn await_foreign<'s>(
        &self,
        context: &Context<'_>,
        watcher: &dyn Fn() -> Option<RefMut<'s, Watcher>>,
    ) {
        self.check_owner_of_waiting();
        let active = self.active.get();
        let is_own = active != Key::NONE
            && (self.is_shared_waker(context.waker())
                || self.books.borrow_mut().processes.is_own_waker(active, context.waker()));
        if is_own {
            let old =
                watcher().map(|mut told| std::mem::replace(&mut *told, Watcher::process(active)));
            self.forget(old.unwrap_or_default());
            self.settle();
            return;
        }
        let known = |told: Watcher| match told.told() {
            Told::Waker(key) => Some(key),
            _ => None,
        };
        let before = watcher().and_then(|told| known(*told));
        if let Some(key) = before
            && let Some(Some(waker)) = self.books.borrow().wakers.get(key)
            && waker.will_wake(context.waker())
        {
            return;
        }
        let waker = context.waker().clone();
        // Copied out, as what the watcher is in may be the books.
        let Some(told) = watcher().map(|told| *told) else {
            // It has been triggered meanwhile.
            waker.wake();
            return;
        };
        let (old, new) = {
            let books = &mut *self.books.borrow_mut();
            match known(told).and_then(|key| books.wakers.get_mut(key)) {
                Some(place) => (place.replace(waker), None),
                None => (None, Some(Watcher::waker(books.wakers.insert(Some(waker))))),
            }
        };
        if let Some(new) = new
            && let Some(mut told) = watcher()
        {
            *told = new;
        }
        if let Some(old) = old {
            self.discard(Discard::Waker(old));
            self.settle();
        }
    }

    /// The active process, if `context` is plainly its own: the usual case, which needs no books.
    #[inline]
    pub(crate) fn active_watcher(
        &self,
        context: &Context<'_>,
        previous: Watcher,
    ) -> Option<Watcher> {
        let is_ours = self.is_shared_waker(context.waker());
        (is_ours && !previous.is_waker()).then(|| Watcher::process(self.active.get()))
    }

    /// Frees what a watcher that will never be told has stored.
    #[inline]
    pub(crate) fn forget(&self, watcher: Watcher) {
        if watcher.is_waker() {
            self.forget_waker(watcher);
        }
    }

    #[cold]
    fn forget_waker(&self, watcher: Watcher) {
        let Told::Waker(key) = watcher.told() else { return };
        let waker = self.books.borrow_mut().wakers.remove(key).flatten();
        let Some(waker) = waker else { return };
        if self.closed.get() {
            // Nobody settles any more.
            drop(waker);
        } else {
            // Dropped as the last errand, as this may be in the midst of a cancellation: at the latest
            // when this turn ends.
            self.discard(Discard::Waker(waker));
            self.stops.set(true);
        }
    }

    /// Changes what a waiting process is said to wait for.
    pub(crate) fn rename_waiting(&self, watcher: Watcher, what: &'static What) {
        if let Told::Process(key) = watcher.told() {
            self.books.borrow_mut().processes.rename_waiting(key, what);
        }
    }

    /// Notes what the active process has come to wait for, so that `blocked` can tell.
    #[inline]
    pub(crate) fn note_waiting(&self, what: &'static What, at: Place) {
        self.waiting_for.set(Some(what));
        self.waiting_at.set(Some(at));
    }
}

impl Books {
    /// Frees a composite's node, of which no link holds anything. Its vector is kept for the next.
    #[inline]
    pub(crate) fn free_composite(&mut self, key: Key) {
        if let Some(node) = self.composites.get_mut(key) {
            node.branches.clear();
            self.composites.vacate(key);
        }
    }

    /// Frees a composite's node; the links are for the caller to [drop](Kernel::drop_links). They must
    /// not stay: they would keep a queue alive that holds the kernel in turn.
    #[inline]
    #[must_use = "dropped outside any borrow"]
    pub(crate) fn take_composite(&mut self, key: Key) -> Vec<Link> {
        let Some(node) = self.composites.get_mut(key) else { return Vec::new() };
        let links = std::mem::take(&mut node.branches);
        self.composites.vacate(key);
        links
    }

    /// A vector for the links of a composite: the one of its node, or one that was emptied elsewhere.
    #[inline]
    pub(crate) fn links_of(&mut self, key: Key) -> Vec<Link> {
        let links = std::mem::take(&mut self.composites.at(key.index()).branches);
        if links.capacity() > 0 { links } else { std::mem::take(&mut self.spare_links) }
    }
}

impl Kernel {
    /// Drops the links of a composite that has been freed. A link may be the last to hold a thing, and
    /// what the user left in that: nothing may be borrowed. The vector is kept for the next composite.
    #[inline]
    pub(crate) fn drop_links(&self, mut links: Vec<Link>) {
        links.clear();
        self.books.borrow_mut().spare_links = links;
    }

    /// The simulation is gone: everything is dropped, and whatever is asked from now on is refused.
    pub(crate) fn close(&self) {
        /// What the first drops have asked for, and the wakers of what outlives the simulation: also if
        /// one of those drops panics.
        struct Rest<'k>(&'k Kernel);
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                let left = {
                    let books = &mut *self.0.books.borrow_mut();
                    let errands = std::mem::take(&mut books.errands);
                    // Not their slots: requests that outlive the simulation free them.
                    let wakers: Vec<Waker> =
                        books.wakers.values_mut().filter_map(Option::take).collect();
                    (errands, wakers)
                };
                drop(left);
            }
        }
        self.closed.set(true);
        self.active.set(Key::NONE);
        self.alarm.close();
        let _rest = Rest(self);
        let left = {
            let books = &mut *self.books.borrow_mut();
            let processes = std::mem::replace(&mut books.processes, Processes::new());
            let timers = std::mem::replace(&mut books.timers, Timers::new());
            let errands = std::mem::take(&mut books.errands);
            let failures = std::mem::take(&mut books.failures);
            books.failed_events = FailedEvents::new();
            let spare_bodies = std::mem::take(&mut books.spare_bodies);
            (processes, timers, errands, failures, spare_bodies)
        };
        drop(left);
    }
}
