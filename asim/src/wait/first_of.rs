//! Races: the first branch that is triggered wins, and the others are cancelled.

use std::{marker::PhantomData, pin::Pin};

use crate::wait::branches::{Branches, Gives};
use crate::wait::composition::{Composition, Decision};
use crate::wait::{awaited::Awaited, each::Each, waitable::Waitable};

/// Races all waitables of a collection. Awaiting the result gives the number of the waitable that was
/// triggered first, and its output. All others are cancelled at that moment, and what they were promised
/// goes back. If several are satisfied at the call, the first of them wins.
///
/// For a few waitables of different kinds, `asim!(FirstOf(..))` gives each outcome a name. For many, or if the
/// kinds are known only while the model runs, make one type of them with
/// [`into_boxed`](Waitable::into_boxed).
///
/// # Panics
///
/// If the collection is empty, as such a race would never end.
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
    let each = Each::new(waitables);
    assert!(each.count() > 0, "first_of needs something to wait for");
    Composition::new(each, First)
}

/// The type that [`first_of`] returns, for a struct that keeps a race.
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
pub type FirstOf<W> = Composition<Each<<W as Waitable>::Request>, First>;

/// The decision of [`first_of`]: the number of the winner and its output.
#[derive(Debug, Clone, Copy)]
pub struct First;

impl<R: Awaited> Decision<Each<R>> for First {
    const FIRST: bool = true;

    type Output = (usize, R::Output);

    fn take(&mut self, branches: Pin<&mut Each<R>>, winner: u32) -> Self::Output {
        (winner as usize, branches.take(winner))
    }
}

/// Races written branches. The expansion of `asim!` calls it.
#[track_caller]
pub fn race<B: Gives<V>, V>(branches: B) -> Composition<B, FirstWritten<V>> {
    Composition::new(branches, FirstWritten { output: PhantomData })
}

/// The decision of a written race, in which each branch gives a `V`.
#[derive(Debug)]
pub struct FirstWritten<V> {
    output: PhantomData<fn() -> V>,
}

impl<B: Gives<V>, V> Decision<B> for FirstWritten<V> {
    const FIRST: bool = true;

    type Output = V;

    #[inline]
    fn take(&mut self, branches: Pin<&mut B>, winner: u32) -> V {
        branches.take(winner)
    }
}
