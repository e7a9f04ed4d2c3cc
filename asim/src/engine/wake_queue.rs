//! The wake queue: wakes that come through [`std::task::Waker`], from futures of other crates and from
//! other threads.
//!
//! Natives never use wakers. So all processes are polled with one shared waker, and no native keeps a
//! copy of it. A future of another crate keeps a copy, or wakes it while it is polled; the count of
//! references shows this. Then this waker, with all its copies, becomes the process's own, and the other
//! processes share a new one. So every copy wakes the one process to which it was given.
//!
//! While a process waits, the kernel has only a weak reference to the waker of its own. Whoever can still
//! wake the process keeps the waker alive. So the wake queue knows how many processes others can wake
//! ([`ProcessWake::is_counted`]), and when the last copy of a waker goes, it is told.
//!
//! # Real time
//!
//! A run in real time sleeps here until its next timer is due. While such a run is under way the queue is
//! *paced*: wakes of other threads wait apart, in `outside`, until the run has set the clock to the time
//! on the wall. Wakes of the run's own thread come from the model itself, and take effect at once, as in
//! any run.
//!
//! No wake is lost between a look and a sleep. The sleeper looks at the lists while it has the lock, and
//! [`Condvar`] gives the lock up and falls asleep in one step. A waker adds its process to a list while it
//! has the lock, and notifies after that. So either the sleeper sees the process in the list, or it is
//! asleep already when it is notified. The same is true of a waker that goes: it is taken off the count
//! first, and then it takes the lock to notify.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{RawWakerVTable, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::engine::slab::Key;

/// The processes that wakers have woken, until the kernel takes them.
#[derive(Debug)]
pub(crate) struct WakeQueue {
    /// Whether `woken` holds anything.
    has_woken_flag: AtomicBool,
    /// Whether `outside` may hold anything.
    has_outside_flag: AtomicBool,
    /// Whether a run in real time is under way.
    is_paced: AtomicBool,
    /// The processes that others can wake.
    wakeable: AtomicUsize,
    lists: Mutex<Lists>,
    /// Notified when something comes into a list of a paced queue, or when a waker goes.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Lists {
    /// Set once the simulation is gone.
    is_closed: bool,
    woken: Vec<Arc<ProcessWake>>,
    /// What other threads have woken, as long as the queue is paced.
    outside: Vec<Arc<ProcessWake>>,
    /// Whether another thread has woken what the owner of the run waits for.
    owner_is_woken: bool,
    /// The thread of the paced run.
    paced_by: Option<ThreadId>,
}

impl WakeQueue {
    pub(crate) fn new() -> Self {
        WakeQueue {
            has_woken_flag: AtomicBool::new(false),
            has_outside_flag: AtomicBool::new(false),
            is_paced: AtomicBool::new(false),
            wakeable: AtomicUsize::new(0),
            lists: Mutex::new(Lists::default()),
            changed: Condvar::new(),
        }
    }

    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(crate) fn has_woken(&self) -> bool {
        self.has_woken_flag.load(Ordering::Relaxed)
    }

    fn push(&self, who: &Arc<ProcessWake>) {
        let mut lists = self.lists();
        if lists.is_closed {
            return;
        }
        if lists.paced_by.is_some_and(|thread| thread != thread::current().id()) {
            lists.outside.push(Arc::clone(who));
            self.has_outside_flag.store(true, Ordering::Release);
            self.changed.notify_all();
        } else {
            lists.woken.push(Arc::clone(who));
            self.has_woken_flag.store(true, Ordering::Release);
        }
    }

    /// Lets a wake of the run's own thread take effect at once, although another thread has woken the same
    /// process before.
    #[cold]
    fn push_again(&self, who: &Arc<ProcessWake>) {
        let mut lists = self.lists();
        if lists.paced_by == Some(thread::current().id())
            && let Some(at) = lists.outside.iter().position(|other| Arc::ptr_eq(other, who))
        {
            let who = lists.outside.remove(at);
            lists.woken.push(who);
            self.has_woken_flag.store(true, Ordering::Release);
        }
    }

    /// Closes the queue when the simulation is dropped: wakes from now on are not noted. (A noted
    /// process would hold the queue, and the queue the process, for ever.)
    pub(crate) fn close(&self) {
        let left = {
            let mut lists = self.lists();
            self.has_woken_flag.store(false, Ordering::Release);
            std::mem::replace(&mut *lists, Lists { is_closed: true, ..Lists::default() })
        };
        // Not under the lock: the last reference to a waker tells the queue that it goes.
        drop(left);
    }

