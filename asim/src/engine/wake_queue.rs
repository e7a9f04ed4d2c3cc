//! The wake queue: wakes that come through [`std::task::Waker`], from futures of other crates and from
//! other threads.
//!
//! Natives never use wakers. So all processes are polled with one shared waker, and no native keeps a
//! copy of it. A future of another crate keeps a copy, or wakes it while it is polled; the count of
//! references shows this. Then this waker, with all its copies, becomes the process's own, and the other
//! processes share a new one. So every copy wakes the one process to which it was given.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{RawWakerVTable, Wake, Waker};

use crate::engine::slab::Key;

/// The processes that wakers have woken, until the kernel takes them.
#[derive(Debug)]
pub(crate) struct WakeQueue {
    /// Whether `woken` holds anything.
    has_woken_flag: AtomicBool,
    /// `None` once the simulation is gone.
    woken: Mutex<Option<Vec<Arc<ProcessWake>>>>,
}

impl WakeQueue {
    pub(crate) fn new() -> Self {
        WakeQueue { has_woken_flag: AtomicBool::new(false), woken: Mutex::new(Some(Vec::new())) }
    }

    #[inline]
    pub(crate) fn has_woken(&self) -> bool {
        self.has_woken_flag.load(Ordering::Relaxed)
    }

    fn push(&self, who: Arc<ProcessWake>) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(woken) = &mut *woken {
            woken.push(who);
            self.has_woken_flag.store(true, Ordering::Release);
        }
    }

    /// Closes the queue when the simulation is dropped: wakes from now on are not noted. (A noted
    /// process would hold the queue, and the queue the process, for ever.)
    pub(crate) fn close(&self) {
        let left = {
            let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
            self.has_woken_flag.store(false, Ordering::Release);
            woken.take()
        };
        drop(left);
    }

    /// Takes the processes that were woken since the last call, in that order. A wake of the shared
    /// waker stays in the queue: its process is known only after the present poll.
    pub(crate) fn drain(&self) -> Vec<Key> {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(woken) = &mut *woken else { return Vec::new() };
        let mut keys = Vec::with_capacity(woken.len());
        woken.retain(|who| {
            let Some(key) = who.key() else { return true };
            // Cleared before its process runs, so that a later wake is noted again. A swap, so that what
            // the last waker wrote is seen.
            who.is_noted.swap(false, Ordering::AcqRel);
            keys.push(key);
            false
        });
        self.has_woken_flag.store(!woken.is_empty(), Ordering::Release);
        keys
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
}

impl ProcessWake {
    fn key(&self) -> Option<Key> {
        let key = Key(self.key.load(Ordering::Acquire));
        (key != Key::NONE).then_some(key)
    }
}

impl Wake for ProcessWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_noted.swap(true, Ordering::AcqRel) {
            self.wake_queue.push(Arc::clone(self));
        }
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
        WakerIdentity { data: self.waker.data(), vtable: self.waker.vtable() }
    }

    /// Returns `true` if what was polled has kept a copy, or has woken it.
    #[inline]
    pub(crate) fn is_kept(&self) -> bool {
        Arc::strong_count(&self.wake) != OURS
    }

    /// Makes it the waker of this process alone.
    pub(crate) fn bind(self, key: Key) -> Waker {
        self.wake.key.store(key.0, Ordering::Release);
        self.waker
    }
}

/// What [`Waker::will_wake`] compares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WakerIdentity {
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl WakerIdentity {
    #[inline]
    pub(crate) fn is(self, waker: &Waker) -> bool {
        waker.data() == self.data && std::ptr::eq(waker.vtable(), self.vtable)
    }
}
