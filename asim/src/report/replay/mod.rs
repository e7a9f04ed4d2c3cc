//! The replay: a page that plays a run from its log.
//!
//! `README.md` beside this file says what stands in the page; the library and the script meet there.
//!
//! Read in this order:
//!
//! 1. [`trace_replay`] writes the page of a trace, and [`fragment`] what stands in it.
//! 2. [`recording`] is what happened, as bytes, and [`head`] what is known beside. A process has a type: [`type_name`].
//! 3. [`scene`] is where things stand and who flows where. [`staging`] makes it: of the [`flow`] that the log tells, and
//!    of the [`layout`] with its [`layers`]. A [`layout_file`] moves what the user has moved.

pub(crate) mod fragment;
pub(crate) mod trace_replay;

pub(crate) mod head;
pub(crate) mod recording;
pub(crate) mod type_name;

pub(crate) mod layout_file;
pub(crate) mod scene;
pub(crate) mod staging;

pub(crate) mod flow;
pub(crate) mod layers;
pub(crate) mod layout;

#[cfg(test)]
mod models_of_tests;
