//! The branches of a composition: the requests themselves, in the order written.
//!
//! The branches of a written composition are a list type: each [`Branch`] has the rest inside it, and
//! [`End`] is the last. The branches of a collection are in `each`. The `Decision` of a composition says
//! which outputs it gives.

use std::{pin::Pin, rc::Rc, task::Context};

use pin_project_lite::pin_project;

use crate::engine::{awaiter::Awaiter, kernel::Kernel, provider::CancelHandle};
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

    /// Returns the kernel that the natives among them belong to.
    fn kernel(&self) -> Option<&Rc<Kernel>>;

    /// Notes which branches are triggered already.
    fn triggered(&self, index: u32, triggered: &mut Triggered);

    /// Makes the composite, or nobody, the awaiter of each branch. Puts each branch's cancel handle into
    /// its place in `handles`.
    fn link(&mut self, index: u32, composite: Option<u32>, handles: &mut [CancelHandle]);

    /// Polls the plain futures among them, until the composition is decided.
    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>);

    /// Drops the plain futures in the branches that have lost an inner race, while the composition itself
    /// is undecided.
    fn sweep(self: Pin<&mut Self>);

    /// Tells all branches except the winner that the kernel has cancelled them.
    fn lose(self: Pin<&mut Self>, winner: u32);

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
            a.number,
            b.number
        );
    }
    a.or(b)
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
    fn triggered(&self, index: u32, triggered: &mut Triggered) {
        if self.request.as_ref().is_some_and(Awaited::is_triggered) {
            triggered.note(index);
        }
        self.rest.triggered(index + 1, triggered);
    }

    #[inline]
    fn link(&mut self, index: u32, composite: Option<u32>, handles: &mut [CancelHandle]) {
        let awaiter = Awaiter::of_composite(composite, index);
        if let (Some(request), Some((place, handles))) =
            (&mut self.request, handles.split_first_mut())
        {
            request.link_into(awaiter, place);
            self.rest.link(index + 1, composite, handles);
        }
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

    fn lose(self: Pin<&mut Self>, winner: u32) {
        let this = self.project();
        if winner != 0
            && let Some(request) = this.request.as_pin_mut()
        {
            request.lose();
        }
        this.rest.lose(winner.wrapping_sub(1));
    }

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
    fn take(self: Pin<&mut Self>, winner: u32) -> V {
        let this = self.project();
        match (winner, this.request.as_pin_mut(), this.map.take()) {
            (0, Some(request), Some(map)) => map(request.take()),
            _ => this.rest.take(winner.wrapping_sub(1)),
        }
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

    fn triggered(&self, _index: u32, _triggered: &mut Triggered) {}

    fn link(&mut self, _index: u32, _composite: Option<u32>, _handles: &mut [CancelHandle]) {}

    fn drive(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        _index: u32,
        _progress: &Progress<'_>,
    ) {
    }

    fn sweep(self: Pin<&mut Self>) {}

    fn lose(self: Pin<&mut Self>, _winner: u32) {}

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
