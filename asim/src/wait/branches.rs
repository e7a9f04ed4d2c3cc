//! The branches of a composition: the requests themselves, in the order written.
//!
//! The branches of a written composition are a list type: each [`Branch`] has the rest inside it, and
//! [`End`] is the last. The branches of a collection are in `each`. The `Decision` of a composition says
//! which outputs it gives.

use std::{pin::Pin, rc::Rc, task::Context};

use pin_project_lite::pin_project;

use crate::engine::awaiter::Awaiter;
use crate::engine::kernel::{Kernel, Tables};
use crate::engine::provider::CancelHandle;
use crate::engine::running::shown;
use crate::wait::{awaited::Awaited, progress::Progress};

/// The branches of a composition. They are numbered from `index` on, in the order written.
pub trait Branches {
    /// Returns `true` if a plain future can be among them.
    fn can_be_plain() -> bool;

    /// Returns `true` if a cancel handle of one of them can hold an `Rc` of the thing that it asks.
    fn holds() -> bool;

    /// Returns the number of branches.
    fn count(&self) -> u32;

    /// Returns `true` if there is a plain future among them.
    fn is_plain(&self) -> bool;

    /// Returns the kernel that the natives among them belong to. Looks at all of them.
    fn kernel(&self) -> Option<&Rc<Kernel>>;

    /// Returns `true` if [`first_kernel`](Self::first_kernel) finds their kernel at once.
    fn has_kernel() -> bool;

    /// Returns the kernel of the first branch that has one. The branches must not have been dropped.
    fn first_kernel(&self) -> Option<&Rc<Kernel>>;

    /// Returns `true` if a branch is triggered already that is not [in the tables](Awaited::is_in_tables).
    fn is_any_triggered(&self) -> bool;

    /// Notes which branches are triggered already.
    fn triggered(&self, index: u32, triggered: &mut Triggered);

    /// Makes the node `composite` the awaiter of each branch, or nobody if the node is not `told`. Gives
    /// the node each branch's cancel handle. Notes which branches in the tables are triggered already.
    fn link(&mut self, composite: u32, told: bool, index: u32, triggered: &mut Triggered);

    /// Returns `true` if all branches are [in the tables](Awaited::is_in_tables).
    fn are_in_tables() -> bool;

    /// Does the same as [`link`](Self::link), with the tables borrowed, for branches that are all in the
    /// tables. Notes which of them are triggered already.
    fn link_in(&self, tables: &mut Tables, composite: u32, index: u32, triggered: &mut Triggered);

    /// Polls the plain futures among them, until the composition is decided.
    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>);

    /// Drops the plain futures in the branches that have lost an inner race, while the composition itself
    /// is undecided.
    fn sweep(self: Pin<&mut Self>);

    /// Drops all branches, in the order written. The kernel has cancelled all except the winner already.
    fn end(self: Pin<&mut Self>, winner: u32);

    /// Drops all branches except the winner, in the order written.
    fn keep(self: Pin<&mut Self>, winner: Option<u32>);
}

/// The branches of a race. Its winner gives a `V`.
pub trait Gives<V>: Branches {
    /// Takes the output of the winner.
    fn take(self: Pin<&mut Self>, winner: u32) -> V;
}

/// The branches of a join. Together they give nested pairs, `(a, (b, ()))`.
pub trait Outputs: Branches {
    /// All outputs together.
    type Outputs;

    /// Takes the outputs, once all branches have been triggered.
    fn take_all(self: Pin<&mut Self>) -> Self::Outputs;
}

/// The branches that are triggered at the call.
#[derive(Debug, Default)]
pub struct Triggered {
    pub(crate) first: Option<u32>,
    pub(crate) count: u32,
}

impl Triggered {
    /// Notes a triggered branch. It is called in the order written.
    #[inline]
    pub(crate) fn note(&mut self, branch: u32) {
        self.first.get_or_insert(branch);
        self.count += 1;
    }
}

/// Returns the kernel that two branches share.
///
/// # Panics
///
/// If they belong to two simulations.
#[track_caller]
pub(crate) fn one_kernel<'k>(
    a: Option<&'k Rc<Kernel>>,
    b: Option<&'k Rc<Kernel>>,
) -> Option<&'k Rc<Kernel>> {
    if let (Some(a), Some(b)) = (a, b) {
        assert!(
            Rc::ptr_eq(a, b),
            "the branches of one composition belong to simulations {} and {}: what processes share \
             belongs to one simulation",
            shown(a.number),
            shown(b.number)
        );
    }
    a.or(b)
}

