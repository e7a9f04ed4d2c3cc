//! Wakes that come through [`std::task::Waker`]: from futures of other crates and other threads.
//!
//! Natives never use wakers. Every process is therefore polled with one waker that all share, of which
//! nobody keeps a copy. A process that awaits something foreign shows by keeping one, or by waking it
//! while it is polled: the count of references tells. Then that waker becomes the process's own, with
//! all its copies, and the others share a new one. So every copy leads to the one process that it was
//! given to.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{RawWakerVTable, Wake, Waker};

use super::slab::Key;

/// Collects the processes that wakers have woken until the kernel notices.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// Is there anything in `woken`?
    ringing: AtomicBool,
    /// None once the simulation is gone.
    woken: Mutex<Option<Vec<Arc<ProcessWake>>>>,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Alarm { ringing: AtomicBool::new(false), woken: Mutex::new(Some(Vec::new())) }
    }

    #[inline]
    pub(crate) fn is_ringing(&self) -> bool {
        self.ringing.load(Ordering::Relaxed)
    }

    fn ring(&self, who: Arc<ProcessWake>) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(woken) = &mut *woken {
            woken.push(who);
            self.ringing.store(true, Ordering::Release);
        }
    }

    /// The simulation is gone: whoever is woken from now on is not noted. (It would hold the alarm, and
    /// the alarm it, for ever.)
    pub(crate) fn close(&self) {
        let left = {
            let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
            self.ringing.store(false, Ordering::Release);
            woken.take()
        };
        drop(left);
    }

    /// The processes woken since the last call, in the order in which they were. Who has woken the
    /// waker that all share is known only after the poll that is under way: that stays noted.
    pub(crate) fn quiet(&self) -> Vec<Key> {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(woken) = &mut *woken else { return Vec::new() };
        let mut keys = Vec::with_capacity(woken.len());
        woken.retain(|who| {
            let Some(key) = who.key() else { return true };
            // Before its process runs: what wakes it from here on is to be noticed again. A swap, so
            // that what the last waker wrote is seen.
            who.is_noted.swap(false, Ordering::AcqRel);
            keys.push(key);
            false
        });
        self.ringing.store(!woken.is_empty(), Ordering::Release);
        keys
    }
}

/// What a waker of the simulation wakes.
#[derive(Debug)]
pub(super) struct ProcessWake {
    alarm: Arc<Alarm>,
    /// The process; [`Key::NONE`] while all share the waker.
    key: AtomicU64,
    /// Is it among those whom the alarm has noted? However often it is woken, it is noted once.
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
            self.alarm.ring(Arc::clone(self));
        }
    }
}

/// The waker that all processes share which await only natives.
#[derive(Debug, Clone)]
pub(super) struct SharedWaker {
    wake: Arc<ProcessWake>,
    waker: Waker,
}

/// How many references there are while nobody has kept one: two of the kernel's, and two of the loop
/// that polls with them.
const OURS: usize = 4;

impl SharedWaker {
    pub(super) fn new(alarm: &Arc<Alarm>) -> Self {
        let wake = Arc::new(ProcessWake {
            alarm: Arc::clone(alarm),
            key: AtomicU64::new(Key::NONE.0),
            is_noted: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&wake));
        SharedWaker { wake, waker }
    }

    #[inline]
    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// By what it is told from other wakers.
    pub(super) fn identity(&self) -> WakerIdentity {
        WakerIdentity { data: self.waker.data(), vtable: self.waker.vtable() }
    }

    /// Has what was polled kept a copy, or woken it?
    #[inline]
    pub(super) fn is_kept(&self) -> bool {
        Arc::strong_count(&self.wake) != OURS
    }

    /// From now on it is the waker of this process alone.
    pub(super) fn bind(self, key: Key) -> Waker {
        self.wake.key.store(key.0, Ordering::Release);
        self.waker
    }
}

/// What [`Waker::will_wake`] compares.
#[derive(Debug, Clone, Copy)]
pub(super) struct WakerIdentity {
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl WakerIdentity {
    #[inline]
    pub(super) fn is(self, waker: &Waker) -> bool {
        waker.data() == self.data && std::ptr::eq(waker.vtable(), self.vtable)
    }
}
