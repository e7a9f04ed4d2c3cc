//! The stream: the handle from which a model draws its random numbers.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use crate::random::seed::{key_below, key_of};
use crate::random::xoshiro::{self, State};

/// A stream of random numbers with a name: `env.stream("arrivals")`. Each distribution is a method. Clone
/// it freely; the clones are the same stream, and `==` says whether two handles are of the same stream.
///
/// Give each purpose a stream of its own: one for the arrivals, one for the service. Then a change of one
/// part of the model leaves the numbers of all others as they were. The numbers depend only on the seed
/// of the simulation and the name, never on the order in which streams are asked for.
///
/// ```
/// use asim::prelude::*;
///
/// #[process]
/// async fn source(env: Environment, arrivals: Stream, counter: Resource) {
///     let service = env.stream("service");
///     for _ in 0..100 {
///         env.timeout(arrivals.exponential(10.0)).await;
///         env.process(Customer::new(counter.clone(), service.triangular(4.0, 6.0, 14.0)));
///     }
/// }
///
/// #[process]
/// async fn customer(env: Environment, counter: Resource, service: f64) {
///     let _slot = counter.acquire().await;
///     env.timeout(service).await;
/// }
///
/// let sim = Simulation::seeded(42);
/// let counter = Resource::new(&sim, 1);
/// sim.process(Source::new(sim.stream("arrivals"), counter));
/// sim.run()?;
/// # Ok::<(), SimError>(())
/// ```
///
/// # The same numbers everywhere
///
/// A seed gives the same numbers, to the bit, on every platform, in every build, whatever else is linked
/// in. The generator is Xoshiro256++ of Blackman and Vigna, and logarithms and the like are computed by
/// `libm` in plain Rust.
///
/// # One number for each draw
///
/// Each call of a method takes exactly one number from the generator, so that two runs stay in step. Most
/// distributions are drawn by inversion: the draw is the quantile at a uniform number, and rises with
/// it. These are `uniform`, `integer`, `chance`, `choose`, `exponential`, `weibull`, `pareto`, `normal`,
/// `normal_within`, `lognormal`, `triangular`, `geometric`, `discrete`, `empirical`, and `poisson` and
/// `binomial` as long as they are small. The others (`gamma`, `erlang`, `beta`, a large `poisson` or
/// `binomial`, `shuffle`, `arrivals`) have no cheap inverse: they take the one number as the seed of a
/// generator of their own.
///
/// # With `rand`
///
/// A stream is a generator for the crates of the `rand` family, version 0.10 of `rand` and 0.6 of
/// `rand_distr`: `Gumbel::new(5.0, 2.0)?.sample(&mut &stream)`. What those draw may change with their
/// version.
#[derive(Clone)]
pub struct Stream(Rc<Source>);

struct Source {
    state: Cell<State>,
    /// All ones in a mirrored stream, else zero.
    mirror: u64,
    key: u64,
    name: Rc<str>,
}

impl Stream {
    /// Returns the stream of this seed and name, at its beginning, without a simulation: to make inputs
    /// beforehand, and for tests. It draws the same numbers as
    /// `Simulation::seeded(seed).stream(name)`.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "service");
    /// assert_eq!(stream.exponential(10.0), Simulation::seeded(42).stream("service").exponential(10.0));
    /// ```
    #[must_use]
    pub fn seeded(seed: u64, name: &str) -> Self {
        Stream::at_beginning(key_of(seed, 0, name), name.into(), false)
    }

    pub(crate) fn at_beginning(key: u64, name: Rc<str>, mirrored: bool) -> Self {
        let mirror = if mirrored { u64::MAX } else { 0 };
        Stream(Rc::new(Source { state: Cell::new(xoshiro::state_of(key)), mirror, key, name }))
    }

