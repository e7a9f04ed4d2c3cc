//! The kernel's half of `AllOf` and `FirstOf`: what must be known while their owner sleeps.

use super::slab::Key;
use super::source::Link;
use super::watcher::{Told, Watcher};

/// The innermost composite of which a branch is being polled: what is polled in it is over once
/// that is decided.
pub(crate) type Scope = Option<Key>;

/// A race or a join of several requests. The requests themselves and their outputs live with the
/// owner; here is only who is told, how many are missing, and how to cancel the rest.
#[derive(Debug, Default)]
pub(crate) struct Composite {
    /// Who is told when it is decided.
    pub(crate) watcher: Watcher,
    /// How many branches are missing until it is decided: for a race one, whatever its branches.
    missing: u32,
    /// A race, decided by its first branch?
    first: bool,
    /// The branch that decided it.
    winner: u32,
    /// Are there plain futures among its branches, to be dropped by its owner once they have lost?
    pub(crate) plain: bool,
    /// The branch that it is polled in, if that is part of another composite.
    pub(crate) scope: Scope,
    /// How to reach each branch, by number. The vector is reused with the slot.
    pub(crate) branches: Vec<Link>,
}

impl Composite {
    pub(crate) fn open(&mut self, first: bool, missing: u32, plain: bool) {
        self.watcher = Watcher::NOBODY;
        self.missing = missing;
        self.first = first;
        self.winner = 0;
        self.plain = plain;
        self.scope = None;
        self.branches.clear();
    }

    /// Counts a branch as triggered: true if that decides the composite.
    #[inline]
    pub(crate) fn trigger(&mut self, branch: u32) -> bool {
        if self.missing == 0 {
            return false;
        }
        self.missing -= 1;
        self.winner = branch;
        self.missing == 0
    }

    /// The process that awaits it, if it is an undecided race of timers only.
    #[inline]
    pub(crate) fn simple_owner(&self) -> Option<Key> {
        let is_timer = |link: &Link| matches!(link, Link::Timer(_));
        match self.watcher.told() {
            Told::Process(owner)
                if self.first
                    && self.missing > 0
                    && !self.plain
                    && self.branches.iter().all(is_timer) =>
            {
                Some(owner)
            }
            _ => None,
        }
    }

    pub(crate) fn is_first(&self) -> bool {
        self.first
    }

    /// The branch that decided it, once it is decided.
    #[inline]
    pub(crate) fn decided(&self) -> Option<u32> {
        (self.missing == 0).then_some(self.winner)
    }

    /// It has been cancelled: nothing decides it any more and nobody is told.
    pub(crate) fn close(&mut self) {
        self.missing = 0;
        self.watcher = Watcher::NOBODY;
    }
}
