//! Joins: waiting until every branch has been triggered.

use std::pin::Pin;

use crate::wait::composition::{Composition, Decision};
use crate::wait::{awaited::Awaited, branches::Outputs, each::Each, waitable::Waitable};

/// Joins all waitables of a collection. Awaiting the result gives their outputs, in their order, when the
/// last has been triggered.
///
/// For a few waitables of different kinds, `asim!(AllOf(..))` gives each output a name. For many, or if the
/// kinds are known only while the model runs, make one type of them with
/// [`into_boxed`](Waitable::into_boxed). For waitables
/// that can fail, `try_all_of` ends at the first failure.
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
/// A process's handle gives how the process ended. The call of an `async fn` gives its plain value.
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
    Composition::new(Each::new(waitables), All)
}

/// The type that [`all_of`] returns, for a struct that keeps a join.
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
pub type AllOf<W> = Composition<Each<<W as Waitable>::Request>, All>;

/// The decision of [`all_of`]: all outputs, in their order.
#[derive(Debug, Clone, Copy)]
pub struct All;

impl<R: Awaited> Decision<Each<R>> for All {
    const FIRST: bool = false;

    type Output = Vec<R::Output>;

    fn take(&mut self, branches: Pin<&mut Each<R>>, _winner: u32) -> Self::Output {
        branches.take_all()
    }
}

/// Joins written branches. `map` turns their outputs `(a, (b, ()))` into the output of the join. The
/// expansion of `asim!` calls it.
#[track_caller]
pub fn join<B, M, V>(branches: B, map: M) -> Composition<B, AllWritten<M>>
where
    B: Outputs,
    M: FnOnce(B::Outputs) -> V,
{
    Composition::new(branches, AllWritten { map: Some(map) })
}

/// The decision of a written join: a function turns all outputs into one.
#[derive(Debug)]
pub struct AllWritten<M> {
    map: Option<M>,
}

impl<B: Outputs, M: FnOnce(B::Outputs) -> V, V> Decision<B> for AllWritten<M> {
    const FIRST: bool = false;

    type Output = V;

    fn take(&mut self, branches: Pin<&mut B>, _winner: u32) -> V {
        let outputs = branches.take_all();
        self.map.take().expect("a join is taken once")(outputs)
    }
}