    /// Returns the name.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// assert_eq!(Simulation::new().stream("service").name(), "service");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns substream number `id`: a new and independent stream, at its beginning. It depends only on
    /// this stream's seed and name and on `id`, not on what has been drawn, and takes nothing from this
    /// stream. Substreams have substreams.
    ///
    /// Each customer can have one: then customer 17 draws the same numbers in every scenario, however
    /// many customers came before. *Keep it:* each call gives a stream at its beginning.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let customers = Simulation::seeded(42).stream("customers");
    /// let own = customers.nth(17);
    /// let (patience, service) = (own.uniform(5.0, 15.0), own.exponential(8.0));
    ///
    /// let again = customers.nth(17);
    /// assert_eq!((again.uniform(5.0, 15.0), again.exponential(8.0)), (patience, service));
    /// assert_ne!(customers.nth(18).uniform(5.0, 15.0), patience);
    /// ```
    #[must_use]
    pub fn nth(&self, id: u64) -> Stream {
        let name = Rc::clone(&self.0.name);
        Stream::at_beginning(key_below(self.0.key, id), name, self.0.mirror != 0)
    }

    /// Returns the mirror image of this stream: a new stream, at its beginning. Where this one draws the
    /// uniform number `u`, it draws `1 - u`: long times become short ones. The mirror image of that draws
    /// as this stream does.
    ///
    /// Two runs of which one draws from mirror images differ from the truth in opposite directions, if
    /// more of what is drawn gives more of what is measured. Then their mean is better than that of two
    /// independent runs. `Simulation::antithetic` mirrors all streams of a run. Distributions that are
    /// not drawn by inversion have no mirror image; they draw independent numbers instead.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let stream = Stream::seeded(42, "service");
    /// let mirrored = stream.antithetic();
    /// for _ in 0..10 {
    ///     let sum = stream.uniform(2.0, 4.0) + mirrored.uniform(2.0, 4.0);
    ///     assert!((sum - 6.0).abs() < 1e-12);
    /// }
    /// ```
    #[must_use]
    pub fn antithetic(&self) -> Stream {
        Stream::at_beginning(self.0.key, Rc::clone(&self.0.name), self.0.mirror == 0)
    }

    /// Draws 64 bits.
    #[inline]
    pub(crate) fn bits(&self) -> u64 {
        let (drawn, state) = xoshiro::next(self.0.state.get());
        self.0.state.set(state);
        drawn ^ self.0.mirror
    }

    /// Draws a uniform number with 53 bits: 0 included, 1 excluded.
    #[inline]
    pub(crate) fn unit(&self) -> f64 {
        unit(self.bits())
    }

    /// Draws a uniform number with 52 bits: neither 0 nor 1. Its mirror image is exactly one minus it.
    #[inline]
    pub(crate) fn open(&self) -> f64 {
        open(self.bits())
    }
}

/// 2^-53: the distance of two neighbours below 1.
const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;

/// Returns the multiple of 2^-53 that the high bits name: 0 is one, 1 is none.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * STEP
}

/// Returns the odd multiple of 2^-53 that the high bits name: neither 0 nor 1, so its logarithm is
/// finite. One minus it is another one, exactly.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
pub(crate) fn open(bits: u64) -> f64 {
    ((bits >> 11) | 1) as f64 * STEP
}

impl PartialEq for Stream {
    /// Returns `true` if both are handles of the same stream.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// assert!(sim.stream("service") == sim.stream("service"));
    /// assert!(sim.stream("service").nth(1) != sim.stream("service").nth(1)); // two, each at its beginning
    /// ```
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Stream {}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("name", &self.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_numbers_end_where_they_say() {
        assert_eq!((unit(0), unit(u64::MAX)), (0.0, 1.0 - STEP));
        assert_eq!((open(0), open(u64::MAX)), (STEP, 1.0 - STEP));
    }

    #[test]
    fn a_mirrored_open_number_is_exactly_one_minus_it() {
        for bits in [0, 1 << 11, 1 << 12, 0x1234_5678_9abc_def0, u64::MAX] {
            assert_eq!(open(!bits), 1.0 - open(bits));
        }
    }
}