    /// Takes the processes that were woken since the last call, in that order. A wake of the shared
    /// waker stays in the queue: its process is known only after the present poll.
    pub(crate) fn drain(&self) -> Vec<(Key, Arc<ProcessWake>)> {
        let mut lists = self.lists();
        let all = std::mem::take(&mut lists.woken);
        let mut processes = Vec::with_capacity(all.len());
        for who in all {
            let Some(key) = who.key() else {
                lists.woken.push(who);
                continue;
            };
            // Cleared before its process runs, so that a later wake is noted again. A swap, so that what
            // the last waker wrote is seen.
            who.is_noted.swap(false, Ordering::AcqRel);
            processes.push((key, who));
        }
        self.has_woken_flag.store(!lists.woken.is_empty(), Ordering::Release);
        processes
    }

    // ---- real time

    /// Paces the queue: from now on, what other threads wake waits for [`notice`](Self::notice). So does
    /// what has been woken since the last run.
    pub(crate) fn start_pacing(&self) {
        let mut lists = self.lists();
        lists.paced_by = Some(thread::current().id());
        lists.owner_is_woken = false;
        self.is_paced.store(true, Ordering::SeqCst);
        let woken = std::mem::take(&mut lists.woken);
        lists.outside.extend(woken);
        self.has_woken_flag.store(false, Ordering::Release);
        self.has_outside_flag.store(!lists.outside.is_empty(), Ordering::Release);
    }

    /// Paces the queue no more. What has not been noticed waits for the next run.
    pub(crate) fn stop_pacing(&self) {
        let mut lists = self.lists();
        lists.paced_by = None;
        self.is_paced.store(false, Ordering::SeqCst);
        self.notice_all(&mut lists);
    }

    /// Returns `true` if another thread has woken something that has not been noticed.
    pub(crate) fn has_outside(&self) -> bool {
        self.has_outside_flag.load(Ordering::Acquire)
    }

    /// Lets what other threads have woken take effect. Returns `true` if what the owner of the run waits
    /// for is among it.
    pub(crate) fn notice(&self) -> bool {
        self.notice_all(&mut self.lists())
    }

    fn notice_all(&self, lists: &mut Lists) -> bool {
        let outside = std::mem::take(&mut lists.outside);
        lists.woken.extend(outside);
        self.has_woken_flag.store(!lists.woken.is_empty(), Ordering::Release);
        self.has_outside_flag.store(false, Ordering::Release);
        std::mem::take(&mut lists.owner_is_woken)
    }

    /// Notes that another thread has woken what the owner of a paced run waits for. Returns `false` if
    /// the queue is not paced, or if this is the thread of the run.
    pub(crate) fn wake_owner(&self) -> bool {
        if !self.is_paced.load(Ordering::SeqCst) {
            return false;
        }
        let mut lists = self.lists();
        if lists.paced_by.is_none_or(|thread| thread == thread::current().id()) {
            return false;
        }
        lists.owner_is_woken = true;
        self.has_outside_flag.store(true, Ordering::Release);
        self.changed.notify_all();
        true
    }

    /// Returns `true` if a process waits that others can wake.
    pub(crate) fn is_wakeable(&self) -> bool {
        self.wakeable.load(Ordering::SeqCst) > 0
    }

