//! Hostile programs: user code that calls back into the library from everywhere, and panics there.
//!
//! They are checked not against the reference model but against what must hold whatever happens: see
//! [`check`]. [`generate`] makes them, `interpret` runs their processes, `world` their user code.

#[allow(clippy::duplicate_mod, reason = "it is about values of another kind")]
#[path = "../drive/any.rs"]
mod any;
pub mod check;
pub mod generate;
mod interpret;
pub mod program;
pub mod shrink;
mod user;
mod values;
mod world;
