//! The processes of a run, and the line of those that are ready.
//!
//! ```text
//!            start                resume            body returns
//!   (new) ----------> ready ----------------> running -----------> done --> (slot free)
//!                       ^   1               2  |  ^                 ^   5
//!                       |                      |  |                 |
//!                       +------- waiting <-----+  |                 |
//!                      3           |   pauses     |                 |
//!                                  |              +-- cancelled, ---+
//!                                  +----------------- interrupted ---  4
//! ```
//!
//! 1. [`Processes::start`]: at the end of the ready line.
//! 2. `Kernel::resume` takes the body out of the table and polls it, so that what it calls finds
//!    the table free.
//! 3. [`Processes::make_ready`]: something that it waits for was triggered, or an interrupt came.
//!    A process is in the ready line at most once.
//! 4. `Kernel::cancel` and an interrupt that nobody catches drop the body.
//! 5. The slot is freed at once if nobody holds the handle, else when the handle has given the
//!    result away or is dropped.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Waker;

use super::blocked::{Blocked, Place, What};
use super::interrupt::Interrupt;
use super::process::Body;
use super::slab::{Key, Slab};
use super::watcher::Watcher;

/// One process.
#[derive(Default)]
pub(crate) struct Slot {
    /// Absent while it runs, and once it was cancelled or interrupted to its end.
    pub(crate) body: Option<Pin<Box<dyn Body>>>,
    /// When it was last resumed.
    since: f64,
    /// What it waits for, if that is a native, and the line that made the request.
    pub(crate) waiting_for: Option<&'static What>,
    pub(crate) waiting_at: Option<Place>,
    /// Who waits for its end.
    pub(crate) watcher: Watcher,
    pub(crate) name: Cow<'static, str>,
    /// What few processes need.
    extras: Option<Box<Extras>>,
    pub(crate) state: State,
    /// Does anybody hold its handle?
    pub(crate) has_handle: bool,
    /// Is it in the ready line?
    pub(crate) ready: bool,
    /// It has cancelled itself and ends when it next pauses.
    pub(crate) cancelled: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Not yet resumed for the first time.
    #[default]
    New,
    Started,
    Done,
}

#[derive(Default)]
pub(crate) struct Extras {
    /// Interrupts that it has not yet received.
    pub(crate) interrupts: VecDeque<Interrupt>,
    /// Its `interruptible` parts that have been polled and are not over, in that order.
    pub(crate) guards: Vec<Key>,
    /// The waker of its own, since it has awaited something foreign.
    pub(crate) waker: Option<Waker>,
    /// How it ended, if not by itself.
    pub(crate) stopped: Option<Stop>,
}

/// How a process was ended from outside.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    Cancelled,
    Interrupted(Interrupt),
}

impl Slot {
    /// The process resumes now.
    #[inline]
    pub(crate) fn note_running(&mut self, now: f64) {
        self.since = now;
        self.ready = false;
    }

    pub(crate) fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    #[inline]
    pub(crate) fn has_extras(&self) -> bool {
        self.extras.is_some()
    }

    pub(crate) fn extras_if_any(&mut self) -> Option<&mut Extras> {
        self.extras.as_deref_mut()
    }

    /// When it was last resumed; once it is over, when it ended.
    pub(crate) fn since(&self) -> f64 {
        self.since
    }

    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }
}

/// The table of processes and the ready line.
pub(crate) struct Processes {
    slots: Slab<Slot>,
    ready: VecDeque<Key>,
    /// Ended in an error that their living handles have not yet given away.
    unclaimed: Vec<Key>,
}

impl Processes {
    pub(crate) fn new() -> Self {
        Processes { slots: Slab::new(), ready: VecDeque::new(), unclaimed: Vec::new() }
    }

