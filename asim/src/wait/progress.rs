//! How far a composition has come while its plain branches are polled.

use std::{cell::Cell, rc::Rc};

use crate::engine::{awaiter::Awaiter, kernel::Kernel, slab::Key, temporarily::Temporarily};

/// How far a composition has come while its plain branches are polled.
#[derive(Debug)]
pub struct Progress<'c> {
    /// The node of the composition, if it has natives too. Then the kernel counts the branches.
    pub(crate) node: Option<(&'c Rc<Kernel>, Key)>,
    pub(crate) missing: Cell<u32>,
    pub(crate) winner: Cell<u32>,
    /// The progress of the composition around this one.
    pub(crate) outer: Option<&'c Progress<'c>>,
}

impl Progress<'_> {
    /// Returns `true` if polling another branch can still change something.
    pub(crate) fn is_open(&self) -> bool {
        // When a composition is decided, the kernel closes the compositions inside it.
        self.node.map_or_else(
            || self.missing.get() > 0 && self.outer.is_none_or(Progress::is_open),
            |(kernel, key)| {
                kernel.tables.borrow_mut().composites.at(key.index()).decided().is_none()
            },
        )
    }

    /// Polls a branch as part of its composite.
    pub(crate) fn in_scope<T>(&self, poll: impl FnOnce() -> T) -> T {
        let Some((kernel, key)) = self.node else { return poll() };
        let _inside = Temporarily::set(&kernel.branch_scope, Some(key));
        poll()
    }

    /// Notes that a plain branch has finished.
    pub(crate) fn finish(&self, branch: u32) {
        if let Some((kernel, key)) = self.node {
            kernel.notify(Awaiter::branch(key.index(), branch));
            kernel.settle();
        } else {
            self.missing.set(self.missing.get() - 1);
            self.winner.set(branch);
        }
    }
}
