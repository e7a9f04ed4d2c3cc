//! What happened: happenings, and where they are written. Pure data; nothing here knows a simulation.
//!
//! Read in this order: [`record`] is what the engine notes, and [`names`] has the names that stand for its
//! numbers. [`view`] is both together, with its line of text; [`happening`] is what users get. A [`sink`] takes
//! the records that pass its [`filter`]: [`keeping`] in memory, where they are [`kept`], [`digest`] as a fingerprint, [`calling`] for a
//! function of the user; and three write to an [`output`]: [`text`], [`json_lines`] and [`perfetto`], the
//! latter two with the pieces of [`json`].

pub(crate) mod calling;
pub(crate) mod digest;
pub(crate) mod happening;
pub(crate) mod json_lines;
pub(crate) mod keeping;
pub(crate) mod kept;
pub(crate) mod perfetto;
pub(crate) mod text;

pub(crate) mod filter;
pub(crate) mod json;
pub(crate) mod output;
pub(crate) mod sink;

pub(crate) mod view;

#[cfg(feature = "report")]
pub(crate) mod standing;

pub(crate) mod names;
pub(crate) mod record;
