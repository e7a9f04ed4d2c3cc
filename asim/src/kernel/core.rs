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
//! Steps 3 to 5 are [errands](super::errands): queued, and run by `Kernel::settle` before the call that
//! caused them returns, so a cancellation that causes a cancellation never goes deeper into the
//! stack.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::alarm::{Alarm, SharedWaker};
use super::blocked::{Place, What};
use super::composite::{Composite, Scope};
use super::errands::{Discard, Errands};
use super::interrupt::Guard;
use super::process_table::Processes;
use super::slab::{Key, Slab};
use super::source::{Link, Source, Unlinked};
use super::spare_bodies::SpareBodies;
use super::timers::{TimerKey, Timers};
use super::wait_list::WaitList;
use super::watcher::{Told, Watcher};
use crate::error::SimError;
use crate::kernel::interrupt::Interrupt;

/// The state of one run, shared by its simulation, its environments and all that belongs to it.
pub struct Kernel {
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
    /// Is any errand queued? Looked at after every grant, hence not in the books.
    pub(super) errands_waiting: Cell<bool>,
    pub(super) settling: Cell<bool>,
    pub(super) discarding: Cell<bool>,
    /// How many bulk drops are under way: errands wait for the outermost to end.
    pub(super) bulk: Cell<u32>,
    /// How often a process may be resumed, or a timer fire, at one instant.
    pub(crate) instant_limit: Cell<u64>,
    /// How often that was at which instant; counted only if there is a limit.
    pub(crate) turns_at: Cell<(f64, u64)>,
    /// Copies of the shared waker known to be kept by futures that do not let go of them.
    pub(crate) stray_wakers: Cell<usize>,
    pub(crate) shared_waker: SharedWaker,
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
    pub(crate) guards: WaitList<Guard>,
    /// Wakers of foreign futures that wait for one of our requests.
    wakers: Slab<Option<Waker>>,
    pub(super) errands: Errands,
    /// What ends the run as soon as the current process pauses.
    pub(crate) failures: VecDeque<SimError>,
}

