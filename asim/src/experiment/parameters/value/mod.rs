//! Values: what a parameter can be, in a form in which everything travels exactly.
//!
//! Reading order: `value` (the tree), `decimal` (numbers as people write them), `shown` (as text), `json` (as JSON),
//! `refusal` (what serde says), `write` (from Rust), `read` (to Rust), `guided` (from text, by what is there now).

pub(crate) mod decimal;
pub(crate) mod guided;
pub(crate) mod json;
pub(crate) mod read;
pub(crate) mod refusal;
pub(crate) mod shown;
#[allow(clippy::module_inception, reason = "a file is named after its concept")]
pub(crate) mod value;
pub(crate) mod write;
