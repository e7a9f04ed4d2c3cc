//! An experiment as a program: its command line, its progress, its signals.
//!
//! Reading order: `command_line` (what can be said), `help` (how it is explained), `changes` (what it changes in an
//! experiment), `again` (the commands that make something again), `progress`, `signals`, `console`, `pages` (the
//! report and the replay), `program` (all together).

pub(crate) mod again;
pub(crate) mod changes;
pub(crate) mod command_line;
pub(crate) mod console;
pub(crate) mod help;
pub(crate) mod listing;
#[cfg(feature = "report")]
pub(crate) mod pages;
pub(crate) mod program;
pub(crate) mod progress;
pub(crate) mod signals;
