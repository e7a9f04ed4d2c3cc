//! Why nothing happens.

use crate::engine::standstill::Standstill;
use crate::environment::Environment;

impl Environment {
    /// Returns why nothing happens: which processes wait for what, since when, at which line of the model,
    /// who holds it, and which of them wait for each other in a circle. `println!("{}", sim.standstill())`
    /// says it in words.
    ///
    /// It may be called at any time, also in the middle of a run, and by a process. A process that a timer
    /// will let go on, or another process that can still go on, is not part of a deadlock.
    /// Who holds something is the process that asked for it. A slot or a loan that was moved to another process
    /// (into a process that it has started, or through a queue) still counts as held by the first one, as nobody
    /// sees a value move. So a circle through such a hold may not be a deadlock: whoever has the value now may
    /// still drop it.
    ///
    /// What the report cannot know, it says so: who would put an item into a queue, or trigger an event. An
    /// interrupt could always let a process go on.
    ///
    /// A run pays nothing for it. The report takes time in proportion to the processes and to what they wait
    /// for: about a second for a million.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn clerk(env: Environment, first: Resource, second: Resource) {
    ///     let _first = first.acquire().await;
    ///     env.timeout(1.0).await;
    ///     let _second = second.acquire().await;
    /// }
    ///
    /// let sim = Simulation::new();
    /// let printer = Resource::new(&sim, 1).named("printer");
    /// let stapler = Resource::new(&sim, 1).named("stapler");
    /// sim.process(Clerk::new(printer.clone(), stapler.clone()).named("Ada"));
    /// sim.process(Clerk::new(stapler, printer).named("Berta"));
    /// sim.run()?;
    ///
    /// let standstill = sim.standstill();
    /// assert_eq!(
    ///     standstill.circles[0].to_string(),
    ///     "a deadlock: Ada waits for `stapler`, held by Berta since 0; \
    ///      Berta waits for `printer`, held by Ada since 0"
    /// );
    /// # Ok::<(), SimError>(())
    /// ```
    #[must_use]
    pub fn standstill(&self) -> Standstill {
        self.kernel().standstill()
    }
}
