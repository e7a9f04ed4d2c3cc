//! The random numbers of a simulation, by name.

use crate::environment::Environment;
use crate::random::stream::Stream;

impl Environment {
    /// Returns the simulation's stream of random numbers of this name. Two calls with one name give
    /// handles of the same stream, which goes on where it is. Its numbers depend only on the seed of the
    /// simulation and on the name: another stream that is asked for, before or after, changes nothing.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn machine(env: Environment, id: u32) {
    ///     let failures = env.stream("failures"); // one stream for all machines
    ///     for _ in 0..3 {
    ///         env.timeout(failures.weibull(1.5, 200.0)).await;
    ///         println!("{:7.1} machine {id} fails", env.now());
    ///     }
    /// }
    ///
    /// let sim = Simulation::seeded(42);
    /// sim.process(Machine::new(1));
    /// sim.process(Machine::new(2));
    /// sim.run()?;
    /// # Ok::<(), SimError>(())
    /// ```
    ///
    /// For a stream of each machine's own, [`stream.nth(id)`](Stream::nth).
    #[must_use]
    pub fn stream(&self, name: &str) -> Stream {
        self.kernel().streams.get(name)
    }

    /// Returns the seed of the simulation's streams: 0 if none was given.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// assert_eq!(Simulation::seeded(42).seed(), 42);
    /// assert_eq!(Simulation::new().seed(), 0);
    /// ```
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.kernel().streams.seed()
    }
}