/// Makes the node `composite` the awaiter of one branch, or nobody if the node is not `told`. Gives the
/// node the cancel handle. A plain future has none. Notes whether a branch in the tables is triggered
/// already.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the number of a written branch is known")]
pub(crate) fn link<R: Awaited>(
    request: &mut R,
    composite: u32,
    told: bool,
    branch: u32,
    triggered: &mut Triggered,
) {
    let awaiter = if told { Awaiter::branch(composite, branch) } else { Awaiter::NOBODY };
    if R::is_in_tables() {
        if let Some(kernel) = request.kernel() {
            let tables = &mut *kernel.tables.borrow_mut();
            let handle = request.link_in(tables, awaiter).unwrap_or_else(|| {
                triggered.note(branch);
                CancelHandle::Nothing
            });
            tables.composites.at(composite).link_simply(branch, handle);
        }
    } else {
        let handle = request.link(awaiter);
        if let Some(kernel) = request.kernel() {
            kernel.tables.borrow_mut().composites.at(composite).link(branch, handle);
        }
    }
}

/// Does the same with the tables borrowed. Notes whether the branch is triggered already.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the number of a written branch is known")]
pub(crate) fn link_in<R: Awaited>(
    request: &R,
    tables: &mut Tables,
    composite: u32,
    branch: u32,
    triggered: &mut Triggered,
) {
    let handle = request.link_in(tables, Awaiter::branch(composite, branch)).unwrap_or_else(|| {
        triggered.note(branch);
        CancelHandle::Nothing
    });
    tables.composites.at(composite).link_simply(branch, handle);
}

pin_project! {
    /// One branch of a written composition, and the rest.
    #[derive(Debug)]
    pub struct Branch<R, M, T> {
        #[pin]
        request: Option<R>,
        // In a race: turns the output into the race's outcome.
        map: Option<M>,
        #[pin]
        rest: T,
    }
}

/// Adds a branch to a race. The expansion of `asim!` calls it.
pub fn either<R, V, M, T>(request: R, map: M, rest: T) -> Branch<R, M, T>
where
    R: Awaited,
    M: FnOnce(R::Output) -> V,
{
    Branch { request: Some(request), map: Some(map), rest }
}

/// Adds a branch to a join. The expansion of `asim!` calls it.
pub fn both<R: Awaited, T>(request: R, rest: T) -> Branch<R, (), T> {
    Branch { request: Some(request), map: None, rest }
}

impl<R: Awaited, M, T: Branches> Branches for Branch<R, M, T> {
    fn can_be_plain() -> bool {
        R::can_be_plain() || T::can_be_plain()
    }

    fn holds() -> bool {
        R::holds() || T::holds()
    }

    fn count(&self) -> u32 {
        1 + self.rest.count()
    }