    /// Sleeps until another thread wakes something, or until `deadline`. Without a deadline, sleeps as long
    /// as somebody can wake a process, or the owner of the run.
    pub(crate) fn sleep(&self, deadline: Option<Instant>, owner_is_wakeable: &dyn Fn() -> bool) {
        let mut lists = self.lists();
        while !lists.is_closed && lists.outside.is_empty() && !lists.owner_is_woken {
            lists = match deadline {
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left == Duration::ZERO {
                        return;
                    }
                    let woken = self.changed.wait_timeout(lists, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None if !self.is_wakeable() && !owner_is_wakeable() => return,
                None => self.changed.wait(lists).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Notes that a waker has gone: a sleeper looks again.
    pub(crate) fn note_gone(&self) {
        if self.is_paced.load(Ordering::SeqCst) {
            let lists = self.lists();
            self.changed.notify_all();
            drop(lists);
        }
    }
}

/// The target of a waker of the simulation.
#[derive(Debug)]
pub(crate) struct ProcessWake {
    wake_queue: Arc<WakeQueue>,
    /// The process; [`Key::NONE`] while all processes share the waker.
    key: AtomicU64,
    /// Whether it is in the queue. However often it is woken, it is in the queue once.
    is_noted: AtomicBool,
    /// Whether the queue counts it among those by which others can wake a process: its process waits, and
    /// has left the waker to them.
    is_counted: AtomicBool,
}

impl ProcessWake {
    fn key(&self) -> Option<Key> {
        let key = Key(self.key.load(Ordering::Acquire));
        (key != Key::NONE).then_some(key)
    }

    fn count(&self) {
        if !self.is_counted.swap(true, Ordering::SeqCst) {
            self.wake_queue.wakeable.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn uncount(&self) {
        if self.is_counted.swap(false, Ordering::SeqCst) {
            self.wake_queue.wakeable.fetch_sub(1, Ordering::SeqCst);
            self.wake_queue.note_gone();
        }
    }
}

impl Wake for ProcessWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_noted.swap(true, Ordering::AcqRel) {
            self.wake_queue.push(self);
        } else if self.wake_queue.has_outside() {
            self.wake_queue.push_again(self);
        }
    }
}

impl Drop for ProcessWake {
    fn drop(&mut self) {
        self.uncount();
    }
}

/// The waker that is shared by all processes that await only natives.
#[derive(Debug, Clone)]
pub(crate) struct SharedWaker {
    wake: Arc<ProcessWake>,
    waker: Waker,
}

/// The number of references while nobody has kept one: two in the kernel, and two in the loop that polls
/// with them.
const OURS: usize = 4;

impl SharedWaker {
    pub(crate) fn new(wake_queue: &Arc<WakeQueue>) -> Self {
        let wake = Arc::new(ProcessWake {
            wake_queue: Arc::clone(wake_queue),
            key: AtomicU64::new(Key::NONE.0),
            is_noted: AtomicBool::new(false),
            is_counted: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&wake));
        SharedWaker { wake, waker }
    }

    #[inline]
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Returns what distinguishes it from other wakers.
    pub(crate) fn identity(&self) -> WakerIdentity {
        WakerIdentity::of(&self.waker)
    }

    /// Returns `true` if what was polled has kept a copy, or has woken it.
    #[inline]
    pub(crate) fn is_kept(&self) -> bool {
        Arc::strong_count(&self.wake) != OURS
    }

    /// Makes it the waker of this process alone.
    pub(crate) fn bind(self, key: Key) -> OwnWaker {
        self.wake.key.store(key.0, Ordering::Release);
        OwnWaker { identity: self.identity(), hold: Hold::Ours(self.wake) }
    }
}

/// The waker of one process, which has awaited something foreign.
#[derive(Debug)]
pub(crate) struct OwnWaker {
    identity: WakerIdentity,
    hold: Hold,
}

/// Who keeps the waker of a process alive.
#[derive(Debug)]
enum Hold {
    /// The process: it is about to run, or runs.
    Ours(Arc<ProcessWake>),
    /// Others, while the process waits. If they have let go, nobody can wake it any more.
    Others(Weak<ProcessWake>),
}

impl OwnWaker {
    /// Returns the waker, for the next poll of its process. Returns `None` if all copies are gone; then the
    /// process is polled with the shared waker again.
    pub(crate) fn waker(&self) -> Option<Waker> {
        match &self.hold {
            Hold::Ours(wake) => Some(Waker::from(Arc::clone(wake))),
            Hold::Others(wake) => wake.upgrade().map(Waker::from),
        }
    }

    /// Returns `true` if this is the waker or a copy of it.
    pub(crate) fn is(&self, waker: &Waker) -> bool {
        self.identity.is(waker)
    }

    /// Leaves the waker to others when its process pauses. It goes if nobody has a copy.
    pub(crate) fn leave(&mut self) {
        if let Hold::Ours(wake) = &self.hold {
            wake.count();
            self.hold = Hold::Others(Arc::downgrade(wake));
        }
    }

    /// Keeps the waker alive for the next poll: it has woken its process. So a future that is woken again
    /// and again does not need a new waker each time.
    pub(crate) fn keep(&mut self, wake: Arc<ProcessWake>) {
        if let Hold::Others(weak) = &self.hold
            && Weak::as_ptr(weak) == Arc::as_ptr(&wake)
        {
            wake.uncount();
            self.hold = Hold::Ours(wake);
        }
    }
}

impl Drop for OwnWaker {
    /// The process has ended: copies that are left wake nobody.
    fn drop(&mut self) {
        if let Hold::Others(wake) = &self.hold
            && let Some(wake) = wake.upgrade()
        {
            wake.uncount();
        }
    }
}

/// What [`Waker::will_wake`] compares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WakerIdentity {
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl WakerIdentity {
    pub(crate) fn of(waker: &Waker) -> Self {
        WakerIdentity { data: waker.data(), vtable: waker.vtable() }
    }

    #[inline]
    pub(crate) fn is(self, waker: &Waker) -> bool {
        waker.data() == self.data && std::ptr::eq(waker.vtable(), self.vtable)
    }
}
