//! The owner's half of `AllOf` and `FirstOf`: the requests themselves, in the order written.
//!
//! A [`Composition`] is itself a request, so compositions nest. It is linked to the kernel at the call.
//! So it is decided at the moment its first (or last) branch triggers, even if nobody awaits it.
//! `first_of` and `all_of` say which [`Branches`] it has and what it gives.

use std::cell::{Cell, RefMut};
use std::task::{Context, Poll};
use std::{fmt, future::IntoFuture, panic::Location, pin::Pin, rc::Rc};

use pin_project_lite::pin_project;

use crate::engine::blocked::CallSite;
use crate::engine::kernel::Kernel;
use crate::engine::wait_name::WaitName;
use crate::engine::{
    awaiter::Awaiter, misuse::polled_after_end, provider::CancelHandle, slab::Key,
};
use crate::wait::awaited::{Awaited, Wait};
use crate::wait::branches::{Branches, Triggered};
use crate::wait::{progress::Progress, waitable::Waitable};

/// The rule that says when a composition of the branches `B` is decided, and what it gives then.
pub trait Decision<B> {
    /// Whether the first branch decides the composition. Otherwise the last one does.
    const FIRST: bool;

    /// The output of the composition.
    type Output;

    /// Takes the output of a decided composition. `winner` is the branch that has won a race.
    fn take(&mut self, branches: Pin<&mut B>, winner: u32) -> Self::Output;
}

