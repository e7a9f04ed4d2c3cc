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
//! 1. [`Processes::start`]: at the end of the ready line. One that starts later is new, and in no
//!    line, until its timer resumes it: it is scheduled.
//! 2. `Kernel::take_turns` takes the body out of the table and polls it, so that what it calls finds
//!    the table free.
//! 3. [`Processes::make_ready`]: something that it waits for was triggered, or an interrupt came.
//!    A process is in the ready line at most once, but for the places of interrupts that it was sent
//!    before it started: each has a place of its own, that of the call. A process that has such a
//!    place is resumed there; if there is no reason to when its turn comes, it is passed over.
//! 4. `Kernel::end`: it was cancelled, or interrupted where nothing catches that; its body is dropped.
//! 5. The slot is freed at once if nobody holds the handle, else when the handle has given the
//!    result away or is dropped.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Waker;

use super::blocked::{Blocked, Place, What};
use super::interrupt::Interrupt;
use super::passed_on::FailedJoin;
use super::process::Body;
use super::slab::{Key, Slab};
use super::timers::{Mark, TimerKey};
use super::wait_list::Line;
use super::watcher::Watcher;

/// What a turn of the loop looks at of a process: with its place in the table, 64 bytes. The rest is
/// in its [`Papers`].
#[derive(Default)]
pub(crate) struct Slot {
    /// Absent while it runs, and once it was cancelled or interrupted to its end.
    pub(crate) body: Option<Pin<Box<dyn Body>>>,
    /// When it was last resumed.
    since: f64,
    /// What it waits for, if that is a native, and the line that made the request.
    pub(crate) waiting_for: Option<&'static What>,
    pub(crate) waiting_at: Option<Place>,
    /// Its own timer (see [`timers`](super::timers)): who is told when it fires.
    pub(super) timer_watcher: Watcher,
    pub(super) timer_mark: Mark,
    life: Life,
    /// Has it ended, or extras that a turn must look at?
    attention: bool,
    /// Does anybody hold its handle?
    has_handle: bool,
}

/// What a turn of the loop does not look at.
#[derive(Default)]
struct Papers {
    name: &'static str,
    /// Who waits for its end.
    watcher: Watcher,
    /// What few processes need.
    extras: Option<Box<Extras>>,
    /// Counts the starts.
    number: u64,
}

/// Where in its life a process is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Life {
    /// Not in the ready line: its timer resumes it for the first time.
    Scheduled,
    /// In the ready line for the first time.
    New,
    /// In the ready line.
    Ready,
    /// Running, or waiting for something.
    Started,
    /// Running or waiting, with a place in the ready line: that of an interrupt which came before it started.
    Placed,
    /// Over; what it leaves in the ready line is passed over.
    #[default]
    Done,
}

#[derive(Default)]
pub(crate) struct Extras {
    /// The name, if it is not static.
    name: String,
    /// It has cancelled itself and ends when it next pauses.
    pub(crate) cancelled: bool,
    /// Interrupts that it has not yet received.
    pub(crate) interrupts: VecDeque<Interrupt>,
    /// How many of its guards are masks.
    pub(crate) masks: usize,
    /// How many places it has in the ready line for interrupts that came before it started.
    pub(crate) places: usize,
    /// The last of its resumptions that is complete.
    pub(crate) paused: u64,
    /// Its `interruptible` parts that have been polled and are not over, in that order.
    pub(crate) guards: Line,
    /// The waker of its own, since it has awaited something foreign.
    pub(crate) waker: Option<Waker>,
    /// How it ended, if not by itself.
    pub(crate) stopped: Option<Stop>,
    /// What it was told by a join that failed.
    pub(super) failed_join: Option<FailedJoin>,
}

/// How a process was ended from outside.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    Cancelled,
    Interrupted(Interrupt),
    Panicked,
}

impl Slot {
    /// The process resumes now.
    #[inline]
    pub(crate) fn resume(&mut self, now: f64) {
        self.life = Life::Started;
        self.since = now;
    }

    /// Is it resumed for the first time?
    pub(crate) fn is_new(&self) -> bool {
        matches!(self.life, Life::New | Life::Scheduled)
    }

