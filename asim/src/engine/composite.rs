//! The kernel's half of `AllOf` and `FirstOf`: what must be known while their owner sleeps.

use std::{mem, rc::Rc};

use crate::engine::awaiter::Awaiter;
use crate::engine::provider::{CancelHandle, Provider};
use crate::engine::slab::{Key, Slab};
use crate::engine::timer_key::TimerKey;

/// The branch scope: the innermost composite around what is being polled, if there is one. Once that
/// composite is decided, nothing inside it is awaited any more.
pub(crate) type BranchScope = Option<Key>;

/// A race or a join of several requests. The requests and their outputs live with the owner. The node
/// only knows who is notified, how many branches are missing, and how to cancel the rest.
#[derive(Debug, Default)]
pub(crate) struct Composite {
    /// Who is notified when it is decided.
    pub(crate) awaiter: Awaiter,
    /// How many more branches decide it: for a race one, however many branches it has.
    missing: u32,
    /// The branch that decided it.
    winner: u32,
    /// Whether it is a race, decided by its first branch.
    is_race: bool,
    /// Whether some branches are plain futures, which its owner drops when they have lost.
    pub(crate) has_plain: bool,
    /// Whether nothing but the tables is needed to decide it: it is a join, or a race whose cancel handles
    /// are all in the tables.
    is_simple: bool,
    /// The composite around it, if it is polled in a branch of another one.
    pub(crate) branch_scope: BranchScope,
    pub(crate) handles: CancelHandles,
}

impl Composite {
    /// Gives a branch its cancel handle.
    #[inline]
    pub(crate) fn link(&mut self, branch: u32, handle: CancelHandle) {
        self.is_simple &= !self.is_race || handle.is_in_tables();
        self.link_simply(branch, handle);
    }

    /// Does the same for a handle that is known to be [in the tables](CancelHandle::is_in_tables).
    #[inline]
    pub(crate) fn link_simply(&mut self, branch: u32, handle: CancelHandle) {
        let branch = branch as usize;
        let place = if branch < NEAR {
            &mut self.handles.near[branch]
        } else {
            &mut self.handles.far[branch - NEAR]
        };
        // The handle that an earlier composite has left here holds nothing.
        mem::forget(mem::replace(place, handle));
    }

    /// Counts a branch as triggered. Returns `true` if that decides the composite.
    #[inline]
    pub(crate) fn trigger(&mut self, branch: u32) -> bool {
        if self.missing == 0 {
            return false;
        }
        self.missing -= 1;
        self.winner = branch;
        self.missing == 0
    }

    /// Counts branches that were triggered already when they were linked.
    #[cold]
    pub(crate) fn count_triggered(&mut self, count: u32) {
        self.missing -= count;
    }

    /// Counts a branch as triggered, if it is not the one that decides the composite.
    #[inline]
    pub(crate) fn trigger_early(&mut self) -> bool {
        let is_early = self.missing > 1;
        if is_early {
            self.missing -= 1;
        }
        is_early
    }

    /// Decides an undecided composite by its last or only branch, if nothing but the tables is needed for
    /// that. Returns the process that awaited it.
    #[inline]
    pub(crate) fn decide_simply(&mut self, branch: u32) -> Option<Key> {
        let owner = self.awaiter.as_process()?;
        debug_assert!(self.missing == 1, "a decided composite has no awaiter");
        if !self.is_simple && !self.handles.is_other_in_tables(branch) {
            return None;
        }
        self.missing = 0;
        self.winner = branch;
        self.awaiter = Awaiter::NOBODY;
        Some(owner)
    }

    pub(crate) fn is_race(&self) -> bool {
        self.is_race
    }

    /// Returns the branch that decided it, once it is decided.
    #[inline]
    pub(crate) fn decided(&self) -> Option<u32> {
        (self.missing == 0).then_some(self.winner)
    }

    /// Notes that it was cancelled: nothing decides it any more and nobody is notified.
    pub(crate) fn close(&mut self) {
        self.missing = 0;
        self.awaiter = Awaiter::NOBODY;
    }
}

/// How many cancel handles lie in the node itself: most compositions have two branches.
const NEAR: usize = 2;

/// The cancel handles of the branches, by number.
#[derive(Debug, Default)]
pub(crate) struct CancelHandles {
    /// How many branches there are. The handles past them are left over from an earlier composite.
    count: u32,
    near: [CancelHandle; NEAR],
    /// Those that have no place in the node. The vector is reused with the entry.
    far: Vec<CancelHandle>,
}

impl CancelHandles {
    /// Clears the handles in the node that an earlier composite has left: they hold nothing.
    #[inline]
    fn clear_near(&mut self) {
        for handle in &mut self.near {
            mem::forget(mem::take(handle));
        }
    }

    /// Makes room for more handles than lie in the node. `spare` is used if there is no vector for them.
    #[cold]
    #[inline(never)]
    fn open_far(&mut self, spare: &mut Vec<CancelHandle>) {
        if self.far.capacity() == 0 {
            self.far = mem::take(spare);
        }
        self.far.clear();
        self.far.resize_with(self.count as usize - NEAR, CancelHandle::default);
    }