pin_project! {
    /// A race or a join, made by `asim!`, `first_of` or `all_of`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let env = sim.env();
    /// sim.spawn(async move {
    ///     let race = first_of([env.timeout(3.0), env.timeout(2.0)]); // runs from here on
    ///     env.timeout(5.0).await;
    ///     assert_eq!(race.await, (1, ()));
    /// });
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use = "a composition that is dropped cancels its branches: await it, or make it a branch of another (`let _ = ..` drops it too, `let race = ..` keeps it)"]
    pub struct Composition<B, D>
    where
        B: Branches,
    {
        state: CompositionState,
        // The kernel of its natives, if they do not find it at once.
        kernel: Option<Rc<Kernel>>,
        // Whether there is a plain future among its branches. Looked at once: they may be nested deep.
        is_plain: bool,
        location: CallSite,
        #[pin]
        branches: B,
        decision: D,
    }

    impl<B, D> PinnedDrop for Composition<B, D>
    where
        B: Branches,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let CompositionState::Linked { .. } | CompositionState::Decided { .. } = this.state {
                drop_branches(this.kernel.as_ref(), *this.state, this.branches);
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum CompositionState {
    /// Has only plain futures, which are polled with it. `missing` of them must still finish.
    Loose { missing: u32 },
    /// Has a node in the kernel.
    Linked { key: Key },
    /// Was decided by the branch `winner`.
    Decided { winner: u32 },
    /// Has given its output.
    Taken,
}

impl<B: Branches, D: Decision<B>> Composition<B, D> {
    const NAME: WaitName = if D::FIRST { WaitName::FirstOf } else { WaitName::AllOf };

    /// Makes a composition. If it is not decided at the call, it gets a node in the kernel.
    #[track_caller]
    #[inline]
    pub(crate) fn new(mut branches: B, decision: D) -> Self {
        let location = Location::caller();
        let is_plain = B::can_be_plain() && branches.is_plain();
        if B::are_in_tables() {
            // Made first, as it then is moved once less.
            let (state, kernel) = (CompositionState::Taken, None);
            let mut made = Composition { state, kernel, is_plain, location, branches, decision };
            made.state = Self::begin(&mut made.branches, is_plain);
            return made;
        }
        let state = Self::begin(&mut branches, is_plain);
        let kernel = if keeps_kernel::<B>() { branches.kernel().cloned() } else { None };
        Composition { state, kernel, is_plain, location, branches, decision }
    }

    #[track_caller]
    #[inline]
    fn begin(branches: &mut B, is_plain: bool) -> CompositionState {
        let count = branches.count();
        let missing = if D::FIRST { 1 } else { count };
        match branches.kernel() {
            None if missing == 0 => CompositionState::Decided { winner: 0 },
            None => CompositionState::Loose { missing },
            Some(kernel) if B::are_in_tables() => {
                Self::link_in_tables(kernel, branches, count, missing)
            }
            Some(_) => Self::link_natives(branches, is_plain, count, missing),
        }
    }

    /// Links branches that are all in the tables, with one borrow.
    #[inline]
    fn link_in_tables(kernel: &Kernel, branches: &B, count: u32, missing: u32) -> CompositionState {
        let mut triggered = Triggered::default();
        let key = {
            let tables = &mut *kernel.tables.borrow_mut();
            let key = tables.composites.open(D::FIRST, missing, false, count, true);
            branches.link_in(tables, key.index(), 0, &mut triggered);
            key
        };
        if triggered.count == 0 {
            return CompositionState::Linked { key };
        }
        Self::count_triggered(kernel, key, &triggered, count)
    }

    /// Does the rest of [`link_in_tables`](Self::link_in_tables) if some branches were triggered already.
    #[cold]
    #[inline(never)]
    fn count_triggered(
        kernel: &Kernel,
        key: Key,
        triggered: &Triggered,
        count: u32,
    ) -> CompositionState {
        match triggered.first {
            Some(winner) if D::FIRST => {
                Self::unlink_losers(kernel, key, winner);
                CompositionState::Decided { winner }
            }
            _ if triggered.count == count => {
                free_node(kernel, key, B::holds());
                CompositionState::Decided { winner: 0 }
            }
            _ => {
                let mut tables = kernel.tables.borrow_mut();
                tables.composites.at(key.index()).count_triggered(triggered.count);
                CompositionState::Linked { key }
            }
        }
    }

    /// Links branches of any kind.
    #[inline]
    fn link_natives(
        branches: &mut B,
        is_plain: bool,
        count: u32,
        missing: u32,
    ) -> CompositionState {
        let mut triggered = Triggered::default();
        if branches.is_any_triggered() {
            branches.triggered(0, &mut triggered);
            match triggered.first {
                Some(winner) if D::FIRST => {
                    Self::cancel_losers(branches, is_plain, winner);
                    return CompositionState::Decided { winner };
                }
                _ if triggered.count == count => return CompositionState::Decided { winner: 0 },
                _ => {}
            }
        }
        let mut found = Triggered::default();
        let Some(key) = Self::link_branches(branches, is_plain, missing, true, &mut found) else {
            return CompositionState::Taken;
        };
        // If something was triggered, all that is triggered has been noted above.
        let triggered = if triggered.count > 0 { triggered } else { found };
        match present_kernel(branches) {
            Some(kernel) if triggered.count > 0 => {
                Self::count_triggered(kernel, key, &triggered, count)
            }
            _ => CompositionState::Linked { key },
        }
    }

    /// Cancels the losers of a race that is decided at the call, so that they receive nothing any more.
    #[inline(never)]
    fn cancel_losers(branches: &mut B, is_plain: bool, winner: u32) {
        let key = Self::link_branches(branches, is_plain, 1, false, &mut Triggered::default());
        if let Some((kernel, key)) = present_kernel(branches).zip(key) {
            Self::unlink_losers(kernel, key, winner);
        }
    }

    /// Cancels the losers that the kernel finds through this node, and frees the node.
    #[inline]
    fn unlink_losers(kernel: &Kernel, key: Key, winner: u32) {
        kernel.unlink_losers(kernel.tables.borrow_mut(), key.index(), winner);
        free_node(kernel, key, B::holds());
        kernel.settle();
    }

    /// Makes a node for the composition. If it is `told`, the branches notify the node. A decided
    /// composition needs no notice.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "`told` and the number of branches are known")]
    fn link_branches(
        branches: &mut B,
        is_plain: bool,
        missing: u32,
        told: bool,
        triggered: &mut Triggered,
    ) -> Option<Key> {
        let count = branches.count();
        let mut tables = present_kernel(branches)?.tables.borrow_mut();
        let key = tables.composites.open(D::FIRST, missing, is_plain, count, false);
        drop(tables);
        branches.link(key.index(), told, 0, triggered);
        Some(key)
    }

    fn drive_branches(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        outer: Option<&Progress<'_>>,
    ) {
        let kernel = match self.state {
            CompositionState::Loose { .. } => None,
            _ => self.kernel().cloned(),
        };
        let this = self.project();
        let (node, missing) = match (*this.state, &kernel) {
            (CompositionState::Loose { missing }, _) => (None, missing),
            (CompositionState::Linked { key }, Some(kernel)) => {
                kernel.tables.borrow_mut().composites.at(key.index()).branch_scope =
                    kernel.branch_scope.get();
                (Some((kernel, key)), 0)
            }
            _ => return,
        };
        let progress = Progress { node, missing: Cell::new(missing), winner: Cell::new(0), outer };
        this.branches.drive(context, 0, &progress);
        let (missing, winner) = (progress.missing.get(), progress.winner.get());
        if let CompositionState::Loose { .. } = this.state {
            *this.state = if missing == 0 {
                CompositionState::Decided { winner }
            } else {
                CompositionState::Loose { missing }
            };
        }
    }

    /// Returns the branch that has decided the composition.
    fn decided(&self) -> Option<u32> {
        if let CompositionState::Decided { winner } = self.state {
            return Some(winner);
        }
        let (kernel, key) = self.node()?;
        kernel.tables.borrow_mut().composites.at(key.index()).decided()
    }

    /// Returns the node of a composition that has one.
    #[inline]
    fn node(&self) -> Option<(&Rc<Kernel>, Key)> {
        match self.state {
            CompositionState::Linked { key } => Some((self.kernel()?, key)),
            _ => None,
        }
    }

    fn take_output(self: Pin<&mut Self>, winner: u32) -> D::Output {
        let (is_plain, key) = (self.is_plain(), self.node().map(|(_, key)| key));
        let mut this = self.project();
        // Before the node is freed, which may run user code: it is freed once.
        *this.state = CompositionState::Taken;
        if let (Some(key), Some(kernel)) = (key, kernel_of(this.kernel.as_ref(), &*this.branches)) {
            free_node(kernel, key, B::holds());
        }
        let output = this.decision.take(this.branches.as_mut(), winner);
        // Plain futures that lost are dropped now, not with the composition.
        match this.kernel {
            Some(kernel) if is_plain => kernel.in_bulk(|| this.branches.keep(None)),
            _ => this.branches.keep(None),
        }
        output
    }
}

impl<B: Branches, D: Decision<B>> Awaited for Composition<B, D> {
    type Output = D::Output;

    fn can_be_plain() -> bool {
        B::can_be_plain()
    }

    fn holds() -> bool {
        false
    }

    fn is_plain(&self) -> bool {
        B::can_be_plain() && self.is_plain
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        kernel_of(self.kernel.as_ref(), &self.branches)
    }

    fn is_triggered(&self) -> bool {
        self.decided().is_some()
    }

    fn link(&mut self, awaiter: Awaiter) -> CancelHandle {
        if let CompositionState::Decided { winner } = self.state {
            // If this is cancelled, the kernel finds through a node what its branches have been promised.
            let (branches, none) = (&mut self.branches, &mut Triggered::default());
            let Some(key) = Self::link_branches(branches, self.is_plain, 1, false, none) else {
                return CancelHandle::Nothing;
            };
            self.state = CompositionState::Linked { key };
            if let Some((kernel, key)) = self.node() {
                kernel.tables.borrow_mut().composites.at(key.index()).trigger(winner);
            }
        }
        let Some((kernel, key)) = self.node() else { return CancelHandle::Nothing };
        kernel.tables.borrow_mut().composites.at(key.index()).awaiter = awaiter;
        CancelHandle::Composite(key)
    }

    fn drive(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        outer: Option<&Progress<'_>>,
    ) -> bool {
        if !self.is_plain() {
            return false;
        }
        let was_loose = matches!(self.state, CompositionState::Loose { .. });
        self.as_mut().drive_branches(context, outer);
        was_loose && matches!(self.state, CompositionState::Decided { .. })
    }

    /// Without plain futures it drops nothing, in a box neither: the losers stay until the output is
    /// taken.
    fn sweep(self: Pin<&mut Self>) {
        if !self.is_plain() {
            return;
        }
        let decided = self.decided();
        let branches = self.project().branches;
        match decided {
            Some(winner) if D::FIRST => branches.keep(Some(winner)),
            _ => branches.sweep(),
        }
    }

    fn take(self: Pin<&mut Self>) -> D::Output {
        let winner = self.decided().expect("a composition is taken once, after it is decided");
        self.take_output(winner)
    }

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<D::Output> {
        let is_plain = self.is_plain();
        if !is_plain && let Some((kernel, key)) = self.node() {
            // The usual case, with one borrow: there is no plain future, so polling runs no branch.
            let mut tables = kernel.tables.borrow_mut();
            if let Some((winner, held)) = tables.composites.free_decided(key, B::holds()) {
                drop(tables);
                let mut this = self.project();
                *this.state = CompositionState::Taken;
                if let (Some(held), Some(kernel)) =
                    (held, kernel_of(this.kernel.as_ref(), &*this.branches))
                {
                    kernel.drop_held(held);
                }
                let output = this.decision.take(this.branches.as_mut(), winner);
                if D::FIRST {
                    this.branches.end(winner);
                } else {
                    this.branches.keep(None);
                }
                return Poll::Ready(output);
            }
            let node = tables.composites.at(key.index());
            if let Some(awaiter) = kernel.active_awaiter(context, node.awaiter) {
                node.awaiter = awaiter;
                kernel.note_waiting(Self::NAME, self.location);
                return Poll::Pending;
            }
        }
        if let Some(kernel) = self.kernel() {
            kernel.check_owner(Self::NAME, self.location);
        }
        if is_plain {
            // No notice while its own branches are polled: its awaiter is the process that polls it now.
            let _mute = self.node().map(|(kernel, key)| Mute::new(kernel, key));
            self.as_mut().drive_branches(context, None);
        }
        if let Some(winner) = self.decided() {
            if let Some((kernel, key)) = self.node() {
                let awaiter = std::mem::take(
                    &mut kernel.tables.borrow_mut().composites.at(key.index()).awaiter,
                );
                kernel.forget(awaiter);
            }
            return Poll::Ready(self.take_output(winner));
        }
        if let Some((kernel, key)) = self.node() {
            kernel.await_request(context, Self::NAME, self.location, || {
                let tables = kernel.tables.borrow_mut();
                RefMut::filter_map(tables, |tables| {
                    let node = tables.composites.at(key.index());
                    node.decided().is_none().then_some(&mut node.awaiter)
                })
                .ok()
            });
        } else if let CompositionState::Taken = self.state {
            polled_after_end(Self::NAME, self.location);
        }
        if is_plain {
            // Inner races may have been decided although this composition is not.
            let this = self.project();
            match this.kernel {
                Some(kernel) => kernel.in_bulk(|| this.branches.sweep()),
                None => this.branches.sweep(),
            }
        }
        Poll::Pending
    }
}

impl<B: Branches, D: Decision<B>> Waitable for Composition<B, D> {
    type Output = D::Output;
    type Request = Self;

    fn into_request(self) -> Self {
        self
    }
}

impl<B: Branches, D: Decision<B>> IntoFuture for Composition<B, D> {
    type Output = D::Output;
    type IntoFuture = Wait<Self>;

    fn into_future(self) -> Wait<Self> {
        Wait::new(self)
    }
}

impl<B: Branches, D: Decision<B>> fmt::Debug for Composition<B, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(if D::FIRST { "FirstOf" } else { "AllOf" })
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// Returns `true` if a composition of such branches needs a handle on the kernel of its own.
fn keeps_kernel<B: Branches>() -> bool {
    // A plain future has no kernel, and natives may be dropped before it.
    B::can_be_plain() || !B::has_kernel()
}

/// Returns the kernel of a composition whose branches have not been dropped.
#[inline]
fn kernel_of<'c, B: Branches>(
    kept: Option<&'c Rc<Kernel>>,
    branches: &'c B,
) -> Option<&'c Rc<Kernel>> {
    if keeps_kernel::<B>() { kept } else { branches.first_kernel() }
}

