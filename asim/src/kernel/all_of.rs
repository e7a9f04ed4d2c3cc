//! Joins: waiting until every branch has been triggered.

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

/// All of many: awaiting it gives the outputs of all waitables, in their order, once the last has
/// been triggered.
///
/// For a few waitables of different kinds, `asim!(AllOf(..))` gives each output a name. For those that
/// may fail, [`try_all_of`](crate::try_all_of()) ends at the first failure.
///
/// ```
/// use asim::prelude::*;
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// sim.spawn(async move {
///     all_of([3.0, 1.0, 5.0].map(|delay| env.timeout(delay))).await;
///     assert_eq!(env.now(), 5.0);
/// });
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
///
/// Of processes it gives how each ended. Functions that are called and not started give their plain
/// values.
///
/// ```
/// use asim::prelude::*;
/// use std::convert::Infallible;
///
/// async fn drive(env: Environment, hours: f64) -> f64 {
///     env.timeout(hours).await;
///     2.0 * hours
/// }
///
/// #[process]
/// async fn truck(env: Environment, hours: f64) -> Result<f64, Infallible> {
///     Ok(drive(env, hours).await)
/// }
///
/// let sim = Simulation::new();
/// let env = sim.env();
/// sim.spawn(async move {
///     let trucks: Vec<_> = [3.0, 1.0].map(|hours| env.process(Truck::new(hours))).into();
///     for ended in all_of(trucks).await {
///         assert!(ended.expect("nobody cancels it") >= 2.0);
///     }
///
///     let drives = [3.0, 1.0].map(|hours| drive(env.clone(), hours));
///     assert_eq!(all_of(drives).await, [6.0, 2.0]);
/// });
/// sim.run()?;
/// assert_eq!(sim.now(), 6.0);
/// # Ok::<(), SimError>(())
/// ```
#[track_caller]
pub fn all_of<I>(waitables: I) -> AllOf<I::Item>
where
    I: IntoIterator<Item: Waitable>,
{
    Composition::new(Each::new(waitables))
}

/// What [`all_of`] returns: to be named where a join is kept.
///
/// ```
/// use asim::prelude::*;
///
/// struct Departure {
///     boarded: asim::AllOf<Timeout>,
/// }
///
/// let sim = Simulation::new();
/// let departure = Departure { boarded: all_of([1.0, 2.0].map(|delay| sim.timeout(delay))) };
/// sim.run_until_event(departure.boarded)?;
/// assert_eq!(sim.now(), 2.0);
/// # Ok::<(), SimError>(())
/// ```
pub type AllOf<W> =
    Composition<Each<<W as Waitable>::Request, false>, Vec<<W as Waitable>::Output>>;

pin_project! {
    /// The branches of a written join: one and the rest.
    #[derive(Debug)]
    pub struct Both<R, T> {
        #[pin]
        request: Option<R>,
        #[pin]
        rest: T,
    }
}

/// Adds a branch to a join; expanded from `asim!`.
pub fn both<R: Request, T>(request: R, rest: T) -> Both<R, T> {
    Both { request: Some(request), rest }
}

/// The join of these branches, with `map` turning their outputs `(a, (b, ()))` into its own;
/// expanded from `asim!`.
#[track_caller]
pub fn join<B, M, V>(branches: B, map: M) -> Composition<Joined<B, M>, V>
where
    B: Outputs,
    M: FnOnce(B::Outputs) -> V,
{
    Composition::new(Joined { branches, map: Some(map) })
}

pin_project! {
    /// The branches of a join, and what turns their outputs into its own.
    #[derive(Debug)]
    pub struct Joined<B, M> {
        #[pin]
        branches: B,
        map: Option<M>,
    }
}

/// The branches of a written join, and their outputs `(a, (b, ()))`.
pub trait Outputs: Branches {
    /// What they give together.
    type Outputs;

    /// Takes the outputs, once all branches have been triggered.
    fn take_all(self: Pin<&mut Self>) -> Self::Outputs;
}

impl<R: Request, T: Branches> Branches for Both<R, T> {
    const FIRST: bool = false;
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

impl<R: Request, T: Outputs> Outputs for Both<R, T> {
    type Outputs = (R::Output, T::Outputs);

    fn take_all(self: Pin<&mut Self>) -> Self::Outputs {
        let this = self.project();
        let output = this.request.as_pin_mut().expect("a join is taken once").take();
        (output, this.rest.take_all())
    }
}

impl Outputs for End {
    type Outputs = ();

    fn take_all(self: Pin<&mut Self>) {}
}

impl<B: Branches, M> Branches for Joined<B, M> {
    const FIRST: bool = false;
    const PLAIN: bool = B::PLAIN;
    const HOLDS: bool = B::HOLDS;

    fn count(&self) -> u32 {
        self.branches.count()
    }

    #[track_caller]
    fn kernel(&self) -> Option<&Rc<Kernel>> {
        self.branches.kernel()
    }

    fn triggered(&self, index: u32, triggered: &mut Triggered) {
        self.branches.triggered(index, triggered);
    }

    #[inline]
    fn link(&mut self, index: u32, composite: Option<u32>, links: &mut [Link]) {
        self.branches.link(index, composite, links);
    }

    fn drive(self: Pin<&mut Self>, context: &mut Context<'_>, index: u32, progress: &Progress<'_>) {
        self.project().branches.drive(context, index, progress);
    }

    fn sweep(self: Pin<&mut Self>) {
        self.project().branches.sweep();
    }

    fn keep(self: Pin<&mut Self>, winner: Option<u32>) {
        self.project().branches.keep(winner);
    }
}

impl<B, M, V> Gives<V> for Joined<B, M>
where
    B: Outputs,
    M: FnOnce(B::Outputs) -> V,
{
    fn take(self: Pin<&mut Self>, _winner: u32) -> V {
        let this = self.project();
        let outputs = this.branches.take_all();
        this.map.take().expect("a join is taken once")(outputs)
    }
}
