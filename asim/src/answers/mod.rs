//! Answers: what a model asks its simulation for beyond waiting: its random numbers, and what a run tells of
//! itself.
//!
//! Everything here is a face on what stands below. Read in this order:
//!
//! 1. [`streams`]: the random numbers, by name.
//! 2. [`named_measures`]: the tallies, levels and counters of the model. [`thing_measures`]: what was measured
//!    of a thing. [`starting_again`]: the end of the warm-up.
//! 3. [`report`]: all that was measured, as a value. It is shown as [`tables`], sorted in the [`natural`] order
//!    of names, with numbers as [`figures`] shows them.
//! 4. [`tracing`] begins a log of any kind; [`trace`] is the log in memory; [`log_line`] is the model's own
//!    line; [`fingerprint`] is a hash over what happened. [`collecting`] gets one of each simulation that a function
//!    makes.
//! 5. [`standstill`]: why nothing happens.

pub(crate) mod streams;

pub(crate) mod named_measures;
pub(crate) mod starting_again;
pub(crate) mod thing_measures;

pub(crate) mod tables;

#[cfg(feature = "report")]
pub(crate) mod origin;
pub(crate) mod report;

pub(crate) mod figures;
pub(crate) mod natural;

pub(crate) mod collecting;
pub(crate) mod fingerprint;
pub(crate) mod log_line;

pub(crate) mod tracing;

pub(crate) mod trace;

pub(crate) mod standstill;
