//! Nothing that goes wrong is lost: an error, a panic or a wait without end stops the run, and the
//! message names the process, the time and the line that the user has to look at.
//!
//! Read in this order: `names` (what processes are called in all of these messages), `failure`
//! (panics, errors that nobody awaits, time that stands still), `event_fails` (the same for the
//! error of an event), `passed_on` (who is named when a process passes an error on), `ran_dry` (a
//! run that cannot go on), `run_to_end` (a run whose processes do not all end),
//! `standstill` (why nothing happens: who waits for whom), and `run_all` (a run
//! that ends with its producers, and how the other processes end).

#[path = "../counting/mod.rs"]
mod counting;

mod names;

mod event_fails;
mod failure;
mod passed_on;

mod ran_dry;
mod run_all;
mod run_to_end;
mod standstill;
