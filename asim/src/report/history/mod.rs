//! What the log says of each thing over time: levels, lines, holds.
//!
//! Reading order: `steps` (a value over time), `history` (all things, in one walk over the log).

#[expect(clippy::module_inception, reason = "it is what the folder is for")]
pub(crate) mod history;
pub(crate) mod steps;
#[cfg(test)]
mod tests;
