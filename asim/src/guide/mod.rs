//! More than an item's own page has room for.

#[doc = include_str!("guarantees.md")]
pub mod guarantees {}