    /// Has it ended, or extras that a turn must look at?
    #[inline]
    pub(crate) fn wants_attention(&self) -> bool {
        self.attention
    }

    pub(crate) fn is_done(&self) -> bool {
        self.life == Life::Done
    }

    /// It pauses, and may be waiting for something of the simulation.
    #[inline]
    pub(crate) fn pause(
        &mut self,
        body: Pin<Box<dyn Body>>,
        waiting_for: Option<&'static What>,
        waiting_at: Option<Place>,
    ) {
        // There is none to be dropped.
        std::mem::forget(self.body.replace(body));
        self.waiting_for = waiting_for;
        self.waiting_at = waiting_at;
    }

    /// It pauses, and is to be resumed by its own timer if that is the one with this key.
    #[inline]
    pub(crate) fn sleep(&mut self, process: Key, timer: TimerKey) {
        if timer.mark() == self.timer_mark {
            self.timer_watcher = Watcher::process(process);
        }
    }

    /// Must the slot be kept for a timer of its own: one that is pending, or one of long ago?
    #[inline]
    fn keeps_timer(&self) -> bool {
        self.timer_mark.is_pending() || self.timer_mark.is_spent()
    }

    fn is_waiting(&self) -> bool {
        matches!(self.life, Life::Started | Life::Placed) && self.body.is_some()
    }
}

/// What is left of a process that has been taken out of the table.
pub(crate) struct Left {
    pub(crate) body: Option<Pin<Box<dyn Body>>>,
    /// When it ended.
    pub(crate) since: f64,
    pub(crate) extras: Option<Box<Extras>>,
    name: &'static str,
}

impl Left {
    pub(crate) fn name(&self) -> String {
        name(self.name, self.extras.as_deref()).to_owned()
    }
}

fn name<'a>(fixed: &'static str, extras: Option<&'a Extras>) -> &'a str {
    match extras {
        Some(extras) if fixed.is_empty() => &extras.name,
        _ => fixed,
    }
}

/// The table of processes and the ready line.
pub(crate) struct Processes {
    slots: Slab<Slot>,
    /// One for each slot.
    papers: Vec<Papers>,
    ready: VecDeque<Key>,
    /// Ended in an error that their living handles have not yet given away.
    unclaimed: VecDeque<Key>,
    /// The number of the process that was started last.
    last_number: u64,
}

impl Processes {
    pub(crate) fn new() -> Self {
        Processes {
            slots: Slab::new(),
            papers: Vec::new(),
            ready: VecDeque::new(),
            unclaimed: VecDeque::new(),
            last_number: 0,
        }
    }

    /// A new process at the end of the ready line, which [gets](Self::embody) its body next.
    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    #[inline]
    pub(crate) fn start(&mut self, name: &Cow<'static, str>) -> Key {
        let key = self.start_as(name, Life::New);
        self.ready.push_back(key);
        key
    }

    /// A new process that is in no line: its timer resumes it.
    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    pub(crate) fn start_later(&mut self, name: &Cow<'static, str>) -> Key {
        self.start_as(name, Life::Scheduled)
    }

    #[allow(clippy::ptr_arg, reason = "a static name is kept as it is")]
    #[inline]
    fn start_as(&mut self, name: &Cow<'static, str>, life: Life) -> Key {
        let (key, slot) = self.slots.occupy();
        // Field by field: of what the last process left in the slot nothing needs to be dropped.
        slot.waiting_for = None;
        slot.life = life;
        slot.attention = false;
        slot.has_handle = true;
        let index = key.index() as usize;
        if index == self.papers.len() {
            self.papers.push(Papers::default());
        }
        let papers = &mut self.papers[index];
        papers.watcher = Watcher::NOBODY;
        self.last_number += 1;
        papers.number = self.last_number;
        match name {
            Cow::Borrowed(name) => {
                papers.name = name;
                if name.is_empty() {
                    // What is there was left by the one before.
                    papers.extras = None;
                }
            }
            Cow::Owned(name) => {
                papers.name = "";
                papers.extras.get_or_insert_default().name.clone_from(name);
            }
        }
        key
    }