    /// Returns the handle of a branch, or `None` if there are fewer branches.
    #[inline]
    pub(crate) fn get_mut(&mut self, branch: u32) -> Option<&mut CancelHandle> {
        if branch >= self.count {
            return None;
        }
        let branch = branch as usize;
        if branch < NEAR { Some(&mut self.near[branch]) } else { self.far.get_mut(branch - NEAR) }
    }

    /// Returns `true` if there are two branches, and the other's handle is in the tables.
    #[inline]
    fn is_other_in_tables(&self, branch: u32) -> bool {
        self.count == 2 && self.near[usize::from(branch == 0)].is_in_tables()
    }

    /// Takes out the timer of the other branch, if there are two and the other is a timer.
    #[inline]
    pub(crate) fn take_other_timer(&mut self, branch: u32) -> Option<TimerKey> {
        let other = &mut self.near[usize::from(branch == 0)];
        let CancelHandle::Timer(key) = *other else { return None };
        if self.count != 2 {
            return None;
        }
        mem::forget(mem::take(other));
        Some(key)
    }

    /// Takes out the handle of the other branch, if there are two and the other is no composite.
    #[inline]
    pub(crate) fn take_other(&mut self, branch: u32) -> Option<CancelHandle> {
        let other = &mut self.near[usize::from(branch == 0)];
        let is_one = self.count == 2 && !matches!(other, CancelHandle::Composite(_));
        is_one.then(|| mem::take(other))
    }

    /// Takes out what the handles hold. The caller drops it outside any borrow.
    fn take(&mut self) -> Held {
        let mut near = [const { None }; NEAR];
        for (handle, held) in self.near.iter_mut().zip(&mut near) {
            if let CancelHandle::Request { .. } = handle
                && let CancelHandle::Request { provider, .. } = mem::take(handle)
            {
                *held = Some(provider);
            }
        }
        let far = (self.count as usize > NEAR).then(|| mem::take(&mut self.far));
        Held { near, far }
    }
}

/// What the cancel handles of a composite held.
#[must_use = "dropped outside any borrow"]
pub(crate) struct Held {
    near: [Option<Rc<dyn Provider>>; NEAR],
    far: Option<Vec<CancelHandle>>,
}

impl Held {
    /// Drops what the node itself held. Returns the vector of the other handles, if there is one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "what is held is not moved")]
    pub(crate) fn release(self) -> Option<Vec<CancelHandle>> {
        let Held { near, far } = self;
        for provider in near {
            drop(provider);
        }
        far
    }
}

/// The nodes of all composites.
pub(crate) struct Composites {
    nodes: Slab<Composite>,
    /// An empty vector, for the next composite whose node has none.
    spare: Vec<CancelHandle>,
}

impl Composites {
    pub(crate) fn new() -> Self {
        Composites { nodes: Slab::new(), spare: Vec::new() }
    }

    /// Makes the node of an undecided composite that has no awaiter, and `count` branches. The caller
    /// gives it a cancel handle for each of those that are in the tables; the others have none yet.
    #[inline]
    pub(crate) fn open(
        &mut self,
        is_race: bool,
        missing: u32,
        has_plain: bool,
        count: u32,
        in_tables: bool,
    ) -> Key {
        let (key, node) = self.nodes.occupy();
        node.awaiter = Awaiter::NOBODY;
        node.missing = missing;
        node.winner = 0;
        node.is_race = is_race;
        node.has_plain = has_plain;
        node.is_simple = true;
        node.branch_scope = None;
        node.handles.count = count;
        if !in_tables {
            node.handles.clear_near();
        }
        if count as usize > NEAR {
            node.handles.open_far(&mut self.spare);
        }
        key
    }

    /// Keeps an emptied vector for the next composite.
    pub(crate) fn keep_vector(&mut self, handles: Vec<CancelHandle>) {
        self.spare = handles;
    }

    /// Returns the node with this index, which must be occupied.
    #[inline]
    pub(crate) fn at(&mut self, index: u32) -> &mut Composite {
        self.nodes.at(index)
    }

    /// Returns how many nodes there are, with those that are free.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the node with this index, if there is such a node.
    pub(crate) fn look(&self, index: u32) -> Option<&Composite> {
        self.nodes.look(index)
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Composite> {
        self.nodes.get(key)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Composite> {
        self.nodes.get_mut(key)
    }

    /// Frees a node, which must be occupied, if its composite is decided. Returns the
    /// branch that decided it, and what its cancel handles held, if they may hold something (`holds`).
    #[inline]
    pub(crate) fn free_decided(&mut self, key: Key, holds: bool) -> Option<(u32, Option<Held>)> {
        self.nodes.vacate_if(key, |node| {
            let winner = node.decided()?;
            debug_assert!(node.awaiter == Awaiter::NOBODY, "it was notified of the decision");
            Some((winner, holds.then(|| node.handles.take())))
        })
    }

    /// Frees a node, which must be occupied. Returns what its cancel handles held, if
    /// they may hold something (`holds`). If that stayed, it could keep a queue alive that holds the
    /// kernel in turn.
    #[inline]
    pub(crate) fn free(&mut self, key: Key, holds: bool) -> Option<Held> {
        self.nodes.vacate_if(key, |node| Some(holds.then(|| node.handles.take()))).flatten()
    }
}