impl Kernel {
    pub(crate) fn new(now: f64) -> Rc<Kernel> {
        let alarm = Arc::new(Alarm::default());
        Rc::new(Kernel {
            now: Cell::new(now),
            active: Cell::new(Key::NONE),
            fired: Cell::new(TimerKey::OVER),
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
            errands_waiting: Cell::new(false),
            settling: Cell::new(false),
            discarding: Cell::new(false),
            bulk: Cell::new(0),
            instant_limit: Cell::new(u64::MAX),
            turns_at: Cell::new((now, 0)),
            stray_wakers: Cell::new(0),
            shared_waker: SharedWaker::new(Arc::clone(&alarm)),
            alarm,
            books: RefCell::new(Books {
                timers: Timers::new(),
                processes: Processes::new(),
                spare_bodies: SpareBodies::default(),
                composites: Slab::new(),
                guards: WaitList::new(),
                wakers: Slab::new(),
                errands: Errands::default(),
                failures: VecDeque::new(),
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
                Told::Waker(index) => {
                    let mut books = self.books.borrow_mut();
                    if let Some(waker) = books.wakers.at(index).take() {
                        books.errands.discards.push_back(Discard::Wake(waker));
                        self.errands_waiting.set(true);
                    }
                    let key = books.wakers.key_at(index);
                    books.wakers.vacate(key);
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
                Told::Waker(index) => {
                    // Woken: it polls the composite, which asks to be told again.
                    let waker = books.wakers.at(index).take();
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
        if self.active.get() == Key::NONE && self.shared_waker.was_woken() {
            // A stray copy of the shared waker: nobody knows whose, so all may look.
            books.processes.make_all_ready();
        }
        for key in woken {
            books.processes.make_ready(key);
        }
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

    /// Who is to be told when what is being polled with `context` is triggered: the active process
    /// or, inside a foreign combinator with wakers of its own, that waker. `previous` is whom the
    /// request would have told before this poll.
    #[inline]
    pub(crate) fn watcher(&self, context: &Context<'_>, previous: Watcher) -> Watcher {
        match self.active_watcher(context, previous) {
            Some(watcher) => watcher,
            None => self.foreign_watcher(context, previous),
        }
    }

    /// What is being polled with `context` has come to wait for a request: notes `what` it is and the
    /// line that made it, and has the request, of which `watcher` finds the watcher, tell it.
    #[inline]
    pub(crate) fn await_request<'s>(
        &self,
        context: &Context<'_>,
        what: &'static What,
        at: Place,
        watcher: impl Fn() -> Option<RefMut<'s, Watcher>>,
    ) {
        self.note_waiting(what, at);
        let previous = {
            let Some(mut told) = watcher() else { return };
            if let Some(active) = self.active_watcher(context, *told) {
                *told = active;
                return;
            }
            *told
        };
        // Wakers run code of the user's: nothing may be borrowed.
        let foreign = self.foreign_watcher(context, previous);
        if let Some(mut told) = watcher() {
            *told = foreign;
        }
    }

    /// The active process, if `context` is plainly its own: the usual case, which needs no books.
    #[inline]
    pub(crate) fn active_watcher(
        &self,
        context: &Context<'_>,
        previous: Watcher,
    ) -> Option<Watcher> {
        let is_ours = context.waker().will_wake(self.shared_waker.waker());
        (is_ours && !previous.is_waker()).then(|| Watcher::process(self.active.get()))
    }

    #[cold]
    fn foreign_watcher(&self, context: &Context<'_>, previous: Watcher) -> Watcher {
        let active = self.active.get();
        let mut books = self.books.borrow_mut();
        if books.processes.is_own_waker(active, context.waker())
            || (active != Key::NONE && context.waker().will_wake(self.shared_waker.waker()))
        {
            drop(books);
            self.forget(previous);
            return Watcher::process(active);
        }
        if let Told::Waker(index) = previous.told()
            && books.wakers.at(index).as_ref().is_some_and(|waker| waker.will_wake(context.waker()))
        {
            return previous;
        }
        drop(books);
        let waker = context.waker().clone();
        let index = match previous.told() {
            Told::Waker(index) => index,
            _ => self.books.borrow_mut().wakers.occupy().0.index(),
        };
        let old = self.books.borrow_mut().wakers.at(index).replace(waker);
        drop(old);
        Watcher::waker(index)
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
        if let Told::Waker(index) = watcher.told() {
            let mut books = self.books.borrow_mut();
            let key = books.wakers.key_at(index);
            let waker = books.wakers.remove(key);
            drop(books);
            drop(waker);
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
    /// Frees a composite's node. Its vector is kept for the next, but not what it held: that would
    /// keep a queue alive that holds the kernel in turn.
    #[inline]
    pub(crate) fn free_composite(&mut self, key: Key) {
        if let Some(node) = self.composites.get_mut(key) {
            node.branches.clear();
            self.composites.vacate(key);
        }
    }
}

impl Kernel {
    /// The simulation is gone: everything is dropped, and whatever is asked from now on is refused.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.active.set(Key::NONE);
        let left = {
            let books = &mut *self.books.borrow_mut();
            let processes = std::mem::replace(&mut books.processes, Processes::new());
            let timers = std::mem::replace(&mut books.timers, Timers::new());
            let errands = std::mem::take(&mut books.errands);
            let failures = std::mem::take(&mut books.failures);
            let spare_bodies = std::mem::take(&mut books.spare_bodies);
            (processes, timers, errands, failures, spare_bodies)
        };
        drop(left);
        // What those drops have asked for, and the nodes that they no longer needed.
        let left = {
            let books = &mut *self.books.borrow_mut();
            let errands = std::mem::take(&mut books.errands);
            // Not their slots: requests that outlive the simulation free them.
            let wakers: Vec<Waker> = books.wakers.values_mut().filter_map(Option::take).collect();
            (errands, wakers)
        };
        drop(left);
    }
}