    /// Gives a new process its body.
    #[inline]
    pub(crate) fn embody(&mut self, key: Key, body: Pin<Box<dyn Body>>) {
        if let Some(slot) = self.slots.get_mut(key) {
            // There is none to be dropped.
            std::mem::forget(slot.body.replace(body));
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Slot> {
        self.slots.get_mut(key)
    }

    /// Has it ended?
    pub(crate) fn is_done(&self, key: Key) -> bool {
        self.slots.get(key).is_none_or(Slot::is_done)
    }

    /// The name of a process; of one that is gone, none.
    pub(crate) fn name(&self, key: Key) -> Option<&str> {
        self.slots.contains(key).then(|| {
            let papers = &self.papers[key.index() as usize];
            name(papers.name, papers.extras.as_deref())
        })
    }

    /// The name of a process, to be kept.
    pub(crate) fn shared_name(&self, key: Key) -> Option<Cow<'static, str>> {
        let fixed = self.slots.contains(key).then(|| self.papers[key.index() as usize].name)?;
        Some(if fixed.is_empty() { self.name_at(key).into() } else { fixed.into() })
    }

    fn name_at(&self, key: Key) -> String {
        self.name(key).unwrap_or_default().to_owned()
    }

    /// The extras of a process, which from now on a turn looks at.
    #[inline]
    pub(crate) fn extras(&mut self, key: Key) -> Option<&mut Extras> {
        self.slots.get_mut(key)?.attention = true;
        Some(self.papers[key.index() as usize].extras.get_or_insert_default())
    }

    /// Notes how a process ends, if not by itself.
    pub(crate) fn note_stop(&mut self, key: Key, stop: Stop) {
        if let Some(extras) = self.extras(key) {
            extras.stopped = Some(stop);
        }
    }

    pub(crate) fn extras_if_any(&mut self, key: Key) -> Option<&mut Extras> {
        if !self.slots.contains(key) {
            return None;
        }
        self.papers[key.index() as usize].extras.as_deref_mut()
    }

    #[inline]
    pub(crate) fn make_ready(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(key)
            && slot.life == Life::Started
        {
            slot.life = Life::Ready;
            self.ready.push_back(key);
        } else {
            self.make_ready_at_place(key);
        }
    }

    /// As [`make_ready`](Self::make_ready), of a process that does not simply wait.
    fn make_ready_at_place(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(key)
            && slot.life == Life::Placed
        {
            slot.life = Life::Ready;
        }
    }

    /// Gives an interrupt of a process that has not started the place that it needs: false if the
    /// process has started. One that is scheduled is not in the ready line, and needs none.
    pub(crate) fn queue_interrupt(&mut self, key: Key) -> bool {
        let Some(slot) = self.slots.get_mut(key) else { return false };
        match slot.life {
            Life::New => {
                self.ready.push_back(key.marked());
                if let Some(extras) = self.extras_if_any(key) {
                    extras.places += 1;
                }
                true
            }
            Life::Scheduled => true,
            _ => false,
        }
    }

    /// What the ready line held is no process that can be resumed just so. If it is the place of an
    /// interrupt, and its process is to be resumed there: that.
    #[cold]
    pub(crate) fn reach_place(&mut self, key: Key) -> Option<Key> {
        let key = key.unmarked()?;
        let slot = self.slots.get_mut(key)?;
        // Otherwise what the place was for has been delivered at one before, or waits.
        let is_due = slot.life == Life::Ready;
        let was_last = {
            let extras = self.extras_if_any(key)?;
            extras.places -= 1;
            extras.places == 0
        };
        if was_last
            && let Some(slot) = self.slots.get_mut(key)
            && slot.life == Life::Placed
        {
            slot.life = Life::Started;
        }
        is_due.then_some(key)
    }

    /// A process that has extras resumes now: as [`Slot::resume`].
    pub(crate) fn resume(&mut self, key: Key, now: f64) -> Option<&mut Extras> {
        let has_places = self.extras_if_any(key)?.places > 0;
        let slot = self.slots.get_mut(key)?;
        slot.resume(now);
        if has_places {
            slot.life = Life::Placed;
        }
        self.extras(key)
    }

    /// The guards of a process that are inside no other; none if it is gone.
    #[inline]
    pub(crate) fn guards(&self, key: Key) -> Option<Line> {
        if !self.slots.contains(key) {
            return None;
        }
        Some(self.papers[key.index() as usize].extras.as_ref()?.guards)
    }

    /// The last resumption of a process that is complete.
    pub(crate) fn paused(&self, key: Key) -> u64 {
        if !self.slots.contains(key) {
            return 0;
        }
        let extras = self.papers[key.index() as usize].extras.as_ref();
        extras.map_or(0, |extras| extras.paused)
    }

    #[inline]
    pub(crate) fn next_ready(&mut self) -> Option<Key> {
        self.ready.pop_front()
    }

    /// Puts back a process that was next.
    pub(crate) fn put_first(&mut self, key: Key) {
        if let Some(slot) = self.slots.get_mut(key) {
            if matches!(slot.life, Life::Started | Life::Scheduled) {
                slot.life = if slot.life == Life::Started { Life::Ready } else { Life::New };
            }
            self.ready.push_front(key);
        } else if key.unmarked().is_some() {
            self.ready.push_front(key);
        }
    }

    /// Is any process ready? What is left in the line of those that are gone goes.
    pub(crate) fn any_ready(&mut self) -> bool {
        while let Some(&key) = self.ready.front() {
            if key.unmarked().is_some() || !self.is_done(key) {
                return true;
            }
            self.ready.pop_front();
        }
        false
    }

    /// The names of those that are ready, at most so many.
    pub(crate) fn ready_names(&self, most: usize) -> Vec<String> {
        let names = self.ready.iter().filter_map(|&key| self.name(key));
        names.take(most).map(str::to_owned).collect()
    }

    /// How many have not ended.
    pub(crate) fn count_living(&self) -> u64 {
        self.slots.slots().map(|(_, slot)| u64::from(!slot.is_done())).sum()
    }

    /// All that have not ended, in the order in which they were started.
    pub(crate) fn living(&self) -> Vec<Key> {
        let slots = self.slots.slots().filter(|(_, slot)| !slot.is_done());
        let mut living: Vec<Key> = slots.map(|(key, _)| key).collect();
        living.sort_unstable_by_key(|key| self.papers[key.index() as usize].number);
        living
    }

    /// Who is told of the process's end, to be changed, if it is to come.
    pub(crate) fn end_watcher(&mut self, key: Key) -> Option<&mut Watcher> {
        if self.is_done(key) {
            return None;
        }
        Some(&mut self.papers[key.index() as usize].watcher)
    }

    /// Replaces who is told of the process's end: who was.
    pub(crate) fn watch(&mut self, key: Key, watcher: Watcher) -> Watcher {
        if !self.slots.contains(key) {
            return Watcher::NOBODY;
        }
        std::mem::replace(&mut self.papers[key.index() as usize].watcher, watcher)
    }

    pub(crate) fn rename_waiting(&mut self, key: Key, what: &'static What) {
        if let Some(slot) = self.slots.get_mut(key).filter(|slot| slot.waiting_for.is_some()) {
            slot.waiting_for = Some(what);
        }
    }

    pub(crate) fn is_own_waker(&mut self, key: Key, waker: &Waker) -> bool {
        let extras = self.extras_if_any(key);
        extras.and_then(|extras| extras.waker.as_ref()).is_some_and(|own| own.will_wake(waker))
    }

    /// The process is over. Whoever waits for that is to be told, if its handle is alive; else it
    /// is of no interest any more, and is taken out: here if it ended well and has left nothing but
    /// its body, else by the caller.
    #[inline]
    pub(crate) fn finish(&mut self, key: Key, ended_well: bool) -> Finished {
        let Some(slot) = self.slots.get_mut(key) else { return Finished::Gone };
        slot.life = Life::Done;
        let is_plain = !std::mem::replace(&mut slot.attention, true);
        if slot.has_handle {
            Finished::Joinable(std::mem::take(&mut self.papers[key.index() as usize].watcher))
        } else if ended_well && is_plain && !slot.keeps_timer() {
            self.slots.vacate(key);
            Finished::Retired
        } else {
            Finished::Unjoinable
        }
    }

    /// It is over from now on: its body, to be dropped outside any borrow.
    pub(crate) fn kill(&mut self, key: Key) -> Option<Pin<Box<dyn Body>>> {
        let slot = self.slots.get_mut(key)?;
        slot.life = Life::Done;
        slot.attention = true;
        slot.body.take()
    }

    /// Nobody has its handle any more. Who waited for its end, and whether it is over.
    pub(crate) fn drop_handle(&mut self, key: Key) -> Option<(Watcher, bool)> {
        let slot = self.slots.get_mut(key)?;
        slot.has_handle = false;
        Some((std::mem::take(&mut self.papers[key.index() as usize].watcher), slot.is_done()))
    }

    /// Takes out a process; what is left of it is for the caller to drop, outside any borrow.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Left> {
        let slot = self.slots.get_mut(key)?;
        let (body, since) = (slot.body.take(), slot.since);
        self.vacate(key);
        let papers = &mut self.papers[key.index() as usize];
        Some(Left { body, since, extras: papers.extras.take(), name: papers.name })
    }

