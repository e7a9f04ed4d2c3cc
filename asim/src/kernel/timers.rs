//! The timers: one slot each, and the agenda that knows which is due next.

use super::agenda::Agenda;
use super::slab::{Key, Slab};
use super::watcher::Watcher;

/// All timers of a run. A timer is in its slot from the call of `timeout` until it fires or is
/// cancelled; that its slot has been vacated is how its owner learns that it fired.
pub(crate) struct Timers {
    watchers: Slab<Watcher>,
    agenda: Agenda<Key>,
}

impl Timers {
    pub(crate) fn new() -> Self {
        Timers { watchers: Slab::new(), agenda: Agenda::new() }
    }

    /// A timer that fires at `time`, which is finite.
    #[inline]
    pub(crate) fn start(&mut self, time: f64) -> Key {
        let key = self.watchers.insert(Watcher::NOBODY);
        self.agenda.insert(time, key);
        key
    }

    /// Who is told when the timer fires, to be changed; `None` if it has fired.
    #[inline]
    pub(crate) fn watcher(&mut self, key: Key) -> Option<&mut Watcher> {
        self.watchers.get_mut(key)
    }

    #[inline]
    pub(crate) fn is_pending(&self, key: Key) -> bool {
        self.watchers.contains(key)
    }

    /// The next timer due by `until` fires: its time, its key (now stale), and who is to be told.
    #[inline]
    pub(crate) fn fire_next(&mut self, until: f64) -> Option<(f64, Key, Watcher)> {
        let watchers = &self.watchers;
        let (time, key) = self.agenda.pop_due(until, |key| watchers.contains(key))?;
        Some((time, key, self.watchers.remove(key).unwrap_or_default()))
    }

    /// Who will be told by the timer that fires in so many turns, if there is a crowd of timers.
    #[inline]
    pub(crate) fn ahead(&self, turns: usize) -> Option<Watcher> {
        self.watchers.get(self.agenda.ahead(turns)?).copied()
    }

    pub(crate) fn next_time(&mut self) -> Option<f64> {
        let watchers = &self.watchers;
        self.agenda.peek(|key| watchers.contains(key))
    }

    /// Cancels a timer, if it has not fired: who was to be told.
    pub(crate) fn cancel(&mut self, key: Key) -> Watcher {
        let Some(watcher) = self.watchers.remove(key) else { return Watcher::NOBODY };
        let watchers = &self.watchers;
        self.agenda.note_dead(|key| watchers.contains(key));
        watcher
    }
}
