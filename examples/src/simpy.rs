//! A function that gives SimPy's output in SimPy's order.
//!
//! The libraries differ in the order of events at one time. Most models do not depend on it. Those that
//! print exactly what SimPy prints do.

use asim::prelude::*;

/// Waits until everything else that is due now has happened.
///
/// In SimPy, a granted request, a received item and an ended process are events, which happen after the
/// other events that are due at the same time. asim resumes the waiting process before the next timer
/// fires.
pub async fn others_first(env: &Environment) {
    env.timeout(0.0).await;
}
