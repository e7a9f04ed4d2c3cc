//! Races: the first branch to be triggered wins, the others are cancelled.

use std::pin::Pin;
use std::rc::Rc;
use std::task::Context;

use pin_project_lite::pin_project;

use super::composition::{Branches, Composition, End, Gives, Progress, Triggered, one_kernel};
use super::core::Kernel;
use super::each::Each;
use super::source::Link;
use super::waitable::{Request, Waitable};
use super::watcher::Watcher;

/// The first of many: awaiting it gives the number of the waitable that was triggered first, and
/// its output. All others are cancelled at that moment, and what they had been promised is given
/// back. Among those that are satisfied at the call the first wins.
///
/// For a few waitables of different kinds, `asim!(FirstOf(..))` gives each outcome a name.
///
/// # Panics
///
/// If there is nothing to wait for, as such a race would never end.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn shopper(env: Environment, tills: Vec<Resource>) {
///     let (till, slot) = first_of(tills.iter().map(Resource::acquire)).await;
///     assert_eq!(till, 1);
///     env.timeout(2.0).await;
///     slot.release();
/// }
///
/// let sim = Simulation::new();
/// let tills = vec![Resource::new(&sim, 1), Resource::new(&sim, 1)];
/// let _closed = tills[0].try_acquire();
/// sim.process(Shopper::new(tills));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
#[doc(alias = "AnyOf")]
#[doc(alias = "any_of")]
#[track_caller]
pub fn first_of<I>(waitables: I) -> FirstOf<I::Item>
where
    I: IntoIterator<Item: Waitable>,
{
    let each = Each::<_, true>::new(waitables);
    assert!(each.count() > 0, "first_of needs something to wait for");
    Composition::new(each)
}

/// What [`first_of`] returns: to be named where a race is kept.
///
/// ```
/// use asim::prelude::*;
///
/// struct Patience {
///     ends: asim::FirstOf<Timeout>,
/// }
///
/// let sim = Simulation::new();
/// let patience = Patience { ends: first_of([3.0, 2.0].map(|delay| sim.timeout(delay))) };
/// assert_eq!(sim.run_until_event(patience.ends)?, (1, ()));
/// # Ok::<(), SimError>(())
/// ```
pub type FirstOf<W> =
    Composition<Each<<W as Waitable>::Request, true>, (usize, <W as Waitable>::Output)>;

pin_project! {
    /// The branches of a written race: one and the rest.
    #[derive(Debug)]
    pub struct Either<R, M, T> {
        #[pin]
        request: Option<R>,
        // Turns the output into the race's outcome.
        map: Option<M>,
        #[pin]
        rest: T,
    }
}

/// Adds a branch to a race; expanded from `asim!`.
pub fn either<R, V, M, T>(request: R, map: M, rest: T) -> Either<R, M, T>
where
    R: Request,
    M: FnOnce(R::Output) -> V,
{
    Either { request: Some(request), map: Some(map), rest }
}

/// The race of these branches; expanded from `asim!`.
#[track_caller]
pub fn race<B: Gives<V>, V>(branches: B) -> Composition<B, V> {
    Composition::new(branches)
}

impl<R: Request, M, T: Branches> Branches for Either<R, M, T> {
    const FIRST: bool = true;
    const PLAIN: bool = R::PLAIN || T::PLAIN;
    const HOLDS: bool = R::HOLDS || T::HOLDS;

    fn count(&self) -> u32 {
        1 + self.rest.count()
    }

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        one_kernel(self.request.as_ref().and_then(Request::kernel), self.rest.kernel())
    }

    #[inline]
    fn triggered(&self, index: u32, triggered: &mut Triggered) {
        if self.request.as_ref().is_some_and(Request::is_triggered) {
            triggered.note(index);
        }
        self.rest.triggered(index + 1, triggered);
    }

    #[inline]
    fn link(&mut self, index: u32, composite: Option<u32>, links: &mut [Link]) {
        let watcher = Watcher::of_composite(composite, index);
        if let (Some(request), Some((place, links))) = (&mut self.request, links.split_first_mut())
        {
            request.link_into(watcher, place);
            self.rest.link(index + 1, composite, links);
        }
    }

    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>) {
        if !Self::PLAIN {
            return;
        }
        let this = self.project();
        if R::PLAIN {
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
        if !Self::PLAIN {
            return;
        }
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

impl<R, V, M, T> Gives<V> for Either<R, M, T>
where
    R: Request,
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

impl<V> Gives<V> for End {
    fn take(self: Pin<&mut Self>, _winner: u32) -> V {
        unreachable!("a race is won by one of its branches")
    }
}
