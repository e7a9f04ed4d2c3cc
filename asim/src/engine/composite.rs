//! The kernel's half of `AllOf` and `FirstOf`: what must be known while their owner sleeps.

use crate::engine::awaiter::{Awaiter, AwaiterKind};
use crate::engine::provider::CancelHandle;
use crate::engine::slab::{Key, Slab};

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
    /// Whether it is a race, decided by its first branch.
    is_race: bool,
    /// The branch that decided it.
    winner: u32,
    /// Whether some branches are plain futures, which its owner drops when they have lost.
    pub(crate) has_plain: bool,
    /// The composite around it, if it is polled in a branch of another one.
    pub(crate) branch_scope: BranchScope,
    /// The cancel handle of each branch, by number. The vector is reused with the entry.
    pub(crate) branches: Vec<CancelHandle>,
}

impl Composite {
    pub(crate) fn open(&mut self, is_race: bool, missing: u32, has_plain: bool) {
        self.awaiter = Awaiter::NOBODY;
        self.missing = missing;
        self.is_race = is_race;
        self.winner = 0;
        self.has_plain = has_plain;
        self.branch_scope = None;
        self.branches.clear();
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

    /// Returns the process that awaits it, if it is an undecided race of timers only.
    #[inline]
    pub(crate) fn simple_owner(&self) -> Option<Key> {
        let is_timer = |link: &CancelHandle| matches!(link, CancelHandle::Timer(_));
        match self.awaiter.kind() {
            AwaiterKind::Process(owner)
                if self.is_race
                    && self.missing > 0
                    && !self.has_plain
                    && self.branches.iter().all(is_timer) =>
            {
                Some(owner)
            }
            _ => None,
        }
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

    /// Returns a node for a new composite. The caller [opens](Composite::open) it.
    #[inline]
    pub(crate) fn occupy(&mut self) -> (Key, &mut Composite) {
        self.nodes.occupy()
    }

    /// Returns the node with this index, which must be occupied.
    #[inline]
    pub(crate) fn at(&mut self, index: u32) -> &mut Composite {
        self.nodes.at(index)
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Composite> {
        self.nodes.get(key)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Composite> {
        self.nodes.get_mut(key)
    }

    /// Returns a vector for the cancel handles of a composite: that of its node, or one that was emptied
    /// elsewhere.
    #[inline]
    pub(crate) fn vector_for(&mut self, key: Key) -> Vec<CancelHandle> {
        let handles = std::mem::take(&mut self.nodes.at(key.index()).branches);
        if handles.capacity() > 0 { handles } else { std::mem::take(&mut self.spare) }
    }

    /// Keeps an emptied vector for the next composite.
    #[inline]
    pub(crate) fn keep_vector(&mut self, handles: Vec<CancelHandle>) {
        self.spare = handles;
    }

    /// Frees a node whose cancel handles hold nothing. Its vector stays for the next composite.
    #[inline]
    pub(crate) fn free(&mut self, key: Key) {
        if let Some(node) = self.nodes.get_mut(key) {
            node.branches.clear();
            self.nodes.vacate(key);
        }
    }

    /// Frees a node and returns its cancel handles, which the caller must drop. If they stayed, they
    /// could keep a queue alive that holds the kernel in turn.
    #[inline]
    #[must_use = "dropped outside any borrow"]
    pub(crate) fn take(&mut self, key: Key) -> Vec<CancelHandle> {
        let Some(node) = self.nodes.get_mut(key) else { return Vec::new() };
        let handles = std::mem::take(&mut node.branches);
        self.nodes.vacate(key);
        handles
    }
}
