//! Processes: describing, starting, naming and joining them.
//!
//! The folder uses `wait` (a join is a wait) and the engine, which runs processes. In reading order:
//!
//! 1. [`process`]: the trait of everything that can be started. [`outcome`](crate::engine::outcome) says
//!    what a process may return.
//! 2. [`start`]: starting one now, later, or as a bare block or function.
//! 3. [`process_ref`]: naming, interrupting and cancelling a process. [`handle`] joins it.
//! 4. [`names`]: the names of processes that the model has not named.

pub(crate) mod handle;
pub(crate) mod names;
#[allow(clippy::module_inception, reason = "the file is named after the trait that is in it")]
pub(crate) mod process;
pub(crate) mod process_ref;
pub(crate) mod start;