    #[inline]
    fn vacate(&mut self, key: Key) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.life = Life::Done;
        slot.attention = true;
        if slot.timer_mark.is_pending() {
            slot.timer_mark = slot.timer_mark.orphaned();
            self.slots.vacate_later(key);
        } else if slot.timer_mark.is_spent() {
            // For good: nobody frees it.
            self.slots.vacate_later(key);
        } else {
            self.slots.vacate(key);
        }
    }

    /// What is in a slot, whoever occupies it: for timers, which may outlive their processes.
    #[inline]
    pub(super) fn look(&self, index: u32) -> Option<&Slot> {
        self.slots.look(index)
    }

    #[inline]
    pub(super) fn look_mut(&mut self, index: u32) -> Option<&mut Slot> {
        self.slots.look_mut(index)
    }

    /// The timer of a process that has ended is over: its slot can be reused.
    #[cold]
    pub(super) fn bury(&mut self, index: u32) {
        self.slots.reuse(index);
    }

    pub(crate) fn note_unclaimed(&mut self, key: Key) {
        if self.unclaimed.len() == self.unclaimed.capacity() {
            // Most have been claimed long since; looked at only when the list would grow.
            let slots = &self.slots;
            self.unclaimed.retain(|&key| slots.contains(key));
        }
        self.unclaimed.push_back(key);
    }

    /// The first process, in the order of their ends, whose error nobody has claimed.
    pub(crate) fn next_unclaimed(&mut self) -> Option<Key> {
        let slots = &self.slots;
        std::iter::from_fn(|| self.unclaimed.pop_front()).find(|&key| slots.contains(key))
    }

    /// When it was last resumed; once it is over, when it ended.
    pub(crate) fn since(&self, key: Key) -> f64 {
        self.slots.get(key).map_or(0.0, |slot| slot.since)
    }

    pub(crate) fn blocked(&self) -> Vec<Blocked> {
        let blocked = |(key, slot): (Key, &Slot)| Blocked {
            process: self.name_at(key),
            waiting_for: slot.waiting_for.map_or(What::FOREIGN, |what| what.0),
            since: slot.since,
            location: slot.waiting_for.and(slot.waiting_at),
        };
        self.slots.slots().filter(|(_, slot)| slot.is_waiting()).map(blocked).collect()
    }
}

/// What follows the end of a process.
pub(crate) enum Finished {
    /// It has been taken out already.
    Gone,
    /// Its handle is alive, and this one waits for its end.
    Joinable(Watcher),
    /// Nobody can ask for its outcome any more, and it has been taken out.
    Retired,
    /// Nobody can ask for its outcome any more: it is to be [removed](Processes::remove).
    Unjoinable,
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::{Papers, Slab, Slot};

    #[test]
    fn the_slot_of_a_process_is_one_cache_line() {
        // Every resumption, and every timer of the process's own, touches it, and no other.
        assert_eq!(Slab::<Slot>::SLOT, 64);
    }

    #[test]
    fn the_papers_of_a_process_are_40_bytes() {
        // Only who starts, joins or names a process reads them: a name, who joins it, the rare
        // extras behind a pointer, and its number.
        assert_eq!(size_of::<Papers>(), 40);
    }
}
