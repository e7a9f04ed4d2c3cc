//! States: values that processes read, set and wait for.
//!
//! User code sees `State` and its request `StateWait`.
//!
//! A waiting request has a predicate. A predicate is user code, and may use the same state while
//! the state asks it. Hence two rules:
//!
//! * Nothing is borrowed while a predicate runs.
//! * Setting a value only notes it. The noted values are shown one after another, each to the
//!   requests that were in line when it was set. A value that a predicate sets is shown after the
//!   predicate has answered.
//!
//! Read the files in this order:
//!
//! 1. `core`: the value, the requests in line, and the values that have not been shown yet.
//! 2. `asking`: how one predicate is asked.
//! 3. `showing`: how a new value is shown to all waiting requests.
//! 4. `state_wait`: the request.
//! 5. `state`: the public handle.

pub(crate) mod asking;
pub(crate) mod core;
pub(crate) mod showing;
#[allow(clippy::module_inception, reason = "the main file has the name of its folder")]
pub(crate) mod state;
pub(crate) mod state_wait;
pub(crate) mod view;
