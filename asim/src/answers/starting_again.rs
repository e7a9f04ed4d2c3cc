//! Measures start again, now or at the end of the warm-up.

use crate::environment::Environment;

impl Environment {
    /// Starts all measures again: of all things that have a name, and of the model's own tallies, levels and
    /// counters.
    ///
    /// Levels keep their values, and count from now on. Who waits or holds now has done so since it began: if
    /// it is served after this call, its whole waiting time counts. Nothing that ended before counts.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let clerk = Resource::new(&sim, 1).named("clerk");
    /// let slot = clerk.try_acquire();
    /// let waiting = clerk.acquire();
    /// sim.run_until(5.0)?;
    /// sim.reset_measures();
    /// sim.run_until(8.0)?;
    /// drop(slot); // the one that waits is served
    /// let m = clerk.measures();
    /// assert_eq!((m.served, m.waited.mean()), (1, 8.0)); // since time 0
    /// assert_eq!((m.line.time(), m.line.mean()), (3.0, 1.0)); // from 5 to 8
    /// # drop(waiting);
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn reset_measures(&self) {
        self.kernel().reset_measures();
    }

    /// Measures processes, too, from now on: for each type, how many were started and have ended, how many live,
    /// how long they live, and how long they wait for what. The report shows it. Processes whose names differ in
    /// a number at the end only (`clerk 1`, `clerk 2`) are of one type.
    ///
    /// Unlike all other measures, this makes a run slower: it reads what happens as a log does. A process that
    /// lives already counts from now on.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment, clerk: Resource) {
    ///     let slot = clerk.acquire().await;
    ///     env.timeout(2.0).await;
    ///     slot.release();
    /// }
    ///
    /// let sim = Simulation::new();
    /// sim.measure_processes();
    /// let clerk = Resource::new(&sim, 1).named("clerk");
    /// for _ in 0..3 {
    ///     sim.process(Customer::new(clerk.clone()));
    /// }
    /// sim.run()?;
    /// let report = sim.report();
    /// let m = report.processes("Customer").unwrap();
    /// assert_eq!((m.ended, m.lifetime.mean(), m.waits["clerk"].mean()), (3, 4.0, 3.0));
    /// # Ok::<(), SimError>(())
    /// ```
    pub fn measure_processes(&self) {
        self.kernel().measure_processes();
    }

    /// Starts all measures again at `time`, as [`reset_measures`](Self::reset_measures) does: what the run did
    /// while it warmed up does not count. Of what happens at exactly that time, all counts.
    ///
    /// It does not keep a run going. If a run ends before, nothing starts again, and the report says so. A
    /// second call replaces the first, unless that time has come already.
    ///
    /// # Panics
    ///
    /// If the time has passed already, or is infinite or NaN.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// let sim = Simulation::new();
    /// let visits = sim.tally("visits");
    /// for at in 0..10 {
    ///     let visits = visits.clone();
    ///     sim.schedule(f64::from(at), move |_| visits.add(f64::from(at)));
    /// }
    /// sim.warm_up(5.0);
    /// sim.run()?;
    /// assert_eq!((visits.count(), visits.mean()), (5, 7.0)); // from 5 to 9
    /// # Ok::<(), SimError>(())
    /// ```
    #[track_caller]
    pub fn warm_up(&self, time: f64) {
        let now = self.now();
        assert!(
            time >= now && time.is_finite(),
            "a warm-up that is set at time {now} cannot end at {time}"
        );
        self.kernel().measured.warm_up.set(time);
        if time == now {
            self.kernel().reset_measures();
        }
    }
}
