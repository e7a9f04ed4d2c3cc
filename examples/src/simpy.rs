//! What it takes to print SimPy's lines in SimPy's order.
//!
//! The two libraries answer differently who goes first at one time, and whether a run includes its
//! end. Most models need not care; these have to print what SimPy prints.

use asim::prelude::*;

/// Lets everything that is due now go first.
///
/// In SimPy a granted request, a got item, an ended process are events that queue up behind what is
/// due at the same time. asim resumes the waiting process before the next timer fires.
pub async fn others_first(env: &Environment) {
    env.timeout(0.0).await;
}

/// Runs what is due before `end`, but not what is due exactly then: SimPy's `run(until=end)`.
///
/// # Errors
///
/// As [`Simulation::run`].
pub fn run_before(sim: &Simulation, end: f64) -> Result<(), SimError> {
    while sim.peek().is_some_and(|next| next < end) {
        sim.step()?;
    }
    Ok(())
}
