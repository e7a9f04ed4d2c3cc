//! What the tests of asim share: programs as data, the reference model that runs them
//! by the rules, the driver that runs them on asim, and the comparison of the two.

// Empty where `trybuild` builds it: see `Cargo.toml`.
#![allow(unexpected_cfgs, reason = "`trybuild` sets its flag without telling cargo")]
#![cfg(not(trybuild))]
#![allow(clippy::similar_names, reason = "a `shelf` is not `self`")]
#![allow(clippy::cast_precision_loss, reason = "the numbers of these programs are small")]

pub mod bank;
pub mod browser;
pub mod compare;
pub mod drive;
pub mod folder;
pub mod generate;
pub mod hostile;
pub mod print;
pub mod program;
pub mod reference;
pub mod shrink;
pub mod trace;
