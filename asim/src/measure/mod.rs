//! What a run counts: pure data. Time is always an argument; nothing here knows a simulation.
//!
//! Read in this order:
//!
//! 1. [`tally`]: values, one by one. [`level`]: a value that holds for some time, with [`rough`] for values
//!    that are not whole. [`counter`]: how often something happened.
//! 2. What they are made of: [`moments`] (mean and deviation, the extremes), [`buckets`] (how often numbers of
//!    each size came), [`bars`] (a distribution, for quantiles and shares).
//! 3. [`books`]: what is counted for one thing that processes share, of tallies and levels; [`snapshot`] is how
//!    the user reads them.
//! 4. [`processes`]: what is counted of processes; [`process_counting`] takes it from the log.

pub(crate) mod snapshot;

pub(crate) mod process_counting;

pub(crate) mod processes;

pub(crate) mod books;

pub(crate) mod counter;
pub(crate) mod level;
pub(crate) mod tally;

pub(crate) mod rough;

pub(crate) mod buckets;

pub(crate) mod bars;
pub(crate) mod moments;
