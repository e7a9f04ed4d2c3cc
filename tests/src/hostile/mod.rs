//! Hostile programs: user code that calls back into the library from everywhere, and panics there.
//!
//! They are not compared with the reference model. The checks are rules that must hold whatever
//! happens: see [`check`]. [`generate`] makes them, `interpret` runs their processes, `world` their
//! user code.

pub mod check;
pub mod generate;
mod interpret;
pub mod program;
pub mod shrink;
mod user;
mod values;
mod world;
