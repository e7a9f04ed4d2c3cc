//! What is measured is right: the numbers of tallies and levels, of each thing that has a name, and of the
//! model's own measures; and the report shows them as they are.
//!
//! Read in this order: `tallies`, `levels` (against slow recomputations), `own` (the model's own measures),
//! `things` (by hand-computed examples), `processes`, `starting_again` (resets and the warm-up, at every kind of moment),
//! `reports` (whole texts), `closed_forms` (queues whose measures are known from theory), `inventory` (the nine policies of Law and Kelton), `written` (with the
//! feature `serde`: nothing is lost on the way to JSON and back).

#![allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "counts as figures")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small whole numbers")]
#![allow(clippy::needless_raw_string_hashes, reason = "recorded texts")]

mod levels;
mod tallies;

mod own;
mod processes;
mod starting_again;
mod things;

mod reports;

mod closed_forms;
mod inventory;

mod written;
