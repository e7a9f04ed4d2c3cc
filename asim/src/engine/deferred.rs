//! Deferred steps: what a trigger or a cancellation has caused, still to be done before the current call
//! returns.

use std::collections::{BTreeMap, VecDeque};
use std::{rc::Rc, task::Waker};

use crate::engine::process_cell::{Left, ProcessContents, RareState};
use crate::engine::{provider::Provider, slab::Key, watching::Watching};

/// The deferred steps at this instant, by kind.
#[derive(Default)]
pub(crate) struct Deferred {
    /// Processes that have been ended from outside, with their bodies.
    pub(crate) ends: VecDeque<End>,
    /// Processes whose bodies are gone, but whose end has not been reported yet.
    pub(crate) ended: VecDeque<Ended>,
    pub(crate) restores: VecDeque<(Rc<dyn Provider>, Key)>,
    pub(crate) serves: VecDeque<Rc<dyn Provider>>,
    pub(crate) discards: VecDeque<Discard>,
    /// Conditions that must be evaluated, because something that they watch has changed. They are
    /// evaluated in the order in which they began to wait.
    pub(crate) conditions: BTreeMap<u64, Rc<dyn Watching>>,
}

impl Deferred {
    /// Takes out the next deferred step, in the order of the steps. While a discard is under way
    /// (`discarding`), the other discards and the conditions wait for it.
    pub(crate) fn next(&mut self, discarding: bool) -> Option<Step> {
        if let Some(end) = self.ends.pop_front() {
            return Some(Step::End(end));
        }
        if let Some((provider, key)) = self.restores.pop_front() {
            return Some(Step::Restore(provider, key));
        }
        if let Some(provider) = self.serves.pop_front() {
            return Some(Step::Serve(provider));
        }
        if let Some(ended) = self.ended.pop_front() {
            return Some(Step::Ended(ended));
        }
        if discarding {
            return None;
        }
        if let Some(discard) = self.discards.pop_front() {
            return Some(Step::Discard(discard));
        }
        self.conditions.pop_first().map(|(_, condition)| Step::Evaluate(condition))
    }

    /// Returns `true` if a discard or a condition waits.
    pub(crate) fn has_user_code(&self) -> bool {
        !self.discards.is_empty() || !self.conditions.is_empty()
    }
}

/// One deferred step.
pub(crate) enum Step {
    End(End),
    Ended(Ended),
    Restore(Rc<dyn Provider>, Key),
    Serve(Rc<dyn Provider>),
    Discard(Discard),
    Evaluate(Rc<dyn Watching>),
}

/// What runs user code, and therefore comes last.
pub(crate) enum Discard {
    /// Wakes a waker.
    Wake(Waker),
    /// Drops what an unlinked request of this provider held.
    Held(Rc<dyn Provider>, Key),
    /// Drops what is left of a process.
    Left(Left),
    /// Drops the rare state of a process.
    RareState(Box<RareState>),
    /// Drops a waker.
    DropWaker(Waker),
}

/// A process that is ended from outside.
pub(crate) struct End {
    pub(crate) ended: Ended,
    /// What was in its body.
    pub(crate) contents: Option<ProcessContents>,
}

/// A process that was ended from outside and whose body is gone.
pub(crate) struct Ended {
    pub(crate) key: Key,
    /// Whether it ended in an error that somebody should claim.
    pub(crate) unclaimed: bool,
}
