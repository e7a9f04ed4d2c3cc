//! The model's own line in the log.

use std::fmt::Display;

use crate::environment::Environment;

impl Environment {
    /// Adds a line of the model to the log. It stands under the process that is running.
    ///
    /// Nothing is formatted if nobody reads the log: then the call is one test. Give `format_args!(..)`, so that
    /// no text is made before.
    ///
    /// ```
    /// use asim::prelude::*;
    ///
    /// #[process]
    /// async fn customer(env: Environment, items: u32) {
    ///     env.log(format_args!("wants {items} items"));
    /// }
    ///
    /// let sim = Simulation::new();
    /// let trace = sim.trace();
    /// sim.process(Customer::new(3));
    /// sim.run()?;
    /// assert!(trace.iter().any(|happening| happening.text.as_deref() == Some("wants 3 items")));
    /// # Ok::<(), SimError>(())
    /// ```
    #[inline]
    pub fn log(&self, text: impl Display) {
        if self.kernel().tracing.get() {
            self.kernel().log_line(&text);
        }
    }
}