/// Returns the kernel of branches that have just been made.
#[inline]
fn present_kernel<B: Branches>(branches: &B) -> Option<&Rc<Kernel>> {
    if B::has_kernel() { branches.first_kernel() } else { branches.kernel() }
}

/// Drops the branches of a composition that has not given its output.
#[inline(never)]
fn drop_branches<B: Branches>(
    kept: Option<&Rc<Kernel>>,
    state: CompositionState,
    branches: Pin<&mut B>,
) {
    let Some(kernel) = kernel_of(kept, &*branches).cloned() else { return };
    // Dropping a branch may panic: the node is freed all the same.
    let node = match state {
        CompositionState::Linked { key } => Some(Node { kernel: Rc::clone(&kernel), key }),
        _ => None,
    };
    kernel.in_bulk(|| {
        if let Some(node) = &node {
            node.close();
        }
        branches.keep(None);
        drop(node);
    });
}

/// The node of a composition that is dropped.
struct Node {
    kernel: Rc<Kernel>,
    key: Key,
}

impl Node {
    /// Closes the node, so that dropping its own branches triggers nothing in it.
    fn close(&self) {
        let awaiter = {
            let mut tables = self.kernel.tables.borrow_mut();
            let node = tables.composites.at(self.key.index());
            let awaiter = std::mem::take(&mut node.awaiter);
            node.close();
            awaiter
        };
        self.kernel.forget(awaiter);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        free_node(&self.kernel, self.key, true);
    }
}

/// Frees a composition's node. A cancel handle may hold the last `Rc` of a thing, and dropping a thing
/// runs user code. So what the handles hold is dropped while nothing is borrowed.
#[inline]
fn free_node(kernel: &Kernel, key: Key, holds: bool) {
    let held = kernel.tables.borrow_mut().composites.free(key, holds);
    if let Some(held) = held {
        kernel.drop_held(held);
    }
}

/// Takes the awaiter out of a composite until dropped, so that the composite notifies nobody. A panic of
/// a branch puts it back too.
struct Mute {
    kernel: Rc<Kernel>,
    composite: Key,
    awaiter: Awaiter,
}

impl Mute {
    fn new(kernel: &Rc<Kernel>, composite: Key) -> Self {
        let awaiter = std::mem::take(
            &mut kernel.tables.borrow_mut().composites.at(composite.index()).awaiter,
        );
        Mute { kernel: Rc::clone(kernel), composite, awaiter }
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        let mut tables = self.kernel.tables.borrow_mut();
        tables.composites.at(self.composite.index()).awaiter = self.awaiter;
    }
}
