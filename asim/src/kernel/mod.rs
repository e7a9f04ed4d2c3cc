//! The kernel: time, processes, and what they wait for.
//!
//! From the front door inwards: [`simulation`] owns a run and [`environment`] is its handle;
//! [`process`] and [`handle`] are what is started and what one holds of it; [`waitable`] is what can
//! be awaited, with the natives [`timeout`], [`event`], [`first_of`], [`all_of`],
//! [`try_all_of`] and [`interruptible`] parts. [`guard`] says who catches an interrupt, [`alarm`] who is
//! woken from outside, [`misuse`] what is refused. Behind them [`core`] keeps the books and says what a trigger sets in
//! motion, [`run_loop`] moves time on, and [`process_end`] says what follows when a process ends.

pub(crate) mod agenda;
pub(crate) mod alarm;
pub(crate) mod all_of;
pub(crate) mod blocked;
mod cause;
pub(crate) mod chain;
pub(crate) mod composite;
pub(crate) mod composition;
pub(crate) mod core;
pub(crate) mod each;
pub(crate) mod ending;
pub(crate) mod environment;
pub(crate) mod errands;
pub(crate) mod event;
pub(crate) mod first_of;
pub(crate) mod guard;
pub(crate) mod handle;
pub(crate) mod instant_limit;
pub(crate) mod interrupt;
pub(crate) mod interruptible;
pub(crate) mod misuse;
pub(crate) mod passed_on;
mod prefetch;
pub(crate) mod process;
mod process_end;
pub(crate) mod process_table;
pub(crate) mod real_time;
mod restore;
pub(crate) mod run_loop;
pub(crate) mod schedule;
pub(crate) mod simulation;
mod site_name;
pub(crate) mod slab;
pub(crate) mod source;
pub(crate) mod spare_bodies;
pub(crate) mod timeout;
pub(crate) mod timers;
pub(crate) mod try_all_of;
pub(crate) mod unclaimed;
pub(crate) mod uninterruptible;
pub(crate) mod wait_list;
pub(crate) mod waitable;
pub(crate) mod watcher;