    fn is_plain(&self) -> bool {
        self.request.as_ref().is_some_and(Awaited::is_plain) || self.rest.is_plain()
    }

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        one_kernel(self.request.as_ref().and_then(Awaited::kernel), self.rest.kernel())
    }

    #[inline]
    fn is_any_triggered(&self) -> bool {
        let is_triggered = !R::is_in_tables() && self.request.as_ref().is_some_and(R::is_triggered);
        is_triggered || self.rest.is_any_triggered()
    }

    #[inline]
    fn triggered(&self, index: u32, triggered: &mut Triggered) {
        if self.request.as_ref().is_some_and(Awaited::is_triggered) {
            triggered.note(index);
        }
        self.rest.triggered(index + 1, triggered);
    }

    fn has_kernel() -> bool {
        R::has_kernel() || T::has_kernel()
    }

    #[inline]
    fn first_kernel(&self) -> Option<&Rc<Kernel>> {
        if R::has_kernel() {
            self.request.as_ref().and_then(Awaited::kernel)
        } else {
            self.rest.first_kernel()
        }
    }

    #[inline]
    fn link(&mut self, composite: u32, told: bool, index: u32, triggered: &mut Triggered) {
        if let Some(request) = &mut self.request {
            link(request, composite, told, index, triggered);
        }
        self.rest.link(composite, told, index + 1, triggered);
    }

    fn are_in_tables() -> bool {
        R::is_in_tables() && T::are_in_tables()
    }

    #[inline]
    fn link_in(&self, tables: &mut Tables, composite: u32, index: u32, triggered: &mut Triggered) {
        if let Some(request) = &self.request {
            link_in(request, tables, composite, index, triggered);
        }
        self.rest.link_in(tables, composite, index + 1, triggered);
    }

    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>) {
        let this = self.project();
        if this.request.as_ref().as_pin_ref().is_some_and(|request| request.is_plain()) {
            if !progress.is_open() {
                return;
            }
            let request = this.request.as_pin_mut();
            if request
                .is_some_and(|request| progress.in_scope(|| request.drive(context, Some(progress))))
            {
                progress.finish(index);
            }
        }
        this.rest.drive(context, index + 1, progress);
    }

    fn sweep(self: Pin<&mut Self>) {
        let this = self.project();
        if let Some(request) = this.request.as_pin_mut() {
            request.sweep();
        }
        this.rest.sweep();
    }

    #[inline]
    fn end(self: Pin<&mut Self>, winner: u32) {
        let mut this = self.project();
        if winner != 0
            && let Some(request) = this.request.as_mut().as_pin_mut()
        {
            request.lose();
        }
        this.request.set(None);
        this.rest.end(winner.wrapping_sub(1));
    }

    #[inline]
    fn keep(self: Pin<&mut Self>, winner: Option<u32>) {
        let mut this = self.project();
        if winner != Some(0) {
            this.request.set(None);
        } else if let Some(request) = this.request.as_mut().as_pin_mut() {
            request.sweep();
        }
        this.rest.keep(winner.and_then(|winner| winner.checked_sub(1)));
    }
}

impl<R, V, M, T> Gives<V> for Branch<R, M, T>
where
    R: Awaited,
    M: FnOnce(R::Output) -> V,
    T: Gives<V>,
{
    #[inline]
    fn take(self: Pin<&mut Self>, winner: u32) -> V {
        let this = self.project();
        if winner == 0
            && let Some(request) = this.request.as_pin_mut()
            && let Some(map) = this.map.take()
        {
            return map(request.take());
        }
        this.rest.take(winner.wrapping_sub(1))
    }
}

impl<R: Awaited, T: Outputs> Outputs for Branch<R, (), T> {
    type Outputs = (R::Output, T::Outputs);

    fn take_all(self: Pin<&mut Self>) -> Self::Outputs {
        let this = self.project();
        let output = this.request.as_pin_mut().expect("a join is taken once").take();
        (output, this.rest.take_all())
    }
}

/// The end of a written list of branches.
#[derive(Debug)]
pub struct End;

impl Branches for End {
    fn can_be_plain() -> bool {
        false
    }

    fn holds() -> bool {
        false
    }

    fn count(&self) -> u32 {
        0
    }

    fn is_plain(&self) -> bool {
        false
    }

    fn kernel(&self) -> Option<&Rc<Kernel>> {
        None
    }

    fn has_kernel() -> bool {
        false
    }

    fn first_kernel(&self) -> Option<&Rc<Kernel>> {
        None
    }

    fn is_any_triggered(&self) -> bool {
        false
    }

    fn triggered(&self, _index: u32, _triggered: &mut Triggered) {}

    fn link(&mut self, _composite: u32, _told: bool, _index: u32, _triggered: &mut Triggered) {}

    fn are_in_tables() -> bool {
        true
    }

    fn link_in(
        &self,
        _tables: &mut Tables,
        _composite: u32,
        _index: u32,
        _triggered: &mut Triggered,
    ) {
    }

    fn drive(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        _index: u32,
        _progress: &Progress<'_>,
    ) {
    }

    fn sweep(self: Pin<&mut Self>) {}

    fn end(self: Pin<&mut Self>, _winner: u32) {}

    fn keep(self: Pin<&mut Self>, _winner: Option<u32>) {}
}

impl<V> Gives<V> for End {
    fn take(self: Pin<&mut Self>, _winner: u32) -> V {
        unreachable!("a race is won by one of its branches")
    }
}

impl Outputs for End {
    type Outputs = ();

    fn take_all(self: Pin<&mut Self>) {}
}
