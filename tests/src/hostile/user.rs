//! User things: items, values, causes and wakers that call back when the library touches them. Of
//! the library they hold only a slot. They find their world through a thread-local.

use super::program::{List, Token};
use super::world;
use asim::Slot;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::panic::resume_unwind;
use std::sync::{Arc, Once};
use std::task::{Wake, Waker};

/// What a planted panic says.
#[derive(Debug)]
pub(super) struct Planted;

/// Panics on purpose, unless a panic is under way: a second one would be an abort of the program's own
/// making.
pub(super) fn plant() {
    if !std::thread::panicking() {
        // No hook is called, and nothing printed.
        resume_unwind(Box::new(Planted));
    }
}

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static NOTES: Cell<bool> = const { Cell::new(false) };
    static WAKERS: Cell<isize> = const { Cell::new(0) };
    static FOUL: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Returns how many user things are alive in this thread.
pub(super) fn live() -> usize {
    LIVE.get()
}

/// Returns how many hostile wakers are alive in this thread.
pub(super) fn wakers() -> isize {
    WAKERS.get()
}

/// Notes that something happened that must not happen.
pub(super) fn foul(what: impl Into<String>) {
    FOUL.with_borrow_mut(|foul| foul.push(what.into()));
}

/// What was noted.
pub(super) fn take_fouls() -> Vec<String> {
    FOUL.take()
}

/// From now on, notes panics in this thread instead of printing them, or prints them again.
pub(super) fn note_panics(on: bool) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if NOTES.get() {
                let at = panic.location().map(ToString::to_string).unwrap_or_default();
                let payload = panic.payload();
                let text = payload.downcast_ref::<&str>().copied();
                let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
                foul(format!(
                    "a panic at {at}: {}\n{}",
                    text.unwrap_or("?"),
                    if std::env::var("BT").is_ok() {
                        std::backtrace::Backtrace::force_capture().to_string()
                    } else {
                        String::new()
                    }
                ));
            } else {
                before(panic);
            }
        }));
    });
    NOTES.set(on);
}

/// An item, local, cause or value.
pub(super) struct Thing {
    pub(super) rank: u32,
    token: Token,
    slot: Option<Slot>,
}

impl Thing {
    pub(super) fn new(rank: u32, token: &Token, slot: Option<Slot>) -> Self {
        LIVE.set(LIVE.get() + 1);
        Self { rank, token: token.clone(), slot }
    }
}

impl Clone for Thing {
    fn clone(&self) -> Self {
        world::call(self.token.call, "clone");
        Self::new(self.rank, &self.token, None)
    }
}

impl Drop for Thing {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
        let slot = self.slot.take();
        world::call(self.token.drop, "drop");
        drop(slot);
    }
}

impl PartialEq for Thing {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Thing {}

impl PartialOrd for Thing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Thing {
    fn cmp(&self, other: &Self) -> Ordering {
        world::call(self.token.call, "compare");
        (self.rank % 3).cmp(&(other.rank % 3))
    }
}

/// A filter that calls back, and holds something that calls back when it is dropped.
pub(super) fn filter(list: Option<List>, odd: bool) -> impl FnMut(&Thing) -> bool + 'static {
    let held = Thing::new(0, &Token { drop: list, ..Token::default() }, None);
    move |thing| {
        let _held = &held;
        world::call(list, "filter");
        (thing.rank % 2 == 1) == odd
    }
}

/// A key that calls back when it is asked for, when it is compared, and when it is dropped.
pub(super) struct Key {
    rank: u32,
    list: Option<List>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        world::call(self.list, "compare keys");
        self.rank.partial_cmp(&other.rank)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        world::call(self.list, "drop a key");
    }
}

/// A function that gives such keys.
pub(super) fn key(list: Option<List>) -> impl FnMut(&Thing) -> Key + 'static {
    move |thing| {
        world::call(list, "key");
        Key { rank: thing.rank % 5, list }
    }
}

/// A waker that calls back when it wakes and when it is dropped, but only in the thread that made
/// it.
struct Hostile {
    wake: Option<List>,
    drop: Option<List>,
}

pub(super) fn waker(wake: Option<List>, drop: Option<List>) -> Waker {
    WAKERS.set(WAKERS.get() + 1);
    Waker::from(Arc::new(Hostile { wake, drop }))
}

impl Wake for Hostile {
    fn wake(self: Arc<Self>) {
        world::call(self.wake, "wake");
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        WAKERS.set(WAKERS.get() - 1);
        world::call(self.drop, "waker dropped");
    }
}
