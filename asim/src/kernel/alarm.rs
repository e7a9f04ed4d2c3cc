//! Wakes that come through [`std::task::Waker`]: from futures of other crates and other threads.
//!
//! Natives never use wakers. Every process is therefore polled with one shared waker, and only a
//! process that awaits something foreign, something that keeps a copy of its waker, gets a waker of
//! its own (the kernel sees that by the count of copies, and polls the process once more with the
//! new one, as any executor may).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use super::slab::Key;

/// Collects the processes that wakers have woken until the kernel notices.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    /// Is there anything in `woken`, or was the shared waker woken?
    ringing: AtomicBool,
    woken: Mutex<Vec<Key>>,
}

impl Alarm {
    #[inline]
    pub(crate) fn is_ringing(&self) -> bool {
        self.ringing.load(Ordering::Relaxed)
    }

    fn ring(&self, key: Option<Key>) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        woken.extend(key);
        self.ringing.store(true, Ordering::Release);
    }

    /// The processes woken since the last call, in the order in which they were.
    pub(crate) fn quiet(&self) -> Vec<Key> {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        self.ringing.store(false, Ordering::Release);
        std::mem::take(&mut woken)
    }
}

/// The waker that all processes share which await only natives.
#[derive(Debug)]
pub(crate) struct SharedWaker {
    /// The count of its copies tells whether a future has kept one.
    wake: Arc<SharedWake>,
    waker: Waker,
}

#[derive(Debug)]
struct SharedWake {
    alarm: Arc<Alarm>,
    woken: AtomicBool,
}

impl Wake for SharedWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.alarm.ring(None);
    }
}

/// How many copies there are when no future has kept one: our own and the waker's.
const OURS: usize = 2;

impl SharedWaker {
    pub(crate) fn new(alarm: Arc<Alarm>) -> Self {
        let wake = Arc::new(SharedWake { alarm, woken: AtomicBool::new(false) });
        let waker = Waker::from(Arc::clone(&wake));
        SharedWaker { wake, waker }
    }

    #[inline]
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// How many copies futures have kept.
    #[inline]
    pub(crate) fn kept(&self) -> usize {
        Arc::strong_count(&self.wake) - OURS
    }

    /// Has it been woken since the last call? Asked after [`kept`](Self::kept): whoever wakes and
    /// drops a copy in another thread has woken first.
    pub(crate) fn was_woken(&self) -> bool {
        self.wake.woken.swap(false, Ordering::AcqRel)
    }
}

/// The waker of one process.
struct OwnWake {
    alarm: Arc<Alarm>,
    key: Key,
}

impl Wake for OwnWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.alarm.ring(Some(self.key));
    }
}

pub(crate) fn own_waker(alarm: &Arc<Alarm>, key: Key) -> Waker {
    Waker::from(Arc::new(OwnWake { alarm: Arc::clone(alarm), key }))
}