    pub(crate) fn start(&mut self, body: Pin<Box<dyn Body>>, name: Cow<'static, str>) -> Key {
        let (key, slot) = self.slots.occupy();
        // Field by field: of what the last process left in the slot nothing needs to be dropped.
        slot.body = Some(body);
        slot.name = name;
        slot.waiting_for = None;
        slot.watcher = Watcher::NOBODY;
        slot.state = State::New;
        slot.has_handle = true;
        slot.ready = true;
        slot.cancelled = false;
        self.ready.push_back(key);
        key
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Slot> {
        self.slots.get_mut(key)
    }

    /// The guards of a process.
    pub(crate) fn guards(&self, key: Key) -> &[Key] {
        let extras = self.slots.get(key).and_then(|slot| slot.extras.as_ref());
        extras.map_or(&[], |extras| &extras.guards)
    }

    #[inline]
    pub(crate) fn make_ready(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(key)
            && !slot.ready
            && slot.state != State::Done
        {
            slot.ready = true;
            self.ready.push_back(key);
        }
    }

    #[inline]
    pub(crate) fn next_ready(&mut self) -> Option<Key> {
        self.ready.pop_front()
    }

    /// Puts back a process that was next.
    pub(crate) fn put_first(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.ready = true;
            self.ready.push_front(key);
        }
    }

    pub(crate) fn any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The names of those that are ready, at most so many.
    pub(crate) fn ready_names(&self, most: usize) -> Vec<String> {
        let slots = self.ready.iter().filter_map(|&key| self.slots.get(key));
        slots.take(most).map(|slot| slot.name.to_string()).collect()
    }

    /// All that wait.
    pub(crate) fn make_all_ready(&mut self) {
        let waits = |slot: &Slot| slot.state == State::Started && slot.body.is_some();
        let keys: Vec<Key> =
            self.slots.slots().filter(|(_, slot)| waits(slot)).map(|(key, _)| key).collect();
        for key in keys {
            self.make_ready(key);
        }
    }

    /// Replaces who is told of the process's end: who was.
    pub(crate) fn watch(&mut self, key: Key, watcher: Watcher) -> Watcher {
        match self.slots.get_mut(key) {
            Some(slot) => std::mem::replace(&mut slot.watcher, watcher),
            None => Watcher::NOBODY,
        }
    }

    pub(crate) fn rename_waiting(&mut self, key: Key, what: &'static What) {
        if let Some(slot) = self.slots.get_mut(key).filter(|slot| slot.waiting_for.is_some()) {
            slot.waiting_for = Some(what);
        }
    }

    pub(crate) fn is_own_waker(&mut self, key: Key, waker: &Waker) -> bool {
        let extras = self.slots.get_mut(key).and_then(Slot::extras_if_any);
        extras.and_then(|extras| extras.waker.as_ref()).is_some_and(|own| own.will_wake(waker))
    }

    /// Frees the slot of a process that ended by itself and is of no interest any more; its extras
    /// are for the caller to drop, outside any borrow.
    #[inline]
    pub(crate) fn retire(&mut self, key: Key) -> Option<Box<Extras>> {
        let extras = self.slots.get_mut(key)?.extras.take();
        self.slots.vacate(key);
        extras
    }

    /// Frees the slot; what was in it is for the caller to drop, outside any borrow.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Slot> {
        self.slots.remove(key)
    }

    pub(crate) fn note_unclaimed(&mut self, key: Key) {
        if self.unclaimed.len() == self.unclaimed.capacity() {
            // Most have been claimed long since; looked at only when the list would grow.
            let slots = &self.slots;
            self.unclaimed.retain(|&key| slots.contains(key));
        }
        self.unclaimed.push(key);
    }

    /// The first process, in the order of their ends, whose error nobody has claimed.
    pub(crate) fn next_unclaimed(&mut self) -> Option<Key> {
        let next = self.unclaimed.iter().position(|&key| self.slots.contains(key));
        self.unclaimed
            .drain(..next.map_or(self.unclaimed.len(), |next| next + 1))
            .next_back()
            .filter(|_| next.is_some())
    }

    pub(crate) fn blocked(&self) -> Vec<Blocked> {
        let waiting =
            |slot: &&Slot| slot.state == State::Started && slot.body.is_some() && !slot.ready;
        let blocked = |slot: &Slot| Blocked {
            process: slot.name.to_string(),
            waiting_for: slot
                .waiting_for
                .map_or("a future that is not the simulation's", |what| what.0),
            since: slot.since,
            location: slot.waiting_for.and(slot.waiting_at),
        };
        self.slots.slots().map(|(_, slot)| slot).filter(waiting).map(blocked).collect()
    }
}
